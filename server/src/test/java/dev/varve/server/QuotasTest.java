package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.server.EntriesApi.StoreCalls;
import dev.varve.server.PhoenixClient.Message;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What clients are told when a store would hold more than it may, or an organisation have more stores. */
@Timeout(60)
final class QuotasTest {

    private static final String KEYS = "{'error':'limit_exceeded','dimension':'keys','current':3,'limit':3}";

    private EntriesApi server;
    private StoreCalls store;

    @BeforeEach
    void fill() throws Exception {
        server = EntriesApi.limited(3, 10, 2);
        store = server.freshStore();
        store.put("a", "{\"x\":1,\"y\":2}");
        store.put("b", "1");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static JsonNode json(String singleQuoted) {
        return EntriesApi.json(singleQuoted.replace('\'', '"'));
    }

    private static void exceeds(String expected, HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(402);
        JsonNode body = EntriesApi.json(response);
        assertThat(body.at("/kind").asString()).isEqualTo("limit_exceeded");
        assertThat(body.at("/detail").asString()).contains("at most");
        json(expected)
                .propertyStream()
                .forEach(field ->
                        assertThat(body.get(field.getKey())).as(field.getKey()).isEqualTo(field.getValue()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "PUT | /entries/n | 1",
                "PUT | /entries/a | {'x':1,'y':2,'z':3}",
                "POST | /entries | {'path':'n','value':1}",
                "POST | /entries/batch_write | {'ops':[{'op':'set','path':'b','value':2},{'op':'set','path':'n','value':1}]}",
                "POST | /entries/batch_write | {'ops':[{'op':'merge','path':'a','value':{'z':1}}]}",
                "POST | /entries/batch_write | {'ops':[{'op':'increment','path':'n','value':1}]}",
                "POST | /entries/batch_write | {'ops':[{'op':'add','path':'n','value':1}]}",
                "POST | /leases/n | {'op':'acquire','ttl_ms':1000}",
            })
    void a_write_of_too_many_entries_is_refused_whole(String method, String path, String body) throws Exception {
        exceeds(KEYS, store.send(method, path, body.replace('\'', '"')));
        assertThat(server.storage().store(store.name()).orElseThrow().storeSeq())
                .isEqualTo(2);
    }

    @Test
    void what_adds_nothing_goes_on() throws Exception {
        store.put("b", "2");
        assertThat(store.delete("a/x").statusCode()).isEqualTo(200);
        store.put("n", "1");
        JsonNode status = EntriesApi.json(store.get("/status"));
        assertThat(status.at("/entry_count").asLong()).isEqualTo(3);
    }

    @Test
    void a_rollback_to_more_entries_than_may_be_is_refused() throws Exception {
        store.delete("a");
        store.put("n", "{\"x\":1,\"y\":2}");
        exceeds(KEYS, store.send("POST", "/rollback", "{\"path\":\"a\",\"to_seq\":1}"));
    }

    @Test
    void an_import_tells_it_of_each_line() throws Exception {
        HttpResponse<String> response =
                server.http.send("POST", store.url("/import"), """
                {"_header":true,"path_schema_version":3}
                {"path":"n","value":1}
                {"path":"b","value":7}
                {"path":"m","value":1}
                """, "Content-Type", "application/x-ndjson");
        JsonNode result = EntriesApi.json(response);
        assertThat(result.at("/imported").asInt()).isEqualTo(1);
        assertThat(result.at("/failed"))
                .isEqualTo(json("[{'line':2,'path':'n','reason':'limit_exceeded'},"
                        + "{'line':4,'path':'m','reason':'limit_exceeded'}]"));
        assertThat(store.value("b")).isEqualTo("7");
    }

    @Test
    void files_are_refused_that_would_take_too_much() throws Exception {
        store.delete("a");
        HttpResponse<String> first = server.http.send("POST", store.url("/files/f"), "1234567", "Content-Type", "a/b");
        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        exceeds(
                "{'error':'limit_exceeded','dimension':'file_storage','current':7,'limit':10}",
                server.http.send("POST", store.url("/files/g"), "1234", "Content-Type", "a/b"));
        assertThat(server.http
                        .send("POST", store.url("/files/f"), "1234567890", "Content-Type", "a/b")
                        .statusCode())
                .isEqualTo(200);
        assertThat(EntriesApi.json(store.get("/status"))
                        .at("/file_storage_bytes")
                        .asLong())
                .isEqualTo(10);
    }

    @Test
    void an_organisation_gets_no_store_too_many() throws Exception {
        String stores = "{'error':'limit_exceeded','dimension':'stores','current':2,'limit':2}";
        HttpResponse<String> second = server.http.send(
                "POST", "/api/stores", "{\"name\":\"acme/second\"}", "Content-Type", "application/json");
        assertThat(second.statusCode()).isEqualTo(201);
        exceeds(
                stores,
                server.http.send(
                        "POST", "/api/stores", "{\"name\":\"acme/third\"}", "Content-Type", "application/json"));
        exceeds(stores, store.send("POST", "/clone", "{\"name\":\"third\"}"));
        exceeds(
                stores,
                server.http.send("PUT", "/api/stores/acme/third/entries/a", "1", "Content-Type", "application/json"));
        assertThat(server.http.get("/api/stores/acme/third/entries/a").statusCode())
                .isEqualTo(404);
    }

    // ---- WebSocket ----

    private PhoenixClient connect() {
        return PhoenixClient.connect(server.http.server);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'op':'set','path':'n','value':1}",
                "{'op':'merge','path':'a','value':{'z':1}}",
                "{'op':'increment','path':'n','value':1}",
                "{'op':'add','path':'n','value':1}",
                "{'op':'lease','path':'n','ttl_ms':1000}"
            })
    void a_push_that_adds_an_entry_too_many_is_refused(String payload) throws IOException {
        try (PhoenixClient client = connect()) {
            String topic = "store:" + store.name();
            Message reply = client.push(client.joined(topic), topic, "write", payload);
            assertThat(reply.status()).isEqualTo("error");
            assertThat(reply.response())
                    .isEqualTo(json("{'reason':'limit_exceeded','dimension':'keys','current':3,'limit':3}"));
        }
    }

