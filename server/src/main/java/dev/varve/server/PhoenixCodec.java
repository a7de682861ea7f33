package dev.varve.server;

import dev.varve.api.EntryValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * How messages stand in frames. What comes before the payload and the payload itself are encoded apart, so that many
 * channels share the bytes of one payload. Stateless; thread-safe.
 */
abstract sealed class PhoenixCodec permits PhoenixJson, PhoenixPack {

    /** Payloads up to this size are copied into each frame, larger ones are shared. */
    private static final int COPIED_BYTES = 16 * 1024;

    /** For tables by codec. */
    final int index;

    private final int opcode;

    PhoenixCodec(int index, int opcode) {
        this.index = index;
        this.opcode = opcode;
    }

    /** How many codecs there are. */
    static final int COUNT = 2;

    /**
     * Reads a message.
     *
     * @throws PhoenixMessage.Malformed when it is none
     */
    abstract PhoenixMessage read(ByteBuf bytes) throws PhoenixMessage.Malformed;

    /** What comes before the payload. */
    abstract byte[] head(@Nullable String joinRef, @Nullable String ref, String topic, String event);

    /** A payload. */
    abstract byte[] payload(EntryValue value);

    /** What follows the payload. */
    abstract byte[] end();

    /** A payload for several frames. The receiver releases it. */
    ByteBuf sharedPayload(ByteBufAllocator allocator, EntryValue value) {
        byte[] bytes = payload(value);
        return bytes.length <= COPIED_BYTES
                ? Unpooled.wrappedBuffer(bytes)
                : allocator.directBuffer(bytes.length).writeBytes(bytes);
    }

    /** A frame. The payload stays the caller's. */
    ByteBuf frame(ByteBufAllocator allocator, byte[] head, ByteBuf payload) {
        int bytes = payload.readableBytes();
        byte[] end = end();
        boolean copied = bytes <= COPIED_BYTES;
        ByteBuf out =
                allocator.ioBuffer(WebSocketFrames.MAX_HEAD_BYTES + head.length + (copied ? bytes + end.length : 0));
        WebSocketFrames.writeHead(out, opcode, (long) head.length + bytes + end.length);
        out.writeBytes(head);
        if (copied) {
            return out.writeBytes(payload, payload.readerIndex(), bytes).writeBytes(end);
        }
        return allocator
                .compositeBuffer(3)
                .addComponents(true, out, payload.retainedDuplicate(), Unpooled.wrappedBuffer(end));
    }

    /** A frame of its own. */
    ByteBuf frame(
            ByteBufAllocator allocator,
            @Nullable String joinRef,
            @Nullable String ref,
            String topic,
            String event,
            EntryValue payload) {
        ByteBuf bytes = sharedPayload(allocator, payload);
        try {
            return frame(allocator, head(joinRef, ref, topic, event), bytes);
        } finally {
            bytes.release();
        }
    }
}
