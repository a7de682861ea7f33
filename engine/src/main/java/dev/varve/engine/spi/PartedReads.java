package dev.varve.engine.spi;

import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.StreamStorage;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A storage whose pages can be had in parts: memory outside the heap as it was read from disk and checked, to be sent as it
 * is. A server can so begin with a page before all of it is read, and holds little of it at a time. Whoever asks here has to
 * give the memory back; {@link StreamStorage#read} asks nothing of its callers. Thread-safe.
 */
public interface PartedReads {

    /**
     * Reads as {@link StreamStorage#read} does. The page may be somewhat shorter.
     *
     * @param path the stream
     * @param from the first position
     * @param maxBytes how large the page may be, but for a single message
     * @return a page that the caller has to close, or a refusal. Fails with {@code overloaded} when memory for pages is used up
     */
    CompletableFuture<PartedRead> readParts(String path, Offset from, int maxBytes);

    /**
     * Whether pages that are being sent hold so much memory that another one would be refused, or a part of one waits.
     *
     * @return true when whoever holds memory without sending should give it back
     */
    boolean isShortOfMemory();

    /** What a read came to. */
    sealed interface PartedRead permits Refused, PartedPage {}

    /**
     * There is no page.
     *
     * @param refusal why
     */
    record Refused(Refusal refusal) implements PartedRead {}

    /** Something of known length that is had part by part. Confined to one thread at a time. */
    interface Parts extends AutoCloseable {

        /**
         * How long all parts are together.
         *
         * @return bytes
         */
        long length();

        /**
         * Whether parts are left.
         *
         * @return false after the last one was asked for
         */
        boolean hasPart();

        /**
         * Asks for the next part; the one before must have come. When there is no memory for it, it comes when others have given
         * theirs back.
         *
         * @return the part, which the caller has to close. Fails when it cannot be read any more: it is damaged, or what it
         *     belongs to is gone since the first part was read
         */
        CompletableFuture<Part> nextPart();

        /** Gives up what was not asked for. A part that is on its way still comes. */
        @Override
        void close();
    }

    /**
     * A run of durable data that ends at a message boundary. Its first part was read and checked; its extent is known and does
     * not change. In JSON mode its length includes the brackets. Confined to one thread at a time.
     */
    non-sealed interface PartedPage extends PartedRead, Parts {

        /**
         * Where the data begins.
         *
         * @return the asked offset, with sentinels resolved
         */
        Offset start();

        /**
         * Where to go on reading.
         *
         * @return the offset after the page
         */
        Offset next();

        /**
         * Whether there was more when the page was made.
         *
         * @return false when it reaches the tail
         */
        boolean hasMore();

        /**
         * Whether nothing will ever follow.
         *
         * @return true when the stream is closed and the page reaches its end
         */
        boolean closed();

        /**
         * The stream's content type.
         *
         * @return byte for byte as created
         */
        String contentType();

        /**
         * Tells this stream from others that had the same path before.
         *
         * @return equal for every page of one stream
         */
        long incarnation();
    }

    /** A part of a page. The bytes do not change until it is closed, and must not be used after that. */
    interface Part extends AutoCloseable {

        /**
         * The bytes.
         *
         * @return buffers to be sent one after the other, their remaining bytes each
         */
        List<ByteBuffer> buffers();

        /**
         * How many bytes these are.
         *
         * @return the sum
         */
        int length();

        /** Gives the memory back. Thread-safe with regard to other parts; closing twice is harmless. */
        @Override
        void close();
    }
}
