package dev.varve.server;

import static dev.varve.server.TestServer.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StoreInfo;
import dev.varve.server.EntriesApi.StoreCalls;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Stores of events as streams over HTTP: everything that reads a stream reads them, and nothing writes them. */
final class EventsViewsTest {

    private static final String ROOT = "/v1/stream/__events/";

    private static EntriesApi api;
    private StoreCalls store;

    @BeforeAll
    static void start() {
        api = EntriesApi.start(builder -> builder.longPollTimeout(Duration.ofMillis(300)));
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void freshStore() {
        store = api.freshStore();
    }

    private static String offset(long position) {
        return "0000000000000000_%016d".formatted(position);
    }

    private void append(String... aggregates) throws Exception {
        StringBuilder events = new StringBuilder();
        for (String aggregate : aggregates) {
            int slash = aggregate.indexOf('/');
            events.append(events.isEmpty() ? "" : ",")
                    .append("{\"type\":\"T\",\"data\":{\"n\": 1.0},\"aggregate\":{\"type\":\"")
                    .append(aggregate, 0, slash)
                    .append("\",\"id\":\"")
                    .append(aggregate, slash + 1, aggregate.length())
                    .append("\"}}");
        }
        assertThat(store.send("POST", "/events", "{\"events\":[" + events + "]}")
                        .statusCode())
                .isEqualTo(200);
    }

    private HttpResponse<String> get(String rest, String... headers) throws Exception {
        return api.http.get(ROOT + store.name() + rest, headers);
    }

    private static List<Long> positions(HttpResponse<String> page) {
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        List<Long> positions = new ArrayList<>();
        for (JsonNode event : EntriesApi.json(page)) {
            positions.add(event.at("/position").asLong());
        }
        return positions;
    }

    @Test
    void a_store_a_category_and_an_aggregate_are_streams() throws Exception {
        append("order/1", "cart/1");
        append("order/a/b");
        append("order/1");

        HttpResponse<String> all = get("");
        assertThat(positions(all)).containsExactly(0L, 1L, 2L, 3L);
        assertThat(header(all, "content-type")).isEqualTo("application/json");
        assertThat(header(all, "stream-next-offset")).isEqualTo(offset(4));
        assertThat(header(all, "stream-up-to-date")).isEqualTo("true");
        assertThat(header(all, "cache-control")).isEqualTo("no-store");
        assertThat(header(all, "etag")).isEmpty();
        assertThat(all.body()).contains("\"data\":{\"n\": 1.0}}");
        assertThat(EntriesApi.json(all).get(0))
                .isEqualTo(EntriesApi.json(store.get("/events")).at("/events/0"));

        HttpResponse<String> category = get("/cart");
        assertThat(positions(category)).containsExactly(1L);
        assertThat(header(category, "stream-next-offset")).isEqualTo(offset(4));

        HttpResponse<String> aggregate = get("/order/1?offset=-1");
        assertThat(positions(aggregate)).containsExactly(0L, 3L);
        assertThat(header(aggregate, "stream-next-offset")).isEqualTo(offset(2));
        assertThat(positions(get("/order/a%2Fb"))).containsExactly(2L);
        assertThat(positions(get("/order/a/b/"))).containsExactly(2L);
        assertThat(positions(get("/order/unknown"))).isEmpty();
    }

    @Test
    void reading_goes_on_where_it_ended() throws Exception {
        append("order/1");
        append("order/1");
        assertThat(positions(get("?offset=" + offset(1)))).containsExactly(1L);
        HttpResponse<String> tail = get("?offset=" + offset(2));
        assertThat(tail.body()).isEqualTo("[]");
        assertThat(header(tail, "stream-up-to-date")).isEqualTo("true");
        HttpResponse<String> now = get("?offset=now");
        assertThat(now.body()).isEqualTo("[]");
        assertThat(header(now, "stream-next-offset")).isEqualTo(offset(2));
    }

    @Test
    void only_ends_of_appends_are_offsets() throws Exception {
        append("order/1", "cart/1", "order/1");
        append("cart/1");
        for (String rest : List.of("", "/order", "/cart")) {
            for (long inside : new long[] {1, 2}) {
                HttpResponse<String> response = get(rest + "?offset=" + offset(inside));
                assertThat(response.statusCode()).as(rest + inside).isEqualTo(400);
                assertThat(EntriesApi.json(response).at("/kind").asString()).isEqualTo("invalid_offset");
            }
            assertThat(get(rest + "?offset=" + offset(3)).statusCode()).isEqualTo(200);
            assertThat(get(rest + "?offset=" + offset(5)).statusCode()).isEqualTo(400);
        }
        assertThat(get("/order/1?offset=" + offset(1)).statusCode()).isEqualTo(400);
        assertThat(get("/order/1?offset=" + offset(2)).statusCode()).isEqualTo(200);
        assertThat(get("/cart/1?offset=" + offset(1)).statusCode()).isEqualTo(200);
        assertThat(get("/cart/1?offset=" + offset(3)).statusCode()).isEqualTo(400);
        assertThat(get("?offset=x").statusCode()).isEqualTo(400);
    }

    @Test
    void a_page_never_splits_an_append() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String[] aggregates = {"order/1", "order/2", "cart/1"};
        for (int i = 0; i < 30; i++) {
            String[] some = new String[1 + random.nextInt(random.nextInt(10) == 0 ? 1500 : 20)];
            for (int n = 0; n < some.length; n++) {
                some[n] = aggregates[random.nextInt(aggregates.length)];
            }
            append(some);
        }
        EventsViews views = new EventsViews(api.events(), api.storage(), api.http.server.context().blocking);
        Map<String, String> asked = Map.of(
                "", "", "/order", "?category=order", "/cart", "?category=cart", "/order/1", "?aggregate=order/1");
        for (String rest : asked.keySet()) {
            List<Long> expected = store.get("/events" + asked.get(rest), "Accept", "application/x-ndjson")
                    .body()
                    .lines()
                    .map(line -> EntriesApi.json(line).at("/position").asLong())
                    .toList();
            for (int maxBytes : new int[] {1, 10_000, 200_000}) {
                String path = EventsView.ROOT + store.name() + rest;
                List<Long> read = new ArrayList<>();
                Offset from = Offset.BEGINNING;
                while (true) {
                    var result = views.read(path, from, maxBytes).join();
                    assertThat(result).as("seed %d", seed).isInstanceOf(ReadResult.Page.class);
                    var page = (ReadResult.Page) result;
                    String text = UTF_8.decode(page.data()).toString();
                    JsonNode events = EntriesApi.json(text.isEmpty() ? "[]" : text);
                    long lastAppend = -1;
                    for (JsonNode event : events) {
                        long append = event.at("/append_id").asLong();
                        if (append != lastAppend) {
                            assertThat(maxBytes == 1 && lastAppend >= 0)
                                    .as("seed %d: two appends in the smallest page", seed)
                                    .isFalse();
                        }
                        lastAppend = append;
                        read.add(event.at("/position").asLong());
                    }
                    from = page.next();
                    if (!page.hasMore()) {
                        break;
                    }
                }
                assertThat(read).as("seed %d, %s by %d", seed, rest, maxBytes).isEqualTo(expected);
            }
        }
    }

