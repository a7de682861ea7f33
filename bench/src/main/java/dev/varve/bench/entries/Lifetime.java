package dev.varve.bench.entries;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A value that says how long it lives, and when that was asked for: whoever sees it go knows whether that was too early.
 * Immutable.
 *
 * @param sentNanos on the clock of this process, before the write was sent
 */
record Lifetime(long millis, long sentNanos) {

    private static final String MARK = "lives";

    /** As a value of an entry. */
    String value() {
        return "\"" + MARK + " " + millis + " " + sentNanos + "\"";
    }

    /** The lifetime that a value tells of, or null when it is another value. */
    static @Nullable Lifetime of(@Nullable JsonNode value) {
        if (value == null || !value.isString() || !value.stringValue().startsWith(MARK + " ")) {
            return null;
        }
        String[] words = value.stringValue().split(" ");
        return new Lifetime(Long.parseLong(words[1]), Long.parseLong(words[2]));
    }

    /** How many milliseconds too early it is gone at some time; not positive when it is time. */
    long earlyMillis(long nowNanos) {
        return millis - (nowNanos - sentNanos) / 1_000_000;
    }
}
