package dev.varve.bench.histories;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A list that grows at its end, and the same as another when all in it is the same; null stands for the empty one. What it grew from is
 * shared. Immutable.
 */
final class Chain<T> {

    final @Nullable Chain<T> before;
    final T item;
    final int size;
    private final int hash;

    Chain(@Nullable Chain<T> before, T item) {
        this.before = before;
        this.item = item;
        this.size = 1 + size(before);
        this.hash = (before == null ? 0 : before.hash * 31) + item.hashCode();
    }

    static <T> int size(@Nullable Chain<T> chain) {
        return chain == null ? 0 : chain.size;
    }

    /** All that is in it, in order. */
    static <T> List<T> list(@Nullable Chain<T> chain) {
        List<T> items = new ArrayList<>(size(chain));
        for (Chain<T> at = chain; at != null; at = at.before) {
            items.add(at.item);
        }
        return items.reversed();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        @Nullable Chain<?> mine = this;
        @Nullable Chain<?> theirs = other instanceof Chain<?> chain ? chain : null;
        while (mine != theirs) {
            if (mine == null || theirs == null || mine.hash != theirs.hash || !mine.item.equals(theirs.item)) {
                return false;
            }
            mine = mine.before;
            theirs = theirs.before;
        }
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
