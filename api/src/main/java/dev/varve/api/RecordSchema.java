package dev.varve.api;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Where and how records with {@link Schema} are kept among the entries of a store. Immutable; thread-safe. */
final class RecordSchema<T> {

    private final Class<T> type;
    private final EntryPath prefix;
    private final EntryPattern pattern;
    private final Schema.Mode mode;
    private final RecordShape shape;
    private final RecordField key;
    private final RecordRules rules;

    /** All but the key, by their names, in the order of the components. */
    private final Map<String, RecordField> fields;

    private RecordSchema(Class<T> type, EntryPath prefix, Schema.Mode mode, RecordShape shape, RecordField key) {
        this.type = type;
        this.prefix = prefix;
        this.pattern = EntryPattern.below(prefix);
        this.mode = mode;
        this.shape = shape;
        this.key = key;
        this.rules = RecordRules.of(type, shape);
        Map<String, RecordField> byName = new LinkedHashMap<>();
        for (RecordField field : shape.fields()) {
            if (!field.key()) {
                byName.put(field.name(), field);
            }
        }
        this.fields = Collections.unmodifiableMap(byName);
    }

    /**
     * Reads and checks what a type says of itself, once for all of its records.
     *
     * @throws IllegalArgumentException when it cannot be kept; the message says why and what to do
     */
    static <T> RecordSchema<T> of(Class<T> type) {
        String name = type.getName();
        if (!type.isRecord()) {
            throw new IllegalArgumentException(name + " is not a record; only records can be kept");
        }
        Schema schema = type.getAnnotation(Schema.class);
        if (schema == null) {
            throw new IllegalArgumentException(name + " does not say where it is kept; give it @Schema(prefix = {…})");
        }
        if (type.getTypeParameters().length > 0) {
            throw new IllegalArgumentException(name + " has the type parameters "
                    + List.of(type.getTypeParameters()).stream()
                            .map(TypeVariable::getName)
                            .collect(Collectors.joining(", "))
                    + ", and nothing says what they are; a record with @Schema has none");
        }
        EntryPath prefix = prefix(name, schema.prefix());
        RecordShape shape = RecordShape.of(new TypeShape(type, List.of()), true, new ValueMappings());
        return new RecordSchema<>(type, prefix, schema.mode(), shape, key(name, shape));
    }

    private static EntryPath prefix(String name, String[] segments) {
        if (segments.length == 0) {
            throw new IllegalArgumentException(
                    name + " has an empty prefix in @Schema; name at least one segment, as in prefix = {\"links\"}");
        }
        for (String segment : segments) {
            if (segment.equals("\\*") || segment.equals("\\**")) {
                throw new IllegalArgumentException(name + " has the segment \"" + segment
                        + "\" in the prefix of its @Schema, and no pattern can be written that means it; name another");
            }
        }
        try {
            return EntryPath.of(segments);
        } catch (InvalidEntryPathException e) {
            throw new IllegalArgumentException(
                    name + " has a prefix in @Schema that is no path: " + e.getMessage()
                            + "; prefix is a list of segments," + " none of them empty",
                    e);
        }
    }

