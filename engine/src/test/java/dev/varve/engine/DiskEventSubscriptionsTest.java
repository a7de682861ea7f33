package dev.varve.engine;

import dev.varve.api.EventStore;
import dev.varve.testkit.EventSubscriptionsContract;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** Subscriptions of an engine on disk keep the contract, and come back. */
final class DiskEventSubscriptionsTest extends EventSubscriptionsContract {

    @TempDir
    Path directory;

    private final TestClock clock = new TestClock();
    private @Nullable Engine engine;

    private Engine engine() {
        Engine open = engine;
        if (open == null) {
            open = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock);
            engine = open;
        }
        return open;
    }

    @Override
    protected EventStore store(String name) {
        return EventStore.over(engine().events(), name);
    }

    @Override
    protected void advance(Duration time) {
        clock.advance(time);
    }

    @Override
    protected void reopen() {
        close();
        engine = null;
    }

    @Override
    protected void close() {
        engine().close();
    }
}
