package dev.varve.api;

import java.util.List;

/**
 * What an {@link EventRead} gave. Immutable.
 *
 * <pre>{@code
 * EventRead read = EventRead.all().withLimit(100);
 * EventSlice slice = store.events().read(read);
 * while (slice.more()) {
 *     read = read.next(slice);
 *     slice = store.events().read(read);
 * }
 * System.out.println("the log ends at " + slice.head());
 * }</pre>
 *
 * @param events what was found, in the order of the read
 * @param head the position of the last event of the store when the read began, whatever the read was of; {@link
 *     EventStore#EMPTY} when nothing was ever appended. Guards an append as {@link AppendCondition#after}
 * @param status of a read of one aggregate what became of it; else {@link AggregateStatus#LIVE}
 * @param version of a read of one aggregate that is {@link AggregateStatus#LIVE} the version of its last event, whatever the read, the
 *     settings of the aggregate or deletions of single events left out: the one to expect of it; else {@link EventStore#EMPTY}
 * @param next up to where the read has looked, to go on from: the lower bound of the next forward read, the upper one of the next
 *     backward read. Moves on even where nothing was found
 * @param more whether there may be more: true when the limit, or a bound of what is looked through at once, ended the read
 */
public record EventSlice(
        List<StoredEvent> events, long head, AggregateStatus status, long version, long next, boolean more) {

    /** A slice of more bytes of data than this ends earlier, but holds one event at least. */
    public static final int MAX_BYTES = 1 << 20;

    /** A slice ends earlier where so many events have been looked at, and may then be empty although {@link #more} is true. */
    public static final int MAX_SCANNED = 50_000;

    /** Copies the list. */
    public EventSlice {
        events = List.copyOf(events);
    }
}
