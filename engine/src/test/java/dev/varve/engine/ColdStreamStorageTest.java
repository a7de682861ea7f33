package dev.varve.engine;

import dev.varve.api.StreamStorage;
import dev.varve.testkit.StreamStorageContract;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;

/** The engine keeps the contract while checkpoints follow each other and no idle stream stays in memory. */
final class ColdStreamStorageTest extends StreamStorageContract {

    private final TestClock clock = new TestClock();
    private volatile boolean stopped;

    @Override
    protected StreamStorage open() {
        Engine engine = Engine.inMemory(TestEngines.OPTIONS.withMaxIdleStreams(1), clock);
        Thread.ofPlatform().daemon(true).start(() -> {
            while (!stopped) {
                engine.checkpoint().join();
            }
        });
        return engine.streams();
    }

    @Override
    protected void advance(Duration duration) {
        clock.advance(duration);
    }

    @AfterEach
    void stopCheckpoints() {
        stopped = true;
    }
}
