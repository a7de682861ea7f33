package dev.varve.server;

import dev.varve.api.ErrorKind;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** A request body on its way in, in one array. Confined to its connection. */
final class RequestBody {

    private static final byte[] NONE = {};
    private static final int FIRST_CHUNKED_BYTES = 8 * 1024;

    private final Exchange exchange;
    private final boolean chunked;
    private final int maxBytes;
    private byte[] bytes;
    private int length;

    private RequestBody(Exchange exchange, boolean chunked, int maxBytes, byte[] bytes) {
        this.exchange = exchange;
        this.chunked = chunked;
        this.maxBytes = maxBytes;
        this.bytes = bytes;
    }

    /** A body of known length, which is charged already. */
    static RequestBody ofLength(Exchange exchange, int length) {
        return new RequestBody(exchange, false, length, length == 0 ? NONE : new byte[length]);
    }

    /** A body that ends when it ends. */
    static RequestBody chunked(Exchange exchange, int maxBytes) {
        return new RequestBody(exchange, true, maxBytes, NONE);
    }

    /**
     * Takes the next bytes of a buffer.
     *
     * @throws HttpProblem when the body gets too large or does not fit into the server's bound
     */
    void add(ByteBuf in, int more) {
        if (more > maxBytes - length) {
            throw new HttpProblem(tooLarge(maxBytes).closing());
        }
        if (more > bytes.length - length) {
            int wanted = (int) Math.min(maxBytes, Math.max(2L * bytes.length, (long) length + more));
            int grown = Math.max(Math.min(FIRST_CHUNKED_BYTES, maxBytes), wanted);
            if (!exchange.charge(grown - bytes.length)) {
                throw new HttpProblem(overloaded().closing());
            }
            bytes = Arrays.copyOf(bytes, grown);
        }
        in.readBytes(bytes, length, more);
        length += more;
    }

    int length() {
        return length;
    }

    byte[] toArray() {
        return chunked && length != bytes.length ? Arrays.copyOf(bytes, length) : bytes;
    }

    static Problem tooLarge(int maxBytes) {
        return maxBytes == 0
                ? Problem.of(ErrorKind.TOO_LARGE, "this request takes no body")
                : Problem.of(ErrorKind.TOO_LARGE, "the body is larger than " + maxBytes + " bytes");
    }

    static Problem overloaded() {
        return Problem.of(ErrorKind.OVERLOADED, "too many request bodies are in memory; try again");
    }
}
