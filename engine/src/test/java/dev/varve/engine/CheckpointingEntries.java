package dev.varve.engine;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.RollbackResult;
import dev.varve.api.StoreInfo;
import dev.varve.testkit.ForwardingEntryStorage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An engine's entries with checkpoints around changes: before, beside and after them, finished or still being written.
 * Thread-safe.
 */
final class CheckpointingEntries extends ForwardingEntryStorage {

    private final Engine engine;
    private final AtomicLong changes = new AtomicLong();
    private final AtomicReference<CompletableFuture<Boolean>> running =
            new AtomicReference<>(CompletableFuture.completedFuture(true));

    CheckpointingEntries(Engine engine) {
        super(engine.entries());
        this.engine = engine;
    }

    private <T> CompletableFuture<T> beside(CompletableFuture<T> answer) {
        switch ((int) (changes.incrementAndGet() % 5)) {
            case 0 -> running.get().join();
            case 1, 2 -> running.set(engine.checkpoint());
            case 3 -> {
                answer.exceptionally(failure -> null).join();
                engine.checkpoint().join();
            }
            default -> {
                // As it comes.
            }
        }
        return answer;
    }

    @Override
    public CompletableFuture<StoreInfo> createStore(String name) {
        return beside(super.createStore(name));
    }

    @Override
    public CompletableFuture<StoreInfo> cloneStore(String name, String newName) {
        return beside(super.cloneStore(name, newName));
    }

    @Override
    public CompletableFuture<StoreInfo> archiveStore(String name) {
        return beside(super.archiveStore(name));
    }

    @Override
    public CompletableFuture<StoreInfo> deleteStore(String name) {
        return beside(super.deleteStore(name));
    }

    @Override
    public CompletableFuture<EntryWriteResult> write(EntryWrite write) {
        return beside(super.write(write));
    }

    @Override
    public CompletableFuture<RollbackResult> rollback(
            String store, @Nullable EntryPath path, long toSeq, String deviceId) {
        return beside(super.rollback(store, path, toSeq, deviceId));
    }

    @Override
    public CompletableFuture<Long> compact(String store, long throughSeq) {
        return beside(super.compact(store, throughSeq));
    }
}
