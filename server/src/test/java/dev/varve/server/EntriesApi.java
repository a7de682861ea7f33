package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.EventStorage;
import dev.varve.api.StreamStorage;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.engine.entries.StoreQuotas;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server with entries and events over an engine in memory. Thread-safe. */
final class EntriesApi implements AutoCloseable {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final AtomicInteger STORES = new AtomicInteger();

    final TestServer http;
    private final Engine engine;

    private EntriesApi(Engine engine, UnaryOperator<VarveServer.Builder> options) {
        this.engine = engine;
        this.http = TestServer.start(
                engine.streams(),
                builder -> options.apply(builder.entries(engine.entries())
                        .events(engine.events())
                        .transactions(engine.transactions())
                        .records(engine.reservedEntries())));
    }

    static EntriesApi start() {
        return start(builder -> builder);
    }

    static EntriesApi start(UnaryOperator<VarveServer.Builder> options) {
        return new EntriesApi(Engine.inMemory(EngineOptions.DEFAULT), options);
    }

    /** Whose stores may hold so much, and of whose organisations each may have so many. */
    static EntriesApi limited(long entries, long fileBytes, long stores) {
        StoreQuotas quotas = new StoreQuotas(entries, fileBytes, stores);
        return new EntriesApi(Engine.inMemory(EngineOptions.DEFAULT.withQuotas(quotas)), builder -> builder);
    }

    EntryStorage storage() {
        return engine.entries();
    }

    StreamStorage streams() {
        return engine.streams();
    }

    EventStorage events() {
        return engine.events();
    }

    /** A store that nobody has used. */
    StoreCalls freshStore() {
        return new StoreCalls(this, "acme/store-" + STORES.incrementAndGet());
    }

    static JsonNode json(HttpResponse<String> response) {
        return MAPPER.readTree(response.body());
    }

    static JsonNode json(String text) {
        return MAPPER.readTree(text);
    }

    /** The requests that tests make of one store. Thread-safe. */
    record StoreCalls(EntriesApi server, String name) {

        String url(String path) {
            return "/api/stores/" + name + path;
        }

        HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
            return server.http.get(url(path), headers);
        }

        HttpResponse<String> send(String method, String path, String body, String... headers)
                throws IOException, InterruptedException {
            String[] all = new String[headers.length + 2];
            System.arraycopy(headers, 0, all, 2, headers.length);
            all[0] = "Content-Type";
            all[1] = "application/json";
            return server.http.send(method, url(path), body, all);
        }

        /** Sets a path and gives the answer's number. */
        long put(String path, String value) throws IOException, InterruptedException {
            HttpResponse<String> response = send("PUT", "/entries/" + path, value);
            if (response.statusCode() != 200) {
                throw new AssertionError(response.statusCode() + " " + response.body());
            }
            return json(response).at("/store_seq").asLong();
        }

        HttpResponse<String> put(String path, String value, String... headers)
                throws IOException, InterruptedException {
            return send("PUT", "/entries/" + path, value, headers);
        }

        HttpResponse<String> delete(String path, String... headers) throws IOException, InterruptedException {
            return send("DELETE", "/entries/" + path, "", headers);
        }

        HttpResponse<String> batch(String ops) throws IOException, InterruptedException {
            return send("POST", "/entries/batch_write", "{\"ops\":" + ops + "}");
        }

        /** The value at a path, as text. */
        String value(String path) throws IOException, InterruptedException {
            return json(get("/entries/" + path)).at("/value").toString();
        }

        long revision(String path) throws IOException, InterruptedException {
            return json(get("/entries/" + path)).at("/revision").asLong();
        }
    }

    @Override
    public void close() {
        http.close();
        engine.close();
    }
}
