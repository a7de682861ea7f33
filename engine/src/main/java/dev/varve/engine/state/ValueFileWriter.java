package dev.varve.engine.state;

import dev.varve.engine.io.DiskErrors;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes one value file from front to back, in whole blocks and past the page cache where the file system allows it:
 * filling fresh pages would cost more than all the rest of a checkpoint, and flushing them would hold up the syncs of the
 * journal. The last block is written again until it is full. Confined to the checkpoint.
 */
final class ValueFileWriter implements Closeable {

    private static final @Nullable OpenOption DIRECT = pastThePageCache();
    private static final int BUFFER_BYTES = 1 << 20;

    /** One write takes the disk no longer than this needs, so that those of the journal get their turn. */
    private static final int WRITE_BYTES = 32 << 10;

    /** Files on file systems with larger blocks are written through the page cache. */
    private static final int MAX_BLOCK_BYTES = 64 << 10;

    private final ValueFile file;
    private final FileChannel channel;
    private final int blockBytes;

    /** What stands from {@link #bufferStart} on. */
    private final ByteBuffer buffer;

    /** A multiple of the block. */
    private long bufferStart;

    /** Of everything before {@link #bufferStart}. */
    private final CRC32C checksum = new CRC32C();

    private boolean checksumKnown = true;

    /**
     * Creates the file, or empties it.
     *
     * @param buffer one that {@link #newBuffer} made
     */
    ValueFileWriter(ValueFile file, ByteBuffer buffer) throws IOException {
        this.file = file;
        this.buffer = buffer.clear();
        Set<OpenOption> options = new HashSet<>(Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE));
        FileChannel plain = FileChannel.open(file.path, options);
        long block = blockBytes(file.path);
        FileChannel direct = null;
        if (DIRECT != null && block <= MAX_BLOCK_BYTES && Long.bitCount(block) == 1) {
            options.add(DIRECT);
            try {
                direct = FileChannel.open(file.path, options);
            } catch (UnsupportedOperationException | FileSystemException e) {
                direct = null; // a file system in memory, for example
            }
        }
        if (direct == null) {
            this.channel = plain;
            this.blockBytes = 1;
        } else {
            plain.close();
            this.channel = direct;
            this.blockBytes = (int) block;
        }
    }

    /** The option for that, or null: it is outside of Java SE, and the compiler warns of every mention of its type. */
    private static @Nullable OpenOption pastThePageCache() {
        try {
            Object[] options =
                    Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
            for (Object option : options == null ? new Object[0] : options) {
                if (option.toString().equals("DIRECT")) {
                    return (OpenOption) option;
                }
            }
            return null;
        } catch (ClassNotFoundException e) {
            return null;
        }
    }

    private static long blockBytes(Path path) throws IOException {
        try {
            return Files.getFileStore(path).getBlockSize();
        } catch (UnsupportedOperationException e) {
            return Long.MAX_VALUE;
        }
    }

    /** A buffer that fits any block. */
    static ByteBuffer newBuffer() {
        return ByteBuffer.allocateDirect(BUFFER_BYTES + MAX_BLOCK_BYTES)
                .alignedSlice(MAX_BLOCK_BYTES)
                .slice(0, BUFFER_BYTES);
    }

    ValueFile file() {
        return file;
    }

    /** Where the next byte goes. */
    long position() {
        return bufferStart + buffer.position();
    }

    /** Appends all of the source. Readable after {@link #flush}. */
    void append(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            if (!buffer.hasRemaining()) {
                flush();
            }
            int length = Math.min(source.remaining(), buffer.remaining());
            buffer.put(buffer.position(), source, source.position(), length);
            buffer.position(buffer.position() + length);
            source.position(source.position() + length);
        }
    }

    /** Forgets everything from a position on, which an append that failed half way has left. */
    void backTo(long position) throws IOException {
        if (position < bufferStart) {
            long start = position - position % blockBytes;
            // Written before, so it is there; only the block as a whole can be read past the page cache.
            buffer.clear().limit(blockBytes);
            int read = channel.read(buffer, start);
            buffer.clear();
            if (read < position - start) {
                throw new IOException(file.path + " ends before offset " + position + ", which was written");
            }
            bufferStart = start;
            checksumKnown = false;
        }
        buffer.position((int) (position - bufferStart));
        file.wrote(Math.min(file.bytes(), position));
    }

    /** Makes what was appended readable. On an error it can be tried again. */
    void flush() throws IOException {
        int length = buffer.position();
        int whole = length - length % blockBytes;
        int padded = whole == length ? length : whole + blockBytes;
        try {
            for (int i = length; i < padded; i++) {
                buffer.put(i, (byte) 0);
            }
            for (int at = 0; at < padded; at += WRITE_BYTES) {
                writeFully(at, Math.min(padded, at + WRITE_BYTES));
            }
        } catch (IOException e) {
            throw DiskErrors.named(file.path, e);
        } finally {
            buffer.clear().position(length);
        }
        file.wrote(bufferStart + length);
        checksum.update(buffer.duplicate().flip().limit(whole));
        buffer.put(0, buffer, whole, length - whole).position(length - whole);
        bufferStart += whole;
    }

    private void writeFully(int from, int to) throws IOException {
        buffer.limit(to).position(from);
        while (buffer.hasRemaining()) {
            channel.write(buffer, bufferStart + buffer.position());
        }
    }

    /** Makes everything durable; the file is complete. */
    void sync() throws IOException {
        channel.force(true);
    }

    /** The CRC32C of all that was flushed, or null when it has to be read from the file. */
    @Nullable Integer checksum() {
        if (!checksumKnown) {
            return null;
        }
        checksum.update(buffer.duplicate().flip());
        checksumKnown = false; // asked once, at the end
        return (int) checksum.getValue();
    }

    /** Cuts off what stands behind the last byte: the rest of its block, or what a failed append left. */
    void truncate() throws IOException {
        if (channel.size() > file.bytes()) {
            channel.truncate(file.bytes());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
