package dev.varve.testkit.engine;

import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.journal.LocalJournal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** A small local journal on a simulated disk, without a thread of its own. Confined to one thread. */
final class JournalWorld {

    static final UUID STORE = new UUID(0x1234, 0x5678);
    static final Path DIRECTORY = Path.of("/data/journal");
    static final Path MARK = DIRECTORY.resolve("MARK");
    static final JournalOptions SMALL = new JournalOptions(16 << 10, 16 << 10, 1, 1, 2, 0, 5);

    private JournalWorld() {}

    static Path segment(int number) {
        return DIRECTORY.resolve(String.format("%012d.segment", number));
    }

    static LocalJournal open(SimulatedDisk disk) throws IOException {
        return open(disk, new SimulatedClock());
    }

    static LocalJournal open(SimulatedDisk disk, SimulatedClock clock) throws IOException {
        return open(disk, SMALL, clock);
    }

    static LocalJournal open(SimulatedDisk disk, JournalOptions options, SimulatedClock clock) throws IOException {
        // The number of operations makes each opening draw other salts, and the same in each run.
        Random salts = new Random(disk.traceHash());
        return LocalJournal.openOrCreate(disk, DIRECTORY, STORE, options, clock, salts, null);
    }

    /** A body that tells which one it is, of any length from eight bytes on. */
    static byte[] body(long id, int length) {
        ByteBuffer body = ByteBuffer.allocate(Math.max(Long.BYTES, length)).putLong(id);
        long noise = id;
        while (body.hasRemaining()) {
            noise = noise * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
            body.put((byte) (noise >>> 56));
        }
        return body.array();
    }

    static void append(Journal journal, long epoch, Group group, byte[]... bodies) throws IOException {
        CompletableFuture<Long> end = new CompletableFuture<>();
        journal.append(epoch, JournalDriver.fill(group, bodies), JournalDriver.completion(end));
        JournalDriver.await(end);
    }
}
