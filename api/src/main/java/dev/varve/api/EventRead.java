package dev.varve.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which events to read, in which order, from where. Immutable.
 *
 * <pre>{@code
 * EventRead lastTen = EventRead.category("order").backward().withLimit(10);
 * EventRead tail = EventRead.of(new AggregateId("order", "1")).after(41);
 * System.out.println(store.events().read(lastTen).events().size() + store.events().read(tail).events().size());
 * }</pre>
 *
 * <p>Bounds are positions of the store, except of a read of one aggregate, where they are its versions. Skipping and limiting begin at the end
 * where reading begins: a limit of a backward read keeps the newest, newest first.
 *
 * @param aggregate of this aggregate only; null for all
 * @param category of aggregates of this type only; null for all; not together with {@code aggregate}
 * @param query by type and tag
 * @param filter by anything else
 * @param backwards whether the newest come first
 * @param after the bound below which nothing is read, exclusive; {@link EventStore#EMPTY} for none
 * @param upTo the bound above which nothing is read, inclusive; {@link Long#MAX_VALUE} for none
 * @param from reading begins with the first event, in the order of positions, whose time is this or later, and with none if there is no
 *     such event; null for no such bound; of forward reads only
 * @param skip how many of the events in the order of the read are left out first, counted before the query and the filter, 0
 *     or more
 * @param limit how many at most, 1 to {@link #MAX_LIMIT}
 */
public record EventRead(
        @Nullable AggregateId aggregate,
        @Nullable String category,
        EventQuery query,
        EventFilter filter,
        boolean backwards,
        long after,
        long upTo,
        @Nullable Instant from,
        long skip,
        int limit) {

    /** The most events of one read, inclusive. */
    public static final int MAX_LIMIT = 1_000;

    /**
     * Checks the bounds.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} for a negative skip, a limit out of bounds, bounds below -1, an
     *     aggregate together with a category, or a time on a backward read
     */
    public EventRead {
        if (aggregate != null && category != null) {
            throw EventTexts.invalid("a read is of one aggregate or of a category, not of both");
        }
        if (category != null) {
            EventTexts.check("a category", category, AggregateId.MAX_TYPE_BYTES);
        }
        if (skip < 0) {
            throw EventTexts.invalid("skip is 0 or more, was " + skip);
        }
        if (limit < 1 || limit > MAX_LIMIT) {
            throw EventTexts.invalid("limit is 1 to " + MAX_LIMIT + ", was " + limit);
        }
        if (after < EventStore.EMPTY || upTo < EventStore.EMPTY) {
            throw EventTexts.invalid("bounds are -1 or more, were after " + after + " and up to " + upTo);
        }
        if (backwards && from != null) {
            throw EventTexts.invalid("a backward read takes no time to begin at");
        }
    }

    /**
     * All events of a store in the order of positions.
     *
     * @return a read from the beginning of {@link #MAX_LIMIT} events
     */
    public static EventRead all() {
        return new EventRead(
                null,
                null,
                EventQuery.ALL,
                EventFilter.NONE,
                false,
                EventStore.EMPTY,
                Long.MAX_VALUE,
                null,
                0,
                MAX_LIMIT);
    }

    /**
     * The events of one aggregate in the order of versions.
     *
     * @param aggregate which
     * @return a read from the beginning of {@link #MAX_LIMIT} events
     */
    public static EventRead of(AggregateId aggregate) {
        EventRead all = all();
        return new EventRead(aggregate, null, all.query, all.filter, false, all.after, all.upTo, null, 0, MAX_LIMIT);
    }

    /**
     * The events of all aggregates of one type in the order of positions.
     *
     * @param category the type
     * @return a read from the beginning of {@link #MAX_LIMIT} events
     */
    public static EventRead category(String category) {
        EventRead all = all();
        return new EventRead(null, category, all.query, all.filter, false, all.after, all.upTo, null, 0, MAX_LIMIT);
    }

    /**
     * The same of events that a query means.
     *
     * @param other by type and tag
     * @return the read
     */
    public EventRead matching(EventQuery other) {
        return new EventRead(aggregate, category, other, filter, backwards, after, upTo, from, skip, limit);
    }

    /**
     * The same of events that pass a filter.
     *
     * @param other by anything else
     * @return the read
     */
    public EventRead filtered(EventFilter other) {
        return new EventRead(aggregate, category, query, other, backwards, after, upTo, from, skip, limit);
    }

    /**
     * The same, newest first.
     *
     * @return the read
     */
    public EventRead backward() {
        return new EventRead(aggregate, category, query, filter, true, after, upTo, from, skip, limit);
    }

    /**
     * The same with another lower bound.
     *
     * @param bound exclusive, -1 for none
     * @return the read
     */
    public EventRead after(long bound) {
        return new EventRead(aggregate, category, query, filter, backwards, bound, upTo, from, skip, limit);
    }

    /**
     * The same with another upper bound.
     *
     * @param bound inclusive
     * @return the read
     */
    public EventRead upTo(long bound) {
        return new EventRead(aggregate, category, query, filter, backwards, after, bound, from, skip, limit);
    }

    /**
     * The same from the first event on whose time is this or later.
     *
     * @param time when
     * @return the read
     */
    public EventRead from(Instant time) {
        return new EventRead(aggregate, category, query, filter, backwards, after, upTo, time, skip, limit);
    }

    /**
     * The same, leaving out the first events.
     *
     * @param events how many
     * @return the read
     */
    public EventRead skipping(long events) {
        return new EventRead(aggregate, category, query, filter, backwards, after, upTo, from, events, limit);
    }

    /**
     * The same with another limit.
     *
     * @param events 1 to {@link #MAX_LIMIT}
     * @return the read
     */
    public EventRead withLimit(int events) {
        return new EventRead(aggregate, category, query, filter, backwards, after, upTo, from, skip, events);
    }

    /**
     * The read of the last event of a kind that stands where this one reads.
     *
     * @param kind what the event is; the query and the filter of this read do not matter
     * @return a backward read of one event
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when this one is backward, too, or begins at a time
     */
    public EventRead searching(EventQuery kind) {
        if (backwards || from != null) {
            throw EventTexts.invalid(
                    "what begins with the last event of a kind is read forward, and not from a time on");
        }
        return new EventRead(aggregate, category, kind, EventFilter.NONE, true, after, upTo, null, 0, 1);
    }

    /**
     * The same from an event on.
     *
     * @param event one of those that this reads
     * @return the read
     */
    public EventRead beginningWith(StoredEvent event) {
        long before = (aggregate == null ? event.position() : event.version()) - 1;
        return new EventRead(aggregate, category, query, filter, backwards, before, upTo, null, skip, limit);
    }

    /**
     * The read of what follows a slice.
     *
     * @param slice what this read gave
     * @return the next read
     */
    public EventRead next(EventSlice slice) {
        EventRead onwards = new EventRead(
                aggregate,
                category,
                query,
                filter,
                backwards,
                backwards ? after : slice.next(),
                backwards ? slice.next() : upTo,
                slice.events().isEmpty() && slice.more() ? from : null,
                0,
                limit);
        return onwards;
    }
}
