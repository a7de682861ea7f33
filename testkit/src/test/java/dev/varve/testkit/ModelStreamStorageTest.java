package dev.varve.testkit;

import dev.varve.api.StreamStorage;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The model keeps the contract. */
final class ModelStreamStorageTest extends StreamStorageContract {

    private final AtomicLong nowMillis = new AtomicLong(1_700_000_000_000L);

    @Override
    protected StreamStorage open() {
        return new ModelStreamStorage(nowMillis::get);
    }

    @Override
    protected void advance(Duration duration) {
        nowMillis.addAndGet(duration.toMillis());
    }
}
