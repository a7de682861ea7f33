package dev.varve.engine.io;

/** Where time comes from. Thread-safe. */
public interface Clock {

    /**
     * The wall clock, which may jump in either direction.
     *
     * @return milliseconds since 1970-01-01T00:00:00Z
     */
    long wallMillis();

    /**
     * A clock that never jumps, for durations only.
     *
     * @return nanoseconds since some fixed moment
     */
    long elapsedNanos();
}
