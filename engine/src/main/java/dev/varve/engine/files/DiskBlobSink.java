package dev.varve.engine.files;

import dev.varve.engine.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** Writes a blob into a file that nobody looks for, and renames it in the end. Confined to one thread at a time. */
final class DiskBlobSink implements BlobSink {

    private static final long SPACE_CHECKED_EVERY_BYTES = 1 << 20;
    private static final int FIRST_BLOCKS = 16;

    private final DiskBlobStore store;
    private final DiskFile file;
    private final Path path;
    private final MessageDigest digest = ContentHash.begin();
    private final CRC32C block = new CRC32C();
    private int[] checksums = new int[FIRST_BLOCKS];
    private int blocks;
    private int inBlock;
    private long size;
    private long checkedUpTo;
    private String hex = "";
    private boolean closed;
    private boolean kept;

    DiskBlobSink(DiskBlobStore store, DiskFile file, Path path) {
        this.store = store;
        this.file = file;
        this.path = path;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        if (size + bytes.remaining() > checkedUpTo) {
            store.checkSpace(bytes.remaining() + SPACE_CHECKED_EVERY_BYTES);
            checkedUpTo = size + bytes.remaining() + SPACE_CHECKED_EVERY_BYTES;
        }
        digest.update(bytes.duplicate());
        ByteBuffer summed = bytes.duplicate();
        while (summed.hasRemaining()) {
            int length = Math.min(BlobFormat.BLOCK_BYTES - inBlock, summed.remaining());
            block.update(summed.duplicate().limit(summed.position() + length));
            summed.position(summed.position() + length);
            inBlock += length;
            if (inBlock == BlobFormat.BLOCK_BYTES) {
                endBlock();
            }
        }
        int length = bytes.remaining();
        file.write(size, bytes);
        size += length;
    }

    private void endBlock() {
        if (blocks == checksums.length) {
            checksums = Arrays.copyOf(checksums, 2 * blocks);
        }
        checksums[blocks++] = (int) block.getValue();
        block.reset();
        inBlock = 0;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public String seal() throws IOException {
        if (inBlock > 0) {
            endBlock();
        }
        hex = HexFormat.of().formatHex(digest.digest());
        ByteBuffer end = ByteBuffer.allocate(blocks * Integer.BYTES + BlobFormat.TRAILER_BYTES);
        for (int i = 0; i < blocks; i++) {
            end.putInt(checksums[i]);
        }
        end.put(BlobFormat.trailer(hex, size, BlobFormat.crc(end.duplicate().flip())));
        file.write(size, end.flip());
        return hex;
    }

    @Override
    public void keep(String organisation) throws IOException {
        file.sync();
        closed = true;
        file.close();
        store.keep(path, new BlobId(organisation, hex));
        kept = true;
    }

    @Override
    public void close() {
        try {
            if (!closed) {
                closed = true;
                file.close();
            }
            if (!kept) {
                store.discard(path);
            }
        } catch (IOException e) {
            // Deleted when the data is opened again.
            System.getLogger(DiskBlobSink.class.getName())
                    .log(System.Logger.Level.DEBUG, "an unfinished file stays for now: " + path, e);
        }
    }
}
