package dev.varve.engine;

import dev.varve.api.EntryStorage;

/** The engine on disk keeps the contract of entries while what changed alternates between memory and state. */
final class CheckpointedDiskEntryStorageTest extends DiskEntryStorageTest {

    /** A checkpoint on disk takes as long as hundreds of writes. */
    private static final int CALLS_PER_THREE_CHECKPOINTS = 60;

    @Override
    EntryStorage storageOf(Engine opened) {
        return new CheckpointingEntries(opened, CALLS_PER_THREE_CHECKPOINTS);
    }
}
