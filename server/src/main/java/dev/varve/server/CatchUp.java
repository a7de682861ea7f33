package dev.varve.server;

import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Turns a page into an answer. Stateless. */
final class CatchUp {

    private static final byte[] CACHEABLE =
            HeaderLines.of("Cache-Control: public, max-age=60, stale-while-revalidate=300");
    private static final byte[] ASK_AGAIN = HeaderLines.of("Cache-Control: no-cache");
    private static final byte[] VARY = HeaderLines.of("Vary: Accept-Encoding");
    private static final byte[] GZIP = HeaderLines.of("Content-Encoding: gzip");
    private static final byte[] EMPTY_JSON = {'[', ']'};

    /** Above this size compressing does not run on an event loop. */
    private static final int MAX_LOOP_BYTES = 8 * 1024;

    private CatchUp() {}

    /** Answers a catch-up read. */
    static void respond(Exchange exchange, ReadResult.Page page, boolean fromNow) {
        respond(exchange, page, fromNow, null);
    }

    /** Answers a long-poll that has data. */
    static void respondLive(Exchange exchange, ReadResult.Page page, boolean fromNow, long cursor) {
        respond(exchange, page, fromNow, cursor);
    }

    private static void respond(Exchange exchange, ReadResult.Page page, boolean fromNow, @Nullable Long cursor) {
        boolean empty = page.next().equals(page.start());
        boolean compressible =
                page.data().remaining() >= Gzip.MIN_BYTES && MediaTypes.isCompressible(page.contentType());
        boolean gzip = compressible && Gzip.accepted(exchange.request.headers(HeaderName.ACCEPT_ENCODING));
        String tag = EntityTag.of(page, gzip);
        boolean known = !fromNow && EntityTag.matches(exchange.request.headers(HeaderName.IF_NONE_MATCH), tag);
        Response response = Response.of(known ? 304 : 200)
                .header(HeaderName.CONTENT_TYPE, page.contentType())
                .header(HeaderName.STREAM_NEXT_OFFSET, page.next().toString());
        if (!page.hasMore()) {
            response.header(HeaderName.STREAM_UP_TO_DATE, "true");
        }
        if (page.closed()) {
            response.header(HeaderName.STREAM_CLOSED, "true");
        }
        if (cursor != null && !page.closed()) {
            response.header(HeaderName.STREAM_CURSOR, cursor.toString());
        }
        if (fromNow) {
            response.lines(HeaderLines.NO_STORE);
        } else {
            // An empty page at an open tail is true for this moment only.
            response.header(HeaderName.ETAG, tag).lines(empty && !page.closed() ? ASK_AGAIN : CACHEABLE);
        }
        if (compressible) {
            response.lines(VARY);
        }
        if (known) {
            exchange.respond(response);
            return;
        }
        ByteBuffer data = page.data().hasRemaining() || !MediaTypes.isJson(page.contentType())
                ? page.data().duplicate()
                : ByteBuffer.wrap(EMPTY_JSON);
        if (!gzip) {
            exchange.respond(response.body(data));
        } else if (data.remaining() <= MAX_LOOP_BYTES) {
            exchange.respond(response.lines(GZIP).body(Gzip.compress(data)));
        } else {
            exchange.blocking(() -> response.lines(GZIP).body(Gzip.compress(data)));
        }
    }

    /** Answers a long-poll without data. */
    static void respondNoData(Exchange exchange, Offset tail, boolean closed, long cursor) {
        Response response = Response.of(204)
                .header(HeaderName.STREAM_NEXT_OFFSET, tail.toString())
                .header(HeaderName.STREAM_UP_TO_DATE, "true")
                .lines(HeaderLines.NO_STORE);
        if (closed) {
            response.header(HeaderName.STREAM_CLOSED, "true");
        } else {
            response.header(HeaderName.STREAM_CURSOR, Long.toString(cursor));
        }
        exchange.respond(response);
    }
}
