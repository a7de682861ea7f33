package dev.varve.engine.streams;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;

/**
 * The feed of creations and deletions: a JSON stream of change messages, as the State Protocol of Durable Streams has
 * them, written in the same frame as what it tells.
 */
final class Registry {

    /** The feed's path. */
    static final String PATH = "__registry__";

    /** About how much of the feed is kept. */
    private static final long KEPT_BYTES = 64L << 20;

    static final StreamConfig CONFIG =
            StreamConfig.of("application/json").withRetention(new Retention(null, KEPT_BYTES, null));

    private Registry() {}

    /** Whether the feed tells of a stream. */
    static boolean tells(StreamIdentity identity) {
        return !identity.reserved();
    }

    static Payload created(StreamIdentity identity) {
        return message("{\"type\":\"stream\",\"key\":" + quoted(identity.path())
                + ",\"value\":{\"path\":" + quoted(identity.path())
                + ",\"contentType\":" + quoted(identity.contentType())
                + ",\"createdAt\":" + identity.createdMillis()
                + "},\"headers\":{\"operation\":\"insert\"}}");
    }

    static Payload deleted(StreamIdentity identity) {
        return message(
                "{\"type\":\"stream\",\"key\":" + quoted(identity.path()) + ",\"headers\":{\"operation\":\"delete\"}}");
    }

    private static Payload message(String json) {
        return Payload.of(json.getBytes(UTF_8), true);
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}
