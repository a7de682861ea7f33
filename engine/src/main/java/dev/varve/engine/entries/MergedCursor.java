package dev.varve.engine.entries;

import dev.varve.engine.state.SortedTree;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import dev.varve.engine.state.TreeCursor;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Goes through what has changed and what the state holds as through one table: of rows with the same key only the changed
 * one counts. Confined to one thread.
 */
final class MergedCursor implements AutoCloseable {

    private static final byte[] EMPTY = {};

    private final TreeCursor changed;
    private final StateStore.Cursor stored;
    private final boolean down;
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
     * @param down whether both go from the highest key to the lowest
     */
    private MergedCursor(TreeCursor changed, StateStore.Cursor stored, boolean down) {
        this.changed = changed;
        this.stored = stored;
        this.down = down;
    }

    static MergedCursor up(StateStore state, Table table, @Nullable SortedTree changes, byte[] from, byte[] to)
            throws IOException {
        return new MergedCursor(new TreeCursor(changes, from, to), state.scan(table, from, to), false);
    }

    static MergedCursor down(StateStore state, Table table, @Nullable SortedTree changes, byte[] from, byte[] to)
            throws IOException {
        return new MergedCursor(TreeCursor.down(changes, from, to), state.scanDown(table, from, to), true);
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
        int order = !hasChanged ? 1 : !hasStored ? -1 : order(changed.sharedKey(), storedKey);
        takesChanged = hasChanged && order <= 0;
        takesStored = hasStored && order >= 0;
        return takesChanged || takesStored;
    }

    private int order(byte[] a, byte[] b) {
        return down ? Arrays.compareUnsigned(b, a) : Arrays.compareUnsigned(a, b);
    }

    /** Whether a row stands before the one at which to go on, as {@link StateStore.Cursor#skipTo} has it. */
    private boolean isBefore(byte[] row, byte[] to) {
        return Arrays.compareUnsigned(row, to) < 0 != down;
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

    /** Leaves out rows of the state, as {@link StateStore.Cursor#skipTo} does. */
    void skipStored(byte[] to) {
        if (hasStored && isBefore(storedKey, to)) {
            stored.skipTo(to);
            takesStored = true;
        }
    }

    /** Leaves out rows, as {@link StateStore.Cursor#skipTo} does. */
    void skipTo(byte[] to) {
        skipStored(to);
        if (hasChanged && isBefore(changed.sharedKey(), to)) {
            changed.skipTo(to);
            takesChanged = true;
        }
    }

    @Override
    public void close() {
        changed.close();
        stored.close();
    }
}
