package dev.varve.client;

import dev.varve.api.Entry;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The names of a {@link LiveNode} in the order of paths: those that end one, and those that are followed by others. Confined to one thread. */
final class NamesInOrder implements Iterator<NameTree<?>> {

    private final Iterator<NameTree<Entry>> leaves;
    private final Iterator<NameTree<LiveNode>> below;
    private @Nullable NameTree<Entry> leaf;
    private @Nullable NameTree<LiveNode> node;

    NamesInOrder(Iterator<NameTree<Entry>> leaves, Iterator<NameTree<LiveNode>> below) {
        this.leaves = leaves;
        this.below = below;
        this.leaf = leaves.hasNext() ? leaves.next() : null;
        this.node = below.hasNext() ? below.next() : null;
    }

    @Override
    public boolean hasNext() {
        return leaf != null || node != null;
    }

    @Override
    public NameTree<?> next() {
        NameTree<Entry> end = leaf;
        NameTree<LiveNode> followed = node;
        if (end != null && (followed == null || NameOrder.compareEndWithFollowed(end.name, followed.name) < 0)) {
            leaf = leaves.hasNext() ? leaves.next() : null;
            return end;
        }
        if (followed == null) {
            throw new NoSuchElementException();
        }
        node = below.hasNext() ? below.next() : null;
        return followed;
    }
}
