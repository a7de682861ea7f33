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

/**
 * One client that follows events, as server-sent events or as lines. Its place is a position, or the version of an aggregate.
 */
final class EventsFollow extends NotedFeed {

    /** How long a client is left behind that does not know how far it has got. */
    private static final long UNTOLD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final String EVENT = "event";

    private final EventStorage events;

    /** What is read, but for where; without a time to begin at as soon as that is found. */
    private EventRead read;

    /** Whether the client is told soon how far it has got. */
    private boolean tellingSoon;

    private EventsFollow(Exchange exchange, EventStorage events, String store, EventsRead asked) {
        super(
                exchange,
                store,
                asked.form() == EventsRead.Form.LINES,
                "position",
                asked.read().after());
        this.events = events;
        this.read = asked.read();
    }

    /** Whether a client goes on where an earlier answer ended. */
    static boolean goesOn(Request request, EventsRead asked) {
        return asked.follow() && remembered(request) != null;
    }

    /**
     * Has the client of a request follow events.
     *
     * @param asked from where; what a client remembers of an earlier answer wins over that
     */
    static void open(Exchange exchange, EventStorage events, String store, EventsRead asked) {
        Long last = remembered(exchange.request);
        EventsRead from = last == null ? asked : asked.after(last);
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
        exchange.awaitRead(events.aggregate(store, aggregate), info -> {
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
        new EventsFollow(exchange, events, store, asked.after(after)).open();
    }

    @Override
    boolean subscribe() {
        return subscribe(listener -> events.subscribe(store, listener));
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
        if (!noteWhetherCaughtUp(out, all && !slice.more()) && position - told >= MAX_UNTOLD) {
            noteCheckpoint(out);
        }
        send(out);
        if (position > told && !tellingSoon) {
            tellingSoon = true;
            connection.deadline(exchange.server.clock.elapsedNanos() + UNTOLD_NANOS);
        }
        if (isAtEnd() && (storeEnds() || slice.status() == AggregateStatus.TOMBSTONED)) {
            close();
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

    @Override
    void putOffPing() {
        tellingSoon = false;
        super.putOffPing();
    }
}
