package dev.varve.server;

/**
 * Stores of entries as streams: {@code /v1/stream/__entries/<organisation>/<store>/<path>}. They can only be read; every other
 * method is 405. Stateless.
 */
final class ViewRoutes {

    /** Where they begin. */
    static final String ROOT = StreamPath.ROOT + EntryView.ROOT;

    private ViewRoutes() {}

    static void addTo(Routes routes) {
        routes.add(route("views.read", "GET", "Reads entries as a stream of the State Protocol.", ViewRoutes::read))
                .add(route("views.head", "HEAD", "Tells what is known of such a stream.", ViewRoutes::head));
    }

    private static Route route(String name, String method, String summary, RouteHandler handler) {
        return new Route(
                name,
                method,
                ROOT + Route.REST,
                "entries:read",
                summary,
                0,
                Route.Place.ANY,
                false, // as for entries: a page of any origin reads no stores of a server without tokens
                handler);
    }

    private static void read(Exchange exchange) {
        StreamRoutes.read(exchange, EntryView.of(exchange.rest).path());
    }

    private static void head(Exchange exchange) {
        StreamRoutes.head(exchange, EntryView.of(exchange.rest).path());
    }
}
