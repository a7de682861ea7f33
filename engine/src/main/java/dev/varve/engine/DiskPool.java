package dev.varve.engine;

import dev.varve.engine.io.ClosedException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A bounded number of platform threads that may block on the disk, with a bounded number of tasks waiting. Thread-safe. */
final class DiskPool implements Executor, AutoCloseable {

    private static final long STOP_SECONDS = 30;

    private final ThreadPoolExecutor executor;

    DiskPool(int threads, int maxWaiting, ThreadFactory factory) {
        executor = new ThreadPoolExecutor(
                threads, threads, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(maxWaiting), factory);
        executor.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            throw executor.isShutdown()
                    ? new RejectedExecutionException("the threads have ended", new ClosedException("Varve is closed"))
                    : e;
        }
    }

    /** Finishes what is waiting. */
    @Override
    public void close() {
        executor.shutdown();
        // Never by interrupting: that would close the files the threads read.
        if (!Threads.awaitEnd(executor, STOP_SECONDS)) {
            throw new IllegalStateException("the disk has not answered for " + STOP_SECONDS + " s");
        }
    }
}
