package dev.varve.testkit.engine;

import dev.varve.engine.state.RocksStateStore;
import dev.varve.engine.state.StateOptions;
import dev.varve.engine.state.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** The contract, by the store on disk. */
final class RocksStateStoreTest extends StateStoreContract {

    private static final StateOptions OPTIONS = StateOptions.of(new UUID(1, 2));

    @TempDir
    Path root;

    private int copies;

    private Path directory() {
        return root.resolve("state" + copies);
    }

    @Override
    protected StateStore create() throws IOException {
        return RocksStateStore.open(directory(), OPTIONS);
    }

    /** A copy of the files while the store is open is what a killed process leaves. */
    @Override
    protected StateStore crash(StateStore store) throws IOException {
        Path from = directory();
        copies++;
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, directory().resolve(from.relativize(file).toString()));
            }
        }
        store.close();
        return create();
    }

    @Override
    protected StateStore reopen(StateStore store) throws IOException {
        store.close();
        return create();
    }
}