    @Test
    void what_is_taken_away_is_not_shown_and_offsets_stay() throws Exception {
        append("order/1", "cart/1");
        append("order/2");
        append("order/1");
        store.send("DELETE", "/events/2", "");
        assertThat(positions(get("/order"))).containsExactly(0L, 3L);
        store.send("PUT", "/events/0/data", "{\"data\":\"gone\"}");
        assertThat(get("").body()).contains("\"data\":\"gone\"").doesNotContain("[{\"position\":0,\"data\":{");
        store.send("DELETE", "/aggregates/order/1?mode=soft", "");
        assertThat(positions(get("/order"))).isEmpty();
        HttpResponse<String> aggregate = get("/order/1");
        assertThat(positions(aggregate)).isEmpty();
        assertThat(header(aggregate, "stream-next-offset")).isEqualTo(offset(2));
        assertThat(header(aggregate, "stream-up-to-date")).isEqualTo("true");
        append("order/1");
        assertThat(positions(get("/order/1?offset=" + offset(2)))).containsExactly(4L);
    }

    @Test
    void long_polls_wait_for_what_comes() throws Exception {
        append("order/1");
        HttpResponse<String> nothing = get("?live=long-poll&offset=" + offset(1));
        assertThat(nothing.statusCode()).isEqualTo(204);
        assertThat(header(nothing, "stream-next-offset")).isEqualTo(offset(1));
        assertThat(positions(get("?live=long-poll&offset=-1"))).containsExactly(0L);

        try (EntriesApi own = EntriesApi.start(builder -> builder.longPollTimeout(Duration.ofSeconds(20)))) {
            StoreCalls waited = own.freshStore();
            waited.send("POST", "/aggregates/order/1", "{\"events\":[{\"type\":\"T\",\"data\":1}]}");
            try (RawConnection connection = own.http.connect()) {
                connection.request("GET", ROOT + waited.name() + "/order/2?live=long-poll&offset=" + offset(0), "");
                await().atMost(TestServer.PATIENCE)
                        .until(() -> own.http.get("/metrics").body().contains("varve_live_readers 1.0"));
                waited.send("POST", "/aggregates/order/1", "{\"events\":[{\"type\":\"T\",\"data\":1}]}");
                waited.send("POST", "/aggregates/order/2", "{\"events\":[{\"type\":\"Mine\",\"data\":1}]}");
                RawConnection.Answer answer = connection.answer();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.text()).contains("\"type\":\"Mine\"");
                assertThat(answer.header("stream-next-offset")).isEqualTo(offset(1));
            }
        }
    }

    @Test
    void events_of_the_protocol() throws Exception {
        append("order/1");
        try (RawConnection connection = api.http.connect()) {
            connection.request("GET", ROOT + store.name() + "/order?live=sse&offset=-1", "");
            assertThat(connection.answer().header("content-type")).isEqualTo("text/event-stream");
            String first = connection.chunkText();
            assertThat(first).startsWith("event: data\ndata:[{\"position\":0,").contains(offset(1));
            append("cart/1", "order/2");
            assertThat(connection.chunkText()).contains("\"position\":2").contains(offset(3));
        }
    }

    @Test
    void head_tells_what_is_known() throws Exception {
        append("order/1", "order/1");
        HttpResponse<String> head = api.http.send("HEAD", ROOT + store.name() + "/order/1", "");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(header(head, "stream-next-offset")).isEqualTo(offset(2));
        assertThat(header(head, "stream-earliest-offset")).isEqualTo(offset(0));
        assertThat(header(head, "content-type")).isEqualTo("application/json");
        assertThat(api.http.send("HEAD", ROOT + "acme/none", "").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "POST", "DELETE"})
    void nothing_writes_them(String method) throws Exception {
        append("order/1");
        HttpResponse<String> response = api.http.send(method, ROOT + store.name() + "/order", "");
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(header(response, "allow")).isEqualTo("GET, HEAD, OPTIONS");
    }

    @Test
    void nothing_forks_them() throws Exception {
        append("order/1");
        HttpResponse<String> response =
                api.http.send("PUT", "/v1/stream/fork", "", "Stream-Forked-From", ROOT + store.name());
        assertThat(response.statusCode()).isEqualTo(405);
    }

    @ParameterizedTest
    @ValueSource(strings = {"acme", "ACME/x", "acme/x/__secret", "acme/x/a%00b", "acme/x/%ff"})
    void names_that_nothing_can_have(String name) throws Exception {
        assertThat(api.http.get(ROOT + name).statusCode()).isEqualTo(400);
    }

    @Test
    void tokens_reach_what_their_stores_allow() throws Exception {
        try (TokenServer server = TokenServer.start()) {
            StoreInfo granted = server.store("acme/granted");
            server.store("acme/other");
            var reader = server.selected("acme", List.of(Scope.EVENTS_READ), granted);
            var writer = server.selected("acme", List.of(Scope.EVENTS_WRITE), granted);
            String view = ROOT + "acme/granted";
            assertThat(server.get(reader, view).statusCode()).isEqualTo(200);
            assertThat(server.get(writer, view).statusCode()).isEqualTo(403);
            assertThat(server.get(reader, ROOT + "acme/other").statusCode()).isEqualTo(403);
            assertThat(server.get(reader, ROOT + "acme/none").statusCode()).isEqualTo(404);
            assertThat(server.get(server.all("umbrella"), view).statusCode()).isEqualTo(404);
            assertThat(server.get(null, view).statusCode()).isEqualTo(401);
            String append = "{\"events\":[{\"type\":\"T\",\"data\":1}]}";
            HttpResponse<String> none = server.send(writer, "POST", "/api/stores/acme/none/events", append);
            assertThat(none.statusCode()).isEqualTo(404);
            assertThat(EntriesApi.json(none).at("/status").asInt()).isEqualTo(404);
            assertThat(server.send(writer, "DELETE", "/api/stores/acme/granted/events/0", "")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(server.send(reader, "POST", "/api/stores/acme/granted/events/query", "{}")
                            .statusCode())
                    .isEqualTo(200);
        }
    }
}
