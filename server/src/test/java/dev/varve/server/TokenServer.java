package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.StoreInfo;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A server that asks for tokens, over an engine in memory, and the tokens that tests need. Thread-safe. */
final class TokenServer implements AutoCloseable {

    final Engine engine;
    final TestServer http;

    private TokenServer(Engine engine, UnaryOperator<VarveServer.Builder> options) {
        this.engine = engine;
        this.http = TestServer.start(
                engine.streams(),
                builder -> options.apply(builder.entries(engine.entries())
                        .events(engine.events())
                        .transactions(engine.transactions())
                        .records(engine.reservedEntries())
                        .auth(AuthMode.TOKENS)));
    }

    static TokenServer start() {
        return start(builder -> builder);
    }

    static TokenServer start(UnaryOperator<VarveServer.Builder> options) {
        return new TokenServer(Engine.inMemory(EngineOptions.DEFAULT), options);
    }

    /**
     * A token and what is kept of it.
     *
     * @param raw the token
     * @param token what is kept
     */
    record Made(String raw, AccessToken token) {

        String[] header() {
            return new String[] {"Authorization", "Bearer " + raw};
        }
    }

    EntryStorage entries() {
        return engine.entries();
    }

    Tokens tokens() {
        Tokens tokens = http.server.context().tokens;
        if (tokens == null) {
            throw new IllegalStateException("the server keeps no tokens");
        }
        return tokens;
    }

    StoreInfo store(String name) {
        return entries().createStore(name).join();
    }

    /** A token for every store of an organisation. */
    Made token(String organisation, String... scopes) {
        return token(organisation, List.of(scopes), null, null);
    }

    /** A token with every scope. */
    Made all(String organisation) {
        return token(organisation, Scope.ALL, null, null);
    }

    /** A token for some stores. */
    Made selected(String organisation, List<String> scopes, StoreInfo... stores) {
        Set<UUID> ids = Set.copyOf(List.of(stores).stream().map(StoreInfo::id).toList());
        return token(organisation, scopes, ids, null);
    }

    Made token(String organisation, List<String> scopes, @Nullable Set<UUID> stores, @Nullable Long expiresMillis) {
        String raw = AccessToken.fresh(new SecureRandom());
        AccessToken token = new AccessToken(
                UUID.randomUUID(),
                "a test's",
                organisation,
                AccessToken.hashOf(raw),
                AccessToken.lastFourOf(raw),
                scopes,
                stores == null,
                stores == null ? Set.of() : stores,
                expiresMillis,
                System.currentTimeMillis());
        tokens().add(token).join();
        return new Made(raw, token);
    }

    /** Sends a request with JSON, or without a body when that is empty, as the holder of a token. */
    HttpResponse<String> send(@Nullable Made by, String method, String path, String json, String... headers)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(headers));
        if (by != null) {
            all.addAll(List.of(by.header()));
        }
        if (!json.isEmpty() && !all.contains("Content-Type")) {
            all.addAll(List.of("Content-Type", "application/json"));
        }
        return http.send(method, path, json, all.toArray(String[]::new));
    }

    HttpResponse<String> get(@Nullable Made by, String path) throws IOException, InterruptedException {
        return send(by, "GET", path, "");
    }

    @Override
    public void close() {
        http.close();
        engine.close();
    }
}
