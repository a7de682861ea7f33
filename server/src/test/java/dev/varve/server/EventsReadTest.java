package dev.varve.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.server.EntriesApi.StoreCalls;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Reading, querying and counting events over HTTP. */
final class EventsReadTest {

    private static final String LINES = "application/x-ndjson";
    private static final String ID = "0f6e9a52-7c1d-4d0e-9d58-0a4f8e2b6c11";

    private static EntriesApi api;
    private static StoreCalls store;

    @BeforeAll
    static void start() throws Exception {
        api = EntriesApi.start();
        store = api.freshStore();
        append("{\"type\":\"Placed\",\"data\":1,\"aggregate\":{\"type\":\"order\",\"id\":\"eu/1\"},\"tags\":[\"a\"],"
                + "\"time\":\"2026-01-03T00:00:00Z\",\"metadata\":{\"by\":\"ann\"}},"
                + "{\"type\":\"Paid\",\"data\":2,\"aggregate\":{\"type\":\"order\",\"id\":\"eu/1\"},\"tags\":[\"a\",\"b\"],"
                + "\"time\":\"2026-01-01T00:00:00Z\",\"metadata\":{\"by\":\"bob\"}}");
        append("{\"type\":\"Placed\",\"data\":3,\"aggregate\":{\"type\":\"order\",\"id\":\"us/2\"},"
                + "\"time\":\"2026-01-02T00:00:00Z\",\"id\":\"" + ID + "\"}");
        append("{\"type\":\"Closed\",\"data\":4,\"tags\":[\"b\"],\"time\":\"2026-01-05T00:00:00Z\"}");
        append("{\"type\":\"PlacedAgain\",\"data\":5,\"aggregate\":{\"type\":\"cart\",\"id\":\"9\"},"
                + "\"time\":\"2026-01-04T00:00:00Z\"}");
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private static void append(String events) throws Exception {
        assertThat(store.send("POST", "/events", "{\"events\":[" + events + "]}")
                        .statusCode())
                .isEqualTo(200);
    }

    private static JsonNode ok(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return EntriesApi.json(response);
    }

    private static String positions(JsonNode page) {
        List<String> positions = new ArrayList<>();
        page.at("/events").forEach(event -> positions.add(event.at("/position").toString()));
        return String.join(" ", positions);
    }

    static Stream<Arguments> reads() {
        return Stream.of(
                Arguments.of("", "0 1 2 3 4"),
                Arguments.of("?after=1", "2 3 4"),
                Arguments.of("?after=-1&up_to=2", "0 1 2"),
                Arguments.of("?after=1000", ""),
                Arguments.of("?after=now", ""),
                Arguments.of("?limit=2", "0 1"),
                Arguments.of("?skip=1&limit=2", "1 2"),
                Arguments.of("?backward=true&limit=2", "4 3"),
                Arguments.of("?backward=true&up_to=3&skip=1", "2 1 0"),
                Arguments.of("?backward=false&category=order", "0 1 2"),
                Arguments.of("?aggregate=order/eu/1", "0 1"),
                Arguments.of("?type=Paid&type=Closed", "1 3"),
                Arguments.of("?tag=a&tag=b", "1"),
                Arguments.of("?tag=b&excluded_type=Closed", "1"),
                Arguments.of("?type_prefix=Placed", "0 2 4"),
                Arguments.of("?id_prefix=eu/", "0 1"),
                Arguments.of("?event_id=" + ID, "2"),
                Arguments.of("?since=2026-01-02T00:00:00Z&before=2026-01-05T00:00:00Z", "0 2 4"),
                Arguments.of("?from_time=2026-01-04T00:00:00Z", "3 4"),
                Arguments.of("?metadata.by=bob", "1"),
                Arguments.of("?from_latest=Placed", "2 3 4"),
                Arguments.of("?from_latest=Placed&from_latest=Closed&limit=1", "3"),
                Arguments.of("?from_latest=Placed&type=Placed&type=Closed", "2 3"),
                Arguments.of("?category=order&from_latest=Paid", "1 2"),
                Arguments.of("?aggregate=order/eu/1&from_latest=Paid", "1"),
                Arguments.of("?after=2&from_latest=Placed", "3 4"),
                Arguments.of("?after=2&from_latest=Placed&if_missing=nothing", ""),
                Arguments.of("?from_latest=Unknown&if_missing=everything", "0 1 2 3 4"),
                Arguments.of("?type=P%6caced&metadata.by=ann", "0"));
    }

    @ParameterizedTest
    @MethodSource("reads")
    void every_parameter(String query, String expected) throws Exception {
        JsonNode page = ok(store.get("/events" + query));
        assertThat(positions(page)).isEqualTo(expected);
        assertThat(page.at("/head").asLong()).isEqualTo(4);

        // The same as lines.
        HttpResponse<String> lines = store.get("/events" + query, "Accept", LINES);
        assertThat(lines.statusCode()).isEqualTo(200);
        assertThat(TestServer.header(lines, "content-type")).isEqualTo(LINES);
        List<String> positions = lines.body()
                .lines()
                .map(line -> EntriesApi.json(line).at("/position").toString())
                .toList();
        assertThat(String.join(" ", positions)).isEqualTo(expected);
    }

    static Stream<Arguments> queries() {
        return Stream.of(
                Arguments.of("{}", "0 1 2 3 4"),
                Arguments.of("{\"query\":{\"items\":[{\"types\":[\"Closed\"]},{\"tags\":[\"a\"]}]}}", "0 1 3"),
                Arguments.of(
                        "{\"query\":{\"items\":[{\"tags\":[\"b\"],\"excluded_types\":[\"Paid\"]}]},\"after\":0}", "3"),
                Arguments.of("{\"type\":[\"Paid\",\"Closed\"],\"backward\":true}", "3 1"),
                Arguments.of("{\"type\":\"Paid\",\"limit\":1}", "1"),
                Arguments.of("{\"aggregate\":{\"type\":\"order\",\"id\":\"eu/1\"},\"after\":0}", "1"),
                Arguments.of("{\"metadata\":{\"by\":\"ann\"},\"category\":\"order\"}", "0"),
                Arguments.of("{\"event_id\":\"" + ID + "\"}", "2"),
                Arguments.of("{\"from_time\":\"2026-01-04T00:00:00Z\",\"skip\":1}", "4"),
                Arguments.of("{\"after\":\"now\"}", ""),
                Arguments.of("{\"from_latest\":[\"Paid\",\"Closed\"],\"if_missing\":\"nothing\"}", "3 4"));
    }

    @ParameterizedTest
    @MethodSource("queries")
    void a_query_in_a_body(String body, String expected) throws Exception {
        assertThat(positions(ok(store.send("POST", "/events/query", body)))).isEqualTo(expected);
    }

    @Test
    void counting() throws Exception {
        assertThat(ok(store.get("/events/count")).at("/count").asLong()).isEqualTo(5);
        assertThat(ok(store.get("/events/count?type_prefix=Placed&after=0"))
                        .at("/count")
                        .asLong())
                .isEqualTo(2);
        assertThat(ok(store.get("/events/count?at_most=1")).at("/count").asLong())
                .isEqualTo(1);
        assertThat(ok(store.send("POST", "/events/count", "{\"query\":{\"items\":[{\"tags\":[\"b\"]}]}}"))
                        .at("/count")
                        .asLong())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/events?afer=1",
                "/events?after=x",
                "/events?after=-2",
                "/events?limit=0",
                "/events?limit=1001",
                "/events?skip=-1",
                "/events?limit=1&limit=2",
                "/events?backward=yes",
                "/events?backward=true&from_time=2026-01-01T00:00:00Z",
                "/events?since=yesterday",
                "/events?event_id=1",
                "/events?category=order&aggregate=order/1",
                "/events?aggregate=order",
                "/events?metadata.=x",
                "/events?type=%ff",
                "/events?follow=true&limit=1",
                "/events?follow=true&up_to=1",
                "/events?at_most=1",
                "/events?from_latest=Placed&backward=true",
                "/events?from_latest=Placed&from_time=2026-01-01T00:00:00Z",
                "/events?from_latest=Placed&after=now",
                "/events?from_latest=Placed&if_missing=x",
                "/events?from_latest=",
                "/events?if_missing=nothing",
                "/events?follow=true&from_latest=Placed&if_missing=nothing",
                "/events/count?from_latest=Placed",
                "/events/count?limit=1",
                "/events/count?skip=1",
                "/events/count?at_most=0",
                "/aggregates/order/missing?skip=-1",
                "/aggregates/order/eu/1?category=x",
                "/aggregates/order",
                "/aggregates?limit=0",
                "/aggregates?x=1",
                "/load/order/eu/1?x=1",
                "/snapshots/order/eu/1?limit=0"
            })
    void what_makes_no_sense_is_refused(String path) throws Exception {
        HttpResponse<String> response = store.get(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(EntriesApi.json(response).at("/kind").asString()).isEqualTo("invalid_params");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"query\":{\"items\":[]},\"type\":\"a\"}",
                "{\"nope\":1}",
                "{\"query\":{\"item\":[]}}",
                "{\"limit\":\"x\"}",
                "{\"type\":[1]}",
                "{\"skip\":1.5}"
            })
    void bodies_that_make_no_sense_are_refused(String body) throws Exception {
        HttpResponse<String> response = store.send("POST", "/events/query", body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    }

    @Test
    void a_store_that_is_not_there_holds_nothing_and_is_not_made() throws Exception {
        StoreCalls none = api.freshStore();
        JsonNode page = ok(none.get("/events"));
        assertThat(page.at("/events")).isEmpty();
        assertThat(page.at("/head").asLong()).isEqualTo(-1);
        assertThat(page.at("/more").asBoolean(true)).isFalse();
        assertThat(ok(none.get("/aggregates")).at("/aggregates")).isEmpty();
        assertThat(none.get("/aggregates/a/1").statusCode()).isEqualTo(404);
        assertThat(none.send("PUT", "/settings/a/1", "{}").statusCode()).isEqualTo(404);
        assertThat(none.send("POST", "/scavenge", "").statusCode()).isEqualTo(404);
        assertThat(api.http.get("/v1/stream/__events/" + none.name()).statusCode())
                .isEqualTo(404);
    }

    @Test
    void pages_follow_each_other() throws Exception {
        List<String> seen = new ArrayList<>();
        JsonNode page = ok(store.get("/events?limit=2"));
        seen.add(positions(page));
        while (page.at("/more").asBoolean()) {
            page = ok(store.get("/events?limit=2&after=" + page.at("/next").asLong()));
            seen.add(positions(page));
        }
        assertThat(seen.stream().filter(text -> !text.isEmpty())).containsExactly("0 1", "2 3", "4");

        JsonNode back = ok(store.get("/events?limit=3&backward=true"));
        assertThat(positions(back)).isEqualTo("4 3 2");
        assertThat(positions(ok(store.get("/events?limit=3&backward=true&up_to="
                        + back.at("/next").asLong()))))
                .isEqualTo("1 0");
    }

    @Test
    void an_aggregate_is_read_by_its_versions() throws Exception {
        JsonNode page = ok(store.get("/aggregates/order/eu/1?after=0"));
        assertThat(positions(page)).isEqualTo("1");
        assertThat(page.at("/version").asLong()).isEqualTo(1);
        assertThat(page.at("/status").asString()).isEqualTo("live");
        assertThat(page.at("/next").asLong()).isEqualTo(1);
        JsonNode filtered = ok(store.get("/aggregates/order/eu%2F1?type=Nothing"));
        assertThat(filtered.at("/events")).isEmpty();
        assertThat(filtered.at("/version").asLong()).isEqualTo(1);
    }

    @Test
    void lines_go_on_page_by_page() throws Exception {
        StoreCalls large = api.freshStore();
        String events = "{\"type\":\"T\",\"data\":{\n\"n\":1}},".repeat(999) + "{\"type\":\"T\",\"data\":2}";
        for (int i = 0; i < 3; i++) {
            assertThat(large.send("POST", "/events", "{\"events\":[" + events + "]}")
                            .statusCode())
                    .isEqualTo(200);
        }
        List<String> all = large.get("/events", "Accept", LINES).body().lines().toList();
        assertThat(all).hasSize(3000);
        assertThat(EntriesApi.json(all.getLast()).at("/position").asLong()).isEqualTo(2999);
        assertThat(large.get("/events?limit=1500&after=9", "Accept", LINES)
                        .body()
                        .lines())
                .hasSize(1500);
        assertThat(large.get("/events?limit=1500&backward=true", "Accept", LINES)
                        .body()
                        .lines()
                        .map(line -> EntriesApi.json(line).at("/position").asInt())
                        .toList()
                        .getLast())
                .isEqualTo(1500);
        // Line breaks of data become spaces, and beside it stands the data as it came.
        JsonNode first = EntriesApi.json(all.getFirst());
        assertThat(all.getFirst()).contains("\"data\":{ \"n\":1}");
        assertThat(new String(
                        Base64.getDecoder().decode(first.at("/data_base64").asString()), UTF_8))
                .isEqualTo("{\n\"n\":1}");
        assertThat(EntriesApi.json(all.get(999)).has("data_base64")).isFalse();
    }

    @Test
    void head_has_no_body() throws Exception {
        for (String accept : List.of("*/*", LINES, "text/event-stream")) {
            HttpResponse<String> response = api.http.send("HEAD", store.url("/events"), "", "Accept", accept);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEmpty();
        }
    }
}
