package dev.varve.api;

import dev.varve.api.spi.EventDelivery;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads events one slice after the other and hands them to a handler, on a thread of its own; sleeps while there are none. Thread-safe.
 */
final class EventFollower implements Subscription {

    private final EventStorage storage;
    private final String store;
    private final EventHandler handler;
    private final EventDelivery delivery;
    private final Thread thread;
    private EventRead read;
    private boolean live;
    private volatile boolean closed;
    private volatile boolean over;
    private volatile long newest = EventStore.EMPTY;

    EventFollower(EventStorage storage, String store, EventRead read, EventHandler handler) {
        if (read.backwards() || read.upTo() != Long.MAX_VALUE) {
            throw EventTexts.invalid("only a forward read without an upper bound can be followed");
        }
        this.storage = storage;
        this.store = store;
        this.read = read;
        this.handler = handler;
        this.delivery = new EventDelivery(handler, () -> closed);
        this.thread = new Thread(this::run, "varve-events-" + store);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    @SuppressWarnings("CatchingUnchecked") // whatever ends the subscription is told
    private void run() {
        try {
            Subscription woken = storage.subscribe(store, this::wake);
            try {
                follow();
            } finally {
                woken.close();
            }
        } catch (RuntimeException e) {
            if (!closed) {
                handler.ended(e);
            }
        }
    }

    private void wake(long head) {
        if (head == Long.MAX_VALUE) {
            over = true;
        } else {
            newest = head;
        }
        LockSupport.unpark(thread);
    }

    private void follow() {
        long seen = Long.MIN_VALUE;
        while (!closed) {
            boolean ending = over;
            if (seen < newest || seen == Long.MIN_VALUE) {
                seen = next();
            } else if (ending) {
                throw new VarveException(ErrorKind.NOT_FOUND, "the store " + store + " was deleted");
            } else {
                LockSupport.park(this);
            }
        }
    }

    /** Hands over a slice; gives the head up to which everything has been looked at, or that nobody knows. */
    private long next() {
        EventSlice slice = StorageStreams.await(storage.read(store, read));
        if (live && slice.more()) {
            live = false;
            handler.fellBehind(reached());
        }
        for (StoredEvent event : slice.events()) {
            if (!delivery.deliver(event) || closed) {
                return Long.MAX_VALUE;
            }
        }
        boolean moved = slice.next() > reached();
        read = read.next(slice);
        if (moved) {
            handler.checkpoint(reached());
        }
        if (slice.more()) {
            return Long.MIN_VALUE;
        }
        if (!live) {
            live = true;
            handler.caughtUp(reached());
        }
        return slice.head();
    }

    private long reached() {
        return read.after();
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
