package dev.varve.server;

import dev.varve.api.DeliveredEvent;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptionStorage;
import dev.varve.api.ParkedEvent;
import dev.varve.api.Settlement;
import dev.varve.api.StoredEvent;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.VarveException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Subscriptions of events whose position the server keeps: {@code /api/stores/<org>/<store>/subscriptions}. Thread-safe. */
final class EventSubscriptionRoutes {

    private static final String ALL = "/subscriptions";
    private static final String ONE = ALL + "/{name}";

    /** Settings may hold a query and a filter, settlements a thousand tokens. */
    private static final int BODY_BYTES = 1 << 20;

    private static final int CONFLICT = 409;
    private static final Set<String> PAGE = Set.of("after", "limit");

    private final EventsFace face;

    EventSubscriptionRoutes(EventsFace face) {
        this.face = face;
    }

    /** Answers requests where there are subscriptions. */
    private interface Handler {
        void handle(Exchange exchange, EventSubscriptionStorage subscriptions, String store);
    }

    void addTo(Routes routes) {
        routes.add(face.read(
                        "event_subscriptions.list", "GET", ALL, 0, with(this::list), "Lists subscriptions of events."))
                .add(face.read("event_subscriptions.get", "GET", ONE, 0, with(this::get), "Shows a subscription."))
                .add(manage("create", "PUT", ONE, BODY_BYTES, this::create, "Makes a subscription."))
                .add(manage("update", "PATCH", ONE, BODY_BYTES, this::update, "Changes a subscription's settings."))
                .add(manage("delete", "DELETE", ONE, 0, this::delete, "Deletes a subscription."))
                .add(consume("next", this::next, "Hands events to a consumer."))
                .add(consume("ack", settle(Settlement.Action.ACK), "Says that events were processed."))
                .add(consume("nak", settle(null), "Gives events back, or settles them otherwise."))
                .add(consume("park", settle(Settlement.Action.PARK), "Lays events aside."))
                .add(consume("leave", this::leave, "Says that a consumer is gone."))
                .add(face.read(
                        "event_subscriptions.parked",
                        "GET",
                        ONE + "/parked",
                        0,
                        with(this::parked),
                        "Lists what was laid aside."))
                .add(manage(
                        "replay",
                        "POST",
                        ONE + "/replay",
                        BODY_BYTES,
                        this::replay,
                        "Hands out again what was laid aside."))
                .add(manage("pause", "POST", ONE + "/pause", 0, this::pause, "Has nothing handed out any more."))
                .add(manage("resume", "POST", ONE + "/resume", 0, this::resume, "Has events handed out again."))
                .add(manage("reset", "POST", ONE + "/reset", BODY_BYTES, this::reset, "Begins anew after a position."));
    }

    private Route manage(String name, String method, String path, int maxBody, Handler handler, String summary) {
        return face.manage("event_subscriptions." + name, method, path, maxBody, with(handler), summary);
    }

    /** What consumers do moves the subscription on: a token that may only read does not. */
    private Route consume(String name, Handler handler, String summary) {
        return face.write("event_subscriptions." + name, "POST", ONE + "/" + name, BODY_BYTES, with(handler), summary);
    }

    private static EventsFace.Handler with(Handler handler) {
        return (exchange, events) -> handler.handle(
                exchange, events.subscriptions(), StoreTarget.of(exchange).store());
    }

    private static String name(Exchange exchange) {
        return StoreTarget.of(exchange).rest().get(1);
    }

    private static void answer(Exchange exchange, CompletableFuture<SubscriptionInfo> info) {
        exchange.await(info, known -> exchange.respond(EventsRoutes.json(SubscriptionText.info(known))));
        exchange.commitSoon();
    }

    // ---- subscriptions

    private void list(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        exchange.await(
                subscriptions.list(store),
                all -> exchange.respond(EventsRoutes.json(
                        new JsonText().raw("subscriptions", EventsText.list(all, SubscriptionText::info)))));
    }

    private void get(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        answer(exchange, subscriptions.info(store, name(exchange)));
    }

