package dev.varve.api;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Threads that tell listeners. A few do for many listeners that take what they are told; when none of them has got anywhere for a
 * moment, as all are held by listeners that block, there are more. Without work there are none. Thread-safe.
 */
final class ListenerThreads implements Executor {

    /** How long nothing may move before there are more threads. */
    private static final long PATIENCE_MILLIS = 10;

    private static final int FEW = Math.max(2, Runtime.getRuntime().availableProcessors());
    private static final long IDLE_SECONDS = 2;

    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            FEW,
            Integer.MAX_VALUE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemon("varve-listener"));
    private final ScheduledThreadPoolExecutor watch =
            new ScheduledThreadPoolExecutor(1, daemon("varve-listeners-watch"));
    private final AtomicBoolean watching = new AtomicBoolean();

    ListenerThreads() {
        threads.allowCoreThreadTimeOut(true);
        watch.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        watch.allowCoreThreadTimeOut(true);
    }

    private static ThreadFactory daemon(String name) {
        return work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(task);
        if (!threads.getQueue().isEmpty()) {
            lookSoon();
        }
    }

    private void lookSoon() {
        if (watching.compareAndSet(false, true)) {
            look(threads.getCompletedTaskCount());
        }
    }

    private void look(long doneBefore) {
        var unused = watch.schedule(
                () -> {
                    long done = threads.getCompletedTaskCount();
                    if (!threads.getQueue().isEmpty()) {
                        if (done == doneBefore) {
                            threads.setCorePoolSize(2 * threads.getCorePoolSize());
                        }
                        look(done);
                        return;
                    }
                    threads.setCorePoolSize(FEW);
                    watching.set(false);
                    if (!threads.getQueue().isEmpty()) {
                        lookSoon();
                    }
                },
                PATIENCE_MILLIS,
                TimeUnit.MILLISECONDS);
    }
}
