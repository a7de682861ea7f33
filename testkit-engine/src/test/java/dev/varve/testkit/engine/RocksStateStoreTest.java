package dev.varve.testkit.engine;

import dev.varve.engine.state.RocksStateStore;
import dev.varve.engine.state.StateOptions;
import dev.varve.engine.state.StateStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** The contract, by the store on disk. */
class RocksStateStoreTest extends StateStoreContract {

    @TempDir
    Path root;

    private int copies;

    StateOptions options() {
        return StateOptions.of(new UUID(1, 2));
    }

    private Path directory() {
        return root.resolve("state" + copies);
    }

    @Override
    protected StateStore create() throws IOException {
        return RocksStateStore.open(directory(), options());
    }

    /**
     * A copy of the files while the store is open is what a killed process leaves. The live directory does not count, and
     * files in it come and go while they are copied.
     */
    @Override
    protected StateStore crash(StateStore store) throws IOException {
        Path from = directory();
        copies++;
        Files.createDirectory(directory());
        for (String part : List.of("VARVE-STATE", "checkpoints")) {
            try (Stream<Path> files = Files.walk(from.resolve(part))) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    Files.copy(file, directory().resolve(from.relativize(file).toString()));
                }
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
