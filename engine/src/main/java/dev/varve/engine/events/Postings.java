package dev.varve.engine.events;

import java.io.IOException;
import java.util.List;

/**
 * Positions in one direction. Each call asks for a bound at or beyond the one before. Of one thread at a time.
 */
interface Postings {

    /** There is none. */
    long NONE = -1;

    /**
     * The nearest position from a bound on: the smallest one at or above it, or, for one that goes down, the greatest one at
     * or below it.
     *
     * <p>When the {@link Work} is done, those of several stop short: what they give then may not be one, but there is none before it. So whoever
     * asks looks at what stands there, and asks on behind it.
     *
     * @param bound where to look
     * @return the position, or {@link #NONE}
     */
    long seek(long bound) throws IOException;

    /** Every position. */
    static Postings every() {
        return bound -> bound < 0 ? NONE : bound;
    }

    /** Positions that all of several have. */
    static Postings allOf(List<Postings> parts, Work work) {
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        return bound -> {
            long candidate = bound;
            int agreed = 0;
            for (int i = 0; agreed < parts.size(); i = (i + 1) % parts.size()) {
                if (work.isDone() && candidate != bound) {
                    return candidate;
                }
                long found = parts.get(i).seek(candidate);
                if (found == NONE) {
                    return NONE;
                }
                agreed = found == candidate ? agreed + 1 : 1;
                candidate = found;
            }
            return candidate;
        };
    }

    /** Positions that at least one of several has. */
    static Postings anyOf(List<Postings> parts, boolean down, Work work) {
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        return new Union(parts, down, work);
    }

    /** Remembers where each part is, so that a part far away is not asked again at each step. */
    final class Union implements Postings {
        private final List<Postings> parts;
        private final boolean down;
        private final Work work;
        private final long[] found;

        /** So many parts have been asked at all. */
        private int begun;

        Union(List<Postings> parts, boolean down, Work work) {
            this.parts = parts;
            this.down = down;
            this.work = work;
            this.found = new long[parts.size()];
        }

        @Override
        public long seek(long bound) throws IOException {
            long nearest = NONE;
            for (int i = 0; i < found.length; i++) {
                boolean passed = i >= begun || (found[i] != NONE && (down ? found[i] > bound : found[i] < bound));
                if (passed) {
                    found[i] = parts.get(i).seek(bound);
                    begun = Math.max(begun, i + 1);
                }
                if (found[i] != NONE && (nearest == NONE || (down ? found[i] > nearest : found[i] < nearest))) {
                    nearest = found[i];
                }
                if (passed && work.isDone() && begun < found.length) {
                    return bound; // what was not asked yet may have it
                }
            }
            return nearest;
        }
    }
}
