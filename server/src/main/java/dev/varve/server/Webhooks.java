package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import dev.varve.engine.io.Clock;
import dev.varve.server.WebhookRecords.Logged;
import dev.varve.server.WebhookTurn.End;
import dev.varve.server.WebhookTurn.Outcome;
import dev.varve.server.outbound.CallerThreads;
import dev.varve.server.outbound.Now;
import dev.varve.server.outbound.Outcomes;
import dev.varve.server.outbound.SigningKey;
import dev.varve.server.outbound.WebhookClient;
import dev.varve.server.outbound.WebhookPolicy;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The webhooks of stores. Each is called with every committed change of its store, in order, at least once, wherever the change
 * came from; how far each has got is kept with the log of its calls, and outlives a crash.
 *
 * <p>One thread decides; calls are made by others, in turns of a few changes. A webhook whose last call failed or took long takes
 * its turns among those of the kind, on threads that the others do not use: a slow receiver holds up nobody but slow ones.
 *
 * <p>Thread-safe, except where it says otherwise.
 */
final class Webhooks implements AutoCloseable {

    /** How many webhooks are called at the same time of each kind, quick and slow. */
    private static final int CALLERS = 16;

    /** How many pings are under way at the same time. */
    private static final int PINGERS = 4;

    /** How many pings may wait for their turn; more are refused. */
    private static final int MAX_WAITING_PINGS = 64;

    /** A call that takes longer makes its webhook a slow one. */
    private static final long SLOW_MILLIS = 1_000;

    /** After how long a turn is taken again in which the server could not do its part. */
    private static final Duration HINDERED = Duration.ofSeconds(1);

    private static final long LOG_DAYS = 7;
    private static final Duration PRUNING = Duration.ofHours(1);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
    private static final int SECRET_BYTES = 32;
    private static final Logger LOG = LoggerFactory.getLogger(Webhooks.class);

    private final EntryStorage entries;
    private final WebhookRecords records;
    private final WebhookTurn turns;
    private final WebhookOptions options;
    private final Clock clock;
    private final RandomGenerator random;
    private final ScheduledThreadPoolExecutor thread;
    private final ThreadPoolExecutor quick;
    private final ThreadPoolExecutor slow;
    private final ThreadPoolExecutor pingers;

    /** By id, in the order of creation. Confined to the thread. */
    private final Map<String, WebhookState> all = new LinkedHashMap<>();

    /** The stores that have webhooks. Confined to the thread. */
    private final WebhookStores stores;

    final LongAdder delivered = new LongAdder();
    final LongAdder failed = new LongAdder();

    /** How many there are. */
    private volatile int count;

    /** How many of them failures have switched off. */
    private volatile int inactive;

