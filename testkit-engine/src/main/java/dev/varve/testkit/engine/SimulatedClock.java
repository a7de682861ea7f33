package dev.varve.testkit.engine;

import dev.varve.engine.io.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that moves when it is told to. Thread-safe. */
public final class SimulatedClock implements Clock {

    private static final long START_WALL_MILLIS = 1_750_000_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000L;

    private final AtomicLong wallMillis = new AtomicLong(START_WALL_MILLIS);
    private final AtomicLong elapsedNanos = new AtomicLong();

    /** Creates a clock at a fixed moment. */
    public SimulatedClock() {}

    @Override
    public long wallMillis() {
        return wallMillis.get();
    }

    @Override
    public long elapsedNanos() {
        return elapsedNanos.get();
    }

    /**
     * Lets time pass.
     *
     * @param millis how much, not negative
     */
    public void advanceMillis(long millis) {
        if (millis < 0) {
            throw new IllegalArgumentException("time does not pass backwards; use jumpWall");
        }
        wallMillis.addAndGet(millis);
        elapsedNanos.addAndGet(millis * NANOS_PER_MILLI);
    }

    /**
     * Sets the wall clock without time passing, as an operator or a time server may.
     *
     * @param millis how far, in either direction
     */
    public void jumpWall(long millis) {
        wallMillis.addAndGet(millis);
    }
}
