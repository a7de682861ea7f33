package dev.varve.engine.state;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;

/**
 * A checkpoint being filled. Changes go to RocksDB in batches of bounded size, large values to value files before the rows
 * that refer to them. Confined to one thread.
 */
final class RocksCheckpoint implements StateStore.Checkpoint {

    /** What a change takes in a batch beside its key and value, about. */
    private static final int CHANGE_OVERHEAD_BYTES = 16;

    /** A range of at most so many keys is removed key by key: each range deletion slows the reads of its table for a while. */
    private static final int FEW_KEYS = 32;

    private final RocksStateStore store;
    private final ValueFiles values;
    private final WriteBatch batch = new WriteBatch();
    private final Set<Table> batchedTables = EnumSet.noneOf(Table.class);
    private long batchedBytes;
    private boolean committing;
    private boolean committed;
    private boolean ended;

    RocksCheckpoint(RocksStateStore store) {
        this.store = store;
        this.values = store.values;
    }

    @Override
    public void put(Table table, byte[] key, byte[] value) throws IOException {
        put(table, key, value, false);
    }

    @Override
    public void putNew(Table table, byte[] key, byte[] value) throws IOException {
        // What an abandoned checkpoint has written is still there.
        put(table, key, value, !store.abandoned);
    }

    private void put(Table table, byte[] key, byte[] value, boolean replacesNothing) throws IOException {
        long stamp = enter();
        try {
            byte[] row = value;
            if (RocksStateStore.isLarge(table)) {
                if (!replacesNothing) {
                    forgetRow(table, key);
                }
                row = value.length <= store.options.inlineBytes() ? ValueRef.inlineRow(value) : writeLarge(key, value);
            }
            batch.put(store.family(table), table.rowKey(key), row);
            batched(table, key.length + row.length);
        } catch (RocksDBException e) {
            throw store.failed(e);
        } finally {
            store.leave(stamp);
        }
    }

    /** Writes a value to a file and gives the row that refers to it. */
    private byte[] writeLarge(byte[] key, byte[] value) throws IOException {
        ValueRef ref = values.append(key, value);
        values.refers(ref, key);
        return ref.row();
    }

    /** Takes note that the value of a row is garbage from now on. */
    private void forgetRow(Table table, byte[] key) throws RocksDBException {
        if (store.database.keyMayExist(store.family(table), key, null)) {
            byte[] row = store.database.get(store.family(table), key);
            if (row != null) {
                values.refersNoMore(row, key);
            }
        }
    }

    @Override
    public void delete(Table table, byte[] key) throws IOException {
        long stamp = enter();
        try {
            if (RocksStateStore.isLarge(table)) {
                writeIfBatched(table);
                forgetRow(table, key);
            }
            batch.delete(store.family(table), table.rowKey(key));
            batched(table, key.length);
        } catch (RocksDBException e) {
            throw store.failed(e);
        } finally {
            store.leave(stamp);
        }
    }

    @Override
    public void deleteRange(Table table, byte[] from, byte[] to) throws IOException {
        long stamp = enter();
        try {
            if (Arrays.compareUnsigned(from, to) >= 0) { // RocksDB has no word for an empty range
                return;
            }
            List<byte[]> few = forgetRange(table, from, to);
            if (few == null) {
                batch.deleteRange(store.family(table), table.rowKey(from), table.rowKey(to));
                batched(table, from.length + to.length);
            } else {
                for (byte[] key : few) {
                    batch.delete(store.family(table), table.rowKey(key));
                    batched(table, key.length);
                }
            }
        } catch (RocksDBException e) {
            throw store.failed(e);
        } finally {
            store.leave(stamp);
        }
    }

    /** Takes note of the garbage that a range leaves. Gives its keys, or null when there are more than a few. */
    private @Nullable List<byte[]> forgetRange(Table table, byte[] from, byte[] to)
            throws RocksDBException, IOException {
        writeIfBatched(table);
        boolean large = RocksStateStore.isLarge(table);
        List<byte[]> keys = new ArrayList<>();
        int count = 0;
        try (Slice upper = new Slice(table.rowKey(to));
                ReadOptions bounds = new ReadOptions().setIterateUpperBound(upper);
                RocksIterator iterator = store.database.newIterator(store.family(table), bounds)) {
            for (iterator.seek(table.rowKey(from));
                    iterator.isValid() && (large || count <= FEW_KEYS);
                    iterator.next()) {
                byte[] key = table.keyOfRow(iterator.key());
                if (++count <= FEW_KEYS) {
                    keys.add(key);
                }
                if (large) {
                    values.refersNoMore(iterator.value(), key);
                }
            }
            iterator.status();
        }
        return count <= FEW_KEYS ? keys : null;
    }

