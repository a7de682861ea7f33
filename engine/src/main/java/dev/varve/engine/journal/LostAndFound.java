package dev.varve.engine.journal;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Keeps bytes that recovery cuts off a journal: nothing is overwritten that was not copied first. */
final class LostAndFound {

    static final String DIRECTORY = "lost+found";

    private static final String TEMPORARY_NAME = "cut.tmp";
    private static final int COPY_BYTES = 1 << 20;

    private final Disk disk;
    private final Path journal;
    private final Path directory;

    LostAndFound(Disk disk, Path journal) {
        this.disk = disk;
        this.journal = journal;
        this.directory = journal.resolve(DIRECTORY);
    }

    /**
     * Copies a range of a segment. Durable when this returns. The same bytes are kept once, however often an
     * interrupted recovery comes back to them.
     *
     * @return the file that holds them
     */
    Path keep(Segment segment, long from, long to) throws IOException {
        if (!disk.exists(directory)) {
            disk.createDirectories(directory);
            disk.syncDirectory(journal);
        }
        String name = segment.path().getFileName() + "-" + from + "-" + (to - from);
        Path target = directory.resolve(name + ".cut");
        for (int i = 2; disk.exists(target); i++) {
            if (holds(target, segment, from, to)) {
                return target;
            }
            target = directory.resolve(name + "-" + i + ".cut");
        }
        Path temporary = directory.resolve(TEMPORARY_NAME);
        disk.delete(temporary);
        try (DiskFile copy = disk.open(temporary, Disk.Open.CREATE)) {
            for (long at = from; at < to; ) {
                ByteBuffer bytes = read(segment.file(), at, to);
                long length = bytes.remaining();
                copy.write(at - from, bytes);
                at += length;
            }
            copy.sync();
        }
        disk.rename(temporary, target);
        disk.syncDirectory(directory);
        return target;
    }

    private boolean holds(Path target, Segment segment, long from, long to) throws IOException {
        try (DiskFile copy = disk.open(target, Disk.Open.READ)) {
            if (copy.size() != to - from) {
                return false;
            }
            for (long at = from; at < to; ) {
                ByteBuffer bytes = read(segment.file(), at, to);
                long length = bytes.remaining();
                if (!bytes.equals(read(copy, at - from, at - from + length))) {
                    return false;
                }
                at += length;
            }
            return true;
        }
    }

    private static ByteBuffer read(DiskFile file, long from, long to) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect((int) Math.min(COPY_BYTES, to - from));
        if (file.read(from, bytes) < bytes.capacity()) {
            throw new IOException("a file became shorter while it was read");
        }
        return bytes.flip();
    }
}
