package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Input that makes no sense is the sender's fault, always: 4xx, never 5xx, and nothing is changed. */
final class MalformedInputTest {

    private static final int TRIES = 4_000;

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start();
        server.create("target", "hello");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static int status(String method, String target, String... headers) throws IOException {
        try (RawConnection connection = server.connect()) {
            connection.request(method, target, "", headers);
            return connection.answer(!method.equals("HEAD")).status();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "a//b",
                "/a",
                "a/",
                ".",
                "..",
                "../x",
                "a/../b",
                "a/./b",
                "a/..",
                "%2e",
                "%2e%2e/x",
                "a/%2E%2e/b",
                "a%2fb",
                "a%2Fb",
                "a%5cb",
                "a\\b",
                "%00",
                "a%00b",
                "a%0d%0aX:y",
                "a%7fb",
                "a%01",
                "%c2%85",
                "%",
                "%2",
                "%zz",
                "a%g0",
                "%c0%af",
                "%c0%80",
                "%ed%a0%80",
                "%f4%90%80%80",
                "%ff",
                "%e2%82",
                "%e2%28%a1"
            })
    void a_path_that_could_mean_two_things_is_400(String path) throws IOException {
        for (String method : List.of("PUT", "GET", "HEAD", "POST", "DELETE")) {
            assertThat(status(method, "/v1/stream/" + path, "Content-Type: text/plain"))
                    .as("%s %s", method, path)
                    .isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a;x=1",
                "a.",
                "a..b",
                "...",
                "CON",
                "NUL",
                "caf%C3%A9",
                "cafe%CC%81",
                "%F0%9F%98%80",
                "a%20b",
                "a%3Fb",
                "~",
                "a:b@c!$&'()*+,;="
            })
    void a_path_that_is_only_unusual_is_a_path(String path) throws IOException {
        assertThat(status("PUT", "/v1/stream/unusual/" + path)).isEqualTo(201);
        assertThat(status("GET", "/v1/stream/unusual/" + path)).isEqualTo(200);
        assertThat(status("DELETE", "/v1/stream/unusual/" + path)).isEqualTo(204);
    }

    @Test
    void names_that_look_alike_are_different_streams() throws Exception {
        server.create("alike/caf%C3%A9", "composed");
        assertThat(server.get("/v1/stream/alike/cafe%CC%81").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-2",
                "0",
                "5",
                "NOW",
                "%20now",
                "-1%20",
                "0000000000000000_000000000000000",
                "0000000000000000_00000000000000000",
                "0000000000000001_0000000000000000",
                "0000000000000000_9999999999999999",
                "9999999999999999_9999999999999999",
                "0000000000000000-0000000000000000",
                "0000000000000000_000000000000000a",
                "0000000000000000_-000000000000001",
                "0000000000000000_0000000000000003",
                "0000000000000000_0000000000000006",
                "9223372036854775808",
                "1e3",
                "a,b",
                "a%26b",
                "..%2F..",
                "%00",
                "%0d%0a",
                "%ff",
                "%",
                "-1&offset=-1"
            })
    void an_offset_that_was_never_handed_out_is_400(String offset) throws IOException {
        assertThat(status("GET", "/v1/stream/target?offset=" + offset)).isEqualTo(400);
        assertThat(status("GET", "/v1/stream/target?offset=" + offset + "&live=long-poll"))
                .isEqualTo(400);
        assertThat(status("GET", "/v1/stream/target?offset=" + offset + "&live=sse"))
                .isEqualTo(400);
    }

    @Test
    void other_parameters_are_ignored_and_known_ones_checked() throws IOException {
        assertThat(status("GET", "/v1/stream/target?x=%ff&y&=z&&offset=-1")).isEqualTo(200);
        assertThat(status("GET", "/v1/stream/target?offset=-1&live=")).isEqualTo(400);
        assertThat(status("GET", "/v1/stream/target?offset=-1&live=SSE")).isEqualTo(400);
        assertThat(status("GET", "/v1/stream/target?live=long-poll")).isEqualTo(400);
        assertThat(status("GET", "/v1/streams?limit=0")).isEqualTo(400);
        assertThat(status("GET", "/v1/streams?limit=1001")).isEqualTo(400);
        assertThat(status("GET", "/v1/streams?limit=x")).isEqualTo(400);
        assertThat(status("GET", "/v1/streams?prefix=%ff")).isEqualTo(400);
    }

