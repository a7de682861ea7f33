package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An answer that the socket has not taken yet arrives whole, whatever would end the connection meanwhile. */
final class UnsentAnswerTest {

    /** More than the buffers of both sockets take. */
    private static final int BYTES = 12_000_000;

    private final PartedStorage storage = new PartedStorage();

    @BeforeEach
    void onePart() {
        storage.parts = 1;
        storage.partBytes = BYTES;
    }

    private TestServer start(Limits limits) {
        return TestServer.start(storage, builder -> builder.limits(limits));
    }

    /** Has the server answer; most of it waits for the socket. */
    private RawConnection ask(TestServer server, String... headers) throws Exception {
        RawConnection connection = RawConnection.open(server.server.port(), 4_096);
        connection.request("GET", "/v1/stream/log", "", headers);
        await().atMost(TestServer.PATIENCE).until(() -> storage.open.get() == 1 && storage.openPages.get() == 0);
        assertThat(server.get("/healthz").statusCode()).isEqualTo(200);
        return connection;
    }

    private void assertAllComes(RawConnection connection) throws IOException {
        assertThat(connection.answer().body()).isEqualTo(storage.all());
        assertThat(connection.endsHere()).isTrue();
        storage.assertAllBack();
    }

    @Test
    void when_the_client_ends_its_side() throws Exception {
        try (TestServer server = start(new Limits());
                RawConnection connection = ask(server)) {
            connection.endOutput();
            assertAllComes(connection);
        }
    }

    @Test
    void when_the_client_ends_its_side_after_its_last_request() throws Exception {
        try (TestServer server = start(new Limits());
                RawConnection connection = ask(server, "Connection: close")) {
            connection.endOutput();
            assertAllComes(connection);
        }
    }

    @Test
    void when_the_client_ends_its_side_in_the_middle_of_the_next_request() throws Exception {
        String head =
                "PUT /v1/stream/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n";
        for (String begun : new String[] {"GET /v1/stream", head + "ab"}) {
            try (TestServer server = start(new Limits());
                    RawConnection connection = ask(server)) {
                connection.send(begun).endOutput();
                assertAllComes(connection);
            }
        }
    }

    @Test
    void when_the_client_has_sent_more_requests_and_ends_its_side() throws Exception {
        storage.partBytes = BYTES / 4;
        try (TestServer server = start(new Limits());
                RawConnection connection = RawConnection.open(server.server.port(), 4_096)) {
            for (int i = 0; i < 6; i++) {
                connection.request("GET", "/v1/stream/log", "");
            }
            connection.endOutput();
            for (int i = 0; i < 5; i++) {
                assertThat(connection.answer().body()).isEqualTo(storage.all());
            }
            assertAllComes(connection);
        }
    }

    @Test
    void when_the_connection_would_be_idle_for_too_long() throws Exception {
        try (TestServer server = start(new Limits().idle(Duration.ofMillis(200)));
                RawConnection connection = ask(server)) {
            Thread.sleep(1_500); // much longer than it would be allowed
            assertAllComes(connection);
        }
    }

    @Test
    void when_the_client_is_not_waited_for_much_longer() throws Exception {
        try (TestServer server = start(new Limits().linger(Duration.ofMillis(200)));
                RawConnection connection = ask(server, "Connection: close")) {
            Thread.sleep(1_500); // much longer than it would be allowed
            assertAllComes(connection);
        }
    }

    @Test
    void when_the_server_closes() throws Exception {
        TestServer server = start(new Limits());
        Thread closing;
        try (RawConnection connection = ask(server)) {
            closing = Thread.ofVirtual().start(server::close);
            Thread.sleep(200); // all connections are told
            assertAllComes(connection);
        }
        closing.join(); // which waits a while for clients that do not leave
    }
}
