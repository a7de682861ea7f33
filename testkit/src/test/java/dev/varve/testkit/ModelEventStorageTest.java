package dev.varve.testkit;

import dev.varve.api.EventStore;

/** The model keeps the contract. */
final class ModelEventStorageTest extends EventStoreContract {

    private final ModelEventStorage storage = new ModelEventStorage(System::currentTimeMillis);

    @Override
    protected EventStore store(String name) {
        return EventStore.over(storage, name);
    }

    @Override
    protected void close() {
        // Nothing is held.
    }

    /** The model never went away. */
    @Override
    protected void reopen() {}
}
