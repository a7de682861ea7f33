package dev.varve.spring;

import dev.varve.api.Entries;
import dev.varve.api.EventStore;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.Store;
import dev.varve.api.StoreInfo;
import dev.varve.api.TransactionStorage;
import dev.varve.api.spi.Transport;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Another store, whose repositories and batches are timed. Thread-safe. */
final class MeteredStore implements Store {

    private final Store store;
    private final OperationTimers timers;

    MeteredStore(Store store, OperationTimers timers) {
        this.store = store;
        this.timers = timers;
    }

    @Override
    public String name() {
        return store.name();
    }

    @Override
    public Optional<StoreInfo> info() {
        return store.info();
    }

    @Override
    public long sizeBytes() {
        return store.sizeBytes();
    }

    @Override
    public StoreInfo create() {
        return store.create();
    }

    @Override
    public StoreInfo copyTo(String newName) {
        return store.copyTo(newName);
    }

    @Override
    public StoreInfo archive() {
        return store.archive();
    }

    @Override
    public StoreInfo delete() {
        return store.delete();
    }

    @Override
    public Entries entries() {
        return store.entries();
    }

    @Override
    public EventStore events() {
        return store.events();
    }

    @Override
    public TransactionStorage transactions() {
        return store.transactions();
    }

    @Override
    public Transport transport() {
        return new MeteredTransport(store.transport(), timers);
    }

    @Override
    public LiveSync live(LiveOptions options) {
        return store.live(options);
    }

    /** Two of the same store are the same, so that a batch can tell whose repositories it is given. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MeteredStore that && store.equals(that.store);
    }

    @Override
    public int hashCode() {
        return store.hashCode();
    }
}
