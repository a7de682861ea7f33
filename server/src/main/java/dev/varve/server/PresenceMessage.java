package dev.varve.server;

import dev.varve.api.EntryValue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** A message about who is present, encoded once per codec for all who get it. Thread-safe. */
final class PresenceMessage {

    final String event;
    private final EntryValue payload;
    private final AtomicReferenceArray<byte @Nullable []> encoded = new AtomicReferenceArray<>(PhoenixCodec.COUNT);

    PresenceMessage(String event, EntryValue payload) {
        this.event = event;
        this.payload = payload;
    }

    /** The payload's bytes; not to be changed. */
    byte[] payload(PhoenixCodec codec) {
        byte[] bytes = encoded.get(codec.index);
        if (bytes == null) {
            bytes = codec.payload(payload);
            encoded.set(codec.index, bytes);
        }
        return bytes;
    }
}
