package dev.varve.cli;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The routes of a server's stores, for commands. Confined to one thread. */
final class EntryServer implements AutoCloseable {

    static final String DEFAULT_URL = "http://127.0.0.1:4437";
    static final JsonMapper JSON = JsonMapper.shared();

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final int OK = 200;
    private static final int FIRST_REFUSAL = 300;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final String base;
    private final @Nullable String token;

    EntryServer(Map<String, String> environment, @Nullable String url, @Nullable String token) {
        String chosen = url != null ? url : environment.getOrDefault("VARVE_URL", "");
        this.base = (chosen.isBlank() ? DEFAULT_URL : chosen.strip()).replaceAll("/+$", "");
        this.token = token;
    }

    /** A path of an entry for a URL: its segments keep their own escapes. */
    static String escaped(String path) {
        StringBuilder escaped = new StringBuilder();
        for (String piece : path.split("/", -1)) {
            if (!escaped.isEmpty()) {
                escaped.append('/');
            }
            escaped.append(encoded(piece));
        }
        return escaped.toString();
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%7E", "~");
    }

    /** Sends a request without a body and reads the answer. */
    JsonNode call(String method, String path) throws IOException {
        return json(send(request(path).method(method, HttpRequest.BodyPublishers.noBody()), path));
    }

    /** Sends a request with a body and reads the answer. */
    JsonNode call(String method, String path, JsonNode body) throws IOException {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
        return json(send(request, path));
    }

    /**
     * Sends a transaction and reads the answer.
     *
     * @param json its body, as it is
     * @param key names it, so that it is made once; null where the body does
     */
    JsonNode commit(String path, byte[] json, @Nullable String key) throws IOException {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(json));
        if (key != null) {
            request.header("Idempotency-Key", key);
        }
        return json(send(request, path));
    }

    /** Sends lines as they come and reads the answer. */
    JsonNode upload(String path, InputStream lines) throws IOException {
        HttpRequest.Builder request = request(path)
                .header("Content-Type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> lines));
        return json(send(request, path));
    }

    /** Sends a file as it is and reads the answer. */
    JsonNode upload(String path, Path file, @Nullable String contentType) throws IOException {
        HttpRequest.Builder request =
                request(path).POST(HttpRequest.BodyPublishers.ofFile(file)).expectContinue(true);
        if (contentType != null) {
            request.header("Content-Type", contentType);
        }
        return json(send(request, path));
    }

    /** Opens an answer that is read as it comes. */
    InputStream open(String path, String accept) throws IOException {
        return send(request(path).header("Accept", accept).GET(), path).body();
    }

    private HttpRequest.Builder request(String path) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
            if (token != null) {
                request.header("Authorization", "Bearer " + token);
            }
            return request;
        } catch (IllegalArgumentException e) {
            throw new UsageException("the server's URL is none: " + base);
        }
    }

    private HttpResponse<InputStream> send(HttpRequest.Builder request, String path) throws IOException {
        HttpResponse<InputStream> response;
        try {
            response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (java.net.ConnectException | java.net.http.HttpConnectTimeoutException e) {
            throw new VarveException(ErrorKind.NETWORK, "no server answers at " + base, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VarveException(ErrorKind.UNAVAILABLE, "interrupted", e);
        } catch (IOException e) {
            throw new VarveException(
                    ErrorKind.TIMEOUT, "the connection to " + base + " broke before the answer: " + e.getMessage(), e);
        }
        if (response.statusCode() < OK || response.statusCode() >= FIRST_REFUSAL) {
            throw refused(response, path);
        }
        return response;
    }

    private static EntryRefusal refused(HttpResponse<InputStream> response, String path) throws IOException {
        byte[] body;
        try (InputStream in = response.body()) {
            body = in.readAllBytes();
        }
        JsonNode json;
        try {
            json = JSON.readTree(body);
        } catch (JacksonException e) {
            json = JSON.createObjectNode();
        }
        return new EntryRefusal(response.statusCode(), path, json);
    }

    private static JsonNode json(HttpResponse<InputStream> response) throws IOException {
        try (InputStream in = response.body()) {
            return JSON.readTree(in);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (JacksonException e) {
            throw new VarveException(ErrorKind.HTTP, "the answer is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
