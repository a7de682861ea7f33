package dev.varve.server;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parameters of a URL that a route knows; others are ignored. Immutable. */
final class Query {

    private final Map<String, String> values;

    private Query(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Reads the known parameters.
     *
     * @throws HttpProblem when one of them comes twice or is not percent-encoded UTF-8
     */
    static Query of(@Nullable String text, Set<String> known) {
        Map<String, String> values = new HashMap<>();
        if (text != null) {
            for (String part : text.split("&")) {
                int equals = part.indexOf('=');
                String name = PercentDecoder.decode(equals < 0 ? part : part.substring(0, equals), true);
                if (name == null || !known.contains(name)) {
                    continue;
                }
                String value = PercentDecoder.decode(equals < 0 ? "" : part.substring(equals + 1), true);
                if (value == null) {
                    throw HttpProblem.invalid("the parameter " + name + " is not percent-encoded UTF-8");
                }
                if (values.put(name, value) != null) {
                    throw HttpProblem.invalid("the parameter " + name + " must come once");
                }
            }
        }
        return new Query(values);
    }

    /**
     * Reads the parameters of a URL that has no others.
     *
     * @throws HttpProblem as the other, and when one is unknown
     */
    static Query strict(@Nullable String text, Set<String> known) {
        if (text != null && !text.isEmpty()) {
            for (String part : text.split("&")) {
                int equals = part.indexOf('=');
                String name = PercentDecoder.decode(equals < 0 ? part : part.substring(0, equals), true);
                if (name == null || !known.contains(name)) {
                    throw HttpProblem.invalid("there is no parameter " + (name == null ? part : name));
                }
            }
        }
        return of(text, known);
    }

    @Nullable String get(String name) {
        return values.get(name);
    }
}
