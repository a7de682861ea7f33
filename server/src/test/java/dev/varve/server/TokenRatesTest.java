package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.varve.server.PhoenixClient.Message;
import dev.varve.server.TokenServer.Made;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** How often a token may ask, and that no token is written down anywhere. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class TokenRatesTest {

    private static final String ENTRIES = "/api/stores/acme/reading/entries";

    private final ShiftedClock clock = new ShiftedClock();
    private TokenServer server;

    @BeforeEach
    void start() {
        server = TokenServer.start(builder ->
                builder.clock(clock).limits(new Limits().readsPerMinute(3).writesPerMinute(2)));
        server.store("acme/reading");
        nextMinute();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** To the very beginning of a minute, so that what follows fits into it whatever the machine does. */
    private void nextMinute() {
        long minute = Duration.ofMinutes(1).toNanos();
        clock.add(Duration.ofNanos(minute - Math.floorMod(clock.elapsedNanos(), minute)));
    }

    private static List<String> rates(HttpResponse<String> response) {
        List<String> rates = new ArrayList<>();
        for (String name : List.of("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")) {
            rates.add(TestServer.header(response, name));
        }
        return rates;
    }

    @Test
    void each_kind_of_request_has_a_share_of_every_minute() throws Exception {
        Made token = server.all("acme");
        assertThat(rates(server.get(token, ENTRIES))).containsExactly("3", "2", "60");
        assertThat(rates(server.send(token, "HEAD", ENTRIES, ""))).containsExactly("3", "1", "60");
        assertThat(rates(server.get(token, ENTRIES))).containsExactly("3", "0", "60");
        assertThat(rates(server.send(token, "PUT", ENTRIES + "/a", "1"))).containsExactly("2", "1", "60");

        HttpResponse<String> refused = server.get(token, ENTRIES);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(EntriesApi.json(refused).path("error").asString()).isEqualTo("rate_limited");
        assertThat(EntriesApi.json(refused).path("kind").asString()).isEqualTo("rate_limited");
        List<String> rates = rates(refused);
        assertThat(rates.subList(0, 2)).containsExactly("3", "0");
        assertThat(Integer.parseInt(rates.get(2))).isBetween(1, 60);
        assertThat(Integer.parseInt(TestServer.header(refused, "Retry-After"))).isBetween(1, 60);

        assertThat(server.send(token, "PUT", ENTRIES + "/a", "2").statusCode()).isEqualTo(200);
        assertThat(server.get(server.all("acme"), ENTRIES).statusCode())
                .as("another token")
                .isEqualTo(200);
        nextMinute();
        assertThat(rates(server.get(token, ENTRIES))).containsExactly("3", "2", "60");
    }

    @Test
    void streams_answer_with_a_problem() throws Exception {
        Made token = server.all("acme");
        for (int i = 0; i < 3; i++) {
            assertThat(server.get(token, "/v1/streams").statusCode()).isEqualTo(200);
        }
        HttpResponse<String> refused = server.get(token, "/v1/streams");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(TestServer.header(refused, "Content-Type")).startsWith(Response.PROBLEM_JSON);
        assertThat(EntriesApi.json(refused).path("kind").asString()).isEqualTo("rate_limited");
        assertThat(EntriesApi.json(refused).path("outcome").asString()).isEqualTo("not_applied");
    }

    @Test
    void what_is_forbidden_counts_and_what_has_no_token_does_not() throws Exception {
        Made token = server.token("acme", "entries:read");
        assertThat(rates(server.get(token, "/api/tokens"))).containsExactly("3", "2", "60");
        HttpResponse<String> unauthorized = server.get(null, ENTRIES);
        assertThat(unauthorized.statusCode()).isEqualTo(401);
        assertThat(rates(unauthorized)).containsOnly("");
    }

    @Test
    void changes_over_a_socket_share_the_bucket_of_writes() throws Exception {
        Made token = server.all("acme");
        try (PhoenixClient client = PhoenixClient.connectAs(server.http.server, token.raw())) {
            String join = client.joined("store:acme/reading");
            assertThat(server.send(token, "PUT", ENTRIES + "/a", "1").statusCode())
                    .isEqualTo(200);
            assertThat(write(client, join, "o1").status()).isEqualTo("ok");
            Message refused = write(client, join, "o2");
            assertThat(refused.status()).isEqualTo("error");
            assertThat(refused.response().get("reason").asString()).isEqualTo("rate_limited");
            assertThat(refused.response().get("retry_after_ms").asLong()).isBetween(1L, 60_000L);
            assertThat(client.push(join, "store:acme/reading", "status", "{}").status())
                    .as("what only reads")
                    .isEqualTo("ok");
            assertThat(server.send(token, "PUT", ENTRIES + "/a", "2").statusCode())
                    .isEqualTo(429);
        }
    }

    private static Message write(PhoenixClient client, String join, String name) {
        return client.push(
                join, "store:acme/reading", "write", "{'op':'set','path':'b','value':1,'client_op_id':'" + name + "'}");
    }

    @Test
    void no_bound_means_no_headers() throws Exception {
        try (TokenServer unbound = TokenServer.start(
                builder -> builder.limits(new Limits().readsPerMinute(0).writesPerMinute(0)))) {
            unbound.store("acme/reading");
            HttpResponse<String> response = unbound.get(unbound.all("acme"), ENTRIES);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(rates(response)).containsOnly("");
        }
    }

    @Test
    void without_asking_for_tokens_any_is_accepted_and_none_is_counted() throws Exception {
        try (TokenServer open = TokenServer.start(builder -> builder.auth(AuthMode.NONE))) {
            Made revoked = open.token("acme", "entries:read");
            open.tokens().revoke(revoked.token().id()).join();
            HttpResponse<String> response = open.send(revoked, "PUT", ENTRIES + "/a", "1");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(rates(response)).containsOnly("");
            assertThat(open.get(null, "/metrics").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void off_loopback_the_server_itself_is_for_operators_even_when_nobody_else_needs_a_token() throws Exception {
        try (TokenServer open = TokenServer.start(
                builder -> builder.auth(AuthMode.NONE).insecureNoAuth(true).host("0.0.0.0"))) {
            assertThat(open.get(null, "/metrics").statusCode()).isEqualTo(401);
            assertThat(open.get(open.token("acme", "entries:read"), "/metrics").statusCode())
                    .isEqualTo(403);
            assertThat(open.get(open.token("acme", "ops"), "/metrics").statusCode())
                    .isEqualTo(200);
            assertThat(open.send(null, "PUT", ENTRIES + "/a", "1").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void no_token_is_found_in_logs_figures_or_answers() throws Exception {
        Made token = server.all("acme");
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level before = root.getLevel();
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        root.addAppender(logged);
        root.setLevel(Level.TRACE);
        StringBuilder answers = new StringBuilder();
        try (PhoenixClient client = PhoenixClient.connectAs(server.http.server, token.raw())) {
            client.join("store:acme/other", "{'last_store_seq':0}");
            answers.append(server.get(null, ENTRIES + "?token=" + token.raw()).body());
            answers.append(
                    server.get(null, "/ws/sync/websocket?token=" + token.raw()).body());
            answers.append(server.send(token, "POST", "/api/tokens", "{").body());
            answers.append(server.get(token, ENTRIES).body());
            answers.append(server.get(token, ENTRIES).body());
            answers.append(server.get(token, ENTRIES).body());
            answers.append(server.get(token, ENTRIES).body());
        } finally {
            root.setLevel(before);
            root.detachAppender(logged);
        }
        String figures = new String(server.http.server.context().metrics.scrape(), StandardCharsets.UTF_8);
        String secret = token.raw().substring("dust_tok_".length());
        assertThat(figures).contains("varve_http_requests").doesNotContain(secret);
        assertThat(answers.toString()).contains("unauthorized").doesNotContain(secret);
        // What the HTTP client of this test writes down about itself is its own affair.
        assertThat(logged.list)
                .isNotEmpty()
                .filteredOn(event -> !event.getLoggerName().startsWith("jdk."))
                .allSatisfy(event -> assertThat(event.getFormattedMessage()).doesNotContain(secret));
    }
}
