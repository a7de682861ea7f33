package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request that is read while it is sent, by the thread that waits for the answer: a piece at a time, and the next
 * when the connection asks for it. A body that cannot be read to its end is never ended, so that no server takes a part of it for
 * the whole. For one request; thread-safe.
 */
final class PiecePublisher implements Flow.Publisher<ByteBuffer>, Flow.Subscription {

    private static final int PIECE_BYTES = 64 * 1024;

    private final Semaphore demand = new Semaphore(0);
    private volatile Flow.@Nullable Subscriber<? super ByteBuffer> subscriber;
    private volatile boolean stopped;

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> incoming) {
        subscriber = incoming;
        incoming.onSubscribe(this);
    }

    @Override
    public void request(long pieces) {
        demand.release((int) Math.min(pieces, 1 << 16));
    }

    @Override
    public void cancel() {
        stop();
    }

    /** Nothing more is to be sent: the answer is there, or the connection is gone. */
    void stop() {
        stopped = true;
        demand.release();
    }

    /**
     * Sends everything that a stream holds.
     *
     * @param patience how long the connection may take for one piece
     * @return whether all was sent; false when it was stopped before
     * @throws IOException when the stream cannot be read
     */
    boolean send(InputStream content, Duration patience) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        while (true) {
            awaitDemand(patience);
            Flow.Subscriber<? super ByteBuffer> to = subscriber;
            if (stopped || to == null) {
                return false;
            }
            int length;
            try {
                length = content.readNBytes(piece, 0, piece.length);
            } catch (IOException e) {
                to.onError(e);
                throw e;
            }
            if (length == 0) {
                to.onComplete();
                return true;
            }
            to.onNext(ByteBuffer.wrap(Arrays.copyOf(piece, length)));
        }
    }

    private void awaitDemand(Duration patience) {
        boolean asked;
        try {
            asked = demand.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VarveException(
                    ErrorKind.TIMEOUT, "interrupted while a file was being sent; nothing was changed", e);
        }
        if (!asked) {
            throw new VarveException(
                    ErrorKind.TIMEOUT,
                    "the server took nothing of a file for " + patience.toSeconds() + " seconds; nothing was changed");
        }
    }
}
