package dev.varve.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.StreamStorage;
import dev.varve.testkit.StreamStorageContract;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Pages that are read in parts keep the contract of pages, and their memory comes back. */
final class PartedStreamStorageTest extends StreamStorageContract {

    @TempDir
    private Path directory;

    private final TestClock clock = new TestClock();

    private @Nullable Engine engine;

    @Override
    protected StreamStorage open() {
        Engine opened = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock);
        engine = opened;
        return Parts.readingInParts(opened.streams());
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

    @AfterEach
    void all_memory_came_back() {
        Engine used = engine;
        if (used != null) {
            assertThat(TestEngines.figure(used, "page_memory_bytes")).isZero();
        }
    }
}
