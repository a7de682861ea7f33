package dev.varve.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Collects server-sent events whose data is one line of JSON, to be sent as one chunk. Confined to one thread. */
final class ServerEvents {

    private static final byte[] LINE_END = {'\r', '\n'};
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final StringBuilder text = new StringBuilder();

    /**
     * Adds an event.
     *
     * @param name what kind of event; null for the kind that needs no name
     * @param id where a client goes on that has seen it; null when it changes nothing about that
     */
    ServerEvents add(@Nullable String name, @Nullable Long id, JsonText data) {
        return add(name, id, data.toString());
    }

    /** As the other, with JSON on one line. */
    ServerEvents add(@Nullable String name, @Nullable Long id, String data) {
        if (name != null) {
            text.append("event: ").append(name).append('\n');
        }
        if (id != null) {
            text.append("id: ").append(id.longValue()).append('\n');
        }
        text.append("data: ").append(data).append("\n\n");
        return this;
    }

    /** Adds a line that clients skip. */
    ServerEvents comment(String words) {
        text.append(": ").append(words).append("\n\n");
        return this;
    }

    /** About how many bytes there are. */
    int length() {
        return text.length();
    }

    boolean isEmpty() {
        return text.isEmpty();
    }

    ByteBuf toChunk() {
        return chunk(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes, at least one, as a chunk of a chunked body. */
    static ByteBuf chunk(byte[] bytes) {
        byte[] size = (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        return Unpooled.wrappedBuffer(size, bytes, LINE_END);
    }

    /** The same of a buffer, which is taken over. */
    static ByteBuf chunk(ByteBuf bytes) {
        byte[] size = (Integer.toHexString(bytes.readableBytes()) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        return Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(size), bytes, Unpooled.wrappedBuffer(LINE_END));
    }

    /** The end of a chunked body. */
    static ByteBuf lastChunk() {
        return Unpooled.wrappedBuffer(LAST_CHUNK);
    }
}
