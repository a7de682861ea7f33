package dev.varve.testkit;

import dev.varve.api.EntryStorage;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The model keeps the contract. */
final class ModelEntryStorageTest extends EntryStorageContract {

    private final AtomicLong nowMillis = new AtomicLong(1_700_000_000_000L);
    private final ModelEntryStorage storage = new ModelEntryStorage(nowMillis::get);

    @Override
    protected EntryStorage open() {
        return storage;
    }

    @Override
    protected void close() {
        // Nothing is held.
    }

    /** The model never went away. */
    @Override
    protected EntryStorage reopen() {
        return storage;
    }

    @Override
    protected void advance(Duration duration) {
        nowMillis.addAndGet(duration.toMillis());
    }
}
