package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The WebSocket protocol itself (RFC 6455), said on raw sockets. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WebSocketFramesTest {

    private static final String HEARTBEAT = "[null,\"1\",\"phoenix\",\"heartbeat\",{}]";
    private static final String ANSWER = "[null,\"1\",\"phoenix\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]";

    private final EntriesServer server =
            EntriesServer.start(builder -> builder.limits(new Limits().socketMessageBytes(64 * 1024)));

    @AfterAll
    void stop() {
        server.close();
    }

    private RawSocket open() throws IOException {
        return RawSocket.open(server.server);
    }

    // ---- the handshake ----

    @Test
    void the_handshake_answers_the_key() throws Exception {
        try (RawConnection connection = server.connect()) {
            connection.request("GET", RawSocket.TARGET + "2.0.0", "", RawSocket.UPGRADE);
            RawConnection.Answer answer = connection.answer();
            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.header("upgrade")).isEqualTo("websocket");
            assertThat(answer.header("connection")).isEqualTo("Upgrade");
            assertThat(answer.header("sec-websocket-accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            assertThat(answer.headers()).doesNotContainKeys("sec-websocket-protocol", "content-length");
        }
    }

    static Stream<Arguments> handshakes() {
        return Stream.of(
                Arguments.of("no upgrade", 426, without("Upgrade:"), List.of()),
                Arguments.of("another protocol", 426, without("Upgrade:"), List.of("Upgrade: h2c")),
                Arguments.of("no connection", 400, without("Connection:"), List.of()),
                Arguments.of("no version", 426, without("Sec-WebSocket-Version:"), List.of()),
                Arguments.of(
                        "an old version", 426, without("Sec-WebSocket-Version:"), List.of("Sec-WebSocket-Version: 8")),
                Arguments.of("no key", 400, without("Sec-WebSocket-Key:"), List.of()),
                Arguments.of("a short key", 400, without("Sec-WebSocket-Key:"), List.of("Sec-WebSocket-Key: dGhl")),
                Arguments.of(
                        "a key that is no base64", 400, without("Sec-WebSocket-Key:"), List.of("Sec-WebSocket-Key: ?")),
                Arguments.of("two keys", 400, without(), List.of("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")),
                Arguments.of("a foreign page", 403, without(), List.of("Origin: https://evil.example")),
                Arguments.of("a page without origin", 403, without(), List.of("Origin: null")),
                Arguments.of("two origins", 403, without(), List.of("Origin: http://localhost", "Origin: http://a")),
                Arguments.of("a page of this machine", 101, without(), List.of("Origin: http://localhost:5173")),
                Arguments.of("a page of this server", 101, without(), List.of("Origin: https://localhost")));
    }

    private static List<String> without(String... starts) {
        return Stream.of(RawSocket.UPGRADE)
                .filter(line -> Arrays.stream(starts).noneMatch(line::startsWith))
                .toList();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("handshakes")
    void a_request_that_cannot_become_a_websocket_is_refused(
            String what, int status, List<String> headers, List<String> more) throws Exception {
        try (RawConnection connection = server.connect()) {
            List<String> all = new ArrayList<>(headers);
            all.addAll(more);
            connection.request("GET", RawSocket.TARGET + "2.0.0", "", all.toArray(String[]::new));
            RawConnection.Answer answer = connection.answer();
            assertThat(answer.status()).as(what).isEqualTo(status);
            if (status == 426) {
                assertThat(answer.header("upgrade")).isEqualTo("websocket");
            }
            if (status != 101) {
                // A refusal costs nothing but the request.
                connection.request("GET", "/healthz", "");
                assertThat(connection.answer().status()).isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://app.example.com", "https://public.example.com"})
    void named_origins_may_open_one(String origin) throws Exception {
        try (EntriesServer other =
                        EntriesServer.start(builder -> builder.allowedOrigins(Set.of("https://app.example.com"))
                                .publicUrl(URI.create("https://public.example.com/varve")));
                RawConnection connection = other.connect()) {
            List<String> headers = new ArrayList<>(List.of(RawSocket.UPGRADE));
            headers.add("Origin: " + origin);
            connection.request("GET", RawSocket.TARGET + "2.0.0", "", headers.toArray(String[]::new));
            assertThat(connection.answer().status()).isEqualTo(101);
        }
    }

    @Test
    void the_subprotocol_of_phoenix_clients_is_taken_up() throws Exception {
        try (RawConnection connection = server.connect()) {
            List<String> headers = new ArrayList<>(List.of(RawSocket.UPGRADE));
            headers.add("Sec-WebSocket-Protocol: phoenix, other");
            connection.request("GET", RawSocket.TARGET + "2.0.0", "", headers.toArray(String[]::new));
            assertThat(connection.answer().header("sec-websocket-protocol")).isEqualTo("phoenix");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "token=t&device_id=d&capver=3, 403",
        "token=t&device_id=d&capver=3&vsn=1.0.0, 403",
        "token=t&device_id=d&capver=3&vsn=x, 403",
        "device_id=d&capver=3&vsn=2.0.0, 403",
        "token=&device_id=d&capver=3&vsn=2.0.0, 403",
        "token=t&capver=3&vsn=2.0.0, 403",
        "token=t&device_id=&capver=3&vsn=2.0.0, 403",
        "token=t&device_id=d&vsn=2.0.0, 403",
        "token=t&device_id=d&capver=2&vsn=2.0.0, 403",
        "token=t&device_id=d&capver=junk&vsn=2.0.0, 403",
        "token=t&device_id=d&capver=-3&vsn=2.0.0, 403",
        "token=t&device_id=d&capver=3&vsn=2.0.0, 101",
        "token=t&device_id=d&capver=4&vsn=2.1, 101",
        "token=t&device_id=d&capver=3&vsn=3.0.0, 101"
    })
    void what_a_client_says_of_itself_must_fit(String query, int status) throws Exception {
        try (RawConnection connection = server.connect()) {
            connection.request("GET", "/ws/sync/websocket?" + query, "", RawSocket.UPGRADE);
            assertThat(connection.answer().status()).isEqualTo(status);
        }
    }

    @Test
    void frames_that_come_with_the_handshake_are_read() throws Exception {
        try (RawConnection connection = server.connect()) {
            StringBuilder head = new StringBuilder("GET " + RawSocket.TARGET + "2.0.0 HTTP/1.1\r\nHost: localhost\r\n");
            for (String line : RawSocket.UPGRADE) {
                head.append(line).append("\r\n");
            }
            byte[] request = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
            byte[] frame =
                    RawSocket.masked(RawSocket.FINAL | RawSocket.TEXT, HEARTBEAT.getBytes(StandardCharsets.UTF_8));
            byte[] both = Arrays.copyOf(request, request.length + frame.length);
            System.arraycopy(frame, 0, both, request.length, frame.length);
            connection.send(both);
            assertThat(connection.answer().status()).isEqualTo(101);
            byte[] answer = connection.input().readNBytes(2 + ANSWER.length());
            assertThat(new String(answer, StandardCharsets.UTF_8)).endsWith(ANSWER);
        }
    }

    // ---- messages ----

    @Test
    void a_message_in_fragments_is_one_and_control_frames_come_between() throws Exception {
        try (RawSocket socket = open()) {
            socket.send(RawSocket.TEXT, HEARTBEAT.substring(0, 10))
                    .send(RawSocket.FINAL | RawSocket.PING, "between")
                    .send(RawSocket.CONTINUATION, HEARTBEAT.substring(10, 20))
                    .send(RawSocket.FINAL | RawSocket.CONTINUATION, HEARTBEAT.substring(20));
            RawSocket.Frame pong = socket.read();
            assertThat(pong.opcode()).isEqualTo(RawSocket.PONG);
            assertThat(pong.text()).isEqualTo("between");
            assertThat(socket.read().text()).isEqualTo(ANSWER);
        }
    }

    @Test
    void a_message_may_come_byte_by_byte() throws Exception {
        try (RawSocket socket = open()) {
            for (byte b :
                    RawSocket.masked(RawSocket.FINAL | RawSocket.TEXT, HEARTBEAT.getBytes(StandardCharsets.UTF_8))) {
                socket.sendBytes(new byte[] {b});
            }
            assertThat(socket.read().text()).isEqualTo(ANSWER);
        }
    }

    @Test
    void a_pong_that_nobody_asked_for_is_ignored() throws Exception {
        try (RawSocket socket = open()) {
            socket.send(RawSocket.FINAL | RawSocket.PONG, "").text(HEARTBEAT);
            assertThat(socket.read().text()).isEqualTo(ANSWER);
        }
    }

    @ParameterizedTest
    @CsvSource({"1000, 1000", "1001, 1001", "4000, 4000"})
    void a_close_frame_is_answered_with_its_code_and_ends_the_connection(int sent, int answered) throws Exception {
        try (RawSocket socket = open()) {
            socket.send(RawSocket.FINAL | RawSocket.CLOSE, new byte[] {(byte) (sent >> 8), (byte) sent});
            assertThat(socket.closeCode()).isEqualTo(answered);
            assertThat(socket.endsHere()).isTrue();
        }
    }

    @Test
    void a_close_frame_without_a_code_is_answered_by_one_without() throws Exception {
        try (RawSocket socket = open()) {
            socket.send(RawSocket.FINAL | RawSocket.CLOSE, new byte[0]);
            assertThat(socket.closeCode()).isEqualTo(-1);
            assertThat(socket.endsHere()).isTrue();
        }
    }

    static Stream<Arguments> faults() {
        byte[] text = HEARTBEAT.getBytes(StandardCharsets.UTF_8);
        byte[] unmasked = Arrays.copyOf(new byte[] {(byte) 0x81, (byte) text.length}, 2 + text.length);
        System.arraycopy(text, 0, unmasked, 2, text.length);
        return Stream.of(
                Arguments.of("an unmasked frame", 1002, unmasked),
                Arguments.of("a reserved bit", 1002, RawSocket.masked(0xc1, text)),
                Arguments.of("a reserved opcode", 1002, RawSocket.masked(0x83, text)),
                Arguments.of("a reserved control opcode", 1002, RawSocket.masked(0x8b, new byte[0])),
                Arguments.of("a ping in fragments", 1002, RawSocket.masked(RawSocket.PING, new byte[0])),
                Arguments.of("a long ping", 1002, RawSocket.masked(0x89, new byte[126])),
                Arguments.of("a continuation of nothing", 1002, RawSocket.masked(0x80, text)),
                Arguments.of("a close frame of one byte", 1002, RawSocket.masked(0x88, new byte[1])),
                Arguments.of("a close code that is none", 1002, RawSocket.masked(0x88, new byte[] {3, (byte) 0xed})),
                Arguments.of("a close code of before 1000", 1002, close(999)),
                Arguments.of("a close code without meaning", 1002, close(1004)),
                Arguments.of("a close code for a lost connection", 1002, close(1006)),
                Arguments.of("a close code for a failed TLS handshake", 1002, close(1015)),
                Arguments.of("a close code that nobody gave out", 1002, close(2999)),
                Arguments.of("a close code of after 4999", 1002, close(5000)),
                Arguments.of("a length that is longer than it needs to be", 1002, new byte[] {
                    (byte) 0x81, (byte) 0xfe, 0, 5, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'
                }),
                Arguments.of("a long length that is longer than it needs to be", 1002, new byte[] {
                    (byte) 0x81, (byte) 0xff, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'
                }),
                Arguments.of("a negative length", 1002, new byte[] {
                    (byte) 0x81, (byte) 0xff, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
                }),
                Arguments.of("text that is no UTF-8", 1007, RawSocket.masked(0x81, new byte[] {'[', (byte) 0xc3, '['})),
                Arguments.of("text that ends in a character", 1007, RawSocket.masked(0x81, new byte[] {(byte) 0xc3})),
                Arguments.of("a close reason that is no UTF-8", 1007, RawSocket.masked(0x88, new byte[] {
                    3, (byte) 0xe8, (byte) 0xff
                })),
                Arguments.of("a frame that is too large", 1009, RawSocket.masked(0x81, new byte[64 * 1024 + 1])),
                Arguments.of(
                        "text that is no JSON", 1007, RawSocket.masked(0x81, "[".getBytes(StandardCharsets.UTF_8))),
                Arguments.of(
                        "JSON that is no message",
                        1007,
                        RawSocket.masked(0x81, "[1]".getBytes(StandardCharsets.UTF_8))),
                Arguments.of(
                        "a number for a topic",
                        1007,
                        RawSocket.masked(0x81, "[null,\"1\",2,\"e\",{}]".getBytes(StandardCharsets.UTF_8))),
                Arguments.of("a binary message in JSON", 1003, RawSocket.masked(0x82, text)));
    }

    private static byte[] close(int code) {
        return RawSocket.masked(0x88, new byte[] {(byte) (code >> 8), (byte) code});
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("faults")
    void what_breaks_the_protocol_closes_the_socket_with_a_code(String what, int code, byte[] bytes) throws Exception {
        try (RawSocket socket = open()) {
            socket.text(HEARTBEAT);
            assertThat(socket.read().text()).isEqualTo(ANSWER);
            socket.sendBytes(bytes);
            assertThat(socket.closeCode()).as(what).isEqualTo(code);
            assertThat(socket.endsHere()).isTrue();
        }
        try (RawSocket another = open()) {
            another.text(HEARTBEAT);
            assertThat(another.read().text()).isEqualTo(ANSWER);
        }
    }

    @Test
    void a_text_among_fragments_of_another_closes_the_socket() throws Exception {
        try (RawSocket socket = open()) {
            socket.send(RawSocket.TEXT, "[").text(HEARTBEAT);
            assertThat(socket.closeCode()).isEqualTo(1002);
        }
    }

    @Test
    void fragments_that_are_too_large_together_close_the_socket() throws Exception {
        try (RawSocket socket = open()) {
            socket.send(RawSocket.TEXT, " ".repeat(40 * 1024)).send(RawSocket.CONTINUATION, " ".repeat(40 * 1024));
            assertThat(socket.closeCode()).isEqualTo(1009);
        }
    }

    // ---- silence ----

    @Test
    void a_silent_peer_is_pinged_and_then_dropped_without_a_word() throws Exception {
        try (EntriesServer impatient =
                        EntriesServer.start(builder -> builder.limits(new Limits().socketIdle(Duration.ofSeconds(4))));
                RawSocket socket = RawSocket.open(impatient.server)) {
            assertThat(socket.read().opcode()).isEqualTo(RawSocket.PING);
            assertThat(socket.endsHere()).isTrue();
        }
    }

    @Test
    void a_peer_that_answers_pings_stays() throws Exception {
        try (EntriesServer impatient =
                        EntriesServer.start(builder -> builder.limits(new Limits().socketIdle(Duration.ofSeconds(4))));
                RawSocket socket = RawSocket.open(impatient.server)) {
            for (int i = 0; i < 2; i++) { // by the second one a silent peer would be gone
                assertThat(socket.read().opcode()).isEqualTo(RawSocket.PING);
                socket.send(RawSocket.FINAL | RawSocket.PONG, "");
            }
            socket.text(HEARTBEAT);
            assertThat(socket.read().text()).isEqualTo(ANSWER);
        }
    }

    @Test
    void a_message_that_trickles_is_given_up() throws Exception {
        try (EntriesServer impatient = EntriesServer.start(
                        builder -> builder.limits(new Limits().bodyRate(Duration.ofMillis(100), 1_000_000)));
                RawSocket socket = RawSocket.open(impatient.server)) {
            socket.sendBytes(new byte[] {(byte) 0x81, (byte) 0xfe, 4, 0, 1, 2, 3, 4, 5});
            assertThat(socket.closeCode()).isEqualTo(1008);
        }
    }

    @Test
    void a_server_that_closes_says_so() throws Exception {
        EntriesServer closing = EntriesServer.start();
        Thread closer;
        try (RawSocket socket = RawSocket.open(closing.server)) {
            closer = Thread.ofVirtual().start(closing::close);
            assertThat(socket.closeCode()).isEqualTo(1001);
            assertThat(socket.endsHere()).isTrue();
        }
        closer.join();
    }
}
