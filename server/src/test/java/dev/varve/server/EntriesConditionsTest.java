package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.server.EntriesApi.StoreCalls;
import java.net.http.HttpResponse;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** A condition that is given where none is looked at is refused, never passed over: nobody may believe that it held. */
final class EntriesConditionsTest {

    private static final String FILE = Base64.getEncoder().encodeToString(new byte[] {1, 2, 3});

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
    void storeWithAnEntry() throws Exception {
        store = server.freshStore();
        store.put("a", "1");
    }

    private void assertRefused(HttpResponse<String> response, String error) throws Exception {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(EntriesApi.json(response).at("/error").asString()).isEqualTo(error);
        assertThat(store.get("/entries?select=keys").body()).contains("[\"a\"]");
        assertThat(store.revision("a")).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST | /entries | {\"path\":\"a\",\"value\":2}",
                "DELETE | /entries | {\"path\":\"a\"}",
                "POST | /entries/batch_write | {\"ops\":[{\"op\":\"set\",\"path\":\"a\",\"value\":2}]}",
                "POST | /leases/l | {\"op\":\"acquire\"}",
                "POST | /rollback | {\"path\":\"a\",\"to_seq\":0}"
            })
    void a_condition_in_a_header_of_a_request_whose_body_says_all(String method, String path, String body)
            throws Exception {
        assertRefused(store.send(method, path, body, "If-Match", "7"), "if_match_unsupported_op");
        assertRefused(store.send(method, path, body, "If-None-Match", "*"), "if_absent_unsupported_op");
        assertRefused(store.send(method, path, body, "If-Subtree-None", "*"), "if_absent_unsupported_op");
        assertRefused(store.send(method, path, body, "Entry-TTL", "5"), "invalid_ttl");
    }

    @Test
    void a_condition_of_an_upload_or_an_import() throws Exception {
        HttpResponse<String> file =
                server.http.send("POST", store.url("/files/a"), "bytes", "Content-Type", "text/plain", "If-Match", "1");
        assertRefused(file, "if_match_unsupported_op");
        HttpResponse<String> lines = server.http.send(
                "POST",
                store.url("/import"),
                "{\"path\":\"b\",\"value\":1}",
                "Content-Type",
                "application/x-ndjson",
                "If-None-Match",
                "*");
        assertRefused(lines, "if_absent_unsupported_op");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/entries/batch_write | {\"if_match\":7,\"ops\":[{\"op\":\"set\",\"path\":\"a\",\"value\":2}]} | invalid_params",
                "/entries/batch_write | {\"fence\":5,\"ops\":[{\"op\":\"set\",\"path\":\"a\",\"value\":2}]} | invalid_params",
                "/rollback | {\"to_seq\":0,\"if_none\":true} | invalid_params",
                "/leases/l | {\"op\":\"acquire\",\"if_match\":7} | if_match_unsupported_op",
                "/leases/l | {\"op\":\"acquire\",\"if_absent\":true} | if_absent_unsupported_op",
                "/leases/l | {\"op\":\"acquire\",\"if_match\":\"7\"} | invalid_params",
                "/leases/l | {\"op\":\"acquire\",\"fence\":{\"key\":\"k\",\"token\":3}} | invalid_precondition"
            })
    void a_condition_in_a_body_that_takes_none(String path, String body, String error) throws Exception {
        assertRefused(store.send("POST", path, body), error);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "put_file | 'path':'a','content':'AQID','if_match':1 | if_match_unsupported_op",
                "put_file | 'path':'a','content':'AQID','if_absent':true | if_absent_unsupported_op",
                "put_file | 'path':'a','content':'AQID','fence':5 | invalid_precondition",
                "batch | 'ops':[{'op':'delete','path':'a'}],'if_match':7 | invalid_precondition",
                "rollback | 'to_seq':0,'fence':{'key':'l','token':1} | invalid_precondition"
            })
    void a_condition_of_a_push_that_takes_none(String push, String fields, String reason) throws Exception {
        try (PhoenixClient client = PhoenixClient.connect(server.http.server)) {
            String join = client.joined("store:" + store.name());
            JsonNode response = client.push(join, "store:" + store.name(), push, "{" + fields + "}")
                    .response();
            assertThat(response.get("reason").asString()).isEqualTo(reason);
            assertThat(store.revision("a")).isEqualTo(1);
        }
    }

    @Test
    void a_file_is_stored_only_by_who_holds_the_lease_of_its_fence() throws Exception {
        try (PhoenixClient client = PhoenixClient.connect(server.http.server)) {
            String topic = "store:" + store.name();
            String join = client.joined(topic);
            long token = client.push(join, topic, "write", "{'op':'lease','path':'l'}")
                    .response()
                    .get("token")
                    .asLong();
            String file = "{'path':'f','content':'" + FILE + "','fence':{'key':'l','token':%d}}";
            assertThat(client.push(join, topic, "put_file", file.formatted(token + 1))
                            .response()
                            .get("reason")
                            .asString())
                    .isEqualTo("fenced");
            assertThat(client.push(join, topic, "put_file", file.formatted(token))
                            .response()
                            .get("hash")
                            .asString())
                    .startsWith("sha256:");
        }
    }
}
