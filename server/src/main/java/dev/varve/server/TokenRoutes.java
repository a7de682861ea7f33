package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.engine.io.Clock;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Tokens: {@code /api/tokens}. A token makes, sees and revokes only such as are of its organisation and allow nothing that it
 * does not allow itself. Thread-safe.
 */
final class TokenRoutes {

    private static final String ROOT = EntryProblem.ROOT + "tokens";
    private static final int BODY_BYTES = 256 * 1024;

    private final Tokens tokens;
    private final @Nullable EntryStorage entries;
    private final OriginCheck origins;
    private final Clock clock;

    TokenRoutes(Tokens tokens, @Nullable EntryStorage entries, OriginCheck origins, Clock clock) {
        this.tokens = tokens;
        this.entries = entries;
        this.origins = origins;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add(new Route(
                        "tokens.list",
                        "GET",
                        ROOT,
                        Scope.TOKENS_READ,
                        "Lists tokens.",
                        0,
                        Route.Place.ANY,
                        false,
                        this::list))
                .add(write("tokens.create", "POST", ROOT, BODY_BYTES, "Makes a token.", this::create))
                .add(write("tokens.revoke", "DELETE", ROOT + "/{id}", 0, "Revokes a token.", this::revoke));
    }

    private Route write(String name, String method, String pattern, int maxBody, String summary, RouteHandler handler) {
        return new Route(
                name,
                method,
                pattern,
                Scope.TOKENS_WRITE,
                summary,
                maxBody,
                Route.Place.WRITE_LOOP,
                false,
                EntryRoutes.guarded(origins, handler));
    }

    private void list(Exchange exchange) {
        AccessToken own = exchange.access().token();
        String asked = Query.of(exchange.request.query, Set.of("org")).get("org");
        List<JsonText> shown = new ArrayList<>();
        for (AccessToken token : tokens.list(own == null ? asked : own.organisation())) {
            if (own == null || token.isWithin(own)) {
                shown.add(TokenText.listed(token, tokens.lastUsedMillis(token), entries));
            }
        }
        exchange.respond(EntryRoutes.uncached(
                new JsonText().raw("tokens", EntryText.list(shown)).toString()));
    }

    private void create(Exchange exchange) {
        exchange.await(
                create(tokens, entries, clock, EntryBody.of(exchange), exchange.access()),
                made -> exchange.respond(Response.json(201, made).lines(HeaderLines.NO_STORE)));
        exchange.commitSoon();
    }

    /**
     * Makes a token.
     *
     * @return what is answered to whoever asked for it
     */
    static CompletableFuture<String> create(
            Tokens tokens, @Nullable EntryStorage entries, Clock clock, EntryBody body, Access by) {
        String raw = AccessToken.fresh(new SecureRandom());
        AccessToken token = new NewToken(body, by, entries).with(UUID.randomUUID(), raw, clock.wallMillis());
        if (!tokens.hasRoom()) {
            throw EntryProblem.of(
                    402, "limit_exceeded", "there are " + Tokens.MAX_TOKENS + " tokens; revoke some", "limit_exceeded");
        }
        return tokens.add(token)
                .thenApply(_ -> TokenText.created(token, raw, entries).toString());
    }

    private void revoke(Exchange exchange) {
        AccessToken own = exchange.access().token();
        AccessToken token = find(exchange.rest);
        if (token == null || (own != null && !token.organisation().equals(own.organisation()))) {
            throw EntryProblem.notFound();
        }
        if (own != null && !token.isWithin(own)) {
            throw EntryProblem.of(
                    403, "forbidden", "the token allows more than the one that would revoke it", "forbidden");
        }
        exchange.await(
                tokens.revoke(token.id()),
                _ -> exchange.respond(
                        EntryRoutes.uncached(new JsonText().field("ok", true).toString())));
        exchange.commitSoon();
    }

    private @Nullable AccessToken find(String id) {
        try {
            return tokens.find(UUID.fromString(id));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
