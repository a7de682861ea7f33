package dev.varve.spring;

import dev.varve.api.ErrorKind;
import dev.varve.api.LiveSync;
import dev.varve.api.Store;
import dev.varve.api.StoreInfo;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Up while the store answers, or the server where no store is configured. Asks something cheap, one question at a time, and waits
 * a bounded time for the answer. Thread-safe.
 */
final class VarveHealthIndicator extends AbstractHealthIndicator implements AutoCloseable {

    private final Varve varve;
    private final @Nullable Store store;
    private final ObjectProvider<LiveSync> live;
    private final Duration timeout;
    private final ThreadPoolExecutor asking =
            new ThreadPoolExecutor(0, 1, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                Thread thread = new Thread(work, "varve-health");
                thread.setDaemon(true);
                return thread;
            });

    VarveHealthIndicator(Varve varve, @Nullable Store store, ObjectProvider<LiveSync> live, Duration timeout) {
        super("Varve does not answer");
        this.varve = varve;
        this.store = store;
        this.live = live;
        this.timeout = timeout;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        if (store != null) {
            health.withDetail("store", store.name());
        }
        live.ifUnique(sync -> health.withDetail("live", sync.status().state().name()));
        Future<Optional<StoreInfo>> answer;
        try {
            answer = asking.submit(this::ask);
        } catch (RejectedExecutionException e) {
            health.down().withDetail("error", "the last question has not been answered yet");
            return;
        }
        try {
            answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS)
                    .ifPresent(info ->
                            health.withDetail("storeSeq", info.storeSeq()).withDetail("entries", info.entryCount()));
            health.up();
        } catch (TimeoutException e) {
            health.down().withDetail("error", "no answer within " + timeout.toMillis() + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            health.down().withDetail("error", "interrupted while waiting for an answer");
        } catch (ExecutionException e) {
            health.down(e.getCause() == null ? e : e.getCause());
        }
    }

    /** A server that will not say has answered, too. */
    private Optional<StoreInfo> ask() {
        try {
            if (store != null) {
                return store.info();
            }
            var unused = varve.streams().find("health"); // there or not
            return Optional.empty();
        } catch (VarveException e) {
            if (e.kind() == ErrorKind.FORBIDDEN || e.kind() == ErrorKind.NOT_SUPPORTED) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public void close() {
        asking.shutdownNow();
    }
}
