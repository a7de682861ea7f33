package dev.varve.postgres;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads that wait for the database. All writes of one store are made by one of them: they would wait for each other's lock anyhow, and hold up those of other stores
 * meanwhile. Thread-safe.
 */
final class Workers {

    /** How many calls of one thread, or of all that read, wait at most, inclusive. */
    static final int MAX_WAITING = 10_000;

    private final ThreadPoolExecutor readers;
    private final List<ThreadPoolExecutor> writers = new ArrayList<>();
    private volatile boolean closed;

    Workers(int connections) {
        int writing = connections / 2;
        readers = pool(connections - writing, "varve-postgres-read-");
        for (int i = 0; i < writing; i++) {
            writers.add(pool(1, "varve-postgres-write-" + i + "-"));
        }
    }

    private static ThreadPoolExecutor pool(int threads, String name) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, name + number.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    <T extends @Nullable Object> CompletableFuture<T> read(Supplier<T> call) {
        return run(readers, call);
    }

    <T extends @Nullable Object> CompletableFuture<T> write(String store, Supplier<T> call) {
        return run(writers.get(Math.floorMod(store.hashCode(), writers.size())), call);
    }

    private <T extends @Nullable Object> CompletableFuture<T> run(ThreadPoolExecutor pool, Supplier<T> call) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            pool.execute(() -> {
                try {
                    answer.complete(call.get());
                } catch (Throwable e) {
                    answer.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(
                    closed
                            ? new VarveException(ErrorKind.UNAVAILABLE, "this event store is closed", e)
                            : new VarveException(
                                    ErrorKind.OVERLOADED, MAX_WAITING + " calls wait for the database already", e));
        }
        return answer;
    }

    /** What was begun is finished first, within half a minute. */
    void close() {
        closed = true;
        List<ThreadPoolExecutor> all = new ArrayList<>(writers);
        all.add(readers);
        all.forEach(ThreadPoolExecutor::shutdown);
        try {
            for (ThreadPoolExecutor pool : all) {
                if (!pool.awaitTermination(30, TimeUnit.SECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
