package dev.varve.engine;

import dev.varve.api.EventStore;
import dev.varve.testkit.EventSubscriptionsContract;
import java.time.Duration;

/** Subscriptions of an engine in memory keep the contract. */
final class MemoryEventSubscriptionsTest extends EventSubscriptionsContract {

    private final TestClock clock = new TestClock();
    private final Engine engine = Engine.inMemory(TestEngines.OPTIONS, clock);

    @Override
    protected EventStore store(String name) {
        return EventStore.over(engine.events(), name);
    }

    @Override
    protected void advance(Duration time) {
        clock.advance(time);
    }

    @Override
    protected void close() {
        engine.close();
    }
}
