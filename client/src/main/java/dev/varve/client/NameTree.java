package dev.varve.client;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Names with a value for each, in their {@linkplain NameOrder order}: a tree balanced by weight. Null is the empty one. What changes it
 * gives another one that shares most with it. Immutable; thread-safe.
 */
final class NameTree<V> {

    /** How many times as large as the other side a side may be, and at what it is turned twice (Hirai and Yamamoto, 2011). */
    private static final int DELTA = 3;

    private static final int RATIO = 2;

    final String name;
    final V value;
    private final @Nullable NameTree<V> left;
    private final @Nullable NameTree<V> right;
    private final int size;

    private NameTree(String name, V value, @Nullable NameTree<V> left, @Nullable NameTree<V> right) {
        this.name = name;
        this.value = value;
        this.left = left;
        this.right = right;
        this.size = 1 + size(left) + size(right);
    }

    private static int size(@Nullable NameTree<?> tree) {
        return tree == null ? 0 : tree.size;
    }

    /** The value of a name, or null. */
    static <V> @Nullable V get(@Nullable NameTree<V> tree, String name, boolean followed) {
        boolean plain = NameOrder.isPlain(name);
        NameTree<V> at = tree;
        while (at != null) {
            int order = NameOrder.compare(name, at.name, plain, followed);
            if (order == 0) {
                return at.value;
            }
            at = order < 0 ? at.left : at.right;
        }
        return null;
    }

    /** The tree with another value for a name. */
    static <V> NameTree<V> with(@Nullable NameTree<V> tree, String name, V value, boolean followed) {
        return with(tree, name, value, NameOrder.isPlain(name), followed);
    }

    private static <V> NameTree<V> with(
            @Nullable NameTree<V> tree, String name, V value, boolean plain, boolean followed) {
        if (tree == null) {
            return new NameTree<>(name, value, null, null);
        }
        int order = NameOrder.compare(name, tree.name, plain, followed);
        if (order == 0) {
            return new NameTree<>(tree.name, value, tree.left, tree.right);
        }
        return order < 0
                ? balanced(tree, with(tree.left, name, value, plain, followed), tree.right)
                : balanced(tree, tree.left, with(tree.right, name, value, plain, followed));
    }

    /** The tree without a name. */
    static <V> @Nullable NameTree<V> without(@Nullable NameTree<V> tree, String name, boolean followed) {
        return get(tree, name, followed) == null ? tree : without(tree, name, NameOrder.isPlain(name), followed);
    }

    private static <V> @Nullable NameTree<V> without(
            @Nullable NameTree<V> tree, String name, boolean plain, boolean followed) {
        if (tree == null) {
            return null;
        }
        int order = NameOrder.compare(name, tree.name, plain, followed);
        if (order < 0) {
            return balanced(tree, without(tree.left, name, plain, followed), tree.right);
        }
        if (order > 0) {
            return balanced(tree, tree.left, without(tree.right, name, plain, followed));
        }
        NameTree<V> right = tree.right;
        if (right == null) {
            return tree.left;
        }
        NameTree<V> next = first(right);
        return balanced(next, tree.left, withoutFirst(right));
    }

    private static <V> NameTree<V> first(NameTree<V> tree) {
        NameTree<V> at = tree;
        for (NameTree<V> next = at.left; next != null; next = at.left) {
            at = next;
        }
        return at;
    }

    private static <V> @Nullable NameTree<V> withoutFirst(NameTree<V> tree) {
        return tree.left == null ? tree.right : balanced(tree, withoutFirst(tree.left), tree.right);
    }

    /** What a node says, between two sides of which one has changed by one. */
    private static <V> NameTree<V> balanced(
            NameTree<V> middle, @Nullable NameTree<V> left, @Nullable NameTree<V> right) {
        int leftSize = size(left);
        int rightSize = size(right);
        if (leftSize + rightSize > 1) {
            if (right != null && rightSize > DELTA * leftSize) {
                return turnedLeft(middle, left, right);
            }
            if (left != null && leftSize > DELTA * rightSize) {
                return turnedRight(middle, left, right);
            }
        }
        return node(middle, left, right);
    }

    private static <V> NameTree<V> turnedLeft(NameTree<V> middle, @Nullable NameTree<V> left, NameTree<V> right) {
        NameTree<V> inner = right.left;
        if (inner == null || inner.size < RATIO * size(right.right)) {
            return node(right, node(middle, left, inner), right.right);
        }
        return node(inner, node(middle, left, inner.left), node(right, inner.right, right.right));
    }

    private static <V> NameTree<V> turnedRight(NameTree<V> middle, NameTree<V> left, @Nullable NameTree<V> right) {
        NameTree<V> inner = left.right;
        if (inner == null || inner.size < RATIO * size(left.left)) {
            return node(left, left.left, node(middle, inner, right));
        }
        return node(inner, node(left, left.left, inner.left), node(middle, inner.right, right));
    }

    private static <V> NameTree<V> node(NameTree<V> said, @Nullable NameTree<V> left, @Nullable NameTree<V> right) {
        return new NameTree<>(said.name, said.value, left, right);
    }

    /**
     * Goes through a tree in order, or finds one name in it.
     *
     * @param reached from which name on
     * @param only the name; null for all
     */
    static <V> Iterator<NameTree<V>> from(
            @Nullable NameTree<V> tree, Predicate<String> reached, @Nullable String only, boolean followed) {
        if (only == null) {
            return from(tree, reached);
        }
        V value = reached.test(only) ? get(tree, only, followed) : null;
        return value == null
                ? Collections.emptyIterator()
                : Collections.singleton(new NameTree<>(only, value, null, null)).iterator();
    }

    /**
     * Goes through a tree in order.
     *
     * @param reached from which name on: false for those before, true for all from there on
     */
    static <V> Iterator<NameTree<V>> from(@Nullable NameTree<V> tree, Predicate<String> reached) {
        ArrayDeque<NameTree<V>> next = new ArrayDeque<>();
        NameTree<V> at = tree;
        while (at != null) {
            if (reached.test(at.name)) {
                next.push(at);
                at = at.left;
            } else {
                at = at.right;
            }
        }
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !next.isEmpty();
            }

            @Override
            public NameTree<V> next() {
                NameTree<V> given = next.poll();
                if (given == null) {
                    throw new NoSuchElementException();
                }
                for (NameTree<V> more = given.right; more != null; more = more.left) {
                    next.push(more);
                }
                return given;
            }
        };
    }
}
