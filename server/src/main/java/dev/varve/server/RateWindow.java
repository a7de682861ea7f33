package dev.varve.server;

import java.util.concurrent.atomic.AtomicLong;

/** How many requests of one kind a token has made in the current minute. Thread-safe. */
final class RateWindow {

    private static final int COUNT_BITS = 31;
    private static final long COUNT = (1L << COUNT_BITS) - 1;

    /** The number of the minute, then the count. */
    private final AtomicLong state = new AtomicLong();

    /**
     * Counts a request, unless the minute's share is used up.
     *
     * @return how many are left after this one; -1 when it was not counted
     */
    int take(long minute, int limit) {
        while (true) {
            long seen = state.get();
            long count = seen >>> COUNT_BITS == minute ? seen & COUNT : 0;
            if (count >= limit) {
                return -1;
            }
            if (state.compareAndSet(seen, minute << COUNT_BITS | (count + 1))) {
                return (int) (limit - count - 1);
            }
        }
    }
}
