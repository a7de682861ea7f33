package dev.varve.server;

import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.engine.spi.PartedReads;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Answers reads with pages. Pages come in parts where the storage offers that and the bytes leave as they are stored; else, and
 * to be compressed, on the heap. Stateless.
 */
final class CatchUp {

    private static final byte[] CACHEABLE =
            HeaderLines.of("Cache-Control: public, max-age=60, stale-while-revalidate=300");

    /** What a token was needed for is not for whoever shares a cache. */
    private static final byte[] CACHEABLE_BY_ONE =
            HeaderLines.of("Cache-Control: private, max-age=60, stale-while-revalidate=300", "Vary: Authorization");

    private static final byte[] ASK_AGAIN = HeaderLines.of("Cache-Control: no-cache");
    private static final byte[] VARY = HeaderLines.of("Vary: Accept-Encoding");
    private static final byte[] GZIP = HeaderLines.of("Content-Encoding: gzip");
    private static final byte[] EMPTY_JSON = {'[', ']'};

    /** Above this size compressing does not run on an event loop. */
    private static final int MAX_LOOP_BYTES = 8 * 1024;

    private CatchUp() {}

    /** Reads a page and answers with it. */
    static void read(Exchange exchange, String path, Offset from) {
        PartedReads parted = exchange.server.partedReads(path);
        if (parted == null) {
            readWhole(exchange, path, from);
            return;
        }
        exchange.await(
                parted.readParts(path, from, exchange.server.limits.pageBytes),
                result -> {
                    switch (result) {
                        case PartedReads.PartedPage page -> respond(exchange, path, from, page);
                        case PartedReads.Refused(Refusal refusal) -> exchange.refuse(refusal);
                    }
                },
                result -> {
                    if (result instanceof PartedReads.PartedPage page) {
                        page.close();
                    }
                });
    }

    private static void readWhole(Exchange exchange, String path, Offset from) {
        exchange.await(exchange.server.reads(path).read(path, from, exchange.server.limits.heapPageBytes()), result -> {
            switch (result) {
                case ReadResult.Page page -> respond(exchange, page, isOfThisMoment(path, from), null);
                case Refusal refusal -> exchange.refuse(refusal);
            }
        });
    }

    /** Whether the answer is not to be kept by anybody: what is at the tail moves, and events may be redacted or deleted later. */
    private static boolean isOfThisMoment(String path, Offset from) {
        return from.equals(Offset.NOW) || EventsView.isView(path);
    }

    private static void respond(Exchange exchange, String path, Offset from, PartedReads.PartedPage page) {
        PageHead head = PageHead.of(page);
        boolean compressible = compressible(head);
        if (compressible && acceptsGzip(exchange)) {
            page.close();
            readWhole(exchange, path, from);
            return;
        }
        Response response = head(exchange, head, from.equals(Offset.NOW), null, compressible, false);
        if (response.status() == 304) {
            page.close();
            exchange.respond(response);
        } else {
            exchange.respond(response.page(page));
        }
    }

    private static boolean compressible(PageHead head) {
        return head.length() >= Gzip.MIN_BYTES && MediaTypes.isCompressible(head.contentType());
    }

    private static boolean acceptsGzip(Exchange exchange) {
        return Gzip.accepted(exchange.request.headers(HeaderName.ACCEPT_ENCODING));
    }

    /** Answers a long-poll that has data. */
    static void respondLive(Exchange exchange, String path, Offset from, ReadResult.Page page, long cursor) {
        respond(exchange, page, isOfThisMoment(path, from), cursor);
    }

    private static void respond(Exchange exchange, ReadResult.Page page, boolean ofThisMoment, @Nullable Long cursor) {
        PageHead head = PageHead.of(page);
        boolean compressible = compressible(head);
        boolean gzip = compressible && acceptsGzip(exchange);
        Response response = head(exchange, head, ofThisMoment, cursor, compressible, gzip);
        if (response.status() == 304) {
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

    /** The answer but for its body; the client may have that already. */
    private static Response head(
            Exchange exchange,
            PageHead page,
            boolean ofThisMoment,
            @Nullable Long cursor,
            boolean compressible,
            boolean gzip) {
        String tag = EntityTag.of(page, gzip);
        boolean known = !ofThisMoment && EntityTag.matches(exchange.request.headers(HeaderName.IF_NONE_MATCH), tag);
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
        if (ofThisMoment) {
            response.lines(HeaderLines.NO_STORE);
        } else {
            // An empty page at an open tail is true for this moment only.
            byte[] cacheable = exchange.access().token() == null ? CACHEABLE : CACHEABLE_BY_ONE;
            response.header(HeaderName.ETAG, tag).lines(page.isEmpty() && !page.closed() ? ASK_AGAIN : cacheable);
        }
        if (compressible) {
            response.lines(VARY);
        }
        return response;
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
