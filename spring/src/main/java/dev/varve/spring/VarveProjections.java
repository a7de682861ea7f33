package dev.varve.spring;

import dev.varve.api.ProjectionRun;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Backoff;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * The projections of an application, at work while its context runs. Every bean of type {@link ProjectionRun.Builder} is one:
 *
 * <pre>{@code
 * @Bean
 * ProjectionRun.Builder bestsellers(EventStore events, Bestsellers view) {
 *     return ProjectionRun.builder(events, "bestsellers", view).read(EventRead.category("cart"));
 * }
 * }</pre>
 *
 * <p>They are started in the order that {@link org.springframework.core.annotation.Order} gives them, when all beans are there and before a web server
 * takes requests, and closed in the reverse one, when it has answered the last. Where the store cannot be reached, the context starts all the same, and
 * the projections when it can; anything else that keeps one from starting fails the context. One that ends by itself stays so until it is
 * {@linkplain ProjectionRun#rebuild made anew} or the context is started again. Thread-safe.
 */
public final class VarveProjections implements SmartLifecycle {

    private static final System.Logger LOG = System.getLogger(VarveProjections.class.getName());

    /** Before the web server begins, and after it has ended. */
    private static final int PHASE = DEFAULT_PHASE - 4096;

    /** In the order in which they start. */
    private final Map<String, ProjectionRun.Builder> declared = new LinkedHashMap<>();

    /** What was started, in the same order. */
    private final Map<String, ProjectionRun> runs = new LinkedHashMap<>();

    private final Map<String, RuntimeException> failures = new LinkedHashMap<>();
    private @Nullable ScheduledThreadPoolExecutor later;

    VarveProjections(List<ProjectionRun.Builder> projections) {
        for (ProjectionRun.Builder projection : projections) {
            if (declared.put(projection.name(), projection) != null) {
                throw new IllegalStateException("two projections are called " + projection.name()
                        + ": they would share a checkpoint, so give one of them another name");
            }
        }
    }

    /**
     * Which projections there are.
     *
     * @return their names, in the order in which they start
     */
    public Set<String> names() {
        return Collections.unmodifiableSet(declared.keySet());
    }

    /**
     * A projection at work, to wait for it, or to make it anew.
     *
     * @param name what it is called
     * @return the run; when the context is stopped and started again, another one
     * @throws IllegalArgumentException when there is none of this name
     * @throws IllegalStateException when it was not started yet
     */
    public ProjectionRun run(String name) {
        if (!declared.containsKey(name)) {
            throw new IllegalArgumentException(
                    "there is no projection " + name + " among the beans, but " + declared.keySet());
        }
        ProjectionRun run = find(name);
        if (run == null) {
            throw new IllegalStateException("the projection " + name + " was not started yet");
        }
        return run;
    }

    synchronized @Nullable ProjectionRun find(String name) {
        return runs.get(name);
    }

    /** Why a projection is not at work; null when it is. */
    synchronized @Nullable String trouble(String name) {
        RuntimeException failure = failures.get(name);
        ProjectionRun run = runs.get(name);
        if (run != null) {
            failure = run.failure().orElse(null);
            return failure == null ? null : failure.toString();
        }
        return failure == null ? "not started yet" : failure.toString();
    }

    @Override
    public void start() {
        ScheduledThreadPoolExecutor threads;
        synchronized (this) {
            if (later != null) {
                return;
            }
            threads = new ScheduledThreadPoolExecutor(1, work -> {
                Thread thread = new Thread(work, "varve-projections");
                thread.setDaemon(true);
                return thread;
            });
            threads.setKeepAliveTime(10, TimeUnit.SECONDS);
            threads.allowCoreThreadTimeOut(true);
            later = threads;
        }
        try {
            startFrom(List.copyOf(declared.values()), threads, new Backoff(), false);
        } catch (RuntimeException e) {
            stop();
            throw e;
        }
    }

    /**
     * Starts projections one after the other; where the store cannot be reached, those that are left later.
     *
     * @param late whether nobody is there any more who could be told of a failure but by health and the log
     */
    private void startFrom(
            List<ProjectionRun.Builder> left, ScheduledThreadPoolExecutor threads, Backoff backoff, boolean late) {
        for (int i = 0; i < left.size() && !threads.isShutdown(); i++) {
            ProjectionRun.Builder projection = left.get(i);
            try {
                keep(projection.name(), projection.start(), threads);
            } catch (RuntimeException e) {
                if (threads.isShutdown()) {
                    return; // stopped meanwhile, and interrupted by that
                }
                failed(projection.name(), e);
                if (e instanceof VarveException failure && failure.retryable()) {
                    again(left.subList(i, left.size()), threads, backoff, failure);
                    return;
                }
                if (!late) {
                    throw e;
                }
                LOG.log(System.Logger.Level.ERROR, "the projection " + projection.name() + " is not started", e);
            }
        }
    }

    private void again(
            List<ProjectionRun.Builder> left,
            ScheduledThreadPoolExecutor threads,
            Backoff backoff,
            VarveException failure) {
        long millis = backoff.next(failure.retryAfter()).toMillis();
        LOG.log(
                System.Logger.Level.WARNING,
                "the projection " + left.get(0).name() + " is not started yet, trying again in " + millis + " ms: "
                        + failure.kind().wireName() + ": " + failure.getMessage());
        try {
            var unused = threads.schedule(() -> startFrom(left, threads, backoff, true), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // Stopped meanwhile.
        }
    }

    private synchronized void failed(String name, RuntimeException failure) {
        failures.put(name, failure);
    }

    private void keep(String name, ProjectionRun run, ScheduledThreadPoolExecutor threads) {
        synchronized (this) {
            if (threads.equals(later)) {
                failures.remove(name);
                runs.put(name, run);
                return;
            }
        }
        run.close(); // stopped meanwhile
    }

    /** Waits for the events that are being handled, and has checkpoints saved. */
    @Override
    public void stop() {
        List<ProjectionRun> started;
        synchronized (this) {
            if (later != null) {
                later.shutdownNow();
                later = null;
            }
            started = List.copyOf(runs.values());
            runs.clear();
            failures.clear();
        }
        for (int i = started.size() - 1; i >= 0; i--) {
            started.get(i).close();
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return later != null;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
