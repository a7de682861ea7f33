package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.ErrorKind;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Entries and leases of a store: {@code /api/stores/<org>/<store>/entries} and {@code …/leases}. Thread-safe. */
final class EntryRoutes {

    /** The longest name of a write, in characters. */
    static final int MAX_OP_ID = 200;

    /** Bodies up to this size are read on the event loop, larger ones elsewhere. */
    private static final int INLINE_BYTES = 64 * 1024;

    private static final int LEASE_BODY_BYTES = 16 * 1024;
    private static final long DEFAULT_LEASE_MILLIS = 30_000;
    private static final long MAX_LEASE_MILLIS = 365L * 24 * 60 * 60 * 1000;

    /** The names below {@code entries} that mean something else when they are posted to, but are entries otherwise. */
    private static final String BATCH = "/entries/batch";

    private static final String BATCH_WRITE = "/entries/batch_write";
    private static final String READ = Scope.ENTRIES_READ;
    private static final String WRITE = Scope.ENTRIES_WRITE;

    private final ServerContext server;
    private final EntryStorage entries;
    private final OriginCheck origins;

    EntryRoutes(ServerContext server, EntryStorage entries, OriginCheck origins) {
        this.server = server;
        this.origins = origins;
        this.entries = entries;
    }

    void addTo(Routes routes) {
        int body = server.limits.bodyBytes;
        routes.add(route("entries.list", "GET", "/entries", READ, 0, this::list, "Lists entries by pattern or range."))
                .add(route("entries.set", "POST", "/entries", WRITE, body, this::post, "Sets the path in the body."))
                .add(route(
                        "entries.delete_in_body",
                        "DELETE",
                        "/entries",
                        WRITE,
                        body,
                        this::deleteBody,
                        "Deletes a subtree."))
                .add(route("entries.get_many", "POST", BATCH, READ, body, this::getMany, "Reads many paths."))
                .add(route(
                        "entries.write_many",
                        "POST",
                        BATCH_WRITE,
                        WRITE,
                        body,
                        this::batchWrite,
                        "Makes many changes in one atomic commit."))
                .add(route(
                        "leases.act",
                        "POST",
                        "/leases/{path}",
                        WRITE,
                        LEASE_BODY_BYTES,
                        this::lease,
                        "Acquires, renews or releases a lease."));
        for (String path : List.of("/entries/{path}", BATCH, BATCH_WRITE)) {
            routes.add(route("entries.get", "GET", path, READ, 0, this::get, "Reads an entry or a subtree."))
                    .add(route("entries.put", "PUT", path, WRITE, body, this::put, "Sets an entry or a subtree."))
                    .add(route("entries.delete", "DELETE", path, WRITE, body, this::delete, "Deletes a subtree."));
        }
    }

    private Route route(
            String name, String method, String path, String scope, int maxBody, RouteHandler handler, String summary) {
        boolean write = scope.equals(WRITE);
        return new Route(
                name,
                method,
                StoreTarget.PATTERN + path,
                scope,
                summary,
                maxBody,
                write ? Route.Place.WRITE_LOOP : Route.Place.ANY,
                false,
                write ? guarded(origins, handler) : handler);
    }

    /** Keeps out pages that are none of this server's: a browser lets every page send simple requests to everyone. */
    static RouteHandler guarded(OriginCheck origins, RouteHandler handler) {
        return exchange -> {
            if (!origins.accepts(exchange.request)) {
                throw HttpProblem.of(ErrorKind.FORBIDDEN, "pages of this origin may not write");
            }
            handler.handle(exchange);
        };
    }

    // ---- reads ----

    private void get(Exchange exchange) {
        StoreTarget target = StoreTarget.of(exchange);
        EntryPath path = target.path();
        Long atSeq = EntryListing.atSeq(exchange.request.query);
        exchange.await(
                atSeq == null ? entries.get(target.store(), path) : entries.getAt(target.store(), path, atSeq),
                found -> {
                    Entry entry = found.orElseThrow(EntryProblem::notFound);
                    String tag = "\"" + entry.revision() + "\"";
                    if (EntityTag.matches(exchange.request.headers(HeaderName.IF_NONE_MATCH), tag)) {
                        exchange.respond(tagged(Response.of(304), tag));
                    } else {
                        render(
                                exchange,
                                isSmall(entry),
                                () -> tagged(
                                        Response.json(
                                                200, EntryText.entry(entry).toString()),
                                        tag));
                    }
                });
    }

    private static Response tagged(Response response, String tag) {
        return response.header(HeaderName.ETAG, tag).header(HeaderName.CACHE_CONTROL, "no-cache");
    }

