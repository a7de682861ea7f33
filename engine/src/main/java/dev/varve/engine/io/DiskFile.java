package dev.varve.engine.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** An open file. Reads may run on any thread beside one writer. */
public interface DiskFile extends Closeable {

    /**
     * The file's size.
     *
     * @return bytes
     * @throws IOException when it cannot be told
     */
    long size() throws IOException;

    /**
     * Reads until the target is full or the file ends.
     *
     * @param position where to start, in bytes
     * @param target filled from its position on
     * @return how many bytes were read, 0 at the end of the file
     * @throws IOException when the range cannot be read
     */
    int read(long position, ByteBuffer target) throws IOException;

    /**
     * Writes all remaining bytes. Not durable before a {@link #sync}.
     *
     * @param position where to start, in bytes
     * @param source the bytes
     * @throws IOException when it failed; any part may have been written
     */
    void write(long position, ByteBuffer source) throws IOException;

    /**
     * Writes all remaining bytes and returns when they are durable. The file must have its final size already there:
     * only data is synced.
     *
     * @param position where to start, in bytes
     * @param source the bytes
     * @throws IOException when it failed; any part may have been written, and none may be believed durable
     */
    void writeDurably(long position, ByteBuffer source) throws IOException;

    /**
     * Makes content and size durable.
     *
     * @throws IOException when it failed; a later success would prove nothing about what was written before
     */
    void sync() throws IOException;

    /**
     * Tells the file that it was renamed while open, so that words of errors name it rightly.
     *
     * @param path its name now
     */
    default void renamed(Path path) {}

    @Override
    void close() throws IOException;
}
