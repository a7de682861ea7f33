package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.server.EntriesApi.StoreCalls;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The past over HTTP: reading it, comparing with it, going back to it. */
final class EntriesHistoryRestTest {

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
    void changes() throws Exception {
        store = server.freshStore();
        store.put("a/x", "1");
        store.put("a/y", "{\"_typed\":\"2.5\",\"_type\":\"decimal\"}");
        store.put("a/x", "10");
        store.delete("a/y");
        store.put("b", "null");
    }

    private static JsonNode json(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        return EntriesApi.json(response);
    }

    private static JsonNode json(String text) {
        return EntriesApi.json(text);
    }

    @Test
    void what_was_is_read_with_the_revision_it_had() throws Exception {
        assertThat(json(store.get("/entries/a/x?at_seq=2"), 200))
                .isEqualTo(json("{\"path\":\"a/x\",\"value\":1,\"type\":\"integer\",\"revision\":1}"));
        assertThat(json(store.get("/entries/a?at_seq=2"), 200).at("/value")).isEqualTo(json("{\"x\":1,\"y\":\"2.5\"}"));
        json(store.get("/entries/a/x?at_seq=0"), 404);
        json(store.get("/entries/a/y?at_seq=4"), 404);
        assertThat(json(store.get("/entries?select=keys&at_seq=3"), 200).at("/items"))
                .isEqualTo(json("[\"a/x\",\"a/y\"]"));
        assertThat(json(store.get("/entries?select=keys&at_seq=3&limit=1"), 200)
                        .at("/next_cursor")
                        .asString())
                .isEqualTo("a/x");
    }

    @ParameterizedTest
    @CsvSource({
        "/entries/a/x?at_seq=x, 400",
        "/entries/a/x?at_seq=-1, 400",
        "/entries/a/x?at_seq=99, 400",
        "/entries?at_seq=99, 400",
        "/entries?at_seq=1&order=desc, 400",
        "/diff, 400",
        "/diff?from_seq=, 400",
        "/diff?from_seq=x, 400"
    })
    void moments_that_make_no_sense_are_refused(String path, int status) throws Exception {
        assertThat(json(store.get(path), status).at("/error").asString()).isEqualTo("invalid_params");
    }

    @Test
    void two_moments_are_compared() throws Exception {
        assertThat(json(store.get("/diff?from_seq=2"), 200))
                .isEqualTo(
                        json(
                                "{\"from_seq\":2,\"to_seq\":5,\"changes\":[{\"path\":\"a/x\",\"before\":1,\"after\":10},"
                                        + "{\"path\":\"a/y\",\"before\":\"2.5\",\"after\":null},{\"path\":\"b\",\"before\":null,\"after\":null}]}"));
        assertThat(json(store.get("/diff?from_seq=0&to_seq=1"), 200)
                        .at("/changes")
                        .size())
                .isEqualTo(1);
        assertThat(json(store.get("/diff?from_seq=5"), 200).at("/changes").size())
                .isZero();
        assertThat(json(store.get("/diff?from_seq=2&to_seq=junk"), 200)
                        .at("/to_seq")
                        .asLong())
                .isEqualTo(5);
    }

    private HttpResponse<String> rollback(String body) throws Exception {
        return store.send("POST", "/rollback", body);
    }

    @Test
    void a_path_and_a_store_go_back_by_new_changes() throws Exception {
        assertThat(json(rollback("{\"path\":\"a\",\"to_seq\":2}"), 200)
                        .at("/store_seq")
                        .asLong())
                .isGreaterThan(5);
        assertThat(store.value("a")).isEqualTo("{\"x\":1,\"y\":\"2.5\"}");
        assertThat(store.value("b")).isEqualTo("null");
        assertThat(json(rollback("{\"path\":\"a\",\"to_seq\":2}"), 200)
                        .at("/noop")
                        .asBoolean())
                .isTrue();
        assertThat(json(rollback("{\"to_seq\":1}"), 200).at("/ops_written").asLong())
                .isPositive();
        assertThat(json(store.get("/entries"), 200).at("/items").size()).isEqualTo(1);
        assertThat(json(store.get("/log?limit=1"), 200).at("/ops/0/device_id").asString())
                .isEqualTo("system:rollback");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}",
                "{\"to_seq\":\"1\"}",
                "{\"to_seq\":-1}",
                "{\"to_seq\":99}",
                "{\"to_seq\":1,\"path\":\"a//b\"}",
                "{\"to_seq\":1,\"path\":5}"
            })
    void a_way_back_that_makes_no_sense_is_refused(String body) throws Exception {
        assertThat(json(rollback(body), 400).at("/error").asString()).isEqualTo("invalid_params");
    }

    @Test
    void what_is_not_kept_any_more_is_said_to_be_so() throws Exception {
        server.storage().compact(store.name(), 3).join();
        JsonNode gone = json(store.get("/diff?from_seq=2"), 409);
        assertThat(gone.at("/error").asString()).isEqualTo("compacted");
        assertThat(gone.at("/earliest_available").asLong()).isEqualTo(3);
        assertThat(json(store.get("/diff?from_seq=3"), 200).at("/changes").size())
                .isEqualTo(2);
        assertThat(json(store.get("/entries/a/x?at_seq=2"), 409).at("/error").asString())
                .isEqualTo("compacted");
        assertThat(json(rollback("{\"to_seq\":2}"), 409).at("/error").asString())
                .isEqualTo("beyond_retention");
        assertThat(json(rollback("{\"path\":\"a\",\"to_seq\":2}"), 409)
                        .at("/error")
                        .asString())
                .isEqualTo("beyond_retention");
        JsonNode log = json(store.get("/log"), 200);
        assertThat(log.at("/pagination/total").asLong()).isEqualTo(2);
        assertThat(log.at("/ops").size()).isEqualTo(2);
        assertThat(json(store.get("/log?path=**"), 200).at("/pagination/total").asLong())
                .isEqualTo(2);
        assertThat(json(store.get("/status"), 200).at("/op_count").asLong()).isEqualTo(2);
    }

    @Test
    void a_rollback_of_an_archived_store_is_refused_as_other_writes_are() throws Exception {
        store.put("a", "1");
        store.send("POST", "/archive", "");
        for (String body : List.of("{\"to_seq\":0}", "{\"path\":\"a\",\"to_seq\":0}")) {
            HttpResponse<String> response = store.send("POST", "/rollback", body);
            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(EntriesApi.json(response).at("/error").asString()).isEqualTo("not_found");
            assertThat(EntriesApi.json(response).at("/kind").asString()).isEqualTo("store_archived");
        }
    }

    @Test
    void a_store_without_changes_cannot_be_rolled_back() throws Exception {
        store = server.freshStore();
        server.storage().createStore(store.name()).join();
        HttpResponse<String> response = store.send("POST", "/rollback", "{\"to_seq\":0}");
        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(EntriesApi.json(response).at("/error").asString()).isEqualTo("no_ops");
        try (PhoenixClient client = PhoenixClient.connect(server.http.server)) {
            String join = client.joined("store:" + store.name());
            assertThat(client.push(join, "store:" + store.name(), "rollback", "{'to_seq':0}")
                            .response()
                            .get("reason")
                            .asString())
                    .isEqualTo("no_ops");
        }
    }
}
