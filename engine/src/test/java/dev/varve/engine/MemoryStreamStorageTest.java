package dev.varve.engine;

import dev.varve.api.StreamStorage;
import dev.varve.testkit.StreamStorageContract;
import java.time.Duration;

/** The engine in memory keeps the contract. */
final class MemoryStreamStorageTest extends StreamStorageContract {

    private final TestClock clock = new TestClock();

    @Override
    protected StreamStorage open() {
        return Engine.inMemory(TestEngines.OPTIONS, clock).streams();
    }

    @Override
    protected void advance(Duration duration) {
        clock.advance(duration);
    }
}
