package dev.varve.server.outbound;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads that call receivers, none when idle. Platform threads, because looking a name up and TLS block in ways that would hold
 * a virtual thread's carrier.
 */
public final class CallerThreads {

    private static final int IDLE_SECONDS = 30;

    private CallerThreads() {}

    /**
     * Makes a pool.
     *
     * @param name what its threads are called, before their number
     * @param threads how many calls are made at the same time
     * @param waiting how many more may wait for their turn; what comes beyond is rejected
     * @return the pool
     */
    public static ThreadPoolExecutor pool(String name, int threads, int waiting) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(waiting),
                Thread.ofPlatform().name(name, 0).daemon().factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
