package dev.varve.bench.histories;

import dev.varve.api.EntryValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Values that histories hold, from and to JSON: numbers, names, lists and objects of them. Stateless. */
final class EntryValues {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private EntryValues() {}

    static JsonNode json(String text) {
        return MAPPER.readTree(text);
    }

    static EntryValue parse(String text) {
        return of(json(text));
    }

    static EntryValue of(JsonNode node) {
        if (node.isIntegralNumber()) {
            return EntryValue.of(node.longValue());
        }
        if (node.isString()) {
            return EntryValue.of(node.stringValue());
        }
        if (node.isArray()) {
            List<EntryValue> items = new ArrayList<>();
            node.forEach(item -> items.add(of(item)));
            return new EntryValue.Items(items);
        }
        if (node.isObject()) {
            Map<String, EntryValue> fields = new LinkedHashMap<>();
            node.properties().forEach(field -> fields.put(field.getKey(), of(field.getValue())));
            return new EntryValue.Fields(fields);
        }
        if (node.isNull()) {
            return new EntryValue.Null();
        }
        throw new IllegalArgumentException("a value that nobody wrote: " + node);
    }

    /** The value that a transport told, null when it told none. */
    static @Nullable EntryValue told(@Nullable JsonNode node) {
        return node == null || node.isNull() ? null : seen(of(node));
    }

    /** Without the end of a lease, which nobody can foretell. */
    static EntryValue seen(EntryValue value) {
        if (!(value instanceof EntryValue.Fields(Map<String, EntryValue> fields)) || !fields.containsKey("_type")) {
            return value;
        }
        Map<String, EntryValue> kept = new LinkedHashMap<>(fields);
        kept.remove("expires_at");
        return new EntryValue.Fields(kept);
    }

    static String text(EntryValue value) {
        return switch (value) {
            case EntryValue.Whole(long number) -> Long.toString(number);
            case EntryValue.Text(String name) -> '"' + name + '"';
            case EntryValue.Items(List<EntryValue> items) ->
                items.stream().map(EntryValues::text).collect(Collectors.joining(",", "[", "]"));
            case EntryValue.Fields(Map<String, EntryValue> fields) ->
                fields.entrySet().stream()
                        .map(field -> '"' + field.getKey() + "\":" + text(field.getValue()))
                        .collect(Collectors.joining(",", "{", "}"));
            case EntryValue.Null() -> "null";
            case EntryValue.Bool _, EntryValue.Fraction _ ->
                throw new IllegalArgumentException("a value that nobody wrote: " + value);
        };
    }
}
