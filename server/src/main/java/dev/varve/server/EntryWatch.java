package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client that follows a store by server-sent events. It reads the changes itself, a page at a time, and the next page only when
 * the socket has taken the one before: a slow client costs one page and is never ahead of what it was sent. The storage
 * wakes it when there is something new. When the changes after its position are not kept any more, it gets the entries
 * themselves, in events called {@code snapshot}, and goes on from there. Confined to the connection's loop.
 */
final class EntryWatch implements Connection.Attachment {

    static final String CONTENT_TYPE = "text/event-stream";

    /** Changes of one page, and entries of one part of a snapshot. */
    private static final int PAGE = 100;

    /** After how long without anything else a client hears that the server is there. */
    private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(15);

    /** How many changes that a filter keeps back a client may be behind without knowing. */
    private static final long MAX_UNTOLD = 1_000;

    private static final long BEFORE_SNAPSHOT = -1;
    private static final byte[] HEAD =
            HeaderLines.of("Content-Type: " + CONTENT_TYPE, "Cache-Control: no-cache", "Transfer-Encoding: chunked");
    private static final Logger LOG = LoggerFactory.getLogger(EntryWatch.class);

    private final Exchange exchange;
    private final Connection connection;
    private final EntryStorage entries;
    private final StoreInfo store;
    private final EntryPattern pattern;
    private final PathFilter filter;

    /** Set by the storage when something is new, cleared before looking. */
    private final AtomicBoolean signalled = new AtomicBoolean();

    private @Nullable Subscription subscription;

    /** The last change that was read. */
    private long position;

    /** The position that the client knows. */
    private long told;

    /** The store's last change when the client came; it is told when it has got there. */
    private long target;

    private boolean caughtUp;
    private final boolean fromNow;

    /** How far a snapshot has got; null when none is being sent. */
    private @Nullable EntryQuery snapshot;

    /** The position after the snapshot. */
    private long snapshotSeq = BEFORE_SNAPSHOT;

    private int snapshotPage;
    private boolean reading;

    /** How many changes the next page may have. */
    private int limit = PAGE;

    /** Whether there may be something to read. */
    private boolean more = true;

    /** Whether something new came while a page was being read. */
    private boolean newWhileReading;

    private boolean over;

    /** The store takes no writes any more: when all is sent, the stream ends. */
    private volatile boolean storeEnds;

    EntryWatch(Exchange exchange, EntryStorage entries, StoreInfo store, EntryPattern pattern, @Nullable Long after) {
        this.exchange = exchange;
        this.connection = exchange.connection();
        this.entries = entries;
        this.store = store;
        this.pattern = pattern;
        this.filter = new PathFilter(List.of(pattern));
        this.fromNow = after == null;
        this.position = after == null ? 0 : after;
    }

    void start() {
        try {
            subscription = entries.subscribe(store.name(), this::changed);
        } catch (VarveException e) {
            exchange.fail(e);
            return;
        }
        // Looked up after subscribing, so that no change falls between the two.
        target = entries.store(store.name()).map(StoreInfo::storeSeq).orElse(0L);
        if (fromNow) {
            position = target;
        }
        told = position;
        if (position > target) {
            // The client has seen more than there is: it knows another store of this name.
            beginSnapshot();
        }
        connection.attach(this);
        exchange.server.metrics.liveReaders(1);
        exchange.beginEvents(Response.of(200).lines(HEAD));
        connection.flush();
        putOffPing();
        pull();
    }

