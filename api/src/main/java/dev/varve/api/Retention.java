package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * How much of a stream is kept. Each bound that is set applies; the strictest wins and moves the earliest offset
 * forward in the background, always to a message boundary. A bound never removes the newest data that satisfies it.
 * Immutable.
 *
 * <pre>{@code
 * Retention lastDay = new Retention(Duration.ofDays(1).toSeconds(), null, 10_000L); // and no more than 10,000 messages
 * streams.create("clicks", StreamConfig.of("application/json").withRetention(lastDay));
 * }</pre>
 *
 * @param ageSeconds messages appended longer ago than this many seconds may go; null for no bound, at least 1
 * @param bytes about how many bytes at the tail are kept, rounded up to whole messages; null for no bound, at least 1
 * @param messages how many messages at the tail are kept; null for no bound, at least 1
 */
public record Retention(
        @Nullable Long ageSeconds,
        @Nullable Long bytes,
        @Nullable Long messages) {

    /** Everything is kept. */
    public static final Retention NONE = new Retention(null, null, null);

    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException when a bound is below 1
     */
    public Retention {
        check("age", ageSeconds);
        check("bytes", bytes);
        check("messages", messages);
    }

    private static void check(String name, @Nullable Long bound) {
        if (bound != null && bound < 1) {
            throw new IllegalArgumentException("retention " + name + " must be at least 1, was " + bound);
        }
    }

    /**
     * Whether no bound is set.
     *
     * @return true when everything is kept
     */
    public boolean isNone() {
        return ageSeconds == null && bytes == null && messages == null;
    }
}
