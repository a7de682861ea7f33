package dev.varve.engine.entries;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What rows of history stand for. As long as the change is kept that put something somewhere, its row says only that; when the
 * change is let go of, the row gets a {@link Leaf} of its own. Confined to one thread.
 */
final class PastLeaves {

    private static final byte IN_CHANGE = 4;

    /** Rows never change, so that all may share one. */
    static final byte[] NOTHING = {0};

    /** The change says what it put there. */
    static final byte[] OF_CHANGE = {IN_CHANGE};

    /** Neighbours are often of one change, so the last changes are kept as they were read. */
    private static final int MAX_CHANGES = 64;

    private static final int MAX_BYTES = 4 << 20;

    private final StateStore state;
    private final StoreState store;
    private final Map<Long, Change> changes = new LinkedHashMap<>();
    private long changeBytes;

    PastLeaves(StateStore state, StoreState store) {
        this.state = state;
        this.store = store;
    }

    static boolean isPresent(byte[] row) {
        return row[0] != NOTHING[0];
    }

    /** Whether a row needs its change. */
    static boolean isOfChange(byte[] row) {
        return row[0] == IN_CHANGE;
    }

    /** What a row that is present stands for. */
    byte[] leaf(byte[] key, byte[] row) throws IOException {
        if (!isOfChange(row)) {
            return row;
        }
        Change change = change(Keys.storeSeqOfHistory(key));
        if (change != null) {
            return leaf(change, Keys.path(Keys.keyOfHistory(key)));
        }
        // The change was let go of since the row was read: first the row got a leaf of its own.
        byte[] now = state.get(Table.ENTRY_HISTORY, key);
        if (now == null || isOfChange(now)) {
            throw new IOException("change " + Keys.storeSeqOfHistory(key) + " of store " + store.name
                    + " is missing in the state, and its history needs it");
        }
        return now;
    }

    private @Nullable Change change(long seq) throws IOException {
        Change known = changes.get(seq);
        if (known != null) {
            return known;
        }
        // In this order: what goes out of memory is in the state before.
        Change recent = store.recent.get(seq);
        if (recent != null) {
            return recent;
        }
        byte[] row = state.get(Table.ENTRY_EVENTS, Binary.key(store.number, seq));
        if (row == null) {
            return null;
        }
        Change read = Change.ofStored(row);
        if (changes.size() == MAX_CHANGES || changeBytes + row.length > MAX_BYTES) {
            changes.clear();
            changeBytes = 0;
        }
        changes.put(seq, read);
        changeBytes += row.length;
        return read;
    }

    /** What a change put at a path. */
    private static byte[] leaf(Change change, EntryPath path) {
        EntryEvent event = change.event();
        EntryValue value = event.value();
        List<String> segments = path.segments();
        for (String name : segments.subList(event.path().segments().size(), segments.size())) {
            value = value instanceof EntryValue.Fields(Map<String, EntryValue> fields) ? fields.get(name) : null;
        }
        if (value == null) {
            throw new IllegalStateException("change " + event.storeSeq() + " put nothing at " + path);
        }
        return Leaf.present(change.typeOf(value), event.storeSeq(), value);
    }
}
