package dev.varve.engine.files;

import dev.varve.engine.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Reads a blob by whole blocks and checks each before anybody sees a byte of it. The checksums of many blocks are held in memory:
 * four bytes for 64 KiB. Thread-safe.
 */
final class DiskBlobSource implements BlobSource {

    /** The most blocks that are read at once. */
    private static final int MAX_BLOCKS = 16;

    private final DiskFile file;
    private final Path path;
    private final long size;
    private final ByteBuffer checksums;

    private DiskBlobSource(DiskFile file, Path path, long size, ByteBuffer checksums) {
        this.file = file;
        this.path = path;
        this.size = size;
        this.checksums = checksums;
    }

    /** Takes over the file. */
    static DiskBlobSource open(DiskFile file, Path path, String hex) throws IOException {
        boolean opened = false;
        try {
            DiskBlobSource source = read(file, path, hex);
            opened = true;
            return source;
        } finally {
            if (!opened) {
                file.close();
            }
        }
    }

    private static DiskBlobSource read(DiskFile file, Path path, String hex) throws IOException {
        long fileBytes = file.size();
        if (fileBytes < BlobFormat.TRAILER_BYTES) {
            throw new CorruptBlobException(path, "has only " + fileBytes + " bytes");
        }
        ByteBuffer trailer = bytes(file, path, fileBytes - BlobFormat.TRAILER_BYTES, BlobFormat.TRAILER_BYTES);
        String flaw = BlobFormat.flaw(trailer, hex, fileBytes);
        if (!flaw.isEmpty()) {
            throw new CorruptBlobException(path, flaw);
        }
        long size = BlobFormat.size(trailer);
        ByteBuffer checksums = bytes(file, path, size, Math.toIntExact(fileBytes - size - BlobFormat.TRAILER_BYTES));
        if (BlobFormat.crc(checksums.duplicate()) != BlobFormat.tableCrc(trailer)) {
            throw new CorruptBlobException(path, "has damaged checksums");
        }
        return new DiskBlobSource(file, path, size, checksums);
    }

    private static ByteBuffer bytes(DiskFile file, Path path, long position, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        if (file.read(position, bytes) < length) {
            throw new CorruptBlobException(path, "ends too early");
        }
        return bytes.flip();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public ByteBuffer read(long position, int maxBytes) throws IOException {
        long wanted = Math.min(maxBytes, size - position);
        if (wanted <= 0) {
            return ByteBuffer.allocate(0);
        }
        long first = position / BlobFormat.BLOCK_BYTES;
        long last = Math.min((position + wanted - 1) / BlobFormat.BLOCK_BYTES, first + MAX_BLOCKS - 1);
        long from = first * BlobFormat.BLOCK_BYTES;
        long to = Math.min(size, (last + 1) * BlobFormat.BLOCK_BYTES);
        ByteBuffer read = bytes(file, path, from, (int) (to - from));
        for (long block = first; block <= last; block++) {
            int start = (int) ((block - first) * BlobFormat.BLOCK_BYTES);
            int end = Math.min(start + BlobFormat.BLOCK_BYTES, read.limit());
            int crc = BlobFormat.crc(read.duplicate().position(start).limit(end));
            if (crc != checksums.getInt((int) block * Integer.BYTES)) {
                throw new CorruptBlobException(
                        path, "is damaged between bytes " + (from + start) + " and " + (from + end));
            }
        }
        read.position((int) (position - from));
        return read.limit((int) Math.min(read.limit(), position - from + wanted))
                .slice();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
