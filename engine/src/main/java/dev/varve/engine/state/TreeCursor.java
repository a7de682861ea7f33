package dev.varve.engine.state;

import dev.varve.engine.io.ReadBuffers;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a range of a {@link SortedTree} in order, keeping the nodes whose right side is still to come. Confined to
 * one thread.
 */
public final class TreeCursor implements StateStore.Cursor {

    private final ArrayDeque<SortedTree> ahead = new ArrayDeque<>();
    private final @Nullable SortedTree root;
    private final byte @Nullable [] to;
    private @Nullable SortedTree current;

    /**
     * A cursor before the first key.
     *
     * @param root the tree, null for the empty one
     * @param from the first key, inclusive
     * @param to the last key, exclusive; null for no bound
     */
    public TreeCursor(@Nullable SortedTree root, byte[] from, byte @Nullable [] to) {
        this.root = root;
        this.to = to == null ? null : to.clone();
        begin(from);
    }

    private void begin(byte[] from) {
        SortedTree node = root;
        while (node != null) {
            if (Arrays.compareUnsigned(node.key, from) >= 0) {
                ahead.push(node);
                node = node.left;
            } else {
                node = node.right;
            }
        }
    }

    @Override
    public boolean next() {
        SortedTree next = ahead.poll();
        if (next == null || (to != null && Arrays.compareUnsigned(next.key, to) >= 0)) {
            ahead.clear();
            current = null;
            return false;
        }
        for (SortedTree node = next.right; node != null; node = node.left) {
            ahead.push(node);
        }
        current = next;
        return true;
    }

    @Override
    public void skipTo(byte[] key) {
        if (Arrays.compareUnsigned(current().key, key) < 0) {
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
