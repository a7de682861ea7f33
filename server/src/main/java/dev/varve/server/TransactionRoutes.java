package dev.varve.server;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppendResult;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.api.TransactionResult.Failure;
import dev.varve.api.TransactionResult.Refused;
import dev.varve.api.TransactionStorage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commits over all faces of a store: {@code POST /api/stores/<org>/<store>/transactions}. Thread-safe. */
final class TransactionRoutes {

    private static final int CONFLICT = 409;

    private final ServerContext server;
    private final @Nullable TransactionStorage storage;
    private final OriginCheck origins;
    private final AppendBody streams;

    TransactionRoutes(ServerContext server, @Nullable TransactionStorage storage, OriginCheck origins) {
        this.server = server;
        this.storage = storage;
        this.origins = origins;
        this.streams = new AppendBody(server.limits);
    }

    void addTo(Routes routes) {
        routes.add(new Route(
                "transactions.commit",
                "POST",
                StoreTarget.PATTERN + "/transactions",
                Scope.ANY_WRITE,
                "Makes changes of entries, events and streams in one atomic commit.",
                server.limits.bodyBytes,
                Route.Place.WRITE_LOOP,
                false,
                EntryRoutes.guarded(origins, this::commit)));
    }

    private void commit(Exchange exchange) {
        TransactionStorage transactions = storage;
        if (transactions == null) {
            throw HttpProblem.of(ErrorKind.NOT_SUPPORTED, "this server offers no transactions");
        }
        String store = StoreTarget.of(exchange).store();
        EventsRoutes.parse(exchange, () -> TransactionBody.read(exchange, streams, store), transaction -> {
            requireScopes(exchange, transaction);
            exchange.await(
                    transactions.commit(store, transaction),
                    result -> exchange.respond(
                            switch (result) {
                                case Committed committed -> EventsRoutes.json(committed(transaction, committed));
                                case Refused refused -> refused(refused);
                            }));
            exchange.commitSoon();
        });
    }

    /** What a token needs for each face that is written or asked. */
    private void requireScopes(Exchange exchange, Transaction transaction) {
        Access access = exchange.access();
        for (Transaction.Part part : transaction.parts()) {
            switch (part) {
                case Transaction.Entry _ -> AccessCheck.requireScope(access, Scope.ENTRIES_WRITE);
                case Transaction.Append(var request) ->
                    server.access.requireStream(access, request.path(), Scope.STREAMS_WRITE);
                default -> AccessCheck.requireScope(access, Scope.EVENTS_WRITE);
            }
        }
    }

    // ---- answers

    private static JsonText committed(Transaction transaction, Committed committed) {
        List<EntryOp> ops = new ArrayList<>();
        List<String> paths = new ArrayList<>();
        for (Transaction.Part part : transaction.parts()) {
            if (part instanceof Transaction.Entry(EntryOp op)) {
                ops.add(op);
            } else if (part instanceof Transaction.Append(var request)) {
                paths.add(request.path());
            }
        }
        long number = committed.number();
        JsonText json =
                new JsonText().fieldOrNull("commit", number == TransactionResult.NO_COMMIT ? null : (Long) number);
        EntryWriteResult.Written entries = committed.entries();
        if (entries != null) {
            json.raw("entries", entries(ops, entries).toString());
        }
        EventAppendResult.Appended events = committed.events();
        if (events != null) {
            json.raw("events", EventsText.appended(events, null).toString());
        }
        if (!paths.isEmpty()) {
            json.raw("streams", StreamsRoutes.results(paths, committed.streams()));
        }
        return json.field("replayed", committed.replayed());
    }

    private static JsonText entries(List<EntryOp> ops, EntryWriteResult.Written written) {
        List<JsonText> items = new ArrayList<>(ops.size());
        for (int i = 0; i < ops.size(); i++) {
            Applied applied = written.ops().get(i);
            EntryValue value = applied.value();
            JsonText item = EntryText.batched(applied);
            items.add(
                    value == null || isSaid(ops.get(i)) ? item : item.field("value", value, EntryJson.Form.ENVELOPES));
        }
        return new JsonText().raw("ops", EntryText.list(items)).field("store_seq", written.storeSeq());
    }

    /** Whether the change itself says what stands there after it. */
    private static boolean isSaid(EntryOp op) {
        return op.kind() == EntryOp.Kind.SET || op.kind() == EntryOp.Kind.MERGE;
    }

    private static Response refused(Refused refused) {
        Failure first = refused.failures().getFirst();
        boolean isPart = first.index() >= 0;
        int more = refused.failures().size() - 1;
        String detail = "refused: " + first.kind()
                + (isPart ? " at op " + first.index() : "")
                + (more == 0 ? "" : ", and " + more + " more");
        Problem problem = Problem.withStatus(CONFLICT, ErrorKind.CONFLICT, detail);
        JsonText json = Response.fields(isPart ? problem.at(first.index()) : problem)
                .raw("failures", EventsText.list(refused.failures(), TransactionRoutes::failure));
        return EventsProblem.response(CONFLICT, json);
    }

    private static JsonText failure(Failure failure) {
        JsonText json = new JsonText().field("index", failure.index()).field("kind", failure.kind());
        valueOrNull(json, "expected", failure.expected());
        valueOrNull(json, "actual", failure.actual());
        return json;
    }

    private static void valueOrNull(JsonText json, String name, @Nullable EntryValue value) {
        json.field(name, value == null ? EntryJson.NULL : value, EntryJson.Form.ENVELOPES);
    }
}
