package dev.varve.server;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateStatus;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client that follows events, as server-sent events or as lines. It reads the log itself, a page at a time, and the next page
 * only when the socket has taken the one before: a slow client costs one page and is never ahead of what it was sent. The
 * storage wakes it when there is something new. Confined to the connection's loop.
 */
final class EventsFollow implements Connection.Attachment {

    /** Events of one page. */
    private static final int PAGE = 100;

    /** After how long without anything else a client hears that the server is there. */
    private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(15);

    /** How long a client is left behind that does not know how far it has got. */
    private static final long UNTOLD_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How many places without an event for it a client may be behind without knowing. */
    private static final long MAX_UNTOLD = 1_000;

    private static final String EVENT = "event";
    private static final String CAUGHT_UP = "caught_up";
    private static final String FELL_BEHIND = "fell_behind";
    private static final String CHECKPOINT = "checkpoint";
    private static final String CLOSED = "closed";
    private static final byte[] EVENTS_HEAD = head(EntryWatch.CONTENT_TYPE);
    private static final byte[] LINES_HEAD = head(EntryExport.CONTENT_TYPE);
    private static final Logger LOG = LoggerFactory.getLogger(EventsFollow.class);

    private final Exchange exchange;
    private final Connection connection;
    private final EventStorage events;
    private final String store;
    private final boolean lines;

    /** What is read, but for where; without a time to begin at as soon as that is found. */
    private EventRead read;

    /** Set by the storage when something is new, cleared before looking. */
    private final AtomicBoolean signalled = new AtomicBoolean();

    private @Nullable Subscription subscription;

    /** The last place that was read: a position, or the version of an aggregate. */
    private long place;

    /** The place that the client knows. */
    private long told;

    private boolean caughtUp;
    private boolean reading;

    /** How many events the next page may have. */
    private int limit = PAGE;

    /** Whether there may be something to read. */
    private boolean more = true;

    /** Whether something new came while a page was being read. */
    private boolean newWhileReading;

    private boolean over;

    /** Whether the client is told soon how far it has got. */
    private boolean tellingSoon;

    /** The store is deleted: when all is sent, the answer ends. */
    private volatile boolean storeEnds;

    private EventsFollow(Exchange exchange, EventStorage events, String store, EventsRead asked) {
        this.exchange = exchange;
        this.connection = exchange.connection();
        this.events = events;
        this.store = store;
        this.lines = asked.form() == EventsRead.Form.LINES;
        this.read = asked.read();
        this.place = asked.read().after();
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
                    .header(
                            HeaderName.CONTENT_TYPE,
                            follow.lines ? EntryExport.CONTENT_TYPE : EntryWatch.CONTENT_TYPE));
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
        try {
            subscription = events.subscribe(store, this::changed);
        } catch (VarveException e) {
            exchange.fail(e);
            return;
        }
        told = place;
        connection.attach(this);
        exchange.server.metrics.liveReaders(1);
        exchange.beginEvents(Response.of(200).lines(lines ? LINES_HEAD : EVENTS_HEAD));
        connection.flush();
        putOffPing();
        pull();
    }

    /** Called by the storage, on any thread. */
    private void changed(long head) {
        if (head == Long.MAX_VALUE) {
            storeEnds = true;
        }
        if (signalled.compareAndSet(false, true)) {
            connection.onLoop(() -> {
                signalled.set(false);
                more = true;
                newWhileReading = reading;
                pull();
            });
        }
    }

    // ---- reading

    /** Reads the next page, unless there is none, one is on its way, or the socket has not taken the last. */
    private void pull() {
        if (over || reading || !more || !connection.isWritable()) {
            return;
        }
        reading = true;
        newWhileReading = false;
        CompletableFuture<EventSlice> page =
                events.read(store, read.after(place).withLimit(limit));
        var _ = page.whenComplete((slice, failure) -> connection.onLoop(() -> {
            reading = false;
            if (over) {
                return;
            }
            if (slice == null) {
                failed(failure == null ? new IllegalStateException("a read brought nothing") : failure);
            } else {
                onSlice(slice);
            }
            // Not at once: pages that are in memory would follow each other without end while others wait.
            connection.loop().deliver(this::pull);
        }));
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
            place = ofAggregate ? event.version() : event.position();
            add(out, event);
        }
        boolean all = taken == slice.events().size();
        // What was read in vain is read again, so no more is read than was of use the last time.
        limit = all ? Math.min(PAGE, 2 * limit) : Math.max(1, taken);
        more = !all || slice.more() || newWhileReading;
        if (all) {
            place = Math.max(place, slice.more() || ofAggregate ? slice.next() : slice.head());
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
        } else if (place - told >= MAX_UNTOLD) {
            note(out, CHECKPOINT);
        }
        send(out);
        if (place > told && !tellingSoon) {
            tellingSoon = true;
            connection.deadline(exchange.server.clock.elapsedNanos() + UNTOLD_NANOS);
        }
        if (!more && (storeEnds || slice.status() == AggregateStatus.TOMBSTONED)) {
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
                    place,
                    Long.MAX_VALUE,
                    null,
                    0,
                    limit);
        }
    }

    private void failed(Throwable failure) {
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
        told = place;
        if (lines) {
            ByteBufUtil.writeAscii(out, "{\"event\":");
            EventsText.writeLine(out, event);
            ByteBufUtil.writeAscii(out, "}\n");
        } else {
            ByteBufUtil.writeAscii(out, "event: " + EVENT + "\nid: " + place + "\ndata: ");
            EventsText.writeLine(out, event);
            ByteBufUtil.writeAscii(out, "\n\n");
        }
    }

    /** Says how far the answer has got, and why that is said. */
    private void note(ByteBuf out, String what) {
        told = place;
        ByteBufUtil.writeAscii(
                out,
                lines
                        ? "{\"" + what + "\":" + place + "}\n"
                        : "event: " + what + "\nid: " + place + "\ndata: {\"position\":" + place + "}\n\n");
    }

    private void send(ByteBuf out) {
        if (out.isReadable()) {
            connection.sendEvents(ServerEvents.chunk(out));
            putOffPing();
        }
    }

    private void putOffPing() {
        tellingSoon = false;
        connection.deadline(exchange.server.clock.elapsedNanos() + PING_NANOS);
    }

    private void endWith(String what) {
        ByteBuf out = Unpooled.buffer();
        note(out, what);
        send(out);
        end();
    }

    private void end() {
        leave();
        connection.endEvents(ServerEvents.lastChunk());
    }

    private void leave() {
        Subscription ended = subscription;
        subscription = null;
        if (ended != null) {
            over = true;
            ended.close();
            exchange.server.metrics.liveReaders(-1);
        }
    }

    @Override
    public void writable() {
        pull();
    }

    @Override
    public void expired() {
        putOffPing();
        if (!connection.isWritable()) {
            return;
        }
        ByteBuf out = Unpooled.buffer();
        if (place > told) {
            note(out, CHECKPOINT);
        } else {
            ByteBufUtil.writeAscii(out, lines ? "{\"ping\":true}\n" : ": ping\n\n");
        }
        send(out);
    }

    @Override
    public void drain() {
        end();
    }

    @Override
    public void gone() {
        leave();
    }
}
