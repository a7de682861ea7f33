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
 * What else events of a read must be, beyond what an {@link EventQuery} says: looked at event by event, not by index. All of it must
 * hold. Immutable.
 *
 * <pre>{@code
 * EventFilter ofOneRequest = EventFilter.NONE.withMetadata(NewEvent.CORRELATION_ID, "request-17");
 * store.events().stream(EventRead.all().filtered(ofOneRequest)).forEach(event -> System.out.println(event.type()));
 * }</pre>
 *
 * @param typePrefix what the type begins with; empty for any
 * @param idPrefix what the id of the aggregate begins with, for example a part of a hierarchy up to a slash; empty for any,
 *     and for events of no aggregate
 * @param ids the event's id is one of them; none for any
 * @param since the time of the event is this or later; null for any
 * @param before the time of the event is earlier; null for any
 * @param metadata the event's metadata has exactly these texts under these names, among others
 */
public record EventFilter(
        String typePrefix,
        String idPrefix,
        Set<UUID> ids,
        @Nullable Instant since,
        @Nullable Instant before,
        Map<String, String> metadata) {

    /** Every event. */
    public static final EventFilter NONE = new EventFilter("", "", Set.of(), null, null, Map.of());

    /** The most ids, and the most names of metadata, inclusive. */
    public static final int MAX_TERMS = 1000;

    /**
     * Copies the collections.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when one holds more than {@link #MAX_TERMS}
     */
    public EventFilter {
        if (ids.size() > MAX_TERMS || metadata.size() > MAX_TERMS) {
            throw EventTexts.invalid("a filter has at most " + MAX_TERMS + " ids and as many names of metadata");
        }
        ids = Collections.unmodifiableSet(new LinkedHashSet<>(ids));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /**
     * The same with another beginning of types.
     *
     * @param prefix what the type begins with
     * @return the filter
     */
    public EventFilter withTypePrefix(String prefix) {
        return new EventFilter(prefix, idPrefix, ids, since, before, metadata);
    }

    /**
     * The same with another beginning of aggregates' ids.
     *
     * @param prefix what the id of the aggregate begins with
     * @return the filter
     */
    public EventFilter withIdPrefix(String prefix) {
        return new EventFilter(typePrefix, prefix, ids, since, before, metadata);
    }

    /**
     * The same with other ids.
     *
     * @param others one of which the event's id is
     * @return the filter
     */
    public EventFilter withIds(Set<UUID> others) {
        return new EventFilter(typePrefix, idPrefix, others, since, before, metadata);
    }

    /**
     * The same with other bounds of time.
     *
     * @param from inclusive; null for none
     * @param to exclusive; null for none
     * @return the filter
     */
    public EventFilter withTimes(@Nullable Instant from, @Nullable Instant to) {
        return new EventFilter(typePrefix, idPrefix, ids, from, to, metadata);
    }

    /**
     * The same with one more text that the metadata must have.
     *
     * @param name the name
     * @param value the text
     * @return the filter
     */
    public EventFilter withMetadata(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(metadata);
        more.put(name, value);
        return new EventFilter(typePrefix, idPrefix, ids, since, before, more);
    }

    /**
     * Whether an event passes.
     *
     * @param event the event
     * @return true when all of it holds
     */
    public boolean passes(StoredEvent event) {
        return event.type().startsWith(typePrefix)
                && (idPrefix.isEmpty()
                        || (event.aggregate() != null && event.aggregate().id().startsWith(idPrefix)))
                && (ids.isEmpty() || ids.contains(event.id()))
                && (since == null || !event.time().isBefore(since))
                && (before == null || event.time().isBefore(before))
                && event.metadata().entrySet().containsAll(metadata.entrySet());
    }
}
