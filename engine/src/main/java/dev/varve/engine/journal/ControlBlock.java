package dev.varve.engine.journal;

import dev.varve.engine.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The 4 KiB block that every file of a store's journal begins with: magic, format version, store, content, and a
 * checksum over all of it. Confined to one thread.
 */
final class ControlBlock {

    static final int BYTES = 4096;

    /** Where content starts. */
    static final int CONTENT_AT = 32;

    /** The version written by this code. A higher major version is another format. */
    static final short FORMAT_MAJOR = 1;

    static final short FORMAT_MINOR = 0;

    /** What this code can read: blocks that ask for a reader of at most this version. */
    static final short READER_VERSION = 1;

    private static final int CRC_AT = BYTES - Integer.BYTES;

    private ControlBlock() {}

    /** An empty block with its beginning filled in; the caller fills the content and calls {@link #seal}. */
    static ByteBuffer begin(long magic, UUID store) {
        ByteBuffer block = ByteBuffer.allocate(BYTES);
        block.putLong(magic).putShort(FORMAT_MAJOR).putShort(FORMAT_MINOR).putShort(READER_VERSION);
        block.putShort((short) 0);
        block.putLong(store.getMostSignificantBits()).putLong(store.getLeastSignificantBits());
        return block;
    }

    /** Adds the checksum and makes the block ready to be written. */
    static ByteBuffer seal(ByteBuffer block) {
        block.putInt(CRC_AT, checksum(block));
        return block.clear();
    }

    /**
     * Reads and checks a block.
     *
     * @param path names the file in what is thrown
     * @return the block, positioned at its content
     * @throws CorruptJournalException when it is damaged
     * @throws IncompatibleJournalException when it is of a newer format
     */
    static ByteBuffer read(DiskFile file, Path path, long offset, long magic) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BYTES);
        if (file.read(offset, block) < BYTES) {
            throw new CorruptJournalException(path.toString(), offset, "the file ends inside its 4 KiB control block");
        }
        block.clear();
        if (block.getLong(0) != magic) {
            throw new CorruptJournalException(
                    path.toString(), offset, "no control block of this kind of file starts here");
        }
        if (block.getInt(CRC_AT) != checksum(block)) {
            throw new CorruptJournalException(path.toString(), offset, "the control block fails its checksum");
        }
        short major = block.getShort(8);
        short minor = block.getShort(10);
        short reader = block.getShort(12);
        if (reader > READER_VERSION) {
            throw new IncompatibleJournalException(
                    path,
                    "is of format " + major + "." + minor + ", which needs a reader of version " + reader
                            + "; this Varve reads up to version " + READER_VERSION + ". Use a newer Varve");
        }
        return block.position(CONTENT_AT);
    }

    /** The store that a block belongs to. */
    static UUID store(ByteBuffer block) {
        return new UUID(block.getLong(16), block.getLong(24));
    }

    /** Refuses a block of another store. */
    static void requireStore(ByteBuffer block, UUID store, Path path) throws IncompatibleJournalException {
        UUID found = store(block);
        if (!found.equals(store)) {
            throw new IncompatibleJournalException(
                    path, "belongs to store " + found + ", not to " + store + ". Was it copied from elsewhere?");
        }
    }

    private static int checksum(ByteBuffer block) {
        CRC32C crc = new CRC32C();
        crc.update(block.duplicate().position(0).limit(CRC_AT));
        return (int) crc.getValue();
    }
}
