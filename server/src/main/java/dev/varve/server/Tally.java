package dev.varve.server;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What one loop has counted since the start. Added to by the loop's thread alone, so that counting costs a store and no
 * processor waits for another; read by anyone.
 */
final class Tally {

    /** Inclusive upper bounds of the durations of appends, in seconds. */
    private static final double[] SECONDS = {
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
    };

    private static final double NANOS = 1e-9;

    /** Statuses of HTTP are below it. */
    private static final int STATUSES = 600;

    private final AtomicLong receivedBytes = new AtomicLong();
    private final AtomicLong sentBytes = new AtomicLong();
    private final AtomicLong evictions = new AtomicLong();
    private final AtomicLongArray appends = new AtomicLongArray(SECONDS.length + 1);
    private final AtomicLong appendNanos = new AtomicLong();
    /** Answers by the route's name and the status. */
    private final Map<String, AtomicLongArray> answers = new ConcurrentHashMap<>();

    // ---- by the loop

    void answered(Route route, int status, long nanos) {
        String name = route.name();
        AtomicLongArray byStatus = answers.get(name);
        if (byStatus == null) {
            byStatus = new AtomicLongArray(STATUSES);
            answers.put(name, byStatus);
        }
        add(byStatus, status, 1);
        if (status < 300 && name.equals(StreamRoutes.APPEND)) {
            double seconds = nanos * NANOS;
            int bucket = 0;
            while (bucket < SECONDS.length && seconds > SECONDS[bucket]) {
                bucket++;
            }
            add(appends, bucket, 1);
            add(appendNanos, nanos);
        }
    }

    void received(long bytes) {
        add(receivedBytes, bytes);
    }

    void sent(long bytes) {
        add(sentBytes, bytes);
    }

    void evicted() {
        add(evictions, 1);
    }

    private static void add(AtomicLong count, long more) {
        count.setRelease(count.getPlain() + more);
    }

    private static void add(AtomicLongArray counts, int at, long more) {
        counts.setRelease(at, counts.getPlain(at) + more);
    }

    // ---- by whoever reads

    long receivedBytes() {
        return receivedBytes.getAcquire();
    }

    long sentBytes() {
        return sentBytes.getAcquire();
    }

    long evictions() {
        return evictions.getAcquire();
    }

    static double[] appendBounds() {
        return SECONDS.clone();
    }

    /** Adds the appends of each bucket, and of the one beyond the last bound. */
    void addAppends(long[] buckets) {
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] += appends.getAcquire(i);
        }
    }

    double appendSeconds() {
        return appendNanos.getAcquire() * NANOS;
    }

    /** Adds, for each route by name, how often it was answered with each status. */
    void addAnswers(Map<String, long[]> byRoute) {
        answers.forEach((route, byStatus) -> {
            long[] sums = byRoute.computeIfAbsent(route, _ -> new long[STATUSES]);
            for (int status = 0; status < STATUSES; status++) {
                sums[status] += byStatus.getAcquire(status);
            }
        });
    }
}
