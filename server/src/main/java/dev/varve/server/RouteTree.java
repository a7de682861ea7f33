package dev.varve.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Resources by the segments of their patterns. Where patterns differ, a literal segment wins over a variable part, and that over
 * one that takes the rest. Immutable once the server has started, then thread-safe.
 */
final class RouteTree {

    private final Map<String, RouteTree> literals = new HashMap<>();
    private @Nullable RouteTree variable;
    private Routes.@Nullable Resource here;
    private Routes.@Nullable Resource rest;

    /** The resource of a route's pattern, made when there is none yet. */
    Routes.Resource add(Route route) {
        String pattern = route.pattern();
        RouteTree node = this;
        for (String segment : Routes.segments(
                route.takesRest() ? pattern.substring(0, pattern.length() - Route.REST.length()) : pattern)) {
            node = node.child(segment);
        }
        Routes.Resource known = route.takesRest() ? node.rest : node.here;
        if (known != null) {
            return known;
        }
        Routes.Resource added = new Routes.Resource(route);
        if (route.takesRest()) {
            node.rest = added;
        } else {
            node.here = added;
        }
        return added;
    }

    private RouteTree child(String segment) {
        if (segment.charAt(0) != '{') {
            return literals.computeIfAbsent(segment, _ -> new RouteTree());
        }
        RouteTree known = variable;
        if (known == null) {
            known = new RouteTree();
            variable = known;
        }
        return known;
    }

    /** Finds the resource of a path, not decoded; null when there is none. Slashes in a row, and one at the end, do not count. */
    Routes.@Nullable Resource find(String path) {
        return find(path, 0);
    }

    private Routes.@Nullable Resource find(String path, int begin) {
        int from = begin;
        while (from < path.length() && path.charAt(from) == '/') {
            from++;
        }
        if (from == path.length()) {
            return begins(here, path) ? here : null;
        }
        int slash = path.indexOf('/', from);
        int to = slash < 0 ? path.length() : slash;
        RouteTree literal = literals.isEmpty() ? null : literals.get(path.substring(from, to));
        Routes.Resource found = literal == null ? null : literal.find(path, to);
        if (found == null && variable != null) {
            found = variable.find(path, to);
        }
        return found == null && begins(rest, path) ? rest : found;
    }

    /** Only the variable parts of a path, and what is behind them, may have slashes in a row. */
    private static boolean begins(Routes.@Nullable Resource resource, String path) {
        return resource != null && path.startsWith(resource.literal);
    }

    /** All resources, in no order. */
    List<Routes.Resource> all() {
        List<Routes.Resource> all = new ArrayList<>();
        collect(all);
        return all;
    }

    private void collect(List<Routes.Resource> all) {
        if (here != null) {
            all.add(here);
        }
        if (rest != null) {
            all.add(rest);
        }
        literals.values().forEach(node -> node.collect(all));
        if (variable != null) {
            variable.collect(all);
        }
    }
}
