package dev.varve.engine.streams;

import dev.varve.api.StreamChange;
import dev.varve.api.StreamListener;
import dev.varve.api.Subscription;
import java.lang.System.Logger;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who follows which stream. Thread-safe. */
final class Listeners {

    private static final Logger LOG = System.getLogger(Listeners.class.getName());

    private final ConcurrentHashMap<String, List<StreamListener>> byPath = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<StreamListener> all = new CopyOnWriteArrayList<>();
    private final Consumer<String> onLeave;

    /**
     * Creates an empty set.
     *
     * @param onLeave told the path when a listener has left
     */
    Listeners(Consumer<String> onLeave) {
        this.onLeave = onLeave;
    }

    Subscription add(String path, StreamListener listener) {
        byPath.compute(path, (key, listeners) -> {
            List<StreamListener> grown = listeners == null ? new CopyOnWriteArrayList<>() : listeners;
            grown.add(listener);
            return grown;
        });
        AtomicBoolean closed = new AtomicBoolean();
        return () -> {
            if (closed.compareAndSet(false, true)) {
                byPath.computeIfPresent(path, (key, listeners) -> {
                    listeners.remove(listener);
                    return listeners.isEmpty() ? null : listeners;
                });
                onLeave.accept(path);
            }
        };
    }

    Subscription addToAll(StreamListener listener) {
        all.add(listener);
        return () -> all.remove(listener);
    }

    boolean follows(String path) {
        return !byPath.isEmpty() && byPath.containsKey(path);
    }

    boolean interested(String path) {
        return !all.isEmpty() || follows(path);
    }

    void tell(StreamChange change) {
        for (StreamListener listener : all) {
            tell(listener, change);
        }
        @Nullable List<StreamListener> listeners = byPath.get(change.path());
        if (listeners != null) {
            for (StreamListener listener : listeners) {
                tell(listener, change);
            }
        }
    }

    private static void tell(StreamListener listener, StreamChange change) {
        try {
            listener.changed(change);
        } catch (RuntimeException e) {
            LOG.log(Logger.Level.WARNING, "a listener of stream " + change.path() + " failed; it stays registered", e);
        }
    }
}
