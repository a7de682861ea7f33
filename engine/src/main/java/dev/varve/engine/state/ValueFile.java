package dev.varve.engine.state;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.varve.engine.io.DiskErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file of large values (docs/formats/state.md). Written once from front to back, then never changed. Reading is
 * thread-safe; the rest is confined to the checkpoint.
 */
final class ValueFile {

    static final int HEADER_BYTES = 32;
    static final int RECORD_HEADER_BYTES = 16;

    /** No key is longer; a longer one in a file is damage. */
    static final int MAX_KEY_BYTES = 64 << 10;

    private static final byte[] MAGIC = "VARVEVAL".getBytes(US_ASCII);
    private static final int FORMAT = 1;
    private static final int HEADER_CHECKED_BYTES = HEADER_BYTES - 2 * Integer.BYTES;

    final long number;
    final Path path;

    /** Written and readable; records end here. */
    private volatile long bytes;

    private volatile @Nullable FileChannel channel;

    /** Set by readers, taken back by whoever looks for a file to close. */
    volatile boolean used;

    /** No more references lead here. Guarded by this. */
    private boolean dropped;

    /** How much of the file records take that are still referred to; a guide, never a proof. */
    long liveBytes;

    /** The CRC32C of the whole file, when this process has written it. Of the checkpoint only. */
    @Nullable Integer checksum;

    /** Something in the file is damaged: what can be read of it stays where it is. */
    boolean damaged;

    /** In no checkpoint from now on. Set and asked by the checkpoint only, so that no cursor closing meanwhile matters. */
    boolean leftOut;

    ValueFile(long number, Path path, long bytes, long liveBytes) {
        this.number = number;
        this.path = path;
        this.bytes = bytes;
        this.liveBytes = liveBytes;
    }

    long bytes() {
        return bytes;
    }

    void wrote(long end) {
        bytes = end;
    }

    long garbageBytes() {
        return bytes - HEADER_BYTES - liveBytes;
    }

    static ByteBuffer header(long number) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.put(MAGIC).putInt(FORMAT).putInt(0).putLong(number);
        header.putInt(checksum(header.array(), HEADER_CHECKED_BYTES)).putInt(0);
        return header.flip();
    }

    /** The header of a record; covers the key and the place, so that a walk through the file cannot be led astray. */
    ByteBuffer recordHeader(long offset, byte[] key, int valueBytes, int crc32c) {
        ByteBuffer header = ByteBuffer.allocate(RECORD_HEADER_BYTES);
        header.putInt(key.length).putInt(valueBytes).putInt(crc32c);
        header.putInt(recordChecksum(offset, header.array(), key));
        return header.flip();
    }

    private int recordChecksum(long offset, byte[] header, byte[] key) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(number)
                .putLong(offset)
                .flip());
        crc.update(header, 0, RECORD_HEADER_BYTES - Integer.BYTES);
        crc.update(key);
        return (int) crc.getValue();
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** The open channel, or null. */
    @Nullable FileChannel channel() {
        FileChannel open = channel;
        if (open != null) {
            used = true;
        }
        return open;
    }

    /**
     * Opens the file for reading. Gives true when it was not open yet.
     *
     * @throws StaleReferenceException when no references lead here any more
     * @throws CorruptStateException when it is no value file of this number
     */
    synchronized boolean openForReading() throws IOException {
        if (dropped) {
            throw new StaleReferenceException();
        }
        if (channel != null) {
            return false;
        }
        FileChannel opened = FileChannel.open(path, StandardOpenOption.READ);
        try {
            checkHeader(opened);
        } catch (IOException e) {
            opened.close();
            throw e;
        }
        channel = opened;
        used = true;
        return true;
    }

    private void checkHeader(FileChannel opened) throws IOException {
        ByteBuffer found = ByteBuffer.allocate(HEADER_BYTES);
        try {
            while (found.hasRemaining() && opened.read(found, found.position()) >= 0) {}
        } catch (IOException e) {
            throw DiskErrors.named(path, e);
        }
        found.flip();
        if (found.equals(header(number))) {
            return;
        }
        boolean whole = found.remaining() == HEADER_BYTES
                && Arrays.equals(found.array(), 0, MAGIC.length, MAGIC, 0, MAGIC.length)
                && found.getInt(HEADER_CHECKED_BYTES) == checksum(found.array(), HEADER_CHECKED_BYTES);
        if (whole && found.getInt(MAGIC.length) > FORMAT) {
            throw new CorruptStateException(
                    path,
                    "has format " + found.getInt(MAGIC.length)
                            + " of a newer version of Varve; this one reads formats up to " + FORMAT);
        }
        throw new CorruptStateException(
                path, "is damaged at offset 0: it does not begin with the header of value file " + number);
    }

    /** Closes it for now; reading opens it again. Gives false when it was not open. */
    synchronized boolean closeForNow() throws IOException {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
        return open != null;
    }

    /** Takes note that its channel was closed by an interrupt. Gives false when it was not. */
    synchronized boolean forgetClosed() {
        FileChannel present = channel;
        boolean known = present == null || present.isOpen();
        if (!known) {
            channel = null;
        }
        return !known;
    }

    /** Closes it for good. Gives false when it was not open. */
    synchronized boolean drop() throws IOException {
        dropped = true;
        return closeForNow();
    }

    /**
     * A record, without its value.
     *
     * @param offset where it begins
     * @param key its key
     * @param ref what a row holds that refers to it
     */
    record Found(long offset, byte[] key, ValueRef ref) {
        long end() {
            return offset + ref.recordBytes(key.length);
        }
    }

    /**
     * Reads the record at a place.
     *
     * @throws CorruptStateException when there is none
     */
    Found record(FileChannel from, long offset) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(RECORD_HEADER_BYTES);
        read(from, offset, header);
        int keyBytes = header.getInt(0);
        int valueBytes = header.getInt(Integer.BYTES);
        if (keyBytes < 0
                || keyBytes > MAX_KEY_BYTES
                || valueBytes < 0
                || offset + RECORD_HEADER_BYTES + keyBytes + valueBytes > bytes) {
            throw new CorruptStateException(path, "holds no record at offset " + offset);
        }
        byte[] key = new byte[keyBytes];
        read(from, offset + RECORD_HEADER_BYTES, ByteBuffer.wrap(key));
        if (header.getInt(3 * Integer.BYTES) != recordChecksum(offset, header.array(), key)) {
            throw new CorruptStateException(path, "holds a damaged record at offset " + offset);
        }
        return new Found(offset, key, new ValueRef(number, offset, valueBytes, header.getInt(2 * Integer.BYTES)));
    }

    /** Fills the target. */
    void read(FileChannel from, long position, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            int got;
            try {
                got = from.read(target, position + target.position());
            } catch (IOException e) {
                throw DiskErrors.named(path, e);
            }
            if (got < 0) {
                throw new CorruptStateException(
                        path, "ends before offset " + (position + target.limit()) + ", to which a value reaches");
            }
        }
    }

    /** The file was given up after the row that refers to it was read: read the row again. */
    static final class StaleReferenceException extends IOException {
        private static final long serialVersionUID = 1L;

        StaleReferenceException() {
            super("the value has moved to another file");
        }
    }
}
