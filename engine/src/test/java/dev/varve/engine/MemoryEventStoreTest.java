package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EventStore;
import dev.varve.testkit.EventStoreContract;
import org.jspecify.annotations.Nullable;

/** Events of an engine in memory keep the contract. */
final class MemoryEventStoreTest extends EventStoreContract {

    private @Nullable Engine engine;

    @Override
    protected EventStore store(String name) {
        Engine opened = engine;
        if (opened == null) {
            opened = Engine.inMemory(TestEngines.OPTIONS);
            engine = opened;
        }
        return EventStore.over(opened.events(), name);
    }

    @Override
    protected void close() {
        requireNonNull(engine).close();
    }
}
