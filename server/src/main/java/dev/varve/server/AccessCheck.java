package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.engine.io.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one place where it is decided whether a request may go on: who asks, whether not too often, and whether the token allows
 * what the {@link Route} declares on the store that the URL names. Handlers ask it about what only headers, a body or a message tell.
 * Thread-safe.
 */
final class AccessCheck {

    private static final String BEARER = "Bearer ";
    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final AuthMode mode;
    private final boolean loopback;
    private final @Nullable Tokens tokens;
    private final @Nullable EntryStorage entries;
    private final Clock clock;
    private final int readsPerMinute;
    private final int writesPerMinute;

    /**
     * A check.
     *
     * @param loopback whether no other machine reaches the server
     * @param tokens the tokens; null where none can be kept
     * @param entries the stores; null where there are none
     */
    AccessCheck(
            AuthMode mode,
            boolean loopback,
            @Nullable Tokens tokens,
            @Nullable EntryStorage entries,
            Clock clock,
            Limits limits) {
        this.mode = mode;
        this.loopback = loopback;
        this.tokens = tokens;
        this.entries = entries;
        this.clock = clock;
        this.readsPerMinute = limits.readsPerMinute;
        this.writesPerMinute = limits.writesPerMinute;
    }

    /** Whether requests need tokens. */
    boolean asksForTokens() {
        return mode == AuthMode.TOKENS;
    }

    /** What a token allows, or everything while nobody is asked for one; null when there is no such token. */
    @Nullable Access find(String token) {
        if (mode == AuthMode.NONE) {
            return Access.ANYONE;
        }
        return tokens == null ? null : tokens.find(token);
    }

    // ---- requests

    /**
     * Looks at the head of a request.
     *
     * @return the refusal; null when it may go on, with what it may do in the exchange
     */
    @Nullable Response refusal(Exchange exchange) {
        Route route = exchange.route;
        if (!needsToken(exchange)) {
            return null;
        }
        Access access = bearer(exchange.request);
        if (access == null) {
            return unauthorized(exchange);
        }
        exchange.access(access);
        boolean reads = exchange.request.method.equals("GET") || exchange.request.isHead();
        Rate rate = count(reads ? access.reads : access.writes, reads ? readsPerMinute : writesPerMinute);
        if (rate != null) {
            exchange.rate(rate);
            if (rate.isExceeded()) {
                return rateLimited(exchange, rate);
            }
        }
        try {
            authorize(exchange, access, route);
            return null;
        } catch (RuntimeException e) {
            return exchange.failure(e);
        }
    }

    private boolean needsToken(Exchange exchange) {
        if (mode == AuthMode.NONE && loopback) {
            return false;
        }
        return switch (exchange.route.concern()) {
            case NOTHING -> false;
            case SERVER -> true;
            case SUBSCRIPTIONS -> mode == AuthMode.TOKENS && !SubscriptionRoutes.hasOwnAuthority(exchange.rest);
            case ORGANISATION, STORE, STREAM, STREAMS, VIEW -> mode == AuthMode.TOKENS;
        };
    }

    private @Nullable Access bearer(Request request) {
        List<String> given = request.headers(HeaderName.AUTHORIZATION);
        return tokens == null || given.size() != 1 || !given.getFirst().startsWith(BEARER)
                ? null
                : tokens.find(given.getFirst().substring(BEARER.length()));
    }

    /** The answer to whoever has no token, or one that is of no effect. */
    static Response unauthorized(Exchange exchange) {
        String detail = "this needs a token that is neither revoked nor expired: Authorization: Bearer dust_tok_...";
        return exchange.problemResponse(Problem.of(ErrorKind.UNAUTHORIZED, detail))
                .header(HeaderName.WWW_AUTHENTICATE, "Bearer");
    }

