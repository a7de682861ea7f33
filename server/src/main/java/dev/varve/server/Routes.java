package dev.varve.server;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The one table of routes. Routing, 405 with {@code Allow}, answers to OPTIONS and later the API's description and the
 * authorization tests come from it. A literal pattern wins over one with variable parts; among those {@link RouteTree} says which.
 * Immutable once the server has started, then thread-safe.
 */
final class Routes {

    /** All routes of one path pattern. Immutable once the server has started. */
    static final class Resource {
        final String literal;
        final boolean takesRest;
        final Map<String, Route> byMethod = new LinkedHashMap<>();
        String allow = "";

        Resource(Route route) {
            this.literal = route.literal();
            this.takesRest = route.takesRest();
        }

        /** The route of a method; GET's answers HEAD too, where nobody else does. */
        @Nullable Route route(String method) {
            Route route = byMethod.get(method);
            return route == null && method.equals("HEAD") ? byMethod.get("GET") : route;
        }

        boolean browsers() {
            return byMethod.values().stream().anyMatch(Route::browsers);
        }

        void add(Route route) {
            if (byMethod.put(route.method(), route) != null) {
                throw new IllegalArgumentException("two routes for " + route.method() + " " + route.pattern());
            }
            TreeSet<String> methods = new TreeSet<>(byMethod.keySet());
            methods.add("OPTIONS");
            if (methods.contains("GET")) {
                methods.add("HEAD");
            }
            allow = String.join(", ", methods);
        }
    }

    private final Map<String, Resource> literals = new HashMap<>();
    private final List<Resource> prefixes = new ArrayList<>();
    private final RouteTree templates = new RouteTree();

    /** The segments of a path; slashes in a row, and one at the end, do not count. */
    static String[] segments(String path) {
        List<String> segments = new ArrayList<>();
        int from = 0;
        while (from < path.length()) {
            int slash = path.indexOf('/', from);
            int to = slash < 0 ? path.length() : slash;
            if (to > from) {
                segments.add(path.substring(from, to));
            }
            from = to + 1;
        }
        return segments.toArray(String[]::new);
    }

    /**
     * The same, each decoded.
     *
     * @throws HttpProblem when they are not percent-encoded UTF-8
     */
    static List<String> decodedSegments(String path) {
        String[] raws = segments(path);
        List<String> segments = new ArrayList<>(raws.length);
        for (String raw : raws) {
            String segment = PercentDecoder.decode(raw, false);
            if (segment == null) {
                throw HttpProblem.invalid("the path of the URL is not percent-encoded UTF-8");
            }
            segments.add(segment);
        }
        return segments;
    }

    Routes add(Route route) {
        if (!route.scope().equals(Scope.NONE) && !Scope.ALL.containsAll(Scope.named(route.scope()))) {
            throw new IllegalArgumentException(
                    route.name() + " needs a scope that no token can have: " + route.scope());
        }
        Resource resource;
        if (route.isTemplate()) {
            resource = templates.add(route);
        } else if (route.takesRest()) {
            resource = prefixes.stream()
                    .filter(r -> r.literal.equals(route.literal()))
                    .findFirst()
                    .orElse(null);
            if (resource == null) {
                resource = new Resource(route);
                prefixes.add(resource);
                prefixes.sort(Comparator.comparingInt(r -> -r.literal.length()));
            }
        } else {
            resource = literals.computeIfAbsent(route.literal(), _ -> new Resource(route));
        }
        resource.add(route);
        return this;
    }

    /** Finds who is responsible for a path, not decoded; null when nobody is. */
    @Nullable Resource find(String path) {
        Resource literal = literals.get(path);
        if (literal != null) {
            return literal;
        }
        for (int i = 0; i < prefixes.size(); i++) {
            Resource resource = prefixes.get(i);
            if (path.startsWith(resource.literal)) {
                return resource;
            }
        }
        return templates.find(path);
    }

    /** Every route, for documents and tests. */
    List<Route> all() {
        List<Route> all = new ArrayList<>();
        literals.values().forEach(r -> all.addAll(r.byMethod.values()));
        prefixes.forEach(r -> all.addAll(r.byMethod.values()));
        templates.all().forEach(r -> all.addAll(r.byMethod.values()));
        all.sort(Comparator.comparing(Route::pattern).thenComparing(Route::method));
        return all;
    }
}
