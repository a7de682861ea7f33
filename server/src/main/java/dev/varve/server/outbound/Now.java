package dev.varve.server.outbound;

import dev.varve.engine.io.Clock;
import java.util.concurrent.TimeUnit;

/**
 * One reading of both clocks: what people and log entries see, and what durations are measured with. Immutable.
 *
 * @param wallMillis milliseconds since 1970-01-01T00:00:00Z; may jump
 * @param elapsedNanos nanoseconds since some fixed moment; never jumps
 */
public record Now(long wallMillis, long elapsedNanos) {

    /**
     * Reads both.
     *
     * @param clock the time
     * @return what it says
     */
    public static Now of(Clock clock) {
        return new Now(clock.wallMillis(), clock.elapsedNanos());
    }

    /**
     * The elapsed time at which a duration ends that began at a recorded wall time. For what has just begun this is
     * the whole duration from now. For what is found in the log after a restart the time in between counts, but a wall
     * clock that was set back or forth in between never makes the rest longer than the duration or negative.
     *
     * @param startedWallMillis when it began
     * @param durationMillis how long it lasts, at least 0
     * @return the end on the elapsed clock
     */
    public long endNanos(long startedWallMillis, long durationMillis) {
        long passedMillis = Math.clamp(wallMillis - startedWallMillis, 0, durationMillis);
        return elapsedNanos + TimeUnit.MILLISECONDS.toNanos(durationMillis - passedMillis);
    }

    /**
     * Whether a moment on the elapsed clock has come.
     *
     * @param atElapsedNanos the moment
     * @return whether it is now or in the past
     */
    public boolean reached(long atElapsedNanos) {
        return atElapsedNanos - elapsedNanos <= 0;
    }
}
