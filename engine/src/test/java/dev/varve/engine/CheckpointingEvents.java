package dev.varve.engine;

import dev.varve.api.EventStorage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** An engine's events with checkpoints around changes: before, beside and after them, finished or still being written. */
final class CheckpointingEvents {

    private static final Set<String> CHANGES = Set.of(
            "append",
            "configure",
            "delete",
            "redact",
            "deleteEvents",
            "scavenge",
            "saveSnapshot",
            "deleteSnapshots",
            "saveCheckpoint",
            "deleteCheckpoint");

    private final Engine engine;
    private final AtomicLong changes = new AtomicLong();
    private final AtomicReference<CompletableFuture<Boolean>> running =
            new AtomicReference<>(CompletableFuture.completedFuture(true));

    private CheckpointingEvents(Engine engine) {
        this.engine = engine;
    }

    static EventStorage of(Engine engine) {
        CheckpointingEvents checkpointing = new CheckpointingEvents(engine);
        return (EventStorage) Proxy.newProxyInstance(
                CheckpointingEvents.class.getClassLoader(), new Class<?>[] {EventStorage.class}, (_, method, args) -> {
                    try {
                        Object answer = method.invoke(engine.events(), args);
                        return answer instanceof CompletableFuture<?> future && CHANGES.contains(method.getName())
                                ? checkpointing.beside(future)
                                : answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private CompletableFuture<?> beside(CompletableFuture<?> answer) {
        switch ((int) (changes.incrementAndGet() % 5)) {
            case 0 -> running.get().join();
            case 1, 2 -> running.set(engine.checkpoint());
            case 3 -> {
                answer.exceptionally(_ -> null).join();
                engine.checkpoint().join();
            }
            default -> {
                // As it comes.
            }
        }
        return answer;
    }
}
