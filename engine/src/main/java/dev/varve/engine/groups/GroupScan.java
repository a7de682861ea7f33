package dev.varve.engine.groups;

import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import dev.varve.api.SubscriptionSettings;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Reads on in the log, and makes messages of what the group means. Confined to the thread of the groups. */
final class GroupScan {

    private final EventStorage events;
    private final String store;
    private final Executor thread;
    private final Progress progress;
    private final Messages messages;
    private final Reader reader;

    private boolean underWay;
    private boolean more = true;
    private long lookedHead = EventStore.EMPTY;

    /** Moves on when what is being read is of no use any more. */
    private int era;

    /** For whom is read. */
    interface Reader {

        SubscriptionSettings settings();

        /** How far this has got has changed. */
        void moved();

        /** There are more messages; these are their events. */
        void found(Map<Long, StoredEvent> fresh);

        /** A read is over, and another one may begin. */
        void read();

        void failed(Throwable cause);
    }

    GroupScan(EventStorage events, String store, Executor thread, Progress progress, Messages messages, Reader reader) {
        this.events = events;
        this.store = store;
        this.thread = thread;
        this.progress = progress;
        this.messages = messages;
        this.reader = reader;
    }

    boolean isUnderWay() {
        return underWay;
    }

    /** Reads on, so many events at most, if there may be some. */
    void scan(int limit) {
        if (underWay || limit <= 0 || (!more && events.head(store) <= lookedHead)) {
            return;
        }
        underWay = true;
        int mine = era;
        EventRead meant = reader.settings().events();
        Instant from = progress.begun ? null : meant.from();
        boolean begun = from == null;
        EventRead onwards = from == null
                ? begun(meant).after(progress.cursor).withLimit(limit)
                : EventRead.all().after(progress.reached).from(from).withLimit(1);
        // Never on this stack: a log of which little is meant would be read in as many calls within each other.
        CompletableFuture<?> _ = events.read(store, onwards)
                .whenCompleteAsync((slice, failure) -> scanned(mine, begun, slice, failure), thread);
    }

    /** What is being read is of no use any more, and what was read before may be of use again. */
    void again() {
        more = true;
        stop();
    }

    void stop() {
        era++;
        underWay = false;
    }

    /** The same read without the time at which it begins. */
    private static EventRead begun(EventRead read) {
        return new EventRead(
                read.aggregate(),
                read.category(),
                read.query(),
                read.filter(),
                false,
                read.after(),
                Long.MAX_VALUE,
                null,
                0,
                read.limit());
    }

    private void scanned(int of, boolean begun, @Nullable EventSlice slice, @Nullable Throwable failure) {
        if (of != era) {
            return;
        }
        underWay = false;
        if (slice == null) {
            reader.failed(failure == null ? new IllegalStateException("nothing was read") : Group.cause(failure));
            return;
        }
        more = slice.more();
        lookedHead = slice.head();
        if (begun) {
            look(slice);
        } else {
            begin(slice);
        }
        reader.read();
    }

    /** Looks for the time at which the group begins, in all events. */
    private void begin(EventSlice slice) {
        long before = slice.events().isEmpty()
                ? slice.next()
                : slice.events().getFirst().position() - 1;
        progress.reached = Math.max(progress.reached, before);
        if (!slice.events().isEmpty()) {
            progress.begun = true;
            progress.floor = progress.reached;
            if (reader.settings().events().aggregate() == null) {
                progress.cursor = progress.reached;
            }
            more = true;
        }
        reader.moved();
    }

    private void look(EventSlice slice) {
        EventRead meant = reader.settings().events();
        boolean ofAggregate = meant.aggregate() != null;
        if (ofAggregate && slice.version() < progress.cursor && progress.cursor > meant.after()) {
            // It was deleted, and may begin anew; what was seen is below the floor.
            progress.floor = Math.max(progress.floor, progress.reached);
            progress.cursor = EventStore.EMPTY;
            more = slice.version() != EventStore.EMPTY;
            return;
        }
        Map<Long, StoredEvent> fresh = new HashMap<>();
        for (StoredEvent event : slice.events()) {
            if (event.position() > progress.floor && messages.get(event.position()) == null) {
                messages.add(new Message(event.position(), key(event), false, 0));
                fresh.put(event.position(), event);
            }
        }
        progress.cursor = Math.max(progress.cursor, slice.next());
        long reached = progress.reached;
        if (!slice.more()) {
            reached = slice.head();
        } else if (!ofAggregate) {
            reached = slice.next();
        } else if (!slice.events().isEmpty()) {
            reached = slice.events().getLast().position();
        }
        if (reached > progress.reached) {
            progress.reached = reached;
            reader.moved();
        }
        reader.found(fresh);
    }

    private long key(StoredEvent event) {
        String key = switch (reader.settings().distribution()) {
            case ROUND_ROBIN, SINGLE -> null;
            case BY_AGGREGATE ->
                event.aggregate() == null ? null : event.aggregate().toString();
            case BY_CORRELATION -> event.metadata().get(NewEvent.CORRELATION_ID);
        };
        return key == null ? Message.NO_KEY : hash(key);
    }

    /** Two keys that have the same only wait for each other. */
    private static long hash(String key) {
        long hash = 0xcbf29ce484222325L;
        for (byte each : key.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (each & 0xff)) * 0x100000001b3L;
        }
        return hash == Message.NO_KEY ? 1 : hash;
    }
}
