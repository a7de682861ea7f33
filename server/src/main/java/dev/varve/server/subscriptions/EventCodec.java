package dev.varve.server.subscriptions;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.ByteBuffer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** The text form of events: one JSON object each, names in lower case with underscores. Thread-safe. */
final class EventCodec {

    /** The version of the text form that this code writes; it reads no later one. */
    static final int FORMAT = 1;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    private EventCodec() {}

    static byte[] encode(Event event) {
        return MAPPER.writerFor(Event.class).writeValueAsBytes(event);
    }

    /**
     * Reads one event.
     *
     * @throws IllegalStateException when the bytes are no event that this version knows
     */
    static Event decode(ByteBuffer json) {
        byte[] bytes = new byte[json.remaining()];
        json.duplicate().get(bytes);
        try {
            return MAPPER.readValue(bytes, Event.class);
        } catch (JacksonException e) {
            throw new IllegalStateException(
                    "the log of subscriptions holds an event that this version cannot read: " + e.getOriginalMessage(),
                    e);
        }
    }
}
