package dev.varve.engine.journal;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;

/** The right to be the only one who uses a data directory, held until closed. Thread-safe. */
public final class StoreLock implements AutoCloseable {

    /** The file that is locked. */
    public static final String LOCK_NAME = "LOCK";

    /** The file that says who holds the lock; means nothing when nobody does. */
    public static final String OWNER_NAME = "OWNER";

    /** The longest description of an owner, inclusive, in bytes of UTF-8. */
    private static final int MAX_OWNER_BYTES = 1_024;

    private static final String OWNER_TEMPORARY_NAME = OWNER_NAME + ".tmp";

    private final Closeable lock;

    private StoreLock(Closeable lock) {
        this.lock = lock;
    }

    /**
     * Takes the lock and writes down who has it.
     *
     * @param disk the disk
     * @param directory the data directory, which must exist
     * @param owner who asks, for the words of a refusal; {@link #thisProcess} for example
     * @return the lock
     * @throws StoreInUseException when another opener, in this process or another, holds it
     * @throws IOException when the disk fails
     */
    public static StoreLock acquire(Disk disk, Path directory, String owner) throws IOException {
        Closeable lock = disk.lock(directory.resolve(LOCK_NAME));
        if (lock == null) {
            throw new StoreInUseException(directory, readOwner(disk, directory));
        }
        try {
            writeOwner(disk, directory, owner);
            return new StoreLock(lock);
        } catch (IOException | RuntimeException e) {
            try (lock) {
                throw e;
            }
        }
    }

    /**
     * Describes the running process.
     *
     * @return its id and when it started
     */
    public static String thisProcess() {
        ProcessHandle process = ProcessHandle.current();
        return "process " + process.pid()
                + process.info().startInstant().map(StoreLock::since).orElse("");
    }

    private static String since(Instant start) {
        return ", started " + start;
    }

    private static String readOwner(Disk disk, Path directory) {
        try (DiskFile file = disk.open(directory.resolve(OWNER_NAME), Disk.Open.READ)) {
            ByteBuffer text = ByteBuffer.allocate((int) Math.min(file.size(), MAX_OWNER_BYTES));
            file.read(0, text);
            return StandardCharsets.UTF_8.decode(text.flip()).toString().strip();
        } catch (IOException e) {
            return "another process, which did not say who it is";
        }
    }

    /** Written under another name first: whoever is refused meanwhile reads the whole text or the one before. */
    private static void writeOwner(Disk disk, Path directory, String owner) throws IOException {
        Path temporary = directory.resolve(OWNER_TEMPORARY_NAME);
        disk.delete(temporary);
        try (DiskFile file = disk.open(temporary, Disk.Open.CREATE)) {
            file.write(0, StandardCharsets.UTF_8.encode(owner + "\n"));
        }
        disk.rename(temporary, directory.resolve(OWNER_NAME));
    }

    /** Whether a name in a data directory belongs to the lock. */
    static boolean owns(String name) {
        return name.equals(LOCK_NAME) || name.equals(OWNER_NAME) || name.equals(OWNER_TEMPORARY_NAME);
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
