package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The listing, and appends to several streams at once. */
final class SeveralStreamsTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private TestServer server = TestServer.start();

    @BeforeEach
    void createStreams() throws Exception {
        server.create("s/a", "");
        server.send("PUT", "/v1/stream/s/j", "", "Content-Type", "application/json");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpResponse<String> append(String appends) throws Exception {
        return server.send(
                "POST", "/v1/streams/append", "{\"appends\":" + appends + "}", "Content-Type", "application/json");
    }

    private String content(String path) throws Exception {
        return server.get("/v1/stream/" + path).body();
    }

    @Test
    void streams_are_listed_page_by_page_in_byte_order() throws Exception {
        for (String path : new String[] {"l/b", "l/a", "l/%C3%A9", "l/Z"}) {
            server.send("PUT", "/v1/stream/" + path, "x", "Content-Type", "text/plain", "Stream-TTL", "3600");
        }
        JsonNode first =
                JSON.readTree(server.get("/v1/streams?prefix=l%2F&limit=3").body());
        assertThat(first.at("/streams").size()).isEqualTo(3);
        assertThat(first.at("/streams/0/path").asString()).isEqualTo("l/Z");
        assertThat(first.at("/streams/0/content_type").asString()).isEqualTo("text/plain");
        assertThat(first.at("/streams/0/next_offset").asString()).isEqualTo("0000000000000000_0000000000000001");
        assertThat(first.at("/streams/0/earliest_offset").asString()).isEqualTo("0000000000000000_0000000000000000");
        assertThat(first.at("/streams/0/closed").asBoolean()).isFalse();
        assertThat(first.at("/streams/0/ttl_seconds").asLong()).isEqualTo(3600);
        assertThat(Instant.parse(first.at("/streams/0/created_at").asString())).isNotNull();
        assertThat(first.at("/has_more").asBoolean()).isTrue();
        assertThat(first.at("/after").asString()).isEqualTo("l/b");
        JsonNode second = JSON.readTree(
                server.get("/v1/streams?prefix=l%2F&limit=3&after=l%2Fb").body());
        assertThat(second.at("/streams/0/path").asString()).isEqualTo("l/\u00e9");
        assertThat(second.at("/has_more").asBoolean()).isFalse();
        assertThat(second.at("/after").isNull()).isTrue();
    }

    @Test
    void all_appends_happen_together_and_later_ones_see_earlier_ones() throws Exception {
        HttpResponse<String> response = append("""
                [{"path":"s/a","content_type":"text/plain","data":"hello "},
                 {"path":"s/a","content_type":"text/plain","data_base64":"d29ybGQ=","close":true,
                  "if_match":"0000000000000000_0000000000000006"},
                 {"path":"s/j","content_type":"application/json","json": [ {"n": 1.0} , -0e1 ],"seq":"1",
                  "producer":{"id":"p","epoch":0,"seq":0}},
                 {"path":"s/j","content_type":"application/json","json":12 , "producer":{"id":"p","epoch":0,"seq":1}}]""");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode results = JSON.readTree(response.body()).at("/results");
        assertThat(results.size()).isEqualTo(4);
        assertThat(results.at("/0/path").asString()).isEqualTo("s/a");
        assertThat(results.at("/0/next_offset").asString()).isEqualTo("0000000000000000_0000000000000006");
        assertThat(results.at("/1/closed").asBoolean()).isTrue();
        assertThat(results.at("/1/duplicate").asBoolean()).isFalse();
        assertThat(content("s/a")).isEqualTo("hello world");
        assertThat(content("s/j")).isEqualTo("[{\"n\": 1.0},-0e1,12]");
    }

    @Test
    void a_repeated_request_of_a_producer_is_a_duplicate() throws Exception {
        String item =
                "[{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"producer\":{\"id\":\"p\",\"epoch\":0,\"seq\":0}}]";
        append(item);
        assertThat(JSON.readTree(append(item).body()).at("/results/0/duplicate").asBoolean())
                .isTrue();
        assertThat(content("s/a")).isEqualTo("x");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"path\":\"s/none\",\"content_type\":\"text/plain\",\"data\":\"x\"} | 404 | not_found",
                "{\"path\":\"other/a\",\"content_type\":\"text/plain\",\"data\":\"x\"} | 400 | cross_shard",
                "{\"path\":\"s/a\",\"content_type\":\"text/css\",\"data\":\"x\"} | 409 | content_type_mismatch",
                "{\"path\":\"s/a\",\"data\":\"x\"} | 400 | invalid_params",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\"} | 400 | empty_body",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"if_match\":\"0000000000000000_0000000000000007\"} | 412 | precondition_failed",
                "{\"path\":\"s/j\",\"content_type\":\"application/json\",\"data\":\"[\"} | 400 | invalid_json",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"producer\":{\"id\":\"p\",\"epoch\":0,\"seq\":5}} | 409 | producer_gap",
                "{\"path\":\"__registry__\",\"content_type\":\"application/json\",\"json\":1} | 404 | not_found",
                "{\"path\":\"../a\",\"content_type\":\"text/plain\",\"data\":\"x\"} | 400 | invalid_params",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"data_base64\":\"eA==\"} | 400 | invalid_params",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data_base64\":\"!\"} | 400 | invalid_params",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"typo\":1} | 400 | invalid_params",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"close\":\"true\"} | 400 | invalid_params",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"if_match\":\"now\"} | 400 | invalid_offset",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"producer\":{\"id\":\"p\"}} | 400 | invalid_params",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"producer\":{\"id\":\"\",\"epoch\":0,\"seq\":0}} | 400 | invalid_params",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"producer\":{\"id\":\"p\",\"epoch\":1.5,\"seq\":0}} | 400 | invalid_params",
                "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"producer\":{\"id\":\"p\",\"epoch\":99999999999999999999,\"seq\":0}} | 400 | invalid_params",
                "{\"content_type\":\"text/plain\",\"data\":\"x\"} | 400 | invalid_params",
                "{\"path\":1,\"content_type\":\"text/plain\",\"data\":\"x\"} | 400 | invalid_params",
                "7 | 400 | invalid_params"
            })
    void one_refused_item_refuses_all_and_is_named(String item, int status, String kind) throws Exception {
        HttpResponse<String> response =
                append("[{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"first\"}," + item + "]");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains("\"kind\":\"" + kind + '"');
        assertThat(response.body()).contains("\"index\":1");
        assertThat(content("s/a")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | invalid_params",
                "{} | invalid_params",
                "[] | invalid_params",
                "{\"appends\":[]} | invalid_params",
                "{\"appends\":{}} | invalid_params",
                "{\"other\":[]} | invalid_params",
                "{\"appends\":[{\"path\":\"s/a\",\"path\":\"s/a\"}]} | invalid_json",
                "{\"appends\":[ | invalid_json",
                "{\"appends\":[{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\"}]} {} | invalid_params",
                "nonsense | invalid_json"
            })
    void a_body_that_is_no_list_of_appends_is_400(String body, String kind) throws Exception {
        HttpResponse<String> response = server.send("POST", "/v1/streams/append", body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(response.body()).contains("\"kind\":\"" + kind + '"');
    }

    @Test
    void there_are_at_most_a_thousand_items() throws Exception {
        String item = "{\"path\":\"s/a\",\"content_type\":\"text/plain\",\"data\":\"x\"}";
        assertThat(append("[" + item + ("," + item).repeat(AppendBody.MAX_ITEMS - 1) + "]")
                        .statusCode())
                .isEqualTo(200);
        assertThat(append("[" + item + ("," + item).repeat(AppendBody.MAX_ITEMS) + "]")
                        .statusCode())
                .isEqualTo(413);
        assertThat(content("s/a")).hasSize(AppendBody.MAX_ITEMS);
    }

    @Test
    void deep_nesting_is_refused() throws Exception {
        String deep = "[".repeat(100_000);
        assertThat(append("[{\"path\":\"s/j\",\"json\":" + deep).statusCode()).isEqualTo(400);
    }
}
