package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.io.SystemClock;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.journal.LocalJournal;
import dev.varve.testkit.engine.JournalDriver.Read;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The local journal keeps the contract on real files, with its upkeep on a thread. */
final class LocalJournalOnSystemDiskTest extends JournalContract {

    private static final UUID STORE = new UUID(1, 2);
    private static final JournalOptions OPTIONS =
            JournalOptions.DEFAULTS.withSegmentBytes(128 << 10, 32 << 10).withMinFreeBytes(0);

    @TempDir
    Path directory;

    private Journal open(String name, JournalOptions options) throws IOException {
        return LocalJournal.openOrCreate(
                new SystemDisk(),
                directory.resolve(name),
                STORE,
                options,
                new SystemClock(),
                new Random(1),
                Thread.ofPlatform().factory());
    }

    @Override
    protected Journal openEmpty() throws IOException {
        return open("journal", OPTIONS);
    }

    @Override
    protected Journal reopen() throws IOException {
        return open("journal", OPTIONS);
    }

    @Override
    protected int groupsToFreeSomething() {
        return 100;
    }

    @Override
    protected int largeBodyBytes() {
        return 100_000;
    }

    @Test
    void a_group_of_24_mebibytes_is_one_write() throws IOException {
        JournalOptions options = OPTIONS.withSegmentBytes(32 << 20, 64 << 10).withKeptSegments(1, 0, 0);
        byte[] large = new byte[Group.MAX_BODY_BYTES];
        Arrays.fill(large, (byte) 7);
        byte[] beside = new byte[4 << 20];
        try (Journal journal = open("large", options)) {
            JournalDriver driver = JournalDriver.claim(journal);
            driver.append(new byte[10]);
            driver.append(large, beside);
            driver.append(new byte[10]);
        }
        try (Journal journal = open("large", options)) {
            List<Read> frames = JournalDriver.readAll(journal);
            assertThat(frames).hasSize(4);
            assertThat(Arrays.equals(frames.get(1).body(), large)).isTrue();
            assertThat(Arrays.equals(frames.get(2).body(), beside)).isTrue();
        }
    }
}
