package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.server.EntriesApi.StoreCalls;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Single entries over HTTP: reading, writing, conditions, leases. */
final class EntriesRestTest {

    private static EntriesApi server;
    private StoreCalls store;

    @BeforeAll
    static void start() {
        server = EntriesApi.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void freshStore() {
        store = server.freshStore();
    }

    private static JsonNode json(HttpResponse<String> response) {
        return EntriesApi.json(response);
    }

    private static JsonNode json(String text) {
        return EntriesApi.json(text);
    }

    private static void assertAnswer(HttpResponse<String> response, int status, String json) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(json(response)).isEqualTo(json(json));
    }

    private static void assertInvalid(HttpResponse<String> response, String... words) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(json(response).at("/error").asString()).isEqualTo("invalid_params");
        assertThat(json(response).at("/kind").asString()).isEqualTo("invalid_params");
        assertThat(json(response).at("/detail").asString()).contains(words);
    }

    // ---- reading and writing ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"hello\" | string | \"hello\"",
                "5 | integer | 5",
                "9223372036854775807 | integer | 9223372036854775807",
                "1.50 | float | 1.50",
                "true | boolean | true",
                "null | null | null",
                "[1,{\"a\":null}] | list | [1,{\"a\":null}]",
                "{\"_typed\":\"29.99\",\"_type\":\"decimal\"} | decimal | \"29.99\"",
                "{\"_typed\":\"2026-03-31T12:00:00Z\",\"_type\":\"datetime\"} | datetime | \"2026-03-31T12:00:00Z\"",
                "{\"a\":1,\"b\":{\"c\":2}} | map | {\"a\":1,\"b\":{\"c\":2}}"
            })
    void a_value_is_read_with_its_type_and_revision(String sent, String type, String shown) throws Exception {
        assertAnswer(store.put("some/path", sent, "X-None", "1"), 200, "{\"revision\":1,\"store_seq\":1}");
        HttpResponse<String> response = store.get("/entries/some/path");
        assertThat(response.body())
                .isEqualTo("{\"path\":\"some/path\",\"value\":" + shown + ",\"type\":\"" + type + "\",\"revision\":1}");
        assertThat(TestServer.header(response, "etag")).isEqualTo("\"1\"");
        assertThat(TestServer.header(response, "content-type")).isEqualTo("application/json");
    }

    @Test
    void a_subtree_is_assembled_and_its_typed_leaves_are_plain() throws Exception {
        store.put("users/alice/name", "\"Alice\"");
        store.put("users/bob", "{\"name\":\"Bob\",\"paid\":{\"_typed\":\"1.20\",\"_type\":\"decimal\"},\"x/y\":1}");
        JsonNode users = json(store.get("/entries/users"));
        assertThat(users.at("/type").asString()).isEqualTo("map");
        assertThat(users.at("/revision").asLong()).isEqualTo(2);
        assertThat(users.at("/value"))
                .isEqualTo(json(
                        "{\"alice\":{\"name\":\"Alice\"},\"bob\":{\"name\":\"Bob\",\"paid\":\"1.20\",\"x/y\":1}}"));
    }

    @Test
    void an_entry_at_the_path_wins_over_those_below_it() throws Exception {
        store.put("a", "1");
        store.put("a/b", "2");
        assertThat(store.value("a")).isEqualTo("1");
        assertThat(json(store.get("/entries?select=keys")).at("/items")).isEqualTo(json("[\"a\",\"a/b\"]"));
    }

    @Test
    void what_is_not_there_is_404() throws Exception {
        store.put("a", "1");
        assertAnswer(store.get("/entries/none"), 404, "{\"error\":\"not_found\",\"kind\":\"not_found\"}");
        HttpResponse<String> head = store.send("HEAD", "/entries/none", "");
        assertThat(head.statusCode()).isEqualTo(404);
        assertThat(head.body()).isEmpty();
        assertThat(server.freshStore().get("/entries/a").statusCode()).isEqualTo(404);
        assertThat(server.freshStore().get("/entries").statusCode()).isEqualTo(404);
        assertThat(server.http.get("/api/stores/Acme/x/entries/a").statusCode()).isEqualTo(404);
    }

    @Test
    void head_tells_the_revision_of_entries_and_subtrees() throws Exception {
        store.put("a/b", "1");
        for (String path : List.of("a/b", "a")) {
            HttpResponse<String> head = store.send("HEAD", "/entries/" + path, "");
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(TestServer.header(head, "etag")).isEqualTo("\"1\"");
            assertThat(head.body()).isEmpty();
        }
    }

    @Test
    void a_reader_that_has_the_revision_gets_304() throws Exception {
        store.put("a", "1");
        assertThat(store.get("/entries/a", "If-None-Match", "\"1\"").statusCode())
                .isEqualTo(304);
        assertThat(store.get("/entries/a", "If-None-Match", "\"2\"").statusCode())
                .isEqualTo(200);
    }

    @Test
    void a_delete_takes_the_subtree_and_always_succeeds() throws Exception {
        store.put("a/b/c", "1");
        store.put("a", "2");
        assertAnswer(store.delete("a"), 200, "{\"revision\":3,\"store_seq\":3}");
        assertThat(store.get("/entries/a/b/c").statusCode()).isEqualTo(404);
        assertAnswer(store.delete("a"), 200, "{\"revision\":4,\"store_seq\":4}");
    }

    @Test
    void an_object_replaces_the_subtree_and_an_empty_one_erases_it() throws Exception {
        store.put("a/old", "1");
        store.put("a", "{\"new\":1}");
        assertThat(store.value("a")).isEqualTo("{\"new\":1}");
        assertAnswer(
                store.send("POST", "/entries", "{\"path\":\"a\",\"value\":{}}"),
                200,
                "{\"revision\":3,\"store_seq\":3}");
        assertThat(store.get("/entries/a").statusCode()).isEqualTo(404);
    }

    @Test
    void path_and_value_may_stand_in_the_body() throws Exception {
        assertAnswer(
                store.send("POST", "/entries", "{\"path\":\"a~1b/c\",\"value\":null}"),
                200,
                "{\"revision\":1,\"store_seq\":1}");
        assertThat(json(store.get("/entries/a~1b/c")).at("/type").asString()).isEqualTo("null");
        assertAnswer(
                store.send("DELETE", "/entries", "{\"path\":\"a~1b/c\",\"if_match\":1}"),
                200,
                "{\"revision\":2,\"store_seq\":2}");
        assertThat(store.get("/entries/a~1b/c").statusCode()).isEqualTo(404);
    }

    // ---- paths in URLs ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "foo.bar/baz | foo.bar/baz",
                "a%20b+c | a b+c",
                "a~1b/c~0d | a~1b/c~0d",
                "a%2Fb | a/b",
                "a//b/ | a/b",
                "%C3%BC/%E2%82%AC | \u00fc/\u20ac",
                "x/* | x/*",
                "100%25_ | 100%_",
                "batch | batch",
                "batch_write | batch_write",
                "batch/x | batch/x",
                "entries/entries | entries/entries"
            })
    void a_url_names_the_path(String url, String path) throws Exception {
        store.put(url, "1");
        assertThat(json(store.get("/entries/" + url)).at("/path").asString()).isEqualTo(path);
        assertThat(json(store.get("/entries?select=keys")).at("/items/0").asString())
                .isEqualTo(path);
        assertThat(store.delete(url).statusCode()).isEqualTo(200);
        assertThat(store.get("/entries/" + url).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "a~2, invalid_escape",
        "a~, invalid_escape",
        "a%2F%2Fb, path cannot contain empty segments",
        "%2Fa, path cannot contain empty segments",
        "%2F, path cannot contain empty segments",
        "a%00b, invalid_character",
        "a%FF, percent-encoded",
        "a%2, percent-encoded"
    })
    void a_url_that_is_no_path_is_refused(String url, String words) throws Exception {
        try (RawConnection connection = server.http.connect()) {
            connection.request("GET", store.url("/entries/" + url), "");
            RawConnection.Answer answer = connection.answer();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text()).contains("\"error\":\"invalid_params\"", words);
        }
    }

    // ---- conditions ----

    @Test
    void if_match_compares_the_revision_of_an_entry() throws Exception {
        store.put("a", "1");
        assertAnswer(store.put("a", "2", "If-Match", "1"), 200, "{\"revision\":2,\"store_seq\":2}");
        assertAnswer(
                store.put("a", "3", "If-Match", "\"1\""),
                412,
                "{\"error\":\"conflict\",\"kind\":\"conflict\",\"current_revision\":2}");
        assertThat(store.put("a", "3", "If-Match", "\"2\"").statusCode()).isEqualTo(200);
        assertAnswer(
                store.put("none", "1", "If-Match", "1"),
                412,
                "{\"error\":\"conflict\",\"kind\":\"conflict\",\"current_revision\":null}");
        assertThat(store.delete("a", "If-Match", "2").statusCode()).isEqualTo(412);
        assertThat(store.delete("none", "If-Match", "2").statusCode()).isEqualTo(412);
        assertThat(store.delete("a", "If-Match", "3").statusCode()).isEqualTo(200);
    }

    @Test
    void a_whole_record_is_compared_and_set() throws Exception {
        store.put("links/a", "{\"title\":\"x\",\"url\":\"y\"}");
        long read = store.revision("links/a");
        assertThat(store.put("links/a", "{\"title\":\"new\",\"url\":\"y\"}", "If-Match", "" + read)
                        .statusCode())
                .isEqualTo(200);
        assertAnswer(
                store.put("links/a", "{\"title\":\"late\"}", "If-Match", "" + read),
                412,
                "{\"error\":\"conflict\",\"kind\":\"conflict\",\"current_revision\":2}");
        store.delete("links/a/url");
        assertThat(store.revision("links/a")).isEqualTo(3);
        assertThat(store.delete("links/a", "If-Match", "2").statusCode()).isEqualTo(412);
        assertThat(store.delete("links/a", "If-Match", "3").statusCode()).isEqualTo(200);
    }

    @Test
    void if_none_match_inserts_where_no_entry_stands() throws Exception {
        assertThat(store.put("a", "1", "If-None-Match", "*").statusCode()).isEqualTo(200);
        assertAnswer(
                store.put("a", "2", "If-None-Match", "*"),
                412,
                "{\"error\":\"exists\",\"kind\":\"conflict\",\"current_revision\":1}");
        HttpResponse<String> object = store.put("b", "{\"c\":1}", "If-None-Match", "*");
        assertThat(object.statusCode()).isEqualTo(400);
        assertThat(json(object).at("/error").asString()).isEqualTo("if_absent_multi_leaf");
    }

    @Test
    void if_subtree_none_inserts_where_nothing_stands() throws Exception {
        assertThat(store.put("a", "{\"b\":1}", "If-Subtree-None", "*").statusCode())
                .isEqualTo(200);
        assertAnswer(
                store.put("a", "{\"c\":1}", "If-Subtree-None", "*"),
                412,
                "{\"error\":\"exists\",\"kind\":\"conflict\",\"current_revision\":1}");
        assertAnswer(
                store.send("POST", "/entries", "{\"path\":\"a\",\"value\":1,\"if_none\":true}"),
                412,
                "{\"error\":\"exists\",\"kind\":\"conflict\",\"current_revision\":1}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "If-Match | 0 | If-Match must be a positive integer",
                "If-Match | -1 | If-Match must be a positive integer",
                "If-Match | * | If-Match must be a positive integer",
                "If-Match | abc | If-Match must be a positive integer",
                "If-Match | \" | If-Match must be a positive integer",
                "If-Match | W/\"1\" | If-Match must be a positive integer",
                "If-Match | 99999999999999999999 | If-Match must be a positive integer",
                "Entry-TTL | 0 | Entry-TTL (seconds) must be a positive integer",
                "Entry-TTL | 5s | Entry-TTL (seconds) must be a positive integer",
                "If-None-Match | \"1\" | If-None-Match only supports \"*\"",
                "If-Subtree-None | yes | If-Subtree-None only supports \"*\""
            })
    void a_condition_that_makes_no_sense_is_never_dropped(String header, String value, String words) throws Exception {
        store.put("a", "1");
        assertInvalid(store.put("a", "2", header, value), words);
        assertThat(store.value("a")).isEqualTo("1");
    }

    @Test
    void an_entry_with_a_time_to_live_is_taken_back_by_a_logged_delete() throws Exception {
        assertThat(store.put("a", "1", "Entry-TTL", "3600").statusCode()).isEqualTo(200);
        store.send("POST", "/entries", "{\"path\":\"b\",\"value\":1,\"ttl_ms\":50}");
        Awaitility.await()
                .atMost(TestServer.PATIENCE)
                .untilAsserted(
                        () -> assertThat(store.get("/entries/b").statusCode()).isEqualTo(404));
        assertThat(store.value("a")).isEqualTo("1");
        assertThat(server.storage().events(store.name(), 2, 10).join().events()).satisfiesExactly(event -> {
            assertThat(event.path().toString()).isEqualTo("b");
            assertThat(event.deviceId()).isEqualTo("system:expiry");
        });
        HttpResponse<String> delete = store.delete("a", "Entry-TTL", "5");
        assertThat(delete.statusCode()).isEqualTo(400);
        assertThat(json(delete).at("/error").asString()).isEqualTo("invalid_ttl");
        assertInvalid(
                store.send("POST", "/entries", "{\"path\":\"b\",\"value\":1,\"ttl_ms\":0}"),
                "ttl_ms must be a positive integer");
    }

    @Test
    void conditions_that_exclude_each_other_are_refused() throws Exception {
        assertInvalid(
                store.put("a", "2", "If-Match", "1", "If-None-Match", "*"),
                "If-Match and If-None-Match are mutually exclusive");
        assertInvalid(store.put("a", "2", "If-Match", "1", "If-Match", "2"), "If-Match must come once");
        assertInvalid(
                store.send("POST", "/entries", "{\"path\":\"a\",\"value\":1,\"if_match\":1,\"if_absent\":true}"),
                "if_match and if_absent are mutually exclusive");
        assertThat(store.put("a", "2", "If-None-Match", "*", "If-Subtree-None", "*")
                        .statusCode())
                .isEqualTo(400);
        HttpResponse<String> delete = store.delete("a", "If-None-Match", "*");
        assertThat(delete.statusCode()).isEqualTo(400);
        assertThat(json(delete).at("/error").asString()).isEqualTo("if_absent_unsupported_op");
    }

    @Test
    void of_many_racing_inserts_and_updates_exactly_one_wins() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (String[] condition :
                    List.of(new String[] {"If-None-Match", "*"}, new String[] {"If-Subtree-None", "*"}, new String[] {
                        "If-Match", "1"
                    })) {
                StoreCalls raced = server.freshStore();
                if (condition[0].equals("If-Match")) {
                    raced.put("a", "0");
                }
                List<CompletableFuture<Integer>> answers = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    String value = Integer.toString(i);
                    answers.add(CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return raced.put("a", value, condition).statusCode();
                                } catch (Exception e) {
                                    throw new AssertionError(e);
                                }
                            },
                            threads));
                }
                List<Integer> statuses =
                        answers.stream().map(CompletableFuture::join).toList();
                assertThat(Collections.frequency(statuses, 200)).isEqualTo(1);
                assertThat(Collections.frequency(statuses, 412)).isEqualTo(19);
            }
        }
    }

    // ---- bad bodies ----

    @ParameterizedTest
    @ValueSource(strings = {"", "{}"})
    void an_empty_body_says_how_to_write_null_and_how_to_delete(String body) throws Exception {
        assertInvalid(store.put("a", body, "X-None", "1"), "empty", "null", "DELETE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "nope", "1 2", "[1,]"})
    void what_is_no_json_is_a_bad_request(String body) throws Exception {
        HttpResponse<String> response = store.put("a", body, "X-None", "1");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response).at("/errors/detail").asString()).isEqualTo("Bad Request");
        assertThat(json(response).at("/kind").asString()).isEqualTo("invalid_json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9223372036854775808",
                "1e400",
                "{\"a\":1,\"a\":2}",
                "{\"\":1}",
                "{\"a\":{\"_type\":\"thing\"}}",
                "{\"_type\":\"decimal\"}"
            })
    void what_could_not_be_given_back_is_refused(String body) throws Exception {
        assertInvalid(store.put("a", body, "X-None", "1"), "");
        assertInvalid(store.send("POST", "/entries", "{\"path\":\"a\",\"value\":" + body + "}"), "");
        assertThat(server.storage().store(store.name())).isEmpty();
    }

    @Test
    void a_body_needs_a_content_type_that_no_foreign_page_can_send_unasked() throws Exception {
        for (String type : List.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")) {
            HttpResponse<String> response = server.http.send("PUT", store.url("/entries/a"), "1", "Content-Type", type);
            assertInvalid(response, "request body could not be parsed");
        }
        assertThat(server.http
                        .send("PUT", store.url("/entries/a"), "1", "Content-Type", "application/json; charset=utf-8")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void a_page_of_another_origin_cannot_write() throws Exception {
        HttpResponse<String> response = store.put("a", "1", "Origin", "https://evil.example");
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(json(response).at("/error").asString()).isEqualTo("forbidden");
        assertThat(store.put("a", "1", "Origin", server.http.server.url().toString())
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"value\":1} | 'path' field required in body (non-empty string)",
                "{\"path\":\"\",\"value\":1} | 'path' field required in body (non-empty string)",
                "{\"path\":5,\"value\":1} | 'path' field required in body (non-empty string)",
                "{\"path\":\"a\"} | 'value' field required in body",
                "{\"path\":\"a//b\",\"value\":1} | invalid path (empty_segment)",
                "{\"path\":\"a~3\",\"value\":1} | invalid path (invalid_escape)",
                "{\"path\":\"a\",\"value\":1,\"if_match\":\"1\"} | if_match must be a positive integer (got \"1\")",
                "{\"path\":\"a\",\"value\":1,\"if_match\":0} | if_match must be a positive integer (got 0)",
                "{\"path\":\"a\",\"value\":1,\"if_match\":-5} | if_match must be a positive integer (got -5)",
                "{\"path\":\"a\",\"value\":1,\"if_match\":1.0} | if_match must be a positive integer (got 1.0)",
                "{\"path\":\"a\",\"value\":1,\"if_match\":null} | if_match must be a positive integer (got null)",
                "{\"path\":\"a\",\"value\":1,\"if_absent\":\"yes\"} | if_absent must be true or false (got \"yes\")",
                "{\"path\":\"a\",\"value\":1,\"fence\":1} | fence must be an object",
                "{\"path\":\"a\",\"value\":1,\"fence\":{\"key\":\"k\"}} | fence: 'token' required",
                "{\"path\":\"a\",\"value\":1,\"fence\":{\"token\":1}} | fence: 'key' required",
                "[] | must be a JSON object"
            })
    void a_body_that_makes_no_sense_is_refused(String body, String words) throws Exception {
        assertInvalid(store.send("POST", "/entries", body), words);
    }

    @Test
    void what_is_too_large_is_413_in_the_shape_of_this_face() throws Exception {
        HttpResponse<String> value = store.put("a", "\"" + "x".repeat(9 << 20) + "\"", "X-None", "1");
        assertThat(value.statusCode()).isEqualTo(413);
        assertThat(json(value).at("/errors/detail").asString()).isEqualTo("Request Entity Too Large");
        assertThat(json(value).at("/kind").asString()).isEqualTo("too_large");
        HttpResponse<String> body = store.send("POST", "/leases/a", " ".repeat(20_000));
        assertThat(body.statusCode()).isEqualTo(413);
        assertThat(json(body).at("/errors/detail").asString()).isEqualTo("Request Entity Too Large");
    }

    @Test
    void a_large_body_is_read_off_the_loop_with_the_same_answers() throws Exception {
        String text = "x".repeat(200_000);
        assertThat(store.put("a", "\"" + text + "\"")).isEqualTo(1);
        assertThat(store.value("a")).isEqualTo("\"" + text + "\"");
        assertInvalid(store.send("POST", "/entries", "{\"value\":\"" + text + "\"}"), "'path' field required");
    }

    @Test
    void no_route_and_a_wrong_method_are_told_in_the_shape_of_this_face() throws Exception {
        HttpResponse<String> none = server.http.get("/api/nothing");
        assertThat(none.statusCode()).isEqualTo(404);
        assertThat(json(none).at("/errors/detail").asString()).isEqualTo("Not Found");
        HttpResponse<String> method = store.send("PATCH", "/entries/a", "1");
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(TestServer.header(method, "allow")).isEqualTo("DELETE, GET, HEAD, OPTIONS, PUT");
        assertThat(json(method).at("/kind").asString()).isEqualTo("method_not_allowed");
    }

    // ---- request ids ----

    @Test
    void a_request_id_of_sensible_length_is_echoed_and_becomes_the_name_of_the_write() throws Exception {
        String id = "request-0123456789-0123456789";
        assertThat(TestServer.header(store.put("a", "1", "X-Request-Id", id), "x-request-id"))
                .isEqualTo(id);
        assertThat(TestServer.header(store.put("a", "1", "X-Request-Id", "short"), "x-request-id"))
                .hasSizeBetween(20, 200)
                .isNotEqualTo("short");
        assertThat(TestServer.header(store.get("/entries/none"), "x-request-id"))
                .hasSizeBetween(20, 200);
        assertThat(server.storage().events(store.name(), 0, 10).join().events())
                .extracting(event -> event.clientOpId())
                .containsExactly(id, "short");
    }

    // ---- leases ----

    private HttpResponse<String> lease(String path, String body) throws Exception {
        return store.send("POST", "/leases/" + path, body);
    }

    @Test
    void a_lease_is_held_by_one_until_it_is_released() throws Exception {
        JsonNode lease = json(lease("jobs/a", "{\"op\":\"acquire\",\"ttl_ms\":60000,\"holder\":\"me\"}"));
        assertThat(lease.at("/token").asLong()).isEqualTo(1);
        assertThat(lease.at("/store_seq").asLong()).isEqualTo(1);
        assertThat(lease.at("/holder").asString()).isEqualTo("me");
        assertThat(lease.at("/expires_at").asLong()).isGreaterThan(System.currentTimeMillis());
        HttpResponse<String> held = lease("jobs/a", "{\"op\":\"acquire\"}");
        assertThat(held.statusCode()).isEqualTo(409);
        assertThat(json(held).at("/error").asString()).isEqualTo("held");
        assertThat(json(lease("jobs/a", "{\"op\":\"renew\",\"token\":1}"))
                        .at("/token")
                        .asLong())
                .isEqualTo(1);
        HttpResponse<String> notHeld = lease("jobs/a", "{\"op\":\"renew\",\"token\":7}");
        assertThat(notHeld.statusCode()).isEqualTo(409);
        assertThat(json(notHeld).at("/error").asString()).isEqualTo("not_held");
        assertAnswer(lease("jobs/a", "{\"op\":\"release\",\"token\":7}"), 200, "{\"released\":false}");
        assertAnswer(lease("jobs/a", "{\"op\":\"release\",\"token\":1}"), 200, "{\"released\":true,\"store_seq\":3}");
        assertAnswer(lease("jobs/a", "{\"op\":\"release\",\"token\":1}"), 200, "{\"released\":false}");
        assertThat(json(lease("jobs/a", "{\"op\":\"acquire\"}")).at("/token").asLong())
                .isEqualTo(4);
    }

    @Test
    void a_fence_lets_only_the_holder_write() throws Exception {
        long token = json(lease("lock", "{\"op\":\"acquire\"}")).at("/token").asLong();
        String write = "{\"path\":\"a\",\"value\":1,\"fence\":{\"key\":\"lock\",\"token\":%d}}";
        assertThat(store.send("POST", "/entries", write.formatted(token)).statusCode())
                .isEqualTo(200);
        HttpResponse<String> stale = store.send("POST", "/entries", write.formatted(token + 1));
        assertThat(stale.statusCode()).isEqualTo(412);
        assertThat(json(stale).at("/error").asString()).isEqualTo("fenced");
    }

    @Test
    void a_path_that_holds_something_else_is_occupied() throws Exception {
        store.put("a", "1");
        HttpResponse<String> response = lease("a", "{\"op\":\"acquire\"}");
        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(json(response).at("/error").asString()).isEqualTo("occupied");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | invalid_params",
                "{\"op\":\"steal\"} | invalid_params",
                "{\"op\":\"renew\"} | invalid_lease_op",
                "{\"op\":\"release\"} | invalid_lease_op",
                "{\"op\":\"acquire\",\"ttl_ms\":0} | invalid_params",
                "{\"op\":\"acquire\",\"ttl_ms\":\"1\"} | invalid_params",
                "{\"op\":\"acquire\",\"ttl_ms\":9223372036854775807} | invalid_params",
                "{\"op\":\"acquire\",\"holder\":5} | invalid_params"
            })
    void a_lease_that_makes_no_sense_is_refused(String body, String error) throws Exception {
        HttpResponse<String> response = lease("a", body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(json(response).at("/error").asString()).isEqualTo(error);
    }
}
