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

/**
 * A change as it is sent to all who follow the store: its payload and the frames that many channels share are encoded when
 * first needed. Confined to its loop.
 */
final class SharedEvent {

    private final EntryEvent event;
    private final byte[] @Nullable [] payloads = new byte[PhoenixCodec.COUNT] @Nullable [];
    private final @Nullable ByteBuf[] frames = new @Nullable ByteBuf[SharedHead.MAX];

    SharedEvent(EntryEvent event) {
        this.event = event;
    }

    long storeSeq() {
        return event.storeSeq();
    }

    EntryPath path() {
        return event.path();
    }

    /** A frame whose bytes are shared with all others of the same head; the receiver releases it. */
    ByteBuf frame(ByteBufAllocator allocator, SharedHead head) {
        ByteBuf frame = frames[head.index()];
        if (frame == null) {
            frame = frame(allocator, head.codec(), head.bytes());
            frames[head.index()] = frame;
        }
        return frame.retainedDuplicate();
    }

    /** A frame of its own; the receiver releases it. */
    ByteBuf frame(ByteBufAllocator allocator, PhoenixCodec codec, byte[] head) {
        byte[] payload = payloads[codec.index];
        if (payload == null) {
            payload = codec.payload(value(event));
            payloads[codec.index] = payload;
        }
        return codec.frame(allocator, head, payload);
    }

    void release() {
        for (int i = 0; i < frames.length; i++) {
            ByteBuf frame = frames[i];
            frames[i] = null;
            if (frame != null) {
                frame.release();
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
