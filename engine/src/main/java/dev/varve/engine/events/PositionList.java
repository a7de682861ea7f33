package dev.varve.engine.events;

import java.util.Arrays;

/** Ascending positions in memory. One thread adds; anyone may read what a visible head covers. */
final class PositionList {

    private volatile long[] positions = new long[2];
    private volatile int size;

    /** Called by the owner, with a greater one each time. */
    void add(long position) {
        long[] array = positions;
        int count = size;
        if (count == array.length) {
            array = Arrays.copyOf(array, 2 * count);
            positions = array;
        }
        array[count] = position;
        size = count + 1;
    }

    int size() {
        return size;
    }

    long get(int index) {
        return positions[index];
    }

    /** The smallest position from a bound on; -1 when there is none. */
    long ceiling(long from) {
        int count = size;
        int index = Arrays.binarySearch(positions, 0, count, from);
        int at = index >= 0 ? index : -index - 1;
        return at < count ? positions[at] : -1;
    }

    /** The greatest position up to a bound; -1 when there is none. */
    long floor(long upTo) {
        int count = size;
        int index = Arrays.binarySearch(positions, 0, count, upTo);
        int at = index >= 0 ? index : -index - 2;
        return at >= 0 ? positions[at] : -1;
    }
}
