package dev.varve.bench.entries;

import dev.varve.bench.Http;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The requests that this test makes of a store, beside following it. Confined to one thread. */
final class WatchCalls implements AutoCloseable {

    static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int PAGE = 1_000;

    private final String store;
    private final Http http;

    WatchCalls(int port, String store) {
        this.store = "/api/stores/" + store;
        this.http = new Http(port, TIMEOUT_MILLIS);
    }

    private JsonNode get(String path) throws IOException {
        return ok(http.send("GET", store + path, new byte[0]));
    }

    private static JsonNode ok(Http.Answer answer) throws IOException {
        if (answer.status() != 200) {
            throw new IOException("answered " + answer.status() + " " + answer.text());
        }
        return JSON.readTree(answer.text());
    }

    /** Makes changes in one batch. Returns the answer. */
    JsonNode write(String name, List<String> ops) throws IOException {
        return ok(http.send(
                "POST",
                store + "/entries/batch_write",
                ("{\"ops\":[" + String.join(",", ops) + "]}").getBytes(StandardCharsets.UTF_8),
                "Content-Type",
                "application/json",
                "X-Request-Id",
                name));
    }

    /** The revisions at some paths, 0 where nothing stands. */
    List<Long> revisions(List<String> paths) throws IOException {
        JsonNode answer = ok(http.send(
                "POST",
                store + "/entries/batch",
                ("{\"paths\":[\"" + String.join("\",\"", paths) + "\"]}").getBytes(StandardCharsets.UTF_8),
                "Content-Type",
                "application/json"));
        return paths.stream()
                .map(path -> answer.path("entries").path(path).path("revision").asLong(0))
                .toList();
    }

    long currentSeq() throws IOException {
        return get("/status").path("current_seq").longValue();
    }

    /** All entries, page by page. */
    NavigableMap<String, JsonNode> entries() throws IOException {
        NavigableMap<String, JsonNode> all = new TreeMap<>();
        String after = "";
        do {
            JsonNode page =
                    get("/entries?limit=" + PAGE + "&after=" + URLEncoder.encode(after, StandardCharsets.UTF_8));
            page.path("items").forEach(item -> all.put(item.path("path").stringValue(), item.path("value")));
            after = page.path("next_cursor").asString("");
        } while (!after.isEmpty());
        return all;
    }

    /** Notes all changes that are kept; nobody writes meanwhile. Returns how many. */
    long log(WatchedStore known) throws IOException {
        long count = 0;
        for (int page = 1; ; page++) {
            JsonNode ops = get("/log?limit=" + PAGE + "&page=" + page).path("ops");
            for (JsonNode op : ops) {
                WatchedStore.Change told = known.told(op.path("store_seq").longValue());
                WatchedStore.Change change = WatchedStore.Change.of(op);
                // The log does not say who called it what, and maybe not whose it was.
                known.tell(
                        "the log",
                        op.path("store_seq").longValue(),
                        new WatchedStore.Change(
                                change.op(),
                                change.path(),
                                change.value(),
                                told == null ? change.device() : told.device(),
                                told == null ? "" : told.name()));
                count++;
            }
            if (ops.isEmpty()) {
                return count;
            }
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
