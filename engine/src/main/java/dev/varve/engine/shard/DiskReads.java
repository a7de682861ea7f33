package dev.varve.engine.shard;

import dev.varve.api.VarveException;
import dev.varve.engine.io.DiskErrors;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs on a pool what may block on the disk. Thread-safe. */
public final class DiskReads {

    private final Executor pool;
    private final Function<Exception, VarveException> failure;

    /**
     * Reads of one face.
     *
     * @param pool threads that may block on the disk
     * @param failure what a failed read means
     */
    public DiskReads(Executor pool, Function<Exception, VarveException> failure) {
        this.pool = pool;
        this.failure = failure;
    }

    /**
     * Something that reads the disk.
     *
     * @param <T> what it gives
     */
    public interface Read<T> {

        /**
         * Reads.
         *
         * @return what was read
         * @throws IOException when the disk cannot be read, or what it has is damaged
         */
        T run() throws IOException;
    }

    /**
     * Something that reads much: each task does a bounded part of it and then waits for its turn again, so that others get theirs.
     *
     * @param <T> what it gives
     */
    public interface InTasks<T> {

        /**
         * Reads on, on one thread at a time.
         *
         * @return what was read, or null when that is not all yet
         * @throws IOException as {@link Read#run}
         */
        @Nullable T goOn() throws IOException;
    }

    /**
     * Reads for a decision. Called by the owner, which never waits for the disk: it is told, and then looks at parked commands again.
     *
     * @param owner the shard
     * @param read runs on the pool
     * @param loaded takes what was read, on the owner
     * @param failed takes the failure otherwise, on the owner
     * @param <T> what is read
     */
    public <T> void forOwner(Sequencer owner, Read<T> read, Consumer<T> loaded, Consumer<VarveException> failed) {
        forOwnerInTasks(owner, read::run, loaded, failed);
    }

    /**
     * Reads much for a decision, otherwise as {@link #forOwner}.
     *
     * @param owner the shard
     * @param read runs on the pool, in as many tasks as it takes
     * @param loaded takes what was read, on the owner
     * @param failed takes the failure otherwise, on the owner
     * @param <T> what is read
     */
    public <T> void forOwnerInTasks(
            Sequencer owner, InTasks<T> read, Consumer<T> loaded, Consumer<VarveException> failed) {
        inTasks(
                read,
                result -> tell(owner, () -> loaded.accept(result)),
                failure -> tell(owner, () -> failed.accept(failure)));
    }

    private static void tell(Sequencer owner, Runnable told) {
        owner.post(() -> {
            told.run();
            owner.loaded();
        });
    }

    private <T> void inTasks(InTasks<T> read, Consumer<T> done, Consumer<VarveException> failed) {
        try {
            pool.execute(() -> {
                T result;
                try {
                    result = read.goOn();
                } catch (IOException | RuntimeException e) {
                    failed.accept(failure.apply(e));
                    return;
                }
                if (result == null) {
                    inTasks(read, done, failed);
                } else {
                    done.accept(result);
                }
            });
        } catch (RejectedExecutionException e) {
            failed.accept(DiskErrors.notTaken(e));
        }
    }

    /**
     * Reads for a caller.
     *
     * @param read runs on the pool
     * @param <T> what is read
     * @return completes on the pool, or has failed when the pool takes nothing
     */
    public <T> CompletableFuture<T> forCaller(Read<T> read) {
        CompletableFuture<T> future = new CompletableFuture<>();
        try {
            pool.execute(() -> complete(future, read));
        } catch (RejectedExecutionException e) {
            future.completeExceptionally(DiskErrors.notTaken(e));
        }
        return future;
    }

    /**
     * Reads much for a caller, and no more once the future is done, because whoever asked has cancelled it.
     *
     * @param read runs on the pool, in as many tasks as it takes
     * @param <T> what is read
     * @return completes on the pool; fails when the pool takes nothing, also in between
     */
    public <T> CompletableFuture<T> forCallerInTasks(InTasks<T> read) {
        CompletableFuture<T> future = new CompletableFuture<>();
        InTasks<CompletableFuture<T>> untilDone = () -> {
            T result = future.isDone() ? null : read.goOn();
            if (result != null) {
                future.complete(result);
            }
            return future.isDone() ? future : null;
        };
        inTasks(untilDone, _ -> {}, future::completeExceptionally);
        return future;
    }

    /**
     * Reads on the calling thread what memory has.
     *
     * @param read runs at once
     * @param <T> what is read
     * @return is complete
     */
    public <T> CompletableFuture<T> here(Read<T> read) {
        CompletableFuture<T> future = new CompletableFuture<>();
        complete(future, read);
        return future;
    }

    private <T> void complete(CompletableFuture<T> future, Read<T> read) {
        try {
            future.complete(read.run());
        } catch (IOException | RuntimeException e) {
            future.completeExceptionally(failure.apply(e));
        }
    }
}
