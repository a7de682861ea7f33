package dev.varve.client;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventHandler;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import dev.varve.api.spi.EventDelivery;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.function.Consumer;

/** Follows events. Thread-safe. */
final class HttpEventFollower extends HttpFollower {

    private final HttpEventStorage storage;
    private final String store;
    private final EventHandler handler;
    private final EventDelivery delivery;

    /** What is read, from the place up to which everything was handed over. */
    private EventRead read;

    /** The position of the last event that was handed over. */
    private long position = EventStore.EMPTY;

    /** The highest position that the log is known to have had. */
    private long known = EventStore.EMPTY;

    /** The place that the handler was told last. */
    private long told;

    /** Whether the handler knows that it has caught up. */
    private boolean live;

    /** Whether what comes first was there before the connection was. */
    private boolean behind;

    /**
     * A follower that has not begun.
     *
     * @param patience for how long nothing may come
     * @param onEnd told when it is over
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} for a read that does not go on
     */
    HttpEventFollower(
            HttpEventStorage storage,
            HttpTransport transport,
            String store,
            EventRead read,
            EventHandler handler,
            Duration patience,
            Consumer<? super HttpFollower> onEnd) {
        super(transport, "varve-events-" + store, patience, onEnd);
        if (read.backwards() || read.upTo() != Long.MAX_VALUE) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS, "only a forward read without an upper bound can be followed");
        }
        this.storage = storage;
        this.store = store;
        this.read = read;
        this.told = read.after();
        this.handler = handler;
        this.delivery = new EventDelivery(handler, this::isClosed);
    }

    @Override
    HttpRequest request() {
        return storage.followRequest(store, read);
    }

    @Override
    boolean prepare() throws InterruptedException {
        if (read.skip() > 0) {
            skip();
            return false;
        }
        requireSameLog();
        return true;
    }

    @Override
    void connected() {
        behind = live;
    }

    @Override
    void taken() {
        tellCheckpoint();
    }

    @Override
    long place() {
        return told;
    }

    @Override
    void ended(RuntimeException cause) {
        handler.ended(cause);
    }

    // ---- what is there

    /** Reads a slice, as long as there is something to be skipped. */
    private void skip() throws InterruptedException {
        EventSlice slice = waited(storage.read(store, read));
        for (StoredEvent event : slice.events()) {
            take(event);
            if (isClosed()) {
                return;
            }
        }
        read = read.next(slice);
        tellCheckpoint();
    }

    /** A store that was deleted and made anew counts from the beginning again: what is asked for is not what follows. */
    private void requireSameLog() {
        if (known > EventStore.EMPTY && storage.head(store) < known) {
            throw deleted();
        }
    }

    private VarveException deleted() {
        return new VarveException(ErrorKind.NOT_FOUND, "the store " + store + " was deleted");
    }

    // ---- what comes

    @Override
    void take(String where, byte[] json) throws InterruptedException {
        take(EventAnswer.read(where, json, EventAnswer::line));
    }

    private void take(EventAnswer.Line line) throws InterruptedException {
        StoredEvent event = line.event();
        Long caughtUp = line.caughtUp();
        Long checkpoint = line.checkpoint();
        Long fellBehind = line.fellBehind();
        VarveException failed = line.failed();
        if (event != null) {
            take(event);
        } else if (checkpoint != null) {
            looked(checkpoint, false);
        } else if (caughtUp != null) {
            looked(caughtUp, true);
            caughtUp();
        } else if (fellBehind != null) {
            looked(fellBehind, true);
            fellBehind();
        } else if (failed != null) {
            throw failed;
        } else if (line.closed()) {
            throw over();
        }
    }

    /** Nothing more can come: of this aggregate, or of this store. */
    private VarveException over() throws InterruptedException {
        AggregateId aggregate = read.aggregate();
        boolean tombstoned =
                aggregate != null && waited(storage.aggregate(store, aggregate)).status() == AggregateStatus.TOMBSTONED;
        return tombstoned
                ? new VarveException(ErrorKind.GONE, "the aggregate " + aggregate + " was deleted for ever")
                : deleted();
    }

    // ---- what the handler is told

    private void take(StoredEvent event) {
        if (event.position() <= position) {
            return; // never twice, whatever a server sends
        }
        if (behind) {
            fellBehind();
        }
        boolean done = told(() -> delivery.deliver(event));
        if (done) {
            position = event.position();
            known = Math.max(known, event.appendLast());
            move(read.aggregate() == null ? position : event.version(), true);
        }
    }

    private void looked(long place, boolean found) {
        if (read.aggregate() == null && place > read.after()) {
            known = Math.max(known, place);
        }
        move(place, found);
    }

    /** From now on what follows a place is read; the time to begin at means nothing any more once it was found. */
    private void move(long place, boolean found) {
        read = new EventRead(
                read.aggregate(),
                read.category(),
                read.query(),
                read.filter(),
                false,
                place,
                Long.MAX_VALUE,
                found ? null : read.from(),
                0,
                read.limit());
    }

    private void caughtUp() {
        behind = false;
        tellCheckpoint();
        if (!live) {
            live = true;
            boolean unused = told(() -> {
                handler.caughtUp(read.after());
                return true;
            });
        }
    }

    private void fellBehind() {
        behind = false;
        if (live) {
            live = false;
            boolean unused = told(() -> {
                handler.fellBehind(read.after());
                return true;
            });
        }
    }

    private void tellCheckpoint() {
        if (read.after() > told) {
            told = read.after();
            boolean unused = told(() -> {
                handler.checkpoint(read.after());
                return true;
            });
        }
    }
}
