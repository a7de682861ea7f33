package dev.varve.engine.state;

import dev.varve.engine.io.ReadBuffers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * Goes through a table of a {@link RocksStateStore}, as it was when the cursor was made. Values that lie in files are read when
 * they are asked for; the files stay for as long as the cursor. Confined to one thread, except that the store may close it.
 */
final class RocksCursor implements StateStore.Cursor {

    private final RocksStateStore store;
    private final Table table;
    /** Where to go next; null when on from the current row. */
    private byte @Nullable [] seek;

    private boolean fromFloor;
    private final boolean down;
    private final long opened;
    private final @Nullable Slice lower;
    private final @Nullable Slice upper;
    private final ReadOptions bounds;
    private final RocksIterator iterator;
    private boolean released; // guarded by the store
    private byte @Nullable [] key;
    private byte @Nullable [] row;

    RocksCursor(
            RocksStateStore store,
            Table table,
            byte @Nullable [] lowest,
            byte[] begin,
            byte @Nullable [] to,
            boolean down) {
        this.store = store;
        this.table = table;
        this.seek = begin.clone();
        this.fromFloor = lowest != null && !down;
        this.down = down;
        this.bounds = new ReadOptions();
        this.lower = lowest == null ? null : new Slice(lowest);
        if (lower != null) {
            bounds.setIterateLowerBound(lower);
        }
        this.upper = to == null ? null : new Slice(to);
        if (upper != null) {
            bounds.setIterateUpperBound(upper);
        }
        this.opened = store.values.cursorOpens();
        this.iterator = store.database.newIterator(store.family(table), bounds);
    }

    @Override
    public boolean next() throws IOException {
        key = null;
        row = null;
        long stamp = store.enter();
        try {
            checkUsable();
            byte[] target = seek;
            seek = null;
            if (target != null) {
                seek(target);
            } else if (iterator.isValid()) {
                step();
            }
            if (!iterator.isValid()) {
                iterator.status();
                return false;
            }
            key = table.keyOfRow(iterator.key());
            return true;
        } catch (RocksDBException e) {
            throw store.failed(e);
        } finally {
            store.leave(stamp);
        }
    }

    @Override
    public byte[] key() {
        return current(key);
    }

    private void step() {
        if (down) {
            iterator.prev();
        } else {
            iterator.next();
        }
    }

    private void seek(byte[] target) throws RocksDBException {
        if (down) {
            iterator.seekForPrev(target);
            if (iterator.isValid() && Arrays.equals(iterator.key(), target)) {
                iterator.prev();
            }
            return;
        }
        if (fromFloor) {
            fromFloor = false;
            iterator.seekForPrev(target);
            if (iterator.isValid()) {
                return;
            }
            iterator.status();
        }
        iterator.seek(target);
    }

    @Override
    public void skipTo(byte[] to) {
        if (Arrays.compareUnsigned(current(key), to) < 0 != down) {
            seek = table.rowKey(to).clone();
        }
    }

    private void checkUsable() {
        if (released) {
            throw new IllegalStateException("the cursor is closed");
        }
    }

    @Override
    public byte[] value() throws IOException {
        byte[] present = row();
        ValueRef ref = store.reference(table, present);
        if (ref == null) {
            return RocksStateStore.inlineValue(table, present);
        }
        long stamp = store.enter();
        try {
            checkUsable();
            return store.values.read(ref, current(key));
        } finally {
            store.leave(stamp);
        }
    }

    @Override
    public ByteBuffer value(ReadBuffers buffers) throws IOException {
        byte[] present = row();
        ValueRef ref = store.reference(table, present);
        if (ref == null) {
            return ByteBuffer.wrap(RocksStateStore.inlineValue(table, present));
        }
        long stamp = store.enter();
        try {
            checkUsable();
            ByteBuffer value = buffers.take(ref.length());
            store.values.read(ref, current(key), value);
            return value;
        } finally {
            store.leave(stamp);
        }
    }

    /** The row, copied from RocksDB only when somebody asks for its value. */
    private byte[] row() throws IOException {
        current(key);
        byte[] present = row;
        if (present == null) {
            long stamp = store.enter();
            try {
                checkUsable();
                present = iterator.value();
                row = present;
            } finally {
                store.leave(stamp);
            }
        }
        return present;
    }

    private static byte[] current(byte @Nullable [] part) {
        if (part == null) {
            throw new IllegalStateException("the cursor is at no key");
        }
        return part;
    }

    @Override
    public void close() {
        long stamp = store.enterToClose();
        try {
            store.forget(this);
            release();
        } finally {
            store.leave(stamp);
        }
    }

    void release() {
        if (!released) {
            released = true;
            iterator.close();
            bounds.close();
            if (lower != null) {
                lower.close();
            }
            if (upper != null) {
                upper.close();
            }
            store.values.cursorClosed(opened);
        }
    }
}
