package dev.varve.engine.entries;

import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.Arrays;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;

/**
 * What the state holds at a path and below it, as far as a decision may need it. Immutable.
 *
 * @param leaf the entry at exactly this path, or null
 * @param subtreeRevision of what is below, 0 for none
 * @param below one of the keys below that no change hides so far, outside of what is looked at apart; null for none
 */
record Known(byte @Nullable [] leaf, long subtreeRevision, byte @Nullable [] below) {

    static final Known NOTHING = new Known(null, 0, null);

    /**
     * Reads it.
     *
     * @param apart keys below: all at and below them is left out, because the write that asks may take it away and looks at
     *     it separately
     */
    static Known load(StateStore store, Overlay overlay, byte[] key, NavigableSet<byte[]> apart) throws IOException {
        byte[] leaf = store.get(Table.ENTRY_LEAVES, key);
        byte[] subtree = store.get(Table.ENTRY_SUBTREES, key);
        // Nothing but what is looked at apart can go, so what has changed already tells.
        boolean told = apart.isEmpty() && overlay.hasBelow(key);
        byte[] below = told ? null : below(store, overlay, key, apart);
        return new Known(leaf, subtree == null ? 0 : Overlay.revision(subtree), below);
    }

    private static byte @Nullable [] below(StateStore store, Overlay overlay, byte[] key, NavigableSet<byte[]> apart)
            throws IOException {
        byte[] from = Keys.belowFrom(key);
        byte[] to = Keys.belowTo(key);
        while (Arrays.compareUnsigned(from, to) < 0) {
            byte[] skipped = null;
            try (StateStore.Cursor cursor = store.scan(Table.ENTRY_LEAVES, from, to)) {
                while (skipped == null) {
                    if (!cursor.next()) {
                        return null;
                    }
                    byte[] found = cursor.key();
                    byte[] hidden = hiddenAt(overlay, found, apart);
                    if (hidden == null && overlay.leaf(found) == null) {
                        return found;
                    }
                    // Siblings such as a-b stand between a and what is below a.
                    skipped = hidden == null || hidden.length == found.length ? null : hidden;
                }
            }
            from = Keys.belowTo(skipped);
        }
        return null;
    }

    private static byte @Nullable [] hiddenAt(Overlay overlay, byte[] found, NavigableSet<byte[]> apart) {
        byte[] cleared = overlay.clearedAt(found);
        if (cleared != null || apart.isEmpty()) {
            return cleared;
        }
        for (byte[] ancestor : Keys.ancestors(found)) {
            if (apart.contains(ancestor)) {
                return ancestor;
            }
        }
        return apart.contains(found) ? found : null;
    }
}
