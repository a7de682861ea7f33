package dev.varve.server.subscriptions;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamStorage;
import dev.varve.engine.io.Clock;
import dev.varve.server.outbound.CallerThreads;
import dev.varve.server.outbound.Outcomes;
import dev.varve.server.outbound.SigningKey;
import dev.varve.server.outbound.SigningKeys;
import dev.varve.server.outbound.WebhookClient;
import dev.varve.server.outbound.WebhookTarget;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out effects: calls webhooks, writes wake events, and reports what came of it. Confined to the loop's thread. */
final class WakeSender implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WakeSender.class);

    /** How many webhooks are called at the same time. */
    private static final int MAX_CALLS = 64;

    /** How many webhooks may wait for their turn; more count as failed and are tried later. */
    private static final int MAX_WAITING_CALLS = 4_096;

    private final StreamStorage storage;
    private final SubscriptionOptions options;
    private final Clock clock;
    private final WebhookClient webhooks;
    private final SubscriptionLoop loop;

    private final ThreadPoolExecutor callers;

    WakeSender(
            StreamStorage storage,
            SubscriptionOptions options,
            Clock clock,
            WebhookClient webhooks,
            SubscriptionLoop loop) {
        this.storage = storage;
        this.options = options;
        this.clock = clock;
        this.webhooks = webhooks;
        this.loop = loop;
        this.callers = CallerThreads.pool("varve-webhook-", MAX_CALLS, MAX_WAITING_CALLS);
    }

    /** Carries out one effect of a step of this state, whose events are durable. */
    void perform(Effect effect, SubscriptionState state) {
        switch (effect) {
            case Effect.Deliver deliver ->
                deliver(deliver, state.keys().getLast().key());
            case Effect.Announce announce -> {
                if (state.isUnclaimed(announce.subscription(), announce.wakeId())) {
                    announce(announce);
                }
            }
        }
    }

    private void deliver(Effect.Deliver effect, SigningKey key) {
        try {
            callers.execute(() -> {
                WebhookClient.Result result = call(effect, key);
                loop.report(() -> called(effect, result));
            });
        } catch (RejectedExecutionException e) {
            called(effect, new WebhookClient.Result.Failed("too many webhooks are waiting", null, false));
        }
    }

    private WebhookClient.Result call(Effect.Deliver effect, SigningKey key) {
        try {
            String configured = options.publicBaseUrl();
            String baseUrl = configured == null ? effect.baseUrl() : configured;
            byte[] body = ControlJson.webhook(effect, ControlRoutes.callbackUrl(baseUrl, effect.subscription()));
            String signature = SigningKeys.sign(key, Math.floorDiv(clock.wallMillis(), 1_000L), body);
            return webhooks.post(WebhookTarget.parse(effect.url()), body, Map.of("Webhook-Signature", signature));
        } catch (RuntimeException e) {
            return new WebhookClient.Result.Failed(e.toString(), null, false);
        }
    }

    private void called(Effect.Deliver effect, WebhookClient.Result result) {
        switch (result) {
            case WebhookClient.Result.Delivered delivered -> {
                boolean done = ControlJson.saysDone(delivered.body());
                loop.step((state, now, step) -> state.delivered(effect, done, now, step));
            }
            case WebhookClient.Result.Failed failed -> {
                log.info("webhook of subscription {} failed: {}", effect.subscription(), failed.why());
                loop.step((state, now, step) ->
                        state.failed(effect.subscription(), effect.wakeId(), failed.mayHaveArrived(), now, step));
            }
        }
    }

    private void announce(Effect.Announce effect) {
        byte[] event = ControlJson.wakeEvent(effect, clock.wallMillis());
        CompletableFuture<AppendResult> appended;
        try {
            appended = storage.append(AppendRequest.of(effect.wakeStream(), "application/json", event));
        } catch (RuntimeException e) {
            appended = CompletableFuture.failedFuture(e);
        }
        Outcomes.take(appended, (result, error) -> loop.report(() -> announced(effect, result, error)));
    }

    private void announced(Effect.Announce effect, @Nullable AppendResult result, @Nullable Throwable error) {
        if (error == null && !(result instanceof Refusal)) {
            loop.step((state, now, step) -> state.announced(effect.subscription(), effect.wakeId(), now, step));
            return;
        }
        String why = result instanceof Refusal refusal ? refusal.detail() : String.valueOf(error);
        log.info("subscription {} cannot write to its wake stream: {}", effect.subscription(), why);
        loop.step((state, now, step) -> state.failed(effect.subscription(), effect.wakeId(), false, now, step));
    }

    /** Interrupts the calls that are under way. */
    @Override
    public void close() {
        callers.shutdownNow();
    }
}
