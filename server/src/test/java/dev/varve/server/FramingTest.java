package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests whose end two parties could see in different places are answered once and end the connection. */
final class FramingTest {

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** A second request behind each: it must never be answered. */
    private static final String SMUGGLED = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

    static Stream<Arguments> ambiguous() {
        return Stream.of(
                post("length and coding", "Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
                post("coding and length", "Transfer-Encoding: chunked\r\nContent-Length: 4", "0\r\n\r\n"),
                post("two equal lengths", "Content-Length: 4\r\nContent-Length: 4", "abcd"),
                post("two different lengths", "Content-Length: 4\r\nContent-Length: 5", "abcd"),
                post("a list of equal lengths", "Content-Length: 4, 4", "abcd"),
                post("a list of different lengths", "Content-Length: 4, 5", "abcd"),
                post("a length with a plus", "Content-Length: +4", "abcd"),
                post("a negative length", "Content-Length: -1", ""),
                post("a length in hex", "Content-Length: 0x4", "abcd"),
                post("a length with a space in it", "Content-Length: 1 0", "abcd"),
                post("an empty length", "Content-Length: ", ""),
                post("a length that overflows", "Content-Length: 99999999999999999999", ""),
                post("a fractional length", "Content-Length: 4.0", "abcd"),
                post("an unknown coding", "Transfer-Encoding: xchunked", "0\r\n\r\n"),
                post("identity coding", "Transfer-Encoding: identity", ""),
                post("chunked before another coding", "Transfer-Encoding: chunked, gzip", "0\r\n\r\n"),
                post("another coding before chunked", "Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
                post("chunked twice in one line", "Transfer-Encoding: chunked, chunked", "0\r\n\r\n"),
                post("chunked in two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
                post("identity and chunked", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
                post("chunked in quotes", "Transfer-Encoding: \"chunked\"", "0\r\n\r\n"),
                post("chunked with a vertical tab", "Transfer-Encoding: \u000bchunked", "0\r\n\r\n"),
                post("a space before the colon", "Content-Length : 4", "abcd"),
                post("a tab before the colon", "Transfer-Encoding\t: chunked", "0\r\n\r\n"),
                post("a space before the name", " Content-Length: 4", "abcd"),
                post("a folded value", "X-A: b\r\n Content-Length: 4", "abcd"),
                post("a folded coding", "Transfer-Encoding:\r\n chunked", "0\r\n\r\n"),
                post("a folded value with a tab", "X-A: b\r\n\tc", "abcd"),
                post("a bare LF between headers", "X-A: b\nContent-Length: 4", "abcd"),
                post("a bare CR in a value", "X-A: b\rContent-Length: 4", "abcd"),
                post("a NUL in a value", "X-A: b\0c\r\nContent-Length: 4", "abcd"),
                post("a NUL in a name", "X\0A: b\r\nContent-Length: 4", "abcd"),
                post("no name", ": b\r\nContent-Length: 4", "abcd"),
                post("no colon", "Content-Length 4", "abcd"),
                post("a name with a slash", "X/A: b", ""),
                post("two hosts", "Host: other", ""),
                post("chunk size with a sign", "Transfer-Encoding: chunked", "+4\r\nabcd\r\n0\r\n\r\n"),
                post("chunk size with a prefix", "Transfer-Encoding: chunked", "0x4\r\nabcd\r\n0\r\n\r\n"),
                post(
                        "chunk size that overflows",
                        "Transfer-Encoding: chunked",
                        "fffffffffffffffff\r\nabcd\r\n0\r\n\r\n"),
                post("negative chunk size", "Transfer-Encoding: chunked", "-4\r\nabcd\r\n0\r\n\r\n"),
                post("empty chunk size", "Transfer-Encoding: chunked", "\r\nabcd\r\n0\r\n\r\n"),
                post("chunk longer than its size", "Transfer-Encoding: chunked", "2\r\nabcd\r\n0\r\n\r\n"),
                post("chunk size ended by a bare LF", "Transfer-Encoding: chunked", "4\nabcd\r\n0\r\n\r\n"),
                post("chunk data ended by a bare LF", "Transfer-Encoding: chunked", "4\r\nabcd\n0\r\n\r\n"),
                Arguments.of(
                        "coding in HTTP/1.0",
                        "POST /v1/stream/x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("no host", "GET /healthz HTTP/1.1\r\n\r\n"),
                Arguments.of(
                        "an empty line of spaces in front", "  \r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of("a space in front", " GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of("a bare LF after the request line", "GET /healthz HTTP/1.1\nHost: localhost\r\n\r\n"),
                Arguments.of("bare LFs only", "GET /healthz HTTP/1.1\nHost: localhost\n\n"),
                Arguments.of("two spaces in the request line", "GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of("a tab in the request line", "GET\t/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of("a space in the target", "GET /healthz x HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of("no version", "GET /healthz\r\nHost: localhost\r\n\r\n"),
                Arguments.of("a version in lower case", "GET /healthz http/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of("a broken method", "G@T /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of(
                        "a control character in the target", "GET /healthz\u0001 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of(
                        "a byte above ASCII in the target", "GET /health\u00e9 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of("a fragment in the target", "GET /healthz#x HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of("a target without a slash", "GET healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                Arguments.of("a host with a space", "GET /healthz HTTP/1.1\r\nHost: local host\r\n\r\n"),
                Arguments.of("a host with a path", "GET /healthz HTTP/1.1\r\nHost: localhost/x\r\n\r\n"));
    }

    private static Arguments post(String name, String headers, String body) {
        return Arguments.of(
                name, "POST /v1/stream/framing HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n\r\n" + body);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ambiguous")
    void an_ambiguous_request_gets_one_400_and_the_connection_ends(String name, String request) throws IOException {
        try (RawConnection connection = server.connect()) {
            connection.send(request + SMUGGLED);
            RawConnection.Answer answer = connection.answer();
            assertThat(answer.status()).as(name).isEqualTo(400);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
            assertThat(connection.rest()).as("after %s", name).isEmpty();
        }
    }

    @Test
    void a_chunked_body_is_taken_with_extensions_and_trailers() throws IOException {
        try (RawConnection connection = server.connect()) {
            connection.request(
                    "PUT", "/v1/stream/chunked", "", "Content-Type: text/plain", "Transfer-Encoding: chunked");
            connection.send("3;name=value\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: yes\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(201);
            connection.request("GET", "/v1/stream/chunked", "");
            assertThat(connection.answer().text()).isEqualTo("abcde");
        }
    }

    @Test
    void empty_lines_before_a_request_are_ignored() throws IOException {
        try (RawConnection connection = server.connect()) {
            connection.send("\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(200);
        }
    }

    @Test
    void a_request_that_arrives_byte_by_byte_is_understood() throws IOException {
        String request = String.join(
                "\r\n",
                "PUT /v1/stream/slowly HTTP/1.1",
                "Host: localhost",
                "Content-Type: text/plain",
                "Content-Length: 3",
                "",
                "abc");
        try (RawConnection connection = server.connect()) {
            for (int i = 0; i < request.length(); i++) {
                connection.send(request.substring(i, i + 1));
            }
            assertThat(connection.answer().status()).isEqualTo(201);
        }
    }

    @Test
    void requests_that_always_come_in_pieces_do_not_add_up_in_memory() throws IOException {
        ByteBufAllocatorMetric memory = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
        String first = "GET /healthz?x=" + "x".repeat(4_000);
        String rest = " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        int requests = 8_000; // of 32 MiB in all
        try (RawConnection connection = server.connect()) {
            connection.send(first);
            long before = memory.usedDirectMemory();
            for (int i = 0; i < requests; i++) {
                connection.send(rest + first);
                assertThat(connection.answer().status()).isEqualTo(200);
            }
            assertThat(memory.usedDirectMemory() - before).isLessThan(8 << 20);
        }
    }

    @Test
    void an_absolute_target_is_understood() throws IOException {
        try (RawConnection connection = server.connect()) {
            connection.send("GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(200);
        }
    }

    @Test
    void an_unknown_version_is_505() throws IOException {
        try (RawConnection connection = server.connect()) {
            connection.send("GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(505);
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void a_body_that_is_encoded_is_refused_and_nothing_is_kept_of_it() throws Exception {
        for (String coding : new String[] {"gzip", "GZIP", "br", "identity, gzip", "aes128gcm"}) {
            try (RawConnection connection = server.connect()) {
                connection.request(
                        "PUT", "/v1/stream/encoded", "abc", "Content-Type: text/plain", "Content-Encoding: " + coding);
                RawConnection.Answer answer = connection.answer();
                assertThat(answer.status()).as(coding).isEqualTo(415);
                assertThat(answer.header("accept-encoding")).isEqualTo("identity");
                assertThat(answer.text()).contains("Content-Encoding").contains("\"kind\":\"not_supported\"");
            }
        }
        assertThat(server.get("/v1/stream/encoded").statusCode()).isEqualTo(404);
    }

    @Test
    void a_body_that_is_said_to_be_as_it_is_is_taken() throws IOException {
        try (RawConnection connection = server.connect()) {
            for (String coding : new String[] {"Identity", "", "identity, identity", " ,"}) {
                connection.request(
                        "PUT", "/v1/stream/plain", "abc", "Content-Type: text/plain", "Content-Encoding: " + coding);
                assertThat(connection.answer().status()).as(coding).isIn(200, 201);
            }
            connection.request("GET", "/v1/stream/plain", "", "Content-Encoding: gzip");
            assertThat(connection.answer().text()).isEqualTo("abc");
        }
    }

    @Test
    void http_1_0_is_answered_and_closed() throws IOException {
        try (RawConnection connection = server.connect()) {
            connection.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            RawConnection.Answer answer = connection.answer();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void a_client_that_ends_its_side_after_a_request_still_gets_the_answer() throws IOException {
        try (RawConnection connection = server.connect()) {
            connection.request("PUT", "/v1/stream/half-closed", "abc", "Content-Type: text/plain");
            connection.endOutput();
            assertThat(connection.answer().status()).isEqualTo(201);
            assertThat(connection.endsHere()).isTrue();
        }
    }
}