    private static final String[] METHODS = {"PUT", "POST", "GET", "HEAD", "DELETE"};
    private static final String[] HEADERS = {
        "Content-Type",
        "Stream-TTL",
        "Stream-Expires-At",
        "Stream-Closed",
        "Stream-Seq",
        "Stream-Forked-From",
        "Stream-Fork-Offset",
        "Stream-Fork-Sub-Offset",
        "Stream-Retention-Age",
        "Stream-Retention-Bytes",
        "Stream-Retention-Messages",
        "Producer-Id",
        "Producer-Epoch",
        "Producer-Seq",
        "If-Match",
        "If-None-Match",
        "Accept-Encoding",
        "Expect",
        "Origin"
    };
    private static final String[] PIECES = {
        "",
        "0",
        "1",
        "-1",
        "now",
        "true",
        "text/plain",
        "application/json",
        "/v1/stream/target",
        "..",
        "%2e",
        "%2f",
        "%00",
        "%ff",
        "%",
        "/",
        "//",
        "\\",
        "\"",
        "\u00ff",
        "\u0080",
        "\t",
        " ",
        ";",
        ",",
        "=",
        "&",
        "?",
        "*",
        "W/",
        "9223372036854775808",
        "0000000000000000_0000000000000005",
        "2030-01-01T00:00:00Z",
        "e",
        "x",
        "{",
        "[",
        "q=0"
    };
    private static final String[] BODIES = {
        "",
        "x",
        "[",
        "[]",
        "[1",
        "{\"a\":1,\"a\":2}",
        "NaN",
        "1e400",
        "\"\\ud800\"",
        "\u00ef\u00bb\u00bf1",
        "[1] 2",
        "nul",
        "\u00ff\u00fe",
        "\"\u0001\"",
        "[[[[[[[[[[",
        "0123456789"
    };

    @Test
    void random_requests_never_make_the_server_fail() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        RawConnection connection = server.connect();
        try {
            for (int i = 0; i < TRIES; i++) {
                String method = METHODS[random.nextInt(METHODS.length)];
                String body = random.nextInt(3) == 0 ? BODIES[random.nextInt(BODIES.length)] : "";
                String target = target(random);
                String[] headers = new String[random.nextInt(4)];
                for (int h = 0; h < headers.length; h++) {
                    headers[h] = HEADERS[random.nextInt(HEADERS.length)] + ": "
                            + pieces(random, 3).strip();
                }
                connection.request(method, target, body, headers);
                RawConnection.Answer answer = connection.answer(!method.equals("HEAD"));
                assertThat(answer.status())
                        .as("seed %d try %d: %s %s %s %s", seed, i, method, target, List.of(headers), body)
                        .isBetween(100, 499);
                if (answer.status() == 100) {
                    answer = connection.answer(!method.equals("HEAD"));
                    assertThat(answer.status()).as("seed %d try %d", seed, i).isBetween(200, 499);
                }
                boolean events = answer.header("content-type").equals("text/event-stream");
                if (events || answer.header("connection").equals("close")) {
                    connection.close();
                    connection = server.connect();
                }
            }
        } finally {
            connection.close();
        }
        assertThat(status("GET", "/v1/stream/__registry__")).isEqualTo(200);
    }

    private static String target(Random random) {
        String root = random.nextInt(8) == 0 ? "/v1/streams" : "/v1/stream/";
        String path = random.nextInt(3) == 0 ? "target" : pieces(random, 3);
        String query = random.nextInt(3) == 0 ? "?offset=" + pieces(random, 2) : "";
        // What cannot stand in a request line is another test's business.
        return (root + path + query)
                .replaceAll("[^\\x21-\\x7e]", "")
                .replace("#", "")
                .replace("live=", "");
    }

    private static String pieces(Random random, int most) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }

    @Test
    void random_bytes_never_make_the_server_fail() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] valid = "PUT /v1/stream/bytes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
                .getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 500; i++) {
            byte[] request = valid.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                request[random.nextInt(request.length)] = (byte) random.nextInt(256);
            }
            try (RawConnection connection = server.connect()) {
                connection.send(request);
                connection.endOutput();
                String answers = connection.rest();
                if (!answers.isEmpty()) {
                    int status = Integer.parseInt(answers.substring(9, 12));
                    assertThat(status)
                            .as("seed %d try %d: %s", seed, i, new String(request, StandardCharsets.ISO_8859_1))
                            .satisfiesAnyOf(
                                    s -> assertThat(s).isLessThan(500),
                                    s -> assertThat(s).isEqualTo(505));
                }
            }
        }
        assertThat(status("GET", "/healthz")).isEqualTo(200);
    }
}
