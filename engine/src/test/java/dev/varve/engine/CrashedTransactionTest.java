package dev.varve.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
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
        if (++lives % 2 == 0) {
            engine().checkpoint().join();
        }
        Path next = copies.resolve(Integer.toString(lives));
        try {
            CrashCopy.copy(directory, next);
            engine().close();
            CrashCopy.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        directory = next;
        open();
    }
}
