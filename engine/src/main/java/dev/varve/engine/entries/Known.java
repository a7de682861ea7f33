package dev.varve.engine.entries;

import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the state holds at a path and below it, as far as a decision may need it. Immutable.
 *
 * @param leaf the entry at exactly this path, or null
 * @param subtreeRevision of what is below, 0 for none
 * @param below some of the keys below
 * @param more whether there are others
 */
record Known(byte @Nullable [] leaf, long subtreeRevision, List<byte[]> below, boolean more) {

    /** So many keys below are looked at: changes that are on their way may hide some of them. */
    private static final int SAMPLE = 16;

    /** Reads it. Keys that a change hides already are left out. */
    static Known load(StateStore store, Overlay overlay, byte[] key) throws IOException {
        byte[] leaf = store.get(Table.ENTRY_LEAVES, key);
        byte[] subtree = store.get(Table.ENTRY_SUBTREES, key);
        List<byte[]> below = new ArrayList<>();
        boolean more = false;
        byte[] from = Keys.belowFrom(key);
        byte[] to = Keys.belowTo(key);
        while (from.length > 0) {
            byte[] goOnAt = {};
            try (StateStore.Cursor cursor = store.scan(Table.ENTRY_LEAVES, from, to)) {
                while (!more && goOnAt.length == 0 && cursor.next()) {
                    byte[] found = cursor.key();
                    byte[] cleared = overlay.clearedAt(found);
                    if (cleared != null) {
                        goOnAt = Keys.belowTo(cleared);
                    } else if (overlay.leaf(found) == null) {
                        more = below.size() == SAMPLE;
                        below.add(found);
                    }
                }
            }
            from = goOnAt.length > 0 && Arrays.compareUnsigned(goOnAt, to) < 0 ? goOnAt : new byte[0];
        }
        return new Known(leaf, subtree == null ? 0 : Overlay.revision(subtree), List.copyOf(below), more);
    }
}
