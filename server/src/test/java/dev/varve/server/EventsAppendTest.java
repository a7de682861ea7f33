package dev.varve.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EventRead;
import dev.varve.server.EntriesApi.StoreCalls;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Appending events over HTTP: what is taken, what is refused and how, and that data comes back byte for byte. */
final class EventsAppendTest {

    private static final String ID = "0f6e9a52-7c1d-4d0e-9d58-0a4f8e2b6c11";
    private static final String OTHER_ID = "1f6e9a52-7c1d-4d0e-9d58-0a4f8e2b6c12";

    private static EntriesApi api;
    private StoreCalls store;

    @BeforeAll
    static void start() {
        api = EntriesApi.start();
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void freshStore() {
        store = api.freshStore();
    }

    private HttpResponse<String> append(String body) throws Exception {
        return store.send("POST", "/events", body);
    }

    private HttpResponse<String> appendTo(String aggregate, String body) throws Exception {
        return store.send("POST", "/aggregates/" + aggregate, body);
    }

    private static JsonNode ok(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return EntriesApi.json(response);
    }

    private static void assertRefused(HttpResponse<String> response, int status, String kind) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(TestServer.header(response, "content-type")).isEqualTo(Response.PROBLEM_JSON);
        assertThat(EntriesApi.json(response).at("/kind").asString())
                .as(response.body())
                .isEqualTo(kind);
    }

    private long head() throws Exception {
        return ok(store.get("/events")).at("/head").asLong();
    }

    @Test
    void an_append_tells_where_its_events_stand() throws Exception {
        JsonNode answer = ok(append("""
                {"events":[
                  {"aggregate":{"type":"account","id":"a"},"type":"MoneySent","data":{"amount":5}},
                  {"aggregate":{"type":"account","id":"b/1"},"type":"MoneyReceived","data":{"amount":5}},
                  {"aggregate":{"type":"account","id":"a"},"type":"FeePaid","data":1},
                  {"type":"DayClosed","data":"x","tags":["day:1"]}],
                 "checks":[{"aggregate":{"type":"account","id":"c"},"expected":"noStream"}]}"""));

        assertThat(answer).isEqualTo(EntriesApi.json("""
                {"first_position":0,"last_position":3,"append_id":0,"aggregates":[
                  {"aggregate":{"type":"account","id":"a"},"version_before":-1,"version":1},
                  {"aggregate":{"type":"account","id":"b/1"},"version_before":-1,"version":0}],"idempotent":false}"""));
        assertThat(ok(append("{\"events\":[{\"type\":\"T\",\"data\":{}}]}"))
                        .at("/append_id")
                        .asLong())
                .isEqualTo(4);
    }

    @Test
    void an_event_comes_back_as_it_was_given() throws Exception {
        ok(append("""
                {"events":[{"id":"%s","aggregate":{"type":"order","id":"Ä/7"},"type":"Plåced","data":{"n":1},
                  "tags":["b","a:1","x,y"],"metadata":{"correlation_id":"r-1","ü":""},
                  "time":"2026-03-31T12:00:00.123456789Z"}]}""".formatted(ID)));

        JsonNode event = ok(store.get("/events")).at("/events/0");

        assertThat(event.at("/position").asLong()).isZero();
        assertThat(event.at("/aggregate")).isEqualTo(EntriesApi.json("{\"type\":\"order\",\"id\":\"Ä/7\"}"));
        assertThat(event.at("/version").asLong()).isZero();
        assertThat(event.at("/id").asString()).isEqualTo(ID);
        assertThat(event.at("/type").asString()).isEqualTo("Plåced");
        assertThat(event.at("/content_type").asString()).isEqualTo("application/json");
        assertThat(event.at("/tags")).isEqualTo(EntriesApi.json("[\"b\",\"a:1\",\"x,y\"]"));
        assertThat(event.at("/metadata")).isEqualTo(EntriesApi.json("{\"correlation_id\":\"r-1\",\"ü\":\"\"}"));
        assertThat(event.at("/time").asString()).isEqualTo("2026-03-31T12:00:00.123456789Z");
        assertThat(event.at("/append_last").asLong()).isZero();
        assertThat(event.has("redacted")).isFalse();
    }

