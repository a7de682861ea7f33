package dev.varve.engine.journal;

import dev.varve.engine.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;

/**
 * The block at the beginning of a segment file. Written before the file gets its name, never changed under that name.
 * Immutable.
 *
 * @param store the store the segment belongs to
 * @param number counts segments from 1
 * @param base the journal position of the file's first byte
 * @param sizeBytes the file's size
 * @param salt mixed into every checksum in the file
 */
record SegmentHeader(UUID store, long number, long base, long sizeBytes, long salt) {

    /** "VARVESEG". */
    static final long MAGIC = 0x5641525645534547L;

    ByteBuffer encode() {
        ByteBuffer block = ControlBlock.begin(MAGIC, store);
        block.putLong(number).putLong(base).putLong(sizeBytes).putLong(salt);
        return ControlBlock.seal(block);
    }

    static SegmentHeader read(DiskFile file, Path path) throws IOException {
        ByteBuffer block = ControlBlock.read(file, path, 0, MAGIC);
        return new SegmentHeader(
                ControlBlock.store(block), block.getLong(), block.getLong(), block.getLong(), block.getLong());
    }

    /** The position after the file's last byte, where the next segment begins. */
    long end() {
        return base + sizeBytes;
    }
}
