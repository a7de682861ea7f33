package dev.varve.testkit;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.FileContent;
import dev.varve.api.FileUpload;
import dev.varve.api.RollbackResult;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A storage of entries that hands everything on to another, the optional operations too, for tests that change some of
 * it. As thread-safe, atomic and durable as the other.
 */
public class ForwardingEntryStorage implements EntryStorage {

    /** The storage behind this one. */
    protected final EntryStorage to;

    /**
     * A storage in front of another.
     *
     * @param to the other
     */
    protected ForwardingEntryStorage(EntryStorage to) {
        this.to = to;
    }

    @Override
    public CompletableFuture<StoreInfo> createStore(String name) {
        return to.createStore(name);
    }

    @Override
    public CompletableFuture<StoreInfo> cloneStore(String name, String newName) {
        return to.cloneStore(name, newName);
    }

    @Override
    public CompletableFuture<StoreInfo> archiveStore(String name) {
        return to.archiveStore(name);
    }

    @Override
    public CompletableFuture<StoreInfo> deleteStore(String name) {
        return to.deleteStore(name);
    }

    @Override
    public Optional<StoreInfo> store(String name) {
        return to.store(name);
    }

    @Override
    public Optional<StoreInfo> store(UUID id) {
        return to.store(id);
    }

    @Override
    public List<StoreInfo> stores(@Nullable String organisation) {
        return to.stores(organisation);
    }

    @Override
    public CompletableFuture<Long> sizeBytes(String name) {
        return to.sizeBytes(name);
    }

    @Override
    public CompletableFuture<EntryWriteResult> write(EntryWrite write) {
        return to.write(write);
    }

    @Override
    public FileUpload upload(String store, long maxBytes) {
        return to.upload(store, maxBytes);
    }

    @Override
    public CompletableFuture<FileContent> file(String hash, Predicate<StoreInfo> reachable) {
        return to.file(hash, reachable);
    }

    @Override
    public CompletableFuture<Optional<Entry>> get(String store, EntryPath path) {
        return to.get(store, path);
    }

    @Override
    public CompletableFuture<List<Entry>> getMany(String store, List<EntryPath> paths) {
        return to.getMany(store, paths);
    }

    @Override
    public CompletableFuture<EntryPage> list(EntryQuery query) {
        return to.list(query);
    }

    @Override
    public CompletableFuture<EntryEventPage> events(String store, long after, int limit) {
        return to.events(store, after, limit);
    }

    @Override
    public Subscription subscribe(String store, LongConsumer listener) {
        return to.subscribe(store, listener);
    }

    @Override
    public CompletableFuture<Optional<Entry>> getAt(String store, EntryPath path, long atSeq) {
        return to.getAt(store, path, atSeq);
    }

    @Override
    public CompletableFuture<EntryPage> listAt(EntryQuery query, long atSeq) {
        return to.listAt(query, atSeq);
    }

    @Override
    public CompletableFuture<List<EntryDifference>> diff(String store, long fromSeq, long toSeq) {
        return to.diff(store, fromSeq, toSeq);
    }

    @Override
    public CompletableFuture<RollbackResult> rollback(
            String store, @Nullable EntryPath path, long toSeq, String deviceId) {
        return to.rollback(store, path, toSeq, deviceId);
    }

    @Override
    public CompletableFuture<Long> compact(String store, long throughSeq) {
        return to.compact(store, throughSeq);
    }
}
