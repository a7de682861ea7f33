package dev.varve.engine.entries;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.SortedTree;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The paths at which a write may put entries or take some away, and how much stood there before it: what has to be known to
 * count. Each entry belongs to one path at most: to its own if that is among them, else to the lowest of those above it of
 * which all below counts.
 *
 * <p>How much stands somewhere does not depend on what of it is in memory, and nobody else writes to a store while one of its
 * writes waits for the disk; so what was counted holds until the write is decided, whatever checkpoints do meanwhile. Confined
 * to the shard's owner, except where a method says otherwise.
 */
final class Footprint {

    /**
     * How much stood at a path.
     *
     * @param at the entry at exactly this path
     * @param below all below it that belongs to it, if that counts
     */
    record Held(Totals at, Totals below) {

        static final Held NOTHING = new Held(Totals.NONE, Totals.NONE);
    }

    /** Of more paths than this the disk's threads find out how much is there, not the owner. */
    private static final int MAX_ASKED_BY_OWNER = 64;

    /** So many entries below one path the owner counts itself. */
    private static final int MAX_COUNTED_BY_OWNER = 256;

    /** A cursor over the state goes over so many rows at most: it keeps files from going. */
    private static final int ROWS_PER_CURSOR = 10_000;

    static final StateStore NO_STATE = new MemoryStateStore();

    /** Whether all below a path counts, for each path. */
    private final NavigableMap<byte[], Boolean> paths = new TreeMap<>(Arrays::compareUnsigned);

    private Footprint() {}

    /** Of the changes of one write. */
    static Footprint of(long store, List<EntryOp> ops) {
        Footprint footprint = new Footprint();
        for (EntryOp op : ops) {
            switch (op.kind()) {
                case SET, PUT_FILE, DELETE -> footprint.add(store, op.path(), true);
                case MERGE -> {
                    if (op.value() instanceof EntryValue.Fields(Map<String, EntryValue> fields)) {
                        fields.forEach(
                                (name, field) -> footprint.add(store, op.path().child(name), !field.isWhole()));
                    }
                }
                case INCREMENT, ADD, REMOVE, LEASE, RENEW, RELEASE -> footprint.add(store, op.path(), false);
                case CHECK -> {
                    // Changes nothing.
                }
            }
        }
        return footprint;
    }

    private void add(long store, EntryPath path, boolean below) {
        paths.merge(Keys.key(store, path), below, Boolean::logicalOr);
    }

    /** When nothing stands in the store. */
    NavigableMap<byte[], Held> nothing() {
        NavigableMap<byte[], Held> all = new TreeMap<>(Arrays::compareUnsigned);
        paths.keySet().forEach(key -> all.put(key, Held.NOTHING));
        return all;
    }

    /** As far as memory tells without the disk; null when it does not. */
    @Nullable NavigableMap<byte[], Held> inMemory(StateStore state, Overlay overlay) {
        if (paths.size() > MAX_ASKED_BY_OWNER) {
            return null;
        }
        NavigableMap<byte[], Held> all = new TreeMap<>(Arrays::compareUnsigned);
        for (Map.Entry<byte[], Boolean> path : paths.entrySet()) {
            Held held = inMemory(state, overlay, path.getKey(), path.getValue());
            if (held == null) {
                return null;
            }
            all.put(path.getKey(), held);
        }
        return all;
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
    NavigableMap<byte[], Held> load(StateStore state, Overlay overlay, boolean withFiles) throws IOException {
        NavigableMap<byte[], Held> all = new TreeMap<>(Arrays::compareUnsigned);
        for (Map.Entry<byte[], Boolean> path : paths.entrySet()) {
            byte[] key = path.getKey();
            boolean cleared = overlay.isCleared(key);
            byte[] leaf = overlay.leaf(key);
            if (leaf == null && !cleared) {
                leaf = state.get(Table.ENTRY_LEAVES, key);
            }
            Totals at = leaf != null && Leaf.isPresent(leaf) ? Totals.ofLeaf(leaf) : Totals.NONE;
            Totals below = Totals.NONE;
            if (path.getValue()) {
                // There is such a row wherever something is below.
                boolean stored = !cleared && state.get(Table.ENTRY_SUBTREES, key) != null;
                if (stored || hasChangesBelow(overlay, key)) {
                    below = below(stored ? state : NO_STATE, overlay, key, withFiles, Long.MAX_VALUE);
                }
            }
            all.put(key, new Held(at, below == null ? Totals.NONE : below));
        }
        return all;
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

    /** Begins to count what the write does. */
    Ledger ledger(Totals before, NavigableMap<byte[], Held> held) {
        return new Ledger(before, paths, held);
    }
}
