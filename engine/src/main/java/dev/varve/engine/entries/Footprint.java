package dev.varve.engine.entries;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.SortedTree;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The paths at which a write may put entries or take some away, and how much stood there before it: what has to be known to
 * count. Each entry belongs to one path at most: to its own if that is among them, else to the lowest of those above it of
 * which all below counts. The paths of one change do not touch each other, so for a write of one change a sum is enough.
 *
 * <p>How much stands somewhere does not depend on what of it is in memory, and nobody else writes to a store while one of its
 * writes waits for the disk; so what was counted holds until the write is decided, whatever checkpoints do meanwhile. Immutable.
 */
final class Footprint {

    /**
     * How much stood at a path.
     *
     * @param at the entry at exactly this path
     * @param below all below it that belongs to it, if that counts
     */
    record Held(Totals at, Totals below) {

        private static final Held NOTHING = new Held(Totals.NONE, Totals.NONE);
    }

    /** How much stood at all paths: in all if that is enough, else at each. */
    sealed interface Count {

        /** Begins to count what the write does. */
        Ledger ledger(Totals before);
    }

    /** In all. */
    private record Sum(Totals totals) implements Count {

        @Override
        public Ledger ledger(Totals before) {
            return new Ledger(before, totals);
        }
    }

    /** At each of a write's paths. */
    private record Each(NavigableMap<byte[], Boolean> paths, NavigableMap<byte[], Held> held) implements Count {

        @Override
        public Ledger ledger(Totals before) {
            return new Ledger(before, paths, held);
        }
    }

    /** Of more paths than this the disk's threads find out how much is there, not the owner. */
    private static final int MAX_ASKED_BY_OWNER = 64;

    /** So many entries below one path the owner counts itself. */
    private static final int MAX_COUNTED_BY_OWNER = 256;

    /** A cursor over the state goes over so many rows at most: it keeps files from going. */
    private static final int ROWS_PER_CURSOR = 10_000;

    static final StateStore NO_STATE = new MemoryStateStore();

    /** Of a write of one change; ordered as others are. */
    private static final NavigableMap<byte[], Boolean> NO_PATHS =
            Collections.unmodifiableNavigableMap(new TreeMap<>(Arrays::compareUnsigned));

    private final long store;
    private final List<EntryOp> ops;

    /** Whether all below a path counts, for each path; empty for a write of one change. */
    private final NavigableMap<byte[], Boolean> paths;

    /** Of the changes of one write. */
    Footprint(long store, List<EntryOp> ops) {
        this.store = store;
        this.ops = ops;
        this.paths = ops.size() > 1 ? new TreeMap<>(Arrays::compareUnsigned) : NO_PATHS;
        if (ops.size() > 1) {
            ops.forEach(op -> eachOf(op, (key, withBelow) -> paths.merge(key, withBelow, Boolean::logicalOr)));
        }
    }

    /** Takes a path. */
    private interface Paths<E extends Exception> {
        void take(byte[] key, boolean withBelow) throws E;
    }

    private <E extends Exception> void eachOf(EntryOp op, Paths<E> taker) throws E {
        switch (op.kind()) {
            case SET, PUT_FILE, DELETE -> taker.take(Keys.key(store, op.path()), true);
            case MERGE -> {
                for (Map.Entry<String, EntryValue> field : fields(op).entrySet()) {
                    taker.take(
                            Keys.key(store, op.path().child(field.getKey())),
                            !field.getValue().isWhole());
                }
            }
            case INCREMENT, ADD, REMOVE, LEASE, RENEW, RELEASE -> taker.take(Keys.key(store, op.path()), false);
            case CHECK -> {
                // Changes nothing.
            }
        }
    }

    /** Each path once. */
    private <E extends Exception> void each(Paths<E> taker) throws E {
        if (ops.size() == 1) {
            eachOf(ops.getFirst(), taker);
            return;
        }
        for (Map.Entry<byte[], Boolean> path : paths.entrySet()) {
            taker.take(path.getKey(), path.getValue());
        }
    }

    /** Whether a change takes the place of all at and below its path. */
    private static boolean replaces(EntryOp op) {
        return switch (op.kind()) {
            case SET, PUT_FILE, DELETE -> true;
            default -> false;
        };
    }

    private static Map<String, EntryValue> fields(EntryOp merge) {
        return merge.value() instanceof EntryValue.Fields(Map<String, EntryValue> fields) ? fields : Map.of();
    }

    private int paths() {
        return ops.size() > 1
                ? paths.size()
                : ops.getFirst().kind() == EntryOp.Kind.MERGE
                        ? fields(ops.getFirst()).size()
                        : 1;
    }

    /** Collects what stood at the paths. */
    private final class Counting {
        private final NavigableMap<byte[], Held> each = new TreeMap<>(Arrays::compareUnsigned);
        private Totals sum = Totals.NONE;
        private boolean isKnown = true;

        void add(byte[] key, @Nullable Held held) {
            if (held == null) {
                isKnown = false;
            } else if (ops.size() > 1) {
                each.put(key, held);
            } else {
                sum = sum.plus(held.at).plus(held.below);
            }
        }

        Count count() {
            return ops.size() > 1 ? new Each(paths, each) : new Sum(sum);
        }
    }

