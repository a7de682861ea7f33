package dev.varve.client;

import java.io.Closeable;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A body that goes on: what the network brought is taken piece by piece, and no more of it is in memory than one piece that was asked
 * for. Taking is confined to one thread; {@link #close()} may come from any.
 */
final class BodyPieces implements HttpResponse.BodySubscriber<BodyPieces>, Closeable {

    /** Some bytes, or the end with or without a failure. */
    record Piece(
            List<ByteBuffer> bytes, boolean end, @Nullable Throwable failure) {}

    private static final Piece END = new Piece(List.of(), true, null);

    private final BlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();
    private volatile Flow.@Nullable Subscription subscription;
    private volatile boolean closed;

    @Override
    public CompletionStage<BodyPieces> getBody() {
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
        pieces.add(new Piece(more, false, null));
    }

    @Override
    public void onError(Throwable failure) {
        pieces.add(new Piece(List.of(), true, failure));
    }

    @Override
    public void onComplete() {
        pieces.add(END);
    }

    /** The next piece, or null when none comes in time. */
    @Nullable Piece poll(long nanos) throws InterruptedException {
        Piece piece = pieces.poll(nanos, TimeUnit.NANOSECONDS);
        Flow.Subscription from = subscription;
        if (piece != null && !piece.end && from != null) {
            from.request(1);
        }
        return piece;
    }

    /** Ends the exchange, and a wait for its next piece. */
    @Override
    public void close() {
        closed = true;
        Flow.Subscription from = subscription;
        if (from != null) {
            from.cancel();
        }
        pieces.add(END);
    }
}
