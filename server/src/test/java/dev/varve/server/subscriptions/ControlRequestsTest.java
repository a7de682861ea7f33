package dev.varve.server.subscriptions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.server.subscriptions.ControlApi.Answer;
import dev.varve.testkit.ModelStreamStorage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What requests are refused and how, and the bounds of what they may hold. */
final class ControlRequestsTest {

    private static final String WEBHOOK = "\"type\":\"webhook\",\"webhook\":{\"url\":\"http://127.0.0.1:9/\"}";
    private static final String PULL = "\"type\":\"pull-wake\",\"wake_stream\":\"wake/a\"";

    private final ControlApi api =
            new ControlApi(new ModelStreamStorage(), SubscriptionOptions.LOOPBACK.withLimits(3, 2_000, 3_000));

    @AfterEach
    void close() {
        api.close();
    }

    private static String names(int count) {
        return IntStream.range(0, count).mapToObj(i -> "\"s/" + i + "\"").collect(Collectors.joining(",", "[", "]"));
    }

    private void refused(Answer answer, int status, String code) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.code()).isEqualTo(code);
        assertThat(answer.body().path("error").path("message").asString()).isNotBlank();
        assertThat(answer.headers()).containsEntry("content-type", "application/json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "{}",
                "{\"type\":\"other\",\"pattern\":\"a/*\"}",
                "{\"type\":7,\"pattern\":\"a/*\"}",
                "{" + WEBHOOK + "}",
                "{" + WEBHOOK + ",\"pattern\":\"\"}",
                "{" + WEBHOOK + ",\"pattern\":\"/\"}",
                "{" + WEBHOOK + ",\"pattern\":\"a*\"}",
                "{" + WEBHOOK + ",\"pattern\":\"a//b\"}",
                "{" + WEBHOOK + ",\"pattern\":\"a/../b\"}",
                "{" + WEBHOOK + ",\"pattern\":\"__ds/**\"}",
                "{" + WEBHOOK + ",\"pattern\":7}",
                "{" + WEBHOOK + ",\"pattern\":\"a/*\",\"pattern\":\"b/*\"}",
                "{" + WEBHOOK + ",\"streams\":[]}",
                "{" + WEBHOOK + ",\"streams\":[7]}",
                "{" + WEBHOOK + ",\"streams\":\"a\"}",
                "{" + WEBHOOK + ",\"streams\":[\"__registry__\"]}",
                "{" + WEBHOOK + ",\"streams\":[\"a\\u0000b\"]}",
                "{" + WEBHOOK + ",\"pattern\":\"a/*\",\"lease_ttl_ms\":999}",
                "{" + WEBHOOK + ",\"pattern\":\"a/*\",\"lease_ttl_ms\":600001}",
                "{" + WEBHOOK + ",\"pattern\":\"a/*\",\"lease_ttl_ms\":1000.5}",
                "{" + WEBHOOK + ",\"pattern\":\"a/*\",\"lease_ttl_ms\":\"1000\"}",
                "{" + WEBHOOK + ",\"pattern\":\"a/*\",\"lease_ttl_ms\":1e400}",
                "{" + WEBHOOK + ",\"pattern\":\"a/*\",\"description\":7}",
                "{\"type\":\"webhook\",\"pattern\":\"a/*\"}",
                "{\"type\":\"webhook\",\"pattern\":\"a/*\",\"webhook\":{}}",
                "{\"type\":\"webhook\",\"pattern\":\"a/*\",\"webhook\":{\"url\":7}}",
                "{\"type\":\"pull-wake\",\"pattern\":\"a/*\"}",
                "{\"type\":\"pull-wake\",\"pattern\":\"a/*\",\"wake_stream\":\"\"}",
                "{\"type\":\"pull-wake\",\"pattern\":\"a/*\",\"wake_stream\":\"__ds/x\"}",
                "{" + PULL + ",\"streams\":[\"wake/a\"]}",
                "{\"deep\":[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]}",
            })
    void a_creation_that_makes_no_sense_is_invalid(String body) {
        refused(api.put("s", body), 400, "INVALID_REQUEST");
        refused(api.get("s"), 404, "SUBSCRIPTION_NOT_FOUND");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://10.0.0.1/hook",
                "https://192.168.0.1/",
                "ftp://example.com/",
                "not a url",
                "https://u:p@x.com"
            })
    void a_webhook_url_that_is_not_allowed_has_a_code_of_its_own(String url) {
        refused(
                api.put("s", "{\"type\":\"webhook\",\"pattern\":\"a/*\",\"webhook\":{\"url\":\"" + url + "\"}}"),
                400,
                "WEBHOOK_URL_REJECTED");
    }

    @ParameterizedTest
    @CsvSource({
        "{'pattern':'a/*'}, {'pattern':'a/*'}, 200",
        "{'pattern':'a/*'}, {'pattern':'/a/*/'}, 200",
        "{'pattern':'a/*'}, {'pattern':'a/*';'lease_ttl_ms':30000}, 200",
        "{'pattern':'a/*'}, {'pattern':'a/*';'unknown':1}, 200",
        "{'streams':['a';'b']}, {'streams':['b';'/a';'b']}, 200",
        "{'pattern':'a/*'}, {'pattern':'b/*'}, 409",
        "{'pattern':'a/*'}, {'pattern':'a/*';'streams':['a']}, 409",
        "{'pattern':'a/*'}, {'pattern':'a/*';'lease_ttl_ms':30001}, 409",
        "{'pattern':'a/*'}, {'pattern':'a/*';'description':'x'}, 409",
        "{'pattern':'a/*'}, {'pattern':'a/*';'description':''}, 409",
    })
    void configurations_are_compared_after_normalization(String first, String second, int status) {
        assertThat(api.put("s", full(first)).status()).isEqualTo(201);
        assertThat(api.put("s", full(second)).status()).isEqualTo(status);
    }

    private static String full(String fields) {
        return "{" + PULL + "," + fields.substring(1).replace('\'', '"').replace(';', ',');
    }

    @Test
    void bounds_are_kept_and_named() {
        assertThat(api.put("s", "{" + PULL + ",\"streams\":" + names(1_000) + "}")
                        .status())
                .isEqualTo(201);
        refused(api.put("t", "{" + PULL + ",\"streams\":" + names(1_001) + "}"), 400, "INVALID_REQUEST");
        refused(api.post("s", "streams", "{\"streams\":" + names(1_001) + "}"), 400, "INVALID_REQUEST");
        String long1024 = "x".repeat(1_024);
        refused(
                api.put("t", "{" + PULL + ",\"pattern\":\"a/*\",\"description\":\"" + long1024 + "x\"}"),
                400,
                "INVALID_REQUEST");
        refused(api.put("t", "{" + PULL + ",\"pattern\":\"" + long1024 + "x\"}"), 400, "INVALID_REQUEST");
        refused(api.put("t", "{" + PULL + ",\"pattern\":\"" + "a/".repeat(32) + "a\"}"), 400, "INVALID_REQUEST");
        refused(api.put("x".repeat(257), "{" + PULL + ",\"pattern\":\"a/*\"}"), 400, "INVALID_REQUEST");
        refused(
                api.put("t", "{" + PULL + ",\"pattern\":\"a/*\"," + " ".repeat(ControlRoutes.MAX_BODY_BYTES) + "}"),
                413,
                "TOO_LARGE");
        refused(api.post("s", "claim", "{\"worker\":\"" + "x".repeat(257) + "\"}"), 400, "INVALID_REQUEST");
        String acks = IntStream.range(0, 1_001)
                .mapToObj(i -> "{\"stream\":\"a\",\"offset\":\"-1\"}")
                .collect(Collectors.joining(",", "[", "]"));
        refused(api.post("s", "ack", "{\"acks\":" + acks + "}", "token"), 400, "INVALID_REQUEST");

        assertThat(api.put("t", "{" + PULL + ",\"pattern\":\"a/*\"}").status()).isEqualTo(201);
        assertThat(api.put("u", "{" + PULL + ",\"pattern\":\"a/*\"}").status()).isEqualTo(201);
        refused(api.put("v", "{" + PULL + ",\"pattern\":\"a/*\"}"), 429, "LIMIT_REACHED");
        assertThat(api.put("t", "{" + PULL + ",\"pattern\":\"a/*\"}").status())
                .as("what is there is still confirmed")
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "PATCH, jwks.json",
        "POST, jwks.json",
        "POST, subscriptions/s",
        "GET, subscriptions/s/streams",
        "PUT, subscriptions/s/streams/a",
        "GET, subscriptions/s/claim",
        "PUT, subscriptions/s/ack",
        "GET, subscriptions/s/callback",
        "DELETE, subscriptions/s/release",
    })
    void a_method_that_a_path_does_not_take_is_refused_with_those_it_takes(String method, String path) {
        Answer answer = api.call(method, path, null, null);
        refused(answer, 405, "METHOD_NOT_ALLOWED");
        assertThat(answer.headers().get("allow")).isNotBlank().doesNotContain(method);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "other",
                "state-0",
                "subscriptions",
                "subscriptions/s/other",
                "subscriptions/s/claim/more",
                "jwks.json/more",
            })
    void other_control_paths_are_not_there(String path) {
        refused(api.call("GET", path, null, null), 404, "SUBSCRIPTION_NOT_FOUND");
    }

    @Test
    void what_is_not_there_is_not_found_whatever_is_asked() {
        refused(api.get("s"), 404, "SUBSCRIPTION_NOT_FOUND");
        refused(api.post("s", "streams", "{\"streams\":[\"a\"]}"), 404, "SUBSCRIPTION_NOT_FOUND");
        refused(api.call("DELETE", "subscriptions/s/streams/a", null, null), 404, "SUBSCRIPTION_NOT_FOUND");
        refused(api.post("s", "claim", "{\"worker\":\"w\"}"), 404, "SUBSCRIPTION_NOT_FOUND");
        refused(api.post("s", "ack", "{}", "t"), 404, "SUBSCRIPTION_NOT_FOUND");
        refused(api.post("s", "callback", "{}", "t"), 404, "SUBSCRIPTION_NOT_FOUND");
        refused(api.post("s", "release", "{}", "t"), 404, "SUBSCRIPTION_NOT_FOUND");
    }

    @Test
    void what_belongs_to_the_other_type_is_invalid() {
        api.put("w", "{" + WEBHOOK + ",\"pattern\":\"a/*\"}");
        api.put("p", "{" + PULL + ",\"pattern\":\"a/*\"}");
        refused(api.post("w", "claim", "{\"worker\":\"w\"}"), 400, "INVALID_REQUEST");
        refused(api.post("w", "ack", "{}", "t"), 400, "INVALID_REQUEST");
        refused(api.post("w", "release", "{}", "t"), 400, "INVALID_REQUEST");
        refused(api.post("p", "callback", "{}", "t"), 400, "INVALID_REQUEST");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"worker\":\"\"}", "{\"worker\":7}", "{\"worker\":null}"})
    void a_claim_needs_a_worker(String body) {
        api.put("p", "{" + PULL + ",\"pattern\":\"a/*\"}");
        refused(api.post("p", "claim", body), 400, "INVALID_REQUEST");
    }

    private Subscriptions.Response raw(@Nullable String contentType, @Nullable String authorization, String body) {
        return api.subscriptions
                .handle(new Subscriptions.Request(
                        "POST",
                        List.of("subscriptions", "p", "ack"),
                        contentType,
                        body.getBytes(StandardCharsets.UTF_8),
                        authorization,
                        ControlApi.BASE_URL))
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void a_body_must_say_that_it_is_json_so_that_a_web_page_cannot_send_one_unasked() {
        api.put("p", "{" + PULL + ",\"pattern\":\"a/*\"}");
        assertThat(raw("text/plain", "Bearer t", "{}").status()).isEqualTo(400);
        assertThat(raw(null, "Bearer t", "{}").status()).isEqualTo(400);
        assertThat(raw("application/x-www-form-urlencoded", "Bearer t", "{}").status())
                .isEqualTo(400);
        assertThat(raw("Application/JSON; charset=utf-8", "Bearer t", "{}").status())
                .isEqualTo(401);
        assertThat(raw(null, "Bearer t", "").status()).isEqualTo(401);
    }

    @Test
    void a_token_comes_as_a_bearer_or_not_at_all() {
        api.put("p", "{" + PULL + ",\"pattern\":\"a/*\"}");
        for (String authorization : new @Nullable String[] {null, "", "Bearer", "Bearer ", "Basic abc", "t"}) {
            Subscriptions.Response answer = raw("application/json", authorization, "{}");
            assertThat(answer.status()).isEqualTo(401);
            assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains("TOKEN_INVALID");
        }
    }

    @Test
    void after_closing_nothing_is_answered_but_that() {
        api.close();
        refused(api.get("s"), 503, "UNAVAILABLE");
        assertThat(api.get("s").headers()).containsEntry("retry-after", "1");
    }
}
