package dev.varve.server;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What follows the head of a request: knows where it ends, and has it collected, given to the route's sink or skipped. One for all
 * requests of a connection, one after the other. Confined to its connection.
 */
final class IncomingBody {

    private final Limits limits;

    /** How what has not come yet is framed, when it is chunked; null once the end has come. */
    private @Nullable ChunkedFraming chunks;
    /** The bytes that it still lacks, when it is not chunked. */
    private long left;

    private @Nullable RequestBody collected;

    /** Takes it in place of {@link #collected}, where the route wants it as it comes. */
    private @Nullable BodySink sink;

    private long skipped;
    private long startNanos;

    IncomingBody(Limits limits) {
        this.limits = limits;
    }

    /** Begins with the body of a request whose head has come. It is skipped, unless it is kept. */
    void begin(Request request, long now) {
        boolean chunked = request.contentLength == Request.CHUNKED;
        chunks = chunked ? new ChunkedFraming(limits) : null;
        left = chunked ? 0 : request.contentLength;
        skipped = 0;
        startNanos = now;
    }

    /**
     * From here on it is kept, in the way that the route wants.
     *
     * @throws RuntimeException what becomes the answer; the body is not kept
     */
    void keep(Exchange exchange) {
        BodySink.Opener opener = exchange.route.sink();
        if (opener != null) {
            sink = opener.open(exchange);
        } else if (chunks != null) {
            collected = RequestBody.chunked(exchange, exchange.route.maxBodyBytes());
        } else if (left > 0) {
            collected = RequestBody.ofLength(exchange, (int) left);
        }
    }

    /** Whether all of it has come. */
    boolean ended() {
        return chunks == null && left == 0;
    }

    /** Whether more may come. It may not while a sink has enough to do. */
    boolean isReady() {
        BodySink taking = sink;
        return taking == null || taking.isReady();
    }

    /**
     * Takes what there is of it out of the bytes.
     *
     * @return false when more must come first
     * @throws HttpProblem when its framing is wrong, or it is larger than it may be
     */
    boolean take(ByteBuf bytes) {
        int length = next(bytes);
        BodySink taking = sink;
        RequestBody collecting = collected;
        if (taking != null) {
            taking.add(bytes, length);
        } else if (collecting != null) {
            collecting.add(bytes, length);
        } else {
            skipped += length;
            bytes.skipBytes(length);
        }
        return length > 0 || ended();
    }

    /** How many bytes at the reader's index belong to it. */
    private int next(ByteBuf bytes) {
        ChunkedFraming framing = chunks;
        if (framing == null) {
            int length = (int) Math.min(left, bytes.readableBytes());
            left -= length;
            return length;
        }
        int length = framing.next(bytes);
        if (framing.ended()) {
            chunks = null;
        }
        return length;
    }

    /** How many bytes have come of what is kept or, when it is not kept, of what is skipped. */
    long length() {
        BodySink taking = sink;
        RequestBody collecting = collected;
        return taking != null ? taking.length() : collecting != null ? collecting.length() : skipped;
    }

    /** Whether it comes more slowly than it may. */
    boolean isTooSlow(long now) {
        if (!isReady()) {
            return false; // it is this side that takes its time
        }
        long over = now - startNanos - limits.bodyGraceNanos;
        return over > 0 && length() < over / 1e9 * limits.bodyBytesPerSecond;
    }

    /** Gives what was collected to the exchange, once all has come. A sink has what it took. */
    void handOver(Exchange exchange) {
        RequestBody whole = collected;
        collected = null;
        if (whole != null) {
            exchange.body(whole.toArray());
        }
    }

    /** What has taken the body of the request that is being answered, or null. */
    @Nullable BodySink sink() {
        return sink;
    }

    /** The request is answered, or the client is gone: nothing is kept any more, and what is still to come is skipped. */
    void drop() {
        skipped = length(); // what has come counts for how quick the client is with the rest
        collected = null;
        BodySink taking = sink;
        sink = null;
        if (taking != null) {
            taking.abandon();
        }
    }
}
