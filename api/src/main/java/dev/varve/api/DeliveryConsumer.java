package dev.varve.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A consumer of a subscription: gets events, hands them to a handler and settles them, on a thread of its own. Thread-safe. */
final class DeliveryConsumer implements Subscription {

    /** Few, so that an event does not wait for its turn until its timeout is over. */
    private static final int BATCH = 10;

    private static final Duration WAIT = Duration.ofSeconds(30);

    /** After this time a call is cut off that does not end when its consumer leaves. */
    private static final long LEAVING_SECONDS = 2;

    private static final long FIRST_PAUSE_NANOS = 10_000_000;
    private static final long LONGEST_PAUSE_NANOS = 5_000_000_000L;

    private final EventSubscriptionStorage storage;
    private final String store;
    private final String name;
    private final String consumer;
    private final DeliveryHandler handler;
    private final Thread thread;
    private volatile boolean closed;

    /** The call that waits for events. */
    private final AtomicReference<@Nullable CompletableFuture<?>> asking = new AtomicReference<>();

    /** What was processed and is not yet being acknowledged. */
    private List<String> processed = new ArrayList<>();

    /** What {@link #acknowledging} is about. */
    private List<String> acknowledged = List.of();

    private CompletableFuture<?> acknowledging = CompletableFuture.completedFuture(null);

    DeliveryConsumer(
            EventSubscriptionStorage storage, String store, String name, String consumer, DeliveryHandler handler) {
        this.storage = storage;
        this.store = store;
        this.name = name;
        this.consumer = consumer;
        this.handler = handler;
        this.thread = new Thread(this::run, "varve-consumer-" + consumer);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    @SuppressWarnings("CatchingUnchecked") // whatever ends the consumer is told
    private void run() {
        RuntimeException cause = null;
        try {
            handler.subscribed(persistently(() -> storage.info(store, name)));
            while (!closed) {
                consume(persistently(this::ask));
            }
        } catch (RuntimeException e) {
            cause = e;
        }
        try {
            StorageStreams.await(storage.leave(store, name, consumer));
        } catch (VarveException e) {
            // The storage finds out by itself when the consumer is not heard of any more.
        }
        if (cause != null && !closed) {
            handler.ended(cause);
        }
    }

    private CompletableFuture<List<DeliveredEvent>> ask() {
        CompletableFuture<List<DeliveredEvent>> future = storage.next(store, name, consumer, BATCH, WAIT);
        asking.set(future);
        if (closed) {
            endAsking();
        }
        return future;
    }

    /**
     * Leaving ends the call. It is not cut off before that: one that is on its way still when its consumer has left would bring the consumer
     * back for as long as it may wait.
     */
    private void endAsking() {
        CompletableFuture<?> future = asking.getAndSet(null);
        if (future == null || future.isDone()) {
            return;
        }
        CompletableFuture.delayedExecutor(LEAVING_SECONDS, TimeUnit.SECONDS).execute(() -> future.cancel(false));
        try {
            var unused = storage.leave(store, name, consumer).exceptionally(failure -> {
                future.cancel(false);
                return null;
            });
        } catch (VarveException e) {
            future.cancel(false);
        }
    }

    private void consume(List<DeliveredEvent> deliveries) {
        try {
            for (DeliveredEvent delivery : deliveries) {
                if (closed) {
                    break;
                }
                hand(delivery);
            }
        } finally {
            acknowledge();
        }
    }

    @SuppressWarnings("CatchingUnchecked") // the handler says what is to be done about whatever it throws
    private void hand(DeliveredEvent delivery) {
        Settlement settlement = Settlement.ACK;
        try {
            handler.handle(delivery);
        } catch (RuntimeException e) {
            settlement = handler.failed(delivery, e);
        }
        if (settlement.action() == Settlement.Action.ACK) {
            processed.add(delivery.token());
            // One call at a time, with all that has come together meanwhile.
            if (acknowledging.isDone() && !acknowledging.isCompletedExceptionally()) {
                acknowledged = processed;
                processed = new ArrayList<>();
                acknowledging = storage.settle(store, name, Settlement.ACK, acknowledged);
            }
        } else {
            Settlement said = settlement;
            persistently(() -> storage.settle(store, name, said, List.of(delivery.token())));
        }
    }

    /** Returns when everything that was processed is acknowledged. */
    private void acknowledge() {
        try {
            StorageStreams.await(acknowledging);
        } catch (VarveException e) {
            processed.addAll(acknowledged); // again: settling twice is harmless
        }
        acknowledging = CompletableFuture.completedFuture(null);
        List<String> tokens = processed;
        processed = new ArrayList<>();
        if (!tokens.isEmpty()) {
            persistently(() -> storage.settle(store, name, Settlement.ACK, tokens));
        }
    }

    /** Makes a call until it is answered, or fails for good; once more only when the consumer is closed. */
    private <T> T persistently(Supplier<CompletableFuture<T>> call) {
        long pause = FIRST_PAUSE_NANOS;
        while (true) {
            try {
                return StorageStreams.await(call.get());
            } catch (VarveException e) {
                if (closed || !passes(e.kind())) {
                    throw e;
                }
            }
            pause(pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        }
    }

    /** Whether a failure says nothing about the call: it is made again, which none of them minds. */
    private static boolean passes(ErrorKind kind) {
        return kind.retryable()
                || kind == ErrorKind.TIMEOUT
                || kind == ErrorKind.HTTP
                || kind == ErrorKind.OUTCOME_UNKNOWN;
    }

    /** Other wake-ups do not count. */
    private void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0 && !closed; left = end - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
    }

    @Override
    public void close() {
        closed = true;
        endAsking();
        LockSupport.unpark(thread);
    }
}
