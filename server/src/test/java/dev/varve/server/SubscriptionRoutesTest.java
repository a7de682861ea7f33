package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.testkit.ModelStreamStorage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The control paths over HTTP, and that nobody reads what is kept below them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SubscriptionRoutesTest {

    private static final String PULL = "{\"type\":\"pull-wake\",\"pattern\":\"events/*\",\"wake_stream\":\"wake/a\"}";

    private final VarveServer server =
            VarveServer.builder().port(0).storage(new ModelStreamStorage()).start();
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterAll
    void close() {
        client.close();
        server.close();
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + "/v1/stream/" + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void subscriptions_are_created_and_their_streams_unlinked_by_an_encoded_path() throws Exception {
        HttpResponse<String> created = send("PUT", "__ds/subscriptions/a%2Fb%20c", PULL);
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(created.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(created.headers().firstValue("cache-control")).hasValue("no-store");
        assertThat(created.body()).startsWith("{\"id\":\"a/b c\"");
        String link = "{\"streams\":[\"manual/b\u00fc\"]}";
        assertThat(send("POST", "__ds/subscriptions/a%2Fb%20c/streams", link).statusCode())
                .isEqualTo(204);
        assertThat(send("GET", "__ds/subscriptions/a%2Fb%20c", "").body()).contains("manual/b\u00fc");
        assertThat(send("DELETE", "__ds/subscriptions/a%2Fb%20c/streams/manual%2Fb%C3%BC", "")
                        .statusCode())
                .isEqualTo(204);
        assertThat(send("GET", "__ds/subscriptions/a%2Fb%20c", "").body()).doesNotContain("manual/b");
        assertThat(send("HEAD", "__ds/subscriptions/a%2Fb%20c", "").statusCode())
                .isEqualTo(200);
    }

    @Test
    void a_receiver_that_configuration_names_may_be_private_and_without_tls() throws Exception {
        String webhook =
                "{\"type\":\"webhook\",\"pattern\":\"events/*\",\"webhook\":{\"url\":\"http://hooks.lan:8080/\"}}";
        assertThat(send("PUT", "__ds/subscriptions/unnamed", webhook).statusCode())
                .isEqualTo(400);
        try (TestServer naming = TestServer.start(builder -> builder.webhookTargets(Set.of("hooks.lan:8080")))) {
            String path = "/v1/stream/__ds/subscriptions/named";
            assertThat(naming.send("PUT", path, webhook, "Content-Type", "application/json")
                            .statusCode())
                    .isEqualTo(201);
        }
    }

    @Test
    void the_key_set_may_be_cached() throws Exception {
        HttpResponse<String> keys = send("GET", "__ds/jwks.json", "");
        assertThat(keys.headers().firstValue("content-type")).hasValue("application/jwk-set+json");
        assertThat(keys.headers().allValues("cache-control")).containsExactly("public, max-age=300");
        assertThat(keys.body()).startsWith("{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "__ds/state-0",
                "__ds/state-0?offset=-1",
                "__ds/state-0?offset=-1&live=sse",
                "__ds/state-0?offset=-1&live=long-poll",
                "%5F%5Fds/state-0?offset=-1",
                "_%5Fds/state-0?offset=-1&live=sse",
                "__ds%2Fstate-0?offset=-1",
                "x/../__ds/state-0?offset=-1",
                "%5f%5fds/state-0?offset=-1&live=long-poll",
                "//__ds/state-0?offset=-1",
            })
    void the_log_with_the_private_key_is_not_readable(String path) throws Exception {
        send("GET", "__ds/jwks.json", "");
        HttpResponse<String> read = send("GET", path, "");
        assertThat(read.statusCode()).isBetween(400, 499);
        assertThat(read.body()).doesNotContain("private_key");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/v1/stream/__ds/state-0", "__ds/state-0", "/v1/stream/%5F%5Fds/state-0", "%5F%5Fds/state-0"})
    void the_log_with_the_private_key_cannot_be_forked_written_or_deleted(String path) throws Exception {
        send("GET", "__ds/jwks.json", "");
        HttpResponse<String> fork = send("PUT", "stolen", "", "Stream-Forked-From", path);
        assertThat(fork.statusCode()).isBetween(400, 499);
        assertThat(send("GET", "stolen?offset=-1", "").statusCode()).isEqualTo(404);
        String relative = path.replace("/v1/stream/", "");
        assertThat(send("POST", relative, "[{\"event\":\"x\"}]").statusCode()).isBetween(400, 499);
        assertThat(send("PUT", relative, "").statusCode()).isBetween(400, 499);
        assertThat(send("DELETE", relative, "").statusCode()).isBetween(400, 499);
    }

    @Test
    void the_log_with_the_private_key_takes_no_atomic_append() throws Exception {
        send("GET", "__ds/jwks.json", "");
        String body = "{\"appends\":[{\"path\":\"__ds/state-0\",\"content_type\":\"application/json\",\"json\":{}}]}";
        HttpRequest append = HttpRequest.newBuilder(URI.create(server.url() + "/v1/streams/append"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = client.send(append, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isBetween(400, 499);
        assertThat(answer.body()).contains("__");
    }

    @Test
    void the_servers_own_streams_are_in_no_listing() throws Exception {
        send("GET", "__ds/jwks.json", "");
        HttpRequest list = HttpRequest.newBuilder(URI.create(server.url() + "/v1/streams?limit=1000"))
                .build();
        assertThat(client.send(list, HttpResponse.BodyHandlers.ofString()).body())
                .doesNotContain("__ds");
        assertThat(send("GET", "__registry__?offset=-1", "").body()).doesNotContain("__ds");
    }
}
