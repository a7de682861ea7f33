package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Stores as such: {@code /api/stores}, and their state. Thread-safe. */
final class StoreRoutes {

    private static final String INVALID_STORE = "invalid_store";
    private static final int BODY_BYTES = 16 * 1024;
    private static final int RECENT = 5;

    private final EntryStorage entries;
    private final OriginCheck origins;

    StoreRoutes(EntryStorage entries, OriginCheck origins) {
        this.entries = entries;
        this.origins = origins;
    }

    void addTo(Routes routes) {
        routes.add(read("stores.list", StoreTarget.ROOT, Scope.STORES_READ, this::list, "Lists stores."))
                .add(write("stores.create", "POST", StoreTarget.ROOT, BODY_BYTES, this::create, "Creates a store."))
                .add(write(
                        "stores.delete",
                        "DELETE",
                        StoreTarget.PATTERN,
                        0,
                        this::delete,
                        "Deletes a store with all it holds."))
                .add(write(
                        "stores.clone",
                        "POST",
                        StoreTarget.PATTERN + "/clone",
                        Scope.STORES_CLONE,
                        BODY_BYTES,
                        this::copy,
                        "Copies a store with its history."))
                .add(write(
                        "stores.archive",
                        "POST",
                        StoreTarget.PATTERN + "/archive",
                        BODY_BYTES,
                        this::archive,
                        "Has a store take no writes any more."))
                .add(read(
                        "stores.status",
                        StoreTarget.PATTERN + "/status",
                        Scope.ENTRIES_READ,
                        this::status,
                        "Tells what is known of a store."));
    }

    private static Route read(String name, String pattern, String scope, RouteHandler handler, String summary) {
        return new Route(name, "GET", pattern, scope, summary, 0, Route.Place.ANY, false, handler);
    }

    private Route write(String name, String method, String pattern, int maxBody, RouteHandler handler, String summary) {
        return write(name, method, pattern, Scope.STORES_CREATE, maxBody, handler, summary);
    }

    private Route write(
            String name,
            String method,
            String pattern,
            String scope,
            int maxBody,
            RouteHandler handler,
            String summary) {
        return new Route(
                name,
                method,
                pattern,
                scope,
                summary,
                maxBody,
                Route.Place.WRITE_LOOP,
                false,
                EntryRoutes.guarded(origins, handler));
    }

    /** A store that a URL names and that is there. */
    static StoreInfo store(EntryStorage entries, Exchange exchange) {
        return entries.store(StoreTarget.of(exchange).store()).orElseThrow(EntryProblem::notFound);
    }

    private void list(Exchange exchange) {
        Access access = exchange.access();
        String asked = Query.of(exchange.request.query, Set.of("org")).get("org");
        AccessToken token = access.token();
        String organisation = token == null ? asked : token.organisation();
        exchange.respond(EntryRoutes.uncached(new JsonText()
                .fieldOrNull("org", organisation)
                .raw(
                        "stores",
                        EntryText.list(entries.stores(organisation).stream()
                                .filter(store -> asked == null || asked.equals(store.organisation()))
                                .filter(access::reaches)
                                .map(EntryText::store)
                                .toList()))
                .toString()));
    }

    private void create(Exchange exchange) {
        EntryBody body = EntryBody.of(exchange);
        String name = body.text("name");
        if (name == null || name.isEmpty()) {
            throw EntryProblem.invalid("name is required");
        }
        String organisation = body.optionalText("org");
        AccessToken token = exchange.access().token();
        if (organisation == null && token != null && name.indexOf('/') < 0) {
            organisation = token.organisation();
        }
        String fullName = organisation == null ? name : organisation + "/" + name;
        if (!StoreInfo.NAME.matcher(fullName).matches()) {
            throw invalidStore(
                    "a store is called organisation/name, of lower case letters, digits and hyphens, in the name also dots and"
                            + " underscores; give the organisation in the name or as org");
        }
        if (token != null && !fullName.startsWith(token.organisation() + "/")) {
            throw AccessDenied.absent("there is no such organisation");
        }
        CompletableFuture<StoreInfo> created = orTaken(entries.createStore(fullName), INVALID_STORE);
        exchange.await(
                created,
                store -> exchange.respond(Response.json(201, named(store)).lines(HeaderLines.NO_STORE)));
        exchange.commitSoon();
    }

