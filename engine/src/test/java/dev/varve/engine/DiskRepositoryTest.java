package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.Store;
import dev.varve.testkit.TellingRepositoryContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** Repositories of an embedded Varve on disk keep the contract. */
final class DiskRepositoryTest extends TellingRepositoryContract {

    @TempDir
    Path directory;

    private @Nullable Engine engine;

    @Override
    protected Store store(String name) {
        Engine opened = engine;
        if (opened == null) {
            opened = TestEngines.onDisk(directory, TestEngines.OPTIONS, new TestClock());
            engine = opened;
        }
        return Store.over(opened.entries(), name);
    }

    @Override
    protected void close() {
        requireNonNull(engine).close();
    }
}
