package dev.varve.server;

/**
 * Where a token stands in the current minute. Immutable.
 *
 * @param limit how many requests of the kind a minute takes
 * @param remaining how many are left; below 0 when this one was too many
 * @param waitNanos how long the minute still lasts
 */
record Rate(int limit, int remaining, long waitNanos) {

    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long MINUTE_SECONDS = 60;

    boolean isExceeded() {
        return remaining < 0;
    }

    /** Whole seconds until there is more. */
    long waitSeconds() {
        return (waitNanos + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND;
    }

    long waitMillis() {
        return (waitNanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
    }

    /** The headers of every answer to whoever has a token. */
    Response on(Response response) {
        return response.header(HeaderName.RATE_LIMIT, Integer.toString(limit))
                .header(HeaderName.RATE_REMAINING, Integer.toString(Math.max(0, remaining)))
                .header(HeaderName.RATE_RESET, Long.toString(isExceeded() ? waitSeconds() : MINUTE_SECONDS));
    }
}
