package dev.varve.server;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Cursors of live answers (protocol section 10.1): the number of the current 20-second interval since
 * 2024-10-09T00:00:00Z. A client that already has it, or a later one, gets one that is ahead by a random step, so that
 * a cache never hands the same answer out again and again. Stateless.
 */
final class Cursor {

    private static final long EPOCH_MILLIS = 1_728_432_000_000L;
    private static final long INTERVAL_MILLIS = 20_000;
    private static final int MAX_STEP_SECONDS = 3_600;
    private static final int MAX_DIGITS = 17;

    private Cursor() {}

    static long current(long wallMillis) {
        return Math.max(0, (wallMillis - EPOCH_MILLIS) / INTERVAL_MILLIS);
    }

    /** The cursor for an answer to a client that sent one, or none. */
    static long next(@Nullable String sent, long wallMillis, RandomGenerator random) {
        long current = current(wallMillis);
        if (sent == null || sent.length() > MAX_DIGITS || !Request.isDigits(sent)) {
            return current;
        }
        long client = Long.parseLong(sent);
        if (client < current) {
            return current;
        }
        int stepSeconds = 1 + random.nextInt(MAX_STEP_SECONDS);
        long interval = INTERVAL_MILLIS / 1000;
        return client + Math.max(1, (stepSeconds + interval - 1) / interval);
    }
}
