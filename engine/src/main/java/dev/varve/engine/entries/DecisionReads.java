package dev.varve.engine.entries;

import dev.varve.api.EntryWrite;
import dev.varve.api.VarveException;
import dev.varve.engine.files.BlobId;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads of the state what a decision has to know and memory does not hold. Asked by the shard's owner, which never waits for the disk;
 * what was read comes back to it as a task, and then parked commands are looked at again.
 */
final class DecisionReads {

    private final EntriesFace face;

    DecisionReads(EntriesFace face) {
        this.face = face;
    }

    /**
     * What a decision needs to know of the state.
     *
     * @param keys what to look at, with the keys below that are looked at apart
     * @param remembered whether the writes that the state knows are wanted
     * @param footprint where to count, or null
     */
    record Wanted(
            Map<byte[], NavigableSet<byte[]>> keys,
            boolean remembered,
            @Nullable Footprint footprint) {}

    /** What was read for a decision: what stands where, and how much, if that was to be counted. */
    record Loaded(Map<byte[], Known> known, Footprint.@Nullable Count count) {}

    /** Reads what a decision needs to know of the state, on the pool; the result comes back on the owner. */
    void load(StoreState store, Wanted wanted, Consumer<Loaded> loaded, Consumer<VarveException> failed) {
        boolean remembered = wanted.remembered;
        Footprint footprint = wanted.footprint;
        boolean withFiles = store.decidedTotals.fileBytes() != 0;
        StateStore state = face.state();
        Overlay overlay = face.decided();
        long storedSeq = remembered ? firstRecent(store) - 1 : 0;
        face.disk()
                .forOwner(
                        face.sequencer(),
                        () -> {
                            Map<byte[], Known> known = Lookup.nothingKnown();
                            for (Map.Entry<byte[], NavigableSet<byte[]>> key : wanted.keys.entrySet()) {
                                known.put(key.getKey(), Known.load(state, overlay, key.getKey(), key.getValue()));
                            }
                            return new Found(
                                    remembered ? storedWrites(store, storedSeq) : List.of(),
                                    new Loaded(
                                            known,
                                            footprint == null ? null : footprint.load(state, overlay, withFiles)));
                        },
                        found -> {
                            if (remembered && !store.remembered.complete) {
                                store.remembered.complete(found.noted);
                            }
                            loaded.accept(found.loaded);
                        },
                        failed);
    }

    /** With the writes that the state knows. */
    private record Found(List<Remembered.Noted> noted, Loaded loaded) {}

    /**
     * Looks how long files are, on the pool; the result comes back on the owner.
     *
     * @param ids which
     */
    void loadSizes(Set<BlobId> ids, Consumer<Map<BlobId, Long>> loaded, Consumer<VarveException> failed) {
        face.files()
                .disk()
                .forOwner(
                        face.sequencer(),
                        () -> {
                            Map<BlobId, Long> sizes = new HashMap<>();
                            for (BlobId id : ids) {
                                sizes.put(id, face.files().size(id));
                            }
                            return sizes;
                        },
                        loaded,
                        failed);
    }

    /** The sequence number from which on all changes are in memory. */
    private static long firstRecent(StoreState store) {
        Map.Entry<Long, Change> first = store.recent.firstEntry();
        return first == null ? store.storeSeq() + 1 : first.getKey();
    }

    /** Begins early enough for the first change of a write that reaches into the last {@link EntryWrite#REMEMBERED}. */
    private List<Remembered.Noted> storedWrites(StoreState store, long upTo) throws IOException {
        List<Remembered.Noted> writes = new ArrayList<>();
        long first = upTo - EntryWrite.REMEMBERED - EntryWrite.MAX_OPS;
        byte[] from = Binary.key(store.number, Math.max(1, first));
        try (StateStore.Cursor cursor =
                face.state().scan(Table.ENTRY_EVENTS, from, Binary.key(store.number, upTo + 1))) {
            while (cursor.next()) {
                Remembered.Noted noted = Remembered.of(Change.ofStored(cursor.value()));
                if (noted != null) {
                    writes.add(noted);
                }
            }
        }
        return writes;
    }
}
