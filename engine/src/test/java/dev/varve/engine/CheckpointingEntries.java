package dev.varve.engine;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EventPage;
import dev.varve.api.RollbackResult;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An engine's entries with checkpoints around calls: before, beside and after them, finished or still being written.
 * Thread-safe.
 */
final class CheckpointingEntries implements EntryStorage {

    private final Engine engine;
    private final int period;
    private final EntryStorage entries;
    private final AtomicLong calls = new AtomicLong();
    private final AtomicReference<CompletableFuture<Boolean>> running =
            new AtomicReference<>(CompletableFuture.completedFuture(true));

    /**
     * Wraps an engine's entries.
     *
     * @param period in every so many calls there are three checkpoints; at least 5
     */
    CheckpointingEntries(Engine engine, int period) {
        this.engine = engine;
        this.period = period;
        this.entries = engine.entries();
    }

    private <T> CompletableFuture<T> beside(CompletableFuture<T> answer) {
        switch ((int) (calls.incrementAndGet() % period)) {
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
        return beside(entries.createStore(name));
    }

    @Override
    public CompletableFuture<StoreInfo> archiveStore(String name) {
        return beside(entries.archiveStore(name));
    }

    @Override
    public CompletableFuture<StoreInfo> deleteStore(String name) {
        return beside(entries.deleteStore(name));
    }

    @Override
    public Optional<StoreInfo> store(String name) {
        return entries.store(name);
    }

    @Override
    public Optional<StoreInfo> store(UUID id) {
        return entries.store(id);
    }

    @Override
    public List<StoreInfo> stores(@Nullable String organisation) {
        return entries.stores(organisation);
    }

    @Override
    public CompletableFuture<EntryWriteResult> write(EntryWrite write) {
        return beside(entries.write(write));
    }

    @Override
    public CompletableFuture<Optional<Entry>> get(String store, EntryPath path) {
        return entries.get(store, path);
    }

    @Override
    public CompletableFuture<List<Entry>> getMany(String store, List<EntryPath> paths) {
        return entries.getMany(store, paths);
    }

    @Override
    public CompletableFuture<EntryPage> list(EntryQuery query) {
        return entries.list(query);
    }

    @Override
    public CompletableFuture<EventPage> events(String store, long after, int limit) {
        return entries.events(store, after, limit);
    }

    @Override
    public CompletableFuture<Optional<Entry>> getAt(String store, EntryPath path, long atSeq) {
        return entries.getAt(store, path, atSeq);
    }

    @Override
    public CompletableFuture<EntryPage> listAt(EntryQuery query, long atSeq) {
        return entries.listAt(query, atSeq);
    }

    @Override
    public CompletableFuture<List<EntryDifference>> diff(String store, long fromSeq, long toSeq) {
        return entries.diff(store, fromSeq, toSeq);
    }

    @Override
    public CompletableFuture<RollbackResult> rollback(
            String store, @Nullable EntryPath path, long toSeq, String deviceId) {
        return beside(entries.rollback(store, path, toSeq, deviceId));
    }

    @Override
    public CompletableFuture<Long> compact(String store, long throughSeq) {
        return beside(entries.compact(store, throughSeq));
    }

    @Override
    public Subscription subscribe(String store, LongConsumer listener) {
        return entries.subscribe(store, listener);
    }
}
