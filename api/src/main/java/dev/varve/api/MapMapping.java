package dev.varve.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Maps with text as keys, as objects. */
final class MapMapping extends ValueMapping {

    private static final String EXPECTED = "an object";

    private final ValueMapping value;

    MapMapping(ValueMapping value) {
        this.value = value;
    }

    @Override
    EntryValue dumpPresent(Object map, int depth) throws Misfit {
        checkDepth(depth);
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) map).entrySet()) {
            Object key = entry.getKey();
            if (!(key instanceof String name) || name.isEmpty() || RecordField.RESERVED.contains(name)) {
                throw Misfit.of(
                        "the key " + (key instanceof String name ? '"' + name + '"' : String.valueOf(key)),
                        "keys other than null, the empty text, _type and _typed");
            }
            try {
                fields.put(name, value.dump(entry.getValue(), depth + 1));
            } catch (Misfit e) {
                throw e.within(name);
            }
        }
        return new EntryValue.Fields(fields);
    }

    @Override
    Object loadPresent(EntryValue given) throws Misfit {
        if (!(given instanceof EntryValue.Fields object) || given.isWhole()) {
            throw Misfit.of(given, EXPECTED);
        }
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (Map.Entry<String, EntryValue> entry : object.fields().entrySet()) {
            try {
                map.put(entry.getKey(), value.load(entry.getValue()));
            } catch (Misfit e) {
                throw e.within(entry.getKey());
            }
        }
        return Collections.unmodifiableMap(map);
    }

    @Override
    EntryValue given(Object map, int depth) throws Misfit {
        if (!(GivenValues.opened(map) instanceof Map<?, ?> from)) {
            throw Misfit.of("something else", EXPECTED);
        }
        checkDepth(depth);
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : from.entrySet()) {
            String name = GivenValues.name(entry.getKey());
            Object next = entry.getValue();
            try {
                fields.put(name, next == null ? NULL : value.given(next, depth + 1));
            } catch (Misfit e) {
                throw e.within(name);
            }
        }
        return new EntryValue.Fields(fields);
    }

    @Override
    @Nullable RecordShape records() {
        return value.records();
    }

    @Override
    Object absent() {
        return Collections.emptyMap();
    }

    @Override
    boolean mayBeObject() {
        return true;
    }
}
