package dev.varve.engine.entries;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.SortedTree;
import dev.varve.engine.state.TreeCursor;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What has changed since the state was last written, for all stores, at one moment. Immutable: every change gives a new
 * one that shares what it did not touch, so that readers hold a moment for nothing.
 *
 * @param leaves paths to {@link Leaf}s and to marks of what was taken away
 * @param subtrees paths with something below them, to the revision of all that is below, and whether a change took
 *     something away
 * @param history where which change put something, as {@link PastLeaves} has it, and where all below was taken away
 * @param deadlines times to live, to the revision that they are about; nothing for those that have passed
 */
record Overlay(
        @Nullable SortedTree leaves,
        @Nullable SortedTree subtrees,
        OverlayHistory history,
        @Nullable SortedTree deadlines) {

    static final Overlay EMPTY = new Overlay(null, null, OverlayHistory.EMPTY, null);

    private static final byte[] NOTHING = {};

    private static final byte TOOK_AWAY = 1;

    /** What is known of exactly this path: an entry, a mark, or null for nothing. */
    byte @Nullable [] leaf(byte[] key) {
        return SortedTree.get(leaves, key);
    }

    /** Whether what the state holds at or below a path does not count, because of a change at the path or above it. */
    boolean isCleared(byte[] key) {
        return isClearedAt(key) || clearedAbove(key) != null;
    }

    private boolean isClearedAt(byte[] key) {
        byte[] mark = leaf(key);
        return mark != null && Leaf.clears(mark);
    }

    /** The path at or above this one from which on the state does not count; null when it does. */
    byte @Nullable [] clearedAt(byte[] key) {
        byte[] above = clearedAbove(key);
        return above != null || !isClearedAt(key) ? above : key;
    }

    private byte @Nullable [] clearedAbove(byte[] key) {
        if (leaves == null) {
            return null;
        }
        for (byte[] ancestor : Keys.ancestors(key)) {
            if (isClearedAt(ancestor)) {
                return ancestor;
            }
        }
        return null;
    }

    /** Whether an entry that has changed stands below a path. */
    boolean hasBelow(byte[] key) {
        TreeCursor cursor = new TreeCursor(leaves, Keys.belowFrom(key), Keys.belowTo(key));
        while (cursor.next()) {
            if (Leaf.isPresent(cursor.sharedValue())) {
                return true;
            }
        }
        return false;
    }

    /** The revision of what is below a path as far as it has changed, or 0. */
    long subtreeRevision(byte[] key) {
        byte[] value = SortedTree.get(subtrees, key);
        return value == null ? 0 : revision(value);
    }

    static long revision(byte[] subtree) {
        return ByteBuffer.wrap(subtree).getLong();
    }

    static boolean tookAway(byte[] subtree) {
        return subtree[Long.BYTES] == TOOK_AWAY;
    }

    /** A row as the state keeps it. */
    static byte[] storedSubtree(byte[] subtree) {
        return ByteBuffer.allocate(Long.BYTES).putLong(revision(subtree)).array();
    }

    /** How much memory it takes, about. */
    long bytes() {
        return SortedTree.bytes(leaves) + SortedTree.bytes(subtrees) + history.bytes() + SortedTree.bytes(deadlines);
    }

    /** How much memory that of one store takes, about. */
    long bytes(long store) {
        byte[] from = Binary.key(store);
        byte[] to = Binary.key(store + 1);
        return SortedTree.bytes(leaves, from, to)
                + SortedTree.bytes(subtrees, from, to)
                + SortedTree.bytes(history.tree(), from, to)
                + SortedTree.bytes(deadlines, from, to);
    }

    /** Without a store. */
    Overlay without(long store) {
        byte[] from = ByteBuffer.allocate(Long.BYTES).putLong(store).array();
        byte[] to = ByteBuffer.allocate(Long.BYTES).putLong(store + 1).array();
        return new Overlay(
                SortedTree.removeRange(leaves, from, to),
                SortedTree.removeRange(subtrees, from, to),
                OverlayHistory.of(SortedTree.removeRange(history.tree(), from, to)),
                SortedTree.removeRange(deadlines, from, to));
    }

    /** Without a time to live. */
    Overlay withoutDeadline(byte[] deadline) {
        return new Overlay(leaves, subtrees, history, SortedTree.put(deadlines, deadline, NOTHING.clone()));
    }

    /** Applies a change. */
    Overlay after(long store, Change change) {
        EntryEvent event = change.event();
        EntryPath path = event.path();
        EntryValue value = event.value();
        byte[] key = Keys.key(store, path);
        Building next = new Building(store, event.storeSeq());
        switch (event.kind()) {
            case SET, PUT_FILE -> {
                EntryValue given = required(value);
                if (given.isWhole()) {
                    next.replace(key, change.leafInPlace(given));
                } else if (change.found() || !isNothing(given)) {
                    next.clear(key);
                    next.put(path, given);
                }
            }
            case DELETE -> {
                if (change.found()) {
                    next.clear(key);
                    next.touchAbove(key, true);
                }
            }
            case MERGE -> {
                ((EntryValue.Fields) required(value)).fields().forEach((name, field) -> {
                    EntryPath child = path.child(name);
                    if (isNothing(field) && !change.found()) {
                        return;
                    }
                    if (!field.isWhole()) {
                        next.clear(Keys.key(store, child));
                    }
                    next.put(child, field);
                });
            }
            case INCREMENT -> next.putLeaf(key, EntryType.COUNTER, required(value));
            case ADD, REMOVE -> next.putLeaf(key, EntryType.SET, required(value));
            case LEASE, RENEW -> next.putLeaf(key, EntryType.LEASE, required(value));
            case RELEASE -> {
                next.removeLeaf(key);
                next.touchAbove(key, true);
                // What stands below stays, and has lost what stood above it.
                next.touch(key, true);
            }
            case CHECK -> throw new IllegalStateException("a check changes nothing");
        }
        SortedTree newDeadlines = change.expiresAtMillis() == 0
                ? deadlines
                : SortedTree.put(
                        deadlines, Keys.deadline(store, change.expiresAtMillis(), path), Binary.key(event.storeSeq()));
        return new Overlay(next.newLeaves, next.newSubtrees, next.newHistory, newDeadlines);
    }

    /** Whether setting this stores nothing. */
    static boolean isNothing(@Nullable EntryValue value) {
        return value instanceof EntryValue.Fields(Map<String, EntryValue> fields)
                && !value.isWhole()
                && fields.values().stream().allMatch(Overlay::isNothing);
    }

    private static EntryValue required(@Nullable EntryValue value) {
        if (value == null) {
            throw new IllegalArgumentException("a change without the value it needs");
        }
        return value;
    }

    /** The next overlay while it is being made. */
    private final class Building {
        private final long store;
        private final long revision;
        private @Nullable SortedTree newLeaves = leaves;
        private @Nullable SortedTree newSubtrees = subtrees;
        private OverlayHistory newHistory = history;

        Building(long store, long revision) {
            this.store = store;
            this.revision = revision;
        }

        /** Takes away everything at and below a path. */
        void clear(byte[] key) {
            put(key, Leaf.absent(revision), PastLeaves.NOTHING);
        }

        /** Puts an entry in place of everything at and below a path. */
        void replace(byte[] key, byte[] leaf) {
            put(key, leaf, PastLeaves.OF_CHANGE);
            touchAbove(key, false);
        }

        private void put(byte[] key, byte[] leaf, byte[] past) {
            byte[] from = Keys.belowFrom(key);
            byte[] to = Keys.belowTo(key);
            newLeaves = SortedTree.put(SortedTree.removeRange(newLeaves, from, to), key, leaf);
            newSubtrees = SortedTree.remove(SortedTree.removeRange(newSubtrees, from, to), key);
            newHistory = newHistory.put(Keys.clearing(key, revision), past);
        }

        /** Puts a value, or each of an object's. */
        void put(EntryPath path, EntryValue value) {
            if (isNothing(value)) {
                touchAbove(Keys.key(store, path), true);
            }
            Flattened.each(path, value, (at, leaf) -> putLeaf(Keys.key(store, at), EntryType.of(leaf), leaf));
        }

        void putLeaf(byte[] key, EntryType type, EntryValue value) {
            long clearedBy = clearedBy(key);
            byte[] leaf = Leaf.present(type, revision, value);
            newLeaves = SortedTree.put(newLeaves, key, clearedBy == 0 ? leaf : Leaf.clearing(leaf, clearedBy));
            newHistory = newHistory.put(Keys.version(key, revision), PastLeaves.OF_CHANGE);
            touchAbove(key, false);
        }

        void removeLeaf(byte[] key) {
            newLeaves = SortedTree.put(newLeaves, key, Leaf.absent(clearedBy(key)));
            newHistory = newHistory.put(Keys.version(key, revision), PastLeaves.NOTHING);
        }

        private long clearedBy(byte[] key) {
            byte[] before = SortedTree.get(newLeaves, key);
            return before == null ? 0 : Leaf.clearedBy(before);
        }

        /** Everything above has something new below it. */
        void touchAbove(byte[] key, boolean tookAway) {
            for (byte[] ancestor : Keys.ancestors(key)) {
                touch(ancestor, tookAway);
            }
        }

        void touch(byte[] key, boolean tookAway) {
            byte[] before = SortedTree.get(newSubtrees, key);
            boolean marked = tookAway || (before != null && tookAway(before));
            if (before != null && revision(before) == revision && tookAway(before) == marked) {
                return;
            }
            byte[] value = ByteBuffer.allocate(Long.BYTES + 1)
                    .putLong(revision)
                    .put(marked ? TOOK_AWAY : 0)
                    .array();
            newSubtrees = SortedTree.put(newSubtrees, key, value);
        }
    }
}
