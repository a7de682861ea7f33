package dev.varve.server;

/**
 * Stores of entries as streams: {@code /v1/stream/__entries/<organisation>/<store>/<path>}. They can only be read; every other
 * method is 405. Stateless.
 */
final class ViewRoutes {

    /** Where they begin. */
    static final String ROOT = StreamPath.ROOT + EntryView.ROOT;

    private ViewRoutes() {}

    /**
     * Adds the routes.
     *
     * @param browsers whether pages of any origin may read; only where they need a token for it
     */
    static void addTo(Routes routes, boolean browsers) {
        routes.add(route(
                        "views.read",
                        "GET",
                        "Reads entries as a stream of the State Protocol.",
                        browsers,
                        ViewRoutes::read))
                .add(route("views.head", "HEAD", "Tells what is known of such a stream.", browsers, ViewRoutes::head));
    }

    private static Route route(String name, String method, String summary, boolean browsers, RouteHandler handler) {
        return new Route(
                name, method, ROOT + Route.REST, Scope.ENTRIES_READ, summary, 0, Route.Place.ANY, browsers, handler);
    }

    private static void read(Exchange exchange) {
        StreamRoutes.read(exchange, EntryView.of(exchange.rest).path());
    }

    private static void head(Exchange exchange) {
        StreamRoutes.head(exchange, EntryView.of(exchange.rest).path());
    }
}
