package dev.varve.engine.entries;

import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.FileReference;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import dev.varve.engine.state.TreeCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * A store that is to be made as a copy of another at one moment. The moment is the overlay of the decision over the state, which
 * holds until a checkpoint writes anything later; so the checkpoint after the decision begins by copying, from the state into
 * the state, and the store is shown when that checkpoint is committed. The source goes on being written meanwhile. After a
 * crash before that, replay decides the same once more. Decided and shown by the owner, written by the checkpoint's thread.
 */
final class StoreClone {

    private final StoreState source;
    private final StoreState target;
    private final Overlay overlay;
    private final long throughSeq;
    private final CompletableFuture<StoreInfo> whole = new CompletableFuture<>();

    /** Up to which change the state has the source. */
    private long sourceStateSeq;

    private boolean written;

    /**
     * A copy.
     *
     * @param overlay the changes since the state was written, at the moment of the copy
     */
    StoreClone(StoreState source, StoreState target, Overlay overlay) {
        this.source = source;
        this.target = target;
        this.overlay = overlay;
        this.throughSeq = target.storeSeq();
    }

    StoreState target() {
        return target;
    }

    /** Completed when the copy can be read and no crash takes it away. */
    CompletableFuture<StoreInfo> whole() {
        return whole;
    }

    /** The checkpoint that makes it begins. */
    void freeze() {
        sourceStateSeq = source.stateSeq;
    }

    void succeed() {
        whole.complete(target.info());
    }

    /** It could not be made now. Whoever waits is told; it is made by a later checkpoint. */
    void postpone() {
        whole.completeExceptionally(new VarveException(
                ErrorKind.OUTCOME_UNKNOWN,
                "the copy " + target.name
                        + " could not be written now; the name is taken, and the store appears when it can"));
    }

    /** Copies all rows. A checkpoint that failed after this was through does not repeat it: the state shows later changes then. */
    void write(StateStore state, StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        if (written) {
            return;
        }
        writeLeaves(state, checkpoint, pace);
        writeSubtrees(state, checkpoint, pace);
        writeHistory(state, checkpoint, pace);
        writeDeadlines(state, checkpoint, pace);
        writeEvents(state, checkpoint, pace);
        checkpoint.show();
        written = true;
    }

    private byte[] from() {
        return Binary.key(source.number);
    }

    private byte[] to() {
        return Binary.key(source.number + 1);
    }

    /** The same key for the copy. */
    private byte[] copied(byte[] key) {
        byte[] copy = key.clone();
        ByteBuffer.wrap(copy).putLong(target.number);
        return copy;
    }

    private void writeLeaves(StateStore state, StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        try (EntryScan scan = EntryScan.up(state, overlay, from(), to())) {
            while (scan.next()) {
                byte[] leaf = Leaf.plain(scan.leaf());
                checkpoint.put(Table.ENTRY_LEAVES, copied(scan.key()), leaf);
                writeReference(checkpoint, scan.key(), Leaf.revision(leaf), leaf);
                pace.step();
            }
        }
    }

    private void writeSubtrees(StateStore state, StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        try (MergedCursor rows = MergedCursor.up(state, Table.ENTRY_SUBTREES, overlay.subtrees(), from(), to())) {
            while (rows.next()) {
                byte[] key = rows.key();
                if (rows.isChanged() ? isStill(state, key, rows.value()) : !overlay.isCleared(key)) {
                    checkpoint.put(Table.ENTRY_SUBTREES, copied(key), Overlay.storedSubtree(rows.value()));
                }
                pace.step();
            }
        }
    }

    private boolean isStill(StateStore state, byte[] key, byte[] subtree) throws IOException {
        return !Overlay.tookAway(subtree) || EntryScan.isAnythingAt(state, overlay, key);
    }

    /** What the state has counts as it is there: a row may have got a leaf of its own, or been let go of. */
    private void writeHistory(StateStore state, StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        try (StateStore.Cursor stored = state.scan(Table.ENTRY_HISTORY, from(), to())) {
            while (stored.next()) {
                byte[] row = stored.key();
                byte[] value = stored.value();
                checkpoint.put(Table.ENTRY_HISTORY, copied(row), value);
                if (value.length > 0 && PastLeaves.isPresent(value) && !PastLeaves.isOfChange(value)) {
                    writeReference(checkpoint, Keys.keyOfHistory(row), Keys.storeSeqOfHistory(row), value);
                }
                pace.step();
            }
        }
        TreeCursor changed = new TreeCursor(overlay.history().tree(), from(), to());
        while (changed.next()) {
            if (Keys.storeSeqOfHistory(changed.sharedKey()) > sourceStateSeq) {
                checkpoint.put(Table.ENTRY_HISTORY, copied(changed.sharedKey()), changed.sharedValue());
            }
            pace.step();
        }
    }

    private void writeDeadlines(StateStore state, StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        try (MergedCursor rows = MergedCursor.up(state, Table.ENTRY_DEADLINES, overlay.deadlines(), from(), to())) {
            while (rows.next()) {
                byte[] value = rows.value();
                if (value.length > 0) {
                    checkpoint.put(Table.ENTRY_DEADLINES, copied(rows.key()), value);
                }
                pace.step();
            }
        }
    }

    private void writeEvents(StateStore state, StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        byte[] end = Binary.key(source.number, throughSeq + 1);
        try (StateStore.Cursor stored = state.scan(Table.ENTRY_EVENTS, from(), end)) {
            while (stored.next()) {
                byte[] row = stored.value();
                checkpoint.put(Table.ENTRY_EVENTS, copied(stored.key()), row);
                writeReferences(checkpoint, Change.ofStored(row));
                pace.step();
            }
        }
        for (Change change :
                source.recent.subMap(sourceStateSeq, false, throughSeq, true).values()) {
            checkpoint.put(Table.ENTRY_EVENTS, Binary.key(target.number, change.storeSeq()), change.stored());
            writeReferences(checkpoint, change);
            pace.step();
        }
    }

    // ---- files

    private void writeReference(StateStore.Checkpoint checkpoint, byte[] key, long storeSeq, byte[] leaf)
            throws IOException {
        EntryValue value = Leaf.value(leaf);
        FileReference reference = FileReference.of(value);
        if (reference != null) {
            byte[] row = FileIndex.key(FileIndex.hex(reference), target.number, storeSeq, Keys.path(key));
            checkpoint.put(Table.ENTRY_FILES, row, ValueCodec.encode(value));
        }
    }

    private void writeReferences(StateStore.Checkpoint checkpoint, Change change) throws IOException {
        for (FileIndex.Row row : FileIndex.rows(target.number, change)) {
            checkpoint.put(Table.ENTRY_FILES, row.key(), row.value());
        }
    }
}
