package dev.varve.testkit.engine;

import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A state store that fails when it is told to, and for good when the power of its disk is gone. What a checkpoint
 * committed survives whole, everything else is lost with the power. It never says that a key is surely absent, so every
 * head that is not in memory is looked for. Confined to one thread.
 */
final class SimulatedState implements StateStore {

    private static final long NEVER = Long.MAX_VALUE;

    private final MemoryStateStore store;
    private final SimulatedDisk disk;
    private final Runnable pause;

    private long writesUntilFailure = NEVER;
    private long readsUntilFailure = NEVER;
    private long failedWrites;

    /**
     * A state on a disk.
     *
     * @param store what it holds
     * @param disk has the power
     * @param pause called wherever a real store would let other threads run
     */
    SimulatedState(MemoryStateStore store, SimulatedDisk disk, Runnable pause) {
        this.store = store;
        this.disk = disk;
        this.pause = pause;
    }

    /** What is found when the store is opened again. */
    MemoryStateStore afterCrash() {
        return store.afterCrash();
    }

    /** Lets a write of a checkpoint fail, or its commit: whatever is the so-and-so-manieth, from 0. */
    void failWriteAfter(long writes) {
        writesUntilFailure = writes;
    }

    /** Lets a read fail. */
    void failReadAfter(long reads) {
        readsUntilFailure = reads;
    }

    void heal() {
        writesUntilFailure = NEVER;
        readsUntilFailure = NEVER;
    }

    /** How often a write failed because it was told to. */
    long failedWrites() {
        return failedWrites;
    }

    private void read() throws IOException {
        pause.run();
        requirePower();
        if (readsUntilFailure-- == 0) {
            throw new IOException("simulated I/O error of a state read");
        }
    }

    private void write() throws IOException {
        pause.run();
        requirePower();
        if (writesUntilFailure-- == 0) {
            failedWrites++;
            throw new IOException("simulated I/O error of a state write");
        }
    }

    private void requirePower() throws IOException {
        disk.usableBytes(SimulatedEngine.DIRECTORY);
    }

    @Override
    public long replayFrom() {
        return store.replayFrom();
    }

    @Override
    public @Nullable String checkpointName() {
        return store.checkpointName();
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) throws IOException {
        read();
        return store.get(table, key);
    }

    @Override
    public boolean surelyAbsent(Table table, byte[] key) {
        return false;
    }

    @Override
    public Cursor scan(Table table, byte[] from, byte @Nullable [] to) throws IOException {
        read();
        return store.scan(table, from, to);
    }

    @Override
    public @Nullable Entry floor(Table table, byte[] key, byte[] from) throws IOException {
        read();
        return store.floor(table, key, from);
    }

    @Override
    public Checkpoint beginCheckpoint() {
        return new FailingCheckpoint(store.beginCheckpoint());
    }

    @Override
    public @Nullable Throwable poison() {
        return store.poison();
    }

    @Override
    public long sizeBytes() {
        return store.sizeBytes();
    }

    @Override
    public void close() {
        store.close();
    }

    private final class FailingCheckpoint implements Checkpoint {

        private final Checkpoint checkpoint;

        FailingCheckpoint(Checkpoint checkpoint) {
            this.checkpoint = checkpoint;
        }

        @Override
        public void put(Table table, byte[] key, byte[] value) throws IOException {
            write();
            checkpoint.put(table, key, value);
        }

        @Override
        public void delete(Table table, byte[] key) throws IOException {
            write();
            checkpoint.delete(table, key);
        }

        @Override
        public void deleteRange(Table table, byte[] from, byte[] to) throws IOException {
            write();
            checkpoint.deleteRange(table, from, to);
        }

        @Override
        public String commit(long replayFrom) throws IOException {
            write();
            return checkpoint.commit(replayFrom);
        }

        @Override
        public void close() {
            checkpoint.close();
        }
    }
}
