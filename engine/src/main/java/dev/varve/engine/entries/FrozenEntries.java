package dev.varve.engine.entries;

import dev.varve.api.EntryWrite;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.SortedTree;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import dev.varve.engine.state.TreeCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The changes that one checkpoint writes. Written by the checkpoint's thread, then retired by the owner. */
final class FrozenEntries implements Face.Frozen {

    private static final int RETIRED_PER_STEP = 512;

    /** Up to so many rows are removed one by one; a marker for a range costs every later reader of the table something. */
    private static final int REMOVED_ONE_BY_ONE = 64;

    private static final byte[] EMPTY = {};

    /** The face's side of retiring. */
    interface Retiring {
        void begin();

        Overlay decided();

        void decided(Overlay next);

        void end();
    }

    private final StateStore state;
    private final Overlay overlay;
    private final List<Long> deletedStores;
    private final List<StoreClone> clones;
    private final byte[] nextStoreKey;
    private final long nextStore;
    private final FileIndex.Frozen files;
    private final Retiring face;

    /** Rows of stores as they are now, with the changes up to this moment. */
    private final Map<StoreState, byte[]> rows = new LinkedHashMap<>();

    private final Map<StoreState, Long> upTo = new LinkedHashMap<>();
    private final Map<StoreState, Long> compactedUpTo = new LinkedHashMap<>();

    /** Up to which change the state has each store that has changed since, by its number. */
    private final Map<Long, Long> inState = new HashMap<>();

    /** What retiring has still to go through: leaves, subtrees, history and times to live; empty before it begins. */
    private List<TreeCursor> retiring = List.of();

    FrozenEntries(
            StateStore state,
            Overlay overlay,
            Set<StoreState> changed,
            List<Long> deletedStores,
            List<StoreClone> clones,
            byte[] nextStoreKey,
            long nextStore,
            FileIndex.Frozen files,
            Retiring face) {
        this.state = state;
        this.overlay = overlay;
        this.deletedStores = deletedStores;
        this.clones = clones;
        this.nextStoreKey = nextStoreKey;
        this.nextStore = nextStore;
        this.files = files;
        this.face = face;
        for (StoreState store : changed) {
            rows.put(store, store.stored());
            upTo.put(store, store.storeSeq());
            inState.put(store.number, store.stateSeq);
            if (store.compactedSeq() > store.stateCompactedSeq) {
                compactedUpTo.put(store, store.compactedSeq());
            }
        }
    }

    @Override
    public boolean isEmpty() {
        return rows.isEmpty() && deletedStores.isEmpty();
    }

    @Override
    public void write(StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        // First of all: they are copies of what stood there before anything that this checkpoint writes.
        for (StoreClone clone : clones) {
            clone.write(state, checkpoint, pace);
        }
        for (long store : deletedStores) {
            byte[] from = Binary.key(store);
            byte[] to = Binary.key(store + 1);
            checkpoint.deleteRange(Table.ENTRY_LEAVES, from, to);
            checkpoint.deleteRange(Table.ENTRY_SUBTREES, from, to);
            checkpoint.deleteRange(Table.ENTRY_EVENTS, from, to);
            checkpoint.deleteRange(Table.ENTRY_HISTORY, from, to);
            checkpoint.deleteRange(Table.ENTRY_DEADLINES, from, to);
            checkpoint.delete(Table.ENTRY_STORES, from);
        }
        writeLeaves(checkpoint, pace);
        writeSubtrees(checkpoint, pace);
        writeHistory(checkpoint, pace);
        writeDeadlines(checkpoint, pace);
        writeEvents(checkpoint, pace);
        compact(checkpoint, pace);
        FileIndex.write(files, checkpoint);
        for (Map.Entry<StoreState, byte[]> row : rows.entrySet()) {
            checkpoint.put(Table.ENTRY_STORES, Binary.key(row.getKey().number), row.getValue());
            row.getKey().inState = true;
        }
        if (!isEmpty()) {
            checkpoint.put(Table.META, nextStoreKey, Binary.key(nextStore));
        }
    }

    @Override
    public void failed() {
        clones.forEach(StoreClone::postpone);
    }

