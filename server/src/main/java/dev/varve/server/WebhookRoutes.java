package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.server.WebhookRecords.Logged;
import dev.varve.server.outbound.WebhookPolicy;
import dev.varve.server.outbound.WebhookTarget;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The webhooks of a store: {@code /api/stores/:org/:store/webhooks}. Thread-safe. */
final class WebhookRoutes {

    private static final int BODY_BYTES = 16 * 1024;
    private static final int DEFAULT_LIMIT = 20;
    private static final int MAX_LIMIT = 100;
    private static final String ALL = StoreTarget.PATTERN + "/webhooks";
    private static final String ONE = ALL + "/{id}";
    private static final String READ = Scope.WEBHOOKS_READ;
    private static final String WRITE = Scope.WEBHOOKS_WRITE;
    private static final Set<String> PARAMETERS = Set.of("limit");

    private final EntryStorage entries;
    private final Webhooks webhooks;
    private final WebhookPolicy policy;
    private final OriginCheck origins;

    WebhookRoutes(EntryStorage entries, Webhooks webhooks, WebhookPolicy policy, OriginCheck origins) {
        this.entries = entries;
        this.webhooks = webhooks;
        this.policy = policy;
        this.origins = origins;
    }

    void addTo(Routes routes) {
        routes.add(route("webhooks.list", "GET", ALL, READ, this::list, "Lists a store's webhooks."))
                .add(route("webhooks.create", "POST", ALL, WRITE, this::create, "Has a URL called with each change."))
                .add(route("webhooks.delete", "DELETE", ONE, WRITE, this::delete, "Deletes a webhook."))
                .add(route(
                        "webhooks.ping",
                        "POST",
                        ONE + "/ping",
                        WRITE,
                        this::ping,
                        "Calls a webhook without a change, and switches it on again."))
                .add(route(
                        "webhooks.deliveries",
                        "GET",
                        ONE + "/deliveries",
                        READ,
                        this::deliveries,
                        "Shows a webhook's calls, the newest first."));
    }

    private Route route(
            String name, String method, String pattern, String scope, RouteHandler handler, String summary) {
        boolean read = method.equals("GET");
        return new Route(
                name,
                method,
                pattern,
                scope,
                summary,
                read ? 0 : BODY_BYTES,
                Route.Place.ANY,
                false,
                read ? handler : EntryRoutes.guarded(origins, handler));
    }

    private void list(Exchange exchange) {
        StoreInfo store = StoreRoutes.store(entries, exchange);
        exchange.await(
                webhooks.list(store.id()),
                all -> exchange.respond(EntryRoutes.uncached(new JsonText()
                        .raw(
                                "webhooks",
                                EntryText.list(
                                        all.stream().map(WebhookRoutes::shown).toList()))
                        .toString())));
    }

    private static JsonText shown(Webhook webhook) {
        return new JsonText()
                .field("id", webhook.id())
                .field("url", webhook.url())
                .field("active", webhook.active())
                .field("failure_count", webhook.failureCount())
                .field("last_delivered_seq", webhook.lastDeliveredSeq())
                .field("inserted_at", EntryText.time(webhook.insertedAtMillis()));
    }

    private void create(Exchange exchange) {
        EntryBody body = EntryBody.of(exchange);
        String url = body.text("url");
        if (url == null) {
            throw unprocessable("url is required, a string");
        }
        String objection = objection(url);
        if (objection != null) {
            throw unprocessable(objection);
        }
        StoreInfo store = StoreRoutes.store(entries, exchange);
        if (store.archived()) {
            throw EntryProblem.of(404, ErrorKind.NOT_FOUND.wireName(), "the store is archived", "store_archived");
        }
        exchange.await(
                webhooks.create(store, url, after(body.get("after"), store)),
                webhook -> exchange.respond(Response.json(
                                201,
                                new JsonText()
                                        .field("id", webhook.id())
                                        .field("url", webhook.url())
                                        .field("secret", webhook.secret())
                                        .field("active", webhook.active())
                                        .field("inserted_at", EntryText.time(webhook.insertedAtMillis()))
                                        .toString())
                        .lines(HeaderLines.NO_STORE)));
    }

    /** What can be said against a URL without asking a name server; null when nothing can. */
    private @Nullable String objection(String url) {
        try {
            return policy.objection(WebhookTarget.parse(url));
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    /** The change after which calls begin: the newest one, unless the request says otherwise. */
    private static long after(@Nullable EntryValue given, StoreInfo store) {
        return switch (given) {
            case null -> store.storeSeq();
            case EntryValue.Whole(long seq) when seq >= 0 && seq <= store.storeSeq() -> seq;
            default -> throw unprocessable("after must be a store_seq, from 0 to " + store.storeSeq());
        };
    }

    private static EntryProblem unprocessable(String detail) {
        return EntryProblem.of(422, "invalid_params", detail, ErrorKind.INVALID_PARAMS.wireName());
    }

    private static String id(Exchange exchange) {
        return StoreTarget.of(exchange).rest().get(1);
    }

    private void delete(Exchange exchange) {
        StoreInfo store = StoreRoutes.store(entries, exchange);
        exchange.await(
                webhooks.delete(store.id(), id(exchange)),
                _ -> exchange.respond(
                        EntryRoutes.uncached(new JsonText().field("ok", true).toString())));
    }

    private void ping(Exchange exchange) {
        StoreInfo store = StoreRoutes.store(entries, exchange);
        exchange.await(webhooks.ping(store, id(exchange)), delivery -> exchange.respond(pinged(delivery)));
    }

    private static Response pinged(WebhookDelivery delivery) {
        JsonText json = new JsonText().field("ok", delivery.delivered());
        Integer status = delivery.status();
        String error = delivery.error();
        if (status == null) {
            return Response.json(
                            502, json.field("error", error == null ? "" : error).toString())
                    .lines(HeaderLines.NO_STORE);
        }
        return EntryRoutes.uncached(json.field("status_code", status)
                .fieldOrNull("response_ms", delivery.responseMillis())
                .toString());
    }

    private void deliveries(Exchange exchange) {
        StoreInfo store = StoreRoutes.store(entries, exchange);
        String id = id(exchange);
        exchange.await(
                webhooks.deliveries(
                        store.id(),
                        id,
                        limit(Query.of(exchange.request.query, PARAMETERS).get("limit"))),
                logged -> exchange.respond(EntryRoutes.uncached(new JsonText()
                        .raw(
                                "deliveries",
                                EntryText.list(logged.stream()
                                        .map(line -> shown(id, line))
                                        .toList()))
                        .toString())));
    }

    private static int limit(@Nullable String given) {
        if (given == null) {
            return DEFAULT_LIMIT;
        }
        Long limit = HistoryRoutes.sequence(given);
        if (limit == null || limit < 1) {
            throw EntryProblem.invalid("limit must be 1.." + MAX_LIMIT);
        }
        return (int) Math.min(limit, MAX_LIMIT);
    }

    private static JsonText shown(String id, Logged line) {
        WebhookDelivery delivery = line.delivery();
        Integer status = delivery.status();
        return new JsonText()
                .field("id", id + ":" + line.number())
                .field("store_seq", delivery.storeSeq())
                .fieldOrNull("status_code", status == null ? null : Long.valueOf(status))
                .fieldOrNull("response_ms", delivery.responseMillis())
                .fieldOrNull("error", delivery.error())
                .field("attempted_at", EntryText.time(delivery.attemptedAtMillis()));
    }
}
