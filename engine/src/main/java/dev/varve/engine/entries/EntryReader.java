package dev.varve.engine.entries;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryType;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what is visible. Reads the disk, except where a method says otherwise. Thread-safe. */
final class EntryReader {

    private final EntriesFace face;
    private final StateStore state;

    EntryReader(EntriesFace face) {
        this.face = face;
        this.state = face.state();
    }

    /** The entry at exactly this path, when memory knows it; null when only the disk can tell. Does not touch the disk. */
    @Nullable Entry inMemory(StoreState store, EntryPath path) {
        byte[] leaf = face.now(store).overlay().leaf(Keys.key(store.number, path));
        return leaf != null && Leaf.isPresent(leaf) ? entry(path, leaf) : null;
    }

    static Entry entry(EntryPath path, byte[] leaf) {
        return new Entry(path, Leaf.value(leaf), Leaf.type(leaf), Leaf.revision(leaf));
    }

    /** A look at one moment: the changes in memory, and the state below them. */
    @FunctionalInterface
    interface Look<T extends @Nullable Object> {
        T at(EntriesFace.Moment moment) throws IOException;
    }

    /** Looks again when a checkpoint began meanwhile: the state may have been of a later moment than the changes. */
    <T extends @Nullable Object> T look(StoreState store, Look<T> look) throws IOException {
        while (true) {
            int before = face.freezes();
            T seen = look.at(face.now(store));
            if (face.freezes() == before) {
                checkThere(store);
                return seen;
            }
        }
    }

    /** Without its changes in memory, what the state still holds of a deleted store is of no moment. */
    static void checkThere(StoreState store) {
        if (store.gone) {
            throw StoreCommand.notFound(store.name);
        }
    }

    /** What stands at a path, or null. */
    @Nullable Entry get(StoreState store, EntryPath path) throws IOException {
        byte[] key = Keys.key(store.number, path);
        return look(store, moment -> {
            byte[] leaf = leaf(moment.overlay(), key);
            return leaf != null ? entry(path, leaf) : assembled(moment.overlay(), path, key);
        });
    }

    private byte @Nullable [] leaf(Overlay overlay, byte[] key) throws IOException {
        byte[] changed = overlay.leaf(key);
        if (changed != null) {
            return Leaf.isPresent(changed) ? changed : null;
        }
        return overlay.isCleared(key) ? null : state.get(Table.ENTRY_LEAVES, key);
    }

    private @Nullable Entry assembled(Overlay overlay, EntryPath path, byte[] key) throws IOException {
        Assembly assembly = new Assembly(path);
        try (EntryScan scan = EntryScan.up(state, overlay, Keys.belowFrom(key), Keys.belowTo(key))) {
            while (scan.next()) {
                assembly.add(Keys.path(scan.key()), scan.leaf());
            }
        }
        return assembly.isEmpty() ? null : new Entry(path, assembly.object(), EntryType.MAP, revision(overlay, key));
    }

    private long revision(Overlay overlay, byte[] key) throws IOException {
        long changed = overlay.subtreeRevision(key);
        byte[] stored = overlay.isCleared(key) ? null : state.get(Table.ENTRY_SUBTREES, key);
        return Math.max(changed, stored == null ? 0 : Overlay.revision(stored));
    }

    List<Entry> getMany(StoreState store, List<EntryPath> paths) throws IOException {
        return look(store, moment -> {
            Map<EntryPath, Entry> found = new LinkedHashMap<>();
            long bytes = 0;
            for (EntryPath path : paths) {
                byte[] leaf = leaf(moment.overlay(), Keys.key(store.number, path));
                if (leaf != null) {
                    bytes += PageFiller.size(path, leaf);
                    if (bytes > EntryStorage.MAX_ASSEMBLED_BYTES) {
                        throw new VarveException(
                                ErrorKind.TOO_LARGE,
                                "the entries take more than " + EntryStorage.MAX_ASSEMBLED_BYTES
                                        + " bytes; ask for fewer at once");
                    }
                    found.put(path, entry(path, leaf));
                }
            }
            return List.copyOf(found.values());
        });
    }

