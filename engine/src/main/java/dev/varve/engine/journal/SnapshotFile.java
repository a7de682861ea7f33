package dev.varve.engine.journal;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import dev.varve.engine.journal.Journal.Snapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The file {@code SNAPSHOT}: which state reflects the journal, and how far. Confined to the journal's owner. */
final class SnapshotFile {

    static final String NAME = "SNAPSHOT";
    static final String PREVIOUS_NAME = "SNAPSHOT.previous";
    static final String TEMPORARY_NAME = NAME + ".tmp";

    /** The longest name of a state, inclusive, in bytes of UTF-8. */
    static final int MAX_NAME_BYTES = 1_024;

    /** "VARVESNP". */
    static final long MAGIC = 0x5641525645534E50L;

    private final Disk disk;
    private final Path directory;
    private final UUID store;

    SnapshotFile(Disk disk, Path directory, UUID store) {
        this.disk = disk;
        this.directory = directory;
        this.store = store;
    }

    /** The recorded snapshot, or null when there never was one. */
    @Nullable Snapshot read() throws IOException {
        Path path = directory.resolve(NAME);
        if (!disk.exists(path)) {
            if (disk.exists(directory.resolve(PREVIOUS_NAME))) {
                throw new CorruptJournalException(
                        path.toString(),
                        0,
                        "the file is missing, though there was a snapshot; restore it from a backup");
            }
            return null;
        }
        return read(disk, path, store);
    }

    static Snapshot read(Disk disk, Path path, UUID store) throws IOException {
        try (DiskFile file = disk.open(path, Disk.Open.READ)) {
            ByteBuffer block = ControlBlock.read(file, path, 0, MAGIC);
            ControlBlock.requireStore(block, store, path);
            long position = block.getLong();
            byte[] name = new byte[block.getInt()];
            block.get(name);
            return new Snapshot(position, new String(name, StandardCharsets.UTF_8));
        }
    }

    /** Records a snapshot durably and keeps the one before beside it. */
    void write(Snapshot snapshot, @Nullable Snapshot previous) throws IOException {
        if (previous != null) {
            replace(PREVIOUS_NAME, previous);
        }
        replace(NAME, snapshot);
        disk.syncDirectory(directory);
    }

    private void replace(String name, Snapshot snapshot) throws IOException {
        byte[] label = snapshot.name().getBytes(StandardCharsets.UTF_8);
        if (label.length > MAX_NAME_BYTES) {
            throw new IllegalArgumentException("the name of a snapshot has " + label.length + " bytes, at most "
                    + MAX_NAME_BYTES + " are allowed");
        }
        Path temporary = directory.resolve(TEMPORARY_NAME);
        disk.delete(temporary);
        try (DiskFile file = disk.open(temporary, Disk.Open.CREATE)) {
            ByteBuffer block = ControlBlock.begin(MAGIC, store);
            block.putLong(snapshot.position()).putInt(label.length).put(label);
            file.write(0, ControlBlock.seal(block));
            file.sync();
        }
        disk.rename(temporary, directory.resolve(name));
    }
}
