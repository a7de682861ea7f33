package dev.varve.server;

import dev.varve.api.EntryValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * How messages stand in frames. What comes before the payload and the payload itself are encoded apart, so that many
 * channels share the bytes of one payload. Stateless; thread-safe.
 */
abstract sealed class PhoenixCodec permits PhoenixJson, PhoenixPack {

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

    /** Stands in the payload of a change after which more of the same write follow. */
    static final String MORE = "more";

    /** A change as the payload of the message that tells it. */
    abstract byte[] event(ChangePages.Change change);

    /** What follows the payload. */
    abstract byte[] end();

    /** A frame: one buffer, which the receiver releases. */
    ByteBuf frame(ByteBufAllocator allocator, byte[] head, byte[] payload) {
        byte[] end = end();
        int length = head.length + payload.length + end.length;
        ByteBuf out = allocator.ioBuffer(WebSocketFrames.MAX_HEAD_BYTES + length);
        WebSocketFrames.writeHead(out, opcode, length);
        return out.writeBytes(head).writeBytes(payload).writeBytes(end);
    }

    /** A frame of its own. */
    ByteBuf frame(
            ByteBufAllocator allocator,
            @Nullable String joinRef,
            @Nullable String ref,
            String topic,
            String event,
            EntryValue payload) {
        return frame(allocator, head(joinRef, ref, topic, event), payload(payload));
    }
}
