package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.server.EntriesApi.StoreCalls;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Aggregates over HTTP: their state, deletion, settings and snapshots; single events that are taken away; checkpoints of readers. */
final class AggregatesRestTest {

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
    void freshStore() throws Exception {
        store = api.freshStore();
        append("order/1", 3);
        append("order/a/b", 1);
        append("cart/1", 1);
    }

    private void append(String aggregate, int events) throws Exception {
        String all = "{\"type\":\"T\",\"data\":{\"a\":1.0}},".repeat(events);
        ok(store.send("POST", "/aggregates/" + aggregate, "{\"events\":[" + all.substring(0, all.length() - 1) + "]}"));
    }

    private static JsonNode ok(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return EntriesApi.json(response);
    }

    private static void assertRefused(HttpResponse<String> response, int status, String kind) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(EntriesApi.json(response).at("/kind").asString()).isEqualTo(kind);
    }

    @Test
    void aggregates_are_listed() throws Exception {
        JsonNode all = ok(store.get("/aggregates"));
        assertThat(all.at("/aggregates")
                        .valueStream()
                        .map(info -> info.at("/aggregate/type").asString()
                                + "/" + info.at("/aggregate/id").asString()
                                + " " + info.at("/version").asLong()))
                .containsExactly("cart/1 0", "order/1 2", "order/a/b 0");
        assertThat(ok(store.get("/aggregates?category=order&after=order/1&limit=1"))
                        .at("/aggregates/0/aggregate/id")
                        .asString())
                .isEqualTo("a/b");
        assertThat(ok(store.get("/aggregates?limit=3")).at("/more").asBoolean()).isTrue();
        assertRefused(store.get("/aggregates?after=order"), 400, "invalid_params");
    }

    @Test
    void head_tells_the_version() throws Exception {
        HttpResponse<String> head = store.send("HEAD", "/aggregates/order/1", "");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(TestServer.header(head, "aggregate-version")).isEqualTo("2");
        assertThat(TestServer.header(head, "etag")).isEqualTo("\"2\"");
        assertThat(store.send("HEAD", "/aggregates/order/2", "").statusCode()).isEqualTo(404);
    }

    @Test
    void deleting_softly_and_writing_again() throws Exception {
        assertRefused(store.send("DELETE", "/aggregates/order/1?expected=1", ""), 409, "conflict");
        JsonNode info = ok(store.send("DELETE", "/aggregates/order/1?expected=2", ""));
        assertThat(info.at("/status").asString()).isEqualTo("soft_deleted");
        assertThat(info.at("/version").asLong()).isEqualTo(2);
        assertRefused(store.get("/aggregates/order/1"), 404, "not_found");
        assertRefused(store.get("/load/order/1"), 404, "not_found");
        JsonNode again = ok(store.send(
                "POST",
                "/aggregates/order/1",
                "{\"expected\":\"softDeleted\",\"events\":[{\"type\":\"T\",\"data\":1}]}"));
        assertThat(again.at("/aggregates/0/version").asLong()).isEqualTo(3);
        assertThat(ok(store.get("/aggregates/order/1")).at("/events")).hasSize(1);
    }

    @Test
    void deleting_for_ever() throws Exception {
        assertThat(ok(store.send("DELETE", "/aggregates/order/1?mode=tombstone", ""))
                        .at("/status")
                        .asString())
                .isEqualTo("tombstoned");
        assertRefused(store.get("/aggregates/order/1"), 410, "gone");
        assertThat(store.send("HEAD", "/aggregates/order/1", "").statusCode()).isEqualTo(410);
        assertThat(store.get("/aggregates/order/1", "Accept", "text/event-stream")
                        .statusCode())
                .isEqualTo(410);
        assertRefused(store.send("DELETE", "/aggregates/order/1?mode=remove", ""), 410, "gone");
        assertRefused(store.send("PUT", "/settings/order/1", "{}"), 410, "gone");
    }

    @Test
    void removing_begins_anew() throws Exception {
        assertThat(ok(store.send("DELETE", "/aggregates/order/1?mode=remove", ""))
                        .at("/status")
                        .asString())
                .isEqualTo("empty");
        append("order/1", 1);
        assertThat(ok(store.get("/aggregates/order/1")).at("/version").asLong()).isZero();
        assertThat(ok(store.get("/events")).at("/head").asLong()).isEqualTo(5);
        assertRefused(store.send("DELETE", "/aggregates/order/1?mode=gently", ""), 400, "invalid_params");
        assertRefused(store.send("DELETE", "/aggregates/order/1?expect=1", ""), 400, "invalid_params");
    }

    @Test
    void settings_are_changed_by_their_revision() throws Exception {
        HttpResponse<String> before = store.get("/settings/order/1");
        assertThat(ok(before).at("/settings_revision").asLong()).isZero();
        assertThat(TestServer.header(before, "etag")).isEqualTo("\"0\"");

        HttpResponse<String> changed = store.send(
                "PUT",
                "/settings/order/1",
                "{\"max_age_ms\":60000,\"max_count\":2,\"truncate_before\":null,\"custom\":{\"owner\":\"ann\"}}",
                "If-Match",
                "\"0\"");
        JsonNode info = ok(changed);
        assertThat(info.at("/settings"))
                .isEqualTo(EntriesApi.json(
                        "{\"max_age_ms\":60000,\"max_count\":2,\"truncate_before\":0,\"custom\":{\"owner\":\"ann\"}}"));
        assertThat(info.at("/first_version").asLong()).isEqualTo(1);
        assertThat(TestServer.header(changed, "etag")).isEqualTo("\"1\"");
        assertThat(ok(store.get("/aggregates/order/1")).at("/events")).hasSize(2);

        HttpResponse<String> late = store.send("PUT", "/settings/order/1", "{}", "If-Match", "0");
        assertRefused(late, 412, "conflict");
        assertThat(ok(store.send("PUT", "/settings/order/1", "{}")).at("/settings/max_count"))
                .isEqualTo(EntriesApi.json("null"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"max_count\":0}",
                "{\"max_age_ms\":0}",
                "{\"truncate_before\":-1}",
                "{\"max_agee\":1}",
                "{\"custom\":{\"a\":1}}",
                "[]"
            })
    void settings_that_make_no_sense(String body) throws Exception {
        assertRefused(store.send("PUT", "/settings/order/1", body), 400, "invalid_params");
    }

    // ---- snapshots

    private HttpResponse<String> save(int version, int keep) throws Exception {
        return store.send(
                "PUT",
                "/snapshots/order/1?keep=" + keep,
                "{\"version\":" + version
                        + ",\"schema\":\"s1\",\"data\":{\"open\": 1.0},\"metadata\":{\"m\":\"1\"},\"time\":\"2026-01-0"
                        + (version + 1) + "T00:00:00Z\"}");
    }

    @Test
    void snapshots_are_kept_found_and_deleted() throws Exception {
        for (int version = 0; version < 3; version++) {
            assertThat(save(version, 3).statusCode()).isEqualTo(204);
        }
        String last = store.get("/snapshots/order/1").body();
        assertThat(last)
                .isEqualTo(
                        "{\"snapshots\":[{\"version\":2,\"schema\":\"s1\",\"metadata\":{\"m\":\"1\"},"
                                + "\"time\":\"2026-01-03T00:00:00Z\",\"content_type\":\"application/json\",\"data\":{\"open\": 1.0}}],\"more\":false}");
        assertThat(ok(store.get("/snapshots/order/1?limit=10")).at("/snapshots"))
                .hasSize(3);
        assertThat(ok(store.get("/snapshots/order/1?limit=10&min_version=1&until=2026-01-02T00:00:00Z"))
                        .at("/snapshots/0/version")
                        .asLong())
                .isEqualTo(1);
        assertThat(ok(store.send("DELETE", "/snapshots/order/1?max_version=1", ""))
                        .at("/deleted")
                        .asLong())
                .isEqualTo(2);
        assertThat(ok(store.get("/snapshots/order/1?limit=10")).at("/snapshots"))
                .hasSize(1);
        assertRefused(save(3, 1), 400, "invalid_params");
        assertRefused(save(1, 0), 400, "invalid_params");
        assertRefused(store.send("PUT", "/snapshots/order/2", "{\"version\":0,\"data\":1}"), 400, "invalid_params");
        assertRefused(store.send("PUT", "/snapshots/order/1", "{\"data\":1}"), 400, "invalid_params");
        assertRefused(store.send("DELETE", "/snapshots/order/1?limit=1", ""), 400, "invalid_params");
    }

    @Test
    void an_answer_with_large_snapshots_ends_early() throws Exception {
        append("order/1", 1);
        String state = "x".repeat(6 << 20);
        for (int version = 0; version < 4; version++) {
            String snapshot = "{\"version\":" + version + ",\"data\":\"" + state + "\"}";
            assertThat(store.send("PUT", "/snapshots/order/1?keep=9", snapshot).statusCode())
                    .isEqualTo(204);
        }
        JsonNode page = ok(store.get("/snapshots/order/1?limit=9"));
        assertThat(page.at("/snapshots")).hasSize(3);
        assertThat(page.at("/more").asBoolean()).isTrue();
        long last = page.at("/snapshots/2/version").asLong();
        JsonNode rest = ok(store.get("/snapshots/order/1?limit=9&max_version=" + (last - 1)));
        assertThat(rest.at("/snapshots")).hasSize(1);
        assertThat(rest.at("/more").asBoolean(true)).isFalse();
    }

    @Test
    void a_state_is_loaded_at_one_moment() throws Exception {
        JsonNode whole = ok(store.get("/load/order/1?schema=s1"));
        assertThat(whole.has("snapshot")).isFalse();
        assertThat(whole.at("/events")).hasSize(3);
        assertThat(save(1, 1).statusCode()).isEqualTo(204);

        JsonNode loaded = ok(store.get("/load/order/1?schema=s1"));

        assertThat(loaded.at("/snapshot/version").asLong()).isEqualTo(1);
        assertThat(loaded.at("/events")).hasSize(1);
        assertThat(loaded.at("/version").asLong()).isEqualTo(2);
        assertThat(loaded.at("/status").asString()).isEqualTo("live");
        assertThat(loaded.at("/more").asBoolean(true)).isFalse();
        assertThat(ok(store.get("/load/order/1?schema=s2")).at("/events")).hasSize(3);
    }

    // ---- single events

    @Test
    void an_event_is_redacted() throws Exception {
        assertThat(ok(store.send("PUT", "/events/1/data", "{\"data\":{\"gone\":true}}"))
                        .at("/redacted")
                        .asBoolean())
                .isTrue();
        JsonNode event = ok(store.get("/events?after=0&limit=1")).at("/events/0");
        assertThat(event.at("/data")).isEqualTo(EntriesApi.json("{\"gone\":true}"));
        assertThat(event.at("/redacted").asBoolean()).isTrue();
        assertThat(event.at("/version").asLong()).isEqualTo(1);
        assertThat(ok(store.send("PUT", "/events/99/data", "{\"data\":1}"))
                        .at("/redacted")
                        .asBoolean(true))
                .isFalse();
        assertRefused(store.send("PUT", "/events/x/data", "{\"data\":1}"), 400, "invalid_params");
        assertRefused(store.send("PUT", "/events/1/data", "{}"), 400, "invalid_params");
        ok(store.send("PUT", "/events/1/data", "{\"data\":null}"));
        assertThat(ok(store.get("/events?after=0&limit=1")).at("/events/0/data").isNull())
                .isTrue();
    }

    @Test
    void events_are_deleted_and_their_space_given_back() throws Exception {
        assertThat(ok(store.send("DELETE", "/events/1", "")).at("/deleted").asLong())
                .isEqualTo(1);
        assertThat(ok(store.send("POST", "/events/delete", "{\"positions\":[1,2,99]}"))
                        .at("/deleted")
                        .asLong())
                .isEqualTo(1);
        assertThat(ok(store.get("/aggregates/order/1")).at("/events")).hasSize(1);
        ok(store.send("DELETE", "/aggregates/order/a/b", ""));
        assertThat(ok(store.send("POST", "/scavenge", "")).at("/removed").asLong(-1))
                .isNotNegative();
        assertThat(ok(store.get("/events")).at("/head").asLong()).isEqualTo(4);
    }

    // ---- readers

    @Test
    void checkpoints_never_go_back() throws Exception {
        assertRefused(store.get("/projections/totals/checkpoint"), 404, "not_found");
        assertThat(ok(store.send("PUT", "/projections/totals/checkpoint", "{\"position\":3}"))
                        .at("/position")
                        .asLong())
                .isEqualTo(3);
        assertThat(ok(store.send("PUT", "/projections/totals/checkpoint", "{\"position\":1}"))
                        .at("/position")
                        .asLong())
                .isEqualTo(3);
        assertThat(ok(store.get("/projections/totals/checkpoint"))).isEqualTo(EntriesApi.json("{\"position\":3}"));
        ok(store.send("PUT", "/projections/a%2Fb/checkpoint", "{\"position\":-1}"));
        assertThat(ok(store.get("/projections")))
                .isEqualTo(EntriesApi.json("{\"projections\":{\"a/b\":-1,\"totals\":3}}"));
        assertThat(ok(store.send("DELETE", "/projections/totals/checkpoint", ""))
                        .at("/deleted")
                        .asBoolean())
                .isTrue();
        assertThat(ok(store.send("DELETE", "/projections/totals/checkpoint", ""))
                        .at("/deleted")
                        .asBoolean(true))
                .isFalse();
        assertRefused(store.send("PUT", "/projections/totals/checkpoint", "{}"), 400, "invalid_params");
    }

    @Test
    void a_reader_is_waited_for() throws Exception {
        ok(store.send("PUT", "/projections/totals/checkpoint", "{\"position\":0}"));
        assertThat(ok(store.get("/projections/totals/checkpoint?at_least=2&timeout_ms=10")))
                .isEqualTo(EntriesApi.json("{\"position\":0,\"reached\":false}"));
        CompletableFuture<JsonNode> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return ok(store.get("/projections/totals/checkpoint?at_least=2&timeout_ms=20000"));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        ok(store.send("PUT", "/projections/totals/checkpoint", "{\"position\":4}"));
        assertThat(waiting.join()).isEqualTo(EntriesApi.json("{\"position\":4,\"reached\":true}"));
        assertRefused(store.get("/projections/nobody/checkpoint?at_least=2"), 400, "invalid_params");
        assertRefused(store.get("/projections/totals/checkpoint?at_least=2&timeout_ms=300001"), 400, "invalid_params");
        assertRefused(store.get("/projections/totals/checkpoint?timeout_ms=1"), 400, "invalid_params");
    }
}
