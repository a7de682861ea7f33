package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Requests sent ahead are answered in order, whatever each takes. */
final class PipeliningTest {

    private static String request(String method, String target, String body) {
        return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void answers_come_in_the_order_of_the_requests() throws Exception {
        try (TestServer server = TestServer.start();
                RawConnection connection = server.connect()) {
            StringBuilder requests = new StringBuilder(request("PUT", "/v1/stream/ahead", ""));
            int appends = 2_000;
            for (int i = 0; i < appends; i++) {
                requests.append(request("POST", "/v1/stream/ahead", "%05d".formatted(i)));
            }
            requests.append(request("GET", "/v1/stream/ahead", ""));
            connection.send(requests.toString());
            assertThat(connection.answer().status()).isEqualTo(201);
            for (int i = 0; i < appends; i++) {
                RawConnection.Answer answer = connection.answer();
                assertThat(answer.status()).isEqualTo(204);
                assertThat(answer.header("stream-next-offset")).endsWith("_%016d".formatted((i + 1) * 5));
            }
            assertThat(connection.answer().body()).hasSize(appends * 5);
        }
    }

    @Test
    void a_request_behind_a_long_poll_waits_for_it() throws Exception {
        try (TestServer server = TestServer.start(builder -> builder.longPollTimeout(Duration.ofMinutes(5)));
                RawConnection connection = server.connect()) {
            server.create("waits", "");
            connection.send(request("GET", "/v1/stream/waits?offset=now&live=long-poll", "")
                    + request("POST", "/v1/stream/waits", "late")
                    + request("GET", "/healthz", ""));
            Thread.sleep(100);
            server.append("waits", "early");
            assertThat(connection.answer().text()).isEqualTo("early");
            assertThat(connection.answer().status()).isEqualTo(204);
            assertThat(connection.answer().text()).contains("ok");
        }
    }

    @Test
    void requests_over_several_groups_of_loops_stay_in_order() throws Exception {
        try (TestServer server = TestServer.start();
                RawConnection connection = server.connect()) {
            StringBuilder requests = new StringBuilder(request("PUT", "/v1/stream/loops", ""));
            int rounds = 200;
            for (int i = 0; i < rounds; i++) {
                requests.append(request("POST", "/v1/stream/loops", "x"));
                requests.append(request("GET", "/livez", ""));
                requests.append(request("GET", "/v1/stream/loops", ""));
            }
            connection.send(requests.toString());
            assertThat(connection.answer().status()).isEqualTo(201);
            for (int i = 0; i < rounds; i++) {
                assertThat(connection.answer().status()).isEqualTo(204);
                assertThat(connection.answer().text()).contains("ok");
                assertThat(connection.answer().body()).hasSize(i + 1);
            }
        }
    }

    @Test
    void a_connection_may_change_its_loop_while_answers_still_wait_for_the_socket() throws Exception {
        try (TestServer server = TestServer.start();
                RawConnection connection = RawConnection.open(server.server.port(), 4_096)) {
            String large = "0123456789".repeat(15_000);
            server.create("pending", large);
            StringBuilder requests = new StringBuilder();
            int rounds = 60;
            for (int i = 0; i < rounds; i++) {
                requests.append(request("GET", "/v1/stream/pending?offset=-1", ""));
                requests.append(request("PUT", "/v1/stream/pending/" + i, ""));
                requests.append(request("GET", "/healthz", ""));
            }
            connection.send(requests.toString());
            for (int i = 0; i < rounds; i++) {
                assertThat(connection.answer().text()).isEqualTo(large);
                assertThat(connection.answer().status()).isEqualTo(201);
                assertThat(connection.answer().text()).contains("ok");
            }
        }
    }

    @Test
    void what_follows_a_request_that_closes_is_not_answered() throws Exception {
        try (TestServer server = TestServer.start();
                RawConnection connection = server.connect()) {
            connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    + request("PUT", "/v1/stream/unseen", ""));
            assertThat(connection.answer().header("connection")).isEqualTo("close");
            assertThat(connection.rest()).isEmpty();
            assertThat(server.get("/v1/stream/unseen").statusCode()).isEqualTo(404);
        }
    }
}
