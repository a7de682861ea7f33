package dev.varve.api;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Values of entries for what programs and people give: text of forms, what a reader of JSON makes, values of Java's types. */
final class GivenValues {

    private GivenValues() {}

    /**
     * The value of an entry, whatever it is for.
     *
     * @param depth how many lists and objects it stands in
     */
    static EntryValue plain(@Nullable Object given, int depth) throws Misfit {
        Object value = opened(given);
        if (value == null) {
            return ValueMapping.NULL;
        }
        if (value instanceof EntryValue known) {
            return known;
        }
        if (value instanceof Map<?, ?> map) {
            return object(map, depth);
        }
        if (value instanceof Collection<?> items) {
            return list(items, depth);
        }
        if (value instanceof Enum<?> constant) {
            return EntryValue.of(constant.name());
        }
        ValueMapping simple = SimpleMappings.of(value instanceof ZoneId ? ZoneId.class : value.getClass());
        if (simple == null) {
            throw Misfit.of(
                    "of type " + value.getClass().getSimpleName(), "a text, a number, true, false, a list or a map");
        }
        return simple.dump(value, depth);
    }

    private static EntryValue object(Map<?, ?> map, int depth) throws Misfit {
        ValueMapping.checkDepth(depth);
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String name = name(entry.getKey());
            try {
                fields.put(name, plain(entry.getValue(), depth + 1));
            } catch (Misfit e) {
                throw e.within(name);
            }
        }
        return new EntryValue.Fields(fields);
    }

    private static EntryValue list(Collection<?> from, int depth) throws Misfit {
        ValueMapping.checkDepth(depth);
        List<EntryValue> items = new ArrayList<>(from.size());
        for (Object next : from) {
            try {
                items.add(plain(next, depth + 1));
            } catch (Misfit e) {
                throw e.within("[" + items.size() + "]");
            }
        }
        return new EntryValue.Items(items);
    }

    /** The name of a field in an object that was given. */
    static String name(@Nullable Object key) throws Misfit {
        if (key instanceof String name) {
            return name;
        }
        throw Misfit.of("the key " + key, "texts as keys");
    }

    /** What is in an {@link Optional}, lists and objects of entries as collections and maps; anything else as it is. */
    static @Nullable Object opened(@Nullable Object given) {
        if (given instanceof Optional<?> optional) {
            return opened(optional.orElse(null));
        }
        if (given instanceof Object[] array) {
            return Arrays.asList(array);
        }
        if (given instanceof EntryValue.Null) {
            return null;
        }
        if (given instanceof EntryValue.Text text) {
            return text.value();
        }
        if (given instanceof EntryValue.Items list) {
            return list.items();
        }
        return given instanceof EntryValue.Fields object && !object.isWhole() ? object.fields() : given;
    }
}