    /** JSON that a parser would not write again as it stands there. */
    static List<String> data() {
        return List.of(
                "1.50",
                "1e400",
                "-0",
                "123456789012345678901234567890.000",
                "[ 1 ,2\t, 3 ]",
                "{\"a\":1,\"a\":2,\"\":{}}",
                "\"\\u00e9\\ud83d\\ude00 é\"",
                "{\n  \"pretty\": true,\r\n  \"_type\": \"decimal\"\n}",
                "true",
                "\"\"",
                "[]",
                "1" + "0".repeat(900));
    }

    @ParameterizedTest
    @MethodSource("data")
    void data_comes_back_byte_for_byte(String data) throws Exception {
        ok(append("{\"events\":[{\"data\": " + data + " ,\"type\":\"T\"}]}"));
        ok(append("{\"events\":[{\"type\":\"T\",\"data\":" + data + "}]}"));
        HttpResponse<String> raw = api.http.send(
                "POST",
                store.url("/aggregates/a/1"),
                " " + data + "\n",
                "Content-Type",
                "application/json; charset=utf-8",
                "Event-Type",
                "Raw");
        ok(raw);

        String page = store.get("/events").body();

        assertThat(page.split(java.util.regex.Pattern.quote("\"data\":" + data + "}"), -1))
                .hasSize(4);
    }

