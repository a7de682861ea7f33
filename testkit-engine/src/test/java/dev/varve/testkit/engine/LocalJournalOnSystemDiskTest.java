package dev.varve.testkit.engine;

import dev.varve.engine.io.SystemClock;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.journal.LocalJournal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;

/** The local journal keeps the contract on real files, with its upkeep on a thread. */
final class LocalJournalOnSystemDiskTest extends JournalContract {

    private static final UUID STORE = new UUID(1, 2);
    private static final JournalOptions OPTIONS =
            JournalOptions.DEFAULTS.withSegmentBytes(4 << 20, 64 << 10).withMinFreeBytes(0);

    @TempDir
    Path directory;

    @Override
    protected Journal openEmpty() throws IOException {
        return LocalJournal.openOrCreate(
                new SystemDisk(),
                directory.resolve("journal"),
                STORE,
                OPTIONS,
                new SystemClock(),
                new Random(1),
                Thread.ofPlatform().factory());
    }

    @Override
    protected Journal reopen() throws IOException {
        return LocalJournal.open(
                new SystemDisk(),
                directory.resolve("journal"),
                STORE,
                OPTIONS,
                new SystemClock(),
                new Random(2),
                Thread.ofPlatform().factory());
    }

    @Override
    protected int groupsToFreeSomething() {
        return 500;
    }
}
