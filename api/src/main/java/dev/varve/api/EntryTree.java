package dev.varve.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts entries below one path together to one object, as a read of that path does. Confined to one thread. */
final class EntryTree {

    private final Map<String, Object> tree = new LinkedHashMap<>();

    /**
     * Adds an entry; the order is that of the paths. The exact entry wins over what is below it: the object has no place for
     * both.
     *
     * @param below the segments of its path below that of the object
     */
    @SuppressWarnings("unchecked") // values are entries' values or such maps, put there below
    void add(List<String> below, EntryValue value) {
        Map<String, Object> level = tree;
        for (String segment : below.subList(0, below.size() - 1)) {
            Object next = level.computeIfAbsent(segment, none -> new LinkedHashMap<String, Object>());
            if (!(next instanceof Map)) {
                return;
            }
            level = (Map<String, Object>) next;
        }
        level.put(below.get(below.size() - 1), value);
    }

    Map<String, EntryValue> fields() {
        return fields(tree);
    }

    @SuppressWarnings("unchecked") // as above
    private static Map<String, EntryValue> fields(Map<String, Object> level) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        level.forEach((name, value) -> fields.put(
                name,
                value instanceof Map
                        ? new EntryValue.Fields(fields((Map<String, Object>) value))
                        : (EntryValue) value));
        return fields;
    }
}