    private void create(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        EventsRoutes.body(
                exchange,
                body -> SubscriptionBody.settings(body, null),
                settings -> answer(exchange, subscriptions.create(store, name(exchange), settings)));
    }

    private void update(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        exchange.await(
                subscriptions.info(store, name(exchange)),
                info -> EventsRoutes.body(
                        exchange,
                        body -> SubscriptionBody.settings(body, info.settings()),
                        settings -> answer(exchange, subscriptions.update(store, name(exchange), settings))));
    }

    private void delete(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        exchange.await(
                subscriptions.delete(store, name(exchange)),
                deleted ->
                        exchange.respond(EventsRoutes.json(new JsonText().field("deleted", deleted.booleanValue()))));
        exchange.commitSoon();
    }

    // ---- consumers

    private void next(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        String name = name(exchange);
        EventsRoutes.body(exchange, SubscriptionBody::asking, asking -> {
            CompletableFuture<List<DeliveredEvent>> deliveries =
                    subscriptions.next(store, name, asking.consumer(), asking.max(), asking.longest());
            new DeliveryWait(exchange, subscriptions, store, name, deliveries).start();
        });
    }

    private Handler settle(Settlement.@Nullable Action action) {
        return (exchange, subscriptions, store) ->
                EventsRoutes.body(exchange, body -> SubscriptionBody.settling(body, action), settling -> {
                    exchange.await(
                            subscriptions.settle(store, name(exchange), settling.settlement(), settling.tokens()),
                            settled -> exchange.respond(
                                    EventsRoutes.json(new JsonText().field("settled", settled.intValue()))));
                    exchange.commitSoon();
                });
    }

    private void leave(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        EventsRoutes.body(
                exchange,
                SubscriptionBody::consumer,
                consumer -> exchange.await(
                        subscriptions.leave(store, name(exchange), consumer),
                        _ -> exchange.respond(EventsRoutes.json(new JsonText().field("left", true)))));
    }

    // ---- parked events

    private void parked(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        Query query = Query.strict(exchange.request.query, PAGE);
        String after = query.get("after");
        String limit = query.get("limit");
        long most = limit == null ? EventSubscriptionStorage.MAX_PARKED_PAGE : EventsRead.number("limit", limit);
        exchange.await(
                subscriptions.parked(
                        store,
                        name(exchange),
                        after == null ? EventStore.EMPTY : EventsRead.number("after", after),
                        Math.clamp(most, 0, Integer.MAX_VALUE)),
                page -> {
                    List<StoredEvent> events = page.stream()
                            .map(ParkedEvent::event)
                            .filter(Objects::nonNull)
                            .toList();
                    EventsRoutes.render(
                            exchange, events, () -> SubscriptionText.parked(EventsRoutes.buffer(events), page));
                });
    }

    private void replay(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        EventsRoutes.body(exchange, SubscriptionBody::stopAt, stopAt -> {
            exchange.await(
                    subscriptions.replayParked(store, name(exchange), stopAt),
                    replayed ->
                            exchange.respond(EventsRoutes.json(new JsonText().field("replayed", replayed.intValue()))));
            exchange.commitSoon();
        });
    }

    // ---- commands

    /** That it is so already is no condition of the request. */
    private static CompletableFuture<SubscriptionInfo> switched(CompletableFuture<SubscriptionInfo> info) {
        return info.exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                Problem.cause(failure) instanceof VarveException refused && refused.kind() == ErrorKind.CONFLICT
                        ? new HttpProblem(
                                Problem.withStatus(CONFLICT, ErrorKind.CONFLICT, String.valueOf(refused.getMessage())))
                        : failure));
    }

    private void pause(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        answer(exchange, switched(subscriptions.pause(store, name(exchange))));
    }

    private void resume(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        answer(exchange, switched(subscriptions.resume(store, name(exchange))));
    }

    private void reset(Exchange exchange, EventSubscriptionStorage subscriptions, String store) {
        EventsRoutes.body(
                exchange,
                SubscriptionBody::position,
                position -> answer(exchange, subscriptions.reset(store, name(exchange), position)));
    }
}
