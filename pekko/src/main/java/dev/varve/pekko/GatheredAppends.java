package dev.varve.pekko;

import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends together what many actors persist while other requests are under way, since a request costs more than the events in it: an append that
 * finds nothing under way goes at once, and the more actors persist at a time, the more of them share one. What goes together is made together
 * or not at all; should that be refused, each is sent again alone, so that only those are refused that would have been.
 *
 * <p>No two appends that wait or are under way may write to the same aggregate. Thread-safe.
 */
final class GatheredAppends {

    /** While one request is on its way, the answers to another are worked on. */
    static final int MOST_UNDER_WAY = 2;

    private final Function<EventAppend, CompletableFuture<EventAppendResult>> storage;
    private final Executor executor;

    // Guarded by this.
    private final Queue<Waiting> waiting = new ArrayDeque<>();
    private int underWay;

    /**
     * @param storage where appends are made; called on the executor and by those who append
     * @param executor where what has waited is sent, and answers are given; it must not be the storage's own thread
     */
    GatheredAppends(Function<EventAppend, CompletableFuture<EventAppendResult>> storage, Executor executor) {
        this.storage = storage;
        this.executor = executor;
    }

    /** One of both is null. */
    private record Outcome(
            @Nullable EventAppendResult result, @Nullable Throwable failure) {}

    private record Waiting(EventAppend append, CompletableFuture<EventAppendResult> answer) {

        void complete(Outcome outcome) {
            EventAppendResult result = outcome.result();
            if (result == null) {
                answer.completeExceptionally(outcome.failure());
            } else {
                answer.complete(result);
            }
        }
    }

    /** The answer to this append; of one that was sent with others its positions and aggregates are those of all. */
    CompletableFuture<EventAppendResult> append(EventAppend append) {
        Waiting one = new Waiting(append, new CompletableFuture<>());
        List<Waiting> together;
        synchronized (this) {
            waiting.add(one);
            together = next();
        }
        send(together);
        return one.answer();
    }

    /** Those that go now; none while as many requests as may be are under way. */
    private List<Waiting> next() {
        List<Waiting> together = new ArrayList<>();
        if (underWay == MOST_UNDER_WAY) {
            return together;
        }
        int events = 0;
        long bytes = 0;
        for (Waiting one = waiting.peek(); one != null; one = waiting.peek()) {
            events += one.append().events().size();
            bytes += bytes(one.append());
            if (!together.isEmpty() && (events > WriteBatch.FULL_EVENTS || bytes > WriteBatch.FULL_BYTES)) {
                break;
            }
            together.add(waiting.remove());
        }
        if (!together.isEmpty()) {
            underWay++;
        }
        return together;
    }

    private static long bytes(EventAppend append) {
        return append.events().stream()
                .mapToLong(addressed -> addressed.event().data().size())
                .sum();
    }

    private void send(List<Waiting> together) {
        if (!together.isEmpty()) {
            CompletableFuture<?> unused = made(together).whenCompleteAsync((done, failure) -> ended(), executor);
        }
    }

    private void ended() {
        List<Waiting> together;
        synchronized (this) {
            underWay--;
            together = next();
        }
        send(together);
    }

    /** Done when each has its answer. */
    private CompletableFuture<?> made(List<Waiting> together) {
        if (together.size() == 1) {
            return alone(together.get(0));
        }
        return stored(joined(together))
                .handle(Outcome::new)
                .thenComposeAsync(
                        outcome -> {
                            if (outcome.result() instanceof EventAppendResult.Refused) {
                                return eachAlone(together);
                            }
                            together.forEach(one -> one.complete(outcome));
                            return CompletableFuture.completedFuture(null);
                        },
                        executor);
    }

    private static EventAppend joined(List<Waiting> together) {
        List<EventAppend.Check> checks = new ArrayList<>();
        List<EventAppend.Addressed> events = new ArrayList<>();
        for (Waiting one : together) {
            checks.addAll(one.append().checks());
            events.addAll(one.append().events());
        }
        return new EventAppend(checks, events, null, null);
    }

    private CompletableFuture<?> eachAlone(List<Waiting> together) {
        CompletableFuture<?> last = CompletableFuture.completedFuture(null);
        for (Waiting one : together) {
            last = last.thenCompose(done -> alone(one));
        }
        return last;
    }

    private CompletableFuture<?> alone(Waiting one) {
        return stored(one.append()).handle(Outcome::new).thenAcceptAsync(one::complete, executor);
    }

    private CompletableFuture<EventAppendResult> stored(EventAppend append) {
        try {
            return storage.apply(append);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
