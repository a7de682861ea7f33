package dev.varve.bench;

import java.io.Closeable;
import java.io.IOException;
import org.HdrHistogram.Histogram;

/** Callers of one server, each with one request outstanding. Confined to one thread. */
interface Load extends Closeable {

    /**
     * Sends without a break for some time, then waits for the answers that are still out, which do not count. Returns the
     * number of answers; their latencies are added to those of before.
     */
    long run(double seconds) throws IOException;

    /** Forgets the latencies measured so far. */
    void forget();

    /** What was measured since then. */
    Histogram latencyNanos();
}
