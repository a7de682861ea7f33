package dev.varve.testkit;

import dev.varve.api.ListResult;
import dev.varve.api.Offset;
import dev.varve.api.StreamStorage;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The model keeps the contract. */
final class ModelStreamStorageTest extends StreamStorageContract {

    private final AtomicLong nowMillis = new AtomicLong(1_700_000_000_000L);
    private final ModelStreamStorage storage = new ModelStreamStorage(nowMillis::get);

    @Override
    protected StreamStorage open() {
        return storage;
    }

    /** The model never went away; all it takes is that its lifetimes start anew. */
    @Override
    protected StreamStorage reopen() {
        ListResult all = storage.list("", null, ModelStreamStorage.MAX_LISTED).join();
        ((ListResult.Listing) all)
                .streams()
                .forEach(stream -> storage.read(stream.path(), Offset.NOW, 1).join());
        return storage;
    }

    @Override
    protected void advance(Duration duration) {
        nowMillis.addAndGet(duration.toMillis());
    }
}
