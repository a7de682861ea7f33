package dev.varve.client;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.ListResult;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.RefusedException;
import dev.varve.api.Retention;
import dev.varve.api.StreamMetadata;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Varve's own routes over many streams: the listing and the atomic append. Other servers do not have them. Thread-safe. */
final class ListRoutes {
    static final String APPEND = "/v1/streams/append";

    private static final String LIST = "/v1/streams";
    private static final JsonMapper JSON = JsonMapper.shared();

    private ListRoutes() {}

    static String listPath(String prefix, @Nullable String after, int limit) {
        return LIST + "?" + (after == null ? "" : "after=" + Wire.encodeQuery(after) + "&") + "limit=" + limit
                + (prefix.isEmpty() ? "" : "&prefix=" + Wire.encodeQuery(prefix));
    }

    static ListResult.Listing listing(HttpRequest request, Answer answer) {
        JsonNode body = json(request, answer);
        try {
            List<StreamMetadata> streams = new ArrayList<>();
            for (JsonNode stream : body.required("streams")) {
                streams.add(metadata(stream));
            }
            return new ListResult.Listing(
                    List.copyOf(streams), body.required("has_more").booleanValue());
        } catch (JacksonException | IllegalArgumentException | DateTimeException e) {
            throw unreadable(request, e);
        }
    }

    private static StreamMetadata metadata(JsonNode stream) {
        JsonNode retention = stream.path("retention");
        JsonNode expiresAt = stream.path("expires_at");
        return new StreamMetadata(
                stream.required("path").stringValue(),
                stream.required("content_type").stringValue(),
                number(stream, "ttl_seconds"),
                expiresAt.isString() ? InstantText.read(expiresAt.stringValue()) : null,
                new Retention(
                        number(retention, "age_seconds"), number(retention, "bytes"), number(retention, "messages")),
                Offset.parse(stream.path("earliest_offset").stringValue(Offset.ZERO.toString())),
                Offset.parse(stream.required("next_offset").stringValue()),
                stream.path("closed").booleanValue(false),
                InstantText.read(stream.path("created_at").stringValue(Instant.EPOCH.toString())),
                0);
    }

    private static @Nullable Long number(JsonNode node, String name) {
        JsonNode number = node.path(name);
        return number.isIntegralNumber() ? number.longValue() : null;
    }

    static byte[] appendBody(List<AppendRequest> requests) {
        ObjectNode body = JSON.createObjectNode();
        ArrayNode appends = body.putArray("appends");
        requests.forEach(request -> appends.add(item(request)));
        return JSON.writeValueAsBytes(body);
    }

    /** One append as an object. */
    static byte[] appendItem(AppendRequest request) {
        return JSON.writeValueAsBytes(item(request));
    }

    private static ObjectNode item(AppendRequest request) {
        ObjectNode item = JSON.createObjectNode();
        item.put("path", request.path());
        if (request.contentType() != null) {
            item.put("content_type", request.contentType());
        }
        item.put("data_base64", request.body());
        if (request.sequence() != null) {
            item.put("seq", request.sequence());
        }
        Producer producer = request.producer();
        if (producer != null) {
            item.putObject("producer")
                    .put("id", producer.id())
                    .put("epoch", producer.epoch())
                    .put("seq", producer.sequence());
        }
        if (request.ifMatch() != null) {
            item.put("if_match", request.ifMatch().toString());
        }
        if (request.close()) {
            item.put("close", true);
        }
        return item;
    }

    static AppendAllResult appendResult(List<AppendRequest> requests, HttpRequest post, Answer answer) {
        if (answer.status() != 200) {
            VarveException failure = failure(post, answer);
            Integer index = refusedIndex(answer);
            if (failure instanceof RefusedException refused && index != null) {
                return new AppendAllResult.RefusedAt(index, refused.refusal());
            }
            throw failure;
        }
        JsonNode body = json(post, answer);
        try {
            return new AppendAllResult.AppendedAll(results(requests, body.required("results")));
        } catch (JacksonException | IllegalArgumentException e) {
            throw unreadable(post, e);
        }
    }

    /** What became of appends, of which an answer tells among other things. */
    static List<AppendResult> results(List<AppendRequest> requests, HttpRequest post, byte[] json) {
        try {
            return results(requests, JSON.readTree(json));
        } catch (JacksonException | IllegalArgumentException e) {
            throw unreadable(post, e);
        }
    }

    private static List<AppendResult> results(List<AppendRequest> requests, JsonNode items) {
        if (items.size() != requests.size()) {
            throw new IllegalArgumentException(items.size() + " results for " + requests.size() + " appends");
        }
        List<AppendResult> results = new ArrayList<>(requests.size());
        for (int i = 0; i < requests.size(); i++) {
            results.add(result(requests.get(i), items.get(i)));
        }
        return List.copyOf(results);
    }

    private static AppendResult result(AppendRequest request, JsonNode item) {
        Offset next = Offset.parse(item.required("next_offset").stringValue());
        boolean closed = item.path("closed").booleanValue(false);
        Producer producer = request.producer();
        if (item.path("duplicate").booleanValue(false)) {
            Long highest = number(item, "producer_seq");
            return new AppendResult.Duplicate(
                    next,
                    closed,
                    producer == null || highest == null
                            ? producer
                            : new Producer(producer.id(), producer.epoch(), highest));
        }
        return new AppendResult.Appended(next, closed, producer);
    }

    private static @Nullable Integer refusedIndex(Answer answer) {
        try {
            JsonNode index = JSON.readTree(answer.body()).path("index");
            return index.isInt() && index.intValue() >= 0 ? index.intValue() : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private static JsonNode json(HttpRequest request, Answer answer) {
        if (answer.status() != 200) {
            throw failure(request, answer);
        }
        try {
            return JSON.readTree(answer.body());
        } catch (JacksonException e) {
            throw unreadable(request, e);
        }
    }

    /** Where another server has no such route it says 404 or 405 in its own way. */
    private static VarveException failure(HttpRequest request, Answer answer) {
        boolean noRoute = answer.status() == 404 || answer.status() == 405;
        if (noRoute && !Failures.isProblem(answer)) {
            return new VarveException(
                    ErrorKind.NOT_SUPPORTED,
                    Failures.server(request.uri()) + " does not offer " + request.method() + " "
                            + request.uri().getRawPath() + ", which only a Varve does");
        }
        return Failures.of(request, answer);
    }

    private static VarveException unreadable(HttpRequest request, Exception cause) {
        return new VarveException(
                ErrorKind.HTTP,
                "the answer to " + request.method() + " " + request.uri().getRawPath() + " is not Varve's: "
                        + cause.getMessage(),
                cause);
    }
}