    /** Called by the storage, on any thread. */
    private void changed(long storeSeq) {
        if (storeSeq == Long.MAX_VALUE) {
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

    // ---- reading ----

    /** Reads the next page, unless there is none, one is on its way, or the socket has not taken the last. */
    private void pull() {
        if (over || reading || !more || !connection.isWritable()) {
            return;
        }
        EntryQuery rest = snapshot;
        if (rest != null) {
            read(
                    snapshotSeq == BEFORE_SNAPSHOT ? entries.list(rest) : EntryPages.at(entries, rest, snapshotSeq),
                    page -> onSnapshot(rest, page));
        } else {
            read(entries.events(store.name(), position, limit), this::onEvents);
        }
    }

    private <T> void read(CompletableFuture<T> page, Consumer<T> then) {
        reading = true;
        newWhileReading = false;
        var _ = page.whenComplete((value, failure) -> connection.onLoop(() -> {
            reading = false;
            if (over) {
                return;
            }
            if (value == null) {
                failed(failure == null ? new IllegalStateException("a read brought nothing") : failure);
            } else {
                then.accept(value);
            }
            // Not at once: pages that are in memory would follow each other without end while others wait.
            connection.loop().deliver(this::pull);
        }));
    }

    private void onEvents(EntryEventPage page) {
        ServerEvents out = new ServerEvents();
        int taken = 0;
        for (EntryEvent event : page.events()) {
            if (out.length() >= exchange.server.limits.livePageBytes) {
                break;
            }
            taken++;
            position = event.storeSeq();
            if (filter.concerns(event.path())) {
                out.add(null, position, connection.loop().eventTexts.of(store.id(), event));
                told = position;
            }
        }
        // What was read in vain is read again, so no more is read than was of use the last time.
        limit = taken < page.events().size() ? Math.max(1, taken) : Math.min(PAGE, 2 * limit);
        if (!caughtUp && position >= target) {
            caughtUp = true;
            out.add("catch_up_complete", position, through());
            told = position;
        } else if (position - told >= MAX_UNTOLD) {
            addProgress(out);
        }
        send(out);
        more = position < page.storeSeq() || newWhileReading;
        if (storeEnds && !more) {
            endStore();
        }
    }

    /** Says how far the feed has got although nothing of it was to be shown. */
    private void addProgress(ServerEvents out) {
        out.add("progress", position, through());
        told = position;
    }

    private JsonText through() {
        return new JsonText().field("through_seq", position);
    }

    private void beginSnapshot() {
        snapshot = EntryQuery.matching(store.name(), pattern).withLimit(PAGE);
        snapshotSeq = BEFORE_SNAPSHOT;
        snapshotPage = 0;
    }

    private void onSnapshot(EntryQuery query, EntryPage page) {
        if (snapshotSeq == BEFORE_SNAPSHOT) {
            snapshotSeq = page.storeSeq();
        }
        JsonText shown = new JsonText();
        for (Entry entry : page.entries()) {
            shown.raw(entry.path().toString(), EntryText.whole(entry).toString());
        }
        EntryPath next = page.next();
        boolean last = next == null;
        send(new ServerEvents()
                .add(
                        "snapshot",
                        last ? snapshotSeq : null,
                        new JsonText()
                                .field("snapshot_seq", snapshotSeq)
                                .field("page", snapshotPage++)
                                .field("more", !last)
                                .raw("entries", shown.toString())));
        if (last) {
            snapshot = null;
            position = snapshotSeq;
            told = position;
            target = Math.min(target, position);
        } else {
            snapshot = query.withAfter(next);
        }
    }

    private void failed(Throwable failure) {
        ErrorKind kind = Problem.of(failure).kind();
        if (kind == ErrorKind.COMPACTED) {
            // Also while a snapshot is being sent: its moment is not kept any more, so it begins again.
            beginSnapshot();
        } else if (kind == ErrorKind.NOT_FOUND) {
            endStore();
        } else {
            LOG.error("events of the store {} ended by a failure", store.name(), failure);
            end();
        }
    }

    // ---- sending ----

    private void send(ServerEvents events) {
        if (!events.isEmpty()) {
            connection.sendEvents(events.toChunk());
            putOffPing();
        }
    }

    private void putOffPing() {
        connection.deadline(exchange.server.clock.elapsedNanos() + PING_NANOS);
    }

    private void endStore() {
        send(new ServerEvents().add("closed", null, through()));
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
        ServerEvents out = new ServerEvents();
        if (position > told) {
            addProgress(out);
        } else {
            out.comment("ping");
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
