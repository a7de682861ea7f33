package dev.varve.server;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A body of lines of JSON, sent a page at a time as the socket takes them. Confined to the connection's loop, but for {@link #part}.
 *
 * @param <Q> what asks for a page
 * @param <P> a page
 */
abstract class LinesBody<Q, P> implements Connection.Attachment {

    static final String CONTENT_TYPE = "application/x-ndjson";

    private static final byte[] HEAD =
            HeaderLines.of("Content-Type: " + CONTENT_TYPE, "Cache-Control: no-store", "Transfer-Encoding: chunked");
    private static final Logger LOG = LoggerFactory.getLogger(LinesBody.class);

    final Exchange exchange;
    private final Connection connection;
    private final String store;

    /** What asks for the page that is sent next; null when all are sent. */
    private @Nullable Q next;

    private boolean reading;

    /** The page that was read last, or is being read. */
    private CompletableFuture<?> page = CompletableFuture.completedFuture(null);

    LinesBody(Exchange exchange, String store) {
        this.exchange = exchange;
        this.connection = exchange.connection();
        this.store = store;
    }

    /** What one step sends, and what comes after it. */
    record Part<Q>(ByteBuf lines, @Nullable Q next) {}

    abstract CompletableFuture<P> read(Q query);

    /** Writes a page as lines. Called on other threads, for one page after the other. */
    abstract Part<Q> part(Q query, P page);

    /** Answers with lines, the first of them from a page that is there already. */
    final void begin(Q query, P first) {
        begin(query);
        take(query, CompletableFuture.completedFuture(first));
    }

    /** Answers with lines, the first of them as they are. */
    final void begin(Q query, ByteBuf first) {
        begin(query);
        connection.sendEvents(ServerEvents.chunk(first));
        pull();
    }

    private void begin(Q query) {
        next = query;
        connection.attach(this);
        exchange.beginEvents(Response.of(200).lines(HEAD));
        connection.deadline(exchange.server.clock.elapsedNanos() + Long.MAX_VALUE / 2);
        connection.flush();
    }

    private void pull() {
        Q query = next;
        if (query != null && !reading && connection.isWritable()) {
            take(query, read(query));
        }
    }

    private void take(Q query, CompletableFuture<P> asked) {
        reading = true;
        page = asked;
        var _ = asked.thenApplyAsync(found -> part(query, found), exchange.server.blocking)
                .whenComplete((part, failure) -> connection.onLoop(() -> {
                    reading = false;
                    if (next == null) {
                        return;
                    }
                    if (part == null) {
                        // A body that ends without its last chunk is known to be cut.
                        LOG.error("lines of {} were cut by a failure", store, failure);
                        connection.abort();
                    } else {
                        send(part);
                    }
                }));
    }

    private void send(Part<Q> part) {
        next = part.next;
        if (part.lines.isReadable()) {
            connection.sendEvents(ServerEvents.chunk(part.lines));
        }
        if (next == null) {
            connection.endEvents(ServerEvents.lastChunk());
        } else {
            pull();
        }
    }

    @Override
    public final boolean endsWithInput() {
        return false;
    }

    @Override
    public final void writable() {
        pull();
    }

    @Override
    public final void expired() {}

    /** Goes on: it is a request under way, and the server waits for those for a while. */
    @Override
    public final void drain() {}

    /** A body that ends without its last chunk is known to be cut. */
    @Override
    public final void revoked() {
        connection.abort();
    }

    @Override
    public final void gone() {
        next = null;
        page.cancel(false);
    }
}
