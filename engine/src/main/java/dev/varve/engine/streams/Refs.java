package dev.varve.engine.streams;

import java.util.Arrays;

/**
 * Where in the journal a stream's data since the last checkpoint stands: one entry per append, in stream order.
 * Immutable to readers: a longer list shares the array of the shorter one, whose readers never look beyond their count.
 * Only the shard's owner makes longer ones, and always from the longest.
 */
final class Refs {

    static final Refs NONE = new Refs(new long[0], 0, 0);

    private static final int WIDTH = 3;
    private static final int INITIAL_ENTRIES = 2;

    /** Per entry: stream position after the append; journal position of the frame; frame bytes and effect offset. */
    private final long[] entries;

    private final int count;
    /** The stream position where the first entry's data starts. */
    private final long start;

    private Refs(long[] entries, int count, long start) {
        this.entries = entries;
        this.count = count;
        this.start = start;
    }

    /** The stream position where the first entry's data starts. */
    long start() {
        return start;
    }

    /** Whether the journal holds the data at a stream position and all that follows it. */
    boolean covers(long position) {
        return count > 0 && position >= start;
    }

    int count() {
        return count;
    }

    /** The stream position after append {@code i}. */
    long end(int i) {
        return entries[i * WIDTH];
    }

    /** The journal position of the frame that holds append {@code i}. */
    long framePosition(int i) {
        return entries[i * WIDTH + 1];
    }

    /** The length of that frame, with header and padding. */
    int frameBytes(int i) {
        return (int) (entries[i * WIDTH + 2] >>> 32);
    }

    /** Where the effect stands in that frame's body. */
    int effectOffset(int i) {
        return (int) entries[i * WIDTH + 2];
    }

    Refs with(long from, long end, long framePosition, int frameBytes, int effectOffset) {
        long[] target = entries;
        int at = count * WIDTH;
        if (at == target.length) {
            target = Arrays.copyOf(target, Math.max(INITIAL_ENTRIES * WIDTH, at * 2));
        }
        target[at] = end;
        target[at + 1] = framePosition;
        target[at + 2] = (long) frameBytes << 32 | effectOffset;
        return new Refs(target, count + 1, count == 0 ? from : start);
    }

    /** The entries whose data lies beyond a stream position. */
    Refs after(long position) {
        int first = firstEndingAfter(position);
        if (first == 0) {
            return this;
        }
        if (first == count) {
            return NONE;
        }
        return new Refs(Arrays.copyOfRange(entries, first * WIDTH, count * WIDTH), count - first, end(first - 1));
    }

    /** The first append that ends after a stream position; the count when there is none. */
    int firstEndingAfter(long position) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (end(middle) > position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
