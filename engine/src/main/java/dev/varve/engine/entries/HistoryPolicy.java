package dev.varve.engine.entries;

import java.util.concurrent.TimeUnit;

/**
 * How much history stores keep. What both bounds let go of is compacted by itself. Immutable.
 *
 * @param changes the last so many changes are kept
 * @param millis changes younger than this are kept
 */
public record HistoryPolicy(long changes, long millis) {

    /** A hundred thousand changes, and those of the last 30 days. */
    public static final HistoryPolicy DEFAULT = new HistoryPolicy(100_000, TimeUnit.DAYS.toMillis(30));
}
