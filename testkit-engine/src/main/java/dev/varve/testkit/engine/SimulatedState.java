package dev.varve.testkit.engine;

import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A state store that fails when it is told to, and for good when the power of its disk is gone. What a checkpoint
 * committed survives whole, everything else is lost with the power. It never says that a key is surely absent, and has nothing
 * in memory, so all that has to be known is read. Confined to one thread.
 */
final class SimulatedState implements StateStore {

    private static final long NEVER = Long.MAX_VALUE;

    private final MemoryStateStore store;
    private final SimulatedDisk disk;
    private final RandomGenerator random;
    private final Runnable pause;

    private long readsUntilFailure = NEVER;
    private long failedCheckpoints;
    private long cutCheckpoints;
    private boolean doubtful;
    private @Nullable IOException poison;

    /**
     * A state on a disk.
     *
     * @param store what it holds
     * @param disk has the power, and counts the writes among its operations
     * @param random decides what is left of a commit during which the power goes
     * @param pause called wherever a real store would let other threads run
     */
    SimulatedState(MemoryStateStore store, SimulatedDisk disk, RandomGenerator random, Runnable pause) {
        this.store = store;
        this.disk = disk;
        this.random = random;
        this.pause = pause;
    }

    /** What is found when the store is opened again. */
    MemoryStateStore afterCrash() {
        return store.afterCrash();
    }

    /** Lets a read fail: the so-and-so-manieth, from 0. */
    void failReadAfter(long reads) {
        readsUntilFailure = reads;
    }

    /** When the next commit fails nobody knows what is on the disk, so that the state takes no more writes. */
    void commitInDoubt() {
        doubtful = true;
    }

    void heal() {
        readsUntilFailure = NEVER;
        doubtful = false;
    }

    /** How many checkpoints have failed since the last call. */
    long takeFailedCheckpoints() {
        long failed = failedCheckpoints;
        failedCheckpoints = 0;
        return failed;
    }

    /** How many checkpoints were not finished since the last call because the power went. */
    long takeCutCheckpoints() {
        long cut = cutCheckpoints;
        cutCheckpoints = 0;
        return cut;
    }

    private void read() throws IOException {
        pause.run();
        disk.usableBytes(SimulatedEngine.DIRECTORY);
        if (readsUntilFailure-- == 0) {
            throw new FileSystemException("state", null, "simulated I/O error of a read");
        }
    }

    /** Gives whether the power goes during this write. */
    private boolean write(String kind) throws IOException {
        pause.run();
        try {
            boolean cut = disk.foreign(kind);
            cutCheckpoints += cut ? 1 : 0;
            return cut;
        } catch (SimulatedDisk.PowerCutException e) {
            cutCheckpoints++;
            throw e;
        } catch (IOException e) {
            failedCheckpoints++;
            throw e;
        }
    }

    private void put(String kind) throws IOException {
        if (write(kind)) {
            throw new SimulatedDisk.PowerCutException();
        }
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
    public byte @Nullable [] getIfInMemory(Table table, byte[] key) {
        return null;
    }

    @Override
    public Cursor scan(Table table, byte[] from, byte @Nullable [] to) throws IOException {
        read();
        return store.scan(table, from, to);
    }

    @Override
    public Cursor scanFromFloor(Table table, byte[] lowest, byte[] from, byte @Nullable [] to) throws IOException {
        read();
        return store.scanFromFloor(table, lowest, from, to);
    }

    @Override
    public Cursor scanDown(Table table, byte[] from, byte[] to) throws IOException {
        read();
        return store.scanDown(table, from, to);
    }

    @Override
    public Checkpoint beginCheckpoint() {
        return new FailingCheckpoint(store.beginCheckpoint());
    }

    @Override
    public @Nullable Throwable poison() {
        return poison;
    }

    @Override
    public long approximateBytes(Table table, byte[] from, byte[] to) throws IOException {
        read();
        return store.approximateBytes(table, from, to);
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
            SimulatedState.this.put("state put");
            checkpoint.put(table, key, value);
        }

        @Override
        public void delete(Table table, byte[] key) throws IOException {
            SimulatedState.this.put("state delete");
            checkpoint.delete(table, key);
        }

        @Override
        public void deleteRange(Table table, byte[] from, byte[] to) throws IOException {
            SimulatedState.this.put("state delete range");
            checkpoint.deleteRange(table, from, to);
        }

        @Override
        public String commit(long replayFrom) throws IOException {
            if (doubtful) {
                doubtful = false;
                if (random.nextBoolean()) {
                    checkpoint.commit(replayFrom);
                }
                poison = new IOException("simulated commit of which nobody knows");
                throw poison;
            }
            if (!write("state commit")) {
                return checkpoint.commit(replayFrom);
            }
            if (random.nextBoolean()) {
                checkpoint.commit(replayFrom);
            }
            throw new SimulatedDisk.PowerCutException();
        }

        @Override
        public void close() {
            checkpoint.close();
        }
    }
}
