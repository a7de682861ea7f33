package dev.varve.server;

import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.StoreInfo;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Following the changes of a store over HTTP. Thread-safe. */
final class WatchRoutes {

    private static final Set<String> PARAMETERS = Set.of("pattern", "after");
    private static final Set<String> LINES_PARAMETERS = Set.of("after", "limit", "follow");
    private static final byte[] UPGRADE = HeaderLines.of("Upgrade: websocket");

    private final ServerContext server;
    private final EntryStorage entries;

    WatchRoutes(ServerContext server, EntryStorage entries) {
        this.server = server;
        this.entries = entries;
    }

    void addTo(Routes routes) {
        routes.add(route("entries.watch", "/watch", this::watch, "Sends changes as they come."))
                .add(route("entries.subscribe", "/subscribe", this::subscribe, "Says where the WebSocket is."));
    }

    private static Route route(String name, String path, RouteHandler handler, String summary) {
        return new Route(
                name,
                "GET",
                StoreTarget.PATTERN + path,
                Scope.ENTRIES_READ,
                summary,
                0,
                Route.Place.ANY,
                false,
                handler);
    }

    private void subscribe(Exchange exchange) {
        StoreRoutes.store(entries, exchange);
        upgradeRequired(exchange);
    }

    /** The answer of the protocol to whoever wants to follow a store without a WebSocket. */
    private void upgradeRequired(Exchange exchange) {
        String url = server.urlFor(exchange.request);
        String webSocket =
                (url.startsWith("https:") ? "wss:" : "ws:") + url.substring(url.indexOf(':') + 1) + "/ws/sync";
        exchange.respond(Response.json(
                        426,
                        new JsonText()
                                .field("error", "upgrade_required")
                                .field(
                                        "detail",
                                        "changes are followed over a WebSocket, or as server-sent events: GET …/watch with"
                                                + " Accept: text/event-stream")
                                .field("ws_url", webSocket)
                                .field("docs", "docs/entries.md")
                                .field("kind", "upgrade_required")
                                .toString())
                .lines(UPGRADE)
                .lines(HeaderLines.NO_STORE));
    }

    private void watch(Exchange exchange) {
        StoreInfo store = StoreRoutes.store(entries, exchange);
        Request request = exchange.request;
        if (!MediaTypes.accepts(request, EntryWatch.CONTENT_TYPE)) {
            if (MediaTypes.accepts(request, LinesBody.CONTENT_TYPE)) {
                lines(exchange, store);
            } else {
                upgradeRequired(exchange);
            }
            return;
        }
        Query query = Query.of(request.query, PARAMETERS);
        String pattern = query.get("pattern");
        EntryPattern matching = pattern == null ? EntryPattern.ALL : EntryListing.pattern(pattern);
        Long after = position(request, query.get("after"));
        if (!request.http11) {
            throw EntryProblem.invalid("events need HTTP/1.1");
        }
        if (store.archived()) {
            throw EntryProblem.notFound();
        }
        if (request.isHead()) {
            exchange.respond(Response.of(200).header(HeaderName.CONTENT_TYPE, EntryWatch.CONTENT_TYPE));
            return;
        }
        Connection connection = exchange.connection();
        Runnable start = () -> new EntryWatch(exchange, entries, store, matching, after).start();
        if (connection.loop().kind == Loop.Kind.LIVE) {
            start.run();
        } else {
            connection.moveTo(connection.home(), start);
        }
    }

    /** Changes with all that is known of them: some that there are, or these and what comes. */
    private void lines(Exchange exchange, StoreInfo store) {
        Query query = Query.strict(exchange.request.query, LINES_PARAMETERS);
        boolean follow = ChangesRoutes.flag(query.get("follow"));
        String asked = query.get("after");
        long after = asked == null ? 0 : EventsRead.number("after", asked);
        String limit = query.get("limit");
        if (!follow) {
            long atMost = limit == null ? EntryQuery.MAX_LIMIT : EventsRead.number("limit", limit);
            int most = Math.clamp(atMost, 0, EntryQuery.MAX_LIMIT + 1);
            exchange.blocking(() -> Response.of(200)
                    .header(HeaderName.CONTENT_TYPE, LinesBody.CONTENT_TYPE)
                    .lines(HeaderLines.NO_STORE)
                    .body(EntryFollow.page(
                            entries.events(store.name(), after, most).join())));
            return;
        }
        if (limit != null) {
            throw HttpProblem.invalid("limit does not go with this request");
        }
        Long last = NotedFeed.remembered(exchange.request);
        long from = last != null ? last : asked == null ? store.storeSeq() : after;
        // A place that cannot be gone on from is refused before the answer begins.
        exchange.await(
                entries.events(store.name(), from, 1), _ -> new EntryFollow(exchange, entries, store, from).open());
    }

    /** After which change to begin; what a browser remembers of an earlier stream wins over the URL. Null for now. */
    private static @Nullable Long position(Request request, @Nullable String after) {
        String last = request.single(HeaderName.LAST_EVENT_ID);
        String text = last != null && !last.isEmpty() ? last : after;
        if (text == null) {
            return null;
        }
        if (!Request.isDigits(text) || text.length() > 18) {
            throw EntryProblem.invalid("after and Last-Event-ID must be a store_seq, 0 or above");
        }
        return Long.valueOf(text);
    }
}
