package dev.varve.engine.files;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Gives the bytes of a blob. Thread-safe. */
public interface BlobSource extends Closeable {

    /**
     * How long the blob is.
     *
     * @return bytes
     */
    long size();

    /**
     * Reads bytes and checks them.
     *
     * @param position where to begin, 0 to the size
     * @param maxBytes how many at most, at least 1
     * @return some bytes, none only at the end; not to be changed
     * @throws CorruptBlobException when they are not the bytes that were written
     * @throws IOException when they cannot be read
     */
    ByteBuffer read(long position, int maxBytes) throws IOException;

    @Override
    void close() throws IOException;
}
