package dev.varve.engine.entries;

import dev.varve.engine.state.SortedTree;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The history in an {@link Overlay}: a tree, and rows that are not in it yet. Every change writes history and no decision reads
 * it, so new rows are only noted, and go into the tree together, when there are enough of them or somebody reads. Immutable; the
 * tree with all of them is made once, by who needs it first, and any thread may.
 */
final class OverlayHistory {

    static final OverlayHistory EMPTY = new OverlayHistory(null, null, 0, 0);

    /** So many rows are noted at most. */
    private static final int MAX_NOTED = 128;

    private static final Comparator<SortedTree.Row> BY_KEY = (a, b) -> Arrays.compareUnsigned(a.key(), b.key());

    /** A row that was noted, and those before it. */
    private record Noted(SortedTree.Row row, @Nullable Noted before) {}

    private final @Nullable SortedTree written;
    private final @Nullable Noted noted;
    private final int count;
    private final long notedBytes;

    /** With all rows. Two threads may both make it, and make the same: its nodes never change, so either will do. */
    private @Nullable SortedTree whole;

    private OverlayHistory(@Nullable SortedTree written, @Nullable Noted noted, int count, long notedBytes) {
        this.written = written;
        this.noted = noted;
        this.count = count;
        this.notedBytes = notedBytes;
    }

    static OverlayHistory of(@Nullable SortedTree tree) {
        return tree == null ? EMPTY : new OverlayHistory(tree, null, 0, 0);
    }

    /** With a row in place of one of the same key. */
    OverlayHistory put(byte[] key, byte[] value) {
        if (count == MAX_NOTED) {
            return of(tree()).put(key, value);
        }
        return new OverlayHistory(
                written,
                new Noted(new SortedTree.Row(key, value), noted),
                count + 1,
                notedBytes + SortedTree.NODE_BYTES + key.length + value.length);
    }

    /** All rows. */
    @Nullable SortedTree tree() {
        if (noted == null) {
            return written;
        }
        SortedTree all = whole;
        if (all == null) {
            all = SortedTree.putAll(written, rows());
            whole = all;
        }
        return all;
    }

    /** The rows that are not in the tree, in the order of their keys, and of each key only the last. */
    private List<SortedTree.Row> rows() {
        SortedTree.Row[] rows = new SortedTree.Row[count];
        Noted next = noted;
        for (int i = count - 1; next != null; i--) {
            rows[i] = next.row;
            next = next.before;
        }
        Arrays.sort(rows, BY_KEY); // which keeps rows of one key in their order
        int last = 0;
        for (SortedTree.Row row : rows) {
            if (last > 0 && BY_KEY.compare(rows[last - 1], row) == 0) {
                last--;
            }
            rows[last++] = row;
        }
        return Arrays.asList(rows).subList(0, last);
    }

    /** How much memory it takes, about; a little more than in a tree when rows of one key were noted. */
    long bytes() {
        return SortedTree.bytes(written) + notedBytes;
    }
}
