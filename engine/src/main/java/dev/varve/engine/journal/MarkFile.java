package dev.varve.engine.journal;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code MARK}: two slots of 4 KiB written in turn, so that one is whole whatever happens to the other. The
 * journal's owner and its upkeep both write it; its monitor, held across a write of one block, orders them.
 * Thread-safe.
 */
final class MarkFile implements AutoCloseable {

    static final String NAME = "MARK";
    static final String TEMPORARY_NAME = NAME + ".tmp";

    private static final int SLOTS = 2;

    private final DiskFile file;
    private final UUID store;
    private Mark current;
    private boolean bothAlike;

    private MarkFile(DiskFile file, UUID store, Mark current, boolean bothAlike) {
        this.file = file;
        this.store = store;
        this.current = current;
        this.bothAlike = bothAlike;
    }

    /** Creates the file for a journal that holds nothing. Durable when this returns. */
    static MarkFile create(Disk disk, Path directory, UUID store) throws IOException {
        Path temporary = directory.resolve(TEMPORARY_NAME);
        disk.delete(temporary);
        DiskFile file = disk.open(temporary, Disk.Open.CREATE);
        try {
            file.write(0, Mark.NONE.encode(store));
            file.write(ControlBlock.BYTES, Mark.NONE.encode(store));
            file.sync();
            disk.rename(temporary, directory.resolve(NAME));
            file.renamed(directory.resolve(NAME));
            disk.syncDirectory(directory);
            return new MarkFile(file, store, Mark.NONE, true);
        } catch (IOException | RuntimeException e) {
            try (file) {
                throw e;
            }
        }
    }

    /** Opens the file and takes the newer of its whole slots, which is durable when this returns. */
    static MarkFile open(Disk disk, Path directory, UUID store) throws IOException {
        Path path = directory.resolve(NAME);
        DiskFile file = disk.open(path, Disk.Open.WRITE);
        try {
            Slots slots = readSlots(file, path, store);
            slots.writeNewerAgain(file, store);
            return new MarkFile(file, store, slots.newer(path), slots.bothAlike());
        } catch (IOException | RuntimeException e) {
            try (file) {
                throw e;
            }
        }
    }

    /** What the two slots hold; the problems of those that are not whole. */
    record Slots(
            @Nullable Mark first,
            @Nullable Mark second,
            @Nullable UUID store,
            List<CorruptJournalException> problems) {

        Mark newer(Path path) throws CorruptJournalException {
            if (first == null && second == null) {
                throw new CorruptJournalException(
                        path.toString(),
                        0,
                        "both slots of the durable mark are damaged; restore the file from a backup");
            }
            if (first == null || second == null) {
                return first == null ? Objects.requireNonNull(second) : first;
            }
            return first.generation() > second.generation() ? first : second;
        }

        /**
         * Makes the newer slot durable, which a process that was killed, or whose sync failed, may have left in the page cache
         * only: the other one is written next. Where that is damaged, this one was durable before it was written.
         */
        void writeNewerAgain(DiskFile file, UUID store) throws IOException {
            if (first != null && second != null) {
                int slot = first.generation() > second.generation() ? 0 : 1;
                Mark newer = slot == 0 ? first : second;
                file.writeDurably((long) slot * ControlBlock.BYTES, newer.encode(store));
            }
        }

        boolean bothAlike() {
            return first != null && second != null && first.saysTheSame(second);
        }
    }

    /** Reads both slots; without a store, those of any. */
    static Slots readSlots(DiskFile file, Path path, @Nullable UUID store) throws IOException {
        @Nullable Mark[] marks = new @Nullable Mark[SLOTS];
        UUID found = store;
        List<CorruptJournalException> problems = new ArrayList<>();
        for (int slot = 0; slot < SLOTS; slot++) {
            try {
                ByteBuffer block = ControlBlock.read(file, path, (long) slot * ControlBlock.BYTES, Mark.MAGIC);
                if (found != null) {
                    ControlBlock.requireStore(block, found, path);
                }
                found = ControlBlock.store(block);
                marks[slot] = Mark.decode(block);
            } catch (CorruptJournalException e) {
                problems.add(e);
            }
        }
        return new Slots(marks[0], marks[1], found, problems);
    }

    synchronized Mark current() {
        return current;
    }

    /** Whether the journal was closed cleanly, on the word of both slots. */
    synchronized boolean closedCleanly() {
        return bothAlike && current.clean();
    }

    /** Moves the mark forward; one that is further already stays. */
    synchronized void advance(Tail tail) throws IOException {
        if (tail.position() > current.position()) {
            writeOne(current.withTail(tail));
        }
    }

    /** Begins the next epoch, in which frames are written. */
    synchronized long claim() throws IOException {
        writeBoth(current.withEpoch(current.epoch() + 1).withClean(false));
        return current.epoch();
    }

    synchronized void moveStart(long start) throws IOException {
        writeOne(current.withStart(start));
    }

    /** Records where opening found the end. Writes nothing when that is known. */
    synchronized void settle(Tail tail) throws IOException {
        writeBoth(current.withTail(tail));
    }

    /** Records the end for good: nothing has been written after it. */
    synchronized void closeCleanly(Tail tail) throws IOException {
        writeBoth(current.withTail(tail).withClean(true));
    }

    private void writeBoth(Mark mark) throws IOException {
        if (!bothAlike || !mark.saysTheSame(current)) {
            writeOne(mark);
            writeOne(mark);
            bothAlike = true;
        }
    }

    private void writeOne(Mark mark) throws IOException {
        Mark next = mark.withGeneration(current.generation() + 1);
        long slot = next.generation() % SLOTS;
        file.writeDurably(slot * ControlBlock.BYTES, next.encode(store));
        current = next;
        bothAlike = false;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