    private void authorize(Exchange exchange, Access access, Route route) {
        switch (route.concern()) {
            case NOTHING -> {}
            case SERVER, ORGANISATION, STREAMS -> requireScope(access, route.scope());
            case STORE -> requireStore(access, StoreTarget.of(exchange).store(), route.scope());
            case STREAM -> requireStream(access, StreamPath.of(exchange.rest, exchange.server.limits), route.scope());
            case VIEW -> requireStore(access, ViewRoutes.store(exchange), route.scope());
            case SUBSCRIPTIONS -> {
                requireAll(access);
                requireScope(access, route.scope());
            }
        }
    }

    // ---- what is allowed; refusals are thrown as AccessDenied

    /** Whether a token allows something, wherever that is. */
    static void requireScope(Access access, String scope) {
        if (Scope.alternatives(scope).stream().noneMatch(all -> all.stream().allMatch(access::allows))) {
            throw AccessDenied.ofScope(scope);
        }
    }

    private static void requireAll(Access access) {
        if (!access.reachesAll()) {
            throw AccessDenied.outsideOfStores();
        }
    }

    /** Whether a token allows something on a store that is there. */
    static void requireStore(Access access, StoreInfo store, String scope) {
        if (!access.sees(store)) {
            throw AccessDenied.absent("there is no store " + store.name());
        }
        if (!access.reaches(store)) {
            throw AccessDenied.ofStore();
        }
        requireScope(access, scope);
    }

    private void requireStore(Access access, String name, String scope) {
        requireStore(access, store(name).orElseThrow(() -> AccessDenied.absent("there is no store " + name)), scope);
    }

    private Optional<StoreInfo> store(String name) {
        return entries == null ? Optional.empty() : entries.store(name);
    }

    /**
     * Whether a token allows something on a stream: what lies below the name of a store belongs to it, the others to those who
     * reach everything.
     *
     * @param path the stream's path, checked
     */
    void requireStream(Access access, String path, String scope) {
        if (mode == AuthMode.NONE) {
            return;
        }
        if (path.equals(StreamPath.REGISTRY)) {
            requireAll(access);
            requireScope(access, Scope.STREAMS_SUBSCRIBE);
            return;
        }
        if (StreamPath.isReserved(path)) {
            throw AccessDenied.absent("there is no stream at " + path);
        }
        Optional<StoreInfo> store = storeOf(path);
        if (store.isEmpty()) {
            requireAll(access);
            requireScope(access, scope);
        } else if (!access.sees(store.get())) {
            throw AccessDenied.absent("there is no stream at " + path);
        } else {
            requireStore(access, store.get(), scope);
        }
    }

    /** Whether a token may see a stream in a listing. */
    boolean showsStream(Access access, String path) {
        if (mode == AuthMode.NONE) {
            return true;
        }
        Optional<StoreInfo> store = storeOf(path);
        return store.isEmpty() ? access.reachesAll() : access.reaches(store.get());
    }

    /** The store that a stream belongs to, if it does. */
    private Optional<StoreInfo> storeOf(String path) {
        int first = path.indexOf('/');
        if (first < 0) {
            return Optional.empty();
        }
        int second = path.indexOf('/', first + 1);
        return store(second < 0 ? path : path.substring(0, second));
    }

    // ---- how often

    /** Counts a write that did not come as a request; null when there is no bound, or for everybody's access. */
    @Nullable Rate countWrite(Access access) {
        return access.token() == null ? null : count(access.writes, writesPerMinute);
    }

    private @Nullable Rate count(RateWindow window, int limit) {
        if (limit == 0) {
            return null;
        }
        long now = clock.elapsedNanos();
        int left = window.take(Math.floorDiv(now, MINUTE_NANOS), limit);
        return new Rate(limit, left, MINUTE_NANOS - Math.floorMod(now, MINUTE_NANOS));
    }

    private static Response rateLimited(Exchange exchange, Rate rate) {
        return exchange.problemResponse(new Problem(
                Problem.status(ErrorKind.RATE_LIMITED),
                ErrorKind.RATE_LIMITED,
                "the token has made as many requests of this kind as a minute takes: " + rate.limit(),
                null,
                null,
                Duration.ofNanos(rate.waitNanos()),
                false));
    }
}
