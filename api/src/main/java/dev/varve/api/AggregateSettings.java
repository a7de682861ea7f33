package dev.varve.api;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How long the events of an aggregate are kept, and what else its owner notes about it. An event that one of the bounds leaves out cannot be read
 * any more; its bytes go when the store is scavenged. Versions and positions stay as they are. Immutable.
 *
 * <pre>{@code
 * AggregateId sensor = new AggregateId("sensor", "7");
 * store.events().append(sensor, ExpectedVersion.any(), NewEvent.json("Measured", "{}"));
 * store.events().configure(sensor, AggregateSettings.NONE.withMaxCount(1000).withMaxAge(Duration.ofDays(30)));
 * }</pre>
 *
 * @param maxAge events that were recorded longer ago are left out; null for no such bound
 * @param maxCount only so many of the last events are kept, 1 or more; null for no such bound
 * @param truncateBefore events of lower versions are left out; 0 for none
 * @param custom text by name, as the names and values of {@link NewEvent#metadata}
 */
public record AggregateSettings(
        @Nullable Duration maxAge, @Nullable Long maxCount, long truncateBefore, Map<String, String> custom) {

    /** Everything is kept. */
    public static final AggregateSettings NONE = new AggregateSettings(null, null, 0, Map.of());

    /**
     * Checks the bounds.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when an age is not positive or no whole number of milliseconds, a count below 1, a
     *     version below 0, or the text too long
     */
    public AggregateSettings {
        if (maxAge != null && (maxAge.isNegative() || maxAge.isZero())) {
            throw EventTexts.invalid("the age of events is more than nothing, was " + maxAge);
        }
        if (maxAge != null) {
            EventTexts.checkMillis("the age of events", maxAge);
        }
        if (maxCount != null && maxCount < 1) {
            throw EventTexts.invalid("the count of events is 1 or more, was " + maxCount);
        }
        if (truncateBefore < 0) {
            throw EventTexts.invalid("events are truncated before a version from 0 on, was " + truncateBefore);
        }
        custom = EventTexts.checked("the text of an aggregate's settings", custom);
    }

    /**
     * The same with another age.
     *
     * @param age more than nothing
     * @return the settings
     */
    public AggregateSettings withMaxAge(Duration age) {
        return new AggregateSettings(age, maxCount, truncateBefore, custom);
    }

    /**
     * The same with another count.
     *
     * @param events 1 or more
     * @return the settings
     */
    public AggregateSettings withMaxCount(long events) {
        return new AggregateSettings(maxAge, events, truncateBefore, custom);
    }

    /**
     * The same, truncated elsewhere.
     *
     * @param version the first one that is kept
     * @return the settings
     */
    public AggregateSettings withTruncateBefore(long version) {
        return new AggregateSettings(maxAge, maxCount, version, custom);
    }

    /**
     * The same with one more text.
     *
     * @param name the name
     * @param value the text
     * @return the settings
     */
    public AggregateSettings withCustom(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(custom);
        more.put(name, value);
        return new AggregateSettings(maxAge, maxCount, truncateBefore, more);
    }
}
