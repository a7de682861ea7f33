package dev.varve.engine;

import dev.varve.engine.io.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that tests move. Thread-safe. */
public final class TestClock implements Clock {

    private final AtomicLong nanos = new AtomicLong(1_700_000_000_000L * 1_000_000);

    public void advance(Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }

    @Override
    public long wallMillis() {
        return nanos.get() / 1_000_000;
    }

    @Override
    public long elapsedNanos() {
        return nanos.get();
    }
}
