package dev.varve.server;

import org.jspecify.annotations.Nullable;

/**
 * Where the head of a request leads. Immutable.
 *
 * @param resource who is responsible for the path, or null
 * @param route the resource's route for the method, or null
 * @param rest the path from the first variable part of the route's pattern on, not decoded; empty without one
 * @param hostAccepted whether the request is meant for this server
 */
record Destination(
        Routes.@Nullable Resource resource, @Nullable Route route, String rest, boolean hostAccepted) {

    static Destination of(Request request, ServerContext server) {
        Routes.Resource resource = server.routes.find(request.path);
        return new Destination(
                resource,
                resource == null ? null : resource.route(request.method),
                resource == null ? "" : request.path.substring(resource.literal.length()),
                server.hosts.accepts(request));
    }
}
