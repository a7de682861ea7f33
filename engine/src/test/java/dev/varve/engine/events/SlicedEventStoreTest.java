package dev.varve.engine.events;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.testkit.EventStoreContract;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Events keep the contract when every task looks at next to nothing, and memory holds only what is new. */
final class SlicedEventStoreTest extends EventStoreContract {

    private static final Work.Bounds TINY = new Work.Bounds(3, 1, 1, 100_000, 2);

    private @Nullable SteppedEvents engine;
    private int calls;

    @Override
    protected EventStore store(String name) {
        SteppedEvents opened = engine;
        if (opened == null) {
            opened = new SteppedEvents(TINY);
            engine = opened;
        }
        return EventStore.over(answering(opened), name);
    }

    /** A storage that has done what it can do when a call returns, one call at a time. */
    private EventStorage answering(SteppedEvents stepped) {
        return (EventStorage) Proxy.newProxyInstance(
                EventStorage.class.getClassLoader(),
                new Class<?>[] {EventStorage.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("follow")) {
                        // As the storage itself would, but by way of this one.
                        return java.lang.reflect.InvocationHandler.invokeDefault(proxy, method, arguments);
                    }
                    synchronized (stepped) {
                        try {
                            Object answer = method.invoke(stepped.events, arguments);
                            if (answer instanceof CompletableFuture<?>) {
                                stepped.settle();
                                if (++calls % 5 == 0) {
                                    stepped.checkpoint();
                                }
                            }
                            return answer;
                        } catch (InvocationTargetException e) {
                            throw requireNonNull(e.getCause());
                        }
                    }
                });
    }

    @Override
    protected void close() {
        requireNonNull(engine).close();
    }
}
