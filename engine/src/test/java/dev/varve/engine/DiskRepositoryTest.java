package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.Store;
import dev.varve.testkit.TellingRepositoryContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Repositories of an embedded Varve on disk keep the contract. One engine serves all tests, each with stores of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DiskRepositoryTest extends TellingRepositoryContract {

    private @Nullable Engine engine;
    private int test;

    @BeforeAll
    void open(@TempDir Path directory) {
        engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, new TestClock());
    }

    @Override
    protected Store store(String name) {
        return Store.over(requireNonNull(engine).entries(), name + "-" + test);
    }

    @Override
    protected void close() {
        test++;
    }

    @AfterAll
    void closeEngine() {
        requireNonNull(engine).close();
    }
}
