package dev.varve.engine.state;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Another state, for tests that look on or come in between. */
public class ForwardingStateStore implements StateStore {

    private final StateStore to;

    /** Forwards to another. */
    protected ForwardingStateStore(StateStore to) {
        this.to = to;
    }

    @Override
    public long replayFrom() {
        return to.replayFrom();
    }

    @Override
    public @Nullable String checkpointName() {
        return to.checkpointName();
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) throws IOException {
        return to.get(table, key);
    }

    @Override
    public boolean surelyAbsent(Table table, byte[] key) {
        return to.surelyAbsent(table, key);
    }

    @Override
    public byte @Nullable [] getIfInMemory(Table table, byte[] key) {
        return to.getIfInMemory(table, key);
    }

    @Override
    public Cursor scan(Table table, byte[] from, byte @Nullable [] end) throws IOException {
        return to.scan(table, from, end);
    }

    @Override
    public Cursor scanFromFloor(Table table, byte[] lowest, byte[] from, byte @Nullable [] end) throws IOException {
        return to.scanFromFloor(table, lowest, from, end);
    }

    @Override
    public Cursor scanDown(Table table, byte[] from, byte[] end) throws IOException {
        return to.scanDown(table, from, end);
    }

    @Override
    public Checkpoint beginCheckpoint() {
        return to.beginCheckpoint();
    }

    @Override
    public @Nullable Throwable poison() {
        return to.poison();
    }

    @Override
    public long approximateBytes(Table table, byte[] from, byte[] end) throws IOException {
        return to.approximateBytes(table, from, end);
    }

    @Override
    public long sizeBytes() {
        return to.sizeBytes();
    }

    @Override
    public void close() throws IOException {
        to.close();
    }
}
