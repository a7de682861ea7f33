package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventStorage;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What all routes of events have in common: the storage, if there is one, and how a route of theirs is made. Thread-safe. */
final class EventsFace {

    /** Bodies up to this size are read on the event loop, larger ones elsewhere. */
    static final int INLINE_BYTES = 64 * 1024;

    /** What follows the store in their URLs, and in those of transactions and commits, whose answers are alike. */
    private static final Set<String> RESOURCES = Set.of(
            "events",
            "aggregates",
            "settings",
            "snapshots",
            "load",
            "scavenge",
            "projections",
            "subscriptions",
            "transactions",
            "changes");

    /** Segments before that. */
    private static final int BEFORE = 4;

    final ServerContext server;
    private final @Nullable EventStorage storage;
    private final OriginCheck origins;

    EventsFace(ServerContext server, @Nullable EventStorage storage, OriginCheck origins) {
        this.server = server;
        this.storage = storage;
        this.origins = origins;
    }

    /** Answers requests where there are events. */
    @FunctionalInterface
    interface Handler {

        /** As {@link RouteHandler#handle}. */
        void handle(Exchange exchange, EventStorage events);
    }

    /** Whether a path, below that of all stores, is one of events. */
    static boolean owns(String path) {
        String[] segments = Routes.segments(path);
        return segments.length > BEFORE && RESOURCES.contains(segments[BEFORE]);
    }

    /** A handler that refuses where there are no events. */
    RouteHandler served(Handler handler) {
        EventStorage events = storage;
        return events == null
                ? _ -> {
                    throw HttpProblem.of(ErrorKind.NOT_SUPPORTED, "this server offers no events");
                }
                : exchange -> handler.handle(exchange, events);
    }

    Route read(String name, String method, String path, int maxBody, Handler handler, String summary) {
        return new Route(
                name,
                method,
                StoreTarget.PATTERN + path,
                Scope.EVENTS_READ,
                summary,
                maxBody,
                Route.Place.ANY,
                false,
                served(handler));
    }

    Route write(String name, String method, String path, int maxBody, Handler handler, String summary) {
        return changing(name, method, path, Scope.EVENTS_WRITE, maxBody, handler, summary);
    }

    Route manage(String name, String method, String path, int maxBody, Handler handler, String summary) {
        return changing(name, method, path, Scope.EVENTS_MANAGE, maxBody, handler, summary);
    }

    private Route changing(
            String name, String method, String path, String scope, int maxBody, Handler handler, String summary) {
        return new Route(
                name,
                method,
                StoreTarget.PATTERN + path,
                scope,
                summary,
                maxBody,
                Route.Place.WRITE_LOOP,
                false,
                EntryRoutes.guarded(origins, served(handler)));
    }
}