    private static boolean isSmall(Entry entry) {
        return switch (entry.value()) {
            case EntryValue.Text(String text) -> text.length() <= INLINE_BYTES;
            case EntryValue.Items _ -> false;
            case EntryValue.Fields _ -> entry.type() != EntryType.MAP;
            default -> true;
        };
    }

    /** Makes an answer: at once when that is little work, else off the event loop. */
    private void render(Exchange exchange, boolean small, Supplier<Response> answer) {
        if (small) {
            exchange.respond(answer.get());
        } else {
            exchange.await(CompletableFuture.supplyAsync(answer, server.blocking), exchange::respond);
        }
    }

    private void list(Exchange exchange) {
        StoreTarget target = StoreTarget.of(exchange);
        EntryListing listing = EntryListing.of(target.store(), exchange.request.query);
        Long atSeq = listing.atSeq();
        exchange.await(
                atSeq == null ? entries.list(listing.query()) : entries.listAt(listing.query(), atSeq),
                page -> render(exchange, page.entries().isEmpty(), () -> uncached(listing.json(page))));
    }

    static Response uncached(String json) {
        return Response.json(200, json).lines(HeaderLines.NO_STORE);
    }

    private void getMany(Exchange exchange) {
        StoreTarget target = StoreTarget.of(exchange);
        body(
                exchange,
                EntryBatch::paths,
                paths -> exchange.await(
                        entries.getMany(target.store(), List.copyOf(paths)),
                        found -> render(exchange, found.isEmpty(), () -> uncached(many(paths, found)))));
    }

    private static String many(Set<EntryPath> asked, List<Entry> found) {
        Set<EntryPath> missing = new LinkedHashSet<>(asked);
        JsonText byPath = new JsonText();
        for (Entry entry : found) {
            missing.remove(entry.path());
            byPath.raw(entry.path().toString(), EntryText.valueOf(entry).toString());
        }
        return new JsonText()
                .raw("entries", byPath.toString())
                .raw("missing", EntryText.paths(missing))
                .toString();
    }

    // ---- writes ----

    /** Reads the body as an object and goes on with what it says. */
    private <T> void body(Exchange exchange, Function<EntryBody, T> reader, Consumer<T> then) {
        read(exchange, () -> reader.apply(EntryBody.of(exchange)), then);
    }

    private <T> void read(Exchange exchange, Supplier<T> reader, Consumer<T> then) {
        if (exchange.body().length <= INLINE_BYTES) {
            then.accept(reader.get());
        } else {
            exchange.await(CompletableFuture.supplyAsync(reader, server.blocking), then);
        }
    }

    private void put(Exchange exchange) {
        EntryHead head = exchange.request.entry(exchange.rest);
        read(exchange, () -> head.set(putValue(exchange)), op -> writeOne(exchange, head.store(), op));
    }

    private static EntryValue putValue(Exchange exchange) {
        EntryValue value = exchange.body().length == 0 ? null : EntryBody.parse(exchange);
        if (value == null || (value instanceof EntryValue.Fields(Map<String, EntryValue> fields) && fields.isEmpty())) {
            throw EntryProblem.invalid(
                    "the request body is empty; send the JSON literal null to store null, or use DELETE to"
                            + " remove what stands at the path");
        }
        try {
            return EntryJson.requireStorable(value);
        } catch (EntryJsonException e) {
            throw EntryProblem.of(e);
        }
    }

    private void post(Exchange exchange) {
        StoreTarget target = StoreTarget.of(exchange);
        EntryHead.requireUnconditional(exchange.request);
        body(exchange, EntryRoutes::set, op -> writeOne(exchange, target.store(), op));
    }

    private static EntryOp set(EntryBody body) {
        EntryPath path = bodyPath(body);
        EntryValue value = body.storable("value");
        if (value == null) {
            throw EntryProblem.invalid("'value' field required in body (any JSON, also null)");
        }
        return body.withConditions(EntryOp.set(path, value));
    }

    private static EntryPath bodyPath(EntryBody body) {
        return body.path("path", "'path' field required in body (non-empty string)");
    }

    private void delete(Exchange exchange) {
        EntryHead head = exchange.request.entry(exchange.rest);
        writeOne(exchange, head.store(), head.delete());
    }

    private void deleteBody(Exchange exchange) {
        StoreTarget target = StoreTarget.of(exchange);
        EntryHead.requireUnconditional(exchange.request);
        body(
                exchange,
                body -> body.withConditions(EntryOp.delete(bodyPath(body))),
                op -> writeOne(exchange, target.store(), op));
    }

