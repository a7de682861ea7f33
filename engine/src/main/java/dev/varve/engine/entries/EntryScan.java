package dev.varve.engine.entries;

import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import dev.varve.engine.state.TreeCursor;
import java.io.IOException;

/**
 * Goes through the entries of a range of keys in order: those that have changed, and those of the state that no change
 * hides. Sees one moment. Confined to one thread.
 */
final class EntryScan implements AutoCloseable {

    private final Overlay overlay;
    private final MergedCursor rows;

    /**
     * A scan before the first entry.
     *
     * @param from the first key, inclusive
     * @param to the last key, exclusive
     */
    EntryScan(StateStore store, Overlay overlay, byte[] from, byte[] to) throws IOException {
        this.overlay = overlay;
        this.rows =
                new MergedCursor(new TreeCursor(overlay.leaves(), from, to), store.scan(Table.ENTRY_LEAVES, from, to));
    }

    /** Moves to the next entry; false when there is none. */
    boolean next() throws IOException {
        while (rows.next()) {
            byte[] cleared = rows.isChanged() ? null : overlay.clearedAt(rows.key());
            if (cleared != null) {
                rows.skipStored(Keys.belowTo(cleared));
            } else if (!rows.isChanged() || Leaf.isPresent(rows.value())) {
                return true;
            }
        }
        return false;
    }

    /** The current key; must not be changed. */
    byte[] key() {
        return rows.key();
    }

    /** The current {@link Leaf}; must not be changed. Reads it from the state only now. */
    byte[] leaf() throws IOException {
        return rows.value();
    }

    @Override
    public void close() {
        rows.close();
    }
}
