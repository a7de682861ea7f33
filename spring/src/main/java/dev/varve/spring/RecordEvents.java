package dev.varve.spring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Tells changes of records as application events while its context runs: of the types that have a repository, and that a listener
 * asks for when the context starts. Thread-safe.
 */
final class RecordEvents implements SmartLifecycle {

    /** How long a context waits for its subscriptions, which wait for a live copy to be filled. */
    private static final Duration START_PATIENCE = Duration.ofSeconds(5);

    private final ConfigurableApplicationContext context;
    private final List<RecordEventBridge<?>> bridges = new ArrayList<>();
    private @Nullable ScheduledThreadPoolExecutor later;

    RecordEvents(ConfigurableApplicationContext context) {
        this.context = context;
    }

    @Override
    public synchronized void start() {
        if (later != null) {
            return;
        }
        List<Class<? extends Record>> types = RepositoryBeans.types(context.getBeanFactory()).stream()
                .filter(type -> Interest.inRecords(context, type))
                .toList();
        ScheduledThreadPoolExecutor threads = new ScheduledThreadPoolExecutor(Math.max(1, types.size()), work -> {
            Thread thread = new Thread(work, "varve-events");
            thread.setDaemon(true);
            return thread;
        });
        threads.setKeepAliveTime(10, TimeUnit.SECONDS);
        threads.allowCoreThreadTimeOut(true);
        later = threads;
        types.forEach(type -> bridges.add(bridge(type, threads)));
        open(threads);
    }

    /** Lets the context start with everything being told, if that does not take too long. */
    private void open(ScheduledThreadPoolExecutor threads) {
        List<Future<?>> opened = new ArrayList<>();
        bridges.forEach(bridge -> opened.add(threads.submit(bridge::open)));
        long deadline = System.nanoTime() + START_PATIENCE.toNanos();
        for (int i = 0; i < opened.size(); i++) {
            try {
                opened.get(i).get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                bridges.get(i).late();
            } catch (ExecutionException e) {
                stop();
                throw new IllegalStateException("changes of records cannot be told", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                bridges.get(i).late();
            }
        }
    }

    private <T extends Record> RecordEventBridge<T> bridge(Class<T> type, ScheduledThreadPoolExecutor executor) {
        return new RecordEventBridge<>(type, RepositoryBeans.find(context.getBeanFactory(), type), context, executor);
    }

    @Override
    public synchronized void stop() {
        bridges.forEach(RecordEventBridge::close);
        bridges.clear();
        if (later != null) {
            later.shutdownNow();
            later = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return later != null;
    }
}
