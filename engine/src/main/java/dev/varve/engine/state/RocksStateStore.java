package dev.varve.engine.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.varve.engine.io.ClosedException;
import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.state.ValueFile.StaleReferenceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.Holder;
import org.rocksdb.Range;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;
import org.rocksdb.Status;

/**
 * The state on disk, in RocksDB. Thread-safe, except that there is one checkpoint at a time. Calls run in native code
 * and may read the disk: not for virtual threads, not for event loops.
 *
 * <p>Two things are on disk. The live directory is the open database; it is scratch, made anew at each opening. A
 * checkpoint is a directory of hard links to its files, taken when everything is flushed, described by a manifest and
 * never changed. So what RocksDB wrote since, on its own or for a checkpoint that never ended, is gone after a crash, and
 * the state is never half of anything.
 *
 * <p>Large values lie beside the tables, in {@link ValueFiles}, and share that fate.
 *
 * <p>Native objects must not be used once they are freed. Every call into RocksDB therefore holds a shared lock, which
 * {@link #close} takes exclusively; cursors still open then are closed with the store and say so when used.
 */
public final class RocksStateStore implements StateStore {

    /** In the default column family: the number and the position of the checkpoint that the tables belong to. */
    static final byte[] REFLECTS = "reflects".getBytes(UTF_8);

    /** In the default column family: the files of large values, {@link ValueFiles#describe}. */
    static final byte[] VALUE_FILES = "value-files".getBytes(UTF_8);

    /** Tables whose values may be large. */
    private static final Set<Table> LARGE = EnumSet.of(Table.STREAM_CHUNKS);

    /** How often a row is read again because its value moved; each time takes a commit in between. */
    private static final int MOVES = 100;

    final StateDirectory directory;
    final StateDirectory.Steps steps;
    private final Path live;
    final StateOptions options;
    final RocksSettings settings;
    final RocksDB database;
    final List<ColumnFamilyHandle> families;
    private final Map<Table, ColumnFamilyHandle> tables = new EnumMap<>(Table.class);
    final ValueFiles values;
    final org.rocksdb.Checkpoint checkpointer;

    /** Shared by calls into RocksDB, exclusive for closing. */
    private final StampedLock guard = new StampedLock();

    private final Set<RocksCursor> cursors = ConcurrentHashMap.newKeySet();
    final AtomicBoolean inCheckpoint = new AtomicBoolean();
    volatile @Nullable CheckpointManifest committed;
    volatile @Nullable IOException poison;
    /** Whether the tables may hold what a checkpoint wrote that was not committed. Confined to checkpoints. */
    boolean abandoned;

    private boolean closed; // guarded by guard

    /**
     * Opens the state, or creates it in a directory that is empty or does not exist.
     *
     * @param directory where it lives; nothing else may be kept there
     * @param options how
     * @return the store as the newest checkpoint left it
     * @throws CorruptStateException when the newest checkpoint is missing or damaged, or the directory is not of this
     *     store; nothing was changed
     * @throws IOException when the directory is in use, or it cannot be opened
     */
    public static RocksStateStore open(Path directory, StateOptions options) throws IOException {
        return open(directory, options, StateDirectory.Steps.NONE);
    }

    static RocksStateStore open(Path path, StateOptions options, StateDirectory.Steps steps) throws IOException {
        StateDirectory directory = StateDirectory.open(path, options.store(), steps);
        RocksStateStore store;
        try {
            store = new RocksStateStore(directory, options, steps);
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
        try {
            store.checkReflects();
            store.values.load(store.note(VALUE_FILES));
        } catch (IOException | RuntimeException e) {
            store.close();
            throw e;
        }
        return store;
    }

    private RocksStateStore(StateDirectory directory, StateOptions options, StateDirectory.Steps steps)
            throws IOException {
        this.directory = directory;
        this.steps = steps;
        this.options = options;
        this.committed = directory.newest();
        this.live = directory.prepareLive();
        this.settings = new RocksSettings(options);
        this.families = new ArrayList<>();
        try {
            this.database = RocksDB.open(settings.database, live.toString(), settings.families, families);
        } catch (RocksDBException e) {
            settings.close();
            IOException failure = failed(e);
            if (failure instanceof CorruptStateException) {
                // RocksDB blames its own list of files whatever table it could not open.
                directory.findDamagedTable();
            }
            throw failure;
        }
        List<String> names = RocksSettings.familyNames();
        for (Table table : Table.values()) {
            tables.put(table, families.get(1 + names.indexOf(table.family())));
        }
        this.checkpointer = org.rocksdb.Checkpoint.create(database);
        this.values = new ValueFiles(live, Table.STREAM_CHUNKS, options.valueFileBytes(), options.openFiles());
    }

    /** What RocksDB holds and what the manifest says must be of one checkpoint. */
    private void checkReflects() throws IOException {
        CheckpointManifest manifest = committed;
        byte[] expected = manifest == null ? null : reflects(manifest.number(), manifest.replayFrom());
        byte[] found = note(REFLECTS);
        if (!Arrays.equals(expected, found)) {
            throw new CorruptStateException(
                    live, "holds the tables of " + describe(found) + ", the manifest is of " + describe(expected));
        }
    }

    static byte[] reflects(long number, long replayFrom) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(number)
                .putLong(replayFrom)
                .array();
    }

