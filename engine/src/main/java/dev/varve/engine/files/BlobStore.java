package dev.varve.engine.files;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps blobs: bytes that never change, found by their hash. Every method may block on the disk, and is called on the engine's
 * threads only. Thread-safe.
 */
public interface BlobStore {

    /**
     * Begins a blob. Nobody sees it before it is kept.
     *
     * @return takes the bytes
     * @throws IOException when the disk refuses, or has no space to spare
     */
    BlobSink create() throws IOException;

    /**
     * Opens a blob.
     *
     * @param id which
     * @return gives the bytes; null when there is none
     * @throws CorruptBlobException when what is there cannot be this blob
     * @throws IOException when it cannot be read
     */
    @Nullable BlobSource open(BlobId id) throws IOException;

    /**
     * Deletes a blob if it is there. Who has it open can read on.
     *
     * @param id which
     * @throws IOException when it cannot be deleted
     */
    void delete(BlobId id) throws IOException;

    /**
     * The blobs that are kept, in an order that does not change. Blobs that come and go meanwhile may be among them or not.
     *
     * @param after the last of the page before; null to begin
     * @param limit how many at most
     * @return the next ones; empty at the end
     * @throws IOException when directories cannot be read
     */
    List<BlobId> list(@Nullable BlobId after, int limit) throws IOException;
}
