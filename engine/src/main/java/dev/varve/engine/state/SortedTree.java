package dev.varve.engine.state;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sorted map from byte arrays to byte arrays whose versions never change: every change gives a new root and shares
 * what it did not touch. A root is therefore a snapshot, free to take and free to drop. Immutable.
 *
 * <p>It is an AVL tree in which insertion and removal rest on one operation, {@code join}: two trees and a node between
 * them become one balanced tree (Blelloch, Ferizovic, Sun: Just Join for Parallel Ordered Sets, 2016). Cutting out a range of
 * keys is then two splits and a join, whatever the range holds. The empty tree is null.
 */
public final class SortedTree {

    /** What a node takes beside its key and its value. */
    public static final int NODE_BYTES = 80;

    final byte[] key;
    final byte[] value;
    final @Nullable SortedTree left;
    final @Nullable SortedTree right;
    private final int height;
    private final long bytes;

    private SortedTree(@Nullable SortedTree left, byte[] key, byte[] value, @Nullable SortedTree right) {
        this.left = left;
        this.key = key;
        this.value = value;
        this.right = right;
        this.height = 1 + Math.max(height(left), height(right));
        this.bytes = bytes(left) + NODE_BYTES + key.length + value.length + bytes(right);
    }

    /**
     * The key of this node.
     *
     * @return not a copy; must not be changed
     */
    public byte[] key() {
        return key;
    }

    /**
     * The value of this node.
     *
     * @return not a copy; must not be changed
     */
    public byte[] value() {
        return value;
    }

    /**
     * How much memory a tree takes, about.
     *
     * @param tree the root, null for the empty tree
     * @return bytes of keys, values and nodes
     */
    public static long bytes(@Nullable SortedTree tree) {
        return tree == null ? 0 : tree.bytes;
    }

    /**
     * How much memory a range of keys takes, about. Looks at one way down for each end.
     *
     * @param tree the root, null for the empty tree
     * @param from the first key, inclusive
     * @param toExclusive the last key, exclusive
     * @return bytes of keys, values and nodes
     */
    public static long bytes(@Nullable SortedTree tree, byte[] from, byte[] toExclusive) {
        return bytesBelow(tree, toExclusive) - bytesBelow(tree, from);
    }

    private static long bytesBelow(@Nullable SortedTree tree, byte[] key) {
        long below = 0;
        SortedTree node = tree;
        while (node != null) {
            if (Arrays.compareUnsigned(node.key, key) < 0) {
                below += node.bytes - bytes(node.right);
                node = node.right;
            } else {
                node = node.left;
            }
        }
        return below;
    }

    /** The longest way from the root down, in nodes. */
    static int height(@Nullable SortedTree tree) {
        return tree == null ? 0 : tree.height;
    }

    /**
     * Finds a value.
     *
     * @param tree the root, null for the empty tree
     * @param key the key
     * @return the very array that was put, or null
     */
    public static byte @Nullable [] get(@Nullable SortedTree tree, byte[] key) {
        SortedTree node = tree;
        while (node != null) {
            int order = Arrays.compareUnsigned(key, node.key);
            if (order == 0) {
                return node.value;
            }
            node = order < 0 ? node.left : node.right;
        }
        return null;
    }

    /**
     * Finds the greatest key at or below another.
     *
     * @param tree the root, null for the empty tree
     * @param key the greatest that counts
     * @return the node, or null
     */
    public static @Nullable SortedTree floor(@Nullable SortedTree tree, byte[] key) {
        SortedTree best = null;
        SortedTree node = tree;
        while (node != null) {
            int order = Arrays.compareUnsigned(key, node.key);
            if (order == 0) {
                return node;
            }
            if (order < 0) {
                node = node.left;
            } else {
                best = node;
                node = node.right;
            }
        }
        return best;
    }

    /**
     * Sets a value.
     *
     * @param tree the root, null for the empty tree
     * @param key the key, which must not change any more
     * @param value the value, which must not change any more
     * @return the root of the tree with it
     */
    public static SortedTree put(@Nullable SortedTree tree, byte[] key, byte[] value) {
        if (tree == null) {
            return new SortedTree(null, key, value, null);
        }
        int order = Arrays.compareUnsigned(key, tree.key);
        if (order == 0) {
            return new SortedTree(tree.left, key, value, tree.right);
        }
        return order < 0
                ? join(put(tree.left, key, value), tree, tree.right)
                : join(tree.left, tree, put(tree.right, key, value));
    }

    /**
     * A key and its value, neither of which may change any more.
     *
     * @param key the key
     * @param value the value
     */
    public record Row(byte[] key, byte[] value) {}

    /**
     * Sets values. Cheaper than one after the other, as what lies above several of them is replaced once.
     *
     * @param tree the root, null for the empty tree
     * @param rows in the order of their keys, each key once
     * @return the root of the tree with them
     */
    public static @Nullable SortedTree putAll(@Nullable SortedTree tree, List<Row> rows) {
        return putAll(tree, rows, 0, rows.size());
    }

