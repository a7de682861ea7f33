package dev.varve.engine.entries;

import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;

/**
 * Goes through the entries of a range of keys: those that have changed, and those of the state that no change hides. Sees one
 * moment. Confined to one thread.
 */
final class EntryScan implements EntryRows {

    private final Overlay overlay;
    private final boolean down;
    private final MergedCursor rows;

    private EntryScan(Overlay overlay, boolean down, MergedCursor rows) {
        this.overlay = overlay;
        this.down = down;
        this.rows = rows;
    }

    /**
     * A scan in order, before the first entry.
     *
     * @param from the first key, inclusive
     * @param to the last key, exclusive
     */
    static EntryScan up(StateStore state, Overlay overlay, byte[] from, byte[] to) throws IOException {
        return new EntryScan(overlay, false, MergedCursor.up(state, Table.ENTRY_LEAVES, overlay.leaves(), from, to));
    }

    /** The same from the last key to the first. */
    static EntryScan down(StateStore state, Overlay overlay, byte[] from, byte[] to) throws IOException {
        return new EntryScan(overlay, true, MergedCursor.down(state, Table.ENTRY_LEAVES, overlay.leaves(), from, to));
    }

    /** Whether anything stands at a key or below it, at the moment of an overlay over the state. */
    static boolean isAnythingAt(StateStore state, Overlay overlay, byte[] key) throws IOException {
        byte[] changed = overlay.leaf(key);
        boolean stands = changed != null
                ? Leaf.isPresent(changed)
                : !overlay.isCleared(key) && state.get(Table.ENTRY_LEAVES, key) != null;
        if (stands) {
            return true;
        }
        try (EntryScan below = up(state, overlay, Keys.belowFrom(key), Keys.belowTo(key))) {
            return below.next();
        }
    }

    @Override
    public boolean next() throws IOException {
        while (rows.next()) {
            byte[] cleared = rows.isChanged() ? null : overlay.clearedAt(rows.key());
            if (cleared != null) {
                rows.skipStored(down ? Keys.belowFrom(cleared) : Keys.belowTo(cleared));
            } else if (!rows.isChanged() || Leaf.isPresent(rows.value())) {
                return true;
            }
        }
        return false;
    }

    @Override
    public byte[] key() {
        return rows.key();
    }

    /** Reads it from the state only now. */
    @Override
    public byte[] leaf() throws IOException {
        return rows.value();
    }

    @Override
    public void skipTo(byte[] key) {
        rows.skipTo(key);
    }

    @Override
    public void close() {
        rows.close();
    }
}
