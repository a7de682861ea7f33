package dev.varve.engine.state;

import dev.varve.engine.io.ClosedException;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import org.jspecify.annotations.Nullable;

/**
 * A state store in memory, with the crash behaviour of one on disk: {@link #afterCrash} gives what the last commit left.
 * For servers that keep nothing, for tests, and for the simulation. Thread-safe, except that there is one checkpoint at
 * a time.
 *
 * <p>The tables are immutable trees behind one reference: a reader takes a root and sees one moment for as long as it
 * likes, a commit is one assignment.
 */
public final class MemoryStateStore implements StateStore {

    /** All tables that hold anything, at one moment, and what the last commit said about them. Immutable. */
    private record Version(EnumMap<Table, SortedTree> tables, long replayFrom, long number) {

        @Nullable SortedTree table(Table table) {
            return tables.get(table);
        }

        Version with(Table table, @Nullable SortedTree tree) {
            EnumMap<Table, SortedTree> changed = tables.clone();
            if (tree == null) {
                changed.remove(table);
            } else {
                changed.put(table, tree);
            }
            return new Version(changed, replayFrom, number);
        }
    }

    private volatile Version live;
    private volatile Version committed;
    private volatile boolean closed;
    private volatile boolean inCheckpoint;

    /** Creates an empty store. */
    public MemoryStateStore() {
        this(new Version(new EnumMap<>(Table.class), 0, 0));
    }

    private MemoryStateStore(Version version) {
        this.live = version;
        this.committed = version;
    }

    /**
     * What opening the store again would find after a crash now, or after {@link #close}: the last commit, and nothing
     * of what was written later. This store answers no more.
     *
     * @return the store after the crash
     */
    public MemoryStateStore afterCrash() {
        closed = true;
        return new MemoryStateStore(committed);
    }

    @Override
    public long replayFrom() {
        return committed.replayFrom;
    }

    @Override
    public @Nullable String checkpointName() {
        long number = committed.number;
        return number == 0 ? null : Long.toString(number);
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) throws IOException {
        checkOpen();
        byte[] value = SortedTree.get(live.table(table), key);
        return value == null ? null : value.clone();
    }

    @Override
    public boolean surelyAbsent(Table table, byte[] key) {
        return !closed && SortedTree.get(live.table(table), key) == null;
    }

    @Override
    public byte @Nullable [] getIfInMemory(Table table, byte[] key) {
        byte[] value = closed ? null : SortedTree.get(live.table(table), key);
        return value == null ? null : value.clone();
    }

    @Override
    public Cursor scan(Table table, byte[] from, byte @Nullable [] to) throws IOException {
        checkOpen();
        return new TreeCursor(live.table(table), from, to);
    }

    @Override
    public Cursor scanFromFloor(Table table, byte[] lowest, byte[] from, byte @Nullable [] to) throws IOException {
        checkOpen();
        SortedTree tree = live.table(table);
        SortedTree floor = SortedTree.floor(tree, from);
        boolean found = floor != null && Arrays.compareUnsigned(floor.key, lowest) >= 0;
        return new TreeCursor(tree, floor != null && found ? floor.key : from, to);
    }

    @Override
    public Cursor scanDown(Table table, byte[] from, byte[] to) throws IOException {
        checkOpen();
        return TreeCursor.down(live.table(table), from, to);
    }

    @Override
    public Checkpoint beginCheckpoint() {
        if (closed) {
            throw new IllegalStateException("the state store is closed");
        }
        if (inCheckpoint) {
            throw new IllegalStateException("a checkpoint is open already; close it before the next one");
        }
        inCheckpoint = true;
        return new MemoryCheckpoint();
    }

    @Override
    public @Nullable Throwable poison() {
        return null;
    }

    @Override
    public long approximateBytes(Table table, byte[] from, byte[] to) throws IOException {
        checkOpen();
        return SortedTree.bytes(live.table(table), from, to);
    }

    @Override
    public long sizeBytes() {
        long bytes = 0;
        for (SortedTree tree : live.tables.values()) {
            bytes += SortedTree.bytes(tree);
        }
        return bytes;
    }

    @Override
    public void close() {
        closed = true;
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new ClosedException("the state store is closed");
        }
    }

    private final class MemoryCheckpoint implements Checkpoint {

        private boolean committed;
        private boolean ended;

        @Override
        public void put(Table table, byte[] key, byte[] value) throws IOException {
            checkUsable();
            live = live.with(table, SortedTree.put(live.table(table), key.clone(), value.clone()));
        }

        @Override
        public void putNew(Table table, byte[] key, byte[] value) throws IOException {
            if (SortedTree.get(MemoryStateStore.this.committed.table(table), key) != null) {
                throw new IllegalStateException("a key of " + table + " that is said to be new has a value");
            }
            put(table, key, value);
        }

        @Override
        public void delete(Table table, byte[] key) throws IOException {
            checkUsable();
            live = live.with(table, SortedTree.remove(live.table(table), key));
        }

        @Override
        public void deleteRange(Table table, byte[] from, byte[] to) throws IOException {
            checkUsable();
            live = live.with(table, SortedTree.removeRange(live.table(table), from, to));
        }

        @Override
        public String commit(long replayFrom) throws IOException {
            checkUsable();
            Version next =
                    new Version(live.tables, replayFrom, Math.addExact(MemoryStateStore.this.committed.number, 1));
            live = next;
            MemoryStateStore.this.committed = next;
            committed = true;
            return Long.toString(next.number);
        }

        @Override
        public void close() {
            if (!ended) {
                ended = true;
                inCheckpoint = false;
            }
        }

        private void checkUsable() throws IOException {
            checkOpen();
            if (committed || ended) {
                throw new IllegalStateException("the checkpoint has ended");
            }
        }
    }
}
