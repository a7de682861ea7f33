package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An answer's body that is read as it comes: no more of it is in memory than the reader has asked for. A body of which nothing comes for too
 * long, or whose connection breaks, fails the reader with a {@link VarveException}. Reading is confined to one thread.
 */
final class BodyStream extends InputStream implements HttpResponse.BodySubscriber<BodyStream> {

    /** What the network brought: some bytes, the end, or the failure. */
    private record Arrival(
            List<ByteBuffer> bytes, boolean end, @Nullable Throwable failure) {}

    private final Duration patience;
    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final Deque<ByteBuffer> bytes = new ArrayDeque<>();
    private volatile Flow.@Nullable Subscription subscription;
    private volatile boolean closed;
    private boolean ended;

    /**
     * A body of which nothing has come yet.
     *
     * @param patience how long to wait for more
     */
    BodyStream(Duration patience) {
        this.patience = patience;
    }

    // ---- what comes

    @Override
    public CompletionStage<BodyStream> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription incoming) {
        subscription = incoming;
        if (closed) {
            incoming.cancel();
        } else {
            incoming.request(1);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> more) {
        arrivals.add(new Arrival(more, false, null));
    }

    @Override
    public void onError(Throwable failure) {
        arrivals.add(new Arrival(List.of(), true, failure));
    }

    @Override
    public void onComplete() {
        arrivals.add(new Arrival(List.of(), true, null));
    }

    // ---- what is read

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
        Arrival arrival;
        try {
            arrival = arrivals.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new VarveException(ErrorKind.TIMEOUT, "interrupted while waiting for the rest of an answer", e);
        }
        if (arrival == null) {
            close();
            throw new VarveException(
                    ErrorKind.TIMEOUT, "nothing of an answer came for " + patience.toSeconds() + " seconds");
        }
        if (arrival.failure != null) {
            throw new VarveException(
                    ErrorKind.NETWORK,
                    "the connection broke before the answer was whole: " + arrival.failure.getMessage(),
                    arrival.failure);
        }
        bytes.addAll(arrival.bytes);
        ended = arrival.end;
        Flow.Subscription from = subscription;
        if (!ended && from != null) {
            from.request(1);
        }
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
        Flow.Subscription from = subscription;
        if (from != null) {
            from.cancel();
        }
    }
}
