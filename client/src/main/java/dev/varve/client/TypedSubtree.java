package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Puts decimals and times back into their envelopes. Reads over HTTP show them as their text: of a single entry the type says
 * what the text is, of a subtree only the entries in it do. Stateless.
 */
final class TypedSubtree {

    private TypedSubtree() {}

    /** The value of an entry of a type. */
    static EntryValue enveloped(EntryType type, EntryValue shown) {
        boolean typed = type == EntryType.DECIMAL || type == EntryType.DATETIME;
        if (!typed || !(shown instanceof EntryValue.Text)) {
            return shown;
        }
        Map<String, EntryValue> envelope = new LinkedHashMap<>();
        envelope.put("_type", EntryValue.of(type.wireName()));
        envelope.put("_typed", shown);
        return new EntryValue.Fields(envelope);
    }

    /** Whether it is a subtree with a text that may be a decimal or a time. */
    static boolean mayHideTypes(Entry shown) {
        return shown.type() == EntryType.MAP && hasText(shown.value());
    }

    private static boolean hasText(EntryValue value) {
        // What stands in a list or an envelope is shown as it is.
        return value instanceof EntryValue.Text
                || (value instanceof EntryValue.Fields object
                        && !object.isWhole()
                        && object.fields().values().stream().anyMatch(TypedSubtree::hasText));
    }

    /**
     * A subtree in which every value is what it is.
     *
     * @param shown as the server shows it
     * @param entries all entries below its path
     */
    static Entry of(Entry shown, Iterable<Entry> entries) {
        Map<EntryPath, EntryValue> typed = new HashMap<>();
        for (Entry entry : entries) {
            if (entry.type() == EntryType.DECIMAL || entry.type() == EntryType.DATETIME) {
                typed.put(entry.path(), entry.value());
            }
        }
        return typed.isEmpty()
                ? shown
                : new Entry(shown.path(), replaced(shown.path(), shown.value(), typed), shown.type(), shown.revision());
    }

    /** The value with an envelope for each text that stands at the path of one. */
    private static EntryValue replaced(EntryPath path, EntryValue value, Map<EntryPath, EntryValue> typed) {
        if (value instanceof EntryValue.Text) {
            return typed.getOrDefault(path, value);
        }
        if (!(value instanceof EntryValue.Fields object) || object.isWhole()) {
            return value;
        }
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        object.fields().forEach((name, field) -> fields.put(name, replaced(path.child(name), field, typed)));
        return new EntryValue.Fields(fields);
    }
}
