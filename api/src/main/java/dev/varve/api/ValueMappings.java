package dev.varve.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the mappings of types, of each record type once. Confined to the thread that made it. */
final class ValueMappings {

    private final Map<TypeShape, RecordMapping> records = new HashMap<>();

    /**
     * The mapping of a type.
     *
     * @param where what a refusal is about
     */
    ValueMapping of(TypeShape type, String where) {
        ValueMapping simple = SimpleMappings.of(type.raw());
        if (simple != null) {
            return simple;
        }
        if (type.raw().isRecord()) {
            return ofRecord(type);
        }
        ValueMapping container = ofContainer(type, where);
        if (container != null) {
            return container;
        }
        throw new IllegalArgumentException(where + " is of type " + type
                + ", which cannot be mapped; use String, boolean, a number, a type of java.time, an enum, UUID, URI, a record,"
                + " List, Set, Map, Optional, FileReference or EntryValue");
    }

    private @Nullable ValueMapping ofContainer(TypeShape type, String where) {
        Class<?> raw = type.raw();
        List<TypeShape> arguments = type.arguments();
        if (raw == List.class || raw == Set.class) {
            return new ItemsMapping(of(arguments.get(0), where), raw == Set.class);
        }
        if (raw == Map.class) {
            if (arguments.get(0).raw() != String.class) {
                throw new IllegalArgumentException(where + " is of type " + type
                        + "; the keys of a map are names of fields, so use Map<String, …>");
            }
            return new MapMapping(of(arguments.get(1), where));
        }
        if (raw == Optional.class) {
            if (arguments.get(0).raw() == Optional.class) {
                throw new IllegalArgumentException(where + " is of type " + type
                        + "; an Optional in an Optional cannot be told from an empty one, so use one");
            }
            return new OptionalMapping(of(arguments.get(0), where));
        }
        return null;
    }

    private ValueMapping ofRecord(TypeShape type) {
        RecordMapping known = records.get(type);
        if (known != null) {
            return known;
        }
        RecordMapping mapping = new RecordMapping();
        records.put(type, mapping);
        mapping.complete(RecordShape.of(type, false, this));
        return mapping;
    }
}
