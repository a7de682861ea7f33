package dev.varve.spring;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;

/**
 * Tells changes of records as application events while its context runs: of the types that have a repository, and that a listener
 * asks for when the context starts. Thread-safe.
 */
final class RecordEvents implements SmartLifecycle {

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
        later = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "varve-events");
            thread.setDaemon(true);
            return thread;
        });
        for (Class<? extends Record> type : RepositoryBeans.types(context.getBeanFactory())) {
            if (Interest.inRecords(context, type)) {
                bridges.add(bridge(type, later));
            }
        }
        bridges.forEach(RecordEventBridge::open);
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
