package dev.varve.server;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A change as it is sent to all who follow the store, encoded when first needed. Confined to its loop. */
final class SharedEvent {

    private final EntryEvent event;
    private final @Nullable ByteBuf[] encoded = new @Nullable ByteBuf[PhoenixCodec.COUNT];

    SharedEvent(EntryEvent event) {
        this.event = event;
    }

    long storeSeq() {
        return event.storeSeq();
    }

    EntryPath path() {
        return event.path();
    }

    /** The payload of its message; stays this event's. */
    ByteBuf payload(ByteBufAllocator allocator, PhoenixCodec codec) {
        ByteBuf bytes = encoded[codec.index];
        if (bytes == null) {
            bytes = codec.sharedPayload(allocator, value(event));
            encoded[codec.index] = bytes;
        }
        return bytes;
    }

    void release() {
        for (int i = 0; i < encoded.length; i++) {
            ByteBuf bytes = encoded[i];
            encoded[i] = null;
            if (bytes != null) {
                bytes.release();
            }
        }
    }

    /** How a change is told. */
    static EntryValue value(EntryEvent event) {
        List<EntryValue> segments = new ArrayList<>();
        event.path().segments().forEach(segment -> segments.add(EntryValue.of(segment)));
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("store_seq", EntryValue.of(event.storeSeq()));
        fields.put("op", EntryValue.of(event.kind().wireName()));
        fields.put("path", EntryValue.of(event.path().toString()));
        fields.put("path_segments", new EntryValue.Items(segments));
        fields.put("value", Objects.requireNonNullElseGet(event.value(), EntryValue.Null::new));
        fields.put("device_id", EntryValue.of(event.deviceId()));
        fields.put("client_op_id", EntryValue.of(event.clientOpId()));
        return new EntryValue.Fields(fields);
    }
}
