package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EntryStorage;
import dev.varve.testkit.EntryStorageContract;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The engine keeps the contract of entries while what changed alternates between memory and state. */
final class CheckpointedEntryStorageTest extends EntryStorageContract {

    private final TestClock clock = new TestClock();
    private @Nullable Engine engine;

    @Override
    protected EntryStorage open() {
        Engine opened = Engine.inMemory(TestEngines.OPTIONS, clock);
        engine = opened;
        return new CheckpointingEntries(opened);
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
