package dev.varve.engine.io;

/** The machine's clocks. */
public final class SystemClock implements Clock {

    /** Creates the clock. */
    public SystemClock() {}

    @Override
    public long wallMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public long elapsedNanos() {
        return System.nanoTime();
    }
}
