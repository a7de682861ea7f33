package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Entries below one path, by the next name of their paths. What changes it gives another one that shares most with it. Immutable;
 * thread-safe.
 */
final class LiveNode {

    static final LiveNode EMPTY = new LiveNode(null, null, 0);

    /** Entries whose paths end with the name. */
    final @Nullable NameTree<Entry> leaves;
    /** What stands below the name. */
    final @Nullable NameTree<LiveNode> below;

    private final int size;
    /** What was put together once is the same for ever; threads that do not see it put it together again. */
    private EntryValue.@Nullable Fields object;

    private LiveNode(@Nullable NameTree<Entry> leaves, @Nullable NameTree<LiveNode> below, int size) {
        this.leaves = leaves;
        this.below = below;
        this.size = size;
    }

    /** The names of a path as they are written. */
    static List<String> names(EntryPath path) {
        String written = path.toString();
        return written.indexOf('~') < 0 ? path.segments() : Arrays.asList(written.split("/"));
    }

    /** How many entries there are. */
    int size() {
        return size;
    }

    private boolean isEmpty() {
        return size == 0;
    }

    // ---- reading

    @Nullable Entry leaf(String name) {
        return NameTree.get(leaves, name, false);
    }

    @Nullable LiveNode below(String name) {
        return NameTree.get(below, name, true);
    }

    /** The node in which the last name of a path stands, or null. */
    @Nullable LiveNode holder(List<String> names) {
        LiveNode at = this;
        for (int i = 0; i < names.size() - 1 && at != null; i++) {
            at = at.below(names.get(i));
        }
        return at;
    }

    /** Goes through both kinds of names in the order of paths. */
    Iterator<NameTree<?>> inOrder() {
        return new NamesInOrder(NameTree.from(leaves, name -> true), NameTree.from(below, name -> true));
    }

    /** All as one object. An entry hides what stands below its path: the object has no place for both. */
    EntryValue.Fields object() {
        EntryValue.Fields known = object;
        if (known == null) {
            known = new EntryValue.Fields(fields());
            object = known;
        }
        return known;
    }

    private Map<String, EntryValue> fields() {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (Iterator<NameTree<?>> all = inOrder(); all.hasNext(); ) {
            NameTree<?> next = all.next();
            if (next.value instanceof Entry entry) {
                fields.put(unescaped(next.name), entry.value());
            } else if (next.value instanceof LiveNode node) {
                String name = unescaped(next.name);
                if (!fields.containsKey(name)) {
                    fields.put(name, node.object());
                }
            }
        }
        return fields;
    }

    private static String unescaped(String name) {
        return name.indexOf('~') < 0 ? name : name.replace("~1", "/").replace("~0", "~");
    }

    // ---- changing

    /** With an entry in place of the one at its path, beside what stands below. */
    LiveNode with(Entry entry) {
        return with(names(entry.path()), 0, entry);
    }

    private LiveNode with(List<String> names, int depth, Entry entry) {
        String name = names.get(depth);
        if (depth == names.size() - 1) {
            int more = leaf(name) == null ? 1 : 0;
            return new LiveNode(NameTree.with(leaves, name, entry, false), below, size + more);
        }
        LiveNode old = below(name);
        return withBelow(name, old, (old == null ? EMPTY : old).with(names, depth + 1, entry));
    }

    private LiveNode withBelow(String name, @Nullable LiveNode old, LiveNode changed) {
        if (changed == old) {
            return this;
        }
        int before = old == null ? 0 : old.size;
        return new LiveNode(
                leaves,
                changed.isEmpty() ? NameTree.without(below, name, true) : NameTree.with(below, name, changed, true),
                size - before + changed.size);
    }

    /** Without what stands at exactly a path. */
    LiveNode withoutLeaf(EntryPath path) {
        return without(names(path), 0, false);
    }

    /** Without what stands at a path and below it. */
    LiveNode without(EntryPath path) {
        return without(names(path), 0, true);
    }

    private LiveNode without(List<String> names, int depth, boolean descendants) {
        String name = names.get(depth);
        LiveNode old = below(name);
        if (depth < names.size() - 1) {
            return old == null ? this : withBelow(name, old, old.without(names, depth + 1, descendants));
        }
        LiveNode left = this;
        if (leaf(name) != null) {
            left = new LiveNode(NameTree.without(leaves, name, false), below, size - 1);
        }
        return descendants && old != null ? left.withBelow(name, old, EMPTY) : left;
    }
}
