package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Server-sent events, down to their bytes. A chunk is one event, or a pair of data and control. */
final class EventsTest {

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String offset(int position) {
        return "0000000000000000_%016d".formatted(position);
    }

    private static RawConnection events(TestServer from, String path, String offset) throws IOException {
        return from.connect().request("GET", "/v1/stream/" + path + "?offset=" + offset + "&live=sse", "");
    }

    private static RawConnection events(String path, String offset) throws IOException {
        return events(server, path, offset);
    }

    /** The chunk with the one thing replaced that a test cannot know. */
    private static String next(RawConnection connection) throws IOException {
        return connection.chunkText().replaceAll("\"streamCursor\":\"\\d+\"", "\"streamCursor\":\"C\"");
    }

    @Test
    void a_reader_gets_what_is_there_and_then_what_comes() throws Exception {
        server.create("followed", "hello");
        try (RawConnection connection = events("followed", "-1")) {
            RawConnection.Answer head = connection.answer();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("content-type")).isEqualTo("text/event-stream");
            assertThat(head.header("cache-control")).isEqualTo("no-cache");
            assertThat(head.header("transfer-encoding")).isEqualTo("chunked");
            assertThat(head.header("x-content-type-options")).isEqualTo("nosniff");
            assertThat(head.header("cross-origin-resource-policy")).isEqualTo("cross-origin");
            assertThat(head.headers()).doesNotContainKeys("content-length", "stream-sse-data-encoding");
            assertThat(next(connection))
                    .isEqualTo("event: data\ndata:hello\n\nevent: control\n"
                            + "data:{\"streamNextOffset\":\"" + offset(5)
                            + "\",\"streamCursor\":\"C\",\"upToDate\":true}\n\n");
            server.append("followed", " world");
            assertThat(next(connection))
                    .isEqualTo("event: data\ndata: world\n\nevent: control\n"
                            + "data:{\"streamNextOffset\":\"" + offset(11)
                            + "\",\"streamCursor\":\"C\",\"upToDate\":true}\n\n");
            server.send("POST", "/v1/stream/followed", "!", "Content-Type", "text/plain", "Stream-Closed", "true");
            assertThat(next(connection))
                    .isEqualTo("event: data\ndata:!\n\nevent: control\n"
                            + "data:{\"streamNextOffset\":\"" + offset(12)
                            + "\",\"upToDate\":true,\"streamClosed\":true}\n\n");
            assertThat(connection.chunk()).isEmpty();
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void a_reader_at_the_tail_gets_a_control_event_at_once() throws Exception {
        server.create("at-tail", "hello");
        for (String from : List.of("now", offset(5))) {
            try (RawConnection connection = events("at-tail", from)) {
                connection.answer();
                assertThat(next(connection))
                        .isEqualTo("event: control\ndata:{\"streamNextOffset\":\"" + offset(5)
                                + "\",\"streamCursor\":\"C\",\"upToDate\":true}\n\n");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\nb",
                "a\r\nb",
                "a\rb",
                "a\n\nevent: control\ndata:{\"streamNextOffset\":\"forged\"}\n\n",
                "\n",
                "\r\r\n\n",
                "ends\n",
                "a\u2028b\u0085c",
                ":comment\nid: 1\nretry: 1"
            })
    void no_payload_forges_an_event(String payload) throws Exception {
        String path = "injected-" + Integer.toHexString(payload.hashCode());
        server.create(path, "");
        server.send("POST", "/v1/stream/" + path, payload, "Content-Type", "text/plain");
        try (RawConnection connection = events(path, "-1")) {
            connection.answer();
            String[] events = connection.chunkText().split("\n\n", -1);
            assertThat(events).hasSize(3);
            assertThat(events[1])
                    .startsWith("event: control\ndata:{\"streamNextOffset\":\""
                            + offset(0).substring(0, 17));
            assertThat(events[2]).isEmpty();
            String[] lines = events[0].split("\n", -1);
            assertThat(lines[0]).isEqualTo("event: data");
            List<String> texts = new ArrayList<>();
            for (int i = 1; i < lines.length; i++) {
                assertThat(lines[i]).startsWith("data:");
                texts.add(lines[i].substring(5));
            }
            assertThat(String.join("\n", texts)).isEqualTo(payload.replaceAll("\r\n|\r", "\n"));
        }
    }

    @Test
    void bytes_travel_as_base64() throws Exception {
        byte[] bytes = new byte[1_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        try (RawConnection writer = server.connect()) {
            writer.request("PUT", "/v1/stream/bytes", "");
            writer.answer();
            writer.request(
                    "POST", "/v1/stream/bytes", "", "Content-Type: application/octet-stream", "Content-Length: 1000");
            writer.send(bytes);
            assertThat(writer.answer().status()).isEqualTo(204);
        }
        try (RawConnection connection = events("bytes", "-1")) {
            assertThat(connection.answer().header("stream-sse-data-encoding")).isEqualTo("base64");
            String[] lines = connection.chunkText().split("\n");
            assertThat(lines[0]).isEqualTo("event: data");
            assertThat(Base64.getDecoder().decode(lines[1].substring("data:".length())))
                    .isEqualTo(bytes);
        }
    }

    @Test
    void text_in_another_charset_travels_as_base64() throws Exception {
        server.send("PUT", "/v1/stream/latin", "x", "Content-Type", "text/plain; charset=iso-8859-1");
        try (RawConnection connection = events("latin", "-1")) {
            assertThat(connection.answer().header("stream-sse-data-encoding")).isEqualTo("base64");
        }
    }

    @Test
    void json_travels_as_one_array_per_event() throws Exception {
        server.send("PUT", "/v1/stream/json", "[{\"a\":1},\n[2]]", "Content-Type", "application/json");
        try (RawConnection connection = events("json", "-1")) {
            assertThat(connection.answer().headers()).doesNotContainKey("stream-sse-data-encoding");
            String event = connection.chunkText();
            assertThat(event.substring(0, event.indexOf("\n\n"))).isEqualTo("event: data\ndata:[{\"a\":1},[2]]");
        }
    }

    @Test
    void a_code_point_is_never_split_over_two_events() throws Exception {
        byte[] euro = "\u20ac".getBytes(StandardCharsets.UTF_8);
        server.create("split", "a");
        appendBytes("split", euro[0]);
        try (RawConnection connection = events("split", "-1")) {
            connection.answer();
            // What is whole is told; the rest waits, and so the reader is not up to date.
            assertThat(next(connection))
                    .isEqualTo("event: data\ndata:a\n\nevent: control\ndata:{\"streamNextOffset\":\"" + offset(1)
                            + "\",\"streamCursor\":\"C\"}\n\n");
            appendBytes("split", euro[1]);
            appendBytes("split", euro[2]);
            assertThat(next(connection))
                    .startsWith(
                            "event: data\ndata:\u20ac\n\nevent: control\ndata:{\"streamNextOffset\":\"" + offset(4));
            server.append("split", "z");
            assertThat(next(connection)).startsWith("event: data\ndata:z\n");
        }
    }

    @Test
    void half_a_code_point_at_the_end_of_a_closed_stream_is_sent_as_it_is() throws Exception {
        server.create("torn", "a");
        try (RawConnection connection = events("torn", "now")) {
            connection.answer();
            next(connection);
            appendBytes("torn", (byte) 0xe2);
            server.send("POST", "/v1/stream/torn", "", "Stream-Closed", "true");
            assertThat(next(connection)).startsWith("event: data\ndata:").contains("\"streamClosed\":true");
        }
    }

    private static void appendBytes(String path, byte... bytes) throws IOException {
        try (RawConnection writer = server.connect()) {
            writer.request(
                    "POST", "/v1/stream/" + path, "", "Content-Type: text/plain", "Content-Length: " + bytes.length);
            writer.send(bytes);
            assertThat(writer.answer().status()).isEqualTo(204);
        }
    }

    @Test
    void a_cursor_sent_back_is_answered_with_a_greater_one() throws Exception {
        server.create("cursors", "hello");
        long far = Cursor.current(System.currentTimeMillis()) + 1_000;
        try (RawConnection connection = server.connect()) {
            connection.request("GET", "/v1/stream/cursors?offset=-1&live=sse&cursor=" + far, "");
            connection.answer();
            String event = connection.chunkText();
            String cursor = event.replaceAll("(?s).*\"streamCursor\":\"(\\d+)\".*", "$1");
            assertThat(Long.parseLong(cursor)).isGreaterThan(far);
        }
    }

    @Test
    void many_readers_share_what_comes_whatever_they_had_read() throws Exception {
        server.create("shared", "hello");
        List<RawConnection> readers = new ArrayList<>();
        try {
            for (int i = 0; i < 60; i++) {
                RawConnection reader = events("shared", i % 3 == 0 ? "-1" : i % 3 == 1 ? "now" : offset(5));
                reader.answer();
                next(reader);
                readers.add(reader);
            }
            for (int round = 0; round < 5; round++) {
                server.append("shared", "round " + round);
                for (RawConnection reader : readers) {
                    assertThat(next(reader)).startsWith("event: data\ndata:round " + round + "\n\nevent: control\n");
                }
            }
        } finally {
            for (RawConnection reader : readers) {
                reader.close();
            }
        }
        await().atMost(TestServer.PATIENCE)
                .untilAsserted(() -> assertThat(server.get("/metrics").body()).contains("varve_live_readers 0.0"));
    }

    @Test
    void a_slow_reader_delays_nobody_and_gets_everything_at_its_own_pace() throws Exception {
        try (TestServer small = TestServer.start(
                builder -> builder.limits(new Limits().outboundBytes(16_384).livePageBytes(32_768)))) {
            small.create("torrent", "");
            String block = "0123456789abcdef".repeat(2_048);
            int blocks = 400;
            try (RawConnection slow = RawConnection.open(small.server.port(), 4_096);
                    RawConnection quick = events(small, "torrent", "now")) {
                slow.request("GET", "/v1/stream/torrent?offset=now&live=sse", "");
                slow.answer();
                slow.chunk();
                quick.answer();
                quick.chunk();
                long quickBytes = 0;
                for (int i = 0; i < blocks; i++) {
                    small.append("torrent", block);
                    while (quickBytes < (long) (i + 1) * block.length()) {
                        quickBytes += data(quick.chunkText()).length();
                    }
                }
                long slowBytes = 0;
                while (slowBytes < (long) blocks * block.length()) {
                    String data = data(slow.chunkText());
                    assertThat(data.length() % block.length()).isZero();
                    slowBytes += data.length();
                }
                small.append("torrent", "done");
                assertThat(data(slow.chunkText())).isEqualTo("done");
            }
        }
    }

    private static String data(String event) {
        return event.startsWith("event: data\ndata:")
                ? event.substring("event: data\ndata:".length(), event.indexOf("\n\n"))
                : "";
    }

    @Test
    void a_reader_that_takes_nothing_is_cut() throws Exception {
        try (TestServer small =
                TestServer.start(builder -> builder.limits(new Limits().writeStall(Duration.ofMillis(500))))) {
            small.create("stalled", "");
            try (RawConnection reader = RawConnection.open(small.server.port(), 4_096)) {
                reader.request("GET", "/v1/stream/stalled?offset=now&live=sse", "");
                reader.answer();
                String block = "x".repeat(500_000);
                for (int i = 0; i < 20; i++) {
                    small.append("stalled", block);
                }
                await().atMost(TestServer.PATIENCE)
                        .untilAsserted(() -> assertThat(small.get("/metrics").body())
                                .contains("varve_slow_clients_closed_total 1.0", "varve_live_readers 0.0"));
            }
        }
    }

    @Test
    void events_end_after_their_lifetime_and_go_on_from_the_last_offset() throws Exception {
        try (TestServer brief = TestServer.start(builder -> builder.sseLifetime(Duration.ofMillis(600)))) {
            brief.create("brief", "hello");
            try (RawConnection connection = events(brief, "brief", "-1")) {
                connection.answer();
                assertThat(next(connection)).contains(offset(5));
                assertThat(connection.chunk()).isEmpty();
                assertThat(connection.endsHere()).isTrue();
            }
            brief.append("brief", " world");
            try (RawConnection connection = events(brief, "brief", offset(5))) {
                connection.answer();
                assertThat(next(connection)).startsWith("event: data\ndata: world\n");
            }
        }
    }

    @Test
    void deleting_the_stream_ends_the_events_even_when_it_is_created_anew() throws Exception {
        server.create("deleted", "hello");
        try (RawConnection connection = events("deleted", "-1")) {
            connection.answer();
            next(connection);
            server.send("DELETE", "/v1/stream/deleted", "");
            server.create("deleted", "something else");
            assertThat(connection.chunk()).isEmpty();
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void a_stream_that_is_not_there_or_an_offset_that_is_none_is_refused_before_any_event() throws Exception {
        server.create("refused", "hello");
        assertThat(server.get("/v1/stream/missing?offset=-1&live=sse").statusCode())
                .isEqualTo(404);
        assertThat(server.get("/v1/stream/refused?live=sse").statusCode()).isEqualTo(400);
        assertThat(server.get("/v1/stream/refused?offset=5&live=sse").statusCode())
                .isEqualTo(400);
        assertThat(server.get("/v1/stream/refused?offset=" + offset(3) + "&live=sse")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void a_reader_sees_appends_that_race_with_its_arrival() throws Exception {
        server.create("raced", "");
        int rounds = 200;
        Thread writer = Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < rounds; i++) {
                    server.append("raced", "%04d".formatted(i));
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        String read = "";
        while (read.length() < rounds * 4) {
            try (RawConnection connection = events("raced", offset(read.length()))) {
                connection.answer();
                for (int i = 0; i < 5 && read.length() < rounds * 4; i++) {
                    read += data(connection.chunkText());
                }
            }
        }
        writer.join();
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < rounds; i++) {
            expected.append("%04d".formatted(i));
        }
        assertThat(read).isEqualTo(expected.toString());
    }
}
