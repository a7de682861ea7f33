package dev.varve.server;

/** Answers the requests of a route. Thread-safe. */
@FunctionalInterface
interface RouteHandler {

    /**
     * Called on the connection's event loop with the whole request. Must not block; answers now or later, exactly once,
     * through the exchange. What it throws becomes the answer.
     */
    void handle(Exchange exchange);
}
