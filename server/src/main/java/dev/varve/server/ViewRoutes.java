package dev.varve.server;

import java.util.function.Function;

/**
 * Stores as streams: their entries at {@code /v1/stream/__entries/<organisation>/<store>/<path>}, their events at {@code
 * /v1/stream/__events/<organisation>/<store>/<type>/<id>}. They can only be read; every other method is 405. Stateless.
 */
final class ViewRoutes {

    /** Where those of entries begin. */
    static final String ROOT = StreamPath.ROOT + EntryView.ROOT;

    /** Where those of events begin. */
    static final String EVENTS_ROOT = StreamPath.ROOT + EventsView.ROOT;

    private ViewRoutes() {}

    /**
     * Adds the routes of entries.
     *
     * @param browsers whether pages of any origin may read; only where they need a token for it
     */
    static void addTo(Routes routes, boolean browsers) {
        Function<String, String> path = rest -> EntryView.of(rest).path();
        routes.add(route(
                        "views.read",
                        "GET",
                        ROOT,
                        Scope.ENTRIES_READ,
                        "Reads entries as a stream of the State Protocol.",
                        browsers,
                        exchange -> StreamRoutes.read(exchange, path.apply(exchange.rest))))
                .add(route(
                        "views.head",
                        "HEAD",
                        ROOT,
                        Scope.ENTRIES_READ,
                        "Tells what is known of such a stream.",
                        browsers,
                        exchange -> StreamRoutes.head(exchange, path.apply(exchange.rest))));
    }

    /** Adds the routes of events. */
    static void addEvents(Routes routes, EventsFace events) {
        boolean browsers = events.server.access.asksForTokens();
        Function<String, String> path = rest -> EventsView.of(rest).path();
        routes.add(route(
                        "views.read_events",
                        "GET",
                        EVENTS_ROOT,
                        Scope.EVENTS_READ,
                        "Reads events as a stream.",
                        browsers,
                        events.served((exchange, _) -> StreamRoutes.read(exchange, path.apply(exchange.rest)))))
                .add(route(
                        "views.head_events",
                        "HEAD",
                        EVENTS_ROOT,
                        Scope.EVENTS_READ,
                        "Tells what is known of such a stream.",
                        browsers,
                        events.served((exchange, _) -> StreamRoutes.head(exchange, path.apply(exchange.rest)))));
    }

    private static Route route(
            String name,
            String method,
            String root,
            String scope,
            String summary,
            boolean browsers,
            RouteHandler handler) {
        return new Route(name, method, root + Route.REST, scope, summary, 0, Route.Place.ANY, browsers, handler);
    }

    /** The store that the URL of a view names. */
    static String store(Exchange exchange) {
        return exchange.route.pattern().startsWith(EVENTS_ROOT)
                ? EventsView.of(exchange.rest).store()
                : EntryView.of(exchange.rest).store();
    }
}