    /** A store that is made, or refused with a word of the route's own when there is one by that name. */
    private static CompletableFuture<StoreInfo> orTaken(CompletableFuture<StoreInfo> made, String error) {
        return made.exceptionally(failure -> {
            if (Problem.cause(failure) instanceof VarveException varve && varve.kind() == ErrorKind.ALREADY_EXISTS) {
                throw EntryProblem.of(
                        422, error, "the name has already been taken", ErrorKind.ALREADY_EXISTS.wireName());
            }
            throw new CompletionException(failure);
        });
    }

    /** The copy is of the same organisation, so its short name is enough. */
    private void copy(Exchange exchange) {
        StoreInfo source = store(entries, exchange);
        String name = EntryBody.of(exchange).text("name");
        if (name == null || name.isEmpty()) {
            throw EntryProblem.invalid("name is required");
        }
        String fullName = name.indexOf('/') < 0 ? source.organisation() + "/" + name : name;
        if (!StoreInfo.NAME.matcher(fullName).matches() || !fullName.startsWith(source.organisation() + "/")) {
            throw invalidStore("a store is copied within its organisation, " + source.organisation()
                    + ", to a name of lower case letters, digits, hyphens, dots and underscores");
        }
        CompletableFuture<StoreInfo> copied = orTaken(entries.cloneStore(source.name(), fullName), "name_taken");
        exchange.await(
                copied,
                store -> exchange.respond(Response.json(
                                201,
                                new JsonText()
                                        .field("ok", true)
                                        .raw("store", EntryText.store(store).toString())
                                        .toString())
                        .lines(HeaderLines.NO_STORE)));
        exchange.commitSoon();
    }

    private static EntryProblem invalidStore(String detail) {
        return EntryProblem.of(422, INVALID_STORE, detail, ErrorKind.INVALID_PARAMS.wireName());
    }

    private static String named(StoreInfo store) {
        return new JsonText().raw("store", EntryText.store(store).toString()).toString();
    }

    private void archive(Exchange exchange) {
        exchange.await(
                entries.archiveStore(StoreTarget.of(exchange).store()),
                store -> exchange.respond(EntryRoutes.uncached(named(store))));
        exchange.commitSoon();
    }

    private void delete(Exchange exchange) {
        exchange.await(
                entries.deleteStore(StoreTarget.of(exchange).store()),
                _ -> exchange.respond(
                        EntryRoutes.uncached(new JsonText().field("ok", true).toString())));
        exchange.commitSoon();
    }

    private void status(Exchange exchange) {
        StoreInfo store = store(entries, exchange);
        Access access = exchange.access();
        exchange.blocking(() -> EntryRoutes.uncached(status(store, access)));
    }

    /** About how much space a store takes; null when the storage does not tell. */
    static CompletableFuture<@Nullable Long> sizeBytes(EntryStorage entries, String store) {
        return entries.sizeBytes(store).handle((bytes, failure) -> failure == null ? bytes : null);
    }

    private String status(StoreInfo store, Access access) {
        EntryHistory history = new EntryHistory(entries, store.name());
        long current = store.storeSeq();
        Instant compactedAt = store.compactedAt();
        return new JsonText()
                .field("current_seq", current)
                .field("entry_count", store.entryCount())
                .field("op_count", current - store.compactedSeq())
                .field("file_storage_bytes", store.fileBytes())
                .fieldOrNull("db_size_bytes", sizeBytes(entries, store.name()).join())
                .raw("expires_at", "null")
                .raw(
                        "permissions",
                        new JsonText()
                                .field("read", access.allows(Scope.ENTRIES_READ))
                                .field("write", access.allows(Scope.ENTRIES_WRITE) && !store.archived())
                                .toString())
                .field("scopes", access.scopes())
                .raw(
                        "store_access",
                        new JsonText()
                                .field("mode", access.storeAccessMode())
                                .field("store_ids", access.storeIds())
                                .toString())
                .fieldOrNull("latest_snapshot_seq", compactedAt == null ? null : (Long) store.compactedSeq())
                .fieldOrNull("latest_snapshot_at", compactedAt == null ? null : compactedAt.toString())
                .raw(
                        "recent_ops",
                        EntryText.list(history.newest(current, RECENT).stream()
                                .map(EntryText::recent)
                                .toList()))
                .toString();
    }
}
