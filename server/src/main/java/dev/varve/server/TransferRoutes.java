package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Whole stores in and out. Thread-safe. */
final class TransferRoutes {

    private static final Set<String> PARAMETERS = Set.of("format");

    /** How large a database may get that a store is exported to. */
    private static final long MAX_DATABASE_BYTES = 16L << 30;

    /** How many exports may wait for the one before. */
    private static final int MAX_WAITING = 8;

    private static final int IDLE_SECONDS = 10;

    private final ServerContext server;
    private final EntryStorage entries;
    private final OriginCheck origins;

    /** Native calls hold their thread, so these are none of those that requests share. One database is written at a time. */
    private final ThreadPoolExecutor databases;

    TransferRoutes(ServerContext server, EntryStorage entries, OriginCheck origins) {
        this.server = server;
        this.origins = origins;
        this.entries = entries;
        this.databases = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, "varve-sqlite");
                    thread.setDaemon(true);
                    return thread;
                });
        databases.allowCoreThreadTimeOut(true);
    }

    void addTo(Routes routes) {
        routes.add(new Route(
                        "stores.export",
                        "GET",
                        StoreTarget.PATTERN + "/export",
                        Scope.ENTRIES_READ,
                        "Shows all entries, one line of JSON each.",
                        0,
                        Route.Place.ANY,
                        false,
                        this::export))
                .add(new Route(
                        "stores.import",
                        "POST",
                        StoreTarget.PATTERN + "/import",
                        Scope.ENTRIES_WRITE,
                        "Sets entries from lines of JSON.",
                        server.limits.bodyBytes,
                        Route.Place.WRITE_LOOP,
                        false,
                        EntryRoutes.guarded(origins, this::importLines)));
    }

    private void export(Exchange exchange) {
        StoreInfo store = StoreRoutes.store(entries, exchange);
        if ("sqlite".equals(Query.of(exchange.request.query, PARAMETERS).get("format"))) {
            database(exchange, store);
            return;
        }
        if (!exchange.request.http11) {
            throw EntryProblem.invalid("an export needs HTTP/1.1");
        }
        if (exchange.request.isHead()) {
            exchange.respond(Response.of(200).header(HeaderName.CONTENT_TYPE, LinesBody.CONTENT_TYPE));
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

    private void database(Exchange exchange, StoreInfo store) {
        SqliteExport export = new SqliteExport(entries, store, MAX_DATABASE_BYTES);
        if (exchange.request.isHead()) {
            exchange.respond(databaseHead(export));
            return;
        }
        CompletableFuture<ChannelParts> written = new CompletableFuture<>();
        try {
            databases.execute(() -> {
                try {
                    Instant now = Instant.ofEpochMilli(server.clock.wallMillis());
                    written.complete(new ChannelParts(export.write(now), server.blocking));
                } catch (IOException | RuntimeException e) {
                    written.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            throw new VarveException(
                    ErrorKind.OVERLOADED, MAX_WAITING + " exports to databases are waiting already; try again", e);
        }
        exchange.await(written, parts -> exchange.respond(databaseHead(export).page(parts)), ChannelParts::close);
    }

    private static Response databaseHead(SqliteExport export) {
        return Response.of(200)
                .header(HeaderName.CONTENT_TYPE, SqliteExport.CONTENT_TYPE)
                .header(HeaderName.CONTENT_DISPOSITION, "attachment; filename=\"" + export.filename() + "\"")
                .lines(HeaderLines.NO_STORE);
    }

    private void importLines(Exchange exchange) {
        StoreTarget target = StoreTarget.of(exchange);
        EntryHead.requireUnconditional(exchange.request);
        if (EntryBody.isJson(exchange.request.single(HeaderName.CONTENT_TYPE))) {
            throw EntryProblem.invalid("an import is lines of JSON: its Content-Type must be application/x-ndjson");
        }
        EntryImport lines = new EntryImport(entries, target.store(), server.createsStores, exchange::commitSoon);
        exchange.blocking(() -> EntryRoutes.uncached(lines.run(exchange.body())));
    }
}
