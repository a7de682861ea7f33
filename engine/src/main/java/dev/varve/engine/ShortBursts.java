package dev.varve.engine;

import dev.varve.engine.io.Clock;
import dev.varve.engine.shard.Pace;
import java.util.concurrent.locks.LockSupport;

/** Sleeps a moment after every short burst of work. Confined to one thread. */
final class ShortBursts implements Pace {

    private static final long BURST_NANOS = 150_000;
    private static final long REST_NANOS = 10_000;

    private final Clock clock;
    private long burstStart;

    ShortBursts(Clock clock) {
        this.clock = clock;
    }

    @Override
    public void step() {
        if (clock.elapsedNanos() - burstStart >= BURST_NANOS) {
            LockSupport.parkNanos(REST_NANOS);
            burstStart = clock.elapsedNanos();
        }
    }
}
