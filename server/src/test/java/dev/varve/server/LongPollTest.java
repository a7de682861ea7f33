package dev.varve.server;

import static dev.varve.server.TestServer.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Long-polls end when there is something to say, and not before. */
final class LongPollTest {

    private static final String TWO = "0000000000000000_0000000000000002";
    private static final Duration LONG = Duration.ofMinutes(5);

    private static String poll(String path, String offset) {
        return "/v1/stream/" + path + "?offset=" + offset + "&live=long-poll";
    }

    private static void awaitReaders(TestServer server, int readers) {
        await().atMost(TestServer.PATIENCE)
                .untilAsserted(() ->
                        assertThat(server.get("/metrics").body()).contains("varve_live_readers " + readers + ".0\n"));
    }

    @Test
    void data_that_is_there_is_answered_at_once() throws Exception {
        try (TestServer server = TestServer.start(builder -> builder.longPollTimeout(LONG))) {
            server.create("there", "hi");
            HttpResponse<String> response = server.get(poll("there", "-1"));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("hi");
            assertThat(header(response, "stream-cursor")).matches("\\d+");
            assertThat(header(response, "stream-up-to-date")).isEqualTo("true");
        }
    }

    @Test
    void an_append_wakes_everyone_who_waits() throws Exception {
        try (TestServer server = TestServer.start(builder -> builder.longPollTimeout(LONG))) {
            server.create("woken", "hi");
            List<RawConnection> waiting = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                waiting.add(server.connect().request("GET", poll("woken", i % 2 == 0 ? TWO : "now"), ""));
            }
            awaitReaders(server, 30);
            server.append("woken", " you");
            for (RawConnection connection : waiting) {
                RawConnection.Answer answer = connection.answer();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.text()).isEqualTo(" you");
                // The connection goes on.
                connection.request("GET", "/healthz", "");
                assertThat(connection.answer().status()).isEqualTo(200);
                connection.close();
            }
            awaitReaders(server, 0);
        }
    }

    @Test
    void without_data_the_wait_ends_with_204_and_the_tail() throws Exception {
        try (TestServer server = TestServer.start()) {
            server.create("quiet", "hi");
            HttpResponse<String> response = server.get(poll("quiet", "now"));
            assertThat(response.statusCode()).isEqualTo(204);
            assertThat(header(response, "stream-next-offset")).isEqualTo(TWO);
            assertThat(header(response, "stream-up-to-date")).isEqualTo("true");
            assertThat(header(response, "cache-control")).isEqualTo("no-store");
            assertThat(header(response, "stream-cursor")).matches("\\d+");
        }
    }

    @Test
    void closing_ends_the_wait() throws Exception {
        try (TestServer server = TestServer.start(builder -> builder.longPollTimeout(LONG));
                RawConnection connection = server.connect()) {
            server.create("closing", "hi");
            connection.request("GET", poll("closing", TWO), "");
            awaitReaders(server, 1);
            server.send("POST", "/v1/stream/closing", "", "Stream-Closed", "true");
            RawConnection.Answer answer = connection.answer();
            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.header("stream-closed")).isEqualTo("true");
            connection.request("GET", poll("closing", TWO), "");
            assertThat(connection.answer().header("stream-closed")).isEqualTo("true");
        }
    }

    @Test
    void deleting_ends_the_wait() throws Exception {
        try (TestServer server = TestServer.start(builder -> builder.longPollTimeout(LONG));
                RawConnection connection = server.connect()) {
            server.create("leaving", "hi");
            connection.request("GET", poll("leaving", TWO), "");
            awaitReaders(server, 1);
            server.send("DELETE", "/v1/stream/leaving", "");
            assertThat(connection.answer().status()).isEqualTo(404);
        }
    }

    @Test
    void a_client_that_goes_away_is_forgotten() throws Exception {
        try (TestServer server = TestServer.start(builder -> builder.longPollTimeout(LONG))) {
            server.create("forgotten", "hi");
            RawConnection connection = server.connect().request("GET", poll("forgotten", TWO), "");
            awaitReaders(server, 1);
            connection.close();
            awaitReaders(server, 0);
        }
    }

    @Test
    void one_connection_may_write_and_wait_in_turns() throws Exception {
        try (TestServer server = TestServer.start(builder -> builder.longPollTimeout(Duration.ofMillis(1)));
                RawConnection connection = server.connect()) {
            connection.request("PUT", "/v1/stream/turns", "", "Content-Type: text/plain");
            assertThat(connection.answer().status()).isEqualTo(201);
            for (int i = 0; i < 300; i++) {
                connection.request("POST", "/v1/stream/turns", "x", "Content-Type: text/plain");
                assertThat(connection.answer().status()).isEqualTo(204);
                connection.request("GET", poll("turns", "now"), "");
                assertThat(connection.answer().status()).isEqualTo(204);
            }
            connection.request("GET", "/v1/stream/turns", "");
            assertThat(connection.answer().body()).hasSize(300);
        }
    }

    @Test
    void nothing_is_missed_between_two_polls() throws Exception {
        try (TestServer server = TestServer.start(builder -> builder.longPollTimeout(LONG));
                RawConnection reader = server.connect();
                RawConnection writer = server.connect()) {
            server.create("raced", "");
            int appends = 500;
            Thread writing = Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < appends; i++) {
                        writer.request("POST", "/v1/stream/raced", "%04d".formatted(i), "Content-Type: text/plain");
                        writer.answer();
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            StringBuilder read = new StringBuilder();
            String offset = "-1";
            while (read.length() < appends * 4) {
                reader.request("GET", poll("raced", offset), "");
                RawConnection.Answer answer = reader.answer();
                assertThat(answer.status()).isEqualTo(200);
                read.append(answer.text());
                offset = answer.header("stream-next-offset");
            }
            writing.join();
            for (int i = 0; i < appends; i++) {
                assertThat(read.substring(i * 4, i * 4 + 4)).isEqualTo("%04d".formatted(i));
            }
        }
    }
}
