package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EntryStorage;
import dev.varve.testkit.EntryStorageContract;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The engine in memory keeps the contract of entries. */
final class MemoryEntryStorageTest extends EntryStorageContract {

    private final TestClock clock = new TestClock();
    private @Nullable Engine engine;

    @Override
    protected EntryStorage open() {
        Engine opened = Engine.inMemory(TestEngines.OPTIONS, clock);
        engine = opened;
        return opened.entries();
    }

    @Override
    protected void close() {
        requireNonNull(engine).close();
    }

    @Override
    protected void advance(Duration duration) {
        clock.advance(duration);
    }
}
