package dev.varve.api;

import java.nio.ByteBuffer;

/**
 * What a read came to.
 *
 * <pre>{@code
 * Offset from = Offset.BEGINNING;
 * ReadResult.Page page;
 * do {
 *     page = streams.read("log", from);
 *     System.out.print(UTF_8.decode(page.data()));
 *     from = page.next();
 * } while (page.hasMore());
 * }</pre>
 */
public sealed interface ReadResult permits ReadResult.Page, Refusal {

    /**
     * A run of durable data that ends at a message boundary.
     *
     * @param data the bytes between {@code start} and {@code next}; in JSON mode one JSON array of the messages. The
     *     remaining bytes of the buffer; the receiver owns the buffer's position, the content must not be changed
     * @param start where the data begins: the asked offset, with sentinels resolved
     * @param next where to go on reading
     * @param hasMore whether durable data beyond {@code next} existed when the page was made; false means the page
     *     reaches the tail
     * @param closed whether the stream is closed and this page reaches its final offset: nothing will ever follow
     * @param contentType the stream's content type, byte for byte as created
     * @param incarnation tells this stream from others that had the same path before; equal for every page of one
     *     stream
     */
    record Page(
            ByteBuffer data,
            Offset start,
            Offset next,
            boolean hasMore,
            boolean closed,
            String contentType,
            long incarnation)
            implements ReadResult {}
}
