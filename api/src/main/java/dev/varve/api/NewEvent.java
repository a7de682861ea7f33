package dev.varve.api;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event that is to be appended. Immutable.
 *
 * <pre>{@code
 * NewEvent reserved = NewEvent.json("SeatReserved", "{\"seat\": 12}")
 *         .withTags("course:c1", "student:s7")
 *         .withMetadata(NewEvent.CORRELATION_ID, "request-17");
 * store.events().append(new AggregateId("course", "c1"), ExpectedVersion.any(), reserved);
 * }</pre>
 *
 * @param id names it in this store for ever: an append that comes again with the same ids is recognised
 * @param type what happened, for example {@code OrderPlaced}: 1 to {@link #MAX_TYPE_BYTES} bytes of UTF-8
 * @param data what is to be known of it
 * @param tags what conditions and queries find it by: at most {@link #MAX_TAGS}, each 1 to {@link #MAX_TAG_BYTES} bytes of
 *     UTF-8; commas and colons mean nothing
 * @param metadata text by name: names of 1 to {@link #MAX_TAG_BYTES} bytes, all together at most {@link
 *     #MAX_METADATA_BYTES}
 * @param time when it happened, to the nanosecond; null for when it is recorded
 */
public record NewEvent(
        UUID id,
        String type,
        EventData data,
        Set<String> tags,
        Map<String, String> metadata,
        @Nullable Instant time) {

    /** The longest type in bytes of UTF-8, inclusive. */
    public static final int MAX_TYPE_BYTES = 256;

    /** The most tags of one event, inclusive. */
    public static final int MAX_TAGS = 64;

    /** The longest tag in bytes of UTF-8, inclusive. */
    public static final int MAX_TAG_BYTES = 256;

    /** How long all names and values of the metadata may be together, in bytes of UTF-8, inclusive. */
    public static final int MAX_METADATA_BYTES = 16 << 10;

    /** The name in the metadata of what all events of one conversation have in common. */
    public static final String CORRELATION_ID = "correlation_id";

    /** The name in the metadata of what led to this event: the id of a command or another event. */
    public static final String CAUSATION_ID = "causation_id";

    /** The name in the metadata of the schema that the data follows. */
    public static final String SCHEMA_NAME = "schema_name";

    /** The name in the metadata of the version of that schema. */
    public static final String SCHEMA_VERSION = "schema_version";

    /**
     * Checks the bounds and the data, and copies the collections.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when one of the bounds is passed, {@link ErrorKind#INVALID_JSON} as {@link
     *     EventData#check} says
     */
    public NewEvent {
        EventTexts.check("the type of an event", type, MAX_TYPE_BYTES);
        data.check();
        tags = Collections.unmodifiableSet(new LinkedHashSet<>(tags));
        if (tags.size() > MAX_TAGS) {
            throw EventTexts.invalid("an event has at most " + MAX_TAGS + " tags, this one " + tags.size());
        }
        tags.forEach(tag -> EventTexts.check("a tag of an event", tag, MAX_TAG_BYTES));
        metadata = EventTexts.checked("the metadata of an event", metadata);
    }

    /**
     * An event with a new id.
     *
     * @param type what happened
     * @param data what is to be known of it
     * @return the event, without tags and metadata, which happens when it is recorded
     */
    public static NewEvent of(String type, EventData data) {
        return new NewEvent(UUID.randomUUID(), type, data, Set.of(), Map.of(), null);
    }

    /**
     * An event with a new id, whose data is JSON.
     *
     * @param type what happened
     * @param json the data as text
     * @return the event, as {@link #of} makes it
     */
    public static NewEvent json(String type, String json) {
        return of(type, EventData.json(json));
    }

    /**
     * The same with another id.
     *
     * @param other the id
     * @return the event
     */
    public NewEvent withId(UUID other) {
        return new NewEvent(other, type, data, tags, metadata, time);
    }

    /**
     * The same with these tags and no others.
     *
     * @param others the tags
     * @return the event
     */
    public NewEvent withTags(String... others) {
        return new NewEvent(id, type, data, new LinkedHashSet<>(List.of(others)), metadata, time);
    }

    /**
     * The same with one more text in the metadata, or another one of the name.
     *
     * @param name the name
     * @param value the text
     * @return the event
     */
    public NewEvent withMetadata(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(metadata);
        more.put(name, value);
        return new NewEvent(id, type, data, tags, more, time);
    }

    /**
     * The same, happened at another time.
     *
     * @param other when, to the nanosecond
     * @return the event
     */
    public NewEvent withTime(Instant other) {
        return new NewEvent(id, type, data, tags, metadata, other);
    }
}