    /**
     * Creates the webhooks of a server; they are called after {@link #start}.
     *
     * @param kept a storage for what is kept of them
     * @param keys gives the key that calls are signed with
     * @param policy where calls may go
     */
    static Webhooks of(
            ServerContext server,
            EntryStorage entries,
            EntryStorage kept,
            Supplier<CompletableFuture<SigningKey>> keys,
            WebhookPolicy policy,
            WebhookOptions options) {
        ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("varve-webhooks").daemon().factory(), (task, executor) -> {});
        thread.setRemoveOnCancelPolicy(true);
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        WebhookClient client = new WebhookClient(
                policy,
                InetAddress::getAllByName,
                // Reads the certificates of the JDK, which most servers never need: at the first https webhook.
                () -> (SSLSocketFactory) SSLSocketFactory.getDefault(),
                thread,
                WebhookClient.TIMEOUT);
        Webhooks webhooks = new Webhooks(
                entries,
                new WebhookRecords(new ServerRecords(kept, ServerRecords.WEBHOOKS)),
                new WebhookTurn(entries, new WebhookCalls(client, server.clock), keys, server.clock),
                options,
                server.clock,
                // Secrets are made of it.
                new SecureRandom(),
                thread);
        Metrics metrics = server.metrics;
        metrics.gauge("varve_webhooks", "Webhooks of stores.", webhooks::count);
        metrics.gauge(
                "varve_webhooks_inactive", "Webhooks of stores that failures have switched off.", webhooks::inactive);
        metrics.counter(
                "varve_webhook_delivered_total", "Changes that webhooks of stores took.", webhooks.delivered::sum);
        metrics.counter("varve_webhook_failed_total", "Calls of webhooks of stores that failed.", webhooks.failed::sum);
        return webhooks;
    }

    /**
     * Creates the webhooks.
     *
     * @param random makes secrets: must be cryptographically strong
     * @param thread the one that they are confined to
     */
    Webhooks(
            EntryStorage entries,
            WebhookRecords records,
            WebhookTurn turns,
            WebhookOptions options,
            Clock clock,
            RandomGenerator random,
            ScheduledThreadPoolExecutor thread) {
        this.entries = entries;
        this.records = records;
        this.turns = turns;
        this.options = options;
        this.clock = clock;
        this.random = random;
        this.thread = thread;
        this.stores = new WebhookStores(entries, this::onThread, this::storeChanged);
        this.quick = CallerThreads.pool("varve-store-webhook-", CALLERS, options.maxWebhooks());
        this.slow = CallerThreads.pool("varve-slow-webhook-", CALLERS, options.maxWebhooks());
        this.pingers = CallerThreads.pool("varve-ping-webhook-", PINGERS, MAX_WAITING_PINGS);
    }

    /**
     * Reads what is kept, and begins to call.
     *
     * @throws VarveException when it cannot be read
     */
    void start() {
        List<Webhook> kept;
        try {
            records.start();
            kept = records.load().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof VarveException varve ? varve : e;
        }
        onThread(() -> {
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

    private void onThread(Runnable task) {
        thread.execute(() -> Outcomes.guarded(task));
    }

    // ---- what is asked ----

    /** Creates a webhook that is called with the changes after one; it is kept when this is done. */
    CompletableFuture<Webhook> create(StoreInfo store, String url, long after) {
        return ask(() -> {
            long ofStore = all.values().stream()
                    .filter(state -> state.webhook.storeId().equals(store.id()))
                    .count();
            requireRoom("webhooks of a store", ofStore, options.maxPerStore());
            requireRoom("webhooks", all.size(), options.maxWebhooks());
            byte[] secret = new byte[SECRET_BYTES];
            random.nextBytes(secret);
            Webhook webhook = new Webhook(
                    new UUID(random.nextLong(), random.nextLong()).toString(),
                    store.id(),
                    url,
                    "whsec_" + HexFormat.of().formatHex(secret),
                    clock.wallMillis(),
                    true,
                    0,
                    null,
                    after,
                    0);
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
        });
    }

    private static void requireRoom(String dimension, long current, int limit) {
        if (current >= limit) {
            throw EntryProblem.of(
                            402,
                            "limit_exceeded",
                            "there are " + limit + " " + dimension + ", and no more are allowed",
                            "limit_exceeded")
                    .with("dimension", "webhooks")
                    .with("current", current)
                    .with("limit", (long) limit);
        }
    }

    /** The webhooks of a store, the newest first. */
    CompletableFuture<List<Webhook>> list(UUID store) {
        return ask(() -> CompletableFuture.completedFuture(all.values().stream()
                .filter(state -> state.kept && state.webhook.storeId().equals(store))
                .map(state -> state.webhook)
                .toList()
                .reversed()));
    }

    /** Deletes a webhook and its log; what is under way may still arrive. */
    CompletableFuture<Void> delete(UUID store, String id) {
        return ask(() -> remove(require(store, id)));
    }

    /** The newest lines of a webhook's log, the newest first. */
    CompletableFuture<List<Logged>> deliveries(UUID store, String id, int limit) {
        return ask(() -> records.newest(require(store, id).webhook, limit));
    }

    /** Calls a webhook without a change. Success switches it on again, which is kept when this is done. */
    CompletableFuture<WebhookDelivery> ping(StoreInfo store, String id) {
        return ask(() -> {
            WebhookState state = require(store.id(), id);
            Webhook webhook = state.webhook;
            CompletableFuture<WebhookDelivery> called = new CompletableFuture<>();
            try {
                pingers.execute(() -> complete(called, () -> turns.ping(webhook, store.name())));
            } catch (RejectedExecutionException e) {
                throw new VarveException(ErrorKind.OVERLOADED, "too many pings of webhooks are under way", e);
            }
            return called.thenComposeAsync(
                    delivery -> delivery.delivered()
                            ? reactivate(state).thenApply(_ -> delivery)
                            : CompletableFuture.completedFuture(delivery),
                    thread);
        });
    }

    private static <T> void complete(CompletableFuture<T> future, Supplier<T> work) {
        try {
            future.complete(work.get());
        } catch (RuntimeException e) {
            future.completeExceptionally(e);
        }
    }

    private CompletableFuture<?> reactivate(WebhookState state) {
        return change(state, Webhook::reactivated, List.of())
                .thenRunAsync(
                        () -> {
                            state.endWait();
                            state.changed();
                            advance(state);
                        },
                        thread);
    }

    private <T> CompletableFuture<T> ask(Supplier<CompletableFuture<T>> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        thread.execute(() -> {
            try {
                Outcomes.take(question.get(), (value, failure) -> {
                    if (failure != null) {
                        answer.completeExceptionally(failure);
                    } else {
                        answer.complete(value);
                    }
                });
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private WebhookState require(UUID store, String id) {
        WebhookState state = all.get(id);
        if (state == null || !state.kept || !state.webhook.storeId().equals(store)) {
            throw EntryProblem.notFound();
        }
        return state;
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

    private CompletableFuture<Void> remove(WebhookState state) {
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
                onThread(() -> keep(state, outcome));
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
        List.of(quick, slow, pingers).forEach(ThreadPoolExecutor::shutdownNow);
        try {
            if (!thread.awaitTermination(CLOSE_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn("the thread of webhooks is still at work after {} s", CLOSE_PATIENCE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
