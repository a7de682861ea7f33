package dev.varve.engine.files;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes the bytes of a new blob. Confined to one thread at a time. */
public interface BlobSink extends Closeable {

    /**
     * Adds bytes.
     *
     * @param bytes all that remain
     * @throws IOException when they could not be written; the blob cannot be kept any more
     */
    void write(ByteBuffer bytes) throws IOException;

    /**
     * How long it is so far.
     *
     * @return bytes
     */
    long size();

    /**
     * Ends the bytes and tells their hash; the blob can still be given up.
     *
     * @return the SHA-256 as hexadecimal digits
     * @throws IOException when not all could be written
     */
    String seal() throws IOException;

    /**
     * Keeps the sealed blob: it is durable, and can be found, when this returns.
     *
     * @param organisation whose it is
     * @throws IOException when it is unknown whether it survives a crash; as if it were not kept
     */
    void keep(String organisation) throws IOException;

    /** Gives up what was not kept. Failures are of no account: what is left is deleted when the data is opened again. */
    @Override
    void close();
}
