package dev.varve.engine.state;

import dev.varve.engine.io.ReadBuffers;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a range of a {@link SortedTree} in order, keeping the nodes whose other side is still to come. Confined to one
 * thread.
 */
public final class TreeCursor implements StateStore.Cursor {

    private final ArrayDeque<SortedTree> ahead = new ArrayDeque<>();
    private final @Nullable SortedTree root;
    private final boolean down;
    /** Where the keys end: exclusive on the way up, null for no bound; inclusive on the way down. */
    private final byte @Nullable [] end;

    private @Nullable SortedTree current;

    /**
     * A cursor before the first key.
     *
     * @param root the tree, null for the empty one
     * @param from the first key, inclusive
     * @param to the last key, exclusive; null for no bound
     */
    public TreeCursor(@Nullable SortedTree root, byte[] from, byte @Nullable [] to) {
        this(root, false, from, to == null ? null : to.clone());
    }

    private TreeCursor(@Nullable SortedTree root, boolean down, byte[] begin, byte @Nullable [] end) {
        this.root = root;
        this.down = down;
        this.end = end;
        begin(begin);
    }

    /**
     * A cursor that goes from the highest key to the lowest.
     *
     * @param root the tree, null for the empty one
     * @param from the lowest key, inclusive
     * @param to the highest key, exclusive
     * @return a cursor before the highest key
     */
    public static TreeCursor down(@Nullable SortedTree root, byte[] from, byte[] to) {
        return new TreeCursor(root, true, to, from.clone());
    }

    /** Whether a key is not reached any more when one begins at another. */
    private boolean isBefore(byte[] key, byte[] begin) {
        return Arrays.compareUnsigned(key, begin) < 0 != down;
    }

    private void begin(byte[] begin) {
        SortedTree node = root;
        while (node != null) {
            if (isBefore(node.key, begin)) {
                node = near(node, !down);
            } else {
                ahead.push(node);
                node = near(node, down);
            }
        }
    }

    private static @Nullable SortedTree near(SortedTree node, boolean right) {
        return right ? node.right : node.left;
    }

    @Override
    public boolean next() {
        SortedTree next = ahead.poll();
        if (next == null || isPastEnd(next.key)) {
            ahead.clear();
            current = null;
            return false;
        }
        for (SortedTree node = near(next, !down); node != null; node = near(node, down)) {
            ahead.push(node);
        }
        current = next;
        return true;
    }

    private boolean isPastEnd(byte[] key) {
        return end != null && Arrays.compareUnsigned(key, end) >= 0 != down;
    }

    @Override
    public void skipTo(byte[] key) {
        if (isBefore(current().key, key)) {
            ahead.clear();
            begin(key);
        }
    }

    @Override
    public byte[] key() {
        return current().key.clone();
    }

    @Override
    public byte[] value() {
        return current().value.clone();
    }

    @Override
    public ByteBuffer value(ReadBuffers buffers) {
        // Nodes never change.
        return ByteBuffer.wrap(current().value).asReadOnlyBuffer();
    }

    /**
     * The current key as it stands in the tree.
     *
     * @return not a copy; must not be changed
     */
    public byte[] sharedKey() {
        return current().key;
    }

    /**
     * The current value as it stands in the tree.
     *
     * @return not a copy; must not be changed
     */
    public byte[] sharedValue() {
        return current().value;
    }

    @Override
    public void close() {
        ahead.clear();
        current = null;
    }

    private SortedTree current() {
        SortedTree node = current;
        if (node == null) {
            throw new IllegalStateException("the cursor is at no key");
        }
        return node;
    }
}