    /** When nothing stands in the store. */
    Count nothing() {
        Counting counting = new Counting();
        paths.keySet().forEach(key -> counting.add(key, Held.NOTHING));
        return counting.count();
    }

    /** As far as memory tells without the disk; null when it does not. Called by the owner. */
    @Nullable Count inMemory(StateStore state, Overlay overlay) {
        if (paths() > MAX_ASKED_BY_OWNER) {
            return null;
        }
        EntryOp only = ops.size() == 1 ? ops.getFirst() : null;
        if (only != null && replaces(only)) {
            Held held = inMemory(state, overlay, Keys.key(store, only.path()), true);
            return held == null ? null : new Sum(held.at.plus(held.below));
        }
        Counting counting = new Counting();
        each((key, withBelow) -> {
            if (counting.isKnown) {
                counting.add(key, inMemory(state, overlay, key, withBelow));
            }
        });
        return counting.isKnown ? counting.count() : null;
    }

    private @Nullable Held inMemory(StateStore state, Overlay overlay, byte[] key, boolean withBelow) {
        boolean cleared = overlay.isCleared(key);
        byte[] leaf = overlay.leaf(key);
        if (leaf == null && !cleared && !state.surelyAbsent(Table.ENTRY_LEAVES, key)) {
            leaf = state.getIfInMemory(Table.ENTRY_LEAVES, key);
            if (leaf == null) {
                return null;
            }
        }
        Totals at = leaf != null && Leaf.isPresent(leaf) ? Totals.ofLeaf(leaf) : Totals.NONE;
        if (!withBelow) {
            return new Held(at, Totals.NONE);
        }
        if (!cleared && !state.surelyAbsent(Table.ENTRY_SUBTREES, key)) {
            return null;
        }
        if (!hasChangesBelow(overlay, key)) {
            return new Held(at, Totals.NONE);
        }
        try {
            Totals below = below(NO_STATE, overlay, key, true, MAX_COUNTED_BY_OWNER);
            return below == null ? null : new Held(at, below);
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be read", e);
        }
    }

    private static boolean hasChangesBelow(Overlay overlay, byte[] key) {
        SortedTree last = SortedTree.floor(overlay.leaves(), Keys.belowTo(key));
        return last != null && Arrays.compareUnsigned(last.key(), Keys.belowFrom(key)) >= 0;
    }

    /**
     * Counts, however much there is. Reads the disk; from any thread.
     *
     * @param withFiles whether any entry of the store refers to a file
     */
    Count load(StateStore state, Overlay overlay, boolean withFiles) throws IOException {
        Counting counting = new Counting();
        Paths<IOException> loading =
                (key, withBelow) -> counting.add(key, load(state, overlay, key, withBelow, withFiles));
        each(loading);
        return counting.count();
    }

    private Held load(StateStore state, Overlay overlay, byte[] key, boolean withBelow, boolean withFiles)
            throws IOException {
        boolean cleared = overlay.isCleared(key);
        byte[] leaf = overlay.leaf(key);
        if (leaf == null && !cleared) {
            leaf = state.get(Table.ENTRY_LEAVES, key);
        }
        Totals at = leaf != null && Leaf.isPresent(leaf) ? Totals.ofLeaf(leaf) : Totals.NONE;
        Totals below = null;
        if (withBelow) {
            // There is such a row wherever something is below.
            boolean stored = !cleared && state.get(Table.ENTRY_SUBTREES, key) != null;
            if (stored || hasChangesBelow(overlay, key)) {
                below = below(stored ? state : NO_STATE, overlay, key, withFiles, Long.MAX_VALUE);
            }
        }
        return new Held(at, below == null ? Totals.NONE : below);
    }

    /** What stands below a path and belongs to it; null when that are more entries than are to be counted. */
    private @Nullable Totals below(StateStore state, Overlay overlay, byte[] key, boolean withFiles, long most)
            throws IOException {
        byte[] from = Keys.belowFrom(key);
        byte[] to = Keys.belowTo(key);
        boolean alone = paths.subMap(from, true, to, false).isEmpty();
        long entries = 0;
        long fileBytes = 0;
        while (true) {
            try (EntryScan scan = EntryScan.up(state, overlay, from, to)) {
                int rows = 0;
                while (rows < ROWS_PER_CURSOR) {
                    if (!scan.next()) {
                        return new Totals(entries, fileBytes);
                    }
                    rows++;
                    // The first key after this one.
                    from = Arrays.copyOf(scan.key(), scan.key().length + 1);
                    byte[] other = alone ? null : countedApart(key, scan.key());
                    if (other != null) {
                        if (other.length < scan.key().length) {
                            from = Keys.belowTo(other);
                            scan.skipTo(from);
                        }
                        continue;
                    }
                    if (++entries > most) {
                        return null;
                    }
                    if (withFiles) {
                        fileBytes += Totals.ofLeaf(scan.leaf()).fileBytes();
                    }
                }
            }
        }
    }

    /** The path between another and what was found below it, or that itself, to which it belongs; null for none. */
    private byte @Nullable [] countedApart(byte[] key, byte[] found) {
        for (byte[] ancestor : Keys.ancestors(found)) {
            if (ancestor.length > key.length && paths.getOrDefault(ancestor, false)) {
                return ancestor;
            }
        }
        return paths.containsKey(found) ? found : null;
    }
}