    @Test
    void batches_and_files_that_are_pushed_are_refused_likewise() throws Exception {
        try (PhoenixClient client = connect()) {
            String topic = "store:" + store.name();
            String join = client.joined(topic);
            assertThat(client.push(
                                    join,
                                    topic,
                                    "batch",
                                    "{'ops':[{'op':'set','path':'b','value':2},{'op':'set','path':'n','value':1}]}")
                            .response())
                    .isEqualTo(json("{'reason':'limit_exceeded','dimension':'keys','current':3,'limit':3}"));
            String content = Base64.getEncoder().encodeToString(new byte[11]);
            assertThat(client.push(
                                    join,
                                    topic,
                                    "put_file",
                                    "{'path':'b','client_op_id':'f','content':'" + content + "'}")
                            .response())
                    .isEqualTo(json("{'reason':'limit_exceeded','dimension':'file_storage','current':0,'limit':10}"));
            assertThat(client.push(join, topic, "write", "{'op':'set','path':'b','value':3}")
                            .status())
                    .isEqualTo("ok");
        }
    }

    @Test
    void a_join_that_would_create_a_store_too_many_is_refused() throws Exception {
        server.storage().createStore("acme/second").join();
        try (PhoenixClient client = connect()) {
            Message reply = client.join("store:acme/third", "{'last_store_seq':0}");
            assertThat(reply.status()).isEqualTo("error");
            assertThat(reply.response())
                    .isEqualTo(json("{'reason':'limit_exceeded','dimension':'stores','current':2,'limit':2}"));
        }
    }
}