    private static @Nullable SortedTree putAll(@Nullable SortedTree tree, List<Row> rows, int from, int to) {
        if (from == to) {
            return tree;
        }
        if (tree == null) {
            int middle = (from + to) >>> 1;
            Row row = rows.get(middle);
            return new SortedTree(
                    putAll(null, rows, from, middle), row.key, row.value, putAll(null, rows, middle + 1, to));
        }
        int at = indexAtOrAbove(tree.key, rows, from, to);
        boolean same = at < to && Arrays.equals(rows.get(at).key, tree.key);
        SortedTree left = putAll(tree.left, rows, from, at);
        SortedTree right = putAll(tree.right, rows, same ? at + 1 : at, to);
        return join(left, same ? new SortedTree(null, tree.key, rows.get(at).value, null) : tree, right);
    }

    /** Where the first row stands whose key is this one or a greater one. */
    private static int indexAtOrAbove(byte[] key, List<Row> rows, int from, int to) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Arrays.compareUnsigned(rows.get(middle).key, key) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * Removes a key.
     *
     * @param tree the root, null for the empty tree
     * @param key the key
     * @return the root of the tree without it
     */
    public static @Nullable SortedTree remove(@Nullable SortedTree tree, byte[] key) {
        if (tree == null) {
            return null;
        }
        int order = Arrays.compareUnsigned(key, tree.key);
        if (order == 0) {
            return concatenate(tree.left, tree.right);
        }
        if (order < 0) {
            SortedTree left = remove(tree.left, key);
            return left == tree.left ? tree : join(left, tree, tree.right);
        }
        SortedTree right = remove(tree.right, key);
        return right == tree.right ? tree : join(tree.left, tree, right);
    }

    /**
     * Removes the keys of a range.
     *
     * @param tree the root, null for the empty tree
     * @param from the first key, inclusive
     * @param toExclusive the last key, exclusive
     * @return the root of the tree without them; the same when there are none
     */
    public static @Nullable SortedTree removeRange(@Nullable SortedTree tree, byte[] from, byte[] toExclusive) {
        if (!holdsAny(tree, from, toExclusive)) {
            return tree;
        }
        return concatenate(below(tree, from), atOrAbove(tree, toExclusive));
    }

    private static boolean holdsAny(@Nullable SortedTree tree, byte[] from, byte[] toExclusive) {
        SortedTree node = tree;
        while (node != null) {
            if (Arrays.compareUnsigned(node.key, from) < 0) {
                node = node.right;
            } else if (Arrays.compareUnsigned(node.key, toExclusive) >= 0) {
                node = node.left;
            } else {
                return true;
            }
        }
        return false;
    }

    private static @Nullable SortedTree below(@Nullable SortedTree tree, byte[] key) {
        if (tree == null) {
            return null;
        }
        return Arrays.compareUnsigned(tree.key, key) < 0
                ? join(tree.left, tree, below(tree.right, key))
                : below(tree.left, key);
    }

    private static @Nullable SortedTree atOrAbove(@Nullable SortedTree tree, byte[] key) {
        if (tree == null) {
            return null;
        }
        return Arrays.compareUnsigned(tree.key, key) >= 0
                ? join(atOrAbove(tree.left, key), tree, tree.right)
                : atOrAbove(tree.right, key);
    }

    /** All of two trees, every key of the first below every key of the second. */
    private static @Nullable SortedTree concatenate(@Nullable SortedTree left, @Nullable SortedTree right) {
        if (left == null) {
            return right;
        }
        SortedTree last = left;
        while (last.right != null) {
            last = last.right;
        }
        return join(withoutLast(left), last, right);
    }

    private static @Nullable SortedTree withoutLast(SortedTree tree) {
        return tree.right == null ? tree.left : join(tree.left, tree, withoutLast(tree.right));
    }

    /** A balanced tree of a tree, the middle node's key and value, and another tree; the heights may differ by any amount. */
    private static SortedTree join(@Nullable SortedTree left, SortedTree middle, @Nullable SortedTree right) {
        if (left != null && left.height > height(right) + 1) {
            return balance(left.left, left, join(left.right, middle, right));
        }
        if (right != null && right.height > height(left) + 1) {
            return balance(join(left, middle, right.left), right, right.right);
        }
        return new SortedTree(left, middle.key, middle.value, right);
    }

    /** The same for heights that differ by at most two: one rotation, or two. */
    private static SortedTree balance(@Nullable SortedTree left, SortedTree middle, @Nullable SortedTree right) {
        if (left != null && left.height > height(right) + 1) {
            SortedTree inner = left.right;
            if (inner != null && inner.height > height(left.left)) {
                return new SortedTree(
                        new SortedTree(left.left, left.key, left.value, inner.left),
                        inner.key,
                        inner.value,
                        new SortedTree(inner.right, middle.key, middle.value, right));
            }
            return new SortedTree(
                    left.left, left.key, left.value, new SortedTree(inner, middle.key, middle.value, right));
        }
        if (right != null && right.height > height(left) + 1) {
            SortedTree inner = right.left;
            if (inner != null && inner.height > height(right.right)) {
                return new SortedTree(
                        new SortedTree(left, middle.key, middle.value, inner.left),
                        inner.key,
                        inner.value,
                        new SortedTree(inner.right, right.key, right.value, right.right));
            }
            return new SortedTree(
                    new SortedTree(left, middle.key, middle.value, inner), right.key, right.value, right.right);
        }
        return new SortedTree(left, middle.key, middle.value, right);
    }
}
