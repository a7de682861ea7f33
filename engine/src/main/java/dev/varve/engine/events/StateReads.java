package dev.varve.engine.events;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.shard.Sequencer;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** Runs on the pool what may block on the disk. Thread-safe. */
final class StateReads {

    private StateReads() {}

    /** Something that reads the disk. */
    interface Read<T> {
        T run() throws IOException;
    }

    /** Reads for a decision: the owner is told, and then looks at parked commands again. */
    static <T> void forOwner(EventsFace face, Read<T> read, Consumer<T> loaded, Consumer<VarveException> failed) {
        Sequencer owner = face.sequencer();
        try {
            face.pool().execute(() -> {
                Runnable told;
                try {
                    T result = read.run();
                    told = () -> loaded.accept(result);
                } catch (IOException | RuntimeException e) {
                    VarveException failure = failure(e);
                    told = () -> failed.accept(failure);
                }
                Runnable tell = told;
                owner.post(() -> {
                    tell.run();
                    owner.loaded();
                });
            });
        } catch (RejectedExecutionException e) {
            failed.accept(DiskErrors.notTaken(e));
            owner.post(owner::loaded);
        }
    }

    /** Reads for a caller. */
    static <T> CompletableFuture<T> forCaller(EventsFace face, Read<T> read) {
        CompletableFuture<T> future = new CompletableFuture<>();
        try {
            face.pool().execute(() -> complete(future, read));
        } catch (RejectedExecutionException e) {
            future.completeExceptionally(DiskErrors.notTaken(e));
        }
        return future;
    }

    /** Reads on the calling thread what memory has. */
    static <T> CompletableFuture<T> here(Read<T> read) {
        CompletableFuture<T> future = new CompletableFuture<>();
        complete(future, read);
        return future;
    }

    private static <T> void complete(CompletableFuture<T> future, Read<T> read) {
        try {
            future.complete(read.run());
        } catch (IOException | RuntimeException e) {
            future.completeExceptionally(failure(e));
        }
    }

    static VarveException failure(Exception e) {
        ErrorKind kind = DiskErrors.isDiskError(e) ? ErrorKind.UNAVAILABLE : ErrorKind.CORRUPT;
        return e instanceof VarveException known
                ? known
                : new VarveException(kind, "events could not be read: " + e.getMessage(), e);
    }
}
