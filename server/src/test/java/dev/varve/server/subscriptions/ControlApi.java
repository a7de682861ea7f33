package dev.varve.server.subscriptions;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamStorage;
import dev.varve.engine.io.SystemClock;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The control API over a storage, with calls as a client would make them. */
final class ControlApi implements AutoCloseable {

    static final String BASE_URL = "http://127.0.0.1:4437";
    static final JsonMapper JSON = new JsonMapper();

    /** An answer with its body read. */
    record Answer(int status, java.util.Map<String, String> headers, JsonNode body) {
        String code() {
            return body.path("error").path("code").asString("");
        }
    }

    final StreamStorage storage;
    final Subscriptions subscriptions;

    ControlApi(StreamStorage storage, SubscriptionOptions options) {
        this(storage, options, SubscriptionLoop.MIN_COMPACT_BYTES);
    }

    ControlApi(StreamStorage storage, SubscriptionOptions options, long minCompactBytes) {
        this.storage = storage;
        this.subscriptions = new Subscriptions(
                storage,
                options,
                new SystemClock(),
                new SecureRandom(),
                InetAddress::getAllByName,
                () -> (SSLSocketFactory) SSLSocketFactory.getDefault(),
                minCompactBytes);
        subscriptions.start();
    }

    Answer call(String method, String path, @Nullable String body, @Nullable String token) {
        byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        List<String> segments = List.of(path.split("/", -1)).stream()
                .map(segment -> segment.replace("%2F", "/"))
                .toList();
        String authorization = token == null ? null : "Bearer " + token;
        Subscriptions.Response response = subscriptions
                .handle(new Subscriptions.Request(method, segments, "application/json", bytes, authorization, BASE_URL))
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        JsonNode node = response.body().length == 0 ? JSON.createObjectNode() : JSON.readTree(response.body());
        return new Answer(response.status(), response.headers(), node);
    }

    Answer put(String id, String body) {
        return call("PUT", "subscriptions/" + id, body, null);
    }

    Answer get(String id) {
        return call("GET", "subscriptions/" + id, null, null);
    }

    Answer post(String id, String action, String body) {
        return call("POST", "subscriptions/" + id + "/" + action, body, null);
    }

    Answer post(String id, String action, String body, String token) {
        return call("POST", "subscriptions/" + id + "/" + action, body, token);
    }

    void create(String path) {
        storage.create(CreateRequest.of(path, StreamConfig.of("application/json")))
                .join();
    }

    void create(String path, String body) {
        storage.create(CreateRequest.of(path, StreamConfig.of("application/json"))
                        .withBody(body.getBytes(StandardCharsets.UTF_8)))
                .join();
    }

    void append(String path, String body) {
        storage.append(AppendRequest.of(path, "application/json", body.getBytes(StandardCharsets.UTF_8)))
                .join();
    }

    @Override
    public void close() {
        subscriptions.close();
    }
}
