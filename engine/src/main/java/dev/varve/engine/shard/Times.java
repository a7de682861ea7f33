package dev.varve.engine.shard;

import dev.varve.engine.spi.MetricSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** A distribution of durations in fixed buckets. Added to by one thread at a time, read by anyone. */
public final class Times {

    private static final double NANOS_PER_SECOND = 1e9;

    /** Inclusive upper bounds of the buckets, in seconds. */
    private static final double[] BOUNDS = {
        0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5
    };

    private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.length + 1);
    private final AtomicLong sumNanos = new AtomicLong();

    Times() {}

    void add(long nanos) {
        double seconds = nanos / NANOS_PER_SECOND;
        int bucket = 0;
        while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]) {
            bucket++;
        }
        counts.setRelease(bucket, counts.getPlain(bucket) + 1);
        sumNanos.setRelease(sumNanos.getPlain() + nanos);
    }

    /**
     * Tells the distribution.
     *
     * @param sink who takes it
     * @param name the figure's name
     * @param help one sentence
     */
    public void report(MetricSource.Sink sink, String name, String help) {
        long[] copy = new long[counts.length()];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = counts.getAcquire(i);
        }
        sink.histogram(name, help, BOUNDS.clone(), copy, sumNanos.getAcquire() / NANOS_PER_SECOND);
    }
}
