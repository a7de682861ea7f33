package dev.varve.bench.histories;

import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A store between two writes. Two states are equal when the same changes led to them. Immutable, once made.
 *
 * @param seq the number of the last change
 * @param leaves what stands there, by path
 * @param touched the last change at or below a path
 * @param timed which change a set for some time became, by set
 * @param recognised what writes were answered that may come again, by name
 * @param last the last change and those before it; null when there was none
 */
record EntryState(
        long seq,
        NavigableMap<String, Leaf> leaves,
        Map<String, Long> touched,
        Map<String, Long> timed,
        Map<String, EntryAnswer.Written> recognised,
        @Nullable Node last) {

    static final EntryState EMPTY = new EntryState(0, new TreeMap<>(), Map.of(), Map.of(), Map.of(), null);

    /**
     * One entry.
     *
     * @param mayEnd whether it is a lease that may have run out by now
     */
    record Leaf(EntryValue value, EntryType type, long revision, boolean mayEnd) {

        EntryAnswer.Found found() {
            return new EntryAnswer.Found(value, type, revision);
        }

        @Nullable Long token() {
            return type == EntryType.LEASE
                            && value instanceof EntryValue.Fields(Map<String, EntryValue> fields)
                            && fields.get("token") instanceof EntryValue.Whole(long token)
                    ? Long.valueOf(token)
                    : null;
        }
    }

    /** A change and those before it. */
    static final class Node {
        final long seq;
        final EntryAnswer.Change change;
        /** The name of the write, when it may come again or ends by itself: what is recognised or expires differs then. */
        final String name;

        final @Nullable Node before;
        private final int hash;

        Node(long seq, EntryAnswer.Change change, String name, @Nullable Node before) {
            this.seq = seq;
            this.change = change;
            this.name = name;
            this.before = before;
            this.hash = (before == null ? 0 : before.hash) * 31 + change.hashCode() * 7 + name.hashCode();
        }

        @SuppressWarnings("ReferenceEquality") // where two histories share their beginning, the rest is the same
        private static boolean same(@Nullable Node one, @Nullable Node other) {
            Node left = one;
            Node right = other;
            while (left != right) {
                if (left == null
                        || right == null
                        || left.hash != right.hash
                        || !left.change.equals(right.change)
                        || !left.name.equals(right.name)) {
                    return false;
                }
                left = left.before;
                right = right.before;
            }
            return true;
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EntryState that && seq == that.seq && Node.same(last, that.last);
    }

    @Override
    public int hashCode() {
        return last == null ? 0 : last.hash;
    }

    /** What stands strictly below a path. */
    SortedMap<String, Leaf> below(String path) {
        return leaves.subMap(path + "/", path + "0");
    }

    /** The revision of all at and below a path, or null when there is nothing. */
    @Nullable Long revision(String path) {
        return leaves.containsKey(path) || !below(path).isEmpty() ? touched.get(path) : null;
    }

    /** Whether what was set for some time stands there as it was set. */
    boolean stands(EntryRequest.Expire expire) {
        Long set = timed.get(expire.set());
        return set != null && set.equals(revision(expire.path()));
    }

    /** Reads an entry or a subtree. */
    EntryAnswer read(String path) {
        Leaf leaf = leaves.get(path);
        if (leaf != null) {
            return leaf.found();
        }
        SortedMap<String, Leaf> below = below(path);
        if (below.isEmpty()) {
            return new EntryAnswer.Missing();
        }
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        below.forEach((at, field) -> fields.put(at.substring(path.length() + 1), field.value));
        return new EntryAnswer.Found(
                new EntryValue.Fields(fields), EntryType.MAP, Objects.requireNonNull(touched.get(path)));
    }

    EntryAnswer.Several readMany(List<String> paths) {
        SortedMap<String, EntryAnswer.Found> found = new TreeMap<>();
        for (String path : paths) {
            Leaf leaf = leaves.get(path);
            if (leaf != null) {
                found.put(path, leaf.found());
            }
        }
        return new EntryAnswer.Several(found);
    }

    EntryAnswer.Several list(String path) {
        SortedMap<String, EntryAnswer.Found> found = new TreeMap<>();
        (path.isEmpty() ? leaves : below(path)).forEach((at, leaf) -> found.put(at, leaf.found()));
        return new EntryAnswer.Several(found);
    }

    /** Whether the changes up to here are these. */
    boolean isResultOf(List<EntryAnswer.Change> changes) {
        if (changes.size() != seq) {
            return false;
        }
        for (Node node = last; node != null; node = node.before) {
            if (!node.change.equals(changes.get((int) node.seq - 1))) {
                return false;
            }
        }
        return true;
    }
}
