package dev.varve.engine.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

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
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;

/**
 * The state on disk, in RocksDB. Thread-safe, except that there is one checkpoint at a time. Calls run in native code
 * and may read the disk: not for virtual threads, not for event loops.
 *
 * <p>Two things are on disk. The live directory is the open database; it is scratch, made anew at each opening. A
 * checkpoint is a directory of hard links to its files, taken when everything is flushed, described by a manifest and
 * never changed. So what RocksDB wrote since, on its own or for a checkpoint that never ended, is gone after a crash, and
 * the state is never half of anything.
 *
 * <p>Native objects must not be used once they are freed. Every call into RocksDB therefore holds a shared lock, which
 * {@link #close} takes exclusively; cursors still open then are closed with the store and say so when used.
 */
public final class RocksStateStore implements StateStore {

    /** In the default column family: the number and the position of the checkpoint that the tables belong to. */
    private static final byte[] REFLECTS = "reflects".getBytes(UTF_8);

    /** What a change takes in a batch beside its key and value, about. */
    private static final int CHANGE_OVERHEAD_BYTES = 16;

    /** A range of at most so many keys is removed key by key: each range deletion slows the reads of its table for a while. */
    private static final int FEW_KEYS = 32;

    /** The same where looking at a key means reading a blob. */
    private static final int FEW_BLOBS = 4;

    /** Garbage collection in blob files begins at one such share of garbage, and ends at the other. */
    private static final double GARBAGE_TOO_MUCH = 0.3;

    private static final double GARBAGE_LITTLE = 0.1;

    private final StateDirectory directory;
    private final StateDirectory.Steps steps;
    private final Path live;
    private final int batchBytes;
    private final long garbageBytes;
    private final RocksSettings settings;
    private final RocksDB database;
    private final List<ColumnFamilyHandle> families;
    private final Map<Table, ColumnFamilyHandle> tables = new EnumMap<>(Table.class);
    private final org.rocksdb.Checkpoint checkpointer;

    /** Shared by calls into RocksDB, exclusive for closing. */
    private final StampedLock guard = new StampedLock();

