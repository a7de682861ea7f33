package dev.varve.server;

import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.StoredEvent;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends events as lines of JSON, a page at a time as the socket takes them, up to those that were there when the request came.
 * Confined to the connection's loop.
 */
final class EventsLines implements Connection.Attachment {

    private static final byte[] HEAD = HeaderLines.of(
            "Content-Type: " + EntryExport.CONTENT_TYPE, "Cache-Control: no-store", "Transfer-Encoding: chunked");
    private static final Logger LOG = LoggerFactory.getLogger(EventsLines.class);

    private final Exchange exchange;
    private final Connection connection;
    private final EventStorage events;
    private final String store;
    private final EventSlice first;

    /** The last place that was there when the request came. */
    private final long end;

    /** The read whose events are sent next; null when all are sent. */
    private @Nullable EventRead next;

    /** How many events may still be sent. */
    private long left;

    private boolean reading;

    EventsLines(Exchange exchange, EventStorage events, String store, EventsRead asked, EventSlice first) {
        this.exchange = exchange;
        this.connection = exchange.connection();
        this.events = events;
        this.store = store;
        this.first = first;
        this.left = asked.atMost();
        this.next = asked.read();
        this.end = Math.min(asked.read().upTo(), asked.read().aggregate() == null ? first.head() : first.version());
    }

    /** What one step sends, and what comes after it. */
    private record Part(ByteBuf lines, int events, @Nullable EventRead next) {}

    void start() {
        if (exchange.request.isHead()) {
            exchange.respond(Response.of(200).header(HeaderName.CONTENT_TYPE, EntryExport.CONTENT_TYPE));
            return;
        }
        if (!exchange.request.http11) {
            throw HttpProblem.invalid("lines need HTTP/1.1");
        }
        connection.attach(this);
        exchange.beginEvents(Response.of(200).lines(HEAD));
        connection.deadline(exchange.server.clock.elapsedNanos() + Long.MAX_VALUE / 2);
        connection.flush();
        take(CompletableFuture.completedFuture(first));
    }

    private void pull() {
        EventRead read = next;
        if (read != null && !reading && connection.isWritable()) {
            take(events.read(store, read));
        }
    }

    private void take(CompletableFuture<EventSlice> slice) {
        EventRead read = next;
        if (read == null) {
            return;
        }
        reading = true;
        var _ = slice.thenApplyAsync(found -> part(read, found), exchange.server.blocking)
                .whenComplete((part, failure) -> connection.onLoop(() -> {
                    reading = false;
                    if (next == null) {
                        return;
                    }
                    if (part == null) {
                        // A body that ends without its last chunk is known to be cut.
                        LOG.error("lines of events of {} were cut by a failure", store, failure);
                        connection.abort();
                    } else {
                        send(part);
                    }
                }));
    }

    private Part part(EventRead read, EventSlice slice) {
        ByteBuf lines = EventsRoutes.buffer(slice.events());
        for (StoredEvent event : slice.events()) {
            EventsText.writeLine(lines, event);
            lines.writeByte('\n');
        }
        long rest = left - slice.events().size();
        if (!slice.more() || rest < 1) {
            return new Part(lines, slice.events().size(), null);
        }
        EventRead onwards = read.next(slice).withLimit(EventsRead.page(rest));
        return new Part(lines, slice.events().size(), read.backwards() ? onwards : onwards.upTo(end));
    }

    private void send(Part part) {
        next = part.next;
        left -= part.events;
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
    public boolean endsWithInput() {
        return false;
    }

    @Override
    public void writable() {
        pull();
    }

    @Override
    public void expired() {}

    /** Goes on: it is a request under way, and the server waits for those for a while. */
    @Override
    public void drain() {}

    /** A body that ends without its last chunk is known to be cut. */
    @Override
    public void revoked() {
        connection.abort();
    }

    @Override
    public void gone() {
        next = null;
    }
}
