package dev.varve.server;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Holds answers against the description of the API. Thread-safe. */
final class ApiContract {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(Dialects.getDraft202012());
    private static final Map<String, ApiContract> KNOWN = new ConcurrentHashMap<>();

    private final JsonNode document;
    private final Map<String, JsonNode> operations = new HashMap<>();
    private final Map<JsonNode, Schema> schemas = new ConcurrentHashMap<>();

    private ApiContract(String text) {
        document = MAPPER.readTree(text);
        document.get("paths")
                .forEach(path -> path.properties()
                        .forEach(method -> operations.put(
                                method.getValue().get("operationId").asString(), method.getValue())));
    }

    static ApiContract of(Routes routes) {
        return KNOWN.computeIfAbsent(ApiDocument.of(routes), ApiContract::new);
    }

    /** Fails when the answer is none that is described for the request. */
    void check(Routes routes, String method, String path, HttpResponse<String> response) {
        Routes.Resource resource = routes.find(path);
        Route route = resource == null ? null : resource.byMethod.get(method);
        JsonNode operation = route == null ? null : operations.get(route.name());
        if (operation == null) {
            return;
        }
        String what = method + " " + path + ": " + response.statusCode();
        JsonNode answers = operation.get("responses");
        JsonNode answer = resolved(answers.get(Integer.toString(response.statusCode())));
        if (answer == null && response.statusCode() >= 400) {
            answer = resolved(answers.get("default"));
        }
        if (answer == null) {
            throw new AssertionError(what + " is no answer that is described");
        }
        if (!response.body().isEmpty()) {
            checkBody(what, answer.path("content"), response);
        }
    }

    private void checkBody(String what, JsonNode content, HttpResponse<String> response) {
        String type = MediaTypes.essence(TestServer.header(response, "content-type"));
        JsonNode media = content.has(type) ? content.get(type) : content.get("*/*");
        if (media == null) {
            throw new AssertionError(what + " has content that is not described: " + type);
        }
        if (content.has(type) && (type.equals("application/json") || type.endsWith("+json"))) {
            List<Error> errors = schema(media.get("schema")).validate(MAPPER.readTree(response.body()));
            if (!errors.isEmpty()) {
                throw new AssertionError(what + " is not as described: " + errors + "\n" + response.body());
            }
        }
    }

    private Schema schema(JsonNode described) {
        return schemas.computeIfAbsent(described, schema -> {
            ObjectNode whole = MAPPER.createObjectNode();
            whole.putArray("allOf").add(schema);
            whole.set("components", document.get("components"));
            return SCHEMAS.getSchema(whole);
        });
    }

    private @Nullable JsonNode resolved(@Nullable JsonNode node) {
        return node != null && node.has("$ref")
                ? document.at(node.get("$ref").asString().substring(1))
                : node;
    }
}
