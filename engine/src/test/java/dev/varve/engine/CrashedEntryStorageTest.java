package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EntryStorage;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/**
 * The engine keeps the contract of entries when it comes back from a crash: from a copy of its files, taken while it runs and
 * after every other crash also right after a checkpoint, so that all or a part of it comes from the journal.
 */
final class CrashedEntryStorageTest extends DiskEntryStorageTest {

    @TempDir
    private Path copies;

    private int lives;

    @Override
    protected EntryStorage reopen() throws Exception {
        directory = CrashCopy.crash(requireNonNull(engine), directory, copies, ++lives);
        return open();
    }
}
