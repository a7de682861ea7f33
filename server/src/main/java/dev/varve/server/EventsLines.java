package dev.varve.server;

import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.StoredEvent;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;

/** Sends events as lines, up to those that were there when the request came. */
final class EventsLines extends LinesBody<EventRead, EventSlice> {

    private final EventStorage events;
    private final String store;
    private final EventRead asked;
    private final EventSlice first;

    /** The last place that was there when the request came. */
    private final long end;

    /** How many events may still be sent. */
    private long left;

    EventsLines(Exchange exchange, EventStorage events, String store, EventsRead asked, EventSlice first) {
        super(exchange, store);
        this.events = events;
        this.store = store;
        this.asked = asked.read();
        this.first = first;
        this.left = asked.atMost();
        this.end = Math.min(asked.read().upTo(), asked.read().aggregate() == null ? first.head() : first.version());
    }

    void start() {
        if (exchange.request.isHead()) {
            exchange.respond(Response.of(200).header(HeaderName.CONTENT_TYPE, CONTENT_TYPE));
            return;
        }
        if (!exchange.request.http11) {
            throw HttpProblem.invalid("lines need HTTP/1.1");
        }
        begin(asked, first);
    }

    @Override
    CompletableFuture<EventSlice> read(EventRead read) {
        return events.read(store, read);
    }

    @Override
    Part<EventRead> part(EventRead read, EventSlice slice) {
        ByteBuf lines = EventsRoutes.buffer(slice.events());
        for (StoredEvent event : slice.events()) {
            EventsText.writeLine(lines, event);
            lines.writeByte('\n');
        }
        left -= slice.events().size();
        if (!slice.more() || left < 1) {
            return new Part<>(lines, null);
        }
        EventRead onwards = read.next(slice).withLimit(EventsRead.page(left));
        return new Part<>(lines, read.backwards() ? onwards : onwards.upTo(end));
    }
}
