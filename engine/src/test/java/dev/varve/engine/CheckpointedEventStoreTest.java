package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EventStore;
import dev.varve.testkit.EventStoreContract;
import org.jspecify.annotations.Nullable;

/** Events keep the contract while they alternate between memory and state. */
final class CheckpointedEventStoreTest extends EventStoreContract {

    private @Nullable Engine engine;

    @Override
    protected EventStore store(String name) {
        Engine opened = engine;
        if (opened == null) {
            opened = Engine.inMemory(TestEngines.OPTIONS);
            engine = opened;
        }
        return EventStore.over(CheckpointingEvents.of(opened), name);
    }

    @Override
    protected void close() {
        requireNonNull(engine).close();
    }
}
