package dev.varve.server.outbound;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What to do when a future is done, for when that is the end of the chain: a fault in doing so is logged, not lost. */
public final class Outcomes {

    private static final Logger log = LoggerFactory.getLogger(Outcomes.class);

    private Outcomes() {}

    /**
     * On the thread that completes the future, or at once when it is done already.
     *
     * @param <T> what comes
     * @param future when
     * @param taker takes a value or an error
     */
    public static <T> void take(CompletableFuture<T> future, BiConsumer<@Nullable T, @Nullable Throwable> taker) {
        var _ = future.whenComplete((value, error) -> guarded(() -> taker.accept(value, error)));
    }

    /**
     * On an executor.
     *
     * @param <T> what comes
     * @param executor where
     * @param future when
     * @param taker takes a value or an error
     */
    public static <T> void takeOn(
            Executor executor, CompletableFuture<T> future, BiConsumer<@Nullable T, @Nullable Throwable> taker) {
        var _ = future.whenCompleteAsync((value, error) -> guarded(() -> taker.accept(value, error)), executor);
    }

    /**
     * Runs a task; what it throws is a bug, which must not stop the thread that serves everything else.
     *
     * @param task what to do
     */
    public static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            log.error("a step of webhooks or subscriptions failed", e);
        }
    }
}