    EntryPage list(StoreState store, EntryQuery query) throws IOException {
        EntryLister lister = new EntryLister(store.number, query);
        if (lister.isEmpty()) {
            return new EntryPage(List.of(), null, face.now(store).storeSeq());
        }
        return look(store, moment -> {
            try (EntryScan scan = lister.scan(state, moment.overlay())) {
                return lister.page(scan).page(moment.storeSeq());
            }
        });
    }

    /** Tables in which all of a store stands together. */
    private static final List<Table> TABLES = List.of(
            Table.ENTRY_LEAVES, Table.ENTRY_SUBTREES, Table.ENTRY_EVENTS, Table.ENTRY_HISTORY, Table.ENTRY_DEADLINES);

    /** About how many bytes the state and memory hold of a store. */
    long sizeBytes(StoreState store) throws IOException {
        return look(store, moment -> {
            long bytes = moment.overlay().bytes(store.number);
            for (Change change : store.recent.values()) {
                bytes += change.encodedBytes();
            }
            for (Table table : TABLES) {
                bytes += state.approximateBytes(table, Binary.key(store.number), Binary.key(store.number + 1));
            }
            return bytes;
        });
    }

    // ---- changes

    /** Changes when all that are asked for are in memory, else null. Does not touch the disk. */
    static @Nullable List<EntryEvent> recentEvents(StoreState store, long after, int limit) {
        long storeSeq = store.storeSeq();
        if (after >= storeSeq) {
            return List.of();
        }
        if (after < store.compactedSeq()) {
            return null;
        }
        List<EntryEvent> events = new ArrayList<>();
        long bytes = 0;
        // One by one: what a checkpoint has written goes out of memory meanwhile, and nothing may be missing for that.
        for (long seq = after + 1; seq <= storeSeq && events.size() < limit; seq++) {
            Change change = store.recent.get(seq);
            if (change == null) {
                return null;
            }
            bytes += change.encodedBytes();
            if (!events.isEmpty() && bytes > EntryStorage.MAX_PAGE_BYTES) {
                break;
            }
            events.add(change.event());
        }
        return events;
    }

    /** Changes up to a page's limit or bytes, or to the last one there was: a page never ends anywhere else. */
    EntryEventPage events(StoreState store, long after, int limit) throws IOException {
        List<EntryEvent> recent = recentEvents(store, after, limit);
        if (recent != null) {
            return new EntryEventPage(recent, store.storeSeq());
        }
        long storeSeq = store.storeSeq();
        checkKept(store, after);
        long last = Math.min(storeSeq, after + limit);
        // Memory before the state: what a checkpoint lets go of in memory has long been in the state.
        Map<Long, Change> inMemory = new HashMap<>();
        store.recent.subMap(after, false, last, true).forEach(inMemory::put);
        List<EntryEvent> events = new ArrayList<>();
        long bytes = 0;
        byte[] from = Binary.key(store.number, after + 1);
        try (StateStore.Cursor cursor = state.scan(Table.ENTRY_EVENTS, from, Binary.key(store.number, last + 1))) {
            for (long seq = after + 1; seq <= last && bytes <= EntryStorage.MAX_PAGE_BYTES; seq++) {
                Change change = inMemory.get(seq);
                if (change == null) {
                    change = stored(store, cursor, seq);
                }
                bytes += change.encodedBytes();
                events.add(change.event());
            }
        }
        checkThere(store);
        return new EntryEventPage(events, storeSeq);
    }

    private static void checkKept(StoreState store, long after) {
        checkThere(store);
        if (after < store.compactedSeq()) {
            throw new VarveException(
                    ErrorKind.COMPACTED,
                    "the changes right after " + after + " are not kept any more; the earliest is "
                            + (store.compactedSeq() + 1));
        }
    }

    private static Change stored(StoreState store, StateStore.Cursor cursor, long seq) throws IOException {
        byte[] wanted = Binary.key(store.number, seq);
        while (cursor.next()) {
            int order = Arrays.compareUnsigned(cursor.key(), wanted);
            if (order == 0) {
                return Change.ofStored(cursor.value());
            }
            if (order > 0) {
                break;
            }
        }
        // It may have been let go of meanwhile.
        checkKept(store, seq - 1);
        throw new VarveException(ErrorKind.CORRUPT, "change " + seq + " of " + store.name + " is missing in the state");
    }
}