    /** In the order of keys, so that what is cleared goes before what has been put there since. */
    private void writeLeaves(StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        TreeCursor cursor = new TreeCursor(overlay.leaves(), EMPTY, null);
        while (cursor.next()) {
            byte[] key = cursor.sharedKey();
            byte[] leaf = cursor.sharedValue();
            // Whatever has something below it has a row as a subtree: most of what is replaced has not.
            if (Leaf.clears(leaf)
                    && !isInState(key, Leaf.clearedBy(leaf))
                    && state.get(Table.ENTRY_SUBTREES, key) != null) {
                clear(checkpoint, Table.ENTRY_LEAVES, key);
                clear(checkpoint, Table.ENTRY_SUBTREES, key);
                checkpoint.delete(Table.ENTRY_SUBTREES, key);
            }
            if (Leaf.isPresent(leaf)) {
                checkpoint.put(Table.ENTRY_LEAVES, key, Leaf.plain(leaf));
            } else {
                checkpoint.delete(Table.ENTRY_LEAVES, key);
            }
            pace.step();
        }
    }

    /**
     * Whether an earlier checkpoint has written a change. What was visible when this one began may still have been decided before the
     * last one was taken out. To write such an entry again does no harm, but to clear again would hide, for a moment, what
     * only the state holds by now, and a row of history may have got a leaf of its own.
     */
    private boolean isInState(byte[] key, long storeSeq) {
        Long upToSeq = inState.get(Keys.store(key));
        return upToSeq == null || storeSeq <= upToSeq;
    }

    private void clear(StateStore.Checkpoint checkpoint, Table table, byte[] key) throws IOException {
        byte[] from = Keys.belowFrom(key);
        byte[] to = Keys.belowTo(key);
        List<byte[]> found = new ArrayList<>();
        try (StateStore.Cursor cursor = state.scan(table, from, to)) {
            while (found.size() <= REMOVED_ONE_BY_ONE && cursor.next()) {
                found.add(cursor.key());
            }
        }
        if (found.size() > REMOVED_ONE_BY_ONE) {
            checkpoint.deleteRange(table, from, to);
        } else {
            for (byte[] below : found) {
                checkpoint.delete(table, below);
            }
        }
    }

    private void writeSubtrees(StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        TreeCursor cursor = new TreeCursor(overlay.subtrees(), EMPTY, null);
        while (cursor.next()) {
            byte[] key = cursor.sharedKey();
            byte[] value = cursor.sharedValue();
            // Nobody asks for the revision of nothing, and rows of what is long gone would stay for ever.
            if (Overlay.tookAway(value) && !EntryScan.isAnythingAt(state, overlay, key)) {
                checkpoint.delete(Table.ENTRY_SUBTREES, key);
            } else {
                checkpoint.put(Table.ENTRY_SUBTREES, key, Overlay.storedSubtree(value));
            }
            pace.step();
        }
    }

    private void writeHistory(StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        TreeCursor cursor = new TreeCursor(overlay.history().tree(), EMPTY, null);
        while (cursor.next()) {
            // What an earlier one has written may meanwhile say more: a change that it needed was let go of.
            if (!isInState(cursor.sharedKey(), Keys.storeSeqOfHistory(cursor.sharedKey()))) {
                checkpoint.put(Table.ENTRY_HISTORY, cursor.sharedKey(), cursor.sharedValue());
            }
            pace.step();
        }
    }

    private void writeDeadlines(StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        TreeCursor cursor = new TreeCursor(overlay.deadlines(), EMPTY, null);
        while (cursor.next()) {
            if (cursor.sharedValue().length == 0) {
                checkpoint.delete(Table.ENTRY_DEADLINES, cursor.sharedKey());
            } else {
                checkpoint.put(Table.ENTRY_DEADLINES, cursor.sharedKey(), cursor.sharedValue());
            }
            pace.step();
        }
    }

