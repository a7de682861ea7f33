package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EntryStorage;
import dev.varve.testkit.EntryStorageContract;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** The engine on disk keeps the contract of entries. Closing writes a checkpoint, so that all comes back from the state. */
class DiskEntryStorageTest extends EntryStorageContract {

    @TempDir
    Path directory;

    final TestClock clock = new TestClock();

    @Nullable Engine engine;

    @Override
    protected EntryStorage open() throws Exception {
        Engine opened = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock);
        engine = opened;
        return opened.entries();
    }

    @Override
    protected void close() {
        requireNonNull(engine).close();
    }

    @Override
    protected EntryStorage reopen() throws Exception {
        close();
        return open();
    }

    @Override
    protected void advance(Duration duration) {
        clock.advance(duration);
    }
}
