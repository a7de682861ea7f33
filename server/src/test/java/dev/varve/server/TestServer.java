package dev.varve.server;

import dev.varve.api.StreamStorage;
import dev.varve.testkit.ModelStreamStorage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** A server over the model, with the calls the tests need. Thread-safe. */
final class TestServer implements AutoCloseable {

    /** Long enough that only a fault of the server reaches it. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    final VarveServer server;
    final StreamStorage storage;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private TestServer(VarveServer server, StreamStorage storage) {
        this.server = server;
        this.storage = storage;
    }

    static TestServer start() {
        return start(builder -> builder);
    }

    static TestServer start(UnaryOperator<VarveServer.Builder> options) {
        return start(new ModelStreamStorage(), options);
    }

    static TestServer start(StreamStorage storage, UnaryOperator<VarveServer.Builder> options) {
        VarveServer.Builder builder =
                VarveServer.builder().port(0).storage(storage).longPollTimeout(Duration.ofMillis(300));
        return new TestServer(options.apply(builder).start(), storage);
    }

    URI uri(String pathAndQuery) {
        return URI.create(server.url() + pathAndQuery);
    }

    RawConnection connect() throws IOException {
        return RawConnection.open(server.port());
    }

    /** Sends a request; headers come as name, value, name, value. */
    HttpResponse<String> send(String method, String pathAndQuery, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(pathAndQuery))
                .timeout(PATIENCE)
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return checked(request.build());
    }

    /** The answer, which is one that the description of the API knows. */
    private HttpResponse<String> checked(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        Routes routes = server.context().routes;
        ApiContract.of(routes).check(routes, request.method(), request.uri().getRawPath(), response);
        return response;
    }

    HttpResponse<String> get(String pathAndQuery, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri(pathAndQuery)).timeout(PATIENCE).GET();
        if (headers.length > 0) {
            request.headers(headers);
        }
        return checked(request.build());
    }

    /** Creates a text stream. */
    void create(String path, String content) throws IOException, InterruptedException {
        HttpResponse<String> response = send("PUT", "/v1/stream/" + path, content, "Content-Type", "text/plain");
        if (response.statusCode() != 201) {
            throw new IllegalStateException(response.statusCode() + " " + response.body());
        }
    }

    void append(String path, String content) throws IOException, InterruptedException {
        HttpResponse<String> response = send("POST", "/v1/stream/" + path, content, "Content-Type", "text/plain");
        if (response.statusCode() != 204) {
            throw new IllegalStateException(response.statusCode() + " " + response.body());
        }
    }

    static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