    private static String describe(byte @Nullable [] reflects) {
        if (reflects == null || reflects.length != 2 * Long.BYTES) {
            return "no checkpoint";
        }
        ByteBuffer numbers = ByteBuffer.wrap(reflects);
        return "checkpoint " + numbers.getLong() + " at position " + numbers.getLong();
    }

    /** What the store itself noted under a key. */
    private byte @Nullable [] note(byte[] key) throws IOException {
        try {
            return database.get(families.getFirst(), key);
        } catch (RocksDBException e) {
            throw failed(e);
        }
    }

    @Override
    public long replayFrom() {
        CheckpointManifest manifest = committed;
        return manifest == null ? 0 : manifest.replayFrom();
    }

    @Override
    public @Nullable String checkpointName() {
        CheckpointManifest manifest = committed;
        return manifest == null ? null : manifest.name();
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) throws IOException {
        long stamp = enter();
        try {
            for (int moves = 0; ; moves++) {
                byte[] row = database.get(family(table), table.rowKey(key));
                if (row == null) {
                    return null;
                }
                try {
                    ValueRef ref = reference(table, row);
                    return ref == null ? inlineValue(table, row) : values.read(ref, key);
                } catch (StaleReferenceException e) {
                    checkMoves(moves, e);
                }
            }
        } catch (RocksDBException e) {
            throw failed(e);
        } finally {
            leave(stamp);
        }
    }

    /** Where the value of a row lies, or null when the row holds it itself. */
    @Nullable ValueRef reference(Table table, byte[] row) throws CorruptStateException {
        if (!isLarge(table) || ValueRef.isInline(row)) {
            return null;
        }
        ValueRef ref = ValueRef.of(row);
        if (ref == null) {
            throw new CorruptStateException(live, "holds a row of an unknown kind in table " + table);
        }
        return ref;
    }

    static byte[] inlineValue(Table table, byte[] row) {
        return isLarge(table) ? ValueRef.inlineValue(row) : row;
    }

    static boolean isLarge(Table table) {
        return LARGE.contains(table);
    }

    private void checkMoves(int moves, StaleReferenceException e) throws IOException {
        if (moves == MOVES) {
            throw new CorruptStateException(live, "refers to a value file that is not there", e);
        }
    }

    @Override
    public boolean surelyAbsent(Table table, byte[] key) {
        long stamp = guard.readLock();
        try {
            // Asks the memtables, the filters and blocks in the cache; what is not there is not read.
            return !closed && !database.keyMayExist(family(table), table.rowKey(key), null);
        } finally {
            guard.unlockRead(stamp);
        }
    }

    @Override
    public byte @Nullable [] getIfInMemory(Table table, byte[] key) {
        if (isLarge(table)) {
            return null;
        }
        long stamp = guard.readLock();
        try {
            Holder<byte[]> found = new Holder<>();
            // As above; gives the value if that is in one of these.
            if (closed || !database.keyMayExist(family(table), table.rowKey(key), found)) {
                return null;
            }
            byte[] value = found.getValue();
            // When a table's index is not in the cache, RocksDB says that it has the value, and gives an empty one.
            return value == null || value.length == 0 ? null : value;
        } finally {
            guard.unlockRead(stamp);
        }
    }

    @Override
    public Cursor scan(Table table, byte[] from, byte @Nullable [] to) throws IOException {
        return open(table, null, from, to, false);
    }

    @Override
    public Cursor scanFromFloor(Table table, byte[] lowest, byte[] from, byte @Nullable [] to) throws IOException {
        return open(table, lowest, from, to, false);
    }

    @Override
    public Cursor scanDown(Table table, byte[] from, byte[] to) throws IOException {
        return open(table, from, to, to, true);
    }

    /** Opens a cursor; {@code lowest} is no bound when it is null. */
    private Cursor open(Table table, byte @Nullable [] lowest, byte[] begin, byte @Nullable [] to, boolean down)
            throws IOException {
        long stamp = enter();
        try {
            RocksCursor cursor = new RocksCursor(
                    this,
                    table,
                    lowest == null ? null : table.rowKey(lowest),
                    table.rowKey(begin),
                    table.rowEnd(to),
                    down);
            cursors.add(cursor);
            return cursor;
        } finally {
            guard.unlockRead(stamp);
        }
    }

