package dev.varve.server;

import dev.varve.api.EntryDifference;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.RollbackResult;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What was: the log of a store, two moments compared, and the way back to one. Thread-safe. */
final class HistoryRoutes {

    /** A rollback of a store that nothing was written to yet. */
    static final String NO_OPS = "no_ops";

    /** Who makes the changes of a rollback, as events and the log show it. */
    static final String ROLLBACK_DEVICE = "system:rollback";

    private static final int BODY_BYTES = 16 * 1024;
    private static final Set<String> PARAMETERS = Set.of("from_seq", "to_seq");

    private final EntryStorage entries;
    private final OriginCheck origins;

    HistoryRoutes(EntryStorage entries, OriginCheck origins) {
        this.entries = entries;
        this.origins = origins;
    }

    void addTo(Routes routes) {
        routes.add(read(
                        "stores.log",
                        "/log",
                        Scope.AUDIT_READ,
                        this::log,
                        "Shows a store's changes, the newest first."))
                .add(read("stores.diff", "/diff", Scope.ENTRIES_READ, this::diff, "Compares two moments of a store."))
                .add(new Route(
                        "stores.rollback",
                        "POST",
                        StoreTarget.PATTERN + "/rollback",
                        Scope.ENTRIES_WRITE,
                        "Has entries stand again as they once did.",
                        BODY_BYTES,
                        Route.Place.WRITE_LOOP,
                        false,
                        EntryRoutes.guarded(origins, this::rollback)));
    }

    private static Route read(String name, String path, String scope, RouteHandler handler, String summary) {
        return new Route(name, "GET", StoreTarget.PATTERN + path, scope, summary, 0, Route.Place.ANY, false, handler);
    }

    private void log(Exchange exchange) {
        StoreInfo store = StoreRoutes.store(entries, exchange);
        EntryHistory.Filter filter = EntryHistory.Filter.of(exchange.request.query);
        exchange.blocking(
                () -> EntryRoutes.uncached(new EntryHistory(entries, store.name()).log(filter, store.storeSeq())));
    }

    // ---- differences ----

    private void diff(Exchange exchange) {
        StoreTarget target = StoreTarget.of(exchange);
        Query query = Query.of(exchange.request.query, PARAMETERS);
        String from = query.get("from_seq");
        if (from == null || from.isEmpty()) {
            throw EntryProblem.invalid("from_seq is required");
        }
        Long fromSeq = sequence(from);
        if (fromSeq == null) {
            throw EntryProblem.invalid("from_seq must be an integer, 0 or above");
        }
        String to = query.get("to_seq");
        // The protocol takes an end that is no number as if it were not there.
        Long toSeq = to == null ? null : sequence(to);
        StoreInfo store = entries.store(target.store()).orElseThrow(EntryProblem::notFound);
        long end = toSeq == null ? store.storeSeq() : Math.min(toSeq, store.storeSeq());
        exchange.blocking(() -> EntryRoutes.uncached(diff(store, fromSeq, end)));
    }

    /** A sequence number; null when the text is none. */
    static @Nullable Long sequence(String text) {
        return Request.isDigits(text) && text.length() <= 18 ? Long.valueOf(text) : null;
    }

    private String diff(StoreInfo store, long fromSeq, long toSeq) {
        List<EntryDifference> changes = List.of();
        if (fromSeq < toSeq) {
            try {
                changes = entries.diff(store.name(), fromSeq, toSeq).join();
            } catch (CompletionException e) {
                throw isCompacted(e) ? compacted(store) : e;
            }
        }
        return new JsonText()
                .field("from_seq", fromSeq)
                .field("to_seq", toSeq)
                .raw(
                        "changes",
                        EntryText.list(
                                changes.stream().map(HistoryRoutes::difference).toList()))
                .toString();
    }

    private static JsonText difference(EntryDifference change) {
        EntryValue none = new EntryValue.Null();
        var before = change.before();
        var after = change.after();
        return new JsonText()
                .field("path", change.path().toString())
                .field("before", before == null ? none : before.value(), EntryJson.Form.PLAIN)
                .field("after", after == null ? none : after.value(), EntryJson.Form.PLAIN);
    }

    private static boolean isCompacted(Throwable failure) {
        return Problem.cause(failure) instanceof VarveException varve && varve.kind() == ErrorKind.COMPACTED;
    }

    private EntryProblem compacted(StoreInfo store) {
        // What is known of it by now: it may have been compacted a moment ago.
        long earliest = entries.store(store.name()).orElse(store).compactedSeq();
        return EntryProblem.of(409, "compacted", "what was before is not kept any more", ErrorKind.COMPACTED.wireName())
                .with("earliest_available", earliest);
    }

    // ---- rollback ----

    private void rollback(Exchange exchange) {
        StoreTarget target = StoreTarget.of(exchange);
        EntryHead.requireUnconditional(exchange.request);
        EntryBody body = EntryBody.of(exchange);
        body.requireUnconditional();
        EntryPath path = body.get("path") == null ? null : body.path("path", "path must be a non-empty string");
        if (!(body.get("to_seq") instanceof EntryValue.Whole(long toSeq)) || toSeq < 0) {
            throw EntryProblem.invalid("to_seq is required, an integer of 0 or above");
        }
        if (hasNoChanges(entries, target.store())) {
            throw EntryProblem.of(409, NO_OPS, "the store has no changes yet", NO_OPS);
        }
        CompletableFuture<RollbackResult> result = entries.rollback(target.store(), path, toSeq, ROLLBACK_DEVICE)
                .exceptionally(failure -> {
                    if (isCompacted(failure)) {
                        throw EntryProblem.of(
                                409,
                                "beyond_retention",
                                "what was right after to_seq is not kept any more",
                                ErrorKind.COMPACTED.wireName());
                    }
                    if (Problem.cause(failure) instanceof EntryRefusedException refused) {
                        throw EntryProblem.of(refused.refusal());
                    }
                    throw new CompletionException(failure);
                });
        exchange.await(result, done -> exchange.respond(EntryRoutes.uncached(json(done, path != null))));
        exchange.commitSoon();
    }

    /** Whether there is nothing that could be rolled back. */
    static boolean hasNoChanges(EntryStorage entries, String store) {
        StoreInfo known = entries.store(store).orElse(null);
        return known != null && known.storeSeq() == 0;
    }

    private static String json(RollbackResult done, boolean ofPath) {
        JsonText json = new JsonText();
        if (ofPath) {
            json.field("store_seq", done.storeSeq());
            return (done.ops() == 0 ? json.field("noop", true) : json).toString();
        }
        return json.field("ops_written", done.ops())
                .field("store_seq", done.storeSeq())
                .toString();
    }
}
