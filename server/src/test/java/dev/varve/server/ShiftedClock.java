package dev.varve.server;

import dev.varve.engine.io.Clock;
import dev.varve.engine.io.SystemClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The machine's time, and however much a test has added to it. Thread-safe. */
final class ShiftedClock implements Clock {

    private final Clock machine = new SystemClock();
    private final AtomicLong addedNanos = new AtomicLong();

    void add(Duration time) {
        addedNanos.addAndGet(time.toNanos());
    }

    @Override
    public long wallMillis() {
        return machine.wallMillis() + Duration.ofNanos(addedNanos.get()).toMillis();
    }

    @Override
    public long elapsedNanos() {
        return machine.elapsedNanos() + addedNanos.get();
    }
}
