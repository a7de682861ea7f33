package dev.varve.server;

import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * What a live read brought, and the part of it that may be sent as one event: of text only up to a message boundary
 * that lies between two code points. Immutable.
 *
 * @param raw the page as read
 * @param data the part for an event
 * @param next where that part ends
 */
record LivePage(ReadResult.Page raw, ByteBuffer data, Offset next) {

    /** How much a page of text may grow until it ends between two code points; beyond, it is cut where it is. */
    private static final int MAX_GROWTH = 16;

    /** Whether anything was read; a view may go on without having anything to show. */
    boolean hasData() {
        return !raw.next().equals(raw.start()) && raw.data().hasRemaining();
    }

    /** Whether there is something to send as an event. */
    boolean hasEvent() {
        return !next.equals(raw.start()) && data.hasRemaining();
    }

    /** Whether the event reaches the tail as it was at the time of the read. */
    boolean upToDate() {
        return !raw.hasMore() && next.equals(raw.next());
    }

    /** Whether the stream ends with the event. */
    boolean closed() {
        return raw.closed() && next.equals(raw.next());
    }

    /**
     * Reads a page.
     *
     * @return the page; a refusal is a {@link RefusedException}
     */
    static CompletableFuture<LivePage> read(StreamReads streams, String path, Offset from, int maxBytes) {
        return read(streams, path, from, maxBytes, maxBytes);
    }

    private static CompletableFuture<LivePage> read(
            StreamReads streams, String path, Offset from, int maxBytes, int firstBytes) {
        return streams.read(path, from, maxBytes).thenCompose(result -> switch (result) {
            case ReadResult.Page page -> {
                boolean cut = !page.closed()
                        && MediaTypes.isText(page.contentType())
                        && Utf8.unfinished(page.data(), page.data().remaining()) > 0;
                yield cut
                        ? endBetweenCodePoints(streams, path, page, maxBytes, firstBytes)
                        : CompletableFuture.completedFuture(new LivePage(page, page.data(), page.next()));
            }
            case Refusal refusal -> CompletableFuture.failedFuture(new RefusedException(refusal));
        });
    }

    private static CompletableFuture<LivePage> endBetweenCodePoints(
            StreamReads streams, String path, ReadResult.Page page, int maxBytes, int firstBytes) {
        return streams.readMessages(path, page.start(), maxBytes).thenCompose(result -> switch (result) {
            case MessagesResult.Messages messages -> {
                Offset best = lastWhole(page, messages);
                boolean stuck = best.equals(page.start()) && page.hasMore();
                if (stuck && maxBytes / firstBytes < MAX_GROWTH) {
                    yield read(streams, path, page.start(), maxBytes * 2, firstBytes);
                }
                Offset next = stuck ? page.next() : best;
                int length = Math.toIntExact(next.position() - page.start().position());
                ByteBuffer data = page.data().duplicate();
                data.limit(data.position() + length);
                yield CompletableFuture.completedFuture(new LivePage(page, data, next));
            }
            case Refusal refusal -> CompletableFuture.failedFuture(new RefusedException(refusal));
        });
    }

    /** The last message boundary of the page that lies between two code points; its start when there is none. */
    private static Offset lastWhole(ReadResult.Page page, MessagesResult.Messages messages) {
        Offset best = page.start();
        for (MessagesResult.Message message : messages.messages()) {
            long length = message.next().position() - page.start().position();
            if (length > page.data().remaining()) {
                break;
            }
            if (Utf8.unfinished(page.data(), (int) length) == 0) {
                best = message.next();
            }
        }
        return best;
    }
}
