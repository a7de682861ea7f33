package dev.varve.client;

import dev.varve.api.DeliveredEvent;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptionStorage;
import dev.varve.api.ParkedEvent;
import dev.varve.api.Settlement;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Subscriptions of a server, over its routes for them. What only looks, settles or leaves is sent again while that makes sense; the rest, and what hands out
 * events, is sent once. Thread-safe.
 */
final class HttpEventSubscriptions implements EventSubscriptionStorage {

    private static final String ALL = "/subscriptions";

    private final HttpTransport transport;

    HttpEventSubscriptions(HttpTransport transport) {
        this.transport = transport;
    }

    private EventCalls calls(String store) {
        return new EventCalls(transport, store);
    }

    private static String one(String name) {
        if (name.isEmpty() || name.indexOf('/') >= 0) {
            throw invalid("the name of a subscription is not empty and has no slash, was \"" + name + "\"");
        }
        return ALL + "/" + EventCalls.segment(name);
    }

    private static VarveException invalid(String message) {
        return new VarveException(ErrorKind.INVALID_PARAMS, message);
    }

    // ---- subscriptions

    @Override
    public CompletableFuture<SubscriptionInfo> create(String store, String name, SubscriptionSettings settings) {
        EventCalls calls = calls(store);
        return calls.once(calls.request("PUT", one(name), EventBody.subscription(settings)), EventAnswer::subscription);
    }

    @Override
    public CompletableFuture<SubscriptionInfo> update(String store, String name, SubscriptionSettings settings) {
        EventCalls calls = calls(store);
        return calls.once(
                calls.request("PATCH", one(name), EventBody.subscription(settings)), EventAnswer::subscription);
    }

    @Override
    public CompletableFuture<Boolean> delete(String store, String name) {
        EventCalls calls = calls(store);
        return calls.once(calls.request(one(name)).DELETE(), answer -> answer.flag("deleted"));
    }

    @Override
    public CompletableFuture<List<SubscriptionInfo>> list(String store) {
        EventCalls calls = calls(store);
        return calls.repeated(() -> calls.request(ALL).GET(), EventAnswer::subscriptions);
    }

    @Override
    public CompletableFuture<SubscriptionInfo> info(String store, String name) {
        EventCalls calls = calls(store);
        String url = one(name);
        return calls.repeated(() -> calls.request(url).GET(), EventAnswer::subscription);
    }

    // ---- consumers

    @Override
    public CompletableFuture<List<DeliveredEvent>> next(
            String store, String name, String consumer, int max, Duration wait) {
        if (wait.isNegative() || wait.compareTo(MAX_WAIT) > 0) {
            throw invalid("a wait lasts at most " + MAX_WAIT + ", was " + wait);
        }
        EventCalls calls = calls(store);
        return calls.once(
                calls.waiting(one(name) + "/next", EventBody.asking(consumer, max, wait), wait),
                EventAnswer::deliveries);
    }

    @Override
    public CompletableFuture<Integer> settle(
            String store, String name, Settlement settlement, Collection<String> tokens) {
        EventCalls calls = calls(store);
        String url = one(name) + (settlement.action() == Settlement.Action.ACK ? "/ack" : "/nak");
        byte[] body = EventBody.settling(settlement, tokens);
        return calls.repeated(
                () -> calls.request("POST", url, body), answer -> Math.toIntExact(answer.number("settled")));
    }

    @Override
    public CompletableFuture<Void> leave(String store, String name, String consumer) {
        EventCalls calls = calls(store);
        String url = one(name) + "/leave";
        byte[] body = EventBody.consumer(consumer);
        return calls.repeated(() -> calls.request("POST", url, body), answer -> answer.flag("left"))
                .thenAccept(left -> {});
    }

    // ---- parked events

    @Override
    public CompletableFuture<List<ParkedEvent>> parked(String store, String name, long after, int limit) {
        EventCalls calls = calls(store);
        String url = one(name) + "/parked"
                + EventCalls.parameter('?', "limit", limit)
                + EventCalls.parameter('&', "after", after == EventStore.EMPTY ? null : (Long) after);
        return calls.repeated(() -> calls.request(url).GET(), EventAnswer::parked);
    }

    @Override
    public CompletableFuture<Integer> replayParked(String store, String name, int stopAt) {
        EventCalls calls = calls(store);
        return calls.once(
                calls.request("POST", one(name) + "/replay", EventBody.stopAt(stopAt)),
                answer -> Math.toIntExact(answer.number("replayed")));
    }

    // ---- commands

    private CompletableFuture<SubscriptionInfo> command(String store, String name, String command) {
        EventCalls calls = calls(store);
        return calls.once(
                calls.request(one(name) + command).POST(HttpRequest.BodyPublishers.noBody()),
                EventAnswer::subscription);
    }

    @Override
    public CompletableFuture<SubscriptionInfo> pause(String store, String name) {
        return command(store, name, "/pause");
    }

    @Override
    public CompletableFuture<SubscriptionInfo> resume(String store, String name) {
        return command(store, name, "/resume");
    }

    @Override
    public CompletableFuture<SubscriptionInfo> reset(String store, String name, long position) {
        EventCalls calls = calls(store);
        byte[] body = position == SubscriptionSettings.END ? EventBody.end() : EventBody.position(position);
        return calls.once(calls.request("POST", one(name) + "/reset", body), EventAnswer::subscription);
    }
}
