package dev.varve.bench.entries;

import dev.varve.bench.Http;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A client of a server that is killed again and again: it remembers what it was told, and what it was not told, and compares
 * that with what is there after each crash. Confined to one thread at a time.
 */
abstract class CrashClient {

    static final int TIMEOUT_MILLIS = 150_000;
    static final byte[] NOTHING = {};
    private static final int PAGE = 1_000;

    final int port;
    final Random random;

    /** Writes that were answered. */
    long acknowledged;

    private final Map<String, Long> counts = new TreeMap<>();

    CrashClient(int port, long seed) {
        this.port = port;
        this.random = new Random(seed);
    }

    /** Makes one request or a few that belong together. Returns what went wrong, or null. */
    abstract @Nullable String step(Http http) throws IOException;

    /** Compares what is there with what it was told; then there is no doubt any more. Returns what is wrong, or null. */
    abstract @Nullable String check(Http http) throws IOException, InterruptedException;

    /** The same once more when all is over, with all that takes its time. */
    @Nullable String finish(Http http) throws IOException, InterruptedException {
        return null;
    }

    /** Makes requests until the server is gone. Returns what went wrong, or null. */
    final @Nullable String write() {
        try (Http http = new Http(port, TIMEOUT_MILLIS)) {
            while (!Thread.currentThread().isInterrupted()) {
                String wrong = step(http);
                if (wrong != null) {
                    return wrong;
                }
            }
        } catch (IOException e) {
            // The server was killed: what was under way stays in doubt.
        }
        return null;
    }

    final void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    /** What happened, and how often. */
    final Map<String, Long> counts() {
        return counts;
    }

    // ---- requests

    static Http.Answer send(Http http, String method, String path, String body, String... headers) throws IOException {
        List<String> all = new ArrayList<>(List.of("Content-Type", "application/json"));
        all.addAll(List.of(headers));
        return http.send(method, path, body.getBytes(StandardCharsets.UTF_8), all.toArray(String[]::new));
    }

    /** Reads, once more if the server has closed a connection that idled while this machine was busy with other things. */
    static Http.Answer get(Http http, String path) throws IOException {
        try {
            return http.send("GET", path, NOTHING);
        } catch (IOException e) {
            return http.send("GET", path, NOTHING);
        }
    }

    static String unexpected(String what, Http.Answer answer) {
        return what + " was answered " + answer.status() + " " + answer.text();
    }

    static JsonNode json(Http.Answer answer) {
        return WatchCalls.JSON.readTree(answer.text());
    }

    /** The store's last change; -1 when there is no such store. */
    static long storeSeq(Http http, String store) throws IOException {
        Http.Answer answer = get(http, "/api/stores/" + store + "/status");
        if (answer.status() != 200 && answer.status() != 404) {
            throw new IOException(unexpected("the status of " + store, answer));
        }
        return answer.status() == 404 ? -1 : json(answer).path("current_seq").longValue();
    }

    /** What a list shows of each path, now or right after a change; in the server's order. */
    static Map<String, JsonNode> list(Http http, String store, String pattern, @Nullable Long atSeq)
            throws IOException {
        Map<String, JsonNode> found = new TreeMap<>();
        String after = "";
        do {
            Http.Answer answer = get(
                    http,
                    String.format(
                            Locale.ROOT,
                            "/api/stores/%s/entries?pattern=%s&limit=%d&after=%s%s",
                            store,
                            pattern,
                            PAGE,
                            java.net.URLEncoder.encode(after, StandardCharsets.UTF_8),
                            atSeq == null ? "" : "&at_seq=" + atSeq));
            if (answer.status() == 404) {
                return found;
            }
            if (answer.status() != 200) {
                throw new IOException(unexpected("a list of " + store, answer));
            }
            JsonNode page = json(answer);
            page.path("items").forEach(item -> found.put(item.path("path").stringValue(), item));
            after = page.path("next_cursor").asString("");
        } while (!after.isEmpty());
        return found;
    }
}
