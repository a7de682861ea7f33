package dev.varve.engine.journal;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** One open segment file. Readers pin it, so that it is neither recycled nor deleted under them. Thread-safe. */
final class Segment {

    /** How segment files are called: the number in twelve digits, then this. */
    static final String SUFFIX = ".segment";

    private static final int NUMBER_DIGITS = 12;
    private static final int RELEASED = -1;

    private final SegmentHeader header;
    private final Path path;
    private final DiskFile file;
    private final AtomicInteger pins = new AtomicInteger();

    /** Whether there may be something beyond what was written to it as this segment. */
    private volatile boolean hasOldBytes = true;

    Segment(SegmentHeader header, Path path, DiskFile file) {
        this.header = header;
        this.path = path;
        this.file = file;
    }

    static Path path(Path directory, long number) {
        return directory.resolve(String.format(Locale.ROOT, "%0" + NUMBER_DIGITS + "d", number) + SUFFIX);
    }

    /** The number in a segment's file name, or -1 when it is not one. */
    static long number(Path path) {
        String name = path.getFileName().toString();
        if (name.length() != NUMBER_DIGITS + SUFFIX.length() || !name.endsWith(SUFFIX)) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < NUMBER_DIGITS; i++) {
            char digit = name.charAt(i);
            if (digit < '0' || digit > '9') {
                return -1;
            }
            number = number * 10 + (digit - '0');
        }
        return number;
    }

    /** Opens a segment file and checks its header against its name, its size and its store. */
    static Segment open(Disk disk, Path path, UUID store, Disk.Open how) throws IOException {
        DiskFile file = disk.open(path, how);
        try {
            SegmentHeader header = SegmentHeader.read(file, path);
            if (!header.store().equals(store)) {
                throw new IncompatibleJournalException(
                        path,
                        "belongs to store " + header.store() + " by its header at offset 0, not to " + store
                                + ". Was it copied from elsewhere?");
            }
            if (header.number() != number(path)) {
                throw new IncompatibleJournalException(
                        path,
                        "is segment " + header.number() + " by its header at offset 0. Was it renamed or copied?");
            }
            long size = file.size();
            if (size != header.sizeBytes()) {
                throw new CorruptJournalException(
                        path.toString(),
                        Math.min(size, header.sizeBytes()),
                        "the file is " + size + " bytes long, its header says " + header.sizeBytes());
            }
            return new Segment(header, path, file);
        } catch (IOException | RuntimeException e) {
            try (file) {
                throw e;
            }
        }
    }

    SegmentHeader header() {
        return header;
    }

    Path path() {
        return path;
    }

    DiskFile file() {
        return file;
    }

    long base() {
        return header.base();
    }

    long end() {
        return header.end();
    }

    long sizeBytes() {
        return header.sizeBytes();
    }

    boolean hasOldBytes() {
        return hasOldBytes;
    }

    /** Its file is all zeros behind the header. */
    Segment ofZeros() {
        hasOldBytes = false;
        return this;
    }

    /** Keeps the file as it is until {@link #unpin}. Returns false when it was given up already. */
    boolean pin() {
        while (true) {
            int count = pins.get();
            if (count == RELEASED) {
                return false;
            }
            if (pins.compareAndSet(count, count + 1)) {
                return true;
            }
        }
    }

    void unpin() {
        pins.decrementAndGet();
    }

    /** Gives the file up for good. Returns false while anybody has it pinned. */
    boolean release() {
        return pins.compareAndSet(0, RELEASED);
    }

    CorruptJournalException corrupt(long offset, String what) {
        return new CorruptJournalException(path.toString(), offset, what);
    }
}
