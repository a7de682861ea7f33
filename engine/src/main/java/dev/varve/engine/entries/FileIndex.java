package dev.varve.engine.entries;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.FileReference;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Which changes have entries refer to which files: a row for each, found by the file's hash. A row stands for longer than its entry,
 * for history shows the entry; the {@link FileCollector} finds out when it is of no use any more, so that no write has to know
 * what it replaces. Rows since the last checkpoint are in memory. {@link #note}, {@link #freeze} and {@link #retire} belong to the
 * shard's owner; the rest is thread-safe.
 */
final class FileIndex {

    private static final int HASH_BYTES = 32;
    private static final int PATH_OFFSET = HASH_BYTES + 2 * Long.BYTES;

    /** A reference of one entry. */
    record Row(byte[] key, byte[] value) {

        long store() {
            return ByteBuffer.wrap(key).getLong(HASH_BYTES);
        }

        long storeSeq() {
            return ByteBuffer.wrap(key).getLong(HASH_BYTES + Long.BYTES);
        }

        EntryPath path() {
            return EntryPath.parse(new String(key, PATH_OFFSET, key.length - PATH_OFFSET, StandardCharsets.UTF_8));
        }

        /** What the entry says of the file. */
        @Nullable FileReference reference() {
            return FileReference.of(ValueCodec.decode(value, 0));
        }
    }

    /** What one checkpoint writes. */
    record Frozen(NavigableMap<byte[], byte[]> added, List<byte[]> dropped) {}

    private final StateStore state;

    /** What has been added since each checkpoint that is not retired, the newest last. */
    private final CopyOnWriteArrayList<NavigableMap<byte[], byte[]>> generations =
            new CopyOnWriteArrayList<>(List.of(generation()));

    /** Rows of no use, to be deleted by the next checkpoint. When they are forgotten, they are found again. */
    private final AtomicReference<List<byte[]>> toDrop = new AtomicReference<>(List.of());

    FileIndex(StateStore state) {
        this.state = state;
    }

    private static NavigableMap<byte[], byte[]> generation() {
        return new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
    }

    /** Takes note of a change that is durable. */
    void note(long store, Change change) {
        for (Row row : rows(store, change)) {
            generations.getLast().put(row.key(), row.value());
        }
    }

    /** The references that a change makes. */
    static List<Row> rows(long store, Change change) {
        EntryEvent event = change.event();
        EntryValue value = event.value();
        boolean sets = event.kind() == EntryOp.Kind.SET
                || event.kind() == EntryOp.Kind.PUT_FILE
                || event.kind() == EntryOp.Kind.MERGE;
        if (!sets || value == null || !hasFile(value)) {
            return List.of();
        }
        List<Row> rows = new ArrayList<>();
        Flattened.each(event.path(), value, (path, leaf) -> {
            FileReference reference = FileReference.of(leaf);
            if (reference != null) {
                rows.add(new Row(key(hex(reference), store, event.storeSeq(), path), ValueCodec.encode(leaf)));
            }
        });
        return rows;
    }

    /** The digits of a file's hash. */
    static String hex(FileReference reference) {
        return reference.hash().substring(reference.hash().indexOf(':') + 1);
    }

    /** Whether an entry of a value refers to a file. */
    static boolean hasFile(EntryValue value) {
        if (!(value instanceof EntryValue.Fields(Map<String, EntryValue> fields))) {
            return false;
        }
        return value.isWhole()
                ? FileReference.of(value) != null
                : fields.values().stream().anyMatch(FileIndex::hasFile);
    }

    static byte[] key(String hex, long store, long storeSeq, EntryPath path) {
        byte[] written = path.toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(PATH_OFFSET + written.length)
                .put(HexFormat.of().parseHex(hex))
                .putLong(store)
                .putLong(storeSeq)
                .put(written)
                .array();
    }

    /** The first key that a row of a file and a store, or a later store, could have. */
    static byte[] from(String hex, long store) {
        return ByteBuffer.allocate(HASH_BYTES + Long.BYTES)
                .put(HexFormat.of().parseHex(hex))
                .putLong(store)
                .array();
    }

    /** The first rows from a key on, up to those of another file. Reads the disk. */
    List<Row> rows(byte[] from, int limit) throws IOException {
        byte[] to = from(HexFormat.of().formatHex(from, 0, HASH_BYTES), -1L);
        return rows(from, to, limit);
    }

    /** The first rows from a key on, of any file. Reads the disk. */
    List<Row> allRows(byte[] from, int limit) throws IOException {
        return rows(from, null, limit);
    }

    private List<Row> rows(byte[] from, byte @Nullable [] to, int limit) throws IOException {
        // Memory first: what is not there any more is in the state.
        NavigableMap<byte[], byte[]> found = generation();
        for (NavigableMap<byte[], byte[]> generation : generations) {
            NavigableMap<byte[], byte[]> rest = generation.tailMap(from, true);
            int count = 0;
            for (Map.Entry<byte[], byte[]> row : (to == null ? rest : rest.headMap(to, true)).entrySet()) {
                found.put(row.getKey(), row.getValue());
                if (++count == limit) {
                    break;
                }
            }
        }
        try (StateStore.Cursor cursor = state.scan(Table.ENTRY_FILES, from, to)) {
            for (int count = 0; count < limit && cursor.next(); count++) {
                found.put(cursor.key(), cursor.value());
            }
        }
        return found.entrySet().stream()
                .limit(limit)
                .map(row -> new Row(row.getKey(), row.getValue()))
                .toList();
    }

    /** Has rows deleted that are of no use and never will be again. */
    void drop(List<byte[]> keys) {
        toDrop.updateAndGet(before -> {
            List<byte[]> all = new ArrayList<>(before);
            all.addAll(keys);
            return List.copyOf(all);
        });
    }

    Frozen freeze() {
        NavigableMap<byte[], byte[]> added = generations.getLast();
        generations.add(generation());
        return new Frozen(added, toDrop.getAndSet(List.of()));
    }

    /** The state shows what a checkpoint has written. */
    @SuppressWarnings("ReferenceEquality") // the very same: two may hold the same
    void retire(Frozen frozen) {
        generations.removeIf(generation -> generation == frozen.added());
    }

    static void write(Frozen frozen, StateStore.Checkpoint checkpoint) throws IOException {
        for (Map.Entry<byte[], byte[]> row : frozen.added().entrySet()) {
            checkpoint.put(Table.ENTRY_FILES, row.getKey(), row.getValue());
        }
        for (byte[] key : frozen.dropped()) {
            checkpoint.delete(Table.ENTRY_FILES, key);
        }
    }
}
