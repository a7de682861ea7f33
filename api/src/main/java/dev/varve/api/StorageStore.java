package dev.varve.api;

import dev.varve.api.spi.Transport;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** {@link Store} over a storage: waits for its futures. Thread-safe. */
final class StorageStore implements Store {

    private final EntryStorage storage;
    private final String name;
    private final Entries entries;
    private final @Nullable EventStore events;
    private final @Nullable TransactionStorage transactions;
    private final Transport transport;

    StorageStore(
            EntryStorage storage,
            @Nullable EventStorage events,
            @Nullable TransactionStorage transactions,
            String name,
            RecordFeeds feeds) {
        this.storage = storage;
        this.events = events == null ? null : EventStore.over(events, name);
        this.transactions = transactions;
        this.name = name;
        this.entries = Entries.over(storage, name);
        this.transport = Transport.embedded(storage, name, feeds);
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

    @Override
    public EventStore events() {
        EventStore offered = events;
        if (offered == null) {
            throw VarveException.notSupported("events");
        }
        return offered;
    }

    @Override
    public TransactionStorage transactions() {
        TransactionStorage offered = transactions;
        if (offered == null) {
            throw VarveException.notSupported("transactions");
        }
        return offered;
    }

    @Override
    public Transport transport() {
        return transport;
    }

    /** Two of the same store are the same, so that a batch can tell whose repositories it is given. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StorageStore that && storage.equals(that.storage) && name.equals(that.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