    @Test
    void whatever_stands_around_it_data_is_kept_byte_for_byte() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<String> values = new ArrayList<>();
        StringBuilder events = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            String value = value(random, 0);
            values.add(value);
            boolean first = random.nextBoolean();
            events.append(i == 0 ? "" : ",")
                    .append(first ? "{\"data\":" : "{\"type\":\"T\",\"data\":")
                    .append(space(random))
                    .append(value)
                    .append(space(random))
                    .append(first ? ",\"type\":\"T\"}" : "}");
        }
        ok(append("{\"events\":[" + events + "]}"));

        List<String> kept = api.events().read(store.name(), EventRead.all()).join().events().stream()
                .map(event -> event.data().text())
                .toList();

        assertThat(kept).as("seed %d", seed).isEqualTo(values);
    }

    private static String space(Random random) {
        return new String[] {"", " ", "\n", "\t ", "\r\n"}[random.nextInt(5)];
    }

    /** Any JSON but null, with spaces where they may stand. */
    private static String value(Random random, int depth) {
        String[] scalars = {
            "0",
            "-1",
            "1.0",
            "1E+5",
            "-0.0e-10",
            "true",
            "false",
            "\"\"",
            "\"a,]}\\\" \"",
            "\"\\u0000é😀\"",
            "\"\\ud800\""
        };
        if (depth > 3 || random.nextInt(3) == 0) {
            return scalars[random.nextInt(scalars.length)];
        }
        boolean list = random.nextBoolean();
        StringBuilder value = new StringBuilder(list ? "[" : "{").append(space(random));
        for (int n = random.nextInt(4); n > 0; n--) {
            value.append(list ? "" : "\"k,\"" + space(random) + ":")
                    .append(space(random))
                    .append(value(random, depth + 1))
                    .append(space(random))
                    .append(n > 1 ? "," : "");
        }
        return value.append(list ? "]" : "}").toString();
    }

    @Test
    void other_bytes_travel_in_base64() throws Exception {
        ok(
                append(
                        "{\"events\":[{\"type\":\"T\",\"data_base64\":\"AAEC\",\"content_type\":\"image/png\"},{\"type\":\"T\",\"data_base64\":\"\"},"
                                + "{\"type\":\"T\",\"data_base64\":\"eyJhIjoxfQ==\",\"content_type\":\"application/vnd.a+json\"}]}"));

        JsonNode events = ok(store.get("/events")).at("/events");

        assertThat(events.at("/0/data_base64").asString()).isEqualTo("AAEC");
        assertThat(events.at("/0/content_type").asString()).isEqualTo("image/png");
        assertThat(events.at("/0").has("data")).isFalse();
        assertThat(events.at("/1/content_type").asString()).isEqualTo("application/octet-stream");
        assertThat(events.at("/1/data_base64").asString()).isEmpty();
        assertThat(events.at("/2/data")).isEqualTo(EntriesApi.json("{\"a\":1}"));
    }

    @Test
    void ids_are_made_for_events_without_one() throws Exception {
        ok(append("{\"events\":[{\"type\":\"T\",\"data\":1},{\"type\":\"T\",\"data\":1}]}"));
        JsonNode events = ok(store.get("/events")).at("/events");
        UUID first = UUID.fromString(events.at("/0/id").asString());
        assertThat(first.version()).isEqualTo(4);
        assertThat(first.variant()).isEqualTo(2);
        assertThat(events.at("/1/id").asString()).isNotEqualTo(first.toString());
    }

    @Test
    void the_same_append_again_is_answered_as_then() throws Exception {
        String body = "{\"expected\":\"noStream\",\"events\":[{\"id\":\"" + ID + "\",\"type\":\"T\",\"data\":1}]}";
        ok(appendTo("a/1", body));
        JsonNode again = ok(appendTo("a/1", body));
        assertThat(again.at("/idempotent").asBoolean()).isTrue();
        assertThat(again.at("/first_position").asLong()).isZero();
        assertThat(again.at("/aggregates/0/version").asLong()).isZero();
        assertThat(head()).isZero();
    }

    @Test
    void a_body_can_be_the_data_of_one_event() throws Exception {
        JsonNode answer = ok(api.http.send(
                "POST",
                store.url("/aggregates/picture/2026%2F11/a%20b"),
                "not json",
                "Content-Type",
                "text/plain",
                "Event-Type",
                "Taken",
                "Event-Id",
                ID,
                "Event-Tags",
                "[\"holiday\",\"x:1\"]",
                "Event-Metadata",
                "{\"causation_id\":\"c\"}",
                "Event-Time",
                "2026-01-01T00:00:00Z",
                "Expected-Version",
                ":no_stream"));
        assertThat(answer.at("/aggregates/0/aggregate"))
                .isEqualTo(EntriesApi.json("{\"type\":\"picture\",\"id\":\"2026/11/a b\"}"));

        JsonNode event = ok(store.get("/aggregates/picture/2026/11/a%20b")).at("/events/0");

        assertThat(event.at("/type").asString()).isEqualTo("Taken");
        assertThat(event.at("/id").asString()).isEqualTo(ID);
        assertThat(event.at("/data_base64").asString()).isEqualTo("bm90IGpzb24=");
        assertThat(event.at("/content_type").asString()).isEqualTo("text/plain");
        assertThat(event.at("/tags")).isEqualTo(EntriesApi.json("[\"holiday\",\"x:1\"]"));
        assertThat(event.at("/metadata")).isEqualTo(EntriesApi.json("{\"causation_id\":\"c\"}"));
        assertThat(event.at("/time").asString()).isEqualTo("2026-01-01T00:00:00Z");
    }

    @Test
    void an_append_without_events_checks_the_version_and_tells_it() throws Exception {
        ok(appendTo("a/1", "{\"events\":[{\"type\":\"T\",\"data\":1}]}"));
        JsonNode answer = ok(appendTo("a/1", "{\"expected\":0}"));
        assertThat(answer.has("first_position")).isFalse();
        assertThat(answer.has("append_id")).isFalse();
        assertThat(answer.at("/aggregates/0/version").asLong()).isZero();
        assertRefused(appendTo("a/1", "{\"expected\":1,\"events\":[]}"), 409, "conflict");
    }

    // ---- expected versions

    static Stream<Arguments> expectations() {
        return Stream.of(
                Arguments.of("\"any\"", true),
                Arguments.of("\":any\"", true),
                Arguments.of("\"noStream\"", false),
                Arguments.of("\":no_stream\"", false),
                Arguments.of("-1", false),
                Arguments.of("\"-1\"", false),
                Arguments.of("\"exists\"", true),
                Arguments.of("\"softDeleted\"", false),
                Arguments.of("1", true),
                Arguments.of("\"1\"", true),
                Arguments.of("0", false),
                Arguments.of("{\"ne\":1}", false),
                Arguments.of("{\"lt\":2}", true),
                Arguments.of("{\"lte\":0}", false),
                Arguments.of("{\"gt\":-1}", true),
                Arguments.of("{\"gte\":2}", false),
                Arguments.of("{\"in\":[3,1]}", true),
                Arguments.of("{\"and\":[{\"gt\":0},\"exists\"]}", true),
                Arguments.of("{\"or\":[0,\"noStream\"]}", false),
                Arguments.of("{\"not\":0}", true),
                Arguments.of("{\"not\":{\"or\":[1,{\"in\":[2]}]}}", false));
    }

    @ParameterizedTest
    @MethodSource("expectations")
    void expected_versions_in_all_their_forms(String expected, boolean holds) throws Exception {
        ok(appendTo("a/1", "{\"events\":[{\"type\":\"T\",\"data\":1},{\"type\":\"T\",\"data\":1}]}"));

        HttpResponse<String> response =
                appendTo("a/1", "{\"expected\":" + expected + ",\"events\":[{\"type\":\"T\",\"data\":1}]}");

        if (holds) {
            assertThat(ok(response).at("/aggregates/0/version_before").asLong()).isEqualTo(1);
            return;
        }
        assertRefused(response, 409, "conflict");
        JsonNode problem = EntriesApi.json(response);
        assertThat(problem.at("/detail").asString()).isEqualTo("wrong expected version");
        assertThat(problem.at("/reason").asString()).isEqualTo("wrong_expected_version");
        assertThat(problem.at("/violations")).hasSize(1);
        assertThat(problem.at("/violations/0/status").asString()).isEqualTo("live");
        assertThat(problem.at("/violations/0/actual").asLong()).isEqualTo(1);
        assertThat(head()).isEqualTo(1);
        // What was expected is told in a form that can be sent again.
        String told = problem.at("/violations/0/expected").toString();
        assertRefused(
                appendTo("a/1", "{\"expected\":" + told + ",\"events\":[{\"type\":\"T\",\"data\":1}]}"),
                409,
                "conflict");
    }

    @Test
    void all_checks_that_do_not_hold_are_told() throws Exception {
        ok(appendTo("a/1", "{\"events\":[{\"type\":\"T\",\"data\":1}]}"));
        HttpResponse<String> response = append("""
                {"events":[{"aggregate":{"type":"a","id":"1"},"type":"T","data":1}],
                 "checks":[{"aggregate":{"type":"a","id":"1"},"expected":7},
                           {"aggregate":{"type":"a","id":"2"},"expected":"noStream"},
                           {"aggregate":{"type":"a","id":"3"},"expected":"exists"}]}""");
        assertRefused(response, 409, "conflict");
        assertThat(EntriesApi.json(response).at("/violations")).isEqualTo(EntriesApi.json("""
                [{"index":0,"aggregate":{"type":"a","id":"1"},"expected":7,"status":"live","actual":0},
                 {"index":2,"aggregate":{"type":"a","id":"3"},"expected":"exists","status":"empty","actual":-1}]"""));
    }

    @Test
    void refusals_say_why() throws Exception {
        ok(append("{\"events\":[{\"id\":\"" + ID
                + "\",\"aggregate\":{\"type\":\"a\",\"id\":\"1\"},\"type\":\"T\",\"data\":1,\"tags\":[\"t\"]}],"
                + "\"tracking\":{\"source\":\"other\",\"position\":5}}"));

        HttpResponse<String> condition = append(
                "{\"events\":[{\"type\":\"T\",\"data\":1}],"
                        + "\"condition\":{\"fail_if_events_match\":{\"items\":[{\"types\":[\"X\"]},{\"tags\":[\"t\"],\"excluded_types\":[\"Y\"]}]}}}");
        assertReason(condition, "condition_failed", 409, "conflict");
        assertThat(EntriesApi.json(condition).at("/position").asLong()).isZero();
        ok(append("{\"events\":[{\"type\":\"T\",\"data\":1}],"
                + "\"condition\":{\"fail_if_events_match\":{\"items\":[{\"tags\":[\"t\"]}]},\"after\":0}}"));

        HttpResponse<String> tracking =
                append("{\"events\":[{\"type\":\"T\",\"data\":1}],\"tracking\":{\"source\":\"other\",\"position\":5}}");
        assertReason(tracking, "tracking_not_increasing", 409, "conflict");
        assertThat(EntriesApi.json(tracking).at("/position").asLong()).isEqualTo(5);

        HttpResponse<String> reused = append("{\"events\":[{\"id\":\"" + ID + "\",\"type\":\"U\",\"data\":1}]}");
        assertReason(reused, "event_id_reused", 409, "event_id_reused");
        assertThat(EntriesApi.json(reused).at("/event_id").asString()).isEqualTo(ID);

        assertThat(store.send("DELETE", "/aggregates/a/1?mode=tombstone", "").statusCode())
                .isEqualTo(200);
        HttpResponse<String> gone = appendTo("a/1", "{\"events\":[{\"type\":\"T\",\"data\":1}]}");
        assertReason(gone, "tombstoned", 410, "gone");
        assertThat(EntriesApi.json(gone).at("/violations/0/status").asString()).isEqualTo("tombstoned");
    }

    private static void assertReason(HttpResponse<String> response, String reason, int status, String kind) {
        assertRefused(response, status, kind);
        JsonNode problem = EntriesApi.json(response);
        assertThat(problem.at("/reason").asString()).isEqualTo(reason);
        assertThat(problem.at("/outcome").asString()).isEqualTo("not_applied");
        assertThat(problem.at("/status").asInt()).isEqualTo(status);
    }

    // ---- what makes no sense

    static Stream<Arguments> nonsense() {
        String many = "{\"type\":\"T\",\"data\":1},".repeat(10_000);
        return Stream.of(
                Arguments.of("", 400, "invalid_json"),
                Arguments.of("nope", 400, "invalid_json"),
                Arguments.of("[]", 400, "invalid_params"),
                Arguments.of("{}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":1}]}{}", 400, "invalid_json"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":1}],\"evnets\":[]}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":1}],\"events\":[]}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"type\":\"T\",\"data\":1}]}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":1,\"x\":1}]}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":null}]}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"T\"}]}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":1,\"data_base64\":\"\"}]}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data_base64\":\"%\"}]}", 400, "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data\":1,\"content_type\":\"text/plain\"}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data_base64\":\"eA==\",\"content_type\":\"application/json\"}]}",
                        400,
                        "invalid_json"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":01}]}", 400, "invalid_json"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":NaN}]}", 400, "invalid_json"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":[1,]}]}", 400, "invalid_json"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":\"\\x\"}]}", 400, "invalid_json"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data\":" + "[".repeat(600) + "]".repeat(600) + "}]}",
                        400,
                        "invalid_json"),
                Arguments.of("{\"events\":[{\"data\":1}]}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"\",\"data\":1}]}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"" + "t".repeat(257) + "\",\"data\":1}]}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"id\":\"1-1-1-1-1\",\"type\":\"T\",\"data\":1}]}", 400, "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"id\":\"" + ID + "\",\"type\":\"T\",\"data\":1},{\"id\":\"" + ID
                                + "\",\"type\":\"T\",\"data\":2}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data\":1,\"time\":\"2026-01-01T00:00:00+01:00\"}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data\":1,\"time\":\"2026-01-01T00:00:00.1234567890Z\"}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data\":1,\"time\":\"2026-02-30T00:00:00Z\"}]}",
                        400,
                        "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":1,\"tags\":\"t\"}]}", 400, "invalid_params"),
                Arguments.of("{\"events\":[{\"type\":\"T\",\"data\":1,\"tags\":[\"\"]}]}", 400, "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data\":1,\"metadata\":{\"a\":1}}]}", 400, "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data\":1,\"metadata\":{\"a\":\"1\",\"a\":\"2\"}}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"aggregate\":{\"type\":\"a/b\",\"id\":\"1\"},\"type\":\"T\",\"data\":1}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"aggregate\":{\"type\":\"a\"},\"type\":\"T\",\"data\":1}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"checks\":[{\"aggregate\":{\"type\":\"a\",\"id\":\"1\"},\"expected\":\"any\"}],"
                                + "\"events\":[{\"type\":\"T\",\"data\":1}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"checks\":[{\"aggregate\":{\"type\":\"a\",\"id\":\"1\"},\"expected\":\"some\"}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"checks\":[{\"aggregate\":{\"type\":\"a\",\"id\":\"1\"},\"expected\":1.0}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"checks\":[{\"aggregate\":{\"type\":\"a\",\"id\":\"1\"},\"expected\":{\"lt\":1,\"gt\":0}}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"checks\":[{\"aggregate\":{\"type\":\"a\",\"id\":\"1\"},\"expected\":{\"near\":1}}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"checks\":[{\"aggregate\":{\"type\":\"a\",\"id\":\"1\"},\"expected\":99999999999999999999}]}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data\":1}],\"condition\":{\"after\":1}}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data\":1}],\"tracking\":{\"source\":\"s\",\"position\":-1}}",
                        400,
                        "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data\":1}],\"wait_for\":[\"nobody\"]}", 400, "invalid_params"),
                Arguments.of(
                        "{\"events\":[{\"type\":\"T\",\"data\":1}],\"wait_timeout_ms\":300001}", 400, "invalid_params"),
                Arguments.of("{\"events\":[" + many + "{\"type\":\"T\",\"data\":1}]}", 413, "too_large"));
    }

    @ParameterizedTest
    @MethodSource("nonsense")
    void what_makes_no_sense_is_refused_and_nothing_written(String body, int status, String kind) throws Exception {
        assertRefused(append(body), status, kind);
        assertThat(head()).isEqualTo(-1);
    }

    @Test
    void the_refused_event_is_named() throws Exception {
        HttpResponse<String> response =
                append("{\"events\":[{\"type\":\"T\",\"data\":1},{\"type\":\"T\",\"data\":null}]}");
        assertThat(EntriesApi.json(response).at("/index").asInt()).isEqualTo(1);
    }

    @Test
    void bodies_that_are_no_utf_8_are_refused() throws Exception {
        byte[] wrong = "{\"events\":[{\"type\":\"T\",\"data\":\"?\"}]}".getBytes(UTF_8);
        List<byte[]> bodies = new ArrayList<>();
        for (int b : new int[] {0x80, 0xc0, 0xff, 0}) {
            byte[] one = wrong.clone();
            one[new String(one, UTF_8).indexOf('?')] = (byte) b;
            bodies.add(one);
        }
        bodies.add("{\"events\":[{\"type\":\"T\",\"data\":1}]}".getBytes(java.nio.charset.StandardCharsets.UTF_16LE));
        bodies.add("\ufeff{\"events\":[{\"type\":\"T\",\"data\":1}]}".getBytes(UTF_8));
        try (RawConnection connection = api.http.connect()) {
            for (byte[] body : bodies) {
                connection.send("POST " + store.url("/events")
                        + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.length + "\r\n\r\n");
                connection.send(body);
                RawConnection.Answer answer = connection.answer();
                assertThat(answer.status()).as(answer.text()).isEqualTo(400);
                assertThat(answer.text()).contains("invalid_json");
            }
        }
        assertThat(head()).isEqualTo(-1);
    }

    @Test
    void requests_that_make_no_sense() throws Exception {
        assertRefused(
                api.http.send(
                        "POST",
                        store.url("/events"),
                        "{\"events\":[{\"type\":\"T\",\"data\":1}]}",
                        "Content-Type",
                        "text/plain"),
                400,
                "invalid_params");
        assertRefused(appendTo("a", "{\"events\":[]}"), 400, "invalid_params");
        assertRefused(
                appendTo(
                        "a/1",
                        "{\"events\":[{\"aggregate\":{\"type\":\"a\",\"id\":\"1\"},\"type\":\"T\",\"data\":1}]}"),
                400,
                "invalid_params");
        assertRefused(appendTo("a/1", "{\"checks\":[]}"), 400, "invalid_params");
        assertRefused(append("{\"expected\":1,\"events\":[{\"type\":\"T\",\"data\":1}]}"), 400, "invalid_params");
        assertRefused(store.send("PATCH", "/events", ""), 405, "method_not_allowed");
        assertRefused(api.http.send("POST", "/api/stores/A/b/events", "{}"), 404, "not_found");
        assertRefused(store.send("POST", "/events", "{}", "Origin", "https://elsewhere.example"), 403, "forbidden");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Event-Id=x", "Event-Tags={}", "Event-Metadata=[]", "Event-Time=now", "Expected-Version=x"})
    void headers_that_make_no_sense(String header) throws Exception {
        int equals = header.indexOf('=');
        assertRefused(
                store.send(
                        "POST",
                        "/aggregates/a/1",
                        "1",
                        "Event-Type",
                        "T",
                        header.substring(0, equals),
                        header.substring(equals + 1)),
                400,
                "invalid_params");
        assertThat(head()).isEqualTo(-1);
    }

    @Test
    void data_of_one_event_is_checked() throws Exception {
        for (String body : List.of("", "null", "{", "1 2", " null ")) {
            HttpResponse<String> response = store.send("POST", "/aggregates/a/1", body, "Event-Type", "T");
            assertThat(response.statusCode()).as(body).isEqualTo(400);
        }
        assertThat(head()).isEqualTo(-1);
    }

    @Test
    void large_bodies_are_read_too() throws Exception {
        String text = "x".repeat(300_000);
        ok(append("{\"events\":[{\"type\":\"T\",\"data\":\"" + text + "\"}]}"));
        assertThat(ok(store.get("/events")).at("/events/0/data").asString()).isEqualTo(text);
        assertRefused(
                append("{\"events\":[{\"type\":\"T\",\"data\":\"" + "x".repeat(8 << 20) + "\"}]}"), 413, "too_large");
    }

    @Test
    void appends_in_a_row_are_answered_in_order() throws Exception {
        int appends = 50;
        try (RawConnection connection = api.http.connect()) {
            String body = "{\"events\":[{\"type\":\"T\",\"data\":1}]}";
            String request = "POST " + store.url("/events")
                    + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body;
            connection.send(request.repeat(appends));
            for (int i = 0; i < appends; i++) {
                assertThat(EntriesApi.json(connection.answer().text())
                                .at("/first_position")
                                .asInt())
                        .isEqualTo(i);
            }
        }
    }

    // ---- waiting for readers

    @Test
    void an_append_waits_for_readers() throws Exception {
        ok(append("{\"events\":[{\"id\":\"" + OTHER_ID + "\",\"type\":\"T\",\"data\":1}]}"));
        ok(store.send("PUT", "/projections/totals/checkpoint", "{\"position\":7}"));
        ok(store.send("PUT", "/projections/slow/checkpoint", "{\"position\":0}"));

        JsonNode reached = ok(append("{\"events\":[{\"type\":\"T\",\"data\":1}],\"wait_for\":[\"totals\"]}"));
        assertThat(reached.at("/reached").asBoolean()).isTrue();

        HttpResponse<String> late = append(
                "{\"events\":[{\"type\":\"T\",\"data\":1}],\"wait_for\":[\"totals\",\"slow\"],\"wait_timeout_ms\":20}");
        assertThat(late.statusCode()).isEqualTo(202);
        assertThat(EntriesApi.json(late).at("/reached").asBoolean(true)).isFalse();
        assertThat(EntriesApi.json(late).at("/last_position").asLong()).isEqualTo(2);
        assertThat(head()).isEqualTo(2);
    }

    @Test
    void a_server_without_events_says_so() throws Exception {
        try (TestServer server = TestServer.start()) {
            HttpResponse<String> response =
                    server.send("POST", "/api/stores/a/b/events", "{}", "Content-Type", "application/json");
            assertRefused(response, 501, "not_supported");
            assertRefused(server.get("/v1/stream/__events/a/b"), 501, "not_supported");
        }
    }
}
