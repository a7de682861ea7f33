package dev.varve.engine.events;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Somebody who waits until readers of the log have come somewhere. Thread-safe. */
record CheckpointWait(Set<String> names, long position, CompletableFuture<Boolean> future) {

    boolean isOver() {
        return future.isDone();
    }

    /** Whether all have come so far; told when they have. */
    boolean holds(Map<String, Long> checkpoints) {
        for (String name : names) {
            Long reached = checkpoints.get(name);
            if (reached == null || reached < position) {
                return false;
            }
        }
        future.complete(true);
        return true;
    }
}