    @Override
    public Checkpoint beginCheckpoint() {
        long stamp = guard.readLock();
        try {
            if (closed) {
                throw new IllegalStateException("the state store is closed");
            }
            if (!inCheckpoint.compareAndSet(false, true)) {
                throw new IllegalStateException("a checkpoint is open already; close it before the next one");
            }
            return new RocksCheckpoint(this);
        } finally {
            guard.unlockRead(stamp);
        }
    }

    @Override
    public void rewrite(Table table, byte[] from, byte[] to) throws IOException {
        long stamp = enter();
        try (CompactRangeOptions all = new CompactRangeOptions()
                .setBottommostLevelCompaction(CompactRangeOptions.BottommostLevelCompaction.kForce)
                .setExclusiveManualCompaction(false)) {
            database.compactRange(family(table), table.rowKey(from), table.rowKey(to), all);
        } catch (RocksDBException e) {
            throw failed(e);
        } finally {
            leave(stamp);
        }
    }

    @Override
    public @Nullable Throwable poison() {
        return poison;
    }

    @Override
    public long approximateBytes(Table table, byte[] from, byte[] to) throws IOException {
        long stamp = enter();
        try (Slice first = new Slice(table.rowKey(from));
                Slice end = new Slice(table.rowKey(to))) {
            long[] sizes = database.getApproximateSizes(
                    family(table),
                    List.of(new Range(first, end)),
                    SizeApproximationFlag.INCLUDE_FILES,
                    SizeApproximationFlag.INCLUDE_MEMTABLES);
            return sizes[0];
        } finally {
            leave(stamp);
        }
    }

    @Override
    public long sizeBytes() {
        return directory.sizeBytes();
    }

    /**
     * How much memory the store takes outside the Java heap.
     *
     * @return bytes of cache, memtables and open tables, about
     * @throws IOException when the store is closed or RocksDB cannot tell
     */
    public long memoryBytes() throws IOException {
        return property("block-cache-usage")
                + property("cur-size-all-mem-tables")
                + property("estimate-table-readers-mem");
    }

    /** Waits until RocksDB has no files to merge, but not for long; for tests. */
    void settle() throws IOException {
        for (int i = 0; i < 1_000; i++) {
            if (property("compaction-pending") + property("num-running-compactions") + property("num-running-flushes")
                    == 0) {
                return;
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** A figure of RocksDB over all tables. */
    long property(String name) throws IOException {
        long stamp = enter();
        try {
            // What belongs to the cache is the same for all families and must not be added up.
            return name.startsWith("block-cache-")
                    ? database.getLongProperty(families.getFirst(), "rocksdb." + name)
                    : database.getAggregatedLongProperty("rocksdb." + name);
        } catch (RocksDBException e) {
            throw failed(e);
        } finally {
            guard.unlockRead(stamp);
        }
    }

    /**
     * Closes the store. Waits for calls that are running, a commit included; later ones are refused. What was not
     * committed is gone.
     */
    @Override
    public void close() throws IOException {
        long stamp = guard.writeLock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            for (RocksCursor cursor : cursors) {
                cursor.release();
            }
            cursors.clear();
            checkpointer.close();
            database.cancelAllBackgroundWork(true);
            for (ColumnFamilyHandle family : families.reversed()) {
                family.close();
            }
            database.close();
            settings.close();
            try (directory) {
                values.close();
            }
        } finally {
            guard.unlockWrite(stamp);
        }
    }

    /** Keeps native objects from being freed until {@link #leave}. */
    long enter() throws IOException {
        long stamp = guard.readLock();
        if (closed) {
            guard.unlockRead(stamp);
            throw new ClosedException("the state store is closed");
        }
        return stamp;
    }

    void leave(long stamp) {
        guard.unlockRead(stamp);
    }

    /** As {@link #enter}, for what may also be done when the store is closed. */
    long enterToClose() {
        return guard.readLock();
    }

    /** A cursor is closed. */
    void forget(RocksCursor cursor) {
        cursors.remove(cursor);
    }

    ColumnFamilyHandle family(Table table) {
        return requireNonNull(tables.get(table));
    }

    IOException failed(RocksDBException e) {
        Status status = e.getStatus();
        String words = String.valueOf(e.getMessage());
        if (status != null && status.getCode() == Status.Code.Corruption) {
            // It names the file of a damaged block, but not that of a table that cannot be opened at all.
            String hint =
                    words.contains(".sst") ? "" : " in a table that cannot be opened; `varve state verify` names it";
            return new CorruptStateException(live, words + hint, e);
        }
        IOException failure = new IOException(e.getMessage(), e);
        // A missing file is damage. RocksDB's words, which name the file, are all that tells it apart.
        boolean missing = words.contains("No such file");
        // Said whenever a file cannot be opened past the page cache, whatever the reason.
        boolean notOpened = words.contains("Direct I/O is not supported");
        return notOpened || (status != null && status.getCode() == Status.Code.IOError && !missing)
                ? DiskErrors.named(live, failure)
                : new IOException(live + ": " + words, e);
    }
}
