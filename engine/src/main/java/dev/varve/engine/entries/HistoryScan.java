package dev.varve.engine.entries;

import dev.varve.engine.state.SortedTree;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the entries that stood in a range of keys right after some change, in order. What stood at a path is its last
 * version up to that change, unless a later change up to it took away all below a path above. Sees one moment. Confined to
 * one thread.
 */
final class HistoryScan implements EntryRows {

    private static final byte[] EMPTY = {};

    private final StateStore store;
    private final Overlay overlay;
    private final long atSeq;
    private final PastLeaves past;
    private final MergedCursor rows;

    /** The paths above the current one, and when all below them was last taken away. */
    private final ArrayDeque<Above> above = new ArrayDeque<>();

    private byte[] row = EMPTY;
    private boolean hasRow;
    private boolean begun;
    private byte[] key = EMPTY;
    private byte[] version = EMPTY;
    private byte[] found = EMPTY;
    private @Nullable Outdated outdated;
    private long hiddenIsGone;

    private record Above(byte[] key, long clearedSeq) {}

    /** Takes rows of which nothing can be seen at or after the moment of the scan. */
    interface Outdated {

        void gone(byte[] row) throws IOException;

        /** What it says of its own path does not count any more, but it goes on to hide what is below. */
        void onlyHides(byte[] row) throws IOException;
    }

    /**
     * A scan before the first entry.
     *
     * @param past finds what rows stand for
     * @param from the first key of an entry, inclusive
     * @param to the last one, exclusive
     * @param atSeq right after which change
     */
    HistoryScan(StateStore store, Overlay overlay, PastLeaves past, byte[] from, byte[] to, long atSeq)
            throws IOException {
        this.store = store;
        this.overlay = overlay;
        this.past = past;
        this.atSeq = atSeq;
        this.rows =
                MergedCursor.up(store, Table.ENTRY_HISTORY, overlay.history().tree(), from, to);
    }

    /**
     * Has rows told that are outdated, from now on. A row that says that all below a path was taken away is told only if that
     * was long ago: what it hides must be gone for good before it, or would come back if the work was cut short.
     *
     * @param hiddenIsGone the change up to which everything that was hidden is gone
     */
    void tellOutdated(long hiddenIsGone, Outdated listener) {
        this.hiddenIsGone = hiddenIsGone;
        this.outdated = listener;
    }

    @Override
    public boolean next() throws IOException {
        if (!begun) {
            begun = true;
            nextRow();
        }
        while (hasRow) {
            key = Keys.keyOfHistory(row);
            version = EMPTY;
            Passed passed = new Passed();
            while (hasRow && Arrays.equals(key, Keys.keyOfHistory(row))) {
                if (revision(row) <= atSeq) {
                    byte[] value = rows.value();
                    if (value.length == 0 || (version.length > 0 && revision(row) < revision(version))) {
                        passed.add(row, value.length > 0);
                    } else {
                        passed.add(version, true);
                        version = row;
                        found = value;
                    }
                }
                nextRow();
            }
            boolean visible =
                    version.length > 0 && PastLeaves.isPresent(found) && revision(version) >= clearedAbove(key);
            if (!visible) {
                passed.add(version, true);
            }
            passed.tell();
            if (visible) {
                return true;
            }
        }
        return false;
    }

    /** Rows of one path of which nothing can be seen, except maybe that they hide others. */
    private final class Passed {

        private final List<byte[]> gone = new ArrayList<>();
        private final List<byte[]> hiding = new ArrayList<>();

        void add(byte[] passed, boolean saysWhatStood) {
            if (passed.length == 0) {
                return;
            }
            if (!Keys.isClearing(passed) || revision(passed) <= hiddenIsGone) {
                gone.add(passed);
            } else if (saysWhatStood) {
                hiding.add(passed);
            }
        }

        /**
         * The earliest first: without a later row it would say again what stood there, to readers of this moment, and to all
         * if the work is cut short.
         */
        void tell() throws IOException {
            Outdated listener = outdated;
            if (listener == null) {
                return;
            }
            gone.sort(Comparator.comparingLong(HistoryScan::revision));
            hiding.sort(Comparator.comparingLong(HistoryScan::revision));
            int told = 0;
            for (byte[] hides : hiding) {
                while (told < gone.size() && revision(gone.get(told)) < revision(hides)) {
                    listener.gone(gone.get(told++));
                }
                listener.onlyHides(hides);
            }
            while (told < gone.size()) {
                listener.gone(gone.get(told++));
            }
        }
    }

    private static long revision(byte[] row) {
        return Keys.storeSeqOfHistory(row);
    }

    @Override
    public void skipTo(byte[] to) throws IOException {
        if (hasRow && Arrays.compareUnsigned(row, to) < 0) {
            rows.skipTo(to);
            nextRow();
        }
    }

    private void nextRow() throws IOException {
        hasRow = rows.next();
        row = hasRow ? rows.key() : EMPTY;
    }

    /** When all below some path above was last taken away, up to the moment of the scan; 0 for never. */
    private long clearedAbove(byte[] entry) throws IOException {
        while (!above.isEmpty() && !Keys.isAtOrAbove(above.getLast().key, entry)) {
            above.removeLast();
        }
        int known = above.isEmpty() ? 0 : above.getLast().key.length;
        long cleared = 0;
        for (Above path : above) {
            cleared = Math.max(cleared, path.clearedSeq);
        }
        for (byte[] ancestor : Keys.ancestors(entry)) {
            if (ancestor.length > known) {
                Above path = new Above(ancestor, lastClearing(ancestor));
                above.addLast(path);
                cleared = Math.max(cleared, path.clearedSeq);
            }
        }
        // A path is above its own descendants, but not above itself.
        return cleared;
    }

    private long lastClearing(byte[] path) throws IOException {
        byte[] wanted = Keys.clearing(path, atSeq);
        long last = 0;
        SortedTree floor = SortedTree.floor(overlay.history().tree(), wanted);
        if (floor != null && Keys.isSameHistory(floor.key(), wanted)) {
            last = Keys.storeSeqOfHistory(floor.key());
        }
        byte[] lowest = Keys.clearing(path, 0);
        try (StateStore.Cursor cursor =
                store.scanFromFloor(Table.ENTRY_HISTORY, lowest, wanted, Keys.clearing(path, atSeq + 1))) {
            if (cursor.next() && Keys.isSameHistory(cursor.key(), wanted)) {
                last = Math.max(last, Keys.storeSeqOfHistory(cursor.key()));
            }
        }
        return last;
    }

    @Override
    public byte[] key() {
        return key;
    }

    @Override
    public byte[] leaf() throws IOException {
        return past.leaf(version, found);
    }

    /** The change that put the current entry there. */
    long revision() {
        return revision(version);
    }

    /** The current row, if only its change says what it stands for, and the change is before another; else null. */
    byte @Nullable [] rowOfChangeBefore(long storeSeq) {
        return PastLeaves.isOfChange(found) && revision() < storeSeq ? version : null;
    }

    @Override
    public void close() {
        rows.close();
    }
}
