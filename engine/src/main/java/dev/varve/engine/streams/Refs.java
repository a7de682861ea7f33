package dev.varve.engine.streams;

import java.util.Arrays;

/**
 * Where in the journal a stream's data since the last checkpoint stands: one entry per append, in stream order.
 * Immutable to readers: a longer list shares the arrays of the shorter one, whose readers never look beyond their count.
 * Only the shard's owner makes longer ones, and always from the longest.
 *
 * <p>A stream of few appends has one small array that grows. One of many has blocks, so that growing copies none of the
 * entries, no array is large, and what a checkpoint has written goes block by block.
 */
final class Refs {

    static final int BLOCK_ENTRIES = 256;

    private static final int WIDTH = 3;
    private static final int INITIAL_ENTRIES = 1;
    private static final int MIN_FULL_BLOCKS = 4;
    private static final int ARRAY_HEADER_BYTES = 16;
    private static final int POINTER_BYTES = 4;
    private static final int BLOCK_BYTES = bytes(BLOCK_ENTRIES * WIDTH) + POINTER_BYTES;
    private static final long[][] NO_BLOCKS = {};

    static final Refs NONE = new Refs(NO_BLOCKS, 0, new long[0], 0, 0, 0);

    /** Blocks of {@link #BLOCK_ENTRIES} before the last; beyond the count they belong to longer lists. */
    private final long[][] full;

    private final int fullBlocks;

    /** Per entry: stream position after the append; journal position of the frame; frame bytes and effect offset. */
    private final long[] last;

    /** How many entries of the first block a checkpoint has written already. */
    private final int skipped;

    private final int count;
    /** The stream position where the first entry's data starts. */
    private final long start;

    private Refs(long[][] full, int fullBlocks, long[] last, int skipped, int count, long start) {
        this.full = full;
        this.fullBlocks = fullBlocks;
        this.last = last;
        this.skipped = skipped;
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

    /** How much memory the entries take. */
    long bytes() {
        return (long) fullBlocks * BLOCK_BYTES + lastBytes();
    }

    /** How much of it does not lie in full blocks, and is copied when it grows. */
    int lastBytes() {
        return last.length == 0 ? 0 : bytes(last.length);
    }

    private static int bytes(int longs) {
        return ARRAY_HEADER_BYTES + longs * Long.BYTES;
    }

    private long field(int i, int field) {
        int entry = skipped + i;
        int block = entry / BLOCK_ENTRIES;
        long[] entries = block < fullBlocks ? full[block] : last;
        return entries[entry % BLOCK_ENTRIES * WIDTH + field];
    }

    /** The stream position after append {@code i}. */
    long end(int i) {
        return field(i, 0);
    }

    /** The journal position of the frame that holds append {@code i}. */
    long framePosition(int i) {
        return field(i, 1);
    }

    /** The length of that frame, with header and padding. */
    int frameBytes(int i) {
        return (int) (field(i, 2) >>> 32);
    }

    /** Where the effect stands in that frame's body. */
    int effectOffset(int i) {
        return (int) field(i, 2);
    }

    Refs with(long from, long end, long framePosition, int frameBytes, int effectOffset) {
        long[][] blocks = full;
        int blockCount = fullBlocks;
        long[] target = last;
        int at = (skipped + count - blockCount * BLOCK_ENTRIES) * WIDTH;
        if (at == BLOCK_ENTRIES * WIDTH) {
            blocks = withBlock(target);
            blockCount++;
            target = new long[BLOCK_ENTRIES * WIDTH];
            at = 0;
        } else if (at == target.length) {
            int entries = Math.min(BLOCK_ENTRIES, Math.max(INITIAL_ENTRIES, 2 * at / WIDTH));
            target = Arrays.copyOf(target, entries * WIDTH);
        }
        target[at] = end;
        target[at + 1] = framePosition;
        target[at + 2] = (long) frameBytes << 32 | effectOffset;
        return new Refs(blocks, blockCount, target, skipped, count + 1, count == 0 ? from : start);
    }

    private long[][] withBlock(long[] block) {
        long[][] blocks = full;
        if (fullBlocks == blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(MIN_FULL_BLOCKS, fullBlocks * 2));
        }
        blocks[fullBlocks] = block;
        return blocks;
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
        int left = count - first;
        long startLeft = end(first - 1);
        int block = (skipped + first) / BLOCK_ENTRIES;
        int skip = (skipped + first) % BLOCK_ENTRIES;
        if (block == fullBlocks) {
            long[] rest = Arrays.copyOfRange(last, skip * WIDTH, (skip + left) * WIDTH);
            return new Refs(NO_BLOCKS, 0, rest, 0, left, startLeft);
        }
        long[][] rest = Arrays.copyOfRange(full, block, fullBlocks);
        return new Refs(rest, rest.length, last, skip, left, startLeft);
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
