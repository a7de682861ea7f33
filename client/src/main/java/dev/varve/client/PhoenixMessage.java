package dev.varve.client;

import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message of a socket that speaks Phoenix Channels, as text. Immutable.
 *
 * @param joinRef the join that it belongs to; null when that goes without saying
 * @param ref what asks for an answer, or what is answered; null for neither
 * @param topic the channel
 * @param event what it is
 * @param payload what it says
 */
record PhoenixMessage(
        @Nullable String joinRef, @Nullable String ref, String topic, String event, Map<String, EntryValue> payload) {

    static final String HEARTBEAT_TOPIC = "phoenix";
    static final String JOIN = "phx_join";
    static final String REPLY = "phx_reply";
    static final String ERROR = "phx_error";
    static final String CLOSE = "phx_close";

    /** Reads a message; {@link ErrorKind#HTTP} when it is none. */
    static PhoenixMessage parse(String text) {
        EntryValue value;
        try {
            value = EntryJson.parse(text.getBytes(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw broken("is not JSON: " + e.getMessage());
        }
        if (!(value instanceof EntryValue.Items list) || list.items().size() != 5) {
            throw broken("is no list of five");
        }
        List<EntryValue> items = list.items();
        if (!(items.get(2) instanceof EntryValue.Text topic)
                || !(items.get(3) instanceof EntryValue.Text event)
                || !(items.get(4) instanceof EntryValue.Fields payload)) {
            throw broken("has no topic, event and payload");
        }
        return new PhoenixMessage(
                text(items.get(0)), text(items.get(1)), topic.value(), event.value(), payload.fields());
    }

    static VarveException broken(String how) {
        return new VarveException(ErrorKind.HTTP, "a message of the live socket " + how);
    }

    private static @Nullable String text(EntryValue value) {
        return value instanceof EntryValue.Text text ? text.value() : null;
    }

    /** As it is sent. */
    String text() {
        List<EntryValue> items = new ArrayList<>();
        items.add(orNull(joinRef));
        items.add(orNull(ref));
        items.add(EntryValue.of(topic));
        items.add(EntryValue.of(event));
        items.add(new EntryValue.Fields(payload));
        return new String(EntryJson.bytes(new EntryValue.Items(items)), StandardCharsets.UTF_8);
    }

    private static EntryValue orNull(@Nullable String text) {
        return text == null ? new EntryValue.Null() : EntryValue.of(text);
    }

    /** A field that is a whole number; {@link ErrorKind#HTTP} without it. */
    long number(String name) {
        if (payload.get(name) instanceof EntryValue.Whole whole) {
            return whole.value();
        }
        throw broken("of the kind " + event + " has no proper " + name);
    }

    /** A field that is text, or null. */
    @Nullable String text(String name) {
        return payload.get(name) instanceof EntryValue.Text text ? text.value() : null;
    }

    boolean isTrue(String name) {
        return payload.get(name) instanceof EntryValue.Bool truth && truth.value();
    }

    /** A field that is an object; empty without it. */
    Map<String, EntryValue> object(String name) {
        return payload.get(name) instanceof EntryValue.Fields object ? object.fields() : Map.of();
    }
}
