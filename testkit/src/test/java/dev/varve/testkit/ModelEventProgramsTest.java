package dev.varve.testkit;

import dev.varve.api.EventStore;

/** Aggregates, decisions and projections over the model. */
final class ModelEventProgramsTest extends EventProgramsContract {

    private final ModelEventStorage storage = new ModelEventStorage(System::currentTimeMillis);

    @Override
    protected EventStore store(String name) {
        return EventStore.over(storage, name);
    }

    @Override
    protected void close() {}
}
