package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import dev.varve.engine.io.Clock;
import dev.varve.server.WebhookRecords.Logged;
import dev.varve.server.outbound.CallerThreads;
import dev.varve.server.outbound.Outcomes;
import dev.varve.server.outbound.SigningKey;
import dev.varve.server.outbound.WebhookClient;
import dev.varve.server.outbound.WebhookPolicy;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLSocketFactory;

/**
 * The webhooks of stores. Each is called with every committed change of its store, in order, at least once, wherever the change
 * came from; how far each has got is kept with the log of its calls, and outlives a crash.
 *
 * <p>Thread-safe.
 */
final class Webhooks implements AutoCloseable {

    /** How many pings are under way at the same time. */
    private static final int PINGERS = 4;

    /** How many pings may wait for their turn; more are refused. */
    private static final int MAX_WAITING_PINGS = 64;

    private static final int SECRET_BYTES = 32;

    private final WebhookRecords records;
    private final WebhookTurn turns;
    private final WebhookOptions options;
    private final Clock clock;
    private final RandomGenerator random;
    private final WebhookLoop loop;
    private final ThreadPoolExecutor pingers;

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
        WebhookRecords records = new WebhookRecords(new ServerRecords(kept, ServerRecords.WEBHOOKS));
        WebhookTurn turns = new WebhookTurn(entries, new WebhookCalls(client, server.clock), keys, server.clock);
        WebhookLoop loop = new WebhookLoop(entries, records, turns, options, server.clock, thread);
        Metrics metrics = server.metrics;
        metrics.gauge("varve_webhooks", "Webhooks of stores.", loop::count);
        metrics.gauge("varve_webhooks_inactive", "Webhooks of stores that failures have switched off.", loop::inactive);
        metrics.counter("varve_webhook_delivered_total", "Changes that webhooks of stores took.", loop.delivered::sum);
        metrics.counter("varve_webhook_failed_total", "Calls of webhooks of stores that failed.", loop.failed::sum);
        // Secrets are made of its randomness.
        return new Webhooks(loop, records, turns, options, server.clock, new SecureRandom());
    }

    /**
     * Creates the webhooks.
     *
     * @param random makes secrets: must be cryptographically strong
     */
    Webhooks(
            WebhookLoop loop,
            WebhookRecords records,
            WebhookTurn turns,
            WebhookOptions options,
            Clock clock,
            RandomGenerator random) {
        this.loop = loop;
        this.records = records;
        this.turns = turns;
        this.options = options;
        this.clock = clock;
        this.random = random;
        this.pingers = CallerThreads.pool("varve-ping-webhook-", PINGERS, MAX_WAITING_PINGS);
    }

    /**
     * Reads what is kept, and begins to call.
     *
     * @throws VarveException when it cannot be read
     */
    void start() {
        try {
            records.start();
            loop.start(records.load().join());
        } catch (CompletionException e) {
            throw e.getCause() instanceof VarveException varve ? varve : e;
        }
    }

    // ---- what is asked ----

    /** Creates a webhook that is called with the changes after one; it is kept when this is done. */
    CompletableFuture<Webhook> create(StoreInfo store, String url, long after) {
        return ask(() -> {
            long ofStore = loop.all().stream()
                    .filter(state -> state.webhook.storeId().equals(store.id()))
                    .count();
            requireRoom("webhooks of a store", ofStore, options.maxPerStore());
            requireRoom("webhooks", loop.all().size(), options.maxWebhooks());
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
            return loop.create(webhook);
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
        return ask(() -> CompletableFuture.completedFuture(loop.all().stream()
                .filter(state -> state.kept && state.webhook.storeId().equals(store))
                .map(state -> state.webhook)
                .toList()
                .reversed()));
    }

    /** Deletes a webhook and its log; what is under way may still arrive. */
    CompletableFuture<Void> delete(UUID store, String id) {
        return ask(() -> loop.remove(require(store, id)));
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
            CompletableFuture<WebhookDelivery> called;
            try {
                called = CompletableFuture.supplyAsync(() -> turns.ping(webhook, store.name()), pingers);
            } catch (RejectedExecutionException e) {
                throw new VarveException(ErrorKind.OVERLOADED, "too many pings of webhooks are under way", e);
            }
            return called.thenComposeAsync(
                    delivery -> delivery.delivered()
                            ? loop.reactivate(state).thenApply(_ -> delivery)
                            : CompletableFuture.completedFuture(delivery),
                    loop.thread);
        });
    }

    private <T> CompletableFuture<T> ask(Supplier<CompletableFuture<T>> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        loop.execute(() -> {
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
        WebhookState state = loop.find(id);
        if (state == null || !state.kept || !state.webhook.storeId().equals(store)) {
            throw EntryProblem.notFound();
        }
        return state;
    }

    /** Stops calling. */
    @Override
    public void close() {
        loop.close();
        pingers.shutdownNow();
    }
}
