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
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client that follows the entries of a store by server-sent events. When the changes after its position are not kept any more, it gets the entries
 * themselves, in events called {@code snapshot}, and goes on from there.
 */
final class EntryWatch extends PagedFeed {

    static final String CONTENT_TYPE = "text/event-stream";

    private static final long BEFORE_SNAPSHOT = -1;
    private static final byte[] HEAD =
            HeaderLines.of("Content-Type: " + CONTENT_TYPE, "Cache-Control: no-cache", "Transfer-Encoding: chunked");
    private static final Logger LOG = LoggerFactory.getLogger(EntryWatch.class);

    private final EntryStorage entries;
    private final StoreInfo store;
    private final EntryPattern pattern;
    private final PathFilter filter;

    /** The store's last change when the client came; it is told when it has got there. */
    private long target;

    private final boolean fromNow;

    /** How far a snapshot has got; null when none is being sent. */
    private @Nullable EntryQuery snapshot;

    /** The position after the snapshot. */
    private long snapshotSeq = BEFORE_SNAPSHOT;

    private int snapshotPage;

    EntryWatch(Exchange exchange, EntryStorage entries, StoreInfo store, EntryPattern pattern, @Nullable Long after) {
        super(exchange, after == null ? 0 : after);
        this.entries = entries;
        this.store = store;
        this.pattern = pattern;
        this.filter = new PathFilter(List.of(pattern));
        this.fromNow = after == null;
    }

    void start() {
        if (!subscribe(this::subscribeAndLookUp)) {
            return;
        }
        if (fromNow) {
            position = target;
        }
        if (position > target) {
            // The client has seen more than there is: it knows another store of this name.
            beginSnapshot();
        }
        begin(HEAD);
    }

    /** Looks up where the store stands, after subscribing, so that no change falls between the two. */
    private Subscription subscribeAndLookUp(LongConsumer listener) {
        Subscription subscription = entries.subscribe(store.name(), listener);
        try {
            target = entries.store(store.name()).map(StoreInfo::storeSeq).orElse(0L);
            return subscription;
        } catch (RuntimeException e) {
            subscription.close();
            throw e;
        }
    }

    // ---- reading ----

    @Override
    void readNext() {
        EntryQuery rest = snapshot;
        if (rest != null) {
            read(
                    snapshotSeq == BEFORE_SNAPSHOT ? entries.list(rest) : EntryPages.at(entries, rest, snapshotSeq),
                    page -> onSnapshot(rest, page));
        } else {
            read(entries.events(store.name(), position, limit()), this::onEvents);
        }
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
        used(taken, page.events().size());
        if (!caughtUp && position >= target) {
            caughtUp = true;
            out.add("catch_up_complete", position, through());
            told = position;
        } else if (position - told >= MAX_UNTOLD) {
            addProgress(out);
        }
        send(out);
        thereIsMore(position < page.storeSeq());
        if (storeEnds() && isAtEnd()) {
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

    @Override
    void failed(Throwable failure) {
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

    private void endStore() {
        send(new ServerEvents().add("closed", null, through()));
        end();
    }

    @Override
    void ping() {
        ServerEvents out = new ServerEvents();
        if (position > told) {
            addProgress(out);
        } else {
            out.comment("ping");
        }
        send(out);
    }
}
