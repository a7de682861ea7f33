package dev.varve.api;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event as it stands in the log. Immutable.
 *
 * <pre>{@code
 * AggregateId order = new AggregateId("order", "4711");
 * store.events().append(order, ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * for (StoredEvent event : store.events().fetch(order, EventStore.EMPTY).events()) {
 *     System.out.println(event.position() + " " + event.type() + " " + event.data().text());
 * }
 * }</pre>
 *
 * @param position its place in the log of its store: 0 for the first, one more for each that was ever appended; never used
 *     again
 * @param aggregate which aggregate it belongs to; null when to none
 * @param version its place among the events of its aggregate, from 0; {@link EventStore#EMPTY} without one
 * @param id its id
 * @param type what happened
 * @param data what is to be known of it
 * @param tags what conditions and queries find it by, in the order in which they were given
 * @param metadata text by name, in the order in which it was given
 * @param time when it happened, as its writer said, else when it was recorded
 * @param recordedAt when it was recorded, to the millisecond; never runs backwards along positions
 * @param appendFirst the position of the first event of the append that it came with: all events of one append, and no
 *     others, have the same, so it names the append
 * @param appendLast the position of the last event of that append
 * @param redacted whether its data was replaced later
 */
public record StoredEvent(
        long position,
        @Nullable AggregateId aggregate,
        long version,
        UUID id,
        String type,
        EventData data,
        Set<String> tags,
        Map<String, String> metadata,
        Instant time,
        Instant recordedAt,
        long appendFirst,
        long appendLast,
        boolean redacted) {

    /** Copies the collections. */
    public StoredEvent {
        tags = tags.isEmpty() ? Set.of() : Collections.unmodifiableSet(new LinkedHashSet<>(tags));
        metadata = metadata.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }
}
