package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.EntryPath;
import dev.varve.api.StoreInfo;
import dev.varve.server.PhoenixClient.Message;
import dev.varve.server.TokenServer.Made;
import java.io.IOException;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokens on WebSockets, and what ends with a token on connections that are open. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class TokensLiveTest {

    private static final String TOPIC = "store:acme/reading";
    private static final String FROM_START = "{'last_store_seq':0}";
    private static final int POLICY_VIOLATION = 1008;
    private static final ShiftedClock CLOCK = new ShiftedClock();

    private static TokenServer server;
    private static StoreInfo reading;
    private static StoreInfo writing;

    /** How a token ends. */
    enum End {
        REVOKED,
        EXPIRED
    }

    @BeforeAll
    static void start() {
        // The clock is set forward: the client's connections must not be idle for so long that they are closed.
        server = TokenServer.start(builder -> builder.clock(CLOCK)
                .limits(new Limits().idle(Duration.ofHours(1)))
                .longPollTimeout(Duration.ofMinutes(5))
                .sseLifetime(Duration.ofHours(1)));
        reading = server.store("acme/reading");
        writing = server.store("acme/writing");
        server.store("umbrella/secrets");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static PhoenixClient connect(Made token) {
        return PhoenixClient.connectAs(server.http.server, token.raw());
    }

    private static void assertRefused(Message reply, String json) {
        assertThat(reply.status()).isEqualTo("error");
        assertThat(reply.response()).isEqualTo(EntriesApi.json(json.replace('\'', '"')));
    }

    // ---- what a token allows on a socket

    @Test
    void a_socket_is_opened_only_with_a_token_that_is_of_effect() {
        Made revoked = server.all("acme");
        server.tokens().revoke(revoked.token().id()).join();
        for (String token : List.of(
                "t", revoked.raw(), server.token("acme", Scope.ALL, null, 1L).raw())) {
            assertThatThrownBy(() ->
                            PhoenixClient.connectAs(server.http.server, token).close())
                    .cause()
                    .isInstanceOf(WebSocketHandshakeException.class)
                    .extracting(
                            e -> ((WebSocketHandshakeException) e).getResponse().statusCode())
                    .isEqualTo(403);
        }
    }

    @Test
    void a_join_tells_what_the_token_allows() throws IOException {
        Made some = server.selected("acme", List.of("entries:read", "audit:read"), reading);
        try (PhoenixClient client = connect(some)) {
            Message reply = client.join(TOPIC, FROM_START);
            assertThat(reply.status()).isEqualTo("ok");
            assertThat(reply.response().get("permissions"))
                    .isEqualTo(EntriesApi.json("{\"read\":true,\"write\":false}"));
            assertThat(reply.response().get("scopes")).isEqualTo(EntriesApi.json("[\"entries:read\",\"audit:read\"]"));
            assertThat(reply.response().get("store_access"))
                    .isEqualTo(EntriesApi.json("{\"mode\":\"selected\",\"store_ids\":[\"" + reading.id() + "\"]}"));
        }
    }

    @Test
    void a_join_needs_the_store_and_the_scope() throws IOException {
        try (PhoenixClient client = connect(server.selected("acme", List.of("entries:read"), reading))) {
            assertRefused(
                    client.join("store:acme/writing", FROM_START),
                    "{'reason':'store_not_allowed','message':'Token does not have access to this store'}");
            assertRefused(
                    client.join("store:" + writing.id(), FROM_START),
                    "{'reason':'store_not_allowed','message':'Token does not have access to this store'}");
            assertRefused(client.join("store:umbrella/secrets", FROM_START), "{'reason':'unauthorized'}");
            assertRefused(client.join("store:acme/nothing", FROM_START), "{'reason':'unauthorized'}");
            assertRefused(client.join("store:__varve/records", FROM_START), "{'reason':'unauthorized'}");
        }
        assertThat(server.entries().store("acme/nothing")).isEmpty();
        try (PhoenixClient client = connect(server.token("acme", "entries:write"))) {
            assertRefused(
                    client.join(TOPIC, FROM_START),
                    "{'reason':'missing_scope','message':'Token is missing entries:read scope',"
                            + "'scope':'entries:read'}");
        }
    }

    @Test
    void a_change_needs_its_scope() throws IOException {
        try (PhoenixClient client = connect(server.token("acme", "entries:read"))) {
            String join = client.joined(TOPIC);
            for (String push : List.of("write", "batch", "rollback")) {
                assertRefused(
                        client.push(
                                join,
                                TOPIC,
                                push,
                                "{'op':'set','path':'denied','value':1,'client_op_id':'o','to_seq':0,'ops':[]}"),
                        "{'reason':'missing_scope','message':'Token is missing entries:write scope',"
                                + "'scope':'entries:write'}");
            }
        }
        assertThat(server.entries().get("acme/reading", EntryPath.of("denied")).join())
                .isEmpty();
    }

    // ---- the end of a token

    /** A token that ends when it is told to. */
    private static void withToken(End end, Consumer<Runnable> use, Made[] made) {
        made[0] = server.token(
                "acme",
                Scope.ALL,
                null,
                end == End.EXPIRED ? CLOCK.wallMillis() + Duration.ofSeconds(20).toMillis() : null);
        use.accept(() -> {
            if (end == End.EXPIRED) {
                CLOCK.add(Duration.ofSeconds(25));
            } else {
                server.tokens().revoke(made[0].token().id()).join();
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void an_open_socket_ends_with_its_token(End end) {
        Made[] token = new Made[1];
        withToken(
                end,
                finish -> {
                    try (PhoenixClient client = connect(token[0])) {
                        client.joined(TOPIC);
                        finish.run();
                        Message closed = client.await("phx_close");
                        assertThat(closed.topic()).isEqualTo(TOPIC);
                        assertThat(client.closeCode()).isEqualTo(POLICY_VIOLATION);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                token);
    }

    @ParameterizedTest
    @EnumSource
    void a_watch_ends_with_its_token(End end) {
        endsAfter(end, "/api/stores/acme/reading/watch", "catch_up_complete");
    }

    @ParameterizedTest
    @EnumSource
    void events_of_a_stream_end_with_their_token(End end) throws Exception {
        server.send(server.all("acme"), "PUT", "/v1/stream/acme/reading/live", "x", "Content-Type", "text/plain");
        endsAfter(end, "/v1/stream/acme/reading/live?offset=-1&live=sse", "event: control");
    }

    private static void endsAfter(End end, String path, String first) {
        Made[] token = new Made[1];
        withToken(
                end,
                finish -> {
                    try (RawConnection connection = RawConnection.open(server.http.server.port())) {
                        connection.request(
                                "GET",
                                path,
                                "",
                                "Accept: text/event-stream",
                                "Authorization: Bearer " + token[0].raw());
                        String line = connection.line();
                        assertThat(line).contains("200");
                        while (!line.contains(first)) {
                            line = connection.line();
                        }
                        finish.run();
                        assertThat(connection.rest()).endsWith("0\r\n\r\n");
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                token);
    }

    @ParameterizedTest
    @EnumSource
    void a_long_poll_is_refused_when_its_token_ends(End end) throws Exception {
        server.send(server.all("acme"), "PUT", "/v1/stream/acme/reading/poll", "x", "Content-Type", "text/plain");
        String tail =
                TestServer.header(server.get(server.all("acme"), "/v1/stream/acme/reading/poll"), "Stream-Next-Offset");
        Made[] token = new Made[1];
        withToken(
                end,
                finish -> {
                    try (RawConnection connection = RawConnection.open(server.http.server.port())) {
                        connection.request(
                                "GET",
                                "/v1/stream/acme/reading/poll?live=long-poll&offset=" + tail,
                                "",
                                "Authorization: Bearer " + token[0].raw());
                        Awaitility.await()
                                .until(() -> new String(
                                                server.http
                                                        .server
                                                        .context()
                                                        .metrics
                                                        .scrape(),
                                                StandardCharsets.UTF_8)
                                        .contains("varve_live_readers 1.0"));
                        finish.run();
                        assertThat(connection.answer().status()).isEqualTo(401);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                token);
    }
}
