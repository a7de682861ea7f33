package dev.varve.engine.entries;

import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.TreeCursor;
import java.io.IOException;
import java.util.Arrays;

/**
 * Goes through what has changed and what the state holds as through one table: of rows with the same key only the changed
 * one counts. Confined to one thread.
 */
final class MergedCursor implements AutoCloseable {

    private static final byte[] EMPTY = {};

    private final TreeCursor changed;
    private final StateStore.Cursor stored;
    private boolean hasChanged;
    private boolean hasStored;
    private byte[] storedKey = EMPTY;

    /** Which of the two the current row was taken from, and has to move on; both if they have the same key. */
    private boolean takesChanged = true;

    private boolean takesStored = true;

    /**
     * A cursor before the first row.
     *
     * @param changed before the first row of the range
     * @param stored the same of the state; closed with this
     */
    MergedCursor(TreeCursor changed, StateStore.Cursor stored) {
        this.changed = changed;
        this.stored = stored;
    }

    /** Moves to the next row; false when there is none. */
    boolean next() throws IOException {
        if (takesChanged) {
            hasChanged = changed.next();
        }
        if (takesStored) {
            hasStored = stored.next();
            storedKey = hasStored ? stored.key() : EMPTY;
        }
        int order = !hasChanged ? 1 : !hasStored ? -1 : Arrays.compareUnsigned(changed.sharedKey(), storedKey);
        takesChanged = hasChanged && order <= 0;
        takesStored = hasStored && order >= 0;
        return takesChanged || takesStored;
    }

    /** Whether the current row has changed since the state was written. */
    boolean isChanged() {
        return takesChanged;
    }

    /** The current key; must not be changed. */
    byte[] key() {
        return takesChanged ? changed.sharedKey() : storedKey;
    }

    /** The current value; must not be changed. Reads it from the state only now. */
    byte[] value() throws IOException {
        return takesChanged ? changed.sharedValue() : stored.value();
    }

    /** Leaves out the state's rows before a key. */
    void skipStored(byte[] to) {
        if (hasStored && Arrays.compareUnsigned(storedKey, to) < 0) {
            stored.skipTo(to);
            takesStored = true;
        }
    }

    @Override
    public void close() {
        changed.close();
        stored.close();
    }
}
