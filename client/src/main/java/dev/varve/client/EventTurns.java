package dev.varve.client;

import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Bounds how many appends of events are under way, each on a connection of its own, and how many wait. Those that write to one aggregate follow one
 * another in the order in which they came; others may overtake each other. Thread-safe.
 */
final class EventTurns {

    /** How many appends are under way at a time. */
    static final int MAX_UNDER_WAY = 32;

    /** How many more may wait. */
    static final int MAX_WAITING = 1_024;

    /** How many bytes may wait; one larger append is taken when nothing else waits. */
    static final long MAX_WAITING_BYTES = 64L << 20;

    /** An aggregate of a store. */
    private record Key(String store, AggregateId aggregate) {}

    private record Turn(
            Set<Key> keys,
            int bytes,
            Supplier<CompletableFuture<EventAppendResult>> send,
            CompletableFuture<EventAppendResult> result) {}

    /** In the order in which they came. */
    private final Set<Turn> waiting = new LinkedHashSet<>();

    private final Set<Key> busy = new HashSet<>();
    private long waitingBytes;
    private int underWay;

    /**
     * Sends an append when it is its turn.
     *
     * @param bytes how much it sends
     * @param send sends it
     * @return what came of it; fails with {@link ErrorKind#OVERLOADED} when too many wait. Cancelling it ends the exchange
     */
    CompletableFuture<EventAppendResult> add(
            String store, EventAppend append, int bytes, Supplier<CompletableFuture<EventAppendResult>> send) {
        Set<Key> keys = new HashSet<>();
        for (EventAppend.Addressed addressed : append.events()) {
            AggregateId aggregate = addressed.aggregate();
            if (aggregate != null) {
                keys.add(new Key(store, aggregate));
            }
        }
        Turn turn = new Turn(keys, bytes, send, new CompletableFuture<>());
        synchronized (this) {
            boolean full =
                    waiting.size() >= MAX_WAITING || (!waiting.isEmpty() && waitingBytes + bytes > MAX_WAITING_BYTES);
            if (full) {
                return CompletableFuture.failedFuture(new VarveException(
                        ErrorKind.OVERLOADED,
                        MAX_WAITING + " appends or " + (MAX_WAITING_BYTES >> 20)
                                + " MiB already wait to be sent; nothing of this one was sent, wait for results before"
                                + " going on"));
            }
            waiting.add(turn);
            waitingBytes += bytes;
        }
        next();
        return turn.result;
    }

    /** Sends all whose turn it is. */
    private void next() {
        for (Turn turn : takeTurns()) {
            if (turn.result.isDone()) {
                end(turn); // cancelled
                continue;
            }
            CompletableFuture<EventAppendResult> exchange;
            try {
                exchange = turn.send.get();
            } catch (RuntimeException e) {
                exchange = CompletableFuture.failedFuture(e);
            }
            CompletableFuture<EventAppendResult> sent = exchange;
            CompletableFuture<?> unusedResult = turn.result.whenComplete((done, failure) -> sent.cancel(true));
            CompletableFuture<?> unusedExchange = sent.whenComplete((result, failure) -> {
                end(turn);
                if (failure == null) {
                    turn.result.complete(result);
                } else {
                    turn.result.completeExceptionally(
                            failure instanceof java.util.concurrent.CompletionException && failure.getCause() != null
                                    ? failure.getCause()
                                    : failure);
                }
            });
        }
    }

    private synchronized List<Turn> takeTurns() {
        List<Turn> turns = new ArrayList<>();
        Set<Key> taken = new HashSet<>(busy);
        for (Iterator<Turn> all = waiting.iterator(); all.hasNext() && underWay < MAX_UNDER_WAY; ) {
            Turn turn = all.next();
            boolean free = turn.keys.stream().noneMatch(taken::contains);
            taken.addAll(turn.keys);
            if (free) {
                all.remove();
                waitingBytes -= turn.bytes;
                underWay++;
                busy.addAll(turn.keys);
                turns.add(turn);
            }
        }
        return turns;
    }

    private void end(Turn turn) {
        synchronized (this) {
            underWay--;
            busy.removeAll(turn.keys);
        }
        next();
    }
}
