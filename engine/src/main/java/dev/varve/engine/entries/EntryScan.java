package dev.varve.engine.entries;

import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import dev.varve.engine.state.TreeCursor;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the entries of a range of keys in order: those that have changed, and those of the state that no change
 * hides. Sees one moment. Confined to one thread.
 */
final class EntryScan implements AutoCloseable {

    private final StateStore store;
    private final Overlay overlay;
    private final byte[] to;
    private final TreeCursor changed;
    private StateStore.Cursor stored;
    private boolean hasChanged;
    private boolean hasStored;
    private byte[] storedKey = {};
    private byte[] key = {};
    private byte @Nullable [] leaf;

    /**
     * A scan before the first entry.
     *
     * @param from the first key, inclusive
     * @param to the last key, exclusive
     */
    EntryScan(StateStore store, Overlay overlay, byte[] from, byte[] to) throws IOException {
        this.store = store;
        this.overlay = overlay;
        this.to = to;
        this.changed = new TreeCursor(overlay.leaves(), from, to);
        this.stored = store.scan(Table.ENTRY_LEAVES, from, to);
        this.hasChanged = changed.next();
        nextStored();
    }

    /** Moves to the next entry; false when there is none. */
    boolean next() throws IOException {
        while (hasChanged || hasStored) {
            int order = !hasChanged ? 1 : !hasStored ? -1 : Arrays.compareUnsigned(changed.sharedKey(), storedKey);
            if (order > 0) {
                key = storedKey;
                leaf = stored.value();
                nextStored();
                return true;
            }
            key = changed.sharedKey();
            leaf = changed.sharedValue();
            hasChanged = changed.next();
            if (order == 0) {
                nextStored();
            }
            if (Leaf.isPresent(leaf)) {
                return true;
            }
        }
        return false;
    }

    /** Moves to the next key of the state that no change above it hides. */
    private void nextStored() throws IOException {
        hasStored = stored.next();
        while (hasStored) {
            storedKey = stored.key();
            byte[] cleared = overlay.clearedAt(storedKey);
            if (cleared == null || Arrays.equals(cleared, storedKey)) {
                // A mark at exactly this key is met in the overlay, too.
                return;
            }
            byte[] from = Keys.belowTo(cleared);
            stored.close();
            if (Arrays.compareUnsigned(from, to) >= 0) {
                hasStored = false;
                return;
            }
            stored = store.scan(Table.ENTRY_LEAVES, from, to);
            hasStored = stored.next();
        }
    }

    /** The current key; must not be changed. */
    byte[] key() {
        return key;
    }

    /** The current {@link Leaf}; must not be changed. */
    byte[] leaf() {
        byte[] current = leaf;
        if (current == null) {
            throw new IllegalStateException("the scan is at no entry");
        }
        return current;
    }

    @Override
    public void close() {
        changed.close();
        stored.close();
    }
}
