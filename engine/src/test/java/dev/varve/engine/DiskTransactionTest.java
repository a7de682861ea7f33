package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.Varve;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.io.SystemRandom;
import dev.varve.testkit.TransactionContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Transactions of an engine on disk keep the contract, and are there when it comes back. One engine serves all tests, so that it holds
 * much that others wrote.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DiskTransactionTest extends TransactionContract {

    Path directory = Path.of("");
    private @Nullable Engine engine;
    private @Nullable Varve varve;

    @BeforeAll
    void open(@TempDir Path temporary) {
        directory = temporary;
        open();
    }

    final void open() {
        Engine opened =
                Engine.open(directory, TestEngines.OPTIONS, new SystemDisk(), new SystemClock(), SystemRandom.create());
        engine = opened;
        varve = opened.varve();
    }

    final Engine engine() {
        return requireNonNull(engine);
    }

    @Override
    protected final Varve varve() {
        return requireNonNull(varve);
    }

    /** Closes the engine in good order. */
    @Override
    protected void reopen() {
        engine().close();
        open();
    }

    @Override
    protected final void close() {}

    @AfterAll
    void closeEngine() {
        engine().close();
    }
}
