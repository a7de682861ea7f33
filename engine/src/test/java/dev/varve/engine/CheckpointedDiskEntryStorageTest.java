package dev.varve.engine;

import dev.varve.api.EntryStorage;

/** The engine on disk keeps the contract of entries while what changed alternates between memory and state. */
final class CheckpointedDiskEntryStorageTest extends DiskEntryStorageTest {

    @Override
    EntryStorage storageOf(Engine opened) {
        return new CheckpointingEntries(opened);
    }
}