    /**
     * Lets go of history that nobody may ask for any more: for each path all but what stood there at that time, which is
     * copied from its change if that is let go of, too.
     */
    private void compact(StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        for (Map.Entry<StoreState, Long> entry : compactedUpTo.entrySet()) {
            StoreState store = entry.getKey();
            long through = entry.getValue();
            // Nobody may read changes up to there, but writes that come again are still recognised by the last ones.
            long needed = Objects.requireNonNull(upTo.get(store)) - EntryWrite.REMEMBERED - EntryWrite.MAX_OPS;
            long unneeded = Math.min(through + 1, needed);
            byte[] from = Binary.key(store.number);
            byte[] to = Binary.key(store.number + 1);
            PastLeaves past = new PastLeaves(state, store);
            try (HistoryScan scan = new HistoryScan(state, overlay, past, from, to, through)) {
                scan.tellOutdated(store.stateCompactedSeq, new HistoryScan.Outdated() {
                    @Override
                    public void gone(byte[] row) throws IOException {
                        checkpoint.delete(Table.ENTRY_HISTORY, row);
                    }

                    @Override
                    public void onlyHides(byte[] row) throws IOException {
                        checkpoint.put(Table.ENTRY_HISTORY, row, EMPTY);
                    }
                });
                while (scan.next()) {
                    byte[] row = scan.rowOfChangeBefore(unneeded);
                    if (row != null) {
                        checkpoint.put(Table.ENTRY_HISTORY, row, scan.leaf());
                    }
                    pace.step();
                }
            }
            // Not before all history that stays can do without them.
            if (unneeded > 0) {
                checkpoint.deleteRange(
                        Table.ENTRY_EVENTS, Binary.key(store.number, 0), Binary.key(store.number, unneeded));
            }
        }
    }

    private void writeEvents(StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        for (Map.Entry<StoreState, Long> entry : upTo.entrySet()) {
            StoreState store = entry.getKey();
            for (Change change : store.recent.headMap(entry.getValue(), true).values()) {
                checkpoint.put(Table.ENTRY_EVENTS, Binary.key(store.number, change.storeSeq()), change.stored());
                pace.step();
            }
        }
    }

    @Override
    public boolean retireStep() {
        if (retiring.isEmpty()) {
            face.begin();
            upTo.forEach((store, seq) -> store.stateSeq = seq);
            retiring = List.of(
                    new TreeCursor(overlay.leaves(), EMPTY, null),
                    new TreeCursor(overlay.subtrees(), EMPTY, null),
                    new TreeCursor(overlay.history().tree(), EMPTY, null),
                    new TreeCursor(overlay.deadlines(), EMPTY, null));
            return false;
        }
        Overlay decided = face.decided();
        List<@Nullable SortedTree> trees = new ArrayList<>();
        trees.add(decided.leaves());
        trees.add(decided.subtrees());
        trees.add(decided.history().tree());
        trees.add(decided.deadlines());
        int left = RETIRED_PER_STEP;
        for (int i = 0; i < retiring.size(); i++) {
            TreeCursor cursor = retiring.get(i);
            while (left > 0 && cursor.next()) {
                trees.set(i, withoutSame(trees.get(i), cursor));
                if (i == 0) {
                    trees.set(i, withoutMark(trees.get(i), cursor));
                }
                left--;
            }
        }
        face.decided(new Overlay(trees.get(0), trees.get(1), OverlayHistory.of(trees.get(2)), trees.get(3)));
        if (left == 0) {
            return false;
        }
        upTo.forEach((store, seq) -> store.recent.headMap(seq, true).clear());
        compactedUpTo.forEach((store, seq) -> store.stateCompactedSeq = seq);
        face.end();
        return true;
    }

    /**
     * An entry that was put later at a path that had been cleared before goes on to hide all of the state below it, and with it
     * what this checkpoint has written there; so the mark goes. That of a later change stays.
     */
    private static @Nullable SortedTree withoutMark(@Nullable SortedTree tree, TreeCursor cursor) {
        long clearedBy = Leaf.clearedBy(cursor.sharedValue());
        byte[] value = clearedBy == 0 ? null : SortedTree.get(tree, cursor.sharedKey());
        return value != null && Leaf.clearedBy(value) == clearedBy
                ? SortedTree.put(tree, cursor.sharedKey(), Leaf.plain(value))
                : tree;
    }

    /** What was written since has another value, if only another array. */
    @SuppressWarnings("ReferenceEquality") // the very same array: an equal one may be of a later change
    private static @Nullable SortedTree withoutSame(@Nullable SortedTree tree, TreeCursor cursor) {
        byte[] value = SortedTree.get(tree, cursor.sharedKey());
        return value != null && value == cursor.sharedValue() ? SortedTree.remove(tree, cursor.sharedKey()) : tree;
    }
}
