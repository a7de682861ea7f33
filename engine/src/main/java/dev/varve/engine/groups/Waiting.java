package dev.varve.engine.groups;

import dev.varve.api.DeliveredEvent;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A consumer's call that waits for events. */
record Waiting(String consumer, int max, long untilNanos, CompletableFuture<List<DeliveredEvent>> answer) {

    /** Whether nobody waits any more. */
    boolean isOver() {
        return answer.isDone();
    }
}
