package dev.varve.server;

import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.engine.spi.PartedReads.PartedPage;

/**
 * What is told about a page before its bytes. Immutable.
 *
 * @param start where it begins
 * @param next where it ends
 * @param hasMore whether more was there
 * @param closed whether nothing will ever follow
 * @param contentType the stream's
 * @param incarnation the stream's
 * @param length how many bytes the page has
 */
record PageHead(
        Offset start, Offset next, boolean hasMore, boolean closed, String contentType, long incarnation, long length) {

    static PageHead of(ReadResult.Page page) {
        return new PageHead(
                page.start(),
                page.next(),
                page.hasMore(),
                page.closed(),
                page.contentType(),
                page.incarnation(),
                page.data().remaining());
    }

    static PageHead of(PartedPage page) {
        return new PageHead(
                page.start(),
                page.next(),
                page.hasMore(),
                page.closed(),
                page.contentType(),
                page.incarnation(),
                page.length());
    }

    boolean isEmpty() {
        return next.equals(start);
    }
}
