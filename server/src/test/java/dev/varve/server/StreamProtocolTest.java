package dev.varve.server;

import static dev.varve.server.TestServer.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The protocol on one stream, as far as the public conformance suite leaves it open, and the extensions. */
final class StreamProtocolTest {

    private static final String ZERO = "0000000000000000_0000000000000000";
    private static final String FIVE = "0000000000000000_0000000000000005";

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> put(String path, String body, String... headers)
            throws IOException, InterruptedException {
        return server.send("PUT", "/v1/stream/" + path, body, headers);
    }

    private static HttpResponse<String> post(String path, String body, String... headers)
            throws IOException, InterruptedException {
        return server.send("POST", "/v1/stream/" + path, body, headers);
    }

    private static HttpResponse<String> head(String path) throws IOException, InterruptedException {
        return server.send("HEAD", "/v1/stream/" + path, "");
    }

    @Test
    void a_created_stream_is_named_by_its_location() throws Exception {
        HttpResponse<String> created = put("location/a%20b", "", "Content-Type", "text/plain");
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(header(created, "location"))
                .isEqualTo("http://127.0.0.1:" + server.server.port() + "/v1/stream/location/a%20b");
        assertThat(header(put("location/a%20b", "", "Content-Type", "text/plain"), "location"))
                .isEmpty();
    }

    @Test
    void the_public_url_leads_the_location() throws Exception {
        try (TestServer other =
                TestServer.start(builder -> builder.publicUrl(URI.create("https://streams.example.org/")))) {
            assertThat(header(other.send("PUT", "/v1/stream/x", ""), "location"))
                    .isEqualTo("https://streams.example.org/v1/stream/x");
        }
    }

    @Test
    void a_conditional_append_needs_the_tail_it_names() throws Exception {
        server.create("conditional", "hello");
        HttpResponse<String> refused =
                post("conditional", "x", "Content-Type", "text/plain", "If-Match", '"' + ZERO + '"');
        assertThat(refused.statusCode()).isEqualTo(412);
        assertThat(header(refused, "stream-next-offset")).isEqualTo(FIVE);
        assertThat(refused.body()).contains("\"kind\":\"precondition_failed\"");

        assertThat(post("conditional", "x", "Content-Type", "text/plain", "If-Match", '"' + FIVE + '"')
                        .statusCode())
                .isEqualTo(204);
    }

