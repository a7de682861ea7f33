package dev.varve.server;

import static dev.varve.server.TestServer.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.server.EntriesApi.StoreCalls;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Stores of entries as streams over HTTP: everything that reads a stream reads them, and nothing writes them. */
final class ViewRoutesTest {

    private static final String ROOT = "/v1/stream/__entries/";

    private static EntriesApi api;

    @BeforeAll
    static void start() {
        api = EntriesApi.start(builder -> builder.longPollTimeout(Duration.ofMillis(300)));
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    /** The offset right after a change. */
    private static String after(long storeSeq) {
        return "0000000000000000_%012d0000".formatted(storeSeq);
    }

    private static HttpResponse<String> get(StoreCalls store, String rest, String... headers)
            throws IOException, InterruptedException {
        return api.http.get(ROOT + store.name() + rest, headers);
    }

    /** The messages of a page in short: operation, key, and the value if there is one. */
    private static List<String> messages(String body) {
        List<String> all = new ArrayList<>();
        for (JsonNode message : EntriesApi.json(body)) {
            JsonNode headers = message.get("headers");
            if (headers.has("control")) {
                all.add(headers.get("control").asString());
            } else {
                assertThat(message.get("type").asString()).isEqualTo("entry");
                all.add(headers.get("operation").asString() + " "
                        + message.get("key").asString()
                        + (message.has("value") ? " " + message.get("value").get("value") : ""));
            }
        }
        return all;
    }

    private static void awaitReaders(int readers) {
        await().atMost(TestServer.PATIENCE)
                .untilAsserted(() ->
                        assertThat(api.http.get("/metrics").body()).contains("varve_live_readers " + readers + ".0\n"));
    }

    @Test
    void a_change_becomes_messages_of_the_state_protocol() throws Exception {
        StoreCalls store = api.freshStore();
        store.put("links/dust", "{\"title\":\"Dust\"}", "X-Request-Id", "request-with-a-long-name");

        HttpResponse<String> page = get(store, "");

        assertThat(page.statusCode()).isEqualTo(200);
        JsonNode message = EntriesApi.json(page).get(0);
        assertThat(EntriesApi.json(page)).hasSize(1);
        assertThat(message.at("/type").asString()).isEqualTo("entry");
        assertThat(message.at("/key").asString()).isEqualTo("links/dust/title");
        assertThat(message.at("/value"))
                .isEqualTo(EntriesApi.json(store.get("/entries")).at("/items/0"));
        assertThat(message.at("/headers/operation").asString()).isEqualTo("insert");
        assertThat(message.at("/headers/txid").asString()).isEqualTo("request-with-a-long-name");
        assertThat(message.at("/headers/timestamp").asString()).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
        assertThat(header(page, "content-type")).isEqualTo("application/json");
        assertThat(header(page, "stream-next-offset")).isEqualTo(after(1));
        assertThat(header(page, "stream-up-to-date")).isEqualTo("true");
        assertThat(header(page, "cache-control")).contains("public, max-age=60");
        assertThat(page.headers().map()).doesNotContainKey("stream-closed");
    }

    @Test
    void every_kind_of_change_says_what_became_of_each_entry() throws Exception {
        StoreCalls store = api.freshStore();
        store.put("a", "{\"x\":1,\"y\":{\"z\":2}}");
        store.put("a", "{\"x\":3,\"n\":null}");
        store.batch("[{\"op\":\"merge\",\"path\":\"a\",\"value\":{\"n\":4,\"m\":{\"k\":5}}},"
                + "{\"op\":\"increment\",\"path\":\"c\",\"value\":2},{\"op\":\"increment\",\"path\":\"c\",\"value\":5},"
                + "{\"op\":\"add\",\"path\":\"s\",\"value\":\"q\"}]");
        store.put("a/x", "{\"deep\":6}");
        store.delete("a");
        store.delete("nothing");

        assertThat(messages(get(store, "?offset=-1").body()))
                .containsExactly(
                        "insert a/x 1",
                        "insert a/y/z 2",
                        "delete a/y/z",
                        "update a/x 3",
                        "insert a/n null",
                        "update a/n 4",
                        "insert a/m/k 5",
                        "insert c 2",
                        "update c 7",
                        "insert s [\"q\"]",
                        "delete a/x",
                        "insert a/x/deep 6",
                        "delete a/m/k",
                        "delete a/n",
                        "delete a/x/deep");
    }

    @Test
    void a_prefix_shows_what_stands_at_and_below_it() throws Exception {
        StoreCalls store = api.freshStore();
        store.put("a", "{\"b\":{\"c\":1},\"b-\":2,\"x\":3}");
        store.put("a/b", "4");
        store.put("a/x", "5");
        store.put("a/b/d", "6");
        store.delete("a");

        String body = get(store, "/a/b").body();

        assertThat(messages(body))
                .containsExactly(
                        "insert a/b/c 1",
                        "delete a/b/c",
                        "insert a/b 4",
                        "insert a/b/d 6",
                        "delete a/b",
                        "delete a/b/d");
        assertThat(get(store, "/a/b/").body()).isEqualTo(body);
        assertThat(get(store, "/a%2Fb").body()).isEqualTo(body);
        assertThat(get(store, "/a/nothing").body()).isEqualTo("[]");
        assertThat(header(get(store, "/a/nothing"), "stream-next-offset")).isEqualTo(after(5));
    }

    @Test
    void reading_goes_on_from_the_offset_of_the_page_before() throws Exception {
        StoreCalls store = api.freshStore();
        store.put("a", "1");
        String offset = header(get(store, ""), "stream-next-offset");
        HttpResponse<String> tail = get(store, "?offset=" + offset);
        assertThat(tail.body()).isEqualTo("[]");
        assertThat(header(tail, "stream-up-to-date")).isEqualTo("true");
        assertThat(header(tail, "stream-next-offset")).isEqualTo(offset);

        store.put("b", "2");

        assertThat(messages(get(store, "?offset=" + offset).body())).containsExactly("insert b 2");
        HttpResponse<String> now = get(store, "?offset=now");
        assertThat(now.body()).isEqualTo("[]");
        assertThat(header(now, "stream-next-offset")).isEqualTo(after(2));
        assertThat(header(now, "cache-control")).isEqualTo("no-store");
    }

    @Test
    void only_offsets_between_two_writes_are_taken() throws Exception {
        StoreCalls store = api.freshStore();
        store.batch("[{\"op\":\"set\",\"path\":\"a\",\"value\":1},{\"op\":\"set\",\"path\":\"b\",\"value\":2}]");
        store.put("c", "3");

        assertThat(get(store, "?offset=" + after(0)).statusCode()).isEqualTo(200);
        assertThat(get(store, "?offset=" + after(1)).statusCode()).isEqualTo(400);
        assertThat(messages(get(store, "?offset=" + after(2)).body())).containsExactly("insert c 3");
        assertThat(get(store, "?offset=" + after(4)).statusCode()).isEqualTo(400);
        assertThat(get(store, "?offset=9999999999999999_9999999999999999").statusCode())
                .isEqualTo(400);
        assertThat(get(store, "?offset=0000000000000000_9999999999999999").statusCode())
                .isEqualTo(400);
        // A snapshot has no part beyond its last.
        assertThat(get(store, "?offset=0000000000000000_0000000000020001").statusCode())
                .isEqualTo(200);
        assertThat(get(store, "?offset=0000000000000000_0000000000020002").statusCode())
                .isEqualTo(400);
        assertThat(get(store, "?offset=0000000000000000_0000000000000001").statusCode())
                .isEqualTo(400);
    }

    @Test
    void after_compaction_reading_begins_with_a_snapshot() throws Exception {
        StoreCalls store = api.freshStore();
        for (int i = 1; i <= 5; i++) {
            store.put("n", "" + i);
        }
        store.put("m/k", "0");
        api.storage().compact(store.name(), 4).join();

        HttpResponse<String> late = get(store, "?offset=" + after(3));
        assertThat(late.statusCode()).isEqualTo(410);
        assertThat(header(late, "stream-earliest-offset")).isEqualTo(after(4));
        assertThat(get(store, "?offset=" + after(0)).statusCode()).isEqualTo(410);

        HttpResponse<String> first = get(store, "?offset=-1");
        assertThat(messages(first.body()))
                .containsExactly("snapshot-start", "insert m/k 0", "insert n 5", "snapshot-end");
        assertThat(header(first, "stream-next-offset")).isEqualTo(after(6));
        assertThat(messages(get(store, "/m").body())).containsExactly("snapshot-start", "insert m/k 0", "snapshot-end");
        assertThat(messages(get(store, "?offset=" + after(4)).body())).containsExactly("update n 5", "insert m/k 0");
    }

    @Test
    void a_write_too_large_for_a_page_is_told_as_a_snapshot_in_parts() throws Exception {
        StoreCalls store = api.freshStore();
        store.put("small", "1");
        StringBuilder large = new StringBuilder("{");
        for (int i = 0; i < 60_000; i++) {
            large.append(i == 0 ? "" : ",")
                    .append("\"key")
                    .append(i)
                    .append("\":")
                    .append(i);
        }
        store.put("large", large.append('}').toString());
        store.put("small", "2");

        HttpResponse<String> page = get(store, "");
        assertThat(messages(page.body())).containsExactly("insert small 1");
        List<String> rest = new ArrayList<>();
        int parts = 0;
        while (!header(page, "stream-next-offset").equals(after(2))) {
            page = get(store, "?offset=" + header(page, "stream-next-offset"));
            assertThat(page.body().length()).isLessThan(2 << 20);
            rest.addAll(messages(page.body()));
            parts++;
        }
        assertThat(parts).isGreaterThan(5);
        assertThat(rest)
                .hasSize(60_004)
                .startsWith("reset", "snapshot-start")
                .endsWith("insert small 1", "snapshot-end");
        assertThat(messages(get(store, "?offset=" + after(2)).body())).containsExactly("update small 2");
    }

    @Test
    void head_tells_where_the_stream_begins_and_ends() throws Exception {
        StoreCalls store = api.freshStore();
        store.put("a", "1");
        store.put("a", "2");
        api.storage().compact(store.name(), 1).join();

        HttpResponse<String> head = api.http.send("HEAD", ROOT + store.name() + "/a", "");

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(header(head, "content-type")).isEqualTo("application/json");
        assertThat(header(head, "stream-next-offset")).isEqualTo(after(2));
        assertThat(header(head, "stream-earliest-offset")).isEqualTo(after(1));
        assertThat(header(head, "cache-control")).isEqualTo("no-store");
    }

    @Test
    void pages_have_tags() throws Exception {
        StoreCalls store = api.freshStore();
        store.put("a", "1");
        String tag = header(get(store, "?offset=-1"), "etag");
        HttpResponse<String> same = get(store, "?offset=-1", "If-None-Match", tag);
        assertThat(same.statusCode()).isEqualTo(304);
        assertThat(same.body()).isEmpty();
        assertThat(header(same, "stream-next-offset")).isEqualTo(after(1));
        store.put("a", "2");
        assertThat(get(store, "?offset=-1", "If-None-Match", tag).statusCode()).isEqualTo(200);
        assertThat(get(store, "?offset=now").headers().map()).doesNotContainKey("etag");
    }

    @Test
    void a_long_poll_waits_for_a_change_that_is_shown() throws Exception {
        StoreCalls store = api.freshStore();
        store.put("a/x", "1");
        HttpResponse<String> quiet = get(store, "/a?offset=" + after(1) + "&live=long-poll");
        assertThat(quiet.statusCode()).isEqualTo(204);
        assertThat(header(quiet, "stream-cursor")).matches("\\d+");
        assertThat(header(quiet, "stream-up-to-date")).isEqualTo("true");
        assertThat(header(quiet, "stream-next-offset")).isEqualTo(after(1));
        try (EntriesApi patient = EntriesApi.start(builder -> builder.longPollTimeout(Duration.ofMinutes(5)));
                RawConnection waiting = patient.http.connect()) {
            StoreCalls other = patient.freshStore();
            other.put("a/x", "1");
            waiting.request("GET", ROOT + other.name() + "/a?offset=" + after(1) + "&live=long-poll", "");
            other.put("b", "2");
            other.put("c", "2");
            other.put("a/y", "3");
            RawConnection.Answer answer = waiting.answer();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(messages(answer.text())).containsExactly("insert a/y 3");
            assertThat(answer.header("stream-next-offset")).isEqualTo(after(4));
            assertThat(answer.header("stream-cursor")).matches("\\d+");
        }
    }

    @Test
    void events_show_what_is_there_and_then_what_comes() throws Exception {
        StoreCalls store = api.freshStore();
        store.put("a/x", "1");
        try (RawConnection events = api.http.connect()) {
            events.request("GET", ROOT + store.name() + "/a?offset=-1&live=sse", "");
            assertThat(events.answer().header("content-type")).isEqualTo("text/event-stream");
            assertThat(events.chunkText())
                    .startsWith("event: data\ndata:[{\"type\":\"entry\",\"key\":\"a/x\"")
                    .contains("\n\nevent: control\ndata:{\"streamNextOffset\":\"" + after(1) + "\"")
                    .contains("\"upToDate\":true");
            store.put("elsewhere", "2");
            store.put("a/x", "3");
            String next = events.chunkText();
            assertThat(next).contains("\"operation\":\"update\"").contains(after(3));
            store.send("POST", "/archive", "");
            assertThat(events.chunkText())
                    .isEqualTo("event: control\ndata:{\"streamNextOffset\":\"" + after(3)
                            + "\",\"upToDate\":true,\"streamClosed\":true}\n\n");
            assertThat(events.chunk()).isEmpty();
        }
    }

    @Test
    void an_archived_store_is_a_closed_stream() throws Exception {
        StoreCalls store = api.freshStore();
        store.put("a", "1");
        String open = header(get(store, ""), "etag");
        store.send("POST", "/archive", "");

        HttpResponse<String> page = get(store, "", "If-None-Match", open);

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(header(page, "stream-closed")).isEqualTo("true");
        HttpResponse<String> tail = get(store, "?offset=now&live=long-poll");
        assertThat(tail.statusCode()).isEqualTo(204);
        assertThat(header(tail, "stream-closed")).isEqualTo("true");
        assertThat(header(api.http.send("HEAD", ROOT + store.name(), ""), "stream-closed"))
                .isEqualTo("true");
    }

    @Test
    void the_deletion_of_the_store_ends_who_waits() throws Exception {
        try (EntriesApi patient = EntriesApi.start(builder -> builder.longPollTimeout(Duration.ofMinutes(5)));
                RawConnection poll = patient.http.connect();
                RawConnection events = patient.http.connect()) {
            StoreCalls store = patient.freshStore();
            store.put("a", "1");
            poll.request("GET", ROOT + store.name() + "?offset=now&live=long-poll", "");
            events.request("GET", ROOT + store.name() + "?offset=now&live=sse", "");
            events.answer();
            events.chunk();
            await().atMost(TestServer.PATIENCE)
                    .untilAsserted(() ->
                            assertThat(patient.http.get("/metrics").body()).contains("varve_live_readers 2.0\n"));
            store.send("DELETE", "", "");
            assertThat(poll.answer().status()).isEqualTo(404);
            assertThat(events.chunk()).isEmpty();
            assertThat(patient.http.get(ROOT + store.name()).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void reading_creates_no_store() throws Exception {
        String path = ROOT + "acme/never-written";
        for (String rest : List.of("", "?offset=now", "?offset=now&live=sse", "?offset=-1&live=long-poll")) {
            HttpResponse<String> missing = api.http.get(path + rest);
            assertThat(missing.statusCode()).as(rest).isEqualTo(404);
            assertThat(header(missing, "content-type")).isEqualTo("application/problem+json");
        }
        assertThat(api.http.send("HEAD", path, "").statusCode()).isEqualTo(404);
        assertThat(api.storage().store("acme/never-written")).isEmpty();
        awaitReaders(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "POST", "DELETE", "PATCH"})
    void nothing_writes_a_view(String method) throws Exception {
        StoreCalls store = api.freshStore();
        store.put("a", "1");
        for (String path : List.of(ROOT + store.name(), ROOT + store.name() + "/a", ROOT + "acme/never-written/a")) {
            HttpResponse<String> refused = api.http.send(method, path, "[]", "Content-Type", "application/json");
            assertThat(refused.statusCode()).isEqualTo(405);
            assertThat(header(refused, "allow")).isEqualTo("GET, HEAD, OPTIONS");
        }
        assertThat(messages(get(store, "").body())).containsExactly("insert a 1");
    }

    @Test
    void a_view_is_no_source_of_a_fork() throws Exception {
        StoreCalls store = api.freshStore();
        store.put("a", "1");
        HttpResponse<String> fork =
                api.http.send("PUT", "/v1/stream/fork", "", "Stream-Forked-From", ROOT + store.name());
        assertThat(fork.statusCode()).isEqualTo(405);
        assertThat(api.http.get("/v1/stream/fork").statusCode()).isEqualTo(404);
    }

    @Test
    void a_token_needs_the_scope_and_the_store() throws Exception {
        try (TokenServer server = TokenServer.start()) {
            var granted = server.store("acme/granted");
            server.store("acme/other");
            server.store("umbrella/secret");
            var token = server.selected("acme", List.of("entries:read"), granted);

            assertThat(server.http.get(ROOT + granted.name(), token.header()).statusCode())
                    .isEqualTo(200);
            assertThat(server.http
                            .get(ROOT + granted.name() + "/a/../b.c", token.header())
                            .statusCode())
                    .isEqualTo(200);
            assertThat(server.http.get(ROOT + granted.name()).statusCode()).isEqualTo(401);
            assertThat(server.http.get(ROOT + "acme/other", token.header()).statusCode())
                    .isEqualTo(403);
            assertThat(server.http.get(ROOT + "acme", token.header()).statusCode())
                    .isEqualTo(400);
            HttpResponse<String> foreign = server.http.get(ROOT + "umbrella/secret", token.header());
            HttpResponse<String> missing = server.http.get(ROOT + "umbrella/nothing", token.header());
            assertThat(foreign.statusCode()).isEqualTo(404);
            assertThat(foreign.body().replace("secret", "nothing")).isEqualTo(missing.body());
            var streams = server.token("acme", "streams:read", "streams:write");
            assertThat(server.http.get(ROOT + granted.name(), streams.header()).statusCode())
                    .isEqualTo(403);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "acme", "Acme/x", "acme/reading/a~2", "acme/reading/%00", "acme/reading/%ff"})
    void what_names_no_view_is_refused(String path) throws Exception {
        assertThat(api.http.get(ROOT + path).statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"?offset=", "?offset=now&offset=now", "?live=sse", "?offset=-1&live=none", "?offset=12"})
    void parameters_are_checked_as_those_of_streams(String query) throws Exception {
        StoreCalls store = api.freshStore();
        store.put("a", "1");
        assertThat(get(store, query).statusCode()).isEqualTo(400);
    }
}
