package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.StreamStorage;
import dev.varve.testkit.StreamStorageContract;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The engine on disk keeps the contract. */
class DiskStreamStorageTest extends StreamStorageContract {

    @TempDir
    private Path directory;

    private final TestClock clock = new TestClock();

    @Nullable Engine engine;

    @Override
    protected StreamStorage open() {
        Engine opened = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock);
        engine = opened;
        return storageOf(opened);
    }

    StreamStorage storageOf(Engine opened) {
        return opened.streams();
    }

    @Override
    protected StreamStorage reopen() {
        requireNonNull(engine).close();
        return open();
    }

    @Override
    protected void advance(Duration duration) {
        clock.advance(duration);
    }
}
