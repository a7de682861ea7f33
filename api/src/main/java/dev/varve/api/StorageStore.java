package dev.varve.api;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** {@link Store} over a storage: waits for its futures. Thread-safe. */
final class StorageStore implements Store {

    private final EntryStorage storage;
    private final String name;
    private final Entries entries;

    StorageStore(EntryStorage storage, String name) {
        this.storage = storage;
        this.name = name;
        this.entries = Entries.over(storage, name);
    }

    private static <T> T await(CompletableFuture<T> future) {
        return StorageStreams.await(future);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Optional<StoreInfo> info() {
        return storage.store(name);
    }

    @Override
    public long sizeBytes() {
        return await(storage.sizeBytes(name));
    }

    @Override
    public StoreInfo create() {
        return await(storage.createStore(name));
    }

    @Override
    public StoreInfo copyTo(String newName) {
        return await(storage.cloneStore(name, newName));
    }

    @Override
    public StoreInfo archive() {
        return await(storage.archiveStore(name));
    }

    @Override
    public StoreInfo delete() {
        return await(storage.deleteStore(name));
    }

    @Override
    public Entries entries() {
        return entries;
    }
}
