package dev.varve.engine;

import dev.varve.api.StreamStorage;
import dev.varve.testkit.StreamStorageContract;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

/** The engine on disk keeps the contract. */
final class DiskStreamStorageTest extends StreamStorageContract {

    @TempDir
    private Path directory;

    private final TestClock clock = new TestClock();

    @Override
    protected StreamStorage open() {
        return TestEngines.onDisk(directory, TestEngines.OPTIONS, clock).streams();
    }

    @Override
    protected void advance(Duration duration) {
        clock.advance(duration);
    }
}
