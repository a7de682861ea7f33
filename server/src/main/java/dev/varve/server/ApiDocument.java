package dev.varve.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The routes of a server as an OpenAPI document. Methods, paths, scopes and limits come from the route table; parameters, bodies
 * and answers from the resource {@code openapi.json}, by the names of routes. Confined to one thread.
 */
final class ApiDocument {

    private static final String RESOURCE = "openapi.json";
    private static final Pattern VARIABLE = Pattern.compile("\\{([a-z_]+)}");

    private final JsonMapper mapper = JsonMapper.builder().build();
    private final Routes routes;
    private final JsonNode operations;
    private final ObjectNode root;

    private ApiDocument(Routes routes) {
        this.routes = routes;
        JsonNode described = resource();
        this.operations = described.path("operations");
        this.root = mapper.createObjectNode().put("openapi", "3.1.0");
        ObjectNode info = root.putObject("info").put("title", "Varve").put("version", "1");
        info.put("summary", "Streams, entries and events on one log.");
        root.putArray("servers").addObject().put("url", "/");
        root.set("components", described.path("components"));
    }

    private JsonNode resource() {
        try (InputStream in = ApiDocument.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + RESOURCE + " is missing");
            }
            return mapper.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The document as JSON. */
    static String of(Routes routes) {
        ApiDocument document = new ApiDocument(routes);
        ObjectNode paths = document.root.putObject("paths");
        for (Route route : document.shown()) {
            ObjectNode path = paths.has(route.pattern())
                    ? (ObjectNode) paths.path(route.pattern())
                    : paths.putObject(route.pattern());
            path.set(route.method().toLowerCase(Locale.ROOT), document.operation(route));
        }
        return document.root.toString();
    }

    /** The names of routes that nobody has described. */
    static List<String> undescribed(Routes routes) {
        ApiDocument document = new ApiDocument(routes);
        return document.shown().stream()
                .map(Route::name)
                .filter(name -> !document.operations.has(name))
                .toList();
    }

    /** The names of routes that are described. */
    static List<String> described() {
        return List.copyOf(new ApiDocument(new Routes()).operations.propertyNames());
    }

    /** All but those that only see to it that a path of an entry can have the name of another resource. */
    private List<Route> shown() {
        List<Route> all = routes.all();
        return all.stream()
                .filter(route -> all.stream().noneMatch(other -> isCovered(route, other)))
                .toList();
    }

    private static boolean isCovered(Route route, Route by) {
        int rest = by.pattern().length() - Route.REST.length();
        return !by.equals(route)
                && by.takesRest()
                && by.method().equals(route.method())
                && by.name().equals(route.name())
                && route.pattern().startsWith(by.pattern().substring(0, rest));
    }

    private ObjectNode operation(Route route) {
        ObjectNode operation =
                mapper.createObjectNode().put("operationId", route.name()).put("summary", route.summary());
        operation.putArray("tags").add(route.name().substring(0, route.name().indexOf('.')));
        JsonNode described = operations.path(route.name());
        if (described.has("description")) {
            operation.set("description", described.path("description"));
        }
        ArrayNode security = operation.putArray("security");
        if (!route.scope().isEmpty()) {
            Scope.alternatives(route.scope()).forEach(all -> {
                ArrayNode scopes = security.addObject().putArray("token");
                all.forEach(scopes::add);
            });
        }
        List<JsonNode> parameters = parameters(route, described);
        if (!parameters.isEmpty()) {
            operation.putArray("parameters").addAll(parameters);
        }
        if (described.has("requestBody")) {
            operation.set("requestBody", described.path("requestBody"));
        }
        if (route.maxBodyBytes() > 0) {
            operation.put("x-max-body-bytes", route.maxBodyBytes());
        }
        ObjectNode responses = operation.putObject("responses");
        described.path("responses").properties().forEach(entry -> responses.set(entry.getKey(), entry.getValue()));
        responses.set("default", reference("responses", errors(route)));
        return operation;
    }

    private List<JsonNode> parameters(Route route, JsonNode described) {
        List<JsonNode> parameters = new ArrayList<>();
        Matcher variables = VARIABLE.matcher(route.pattern());
        while (variables.find()) {
            parameters.add(reference("parameters", variables.group(1)));
        }
        described.path("parameters").forEach(parameters::add);
        return parameters;
    }

    private ObjectNode reference(String kind, String name) {
        return mapper.createObjectNode().put("$ref", "#/components/" + kind + "/" + name);
    }

    /** In which shape a route tells errors. */
    private static String errors(Route route) {
        if (route.pattern().startsWith(EntryProblem.ROOT) && !EventsFace.owns(route.pattern())) {
            return "EntriesError";
        }
        return route.name().startsWith("subscriptions.") ? "ControlError" : "Problem";
    }
}