    private final Set<RocksCursor> cursors = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean inCheckpoint = new AtomicBoolean();
    private volatile @Nullable CheckpointManifest committed;
    private volatile @Nullable IOException poison;
    private boolean closed; // guarded by guard
    private final Set<Table> collecting = EnumSet.noneOf(Table.class); // confined to the checkpoint

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
        this.batchBytes = options.batchBytes();
        this.garbageBytes = options.memtableBytes();
        this.committed = directory.newest();
        this.live = directory.prepareLive();
        this.settings = new RocksSettings(options);
        this.families = new ArrayList<>();
        try {
            this.database = RocksDB.open(settings.database, live.toString(), settings.families, families);
        } catch (RocksDBException e) {
            settings.close();
            throw failed(e);
        }
        for (Table table : Table.values()) {
            tables.put(table, families.get(1 + tables.size()));
        }
        this.checkpointer = org.rocksdb.Checkpoint.create(database);
    }

    /** What RocksDB holds and what the manifest says must be of one checkpoint. */
    private void checkReflects() throws IOException {
        CheckpointManifest manifest = committed;
        byte[] expected = manifest == null ? null : reflects(manifest.number(), manifest.replayFrom());
        byte[] found;
        try {
            found = database.get(families.getFirst(), REFLECTS);
        } catch (RocksDBException e) {
            throw failed(e);
        }
        if (!Arrays.equals(expected, found)) {
            throw new CorruptStateException(
                    live, "holds the tables of " + describe(found) + ", the manifest is of " + describe(expected));
        }
    }

    private static byte[] reflects(long number, long replayFrom) {
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
            return database.get(family(table), settings.reading(table), key);
        } catch (RocksDBException e) {
            throw failed(e);
        } finally {
            guard.unlockRead(stamp);
        }
    }

    @Override
    public boolean surelyAbsent(Table table, byte[] key) {
        long stamp = guard.readLock();
        try {
            // Asks the memtables, the filters and blocks in the cache; what is not there is not read.
            return !closed && !database.keyMayExist(family(table), settings.reading(table), key, null);
        } finally {
            guard.unlockRead(stamp);
        }
    }

    @Override
    public Cursor scan(Table table, byte[] from, byte @Nullable [] to) throws IOException {
        long stamp = enter();
        try {
            RocksCursor cursor = new RocksCursor(table, from, to);
            cursors.add(cursor);
            return cursor;
        } finally {
            guard.unlockRead(stamp);
        }
    }

    @Override
    public @Nullable Entry floor(Table table, byte[] key, byte[] from) throws IOException {
        long stamp = enter();
        try (Slice lowest = new Slice(from);
                ReadOptions options = RocksSettings.readOptions(table).setIterateLowerBound(lowest);
                RocksIterator iterator = database.newIterator(family(table), options)) {
            iterator.seekForPrev(key);
            if (iterator.isValid()) {
                return new Entry(iterator.key(), iterator.value());
            }
            iterator.status();
            return null;
        } catch (RocksDBException e) {
            throw failed(e);
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
            return new RocksCheckpoint();
        } finally {
            guard.unlockRead(stamp);
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
            directory.close();
        } finally {
            guard.unlockWrite(stamp);
        }
    }

    /** Keeps native objects from being freed until the stamp is given back. */
    private long enter() throws IOException {
        long stamp = guard.readLock();
        if (closed) {
            guard.unlockRead(stamp);
            throw new IOException("the state store is closed");
        }
        return stamp;
    }

    private ColumnFamilyHandle family(Table table) {
        return requireNonNull(tables.get(table));
    }

    private IOException failed(RocksDBException e) {
        Status status = e.getStatus();
        return status != null && status.getCode() == Status.Code.Corruption
                ? new CorruptStateException(live, String.valueOf(e.getMessage()), e)
                : new IOException(live + ": " + e.getMessage(), e);
    }

    /**
     * Turns the collection of garbage in blob files on while there is much of it, and off when there is little: RocksDB
     * itself, once told to collect, copies the oldest files at every merge even if nothing in them is garbage.
     */
    private void steerGarbageCollection() throws RocksDBException {
        for (Table table : Table.values()) {
            if (RocksSettings.holdsBlobs(table)) {
                long garbage = database.getLongProperty(family(table), "rocksdb.live-blob-file-garbage-size");
                long all = database.getLongProperty(family(table), "rocksdb.live-blob-file-size");
                boolean running = collecting.contains(table);
                boolean wanted = running
                        ? garbage > all * GARBAGE_LITTLE
                        : garbage > garbageBytes && garbage > all * GARBAGE_TOO_MUCH;
                if (wanted != running) {
                    database.setOptions(
                            family(table),
                            MutableColumnFamilyOptions.builder()
                                    .setEnableBlobGarbageCollection(wanted)
                                    .build());
                    if (wanted) {
                        collecting.add(table);
                    } else {
                        collecting.remove(table);
                    }
                }
            }
        }
    }

    private final class RocksCheckpoint implements Checkpoint {

        private final WriteBatch batch = new WriteBatch();
        private final Set<Table> batchedTables = EnumSet.noneOf(Table.class);
        private long batchedBytes;
        private boolean committing;
        private boolean ended;

        @Override
        public void put(Table table, byte[] key, byte[] value) throws IOException {
            long stamp = enterCheckpoint();
            try {
                batch.put(family(table), key, value);
                batched(table, key.length + value.length);
            } catch (RocksDBException e) {
                throw failed(e);
            } finally {
                guard.unlockRead(stamp);
            }
        }

        @Override
        public void delete(Table table, byte[] key) throws IOException {
            long stamp = enterCheckpoint();
            try {
                batch.delete(family(table), key);
                batched(table, key.length);
            } catch (RocksDBException e) {
                throw failed(e);
            } finally {
                guard.unlockRead(stamp);
            }
        }

        @Override
        public void deleteRange(Table table, byte[] from, byte[] to) throws IOException {
            long stamp = enterCheckpoint();
            try {
                if (Arrays.compareUnsigned(from, to) >= 0) { // RocksDB has no word for an empty range
                    return;
                }
                List<byte[]> few = fewKeys(table, from, to);
                if (few == null) {
                    batch.deleteRange(family(table), from, to);
                    batched(table, from.length + to.length);
                } else {
                    for (byte[] key : few) {
                        batch.delete(family(table), key);
                        batched(table, key.length);
                    }
                }
            } catch (RocksDBException e) {
                throw failed(e);
            } finally {
                guard.unlockRead(stamp);
            }
        }

        /** The keys in a range, or null when there are more than a few. */
        private @Nullable List<byte[]> fewKeys(Table table, byte[] from, byte[] to) throws RocksDBException {
            if (batchedTables.contains(table)) {
                writeBatch(); // an iterator does not see what is not written yet
            }
            int most = RocksSettings.holdsBlobs(table) ? FEW_BLOBS : FEW_KEYS;
            List<byte[]> keys = new ArrayList<>();
            try (Slice upper = new Slice(to);
                    ReadOptions options = RocksSettings.readOptions(table).setIterateUpperBound(upper);
                    RocksIterator iterator = database.newIterator(family(table), options)) {
                for (iterator.seek(from); iterator.isValid(); iterator.next()) {
                    if (keys.size() == most) {
                        return null;
                    }
                    keys.add(iterator.key());
                }
                iterator.status();
            }
            return keys;
        }

        @Override
        public String commit(long replayFrom) throws IOException {
            long stamp = enterCheckpoint();
            try {
                committing = true;
                long number = directory.beginCheckpoint();
                batch.put(families.getFirst(), REFLECTS, reflects(number, replayFrom));
                writeBatch();
                steerGarbageCollection();
                steps.reached("batches written");
                database.flush(settings.flushing, families);
                steps.reached("tables flushed");
                checkpointer.createCheckpoint(directory.unfinished(number).toString());
                steps.reached("files linked");
                CheckpointManifest manifest = directory.commit(number, replayFrom);
                committed = manifest;
                return manifest.name();
            } catch (RocksDBException e) {
                throw abandoned(failed(e));
            } catch (StateDirectory.CommitUnknownException e) {
                poison = e;
                throw e;
            } catch (IOException e) {
                throw abandoned(e);
            } finally {
                guard.unlockRead(stamp);
            }
        }

        private IOException abandoned(IOException e) {
            try {
                directory.abandonCheckpoint();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            return e;
        }

        @Override
        public void close() {
            if (!ended) {
                ended = true;
                batch.close();
                inCheckpoint.set(false);
            }
        }

        private long enterCheckpoint() throws IOException {
            if (ended || committing) {
                throw new IllegalStateException("the checkpoint has ended");
            }
            IOException earlier = poison;
            if (earlier != null) {
                throw new IOException("the state takes no more changes after a commit that failed", earlier);
            }
            return enter();
        }

        private void batched(Table table, int bytes) throws RocksDBException {
            batchedTables.add(table);
            batchedBytes += bytes + CHANGE_OVERHEAD_BYTES;
            if (batchedBytes >= batchBytes) {
                writeBatch();
            }
        }

        private void writeBatch() throws RocksDBException {
            database.write(settings.writing, batch);
            batch.clear();
            batchedTables.clear();
            batchedBytes = 0;
        }
    }

    /** An iterator sees the database as it was when the iterator was made. */
    private final class RocksCursor implements Cursor {

        private final byte[] from;
        private final @Nullable Slice upper;
        private final ReadOptions options;
        private final RocksIterator iterator;
        private boolean begun;
        private boolean released; // guarded by guard
        private byte @Nullable [] key;
        private byte @Nullable [] value;

        RocksCursor(Table table, byte[] from, byte @Nullable [] to) {
            this.from = from.clone();
            this.options = RocksSettings.readOptions(table);
            this.upper = to == null ? null : new Slice(to);
            if (upper != null) {
                options.setIterateUpperBound(upper);
            }
            this.iterator = database.newIterator(family(table), options);
        }

        @Override
        public boolean next() throws IOException {
            key = null;
            value = null;
            long stamp = enter();
            try {
                if (released) {
                    throw new IllegalStateException("the cursor is closed");
                }
                if (!begun) {
                    begun = true;
                    iterator.seek(from);
                } else if (iterator.isValid()) {
                    iterator.next();
                }
                if (!iterator.isValid()) {
                    iterator.status();
                    return false;
                }
                key = iterator.key();
                value = iterator.value();
                return true;
            } catch (RocksDBException e) {
                throw failed(e);
            } finally {
                guard.unlockRead(stamp);
            }
        }

        @Override
        public byte[] key() {
            return current(key);
        }

        @Override
        public byte[] value() {
            return current(value);
        }

        private static byte[] current(byte @Nullable [] part) {
            if (part == null) {
                throw new IllegalStateException("the cursor is at no key");
            }
            return part;
        }

        @Override
        public void close() {
            long stamp = guard.readLock();
            try {
                cursors.remove(this);
                release();
            } finally {
                guard.unlockRead(stamp);
            }
        }

        void release() {
            if (!released) {
                released = true;
                iterator.close();
                options.close();
                if (upper != null) {
                    upper.close();
                }
            }
        }
    }
}
