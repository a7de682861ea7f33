package dev.varve.engine.shard;

import dev.varve.engine.io.Clock;

/**
 * The engine's own time: the wall clock at the start, or the time up to which the log has come when that is later, plus
 * what has elapsed since. So it never jumps while the engine runs and never runs backwards. A deadline that was given in wall time has passed only when this time and the wall clock both say so:
 * neither a clock that jumps ahead nor one that was ahead and is set back makes anything end early. Thread-safe.
 */
public final class EngineTime {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Clock clock;
    private volatile long startMillis;
    private final long startNanos;

    /**
     * Starts the time now.
     *
     * @param clock the machine's clocks
     */
    public EngineTime(Clock clock) {
        this.clock = clock;
        this.startMillis = clock.wallMillis();
        this.startNanos = clock.elapsedNanos();
    }

    /** Moves the time ahead to one that was given before the engine started. Called while a shard is being opened. */
    void startNotBefore(long millis) {
        startMillis = Math.max(startMillis, millis);
    }

    /**
     * The time now.
     *
     * @return milliseconds since 1970-01-01T00:00:00Z
     */
    public long millis() {
        return startMillis + (clock.elapsedNanos() - startNanos) / NANOS_PER_MILLI;
    }

    /**
     * The time at which this engine started.
     *
     * @return milliseconds since 1970-01-01T00:00:00Z
     */
    public long startMillis() {
        return startMillis;
    }

    /**
     * Whether a deadline in wall time has passed.
     *
     * @param deadlineMillis milliseconds since 1970-01-01T00:00:00Z
     * @return true when it has passed for certain
     */
    public boolean hasPassed(long deadlineMillis) {
        return millis() >= deadlineMillis && clock.wallMillis() >= deadlineMillis;
    }

    /**
     * A clock for durations.
     *
     * @return nanoseconds since some fixed moment
     */
    public long elapsedNanos() {
        return clock.elapsedNanos();
    }
}