    @ParameterizedTest
    @CsvSource({FIVE, "W/\"" + FIVE + '"', "*", '"' + "-1" + '"', '"' + "now" + '"', "\"\""})
    void a_condition_that_is_no_quoted_offset_is_400(String value) throws Exception {
        put("condition-form", "hello", "Content-Type", "text/plain");
        assertThat(post("condition-form", "x", "Content-Type", "text/plain", "If-Match", value)
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void retention_is_shown_and_is_part_of_the_configuration() throws Exception {
        String[] retention = {
            "Stream-Retention-Age", "60", "Stream-Retention-Bytes", "1000", "Stream-Retention-Messages", "10"
        };
        assertThat(put("retained", "", retention).statusCode()).isEqualTo(201);
        assertThat(put("retained", "", retention).statusCode()).isEqualTo(200);
        assertThat(put("retained", "").statusCode()).isEqualTo(409);
        HttpResponse<String> head = head("retained");
        assertThat(header(head, "stream-retention-age")).isEqualTo("60");
        assertThat(header(head, "stream-retention-bytes")).isEqualTo("1000");
        assertThat(header(head, "stream-retention-messages")).isEqualTo("10");
        assertThat(header(head, "stream-earliest-offset")).isEqualTo(ZERO);
    }

    @ParameterizedTest
    @CsvSource({
        "Stream-Retention-Age, 0",
        "Stream-Retention-Age, 10000000000000",
        "Stream-Retention-Bytes, -1",
        "Stream-Retention-Bytes, 1k",
        "Stream-Retention-Messages, 01",
        "Stream-TTL, +60",
        "Stream-TTL, 9999999999999",
        "Stream-TTL, 99999999999999999999",
        "Stream-Expires-At, tomorrow",
        "Stream-Expires-At, 2030-02-30T00:00:00Z",
        "Stream-Expires-At, 2030-01-01",
        "Stream-Expires-At, 2030-01-01T00:00:00",
        "Stream-Fork-Offset, now",
        "Stream-Fork-Sub-Offset, 1",
        "Stream-Forked-From, other",
        "Stream-Forked-From, /v1/stream/../x"
    })
    void malformed_headers_of_a_creation_are_400(String name, String value) throws Exception {
        HttpResponse<String> response = put("malformed-header", "", name, value);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    }

    @Test
    void reading_below_the_earliest_offset_is_410_with_that_offset() throws Exception {
        put("trimmed", "", "Content-Type", "text/plain", "Stream-Retention-Messages", "1");
        server.append("trimmed", "hello");
        server.append("trimmed", "world");
        HttpResponse<String> response = server.get("/v1/stream/trimmed?offset=" + ZERO);
        assertThat(response.statusCode()).isEqualTo(410);
        assertThat(header(response, "stream-earliest-offset")).isEqualTo(FIVE);
        assertThat(response.body()).contains("\"kind\":\"compacted\"", "\"earliest_offset\":\"" + FIVE + '"');
        assertThat(server.get("/v1/stream/trimmed?offset=-1").body()).isEqualTo("world");
        assertThat(header(head("trimmed"), "stream-earliest-offset")).isEqualTo(FIVE);
    }

    @Test
    void the_tag_changes_when_the_stream_closes_and_a_known_tag_is_304() throws Exception {
        server.create("tagged", "hello");
        String open = header(server.get("/v1/stream/tagged"), "etag");
        HttpResponse<String> known = server.get("/v1/stream/tagged", "If-None-Match", "\"other\", W/" + open);
        assertThat(known.statusCode()).isEqualTo(304);
        assertThat(known.body()).isEmpty();
        assertThat(header(known, "etag")).isEqualTo(open);
        post("tagged", "", "Stream-Closed", "true");
        HttpResponse<String> closed = server.get("/v1/stream/tagged", "If-None-Match", open);
        assertThat(closed.statusCode()).isEqualTo(200);
        assertThat(header(closed, "etag")).endsWith(":c\"").isNotEqualTo(open);
        assertThat(header(closed, "stream-closed")).isEqualTo("true");
    }

    @Test
    void a_new_stream_at_an_old_path_has_other_tags() throws Exception {
        server.create("reborn", "hello");
        String before = header(server.get("/v1/stream/reborn"), "etag");
        server.send("DELETE", "/v1/stream/reborn", "");
        server.create("reborn", "world");
        HttpResponse<String> after = server.get("/v1/stream/reborn", "If-None-Match", before);
        assertThat(after.statusCode()).isEqualTo(200);
        assertThat(after.body()).isEqualTo("world");
    }

    @Test
    void an_empty_page_at_an_open_tail_is_not_cached() throws Exception {
        server.create("cached", "hello");
        assertThat(header(server.get("/v1/stream/cached"), "cache-control")).contains("max-age=60");
        assertThat(header(server.get("/v1/stream/cached?offset=" + FIVE), "cache-control"))
                .isEqualTo("no-cache");
        assertThat(header(server.get("/v1/stream/cached?offset=now"), "cache-control"))
                .isEqualTo("no-store");
        assertThat(header(server.get("/v1/stream/cached?offset=now"), "etag")).isEmpty();
    }

    @Test
    void a_large_text_is_compressed_for_those_who_take_it() throws Exception {
        String text = "to be compressed ".repeat(1_000);
        server.create("compressed", text);
        HttpResponse<String> plain = server.get("/v1/stream/compressed");
        assertThat(plain.body()).isEqualTo(text);
        assertThat(header(plain, "vary")).isEqualTo("Accept-Encoding");

        try (RawConnection connection = server.connect()) {
            connection.request("GET", "/v1/stream/compressed", "", "Accept-Encoding: br, gzip;q=0.5");
            RawConnection.Answer answer = connection.answer();
            assertThat(answer.header("content-encoding")).isEqualTo("gzip");
            assertThat(answer.header("etag")).isNotEqualTo(header(plain, "etag"));
            assertThat(answer.body().length).isLessThan(text.length() / 4);
            try (var unpacked = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
                assertThat(new String(unpacked.readAllBytes(), StandardCharsets.UTF_8))
                        .isEqualTo(text);
            }
            connection.request(
                    "GET",
                    "/v1/stream/compressed",
                    "",
                    "Accept-Encoding: gzip",
                    "If-None-Match: " + answer.header("etag"));
            assertThat(connection.answer().status()).isEqualTo(304);
            connection.request("GET", "/v1/stream/compressed", "", "Accept-Encoding: gzip;q=0, identity");
            assertThat(connection.answer().header("content-encoding")).isEmpty();
        }
    }

    @Test
    void what_is_small_or_no_text_is_not_compressed() throws Exception {
        server.create("small", "hello");
        put("binary", "x".repeat(10_000), "Content-Type", "application/octet-stream");
        for (String path : new String[] {"small", "binary"}) {
            assertThat(header(server.get("/v1/stream/" + path, "Accept-Encoding", "gzip"), "content-encoding"))
                    .isEmpty();
        }
    }

    @Test
    void a_long_stream_is_read_in_pages_that_end_between_messages() throws Exception {
        try (TestServer small = TestServer.start(builder -> builder.limits(new Limits().pageBytes(10)))) {
            small.create("pages", "one ");
            small.append("pages", "two ");
            small.append("pages", "three ");
            small.append("pages", "four ");
            StringBuilder all = new StringBuilder();
            String offset = "-1";
            int pages = 0;
            boolean upToDate = false;
            while (!upToDate) {
                HttpResponse<String> page = small.get("/v1/stream/pages?offset=" + offset);
                all.append(page.body());
                offset = header(page, "stream-next-offset");
                upToDate = header(page, "stream-up-to-date").equals("true");
                pages++;
            }
            assertThat(all.toString()).isEqualTo("one two three four ");
            assertThat(pages).isBetween(2, 4);
        }
    }

    @Test
    void the_content_type_comes_back_byte_for_byte() throws Exception {
        put("typed", "hello", "Content-Type", "Text/Plain;  charset=\"UTF-8\"");
        assertThat(header(server.get("/v1/stream/typed"), "content-type")).isEqualTo("Text/Plain;  charset=\"UTF-8\"");
    }

    @Test
    void problems_say_what_why_and_whether_to_try_again() throws Exception {
        HttpResponse<String> missing = server.get("/v1/stream/nowhere");
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(header(missing, "content-type")).isEqualTo("application/problem+json");
        assertThat(header(missing, "cache-control")).isEqualTo("no-store");
        assertThat(header(missing, "x-content-type-options")).isEqualTo("nosniff");
        assertThat(missing.body())
                .contains(
                        "\"type\":\"urn:varve:error:not_found\"",
                        "\"title\":\"Not found\"",
                        "\"status\":404",
                        "\"kind\":\"not_found\"",
                        "\"retryable\":false",
                        "\"outcome\":\"not_applied\"");
    }

    @Test
    void protocol_errors_keep_the_connection() throws Exception {
        try (RawConnection connection = server.connect()) {
            connection.request("POST", "/v1/stream/nowhere", "abc", "Content-Type: text/plain");
            assertThat(connection.answer().status()).isEqualTo(404);
            connection.request("PUT", "/v1/stream/kept", "abc", "Stream-TTL: x");
            assertThat(connection.answer().status()).isEqualTo(400);
            connection.request("PATCH", "/v1/stream/kept", "abc");
            assertThat(connection.answer().status()).isEqualTo(405);
            connection.request("POST", "/nothing/here", "abc");
            assertThat(connection.answer().status()).isEqualTo(404);
            connection.request("GET", "/healthz", "");
            assertThat(connection.answer().status()).isEqualTo(200);
        }
    }

    @Test
    void a_missing_content_type_is_400_and_a_wrong_one_409() throws Exception {
        server.create("checked", "hello");
        assertThat(post("checked", "x").statusCode()).isEqualTo(400);
        assertThat(post("checked", "x", "Content-Type", "application/json").statusCode())
                .isEqualTo(409);
    }

    @Test
    void headers_that_must_come_once_come_once() throws Exception {
        server.create("once", "hello");
        try (RawConnection connection = server.connect()) {
            connection.request(
                    "POST", "/v1/stream/once", "x", "Content-Type: text/plain", "Stream-Seq: a", "Stream-Seq: b");
            assertThat(connection.answer().status()).isEqualTo(400);
            connection.request("POST", "/v1/stream/once", "x", "Content-Type: text/plain", "Content-Type: text/css");
            assertThat(connection.answer().status()).isEqualTo(400);
        }
    }

    @Test
    void head_says_nothing_in_a_body_and_the_connection_goes_on() throws Exception {
        server.create("headed", "hello");
        try (RawConnection connection = server.connect()) {
            connection.request("HEAD", "/v1/stream/headed", "");
            assertThat(connection.answer(false).header("stream-next-offset")).isEqualTo(FIVE);
            connection.request("HEAD", "/v1/stream/missing", "");
            RawConnection.Answer missing = connection.answer(false);
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.header("content-length")).isNotEqualTo("0");
            connection.request("HEAD", "/healthz", "");
            assertThat(connection.answer(false).header("content-length")).isEqualTo("15");
            connection.request("GET", "/healthz", "");
            assertThat(connection.answer().text()).isEqualTo("{\"status\":\"ok\"}");
        }
    }

    @Test
    void the_registry_is_read_only_and_other_reserved_paths_do_not_exist() throws Exception {
        for (String method : new String[] {"PUT", "POST", "DELETE"}) {
            HttpResponse<String> response = server.send(method, "/v1/stream/__registry__", "");
            assertThat(response.statusCode()).isEqualTo(405);
            assertThat(header(response, "allow")).isEqualTo("GET, HEAD, OPTIONS");
            assertThat(server.send(method, "/v1/stream/__other/x", "").statusCode())
                    .isEqualTo(404);
        }
        assertThat(server.get("/v1/stream/__registry__").statusCode()).isEqualTo(200);
        assertThat(server.get("/v1/stream/__other/x").statusCode()).isEqualTo(404);
        assertThat(server.get("/v1/stream/%5F%5Fother/x").statusCode()).isEqualTo(404);
    }

    @Test
    void a_text_of_the_user_never_becomes_a_header() {
        Response response = Response.of(200)
                .header(HeaderName.CONTENT_TYPE, "a\r\nX-Forged: yes\0\u0001b\u20ac")
                .body(new byte[0]);
        ByteBuf encoded = response.encode(UnpooledByteBufAllocator.DEFAULT, true, false, null);
        String head = encoded.toString(StandardCharsets.ISO_8859_1);
        encoded.release();
        assertThat(head).contains("Content-Type: a  X-Forged: yes  b?\r\n");
    }
}