    @Override
    public void show() throws IOException {
        long stamp = enter();
        try {
            writeBatch();
        } catch (RocksDBException e) {
            throw store.failed(e);
        } finally {
            store.leave(stamp);
        }
    }

    @Override
    public String commit(long replayFrom) throws IOException {
        long stamp = enter();
        try {
            committing = true;
            writeBatch();
            store.steps.reached("batches written");
            Set<Long> cleared = values.clear(new RowMover());
            writeBatch();
            values.seal();
            store.steps.reached("values synced");
            long number = store.directory.beginCheckpoint();
            byte[] reflects = RocksStateStore.reflects(number, replayFrom);
            batch.put(store.families.getFirst(), RocksStateStore.VALUE_FILES, values.describe(cleared));
            batch.put(store.families.getFirst(), RocksStateStore.REFLECTS, reflects);
            writeBatch();
            store.database.flush(store.settings.flushing, store.families);
            store.steps.reached("tables flushed");
            Path unfinished = store.directory.unfinished(number);
            store.checkpointer.createCheckpoint(unfinished.toString());
            values.linkInto(unfinished, cleared);
            store.steps.reached("files linked");
            CheckpointManifest manifest = store.directory.commit(number, replayFrom, values.checksums());
            store.committed = manifest;
            values.leaveOut(cleared);
            committed = true;
            return manifest.name();
        } catch (RocksDBException e) {
            throw abandoned(store.failed(e));
        } catch (StateDirectory.CommitUnknownException e) {
            store.poison = e;
            throw e;
        } catch (IOException e) {
            throw abandoned(e);
        } finally {
            store.leave(stamp);
        }
    }

    /** Moves the records of stream chunks that a row still refers to. */
    private final class RowMover implements ValueFiles.Mover {

        private static final Table TABLE = Table.STREAM_CHUNKS;

        @Override
        public boolean isLive(ValueFile.Found record) throws IOException {
            try {
                byte[] row = store.database.get(store.family(TABLE), record.key());
                return row != null && record.ref().equals(ValueRef.of(row));
            } catch (RocksDBException e) {
                throw new IOException(store.failed(e)); // not to be taken for damage of the value file
            }
        }

        @Override
        public void move(byte[] key, byte[] value) throws IOException {
            try {
                forgetRow(TABLE, key);
                byte[] row = writeLarge(key, value);
                batch.put(store.family(TABLE), key, row);
                batched(TABLE, key.length + row.length);
            } catch (RocksDBException e) {
                throw new IOException(store.failed(e));
            }
        }
    }

    private IOException abandoned(IOException e) {
        try {
            store.directory.abandonCheckpoint();
        } catch (IOException suppressed) {
            e.addSuppressed(suppressed);
        }
        return e;
    }

    @Override
    public void close() {
        if (!ended) {
            ended = true;
            store.abandoned |= !committed;
            batch.close();
            values.discountBatch();
            store.inCheckpoint.set(false);
        }
    }

    private long enter() throws IOException {
        if (ended || committing) {
            throw new IllegalStateException("the checkpoint has ended");
        }
        IOException earlier = store.poison;
        if (earlier != null) {
            throw new IOException("the state takes no more changes after a commit that failed", earlier);
        }
        return store.enter();
    }

    private void batched(Table table, int bytes) throws RocksDBException, IOException {
        batchedTables.add(table);
        batchedBytes += bytes + CHANGE_OVERHEAD_BYTES;
        if (batchedBytes >= store.options.batchBytes()) {
            writeBatch();
        }
    }

    /** What is not written yet cannot be read. */
    private void writeIfBatched(Table table) throws RocksDBException, IOException {
        if (batchedTables.contains(table)) {
            writeBatch();
        }
    }

    private void writeBatch() throws RocksDBException, IOException {
        values.flush();
        store.database.write(store.settings.writing, batch);
        values.count();
        batch.clear();
        batchedTables.clear();
        batchedBytes = 0;
    }
}
