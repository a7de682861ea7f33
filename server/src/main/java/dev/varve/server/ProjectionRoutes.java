package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** How far readers of a store's events have come: {@code /api/stores/<org>/<store>/projections}. Thread-safe. */
final class ProjectionRoutes {

    private static final String PROJECTIONS = "/projections";
    private static final String CHECKPOINT = PROJECTIONS + "/{name}/checkpoint";
    private static final int BODY_BYTES = 4 * 1024;
    private static final String AT_LEAST = "at_least";
    private static final String TIMEOUT = "timeout_ms";
    private static final Set<String> WAIT = Set.of(AT_LEAST, TIMEOUT);
    private static final Duration DEFAULT_WAIT = Duration.ofSeconds(5);

    private final EventsFace face;

    ProjectionRoutes(EventsFace face) {
        this.face = face;
    }

    void addTo(Routes routes) {
        routes.add(face.read(
                        "projections.list",
                        "GET",
                        PROJECTIONS,
                        0,
                        ProjectionRoutes::list,
                        "Tells how far all readers have come."))
                .add(face.read(
                        "projections.get",
                        "GET",
                        CHECKPOINT,
                        0,
                        ProjectionRoutes::get,
                        "Tells how far a reader has come, or waits until it has come so far."))
                .add(face.write(
                        "projections.save",
                        "PUT",
                        CHECKPOINT,
                        BODY_BYTES,
                        ProjectionRoutes::save,
                        "Notes how far a reader has come."))
                .add(face.write(
                        "projections.delete",
                        "DELETE",
                        CHECKPOINT,
                        0,
                        ProjectionRoutes::delete,
                        "Forgets how far a reader has come."));
    }

    /**
     * How long to wait.
     *
     * @throws HttpProblem when that is longer than anybody may wait
     */
    static Duration timeout(long millis) {
        if (millis < 0 || millis > EventStorage.MAX_WAIT.toMillis()) {
            throw HttpProblem.invalid("a wait takes 0 to " + EventStorage.MAX_WAIT.toMillis() + " ms, was " + millis);
        }
        return Duration.ofMillis(millis);
    }

    private static String name(StoreTarget target) {
        return target.rest().get(1);
    }

    private static void list(Exchange exchange, EventStorage events) {
        exchange.await(events.checkpoints(StoreTarget.of(exchange).store()), positions -> {
            JsonText byName = new JsonText();
            positions.forEach((name, position) -> byName.field(name, position.longValue()));
            exchange.respond(EventsRoutes.json(new JsonText().raw("projections", byName.toString())));
        });
    }

    private static void get(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        Query query = Query.strict(exchange.request.query, WAIT);
        String atLeast = query.get(AT_LEAST);
        String timeout = query.get(TIMEOUT);
        if (atLeast == null) {
            if (timeout != null) {
                throw HttpProblem.invalid("timeout_ms goes with at_least");
            }
            exchange.await(events.checkpoint(target.store(), name(target)), found -> {
                long position = found.orElseThrow(() -> HttpProblem.of(
                        ErrorKind.NOT_FOUND, "no checkpoint was ever saved by the name " + name(target)));
                exchange.respond(EventsRoutes.json(new JsonText().field("position", position)));
            });
            return;
        }
        long position = EventsRead.number(AT_LEAST, atLeast);
        Duration longest = timeout == null ? DEFAULT_WAIT : timeout(EventsRead.number(TIMEOUT, timeout));
        CompletableFuture<Boolean> reached =
                events.awaitCheckpoints(target.store(), Set.of(name(target)), position, longest);
        CompletableFuture<JsonText> waited =
                reached.thenCompose(whether -> events.checkpoint(target.store(), name(target))
                        .thenApply(stands -> new JsonText()
                                .field("position", stands.orElse(EventStore.EMPTY))
                                .field("reached", whether.booleanValue())));
        Problem closing = Problem.of(ErrorKind.UNAVAILABLE, "the server is closing");
        new CheckpointWait<>(exchange, reached, waited, EventsRoutes::json, () -> exchange.problemResponse(closing))
                .start();
    }

    private static void save(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        EventsRoutes.body(exchange, EventsBody::position, position -> {
            exchange.await(
                    events.saveCheckpoint(target.store(), name(target), position),
                    stands -> exchange.respond(EventsRoutes.json(new JsonText().field("position", stands))));
            exchange.commitSoon();
        });
    }

    private static void delete(Exchange exchange, EventStorage events) {
        StoreTarget target = StoreTarget.of(exchange);
        exchange.await(
                events.deleteCheckpoint(target.store(), name(target)),
                deleted ->
                        exchange.respond(EventsRoutes.json(new JsonText().field("deleted", deleted.booleanValue()))));
        exchange.commitSoon();
    }
}
