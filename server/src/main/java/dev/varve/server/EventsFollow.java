package dev.varve.server;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateStatus;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client that follows events, as server-sent events or as lines. Its place is a position, or the version of an aggregate.
 */
final class EventsFollow extends PagedFeed {

    /** How long a client is left behind that does not know how far it has got. */
    private static final long UNTOLD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final String EVENT = "event";
    private static final String CAUGHT_UP = "caught_up";
    private static final String FELL_BEHIND = "fell_behind";
    private static final String CHECKPOINT = "checkpoint";
    private static final String CLOSED = "closed";
    private static final byte[] EVENTS_HEAD = head(EntryWatch.CONTENT_TYPE);
    private static final byte[] LINES_HEAD = head(LinesBody.CONTENT_TYPE);
    private static final Logger LOG = LoggerFactory.getLogger(EventsFollow.class);

    private final EventStorage events;
    private final String store;
    private final boolean lines;

    /** What is read, but for where; without a time to begin at as soon as that is found. */
    private EventRead read;

    /** Whether the client is told soon how far it has got. */
    private boolean tellingSoon;

    private EventsFollow(Exchange exchange, EventStorage events, String store, EventsRead asked) {
        super(exchange, asked.read().after());
        this.events = events;
        this.store = store;
        this.lines = asked.form() == EventsRead.Form.LINES;
        this.read = asked.read();
    }

    private static byte[] head(String contentType) {
        return HeaderLines.of("Content-Type: " + contentType, "Cache-Control: no-cache", "Transfer-Encoding: chunked");
    }

    /**
     * Has the client of a request follow events.
     *
     * @param asked from where; what a client remembers of an earlier answer wins over that
     */
    static void open(Exchange exchange, EventStorage events, String store, EventsRead asked) {
        Request request = exchange.request;
        if (!request.http11) {
            throw HttpProblem.invalid("to follow events needs HTTP/1.1");
        }
        String last = request.single(HeaderName.LAST_EVENT_ID);
        EventsRead from =
                last == null || last.isEmpty() ? asked : asked.after(EventsRead.number("Last-Event-ID", last));
        AggregateId aggregate = from.read().aggregate();
        if (aggregate == null) {
            begin(
                    exchange,
                    events,
                    store,
                    from,
                    from.fromNow() ? events.head(store) : from.read().after());
            return;
        }
        exchange.await(events.aggregate(store, aggregate), info -> {
            AggregateRoutes.requireNotTombstoned(aggregate, info.status());
            begin(
                    exchange,
                    events,
                    store,
                    from,
                    from.fromNow() ? versionNow(info) : from.read().after());
        });
    }

    private static long versionNow(AggregateInfo info) {
        return info.status() == AggregateStatus.EMPTY ? EventStore.EMPTY : info.version();
    }

    private static void begin(Exchange exchange, EventStorage events, String store, EventsRead asked, long after) {
        EventsFollow follow = new EventsFollow(exchange, events, store, asked.after(after));
        if (exchange.request.isHead()) {
            exchange.respond(Response.of(200)
                    .header(HeaderName.CONTENT_TYPE, follow.lines ? LinesBody.CONTENT_TYPE : EntryWatch.CONTENT_TYPE));
            return;
        }
        Connection connection = exchange.connection();
        if (connection.loop().kind == Loop.Kind.LIVE) {
            follow.start();
        } else {
            connection.moveTo(connection.home(), follow::start);
        }
    }

    private void start() {
        if (subscribe(listener -> events.subscribe(store, listener))) {
            begin(lines ? LINES_HEAD : EVENTS_HEAD);
        }
    }

    // ---- reading

    @Override
    void readNext() {
        read(events.read(store, read.after(position).withLimit(limit())), this::onSlice);
    }

    private void onSlice(EventSlice slice) {
        boolean ofAggregate = read.aggregate() != null;
        ByteBuf out = Unpooled.buffer();
        int taken = 0;
        for (StoredEvent event : slice.events()) {
            if (out.readableBytes() >= exchange.server.limits.livePageBytes) {
                break;
            }
            taken++;
            position = ofAggregate ? event.version() : event.position();
            add(out, event);
        }
        boolean all = taken == slice.events().size();
        used(taken, slice.events().size());
        thereIsMore(!all || slice.more());
        if (all) {
            position = Math.max(position, slice.more() || ofAggregate ? slice.next() : slice.head());
        }
        if (taken > 0 || (all && !slice.more())) {
            fromFound();
        }
        if (all && !slice.more() && !caughtUp) {
            caughtUp = true;
            note(out, CAUGHT_UP);
        } else if (caughtUp && (!all || slice.more())) {
            caughtUp = false;
            note(out, FELL_BEHIND);
        } else if (position - told >= MAX_UNTOLD) {
            note(out, CHECKPOINT);
        }
        send(out);
        if (position > told && !tellingSoon) {
            tellingSoon = true;
            connection.deadline(exchange.server.clock.elapsedNanos() + UNTOLD_NANOS);
        }
        if (isAtEnd() && (storeEnds() || slice.status() == AggregateStatus.TOMBSTONED)) {
            endWith(CLOSED);
        }
    }

    /** The time to begin at was found, or no event has it yet: all that follows is sent. */
    private void fromFound() {
        if (read.from() != null) {
            read = new EventRead(
                    read.aggregate(),
                    read.category(),
                    read.query(),
                    read.filter(),
                    false,
                    position,
                    Long.MAX_VALUE,
                    null,
                    0,
                    PAGE);
        }
    }

    @Override
    void failed(Throwable failure) {
        Problem problem = Problem.of(failure);
        LOG.error("events of {} could not be followed any more", store, failure);
        ByteBuf out = Unpooled.buffer();
        JsonText why = new JsonText().field("kind", problem.kind().wireName()).field("detail", problem.detail());
        if (lines) {
            ByteBufUtil.writeUtf8(out, new JsonText().raw("failed", why.toString()) + "\n");
        } else {
            ByteBufUtil.writeUtf8(out, "event: failed\ndata: " + why + "\n\n");
        }
        send(out);
        end();
    }

    // ---- sending

    private void add(ByteBuf out, StoredEvent event) {
        told = position;
        if (lines) {
            ByteBufUtil.writeAscii(out, "{\"event\":");
            EventsText.writeLine(out, event);
            ByteBufUtil.writeAscii(out, "}\n");
        } else {
            ByteBufUtil.writeAscii(out, "event: " + EVENT + "\nid: " + position + "\ndata: ");
            EventsText.writeLine(out, event);
            ByteBufUtil.writeAscii(out, "\n\n");
        }
    }

    /** Says how far the answer has got, and why that is said. */
    private void note(ByteBuf out, String what) {
        told = position;
        ByteBufUtil.writeAscii(
                out,
                lines
                        ? "{\"" + what + "\":" + position + "}\n"
                        : "event: " + what + "\nid: " + position + "\ndata: {\"position\":" + position + "}\n\n");
    }

    private void send(ByteBuf out) {
        if (out.isReadable()) {
            connection.sendEvents(ServerEvents.chunk(out));
            putOffPing();
        }
    }

    @Override
    void putOffPing() {
        tellingSoon = false;
        super.putOffPing();
    }

    private void endWith(String what) {
        ByteBuf out = Unpooled.buffer();
        note(out, what);
        send(out);
        end();
    }

    @Override
    void ping() {
        ByteBuf out = Unpooled.buffer();
        if (position > told) {
            note(out, CHECKPOINT);
        } else {
            ByteBufUtil.writeAscii(out, lines ? "{\"ping\":true}\n" : ": ping\n\n");
        }
        send(out);
    }
}
