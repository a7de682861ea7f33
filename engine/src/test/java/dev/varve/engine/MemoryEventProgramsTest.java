package dev.varve.engine;

import dev.varve.api.EventStore;
import dev.varve.api.Varve;
import dev.varve.testkit.EventProgramsContract;

/** Aggregates, decisions and projections over an embedded Varve. */
final class MemoryEventProgramsTest extends EventProgramsContract {

    private final Varve varve = Varve.inMemory();

    @Override
    protected EventStore store(String name) {
        return varve.store(name).events();
    }

    @Override
    protected void close() {
        varve.close();
    }
}
