package dev.varve.engine;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/**
 * Transactions are there, whole, when an engine comes back from a crash: from a copy of its files, taken while it runs and after every other crash
 * also right after a checkpoint, so that all or a part of them comes from the journal.
 */
final class CrashedTransactionTest extends DiskTransactionTest {

    @TempDir
    private static Path copies = Path.of("");

    private int lives;

    @Override
    protected void reopen() {
        directory = CrashCopy.crash(engine(), directory, copies, ++lives);
        open();
    }
}