    private static RecordField key(String name, RecordShape shape) {
        List<RecordField> keys =
                shape.fields().stream().filter(RecordField::key).toList();
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(name + " has no key; mark one String component with @Key");
        }
        if (keys.size() > 1) {
            throw new IllegalArgumentException(name + " has " + keys.size() + " keys, "
                    + keys.stream().map(RecordField::name).collect(Collectors.joining(", "))
                    + "; leave @Key at one of them");
        }
        return keys.get(0);
    }

    /** The type of the records. */
    Class<T> type() {
        return type;
    }

    /** What records are called in messages. */
    String name() {
        return type.getSimpleName();
    }

    /** Below which all records are. */
    EntryPath prefix() {
        return prefix;
    }

    /** All entries of all records. */
    EntryPattern pattern() {
        return pattern;
    }

    Schema.Mode mode() {
        return mode;
    }

    /** All components, the key among them, in their order. */
    List<RecordField> components() {
        return shape.fields();
    }

    /**
     * A field by its name in the store, or the key.
     *
     * @throws IllegalArgumentException when there is none
     */
    RecordField component(String name) {
        RecordField field = name.equals(key.name()) ? key : fields.get(name);
        if (field == null) {
            throw new IllegalArgumentException(type.getSimpleName() + " has no field \"" + name + "\", but "
                    + shape.fields().stream().map(RecordField::name).toList());
        }
        return field;
    }

    /** What must hold for records besides. */
    RecordRules rules() {
        return rules;
    }

    /** The names of all fields in the order of their components, without the key. */
    List<String> fieldNames() {
        return List.copyOf(fields.keySet());
    }

    /**
     * Where a record is.
     *
     * @throws IllegalArgumentException when the key is empty or no segment of a path
     */
    EntryPath path(String key) {
        return prefix.child(checkKey(key));
    }

    /**
     * Where a field of a record is.
     *
     * @throws IllegalArgumentException when there is no such field, or as {@link #path(String)}
     */
    EntryPath path(String key, String field) {
        if (!fields.containsKey(field)) {
            throw new IllegalArgumentException(
                    type.getSimpleName() + " has no field \"" + field + "\", but " + fieldNames());
        }
        return path(key).child(field);
    }

    /** What the component of the key is called. */
    String keyName() {
        return key.name();
    }

    /** The key as a record has it, which need not be one. */
    @Nullable String givenKey(T value) {
        return (String) key.get(value);
    }

    /**
     * The key of a record.
     *
     * @throws IllegalArgumentException when it is null or empty
     */
    String key(T value) {
        return checkKey(givenKey(value));
    }

    /**
     * Checks a key.
     *
     * @return the key
     * @throws IllegalArgumentException when it is null or empty
     */
    String checkKey(@Nullable String given) {
        if (given == null || given.isEmpty()) {
            throw new IllegalArgumentException("the key of a " + type.getSimpleName() + ", " + key.name() + ", is "
                    + (given == null ? "null" : "empty") + "; every record has one");
        }
        return given;
    }

    /**
     * The values of all fields, in the order of their components, without the key.
     *
     * @throws IllegalArgumentException when a value cannot be stored, as NaN
     */
    Map<String, EntryValue> dump(T value) {
        try {
            // As one value the fields stand in an object; as values of their own they do not.
            return shape.dump(value, mode == Schema.Mode.MAP ? 1 : 0);
        } catch (Misfit e) {
            throw new IllegalArgumentException(
                    type.getSimpleName() + " cannot be stored: " + e.place() + ": " + e.getMessage(), e);
        }
    }

    /** Whether a field may be kept as what is in it, in entries below its path. */
    boolean mayBeObject(String field) {
        return requireNonNull(fields.get(field)).mapping().mayBeObject();
    }

    /** The names of fields that a stored record must have, and that are not among these values. */
    List<String> missing(Map<String, EntryValue> dumped) {
        List<String> missing = new ArrayList<>();
        for (RecordField field : fields.values()) {
            if (field.lacks(dumped.get(field.name()))) {
                missing.add(field.name());
            }
        }
        return missing;
    }

    /**
     * Makes a record of what stands in a store.
     *
     * @param received what stands below the record's path, by names of fields
     * @throws IllegalArgumentException when the key is empty
     */
    Loaded<T> load(String key, Map<String, EntryValue> received) {
        return assemble(checkKey(key), received);
    }

    /** Makes a record, be its key what it may. */
    Loaded<T> assemble(@Nullable String key, Map<String, EntryValue> received) {
        try {
            return new Loaded.Complete<>(type.cast(shape.load(key, received)));
        } catch (Misfit e) {
            return e.missing().isEmpty()
                    ? new Loaded.Unreadable<>(e.place(), e.found(), e.expected())
                    : new Loaded.Incomplete<>(e.missing(), unrecognized(received));
        }
    }

    private List<String> unrecognized(Map<String, EntryValue> received) {
        return received.keySet().stream()
                .filter(name -> !fields.containsKey(name))
                .toList();
    }

    /**
     * The fields that differ between two states of a record, with their values after: all that an update has to write, so that
     * fields that this type does not know are left as they are.
     *
     * @throws IllegalArgumentException when the keys differ, or a value cannot be stored
     */
    Map<String, EntryValue> changed(T before, T after) {
        String key = key(before);
        if (!key.equals(key(after))) {
            throw new IllegalArgumentException(
                    "an update cannot give a " + type.getSimpleName() + " another key: it was \"" + key
                            + "\", and is \"" + key(after) + "\"; store a new record instead");
        }
        Map<String, EntryValue> old = dump(before);
        Map<String, EntryValue> changed = new LinkedHashMap<>(dump(after));
        fields.forEach((name, field) -> {
            EntryValue one = requireNonNull(old.get(name));
            EntryValue other = requireNonNull(changed.get(name));
            if (field.same(one, other)) {
                changed.remove(name);
            }
        });
        return Collections.unmodifiableMap(changed);
    }
}
