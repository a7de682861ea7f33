package dev.varve.api.spi;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before trying again: doubling from 100 ms to 5 s, each wait drawn from its upper half so that many
 * clients of a server that comes back do not return in step. Confined to one thread at a time.
 *
 * <pre>{@code
 * Backoff backoff = new Backoff();
 * boolean appended = false;
 * while (!appended) {
 *     try {
 *         streams.append("log", "hello\n".getBytes(UTF_8));
 *         appended = true;
 *     } catch (VarveException e) {
 *         if (!e.retryable()) {
 *             throw e;
 *         }
 *         Thread.sleep(backoff.next(e.retryAfter()).toMillis());
 *     }
 * }
 * }</pre>
 */
public final class Backoff {
    private static final long FIRST_MILLIS = 100;
    private static final long LONGEST_MILLIS = 5_000;
    private static final Duration LONGEST_ASKED = Duration.ofHours(1);

    private int failures;

    /** Nothing has failed yet. */
    public Backoff() {}

    /**
     * The wait after one more failure.
     *
     * @param asked what the other side asked for
     * @return at least that, but not more than an hour
     */
    public Duration next(Optional<Duration> asked) {
        long ceiling = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(failures, 10));
        failures++;
        Duration own =
                Duration.ofMillis(ceiling / 2 + ThreadLocalRandom.current().nextLong(ceiling / 2 + 1));
        return asked.map(wait -> wait.compareTo(LONGEST_ASKED) < 0 ? wait : LONGEST_ASKED)
                .filter(wait -> wait.compareTo(own) > 0)
                .orElse(own);
    }

    /** The next wait is a first one again. */
    public void succeeded() {
        failures = 0;
    }
}
