package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import java.util.Set;

/** Whole stores in and out. Thread-safe. */
final class TransferRoutes {

    private static final Set<String> PARAMETERS = Set.of("format");

    private final ServerContext server;
    private final EntryStorage entries;
    private final OriginCheck origins;

    TransferRoutes(ServerContext server, EntryStorage entries, OriginCheck origins) {
        this.server = server;
        this.origins = origins;
        this.entries = entries;
    }

    void addTo(Routes routes) {
        routes.add(new Route(
                        "stores.export",
                        "GET",
                        StoreTarget.PATTERN + "/export",
                        "entries:read",
                        "Shows all entries, one line of JSON each.",
                        0,
                        Route.Place.ANY,
                        false,
                        this::export))
                .add(new Route(
                        "stores.import",
                        "POST",
                        StoreTarget.PATTERN + "/import",
                        "entries:write",
                        "Sets entries from lines of JSON.",
                        server.limits.bodyBytes,
                        Route.Place.WRITE_LOOP,
                        false,
                        EntryRoutes.guarded(origins, this::importLines)));
    }

    private void export(Exchange exchange) {
        StoreInfo store = StoreRoutes.store(entries, exchange);
        if ("sqlite".equals(Query.of(exchange.request.query, PARAMETERS).get("format"))) {
            throw EntryProblem.of(
                    501,
                    ErrorKind.NOT_SUPPORTED.wireName(),
                    "exports are lines of JSON; format=sqlite is not offered",
                    ErrorKind.NOT_SUPPORTED.wireName());
        }
        if (!exchange.request.http11) {
            throw EntryProblem.invalid("an export needs HTTP/1.1");
        }
        if (exchange.request.isHead()) {
            exchange.respond(Response.of(200).header(HeaderName.CONTENT_TYPE, EntryExport.CONTENT_TYPE));
            return;
        }
        Connection connection = exchange.connection();
        Runnable start = () -> new EntryExport(exchange, entries, store).start();
        if (connection.loop().kind == Loop.Kind.LIVE) {
            start.run();
        } else {
            connection.moveTo(connection.home(), start);
        }
    }

    private void importLines(Exchange exchange) {
        StoreTarget target = StoreTarget.of(exchange);
        if (EntryBody.isJson(exchange.request.single(HeaderName.CONTENT_TYPE))) {
            throw EntryProblem.invalid("an import is lines of JSON: its Content-Type must be application/x-ndjson");
        }
        EntryImport lines = new EntryImport(entries, target.store(), server.createsStores, exchange::commitSoon);
        exchange.blocking(() -> EntryRoutes.uncached(lines.run(exchange.request.body())));
    }
}
