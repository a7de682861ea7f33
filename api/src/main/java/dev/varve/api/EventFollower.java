package dev.varve.api;

import dev.varve.api.spi.EventDelivery;
import java.util.function.LongConsumer;

/** Hands the events of a store to a handler, slice by slice. Thread-safe. */
final class EventFollower extends StoreFollower {

    private final EventStorage storage;
    private final String store;
    private final EventHandler handler;
    private final EventDelivery delivery;
    private EventRead read;
    private boolean live;

    /** The head up to which everything has been looked at, or that nobody knows. */
    private long seen = Long.MIN_VALUE;

    EventFollower(EventStorage storage, String store, EventRead read, EventHandler handler) {
        super("varve-events-" + store, "the store " + store + " was deleted");
        if (read.backwards() || read.upTo() != Long.MAX_VALUE) {
            throw EventTexts.invalid("only a forward read without an upper bound can be followed");
        }
        this.storage = storage;
        this.store = store;
        this.read = read;
        this.handler = handler;
        this.delivery = new EventDelivery(handler, this::isClosed);
    }

    @Override
    Subscription subscribe(LongConsumer listener) {
        return storage.subscribe(store, listener);
    }

    @Override
    boolean isBehind(long newestTold) {
        return seen < newestTold || seen == Long.MIN_VALUE;
    }

    @Override
    void next() {
        EventSlice slice = StorageStreams.await(storage.read(store, read));
        if (live && slice.more()) {
            live = false;
            handler.fellBehind(reached());
        }
        for (StoredEvent event : slice.events()) {
            if (!delivery.deliver(event) || isClosed()) {
                return;
            }
        }
        boolean moved = slice.next() > reached();
        read = read.next(slice);
        if (moved) {
            handler.checkpoint(reached());
        }
        if (slice.more()) {
            seen = Long.MIN_VALUE;
            return;
        }
        if (!live) {
            live = true;
            handler.caughtUp(reached());
        }
        seen = slice.head();
    }

    private long reached() {
        return read.after();
    }

    @Override
    void ended(RuntimeException cause) {
        handler.ended(cause);
    }
}
