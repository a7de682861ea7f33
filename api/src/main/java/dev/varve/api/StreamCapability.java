package dev.varve.api;

/**
 * What a {@link StreamStorage} can do beyond the contract that every one keeps.
 *
 * <pre>{@code
 * if (storage.capabilities().contains(StreamCapability.FORKS)) {
 *     Fork fork = Fork.atTailOf("log");
 *     storage.create(CreateRequest.of("log-on-trial", StreamConfig.DEFAULT).withFork(fork)).join();
 * }
 * }</pre>
 */
public enum StreamCapability {
    /** Appends with {@link AppendRequest#producer()}: exactly once, with producer state as durable as the data. */
    PRODUCERS,
    /** Appends with {@link AppendRequest#ifMatch()}. */
    CONDITIONAL_APPEND,
    /** Creation with {@link CreateRequest#fork()}. */
    FORKS,
    /** Creation with a time to live or an expiry time. */
    EXPIRY,
    /** Creation with a {@link Retention}. */
    RETENTION,
    /** {@link StreamStorage#list}. */
    LIST,
    /** {@link StreamStorage#appendAll}. */
    ATOMIC_APPEND,
    /** {@link StreamStorage#subscribeAll}. */
    SUBSCRIBE_ALL,
    /** {@link StreamStorage#appendReserved}: the server's own bookkeeping in streams below {@code __}. */
    RESERVED_STREAMS
}
