package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Entries whose paths match a pattern, in the order of their paths. Confined to one thread. */
final class LiveListing implements Iterator<Entry> {

    private final EntryPattern pattern;
    /** What is left of each node on the way down; the innermost first. */
    private final ArrayDeque<Iterator<NameTree<?>>> levels = new ArrayDeque<>();

    private @Nullable Entry next;

    /**
     * Entries after a path.
     *
     * @param after the path, exclusive; null for all
     */
    LiveListing(LiveNode root, EntryPattern pattern, @Nullable EntryPath after) {
        this.pattern = pattern;
        if (after == null) {
            enter(root, 0, name -> true, name -> true);
        } else {
            enterAfter(root, LiveNode.names(after));
        }
    }

    private void enterAfter(LiveNode root, List<String> names) {
        LiveNode at = root;
        for (int depth = 0; at != null; depth++) {
            String name = names.get(depth);
            boolean plain = NameOrder.isPlain(name);
            if (depth == names.size() - 1) {
                enter(
                        at,
                        depth,
                        leaf -> NameOrder.compare(leaf, name, plain, false) > 0,
                        followed -> NameOrder.compareEndWithFollowed(name, followed) < 0);
                return;
            }
            // What stands below the name comes first, and is gone into next.
            enter(
                    at,
                    depth,
                    leaf -> NameOrder.compareEndWithFollowed(leaf, name) > 0,
                    followed -> NameOrder.compare(followed, name, plain, true) > 0);
            at = mayHold(depth, name) ? at.below(name) : null;
        }
    }

    private void enter(LiveNode node, int depth, Predicate<String> leafReached, Predicate<String> belowReached) {
        Iterator<NameTree<Entry>> leaves = Collections.emptyIterator();
        Iterator<NameTree<LiveNode>> below = Collections.emptyIterator();
        String only = literal(depth);
        if (isEnd(depth)) {
            leaves = NameTree.from(node.leaves, leafReached, only, false);
        }
        if (goesOn(depth)) {
            below = NameTree.from(node.below, belowReached, only, true);
        }
        levels.push(new NamesInOrder(leaves, below));
    }

    /** How the name at a depth must be written, or null for any. */
    private @Nullable String literal(int depth) {
        String segment = depth < pattern.depth() ? pattern.segment(depth) : null;
        return segment == null || (segment.indexOf('~') < 0 && segment.indexOf('/') < 0)
                ? segment
                : EntryPath.of(segment).toString();
    }

    private boolean isEnd(int depth) {
        return pattern.isOpenEnded() ? depth >= pattern.depth() : depth == pattern.depth() - 1;
    }

    private boolean goesOn(int depth) {
        return pattern.isOpenEnded() || depth < pattern.depth() - 1;
    }

    private boolean mayHold(int depth, String name) {
        String only = literal(depth);
        return goesOn(depth) && (only == null || only.equals(name));
    }

    @Override
    public boolean hasNext() {
        while (next == null && !levels.isEmpty()) {
            Iterator<NameTree<?>> level = levels.element();
            if (!level.hasNext()) {
                levels.pop();
                continue;
            }
            Object found = level.next().value;
            if (found instanceof Entry entry) {
                next = entry;
            } else if (found instanceof LiveNode node) {
                enter(node, levels.size(), name -> true, name -> true);
            }
        }
        return next != null;
    }

    @Override
    public Entry next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException();
        }
        Entry given = next;
        next = null;
        return given;
    }
}
