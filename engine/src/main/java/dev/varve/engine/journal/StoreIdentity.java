package dev.varve.engine.journal;

import dev.varve.engine.io.Clock;
import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Which store a data directory holds: the file {@code IDENTITY}. Written before anything else, so that a directory whose
 * other files are gone is never taken for a new one. Immutable.
 *
 * @param store the store's id
 * @param createdMillis when it was created, in milliseconds since 1970-01-01T00:00:00Z
 * @param complete whether the creation was finished: from then on everything must be there; before, the rest may be
 *     created
 */
public record StoreIdentity(UUID store, long createdMillis, boolean complete) {

    /** The file's name. */
    public static final String NAME = "IDENTITY";

    private static final String TEMPORARY_NAME = NAME + ".tmp";

    /** "VARVEIDN". */
    private static final long MAGIC = 0x564152564549444EL;

    private static final int COMPLETE = 1;

    /**
     * Reads the identity of a data directory, or gives an empty one a new identity that is not complete yet. The caller
     * holds the {@link StoreLock}.
     *
     * @param disk the disk
     * @param directory the data directory, which must exist
     * @param clock tells the time of creation
     * @param random makes the id
     * @return the identity, durable
     * @throws IncompatibleJournalException when other files are there without an identity, or a newer Varve wrote it
     * @throws CorruptJournalException when the file is damaged
     * @throws IOException when the disk fails
     */
    public static StoreIdentity openOrCreate(Disk disk, Path directory, Clock clock, RandomGenerator random)
            throws IOException {
        Path path = directory.resolve(NAME);
        if (disk.exists(path)) {
            return read(disk, directory);
        }
        for (Path file : disk.list(directory)) {
            String name = file.getFileName().toString();
            if (!StoreLock.owns(name) && !name.equals(TEMPORARY_NAME) && !name.equals(LostAndFound.DIRECTORY)) {
                throw new IncompatibleJournalException(
                        directory,
                        "is not empty (it holds " + name + ") but has no file " + NAME
                                + ". Name an empty directory, or restore the file from a backup");
            }
        }
        StoreIdentity identity =
                new StoreIdentity(new UUID(random.nextLong(), random.nextLong()), clock.wallMillis(), false);
        identity.write(disk, directory);
        return identity;
    }

    /**
     * Reads the identity of a data directory.
     *
     * @param disk the disk
     * @param directory the data directory
     * @return the identity
     * @throws IncompatibleJournalException when a newer Varve wrote it
     * @throws CorruptJournalException when the file is damaged
     * @throws IOException when it is not there, or the disk fails
     */
    public static StoreIdentity read(Disk disk, Path directory) throws IOException {
        Path path = directory.resolve(NAME);
        try (DiskFile file = disk.open(path, Disk.Open.READ)) {
            ByteBuffer block = ControlBlock.read(file, path, 0, MAGIC);
            return new StoreIdentity(ControlBlock.store(block), block.getLong(), (block.getInt() & COMPLETE) != 0);
        }
    }

    /**
     * Records that everything a store consists of has been created.
     *
     * @param disk the disk
     * @param directory the data directory
     * @return the complete identity, durable
     * @throws IOException when it could not be recorded
     */
    public StoreIdentity completed(Disk disk, Path directory) throws IOException {
        if (complete) {
            return this;
        }
        StoreIdentity identity = new StoreIdentity(store, createdMillis, true);
        identity.write(disk, directory);
        return identity;
    }

    private void write(Disk disk, Path directory) throws IOException {
        Path temporary = directory.resolve(TEMPORARY_NAME);
        disk.delete(temporary);
        try (DiskFile file = disk.open(temporary, Disk.Open.CREATE)) {
            ByteBuffer block = ControlBlock.begin(MAGIC, store);
            block.putLong(createdMillis).putInt(complete ? COMPLETE : 0);
            file.write(0, ControlBlock.seal(block));
            file.sync();
        }
        disk.rename(temporary, directory.resolve(NAME));
        disk.syncDirectory(directory);
    }
}
