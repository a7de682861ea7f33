package dev.varve.client;

import dev.varve.api.LiveSync;
import dev.varve.api.Subscription;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Calls what belongs to the program, one after the other, on a thread of its own that is there only while there is something to call:
 * who is told of states, and what goes on with the answers of enqueued writes. Thread-safe.
 */
final class LiveStates {

    private static final System.Logger LOG = System.getLogger(LiveStates.class.getName());

    private final List<Consumer<? super LiveSync.Status>> listeners = new CopyOnWriteArrayList<>();
    private final ThreadPoolExecutor thread;

    LiveStates(String store) {
        thread = new ThreadPoolExecutor(
                0, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), DaemonThreads.named("varve-live-" + store));
    }

    Subscription add(Consumer<? super LiveSync.Status> listener) {
        Consumer<LiveSync.Status> added = listener::accept;
        listeners.add(added);
        return () -> listeners.remove(added);
    }

    void tell(LiveSync.Status status) {
        if (!listeners.isEmpty()) {
            call(() -> listeners.forEach(listener -> guarded(() -> listener.accept(status))));
        }
    }

    void call(Runnable task) {
        try {
            thread.execute(() -> guarded(task));
        } catch (RejectedExecutionException e) {
            guarded(task); // after the end
        }
    }

    @SuppressWarnings("CatchingUnchecked") // whatever a listener throws is its own affair
    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "what listens to a live sync failed", e);
        }
    }
}
