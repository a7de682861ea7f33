package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.server.EntriesApi.StoreCalls;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Stores as such, their state, their log, and their way out and in. */
final class StoresRestTest {

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

    private static JsonNode json(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        return EntriesApi.json(response);
    }

    private static JsonNode json(String text) {
        return EntriesApi.json(text);
    }

    private HttpResponse<String> create(String body) throws Exception {
        return server.http.send("POST", "/api/stores", body, "Content-Type", "application/json");
    }

    // ---- stores ----

    @Test
    void a_store_is_created_and_listed() throws Exception {
        JsonNode created = json(create("{\"name\":\"zoo/cage\"}"), 201).at("/store");
        assertThat(UUID.fromString(created.at("/id").asString())).isNotNull();
        assertThat(created.at("/name").asString()).isEqualTo("cage");
        assertThat(created.at("/full_name").asString()).isEqualTo("zoo/cage");
        assertThat(created.at("/status").asString()).isEqualTo("active");
        assertThat(created.at("/expires_at").isNull()).isTrue();
        assertThat(Instant.parse(created.at("/inserted_at").asString())).isNotNull();
        json(create("{\"org\":\"zoo\",\"name\":\"aviary\"}"), 201);
        JsonNode listed = json(server.http.get("/api/stores?org=zoo"), 200);
        assertThat(listed.at("/org").asString()).isEqualTo("zoo");
        assertThat(listed.at("/stores").size()).isEqualTo(2);
        assertThat(listed.at("/stores/0/full_name").asString()).isEqualTo("zoo/aviary");
        assertThat(listed.at("/stores/1")).isEqualTo(created);
        assertThat(json(server.http.get("/api/stores"), 200).at("/stores").size())
                .isGreaterThanOrEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | 400 | invalid_params",
                "{\"name\":\"\"} | 400 | invalid_params",
                "{\"name\":5} | 400 | invalid_params",
                "{\"name\":\"noorg\"} | 422 | invalid_store",
                "{\"name\":\"Acme/x\"} | 422 | invalid_store",
                "{\"name\":\"acme/_x\"} | 422 | invalid_store",
                "{\"name\":\"a/b/c\"} | 422 | invalid_store"
            })
    void a_store_without_a_proper_name_is_refused(String body, int status, String error) throws Exception {
        assertThat(json(create(body), status).at("/error").asString()).isEqualTo(error);
    }

    @Test
    void a_name_is_taken_once() throws Exception {
        json(create("{\"name\":\"" + store.name() + "\"}"), 201);
        JsonNode again = json(create("{\"name\":\"" + store.name() + "\"}"), 422);
        assertThat(again.at("/error").asString()).isEqualTo("invalid_store");
        assertThat(again.at("/kind").asString()).isEqualTo("already_exists");
    }

    @Test
    void a_write_creates_its_store_and_a_read_does_not() throws Exception {
        json(store.get("/entries/a"), 404);
        json(store.get("/status"), 404);
        json(store.get("/log"), 404);
        json(store.get("/export"), 404);
        json(store.get("/watch", "Accept", "text/event-stream"), 404);
        json(store.send("POST", "/entries/batch", "{\"paths\":[\"a\"]}"), 404);
        assertThat(server.storage().store(store.name())).isEmpty();
        store.put("a", "1");
        assertThat(server.storage().store(store.name())).isPresent();
    }

    @Test
    void an_archived_store_is_read_but_not_written() throws Exception {
        store.put("a", "1");
        assertThat(json(store.send("POST", "/archive", ""), 200)
                        .at("/store/status")
                        .asString())
                .isEqualTo("archived");
        JsonNode refused = json(store.put("a", "2", "X-None", "1"), 404);
        assertThat(refused.at("/error").asString()).isEqualTo("not_found");
        assertThat(refused.at("/kind").asString()).isEqualTo("store_archived");
        assertThat(store.value("a")).isEqualTo("1");
        assertThat(json(store.get("/status"), 200).at("/permissions/write").asBoolean())
                .isFalse();
        json(store.get("/watch", "Accept", "text/event-stream"), 404);
    }

    private HttpResponse<String> copy(String body) throws Exception {
        return store.send("POST", "/clone", body);
    }

    @Test
    void a_store_is_copied_with_its_history() throws Exception {
        store.put("a", "1");
        store.put("a", "2");
        String organisation = store.name().substring(0, store.name().indexOf('/'));
        String name = store.name().substring(store.name().indexOf('/') + 1) + "-copy";

        JsonNode answer = json(copy("{\"name\":\"" + name + "\"}"), 201);

        assertThat(answer.at("/ok").asBoolean()).isTrue();
        assertThat(answer.at("/store/full_name").asString()).isEqualTo(organisation + "/" + name);
        assertThat(UUID.fromString(answer.at("/store/id").asString())).isNotNull();
        String url = "/api/stores/" + organisation + "/" + name;
        JsonNode entry = json(server.http.get(url + "/entries/a"), 200);
        assertThat(entry.at("/value").asLong()).isEqualTo(2);
        assertThat(entry.at("/revision").asLong()).isEqualTo(2);
        assertThat(json(server.http.get(url + "/entries/a?at_seq=1"), 200)
                        .at("/value")
                        .asLong())
                .isEqualTo(1);
        assertThat(json(server.http.get(url + "/log"), 200).at("/ops").size()).isEqualTo(2);
        assertThat(json(server.http.get(url + "/status"), 200)
                        .at("/current_seq")
                        .asLong())
                .isEqualTo(2);
        assertThat(store.put("a", "3")).isEqualTo(3);
        assertThat(json(server.http.get(url + "/entries/a"), 200).at("/value").asLong())
                .isEqualTo(2);
        JsonNode taken = json(copy("{\"name\":\"" + organisation + "/" + name + "\"}"), 422);
        assertThat(taken.at("/error").asString()).isEqualTo("name_taken");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | 400 | invalid_params",
                "{\"name\":\"\"} | 400 | invalid_params",
                "{\"name\":\"Copy\"} | 422 | invalid_store",
                "{\"name\":\"elsewhere/copy\"} | 422 | invalid_store"
            })
    void a_copy_without_a_proper_name_is_refused(String body, int status, String error) throws Exception {
        store.put("a", "1");
        assertThat(json(copy(body), status).at("/error").asString()).isEqualTo(error);
    }

    @Test
    void what_is_not_there_is_not_copied() throws Exception {
        json(copy("{\"name\":\"copy\"}"), 404);
    }

    @Test
    void a_deleted_store_is_gone_and_its_name_free() throws Exception {
        store.put("a", "1");
        assertThat(json(store.send("DELETE", "", ""), 200)).isEqualTo(json("{\"ok\":true}"));
        json(store.get("/entries/a"), 404);
        json(store.send("DELETE", "", ""), 404);
        assertThat(store.put("b", "1")).isEqualTo(1);
        json(store.get("/entries/a"), 404);
    }

    @Test
    void the_status_tells_what_is_in_a_store() throws Exception {
        store.put("a/b", "1");
        store.put("a/c", "1");
        store.delete("a/b");
        JsonNode status = json(store.get("/status"), 200);
        assertThat(status.at("/current_seq").asLong()).isEqualTo(3);
        assertThat(status.at("/entry_count").asLong()).isEqualTo(1);
        assertThat(status.at("/op_count").asLong()).isEqualTo(3);
        assertThat(status.at("/recent_ops").size()).isEqualTo(3);
        assertThat(status.at("/recent_ops/0/store_seq").asLong()).isEqualTo(3);
        assertThat(status.at("/recent_ops/0/op").asString()).isEqualTo("delete");
        assertThat(status.at("/permissions")).isEqualTo(json("{\"read\":true,\"write\":true}"));
        assertThat(status.at("/store_access/mode").asString()).isEqualTo("all");
        assertThat(status.at("/file_storage_bytes").asLong()).isZero();
        assertThat(status.at("/db_size_bytes").asLong()).isPositive();
        assertThat(status.at("/latest_snapshot_seq").isNull()).isTrue();
        assertThat(status.at("/latest_snapshot_at").isNull()).isTrue();
    }

    @Test
    void the_status_tells_up_to_where_history_was_let_go_of_and_when() throws Exception {
        store.put("a", "1");
        store.put("a", "2");
        store.put("b", "1");
        Instant before = Instant.now().minusSeconds(1);
        server.storage().compact(store.name(), 2).join();

        JsonNode status = json(store.get("/status"), 200);

        assertThat(status.at("/latest_snapshot_seq").asLong()).isEqualTo(2);
        assertThat(Instant.parse(status.at("/latest_snapshot_at").asString())).isAfter(before);
        assertThat(status.at("/op_count").asLong()).isEqualTo(1);
        assertThat(status.at("/entry_count").asLong()).isEqualTo(2);
    }

    // ---- log ----

    @Test
    void the_log_shows_the_newest_first_page_by_page() throws Exception {
        for (int i = 1; i <= 7; i++) {
            store.put("k" + i, Integer.toString(i));
        }
        JsonNode first = json(store.get("/log?limit=3"), 200);
        assertThat(first.at("/pagination")).isEqualTo(json("{\"page\":1,\"limit\":3,\"total\":7,\"total_pages\":3}"));
        assertThat(first.at("/ops").size()).isEqualTo(3);
        JsonNode newest = first.at("/ops/0");
        assertThat(newest.at("/store_seq").asLong()).isEqualTo(7);
        assertThat(newest.at("/op").asString()).isEqualTo("set");
        assertThat(newest.at("/path").asString()).isEqualTo("k7");
        assertThat(newest.at("/value").asLong()).isEqualTo(7);
        assertThat(newest.at("/device_id").asString()).startsWith("http:");
        assertThat(Instant.parse(newest.at("/inserted_at").asString())).isNotNull();
        JsonNode last = json(store.get("/log?limit=3&page=3"), 200);
        assertThat(last.at("/ops").size()).isEqualTo(1);
        assertThat(last.at("/ops/0/store_seq").asLong()).isEqualTo(1);
        assertThat(json(store.get("/log?limit=3&page=4"), 200).at("/ops").size())
                .isZero();
        assertThat(json(store.get("/log?limit=x&page=-1"), 200).at("/pagination"))
                .isEqualTo(json("{\"page\":1,\"limit\":50,\"total\":7,\"total_pages\":1}"));
    }

    @Test
    void the_log_is_filtered_by_path_device_op_and_time() throws Exception {
        store.put("a/x", "1");
        store.put("b/x", "1");
        store.delete("a/x");
        assertThat(json(store.get("/log?path=a%2F*"), 200)
                        .at("/pagination/total")
                        .asLong())
                .isEqualTo(2);
        assertThat(json(store.get("/log?path=a%2F*&op=delete"), 200)
                        .at("/ops/0/store_seq")
                        .asLong())
                .isEqualTo(3);
        assertThat(json(store.get("/log?path=a%2F*&limit=1&page=2"), 200)
                        .at("/ops/0/store_seq")
                        .asLong())
                .isEqualTo(1);
        JsonNode none = json(store.get("/log?device_id=none"), 200);
        assertThat(none.at("/pagination")).isEqualTo(json("{\"page\":1,\"limit\":50,\"total\":0,\"total_pages\":1}"));
        assertThat(json(store.get("/log?since=2000-01-01T00:00:00Z"), 200)
                        .at("/pagination/total")
                        .asLong())
                .isEqualTo(3);
        assertThat(json(store.get("/log?since=2999-01-01T00:00:00%2B02:00"), 200)
                        .at("/pagination/total")
                        .asLong())
                .isZero();
        json(store.get("/log?since=yesterday"), 400);
        json(store.get("/log?op=explode"), 400);
        json(store.get("/log?path=a%2F%2Fb"), 400);
    }

    // ---- export and import ----

    private HttpResponse<String> importLines(StoreCalls into, String lines) throws Exception {
        return server.http.send("POST", into.url("/import"), lines, "Content-Type", "application/x-ndjson");
    }

    @Test
    void an_export_goes_on_to_its_end_when_its_client_has_ended_its_side() throws Exception {
        String value = '"' + "x".repeat(60_000) + '"';
        for (int i = 0; i < 150; i++) { // more than the buffers of both sockets take
            store.put("large/e" + i, value);
        }
        try (RawConnection connection = RawConnection.open(server.http.server.port(), 4_096)) {
            connection.request("GET", store.url("/export"), "");
            assertThat(connection.line()).contains("200");
            connection.endOutput();
            assertThat(connection.rest()).endsWith("\n\r\n0\r\n\r\n");
        }
    }

    @Test
    void what_is_exported_can_be_imported_elsewhere() throws Exception {
        store.put("a~1b/c", "{\"x\":1.50,\"y\":[1,null],\"dotted.name\":\"\u20ac\\n\"}");
        store.put("price", "{\"_typed\":\"29.99\",\"_type\":\"decimal\"}");
        HttpResponse<String> export = store.get("/export");
        assertThat(export.statusCode()).isEqualTo(200);
        assertThat(TestServer.header(export, "content-type")).isEqualTo("application/x-ndjson");
        assertThat(export.body()).endsWith("\n");
        String[] lines = export.body().split("\n");
        JsonNode header = json(lines[0]);
        assertThat(header.at("/_header").asBoolean()).isTrue();
        assertThat(header.at("/store").asString()).isEqualTo(store.name());
        assertThat(header.at("/seq").asLong()).isEqualTo(2);
        assertThat(header.at("/entry_count").asLong()).isEqualTo(4);
        assertThat(header.at("/path_schema_version").asLong()).isEqualTo(3);
        assertThat(Instant.parse(header.at("/exported_at").asString())).isNotNull();
        assertThat(lines).hasSize(5);
        assertThat(lines[1]).isEqualTo("{\"path\":\"a~1b/c/dotted.name\",\"value\":\"\u20ac\\n\",\"type\":\"string\"}");
        assertThat(lines[2]).isEqualTo("{\"path\":\"a~1b/c/x\",\"value\":1.50,\"type\":\"float\"}");
        StoreCalls other = server.freshStore();
        assertThat(json(importLines(other, export.body()), 200))
                .isEqualTo(json("{\"ok\":true,\"imported\":4,\"skipped\":0,\"unparseable\":0,\"failed\":[]}"));
        assertThat(EntriesApi.json(other.get("/entries")).at("/items/3/type").asString())
                .isEqualTo("decimal");
        String again = other.get("/export").body();
        assertThat(again.substring(again.indexOf('\n')))
                .isEqualTo(export.body().substring(export.body().indexOf('\n')));
        assertThat(server.storage().events(other.name(), 0, 1).join().events().getFirst())
                .satisfies(event -> {
                    assertThat(event.deviceId()).isEqualTo("system:import");
                    assertThat(event.clientOpId()).isEqualTo("import:a~1b/c/dotted.name");
                });
    }

    @Test
    void counters_sets_and_files_are_imported_as_what_they_were() throws Exception {
        store.batch("[{\"op\":\"increment\",\"path\":\"c\",\"value\":5},{\"op\":\"add\",\"path\":\"s\",\"value\":1}]");
        HttpResponse<String> put =
                server.http.send("POST", store.url("/files/f"), "hello", "Content-Type", "text/plain");
        assertThat(put.statusCode()).isEqualTo(200);
        String exported = store.get("/export").body();
        StoreCalls other = server.freshStore();

        assertThat(json(importLines(other, exported), 200).at("/imported").asLong())
                .isEqualTo(3);

        assertThat(EntriesApi.json(other.get("/entries/c")).at("/type").asString())
                .isEqualTo("counter");
        assertThat(EntriesApi.json(other.get("/entries/s")).at("/type").asString())
                .isEqualTo("set");
        assertThat(EntriesApi.json(other.get("/entries/f")).at("/value"))
                .isEqualTo(EntriesApi.json(store.get("/entries/f")).at("/value"));
        String events =
                server.storage().events(other.name(), 0, 10).join().events().toString();
        assertThat(events).contains("kind=PUT_FILE").doesNotContain("INCREMENT");
    }

    @Test
    void a_line_about_a_file_that_is_not_there_fails_alone() throws Exception {
        String lines = "{\"_header\":true,\"path_schema_version\":3}\n"
                + "{\"path\":\"f\",\"type\":\"file\",\"value\":{\"_type\":\"file\",\"hash\":\"sha256:"
                + "ab".repeat(32) + "\",\"size\":5}}\n{\"path\":\"a\",\"value\":1}\n";

        JsonNode result = json(importLines(store, lines), 200);

        assertThat(result.at("/imported").asLong()).isEqualTo(1);
        assertThat(result.at("/failed")).isEqualTo(json("[{\"line\":2,\"path\":\"f\",\"reason\":\"file_not_found\"}]"));
    }

    @Test
    void a_store_of_many_pages_is_exported_whole() throws Exception {
        for (int batch = 0; batch < 3; batch++) {
            int first = 1000 * batch;
            String ops = String.join(
                    ",",
                    IntStream.range(first, first + 1000)
                            .mapToObj(i -> "{\"op\":\"set\",\"path\":\"k/%05d\",\"value\":\"%s\"}"
                                    .formatted(i, "v".repeat(300)))
                            .toList());
            json(store.batch("[" + ops + "]"), 200);
        }
        String[] lines = store.get("/export").body().split("\n");
        assertThat(lines).hasSize(3001);
        for (int i = 0; i < 3000; i++) {
            assertThat(json(lines[i + 1]).at("/path").asString()).isEqualTo("k/%05d".formatted(i));
        }
        StoreCalls other = server.freshStore();
        assertThat(json(importLines(other, String.join("\n", lines)), 200)
                        .at("/imported")
                        .asLong())
                .isEqualTo(3000);
        assertThat(other.revision("k/02999")).isEqualTo(3000);
    }

    @Test
    void old_exports_have_dotted_paths() throws Exception {
        json(importLines(store, "{\"path\":\"links.a/b.title\",\"value\":\"x\",\"type\":\"string\"}\n"), 200);
        assertThat(store.value("links/a~1b/title")).isEqualTo("\"x\"");
        StoreCalls other = server.freshStore();
        json(importLines(other, "{\"_header\":true,\"path_schema_version\":2}\n{\"path\":\"a.b\",\"value\":1}"), 200);
        assertThat(other.value("a/b")).isEqualTo("1");
    }

    @Test
    void typed_values_that_were_exported_as_text_get_their_envelopes_back() throws Exception {
        json(importLines(store, """
                        {"_header":true,"path_schema_version":3}
                        {"path":"d","value":"29.99","type":"decimal"}
                        {"path":"t","value":"2026-03-31T12:00:00Z","type":"datetime"}"""), 200);
        assertThat(EntriesApi.json(store.get("/entries/d")).at("/type").asString())
                .isEqualTo("decimal");
        assertThat(EntriesApi.json(store.get("/entries/t")).at("/type").asString())
                .isEqualTo("datetime");
    }

    @Test
    void lines_that_cannot_be_taken_are_counted_and_do_not_stop_the_others() throws Exception {
        JsonNode answer = json(importLines(store, """
                        {"_header":true,"path_schema_version":3}
                        {"path":"a","value":1}

                        not json
                        {"value":1}
                        [1]
                        {"path":"a//b","value":1}
                        {"path":"c","value":{"_type":"thing"}}
                        {"path":"d","value":null}"""), 200);
        assertThat(answer.at("/ok").asBoolean()).isFalse();
        assertThat(answer.at("/imported").asLong()).isEqualTo(2);
        assertThat(answer.at("/skipped").asLong()).isEqualTo(2);
        assertThat(answer.at("/unparseable").asLong()).isEqualTo(1);
        assertThat(answer.at("/failed").size()).isEqualTo(2);
        assertThat(answer.at("/failed/0"))
                .isEqualTo(json("{\"line\":7,\"path\":\"a//b\",\"reason\":\"empty_segment\"}"));
        assertThat(answer.at("/failed/1/line").asLong()).isEqualTo(8);
        assertThat(store.value("d")).isEqualTo("null");
    }

    @Test
    void an_import_into_an_archived_store_fails_line_by_line() throws Exception {
        store.put("a", "1");
        store.send("POST", "/archive", "");
        JsonNode answer = json(importLines(store, "{\"path\":\"b\",\"value\":1}"), 200);
        assertThat(answer.at("/ok").asBoolean()).isFalse();
        assertThat(answer.at("/failed/0/reason").asString()).isEqualTo("store_archived");
    }

    @Test
    void an_import_is_not_sent_as_one_json_document() throws Exception {
        json(store.send("POST", "/import", "{\"path\":\"a\",\"value\":1}"), 400);
    }

    // ---- following ----

    @ParameterizedTest
    @ValueSource(strings = {"/watch", "/subscribe"})
    void whoever_wants_a_web_socket_learns_where_it_is(String path) throws Exception {
        store.put("a", "1");
        HttpResponse<String> response = store.get(path);
        JsonNode body = json(response, 426);
        assertThat(body.at("/error").asString()).isEqualTo("upgrade_required");
        assertThat(body.at("/detail").asString()).contains("WebSocket");
        assertThat(body.at("/ws_url").asString()).isEqualTo("ws://127.0.0.1:" + server.http.server.port() + "/ws/sync");
        assertThat(body.at("/docs").asString()).isNotEmpty();
        assertThat(TestServer.header(response, "upgrade")).isEqualTo("websocket");
    }
}
