package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EventStore;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.io.SystemRandom;
import dev.varve.testkit.EventStoreContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Events of an engine on disk keep the contract, and are there when it comes back. One engine serves all tests, each with stores of its own, so that it holds much that others wrote.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DiskEventStoreTest extends EventStoreContract {

    Path directory = Path.of("");
    private @Nullable Engine engine;
    private int test;

    @BeforeAll
    void open(@TempDir Path temporary) {
        directory = temporary;
        open();
    }

    final void open() {
        engine =
                Engine.open(directory, TestEngines.OPTIONS, new SystemDisk(), new SystemClock(), SystemRandom.create());
    }

    final Engine engine() {
        return requireNonNull(engine);
    }

    @Override
    protected final EventStore store(String name) {
        return EventStore.over(engine().events(), name + "-" + test);
    }

    /** Closes the engine in good order. */
    @Override
    protected void reopen() {
        engine().close();
        open();
    }

    @Override
    protected final void close() {
        test++;
    }

    @AfterAll
    void closeEngine() {
        engine().close();
    }
}
