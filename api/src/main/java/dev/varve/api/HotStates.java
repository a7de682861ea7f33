package dev.varve.api;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** States of aggregates that are kept in memory, those that were used last, and one at a time for each aggregate. Thread-safe. */
final class HotStates<S> {

    /**
     * What is known of an aggregate.
     *
     * @param snapshotVersion of which version its newest snapshot is; {@link EventStore#EMPTY} without one
     */
    record Known<S>(long version, S state, long snapshotVersion) {}

    /** The place of one aggregate. Its state is touched only by whoever holds its lock. */
    static final class Place<S> {
        final String id;
        final ReentrantLock lock = new ReentrantLock();

        @Nullable Known<S> known;

        /** Both under the monitor of all. */
        private int users;

        private Instant used = Instant.MIN;

        Place(String id) {
            this.id = id;
        }
    }

    private final int max;
    private final Duration idle;
    private final InstantSource clock;
    private final Map<String, Place<S>> places = new LinkedHashMap<>(16, 0.75f, true);

    HotStates(int max, Duration idle, InstantSource clock) {
        this.max = max;
        this.idle = idle;
        this.clock = clock;
    }

    /** Waits for whoever is at it. */
    Place<S> enter(String id) {
        Place<S> place;
        synchronized (this) {
            place = places.computeIfAbsent(id, Place::new);
            place.users++;
        }
        place.lock.lock();
        return place;
    }

    /** By whoever has entered. */
    void leave(Place<S> place) {
        boolean nothing = place.known == null;
        place.lock.unlock();
        synchronized (this) {
            place.users--;
            place.used = clock.instant();
            if (nothing && place.users == 0) {
                places.remove(place.id);
            }
            evict();
        }
    }

    /** How many are kept. */
    synchronized int size() {
        evict();
        return places.size();
    }

    private void evict() {
        Instant longAgo = clock.instant().minus(idle);
        Iterator<Place<S>> eldest = places.values().iterator();
        while (eldest.hasNext()) {
            Place<S> place = eldest.next();
            if (place.users > 0) {
                continue;
            }
            if (places.size() <= max && place.used.isAfter(longAgo)) {
                return;
            }
            eldest.remove();
        }
    }
}
