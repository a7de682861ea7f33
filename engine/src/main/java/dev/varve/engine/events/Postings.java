package dev.varve.engine.events;

import java.io.IOException;
import java.util.List;

/**
 * Positions in one direction. Each call asks for a bound at or beyond the one before. Confined to one thread.
 */
interface Postings {

    /** There is none. */
    long NONE = -1;

    /**
     * The nearest position from a bound on: the smallest one at or above it, or, for one that goes down, the greatest one at
     * or below it.
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
    static Postings allOf(List<Postings> parts) {
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        return bound -> {
            long candidate = bound;
            int agreed = 0;
            for (int i = 0; agreed < parts.size(); i = (i + 1) % parts.size()) {
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
    static Postings anyOf(List<Postings> parts, boolean down) {
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        return new Union(parts, down);
    }

    /** Remembers where each part is, so that a part far away is not asked again at each step. */
    final class Union implements Postings {
        private final List<Postings> parts;
        private final boolean down;
        private final long[] found;
        private boolean begun;

        Union(List<Postings> parts, boolean down) {
            this.parts = parts;
            this.down = down;
            this.found = new long[parts.size()];
        }

        @Override
        public long seek(long bound) throws IOException {
            long nearest = NONE;
            for (int i = 0; i < found.length; i++) {
                boolean passed = found[i] != NONE && (down ? found[i] > bound : found[i] < bound);
                if (!begun || passed) {
                    found[i] = parts.get(i).seek(bound);
                }
                if (found[i] != NONE && (nearest == NONE || (down ? found[i] > nearest : found[i] < nearest))) {
                    nearest = found[i];
                }
            }
            begun = true;
            return nearest;
        }
    }
}
