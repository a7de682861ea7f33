package dev.varve.server;

import static dev.varve.server.TestServer.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.VarveException;
import dev.varve.testkit.ModelStreamStorage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Health, metrics, the route table's own answers, and who may talk to the server. */
final class OperationsTest {

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthz", "/livez", "/readyz"})
    void health_is_answered_and_not_cached(String path) throws Exception {
        HttpResponse<String> response = server.get(path);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "cache-control")).isEqualTo("no-store");
        assertThat(header(response, "x-content-type-options")).isEqualTo("nosniff");
    }

    @Test
    void readiness_follows_what_lies_behind_the_server() throws Exception {
        AtomicBoolean ready = new AtomicBoolean(true);
        try (TestServer other = TestServer.start(builder -> builder.readyWhen(ready::get))) {
            HttpResponse<String> yes = other.get("/readyz");
            assertThat(yes.statusCode()).isEqualTo(200);
            assertThat(yes.body()).isEqualTo("{\"status\":\"ok\",\"checks\":{\"database\":\"ok\",\"pubsub\":\"ok\"}}");
            ready.set(false);
            HttpResponse<String> no = other.get("/readyz");
            assertThat(no.statusCode()).isEqualTo(503);
            assertThat(no.body())
                    .isEqualTo(
                            "{\"status\":\"unavailable\",\"checks\":{\"database\":\"unavailable\",\"pubsub\":\"ok\"}}");
            assertThat(other.get("/livez").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void metrics_count_requests_by_route_and_status() throws Exception {
        try (TestServer other = TestServer.start(builder -> builder.metrics(sink -> {
            sink.counter("journal_syncs", "Syncs.", 3);
            sink.gauge("queue_bytes", "Waiting.", 7);
            sink.histogram("sync_seconds", "Syncs.", new double[] {0.1, 1}, new long[] {1, 2, 3}, 9);
        }))) {
            other.create("counted", "hello");
            other.append("counted", "world");
            other.get("/v1/stream/counted");
            other.get("/v1/stream/uncounted");
            other.get("/nowhere");
            HttpResponse<String> metrics = other.get("/metrics");
            assertThat(header(metrics, "content-type")).startsWith("text/plain");
            assertThat(metrics.body())
                    .contains(
                            "varve_http_requests_total{route=\"streams.create\",status=\"201\"} 1.0",
                            "varve_http_requests_total{route=\"streams.append\",status=\"204\"} 1.0",
                            "varve_http_requests_total{route=\"streams.read\",status=\"200\"} 1.0",
                            "varve_http_requests_total{route=\"streams.read\",status=\"404\"} 1.0",
                            "varve_http_requests_total{route=\"unrouted\",status=\"404\"} 1.0",
                            "varve_append_duration_seconds_count 1",
                            "varve_http_received_body_bytes_total 10.0",
                            "varve_http_body_bytes_in_flight 0.0",
                            "varve_journal_syncs_total 3.0",
                            "varve_queue_bytes 7.0",
                            "varve_sync_seconds_bucket{le=\"1.0\"} 3",
                            "varve_sync_seconds_bucket{le=\"+Inf\"} 6");
        }
    }

    @Test
    void a_method_that_a_path_does_not_take_is_405_with_those_it_takes() throws Exception {
        HttpResponse<String> stream = server.send("PATCH", "/v1/stream/x", "");
        assertThat(stream.statusCode()).isEqualTo(405);
        assertThat(header(stream, "allow")).isEqualTo("DELETE, GET, HEAD, OPTIONS, POST, PUT");
        HttpResponse<String> health = server.send("POST", "/healthz", "");
        assertThat(health.statusCode()).isEqualTo(405);
        assertThat(header(health, "allow")).isEqualTo("GET, HEAD, OPTIONS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRACE", "CONNECT", "FOO"})
    void unusual_methods_are_refused(String method) throws IOException {
        try (RawConnection connection = server.connect()) {
            connection.request(method, "/v1/stream/x", "");
            assertThat(connection.answer().status()).isEqualTo(405);
        }
    }

    @Test
    void pages_of_every_origin_may_ask_for_streams_without_credentials() throws Exception {
        HttpResponse<String> preflight = server.send(
                "OPTIONS",
                "/v1/stream/does/not/exist",
                "",
                "Origin",
                "https://example.org",
                "Access-Control-Request-Method",
                "POST");
        assertThat(preflight.statusCode()).isEqualTo(204);
        assertThat(header(preflight, "access-control-allow-origin")).isEqualTo("*");
        assertThat(header(preflight, "access-control-allow-methods")).contains("PUT", "POST", "DELETE");
        assertThat(header(preflight, "access-control-allow-headers"))
                .contains("if-none-match", "if-match", "producer-seq", "stream-closed", "content-type");
        assertThat(preflight.headers().firstValue("access-control-allow-credentials"))
                .isEmpty();

        server.create("open", "hello");
        assertThat(header(server.get("/v1/stream/open"), "access-control-allow-origin"))
                .isEqualTo("*");
        HttpResponse<String> append = server.send(
                "POST", "/v1/stream/open", "x", "Content-Type", "text/plain", "Origin", "https://example.org");
        assertThat(header(append, "access-control-allow-origin")).isEqualTo("*");
        assertThat(header(append, "access-control-expose-headers")).contains("Stream-Next-Offset");
    }

    @Test
    void pages_of_other_origins_may_not_ask_for_health_or_metrics() throws Exception {
        HttpResponse<String> preflight = server.send("OPTIONS", "/metrics", "", "Origin", "https://example.org");
        assertThat(preflight.headers().firstValue("access-control-allow-origin"))
                .isEmpty();
        assertThat(server.get("/metrics", "Origin", "https://example.org")
                        .headers()
                        .firstValue("access-control-allow-origin"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "localhost:1", "LOCALHOST:4437", "127.0.0.1", "127.0.0.1:80", "[::1]:80"})
    void on_loopback_names_of_this_machine_are_answered(String host) throws IOException {
        assertThat(healthAs(server, host)).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"example.org", "localhost.example.org", "127.0.0.1.example.org", "10.0.0.1", "[::2]", "x:80"})
    void on_loopback_other_names_are_refused(String host) throws IOException {
        assertThat(healthAs(server, host)).isEqualTo(421);
    }

    @Test
    void the_public_name_is_answered_too() throws IOException {
        try (TestServer other =
                TestServer.start(builder -> builder.publicUrl(URI.create("https://streams.example.org")))) {
            assertThat(healthAs(other, "streams.example.org")).isEqualTo(200);
            assertThat(healthAs(other, "example.org")).isEqualTo(421);
        }
    }

    private static int healthAs(TestServer to, String host) throws IOException {
        try (RawConnection connection = to.connect()) {
            connection.send("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            return connection.answer().status();
        }
    }

    @Test
    void an_address_that_others_reach_needs_a_word_that_nobody_is_asked_who_he_is() {
        VarveServer.Builder open = VarveServer.builder().host("0.0.0.0").port(0).storage(new ModelStreamStorage());
        assertThatThrownBy(open::start)
                .isInstanceOf(VarveException.class)
                .hasMessageContaining("0.0.0.0")
                .hasMessageContaining("authentication");
        open.insecureNoAuth(true).start().close();
    }

    @Test
    void a_port_that_is_taken_is_said_so() {
        VarveServer.Builder second =
                VarveServer.builder().port(server.server.port()).storage(new ModelStreamStorage());
        assertThatThrownBy(second::start)
                .isInstanceOf(VarveException.class)
                .hasMessageContaining(Integer.toString(server.server.port()));
    }

    @Test
    void without_a_storage_the_server_does_not_start() {
        assertThatThrownBy(VarveServer.builder().port(0)::start)
                .isInstanceOf(VarveException.class)
                .hasMessageContaining("storage");
    }
}
