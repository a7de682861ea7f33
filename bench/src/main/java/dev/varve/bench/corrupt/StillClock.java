package dev.varve.bench.corrupt;

import dev.varve.engine.io.Clock;

/** A clock that moves when told to, so that a store is built alike each time. Confined to one thread. */
final class StillClock implements Clock {

    private static final long NANOS_PER_MILLI = 1_000_000;

    /** The first of January 2026, 00:00 UTC. */
    private static final long START_MILLIS = 1_767_225_600_000L;

    private long millis;

    void advance(long more) {
        millis += more;
    }

    @Override
    public long wallMillis() {
        return START_MILLIS + millis;
    }

    @Override
    public long elapsedNanos() {
        return millis * NANOS_PER_MILLI;
    }
}
