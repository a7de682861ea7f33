package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.engine.io.Clock;
import dev.varve.server.WebhookTurn.End;
import dev.varve.server.WebhookTurn.Outcome;
import dev.varve.server.outbound.CallerThreads;
import dev.varve.server.outbound.Now;
import dev.varve.server.outbound.Outcomes;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when which webhook is called, and keeps how far each has got. Calls are made by other threads, in turns of a few changes.
 * A webhook whose last call failed or took long takes its turns among those of the kind, on threads that the others do not use.
 * Confined to its thread, except {@link #start}, {@link #execute}, {@link #close} and the figures.
 */
final class WebhookLoop implements AutoCloseable {

    /** How many webhooks are called at the same time of each kind, quick and slow. */
    private static final int CALLERS = 16;

    /** A call that takes longer makes its webhook a slow one. */
    private static final long SLOW_MILLIS = 1_000;

    /** After how long a turn is taken again in which the server could not do its part. */
    private static final Duration HINDERED = Duration.ofSeconds(1);

    private static final long LOG_DAYS = 7;
    private static final Duration PRUNING = Duration.ofHours(1);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(WebhookLoop.class);

    final ScheduledThreadPoolExecutor thread;

    /** Changes that were delivered. */
    final LongAdder delivered = new LongAdder();

    /** Calls that failed. */
    final LongAdder failed = new LongAdder();

    private final EntryStorage entries;
    private final WebhookRecords records;
    private final WebhookTurn turns;
    private final WebhookOptions options;
    private final Clock clock;
    private final ThreadPoolExecutor quick;
    private final ThreadPoolExecutor slow;

    /** By id, in the order of creation. */
    private final Map<String, WebhookState> all = new LinkedHashMap<>();

    private final WebhookStores stores;
    private volatile int count;
    private volatile int inactive;

    WebhookLoop(
            EntryStorage entries,
            WebhookRecords records,
            WebhookTurn turns,
            WebhookOptions options,
            Clock clock,
            ScheduledThreadPoolExecutor thread) {
        this.entries = entries;
        this.records = records;
        this.turns = turns;
        this.options = options;
        this.clock = clock;
        this.thread = thread;
        this.stores = new WebhookStores(entries, this::execute, this::storeChanged);
        this.quick = CallerThreads.pool("varve-store-webhook-", CALLERS, options.maxWebhooks());
        this.slow = CallerThreads.pool("varve-slow-webhook-", CALLERS, options.maxWebhooks());
    }

    /** Begins to call webhooks that were kept. */
    void start(List<Webhook> kept) {
        execute(() -> {
            kept.stream()
                    .sorted(Comparator.comparingLong(Webhook::insertedAtMillis))
                    .forEach(webhook -> {
                        WebhookState state = new WebhookState(webhook);
                        state.kept = true;
                        all.put(webhook.id(), state);
                    });
            for (WebhookState state : List.copyOf(all.values())) {
                begin(state);
            }
            recount();
        });
        var _ = thread.scheduleWithFixedDelay(
                () -> Outcomes.guarded(this::prune), 0, PRUNING.toSeconds(), TimeUnit.SECONDS);
    }

    /** Runs a task on the thread. */
    void execute(Runnable task) {
        thread.execute(() -> Outcomes.guarded(task));
    }

    /** All that there are, in the order of their creation. */
    Collection<WebhookState> all() {
        return all.values();
    }

    @Nullable WebhookState find(String id) {
        return all.get(id);
    }

    /** Adds a webhook, which is called once it is kept. */
    CompletableFuture<Webhook> create(Webhook webhook) {
        WebhookState state = new WebhookState(webhook);
        all.put(webhook.id(), state);
        return change(state, UnaryOperator.identity(), List.of())
                .whenCompleteAsync(
                        (_, failure) -> {
                            if (failure == null) {
                                state.kept = true;
                                begin(state);
                            } else {
                                forget(state);
                            }
                            recount();
                        },
                        thread);
    }

    /** Calls a webhook as if no call had failed. */
    CompletableFuture<?> reactivate(WebhookState state) {
        return change(state, Webhook::reactivated, List.of())
                .thenRunAsync(
                        () -> {
                            state.endWait();
                            state.changed();
                            advance(state);
                        },
                        thread);
    }

    // ---- what is kept ----

    /**
     * Changes what is kept of a webhook, after all changes that were asked for before. What is known of it is the new state as soon
     * as that is durable. Done on the thread.
     *
     * @param change of what was kept before
     * @param made new lines of the log, as many as the change counts
     */
    private CompletableFuture<Webhook> change(
            WebhookState state, UnaryOperator<Webhook> change, List<WebhookDelivery> made) {
        CompletableFuture<Webhook> changed = state.lastChange
                .handle((_, _) -> null)
                .thenComposeAsync(
                        _ -> {
                            if (state.gone) {
                                throw EntryProblem.notFound();
                            }
                            Webhook next = change.apply(state.webhook);
                            return records.save(next, made).thenApply(_ -> next);
                        },
                        thread)
                .thenApplyAsync(
                        next -> {
                            boolean switched = next.active() != state.webhook.active();
                            state.webhook = next;
                            if (switched) {
                                recount();
                            }
                            return next;
                        },
                        thread);
        state.lastChange = changed;
        return changed;
    }

    /** Forgets a webhook and its log. */
    CompletableFuture<Void> remove(WebhookState state) {
        forget(state);
        recount();
        CompletableFuture<Void> removed = state.lastChange
                .handle((_, _) -> null)
                .thenComposeAsync(_ -> records.delete(state.webhook.id()), thread);
        state.lastChange = removed;
        return removed;
    }

    private void forget(WebhookState state) {
        state.gone = true;
        state.endWait();
        all.remove(state.webhook.id());
        stores.leave(state);
    }

    private void recount() {
        count = all.size();
        inactive = (int)
                all.values().stream().filter(state -> !state.webhook.active()).count();
    }

    /** How many webhooks there are. */
    int count() {
        return count;
    }

    /** How many of them failures have switched off. */
    int inactive() {
        return inactive;
    }

    private void prune() {
        long before = clock.wallMillis() - TimeUnit.DAYS.toMillis(LOG_DAYS);
        CompletableFuture<?> last = CompletableFuture.completedFuture(null);
        for (WebhookState state : List.copyOf(all.values())) {
            if (state.kept && entries.store(state.webhook.storeId()).isEmpty()) {
                storeGone(state);
                continue;
            }
            last = last.thenCompose(_ -> prune(state.webhook.id(), before));
        }
        Outcomes.take(last, (_, failure) -> {
            if (failure != null) {
                LOG.warn("old lines in the logs of webhooks could not be removed; it is tried again", failure);
            }
        });
    }

    private CompletableFuture<Integer> prune(String id, long before) {
        return records.prune(id, before)
                .thenCompose(removed -> removed == 0 ? CompletableFuture.completedFuture(0) : prune(id, before));
    }

    // ---- delivery ----

    private void begin(WebhookState state) {
        if (state.gone) {
            return;
        }
        if (!stores.join(state)) {
            storeGone(state);
            return;
        }
        Long failedAt = state.webhook.failedAtMillis();
        if (failedAt != null) {
            waitAfterFailure(state, failedAt);
        }
        advance(state);
    }

    /** Something was written to a store, or it has ended. */
    private void storeChanged(List<WebhookState> webhooks) {
        for (WebhookState state : webhooks) {
            if (entries.store(state.webhook.storeId()).isEmpty()) {
                storeGone(state);
            } else {
                state.changed();
                advance(state);
            }
        }
    }

    private void advance(WebhookState state) {
        if (state.gone || !state.kept || !state.webhook.active() || state.inTurn || !state.more || state.wait != null) {
            return;
        }
        state.inTurn = true;
        state.moreInTurn = false;
        Webhook webhook = state.webhook;
        try {
            // As many may wait as there can be webhooks, and each waits once.
            (state.slow ? slow : quick).execute(() -> {
                Outcome outcome = turns.run(webhook);
                execute(() -> keep(state, outcome));
            });
        } catch (RejectedExecutionException e) {
            // One of those that wait was deleted meanwhile; or this server is closing.
            ended(state, new Outcome(List.of(), End.HINDERED));
        }
    }

    private void keep(WebhookState state, Outcome outcome) {
        if (state.gone) {
            return;
        }
        if (outcome.end() == End.STORE_GONE) {
            storeGone(state);
            return;
        }
        if (outcome.made().isEmpty()) {
            ended(state, outcome);
            return;
        }
        for (WebhookDelivery delivery : outcome.made()) {
            if (!delivery.isSkip()) {
                (delivery.delivered() ? delivered : failed).increment();
            }
        }
        WebhookDelivery last = outcome.made().getLast();
        Long millis = last.responseMillis();
        state.slow = millis != null && (!last.delivered() || millis > SLOW_MILLIS);
        Outcomes.takeOn(
                thread, change(state, webhook -> after(webhook, outcome.made()), outcome.made()), (_, failure) -> {
                    if (failure != null && !state.gone) {
                        LOG.warn("{}: its progress could not be kept, so changes come again", state.webhook, failure);
                        ended(state, new Outcome(List.of(), End.HINDERED));
                    } else {
                        ended(state, outcome);
                    }
                });
    }

    private Webhook after(Webhook webhook, List<WebhookDelivery> made) {
        Webhook next = webhook;
        for (WebhookDelivery delivery : made) {
            if (delivery.delivered()) {
                next = next.delivered(delivery.storeSeq());
            } else if (delivery.isSkip()) {
                next = next.skipped(delivery.storeSeq());
            } else {
                Long millis = delivery.responseMillis();
                next = next.failed(
                        delivery.attemptedAtMillis() + (millis == null ? 0 : millis), options.allowedFailures());
            }
        }
        return next;
    }

    private void ended(WebhookState state, Outcome outcome) {
        state.inTurn = false;
        if (state.gone) {
            return;
        }
        switch (outcome.end()) {
            case DONE -> state.more = state.moreInTurn;
            case MORE, STORE_GONE -> {}
            case HINDERED -> waitFor(state, HINDERED.toNanos());
            case FAILED -> {
                Webhook webhook = state.webhook;
                String why = outcome.made().getLast().error();
                LOG.info("{} failed {} times in a row: {}", webhook, webhook.failureCount(), why);
                if (webhook.active() && webhook.failedAtMillis() != null) {
                    waitAfterFailure(state, webhook.failedAtMillis());
                } else if (!webhook.active()) {
                    LOG.warn("{} is switched off until a ping succeeds", webhook);
                }
            }
        }
        advance(state);
    }

    private void waitAfterFailure(WebhookState state, long failedAtMillis) {
        if (state.webhook.active()) {
            Duration wait = options.waitAfter(state.webhook.failureCount());
            long end = Now.of(clock).endNanos(failedAtMillis, wait.toMillis());
            waitFor(state, end - clock.elapsedNanos());
        }
    }

    private void waitFor(WebhookState state, long nanos) {
        state.endWait();
        state.wait = thread.schedule(
                () -> Outcomes.guarded(() -> {
                    state.wait = null;
                    advance(state);
                }),
                Math.max(0, nanos),
                TimeUnit.NANOSECONDS);
    }

    private void storeGone(WebhookState state) {
        LOG.info("{} goes with its store", state.webhook);
        Outcomes.take(remove(state), (_, failure) -> {
            if (failure != null) {
                // It is found again, and its store not, when the server starts the next time.
                LOG.warn("{} could not be removed", state.webhook, failure);
            }
        });
    }

    /** Stops calling. What is under way may or may not arrive; it comes again then. */
    @Override
    public void close() {
        stores.close();
        thread.shutdown(); // no interrupt: the thread may be inside the storage
        quick.shutdownNow();
        slow.shutdownNow();
        try {
            if (!thread.awaitTermination(CLOSE_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn("the thread of webhooks is still at work after {} s", CLOSE_PATIENCE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
