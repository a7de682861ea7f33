package dev.varve.api;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * The bytes of a stored file. Thread-safe.
 *
 * <pre>{@code
 * try (FileContent file = storage.file(cover.hash(), store -> store.organisation().equals("acme")).join()) {
 *     ByteBuffer beginning = file.read(0, 4_096).join();
 *     System.out.println(beginning.remaining() + " of " + file.reference().size() + " bytes");
 * }
 * }</pre>
 */
public interface FileContent extends AutoCloseable {

    /**
     * What is known of the file, as one of the entries that refer to it says.
     *
     * @return the reference; its size is that of the bytes
     */
    FileReference reference();

    /**
     * Reads some of the bytes and checks them.
     *
     * @param position where to begin, 0 to the size
     * @param maxBytes how many at most, at least 1
     * @return some of them, none only at the end; not to be changed. Fails with {@link ErrorKind#CORRUPT} when they are not what
     *     was stored: wrong bytes are never given
     */
    CompletableFuture<ByteBuffer> read(long position, int maxBytes);

    /** Lets go of it. Reads that are under way may fail. Closing twice is harmless. */
    @Override
    void close();
}