    private void batchWrite(Exchange exchange) {
        StoreTarget target = StoreTarget.of(exchange);
        EntryHead.requireUnconditional(exchange.request);
        body(
                exchange,
                EntryBatch::ops,
                ops -> write(
                        exchange,
                        target.store(),
                        ops,
                        true,
                        written -> new JsonText()
                                .raw(
                                        "ops",
                                        EntryText.list(written.ops().stream()
                                                .map(EntryText::batched)
                                                .toList()))
                                .field("store_seq", written.storeSeq())));
    }

    private void writeOne(Exchange exchange, String store, EntryOp op) {
        write(
                exchange,
                store,
                List.of(op),
                false,
                written -> EntryText.written(written.ops().getFirst()));
    }

    private void write(
            Exchange exchange,
            String store,
            List<EntryOp> ops,
            boolean batch,
            Function<EntryWriteResult.Written, JsonText> answer) {
        EntryWrite write = new EntryWrite(
                store, ops, exchange.access().device(), operationId(exchange), false, server.createsStores);
        exchange.await(entries.write(write), result -> {
            switch (result) {
                case EntryWriteResult.Written written ->
                    exchange.respond(uncached(answer.apply(written).toString()));
                case EntryWriteResult.Refused refused ->
                    exchange.respond(refusal(refused, batch).response());
            }
        });
        exchange.commitSoon();
    }

    /** What the caller calls its request, whatever its length, or else what the server does. */
    static String operationId(Exchange exchange) {
        String given = exchange.request.header(HeaderName.X_REQUEST_ID);
        return given == null || given.isEmpty() || given.length() > MAX_OP_ID ? exchange.requestId() : given;
    }

    private static EntryProblem refusal(EntryWriteResult.Refused refused, boolean batch) {
        EntryProblem problem = EntryProblem.of(refused);
        return batch
                ? problem.with("op_index", (long) refused.index())
                        .with("path", refused.path().toString())
                : problem;
    }

    // ---- leases ----

    private void lease(Exchange exchange) {
        StoreTarget target = StoreTarget.of(exchange);
        EntryPath path = target.path();
        EntryHead.requireUnconditional(exchange.request);
        EntryOp op = leaseOp(EntryBody.of(exchange), path);
        write(exchange, target.store(), List.of(op), false, written -> {
            Applied applied = written.ops().getFirst();
            return op.kind() == EntryOp.Kind.RELEASE ? released(applied) : leased(applied);
        });
    }

    /** The change of a lease whose path the body says, too. */
    static EntryOp leaseOp(EntryBody body) {
        return leaseOp(body, body.path("path", "'path' required and must be a string"));
    }

    private static EntryOp leaseOp(EntryBody body, EntryPath path) {
        String name = body.text("op");
        EntryOp.Kind kind = switch (name) {
            case null -> throw body.refuse("'op' required: acquire, renew or release");
            case "acquire" -> EntryOp.Kind.LEASE;
            case "renew" -> EntryOp.Kind.RENEW;
            case "release" -> EntryOp.Kind.RELEASE;
            default ->
                throw body.refuse(
                        "unknown op " + EntryBody.got(EntryValue.of(name)) + "; known are acquire, renew and release");
        };
        Long token = body.positive("token");
        if (kind != EntryOp.Kind.LEASE && token == null) {
            throw EntryProblem.invalid("invalid_lease_op", "renew and release need the token of the lease");
        }
        Long ttl = body.positive("ttl_ms");
        long millis = ttl == null ? DEFAULT_LEASE_MILLIS : ttl;
        if (millis > MAX_LEASE_MILLIS) {
            throw body.refuse("ttl_ms must be at most " + MAX_LEASE_MILLIS);
        }
        if (body.get("fence") != null) {
            throw EntryProblem.invalid("invalid_precondition", "a fence goes with writes that are not about leases");
        }
        boolean acquires = kind == EntryOp.Kind.LEASE;
        return body.withConditions(EntryOp.lease(
                kind, path, new EntryOp.LeaseTerms(millis, body.optionalText("holder"), acquires ? null : token)));
    }

    private static JsonText leased(Applied applied) {
        JsonText json = new JsonText().field("store_seq", applied.storeSeq());
        if (applied.value() instanceof EntryValue.Fields lease) {
            for (String name : List.of("token", "expires_at", "holder")) {
                EntryValue value = lease.fields().get(name);
                if (value != null) {
                    json.field(name, value, EntryJson.Form.PLAIN);
                }
            }
        }
        return json;
    }

    private static JsonText released(Applied applied) {
        JsonText json = new JsonText().field("released", applied.made());
        return applied.made() ? json.field("store_seq", applied.storeSeq()) : json;
    }
}
