package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every bound holds, answers say so, and the client can read them. */
final class LimitsTest {

    private static TestServer with(Limits limits) {
        return TestServer.start(builder -> builder.limits(limits));
    }

    private static String put(String path, String... more) {
        return "PUT /v1/stream/" + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
                + String.join("\r\n", more);
    }

    @Test
    void headers_that_are_too_large_are_431() throws IOException {
        try (TestServer server = TestServer.start();
                RawConnection connection = server.connect()) {
            connection.request("GET", "/healthz", "", "X-Big: " + "x".repeat(Limits.HEADER_BYTES));
            assertThat(connection.answer().status()).isEqualTo(431);
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void too_many_header_lines_are_431() throws IOException {
        try (TestServer server = TestServer.start()) {
            for (int lines : new int[] {Limits.HEADER_LINES, Limits.HEADER_LINES + 1}) {
                List<String> headers = new ArrayList<>();
                // Host is one of them.
                for (int i = 1; i < lines; i++) {
                    headers.add("X-" + i + ": y");
                }
                try (RawConnection connection = server.connect()) {
                    connection.request("GET", "/healthz", "", headers.toArray(String[]::new));
                    assertThat(connection.answer().status()).isEqualTo(lines > Limits.HEADER_LINES ? 431 : 200);
                }
            }
        }
    }

    @Test
    void a_request_target_that_is_too_long_is_414() throws IOException {
        try (TestServer server = TestServer.start();
                RawConnection connection = server.connect()) {
            connection.request("GET", "/healthz?" + "x".repeat(Limits.URL_BYTES), "");
            assertThat(connection.answer().status()).isEqualTo(414);
        }
    }

    @Test
    void a_path_has_at_most_so_many_bytes_and_segments() throws Exception {
        try (TestServer server = TestServer.start()) {
            assertThat(create(server, "a".repeat(Limits.PATH_BYTES))).isEqualTo(201);
            assertThat(create(server, "a".repeat(Limits.PATH_BYTES + 1))).isEqualTo(400);
            assertThat(create(server, "%C3%A9".repeat(Limits.PATH_BYTES / 2))).isEqualTo(201);
            assertThat(create(server, "%C3%A9".repeat(Limits.PATH_BYTES / 2 + 1)))
                    .isEqualTo(400);
            assertThat(create(server, "a/".repeat(Limits.PATH_SEGMENTS - 1) + "a"))
                    .isEqualTo(201);
            assertThat(create(server, "a/".repeat(Limits.PATH_SEGMENTS) + "a")).isEqualTo(400);
        }
    }

    private static int create(TestServer server, String path) throws Exception {
        return server.send("PUT", "/v1/stream/" + path, "").statusCode();
    }

    @Test
    void a_body_announced_too_large_is_413_before_it_is_sent() throws IOException {
        try (TestServer server = with(new Limits().bodyBytes(1_000));
                RawConnection connection = server.connect()) {
            connection.send(put("big", "Content-Length: 1001", "", ""));
            RawConnection.Answer answer = connection.answer();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.text()).contains("\"kind\":\"too_large\"", "\"outcome\":\"not_applied\"");
        }
    }

    @Test
    void a_client_that_sends_a_body_too_large_anyway_can_read_the_answer() throws IOException {
        try (TestServer server = with(new Limits().bodyBytes(1_000));
                RawConnection connection = server.connect()) {
            int bytes = 8 * 1024 * 1024;
            connection.send(put("big", "Content-Length: " + bytes, "", ""));
            connection.send(new byte[bytes]);
            assertThat(connection.answer().status()).isEqualTo(413);
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void a_body_a_little_too_large_does_not_cost_the_connection() throws IOException {
        try (TestServer server = with(new Limits().bodyBytes(1_000));
                RawConnection connection = server.connect()) {
            connection.send(put("big", "Content-Length: 2000", "", "x".repeat(2_000)));
            assertThat(connection.answer().status()).isEqualTo(413);
            connection.request("GET", "/healthz", "");
            assertThat(connection.answer().status()).isEqualTo(200);
        }
    }

    @Test
    void a_chunked_body_that_grows_too_large_is_413() throws IOException {
        try (TestServer server = with(new Limits().bodyBytes(1_000));
                RawConnection connection = server.connect()) {
            connection.send(put("big", "Transfer-Encoding: chunked", "", ""));
            connection.send("1f4\r\n" + "x".repeat(500) + "\r\n");
            connection.send("1f5\r\n" + "x".repeat(501) + "\r\n0\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(413);
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void a_body_of_exactly_the_limit_is_taken() throws Exception {
        try (TestServer server = with(new Limits().bodyBytes(1_000))) {
            assertThat(server.send("PUT", "/v1/stream/full", "x".repeat(1_000)).statusCode())
                    .isEqualTo(201);
        }
    }

    @Test
    void a_request_without_a_body_takes_none() throws IOException {
        try (TestServer server = TestServer.start();
                RawConnection connection = server.connect()) {
            connection.request("GET", "/healthz", "abc");
            assertThat(connection.answer().status()).isEqualTo(413);
            connection.request("GET", "/healthz", "");
            assertThat(connection.answer().status()).isEqualTo(200);
        }
    }

    @Test
    void expect_continue_is_answered_after_the_checks() throws IOException {
        try (TestServer server = with(new Limits().bodyBytes(1_000))) {
            try (RawConnection connection = server.connect()) {
                connection.send(put("asks", "Expect: 100-continue", "Content-Length: 3", "", ""));
                assertThat(connection.answer(false).status()).isEqualTo(100);
                connection.send("abc");
                assertThat(connection.answer().status()).isEqualTo(201);
            }
            try (RawConnection connection = server.connect()) {
                connection.send(put("asks", "Expect: 100-continue", "Content-Length: 1001", "", ""));
                assertThat(connection.answer().status()).isEqualTo(413);
                assertThat(connection.endsHere()).isTrue();
            }
            try (RawConnection connection = server.connect()) {
                connection.send(put("asks", "Expect: miracles", "Content-Length: 3", "", ""));
                assertThat(connection.answer().status()).isEqualTo(417);
            }
        }
    }

    @Test
    void bodies_in_memory_are_bounded_over_all_connections() throws IOException {
        try (TestServer server = with(new Limits().inFlightBodyBytes(1_500));
                RawConnection first = server.connect();
                RawConnection second = server.connect()) {
            first.send(put("first", "Content-Length: 1000", "Expect: 100-continue", "", ""));
            assertThat(first.answer(false).status()).isEqualTo(100);

            second.send(put("second", "Content-Length: 1000", "", "x".repeat(1_000)));
            RawConnection.Answer refused = second.answer();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(1, 5);
            assertThat(refused.text()).contains("\"kind\":\"overloaded\"", "\"outcome\":\"not_applied\"");

            first.send("x".repeat(1_000));
            assertThat(first.answer().status()).isEqualTo(201);
            second.send(put("second", "Content-Length: 1000", "", "x".repeat(1_000)));
            assertThat(second.answer().status()).isEqualTo(201);
        }
    }

    @Test
    void the_place_of_a_body_is_given_back_when_its_client_goes() throws Exception {
        try (TestServer server = with(new Limits().inFlightBodyBytes(1_500))) {
            for (int i = 0; i < 10; i++) {
                try (RawConnection connection = server.connect()) {
                    connection.send(put("gone", "Content-Length: 1000", "Expect: 100-continue", "", ""));
                    assertThat(connection.answer(false).status()).isIn(100, 503);
                }
            }
            await().atMost(TestServer.PATIENCE)
                    .untilAsserted(() -> assertThat(server.send("PUT", "/v1/stream/here", "x".repeat(1_000))
                                    .statusCode())
                            .isIn(200, 201));
        }
    }

    @Test
    void connections_beyond_the_limit_are_turned_away_until_there_is_room() throws Exception {
        try (TestServer server = with(new Limits().connections(2))) {
            RawConnection first = server.connect();
            first.request("GET", "/healthz", "");
            assertThat(first.answer().status()).isEqualTo(200);
            try (RawConnection second = server.connect();
                    RawConnection third = server.connect()) {
                second.request("GET", "/healthz", "");
                assertThat(second.answer().status()).isEqualTo(200);
                assertThat(third.answer().status()).isEqualTo(503);
                assertThat(third.endsHere()).isTrue();
                first.close();
                await().atMost(TestServer.PATIENCE).untilAsserted(() -> {
                    try (RawConnection fourth = server.connect()) {
                        fourth.request("GET", "/healthz", "");
                        assertThat(fourth.answer().status()).isEqualTo(200);
                    }
                });
            }
        }
    }

    @Test
    void a_connection_that_says_nothing_is_closed() throws IOException {
        try (TestServer server = with(new Limits().headerTimeout(Duration.ofMillis(300)));
                RawConnection connection = server.connect()) {
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void a_head_that_does_not_end_is_408() throws IOException {
        try (TestServer server = with(new Limits().headerTimeout(Duration.ofMillis(300)));
                RawConnection connection = server.connect()) {
            connection.send("GET /healthz HTTP/1.1\r\nHost: loc");
            assertThat(connection.answer().status()).isEqualTo(408);
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void an_idle_connection_is_closed_after_its_last_answer() throws IOException {
        try (TestServer server = with(new Limits().idle(Duration.ofMillis(300)));
                RawConnection connection = server.connect()) {
            connection.request("GET", "/healthz", "");
            assertThat(connection.answer().status()).isEqualTo(200);
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void a_body_that_trickles_is_408() throws IOException {
        try (TestServer server = with(new Limits().bodyRate(Duration.ofMillis(300), 1_024));
                RawConnection connection = server.connect()) {
            connection.send(put("slow", "Content-Length: 100000", "", "x"));
            assertThat(connection.answer().status()).isEqualTo(408);
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void a_client_that_does_not_read_its_answers_is_cut() throws Exception {
        try (TestServer server = with(new Limits().writeStall(Duration.ofMillis(500)))) {
            server.send("PUT", "/v1/stream/large", "x".repeat(900_000), "Content-Type", "text/plain");
            try (RawConnection connection = RawConnection.open(server.server.port(), 4_096)) {
                for (int i = 0; i < 40; i++) {
                    connection.request("GET", "/v1/stream/large", "");
                }
                await().atMost(TestServer.PATIENCE)
                        .untilAsserted(() -> assertThat(server.get("/metrics").body())
                                .contains("varve_slow_clients_closed_total 1.0"));
            }
        }
    }

    @Test
    void requests_sent_ahead_by_a_client_that_does_not_read_produce_a_bounded_amount() throws Exception {
        try (TestServer server = TestServer.start()) {
            server.send("PUT", "/v1/stream/large", "x".repeat(900_000), "Content-Type", "text/plain");
            try (RawConnection connection = RawConnection.open(server.server.port(), 4_096)) {
                for (int i = 0; i < 200; i++) {
                    connection.request("GET", "/v1/stream/large", "");
                }
                // 200 answers would be 180 MB; only what the socket takes and one answer more is made.
                Thread.sleep(500);
                double sent = metric(server.get("/metrics"), "varve_http_sent_bytes_total");
                assertThat(sent).isLessThan(20_000_000);
            }
        }
    }

    private static double metric(HttpResponse<String> metrics, String name) {
        return metrics.body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(-1);
    }
}
