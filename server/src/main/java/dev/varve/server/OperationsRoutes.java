package dev.varve.server;

import org.jspecify.annotations.Nullable;

/** Health, metrics and the description of the API. Answered by loops that never commit, so that they say how the server is when it is slow. */
final class OperationsRoutes {

    private static final String OK = "ok";

    private final ServerContext server;

    /** The API's description, once somebody has asked for it; the routes do not change. */
    private volatile @Nullable String description;

    OperationsRoutes(ServerContext server) {
        this.server = server;
    }

    void addTo(Routes routes) {
        routes.add(open("operations.health", "/healthz", "Whether the process lives.", this::alive))
                .add(open("operations.live", "/livez", "The same as /healthz.", this::alive))
                .add(open("operations.ready", "/readyz", "Whether requests are taken.", this::ready))
                .add(new Route(
                        "operations.metrics",
                        "GET",
                        "/metrics",
                        Scope.OPS,
                        "Figures in Prometheus' text format.",
                        0,
                        Route.Place.LIVE_LOOP,
                        false,
                        this::metrics))
                .add(open("operations.description", "/openapi.json", "Describes all routes.", this::description));
    }

    private static Route open(String name, String path, String summary, RouteHandler handler) {
        return new Route(name, "GET", path, "", summary, 0, Route.Place.LIVE_LOOP, false, handler);
    }

    private void description(Exchange exchange) {
        exchange.blocking(() -> {
            String known = description;
            if (known == null) {
                known = ApiDocument.of(server.routes);
                description = known;
            }
            return uncached(Response.json(200, known));
        });
    }

    private void alive(Exchange exchange) {
        exchange.respond(
                uncached(Response.json(200, new JsonText().field("status", OK).toString())));
    }

    private void ready(Exchange exchange) {
        boolean stores = server.ready.getAsBoolean();
        boolean serves = !server.draining();
        boolean ready = stores && serves;
        String checks = new JsonText()
                .field("database", stores ? OK : "unavailable")
                .field("pubsub", serves ? OK : "draining")
                .toString();
        exchange.respond(uncached(Response.json(
                ready ? 200 : 503,
                new JsonText()
                        .field("status", ready ? OK : "unavailable")
                        .raw("checks", checks)
                        .toString())));
    }

    private void metrics(Exchange exchange) {
        exchange.blocking(() -> uncached(Response.of(200).header(HeaderName.CONTENT_TYPE, Metrics.CONTENT_TYPE))
                .body(server.metrics.scrape()));
    }

    private static Response uncached(Response response) {
        return response.lines(HeaderLines.NO_STORE);
    }
}
