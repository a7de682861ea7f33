package dev.varve.server;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * An answer that waits for readers to come somewhere; when the server closes meanwhile, another one is given at once. Confined to
 * the connection's loop.
 */
final class CheckpointWait<T> implements Connection.Attachment {

    private final Exchange exchange;
    private final CompletableFuture<Boolean> reached;
    private final CompletableFuture<T> waited;
    private final Function<T, Response> answer;
    private final Supplier<Response> early;

    /**
     * A wait.
     *
     * @param reached the wait itself, which ends when nobody waits for the answer any more
     * @param waited what becomes of it
     * @param answer what is answered then
     * @param early what is answered when it is cut short
     */
    CheckpointWait(
            Exchange exchange,
            CompletableFuture<Boolean> reached,
            CompletableFuture<T> waited,
            Function<T, Response> answer,
            Supplier<Response> early) {
        this.exchange = exchange;
        this.reached = reached;
        this.waited = waited;
        this.answer = answer;
        this.early = early;
    }

    void start() {
        exchange.connection().attach(this);
        exchange.await(waited, known -> {
            if (!exchange.over()) {
                exchange.respond(answer.apply(known));
            }
        });
    }

    @Override
    public void writable() {
        // Nothing is written before the answer.
    }

    @Override
    public void expired() {
        // The storage watches the time.
    }

    @Override
    public void drain() {
        if (!exchange.over()) {
            exchange.respond(early.get());
        }
    }

    @Override
    public void gone() {
        reached.cancel(false);
    }
}
