package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * An answer's body that is read as it comes: no more of it is in memory than the reader has asked for. A body of which nothing comes for too
 * long, or whose connection breaks, fails the reader with a {@link VarveException}. Reading is confined to one thread.
 */
final class BodyStream extends InputStream {

    private final BodyPieces pieces;
    private final Duration patience;
    private final Deque<ByteBuffer> bytes = new ArrayDeque<>();
    private volatile boolean closed;
    private boolean ended;

    /**
     * A body of which nothing was read yet.
     *
     * @param patience how long to wait for more
     */
    BodyStream(BodyPieces pieces, Duration patience) {
        this.pieces = pieces;
        this.patience = patience;
    }

    /** The next bytes, or null at the end. */
    private @Nullable ByteBuffer next() {
        while (true) {
            ByteBuffer first = bytes.peek();
            if (first != null && first.hasRemaining()) {
                return first;
            }
            if (first != null) {
                bytes.remove();
            } else if (ended) {
                return null;
            } else {
                await();
            }
        }
    }

    private void await() {
        BodyPieces.Piece piece;
        try {
            piece = pieces.poll(patience.toNanos());
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new VarveException(ErrorKind.TIMEOUT, "interrupted while waiting for the rest of an answer", e);
        }
        if (closed) {
            throw new VarveException(ErrorKind.UNAVAILABLE, "an answer was closed before it was read to its end");
        }
        if (piece == null) {
            close();
            throw new VarveException(
                    ErrorKind.TIMEOUT, "nothing of an answer came for " + patience.toSeconds() + " seconds");
        }
        if (piece.failure() != null) {
            throw new VarveException(
                    ErrorKind.NETWORK,
                    "the connection broke before the answer was whole: "
                            + piece.failure().getMessage(),
                    piece.failure());
        }
        bytes.addAll(piece.bytes());
        ended = piece.end();
    }

    @Override
    public int read() {
        ByteBuffer next = next();
        return next == null ? -1 : next.get() & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        if (length == 0) {
            return 0;
        }
        ByteBuffer next = next();
        if (next == null) {
            return -1;
        }
        int taken = Math.min(length, next.remaining());
        next.get(target, offset, taken);
        return taken;
    }

    /** Ends the exchange, and with it the connection if there is more to come. */
    @Override
    public void close() {
        closed = true;
        pieces.close();
    }
}
