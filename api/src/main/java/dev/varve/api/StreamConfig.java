package dev.varve.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a stream is created with. Two creations of one path agree when their media types (without case and
 * parameters), lifetimes, retention and fork parameters are equal. Immutable.
 *
 * <pre>{@code
 * StreamConfig session = StreamConfig.of("application/json")
 *         .withTtlSeconds(Duration.ofHours(2).toSeconds()); // since it was last read or written
 * streams.create("sessions/ann", session);
 * }</pre>
 *
 * @param contentType the content type, kept byte for byte; null for the default ({@code application/octet-stream}, or
 *     the source's for a fork)
 * @param ttlSeconds the sliding lifetime in seconds, renewed by every read and write, 0 or more; null for none
 * @param expiresAt the fixed time after which the stream is gone; null for none; not together with {@code ttlSeconds}
 * @param retention how much is kept
 */
public record StreamConfig(
        @Nullable String contentType,
        @Nullable Long ttlSeconds,
        @Nullable Instant expiresAt,
        Retention retention) {

    /** The content type of a stream that was created without one. */
    public static final String DEFAULT_CONTENT_TYPE = "application/octet-stream";

    /** No choices made: bytes, kept for ever. */
    public static final StreamConfig DEFAULT = new StreamConfig(null, null, null, Retention.NONE);

    /**
     * Checks the lifetimes.
     *
     * @throws IllegalArgumentException when both lifetimes are given, or the sliding one is negative
     */
    public StreamConfig {
        if (ttlSeconds != null && expiresAt != null) {
            throw new IllegalArgumentException("a stream has a time to live or an expiry time, not both");
        }
        if (ttlSeconds != null && ttlSeconds < 0) {
            throw new IllegalArgumentException("time to live must not be negative, was " + ttlSeconds);
        }
    }

    /**
     * A configuration with a content type and no other choice.
     *
     * @param contentType for example {@code application/json} or {@code text/plain}
     * @return the configuration
     */
    public static StreamConfig of(String contentType) {
        return new StreamConfig(contentType, null, null, Retention.NONE);
    }

    /**
     * The same configuration with a sliding lifetime instead of any lifetime it had.
     *
     * @param seconds 0 or more
     * @return the changed copy
     */
    public StreamConfig withTtlSeconds(long seconds) {
        return new StreamConfig(contentType, seconds, null, retention);
    }

    /**
     * The same configuration with a fixed end instead of any lifetime it had.
     *
     * @param time when the stream is gone
     * @return the changed copy
     */
    public StreamConfig withExpiresAt(Instant time) {
        return new StreamConfig(contentType, null, time, retention);
    }

    /**
     * The same configuration with another retention.
     *
     * @param kept how much is kept
     * @return the changed copy
     */
    public StreamConfig withRetention(Retention kept) {
        return new StreamConfig(contentType, ttlSeconds, expiresAt, kept);
    }
}
