package dev.varve.api;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes records of one type apart and puts them together. Everything reflective is done when it is made. Immutable; thread-safe. */
final class RecordShape {

    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

    private final Class<?> type;
    private final RecordField[] fields;

    /** Takes an Object[] of all components and returns an Object. */
    private final MethodHandle constructor;

    private RecordShape(Class<?> type, RecordField[] fields, MethodHandle constructor) {
        this.type = type;
        this.fields = fields;
        this.constructor = constructor;
    }

    /**
     * Reads the shape of a type of records.
     *
     * @param keyed whether {@link Key} has its meaning
     */
    static RecordShape of(TypeShape type, boolean keyed, ValueMappings mappings) {
        Class<?> raw = type.raw();
        RecordComponent[] components = raw.getRecordComponents();
        MethodHandle constructor = constructor(raw, components);
        RecordField[] fields = new RecordField[components.length];
        Set<String> names = new HashSet<>();
        for (int i = 0; i < fields.length; i++) {
            fields[i] = field(type, components[i], keyed, mappings);
            if (!fields[i].key() && !names.add(fields[i].name())) {
                throw new IllegalArgumentException(raw.getName() + " has two fields called \"" + fields[i].name()
                        + "\"; give one another name with @Field");
            }
        }
        return new RecordShape(raw, fields, constructor);
    }

    private static RecordField field(TypeShape type, RecordComponent component, boolean keyed, ValueMappings mappings) {
        String where = type.raw().getName() + "." + component.getName();
        boolean key = keyed && component.isAnnotationPresent(Key.class);
        TypeShape shape = TypeShape.of(component.getGenericType(), type.variables(), where);
        if (key && shape.raw() != String.class) {
            throw new IllegalArgumentException(where + " is of type " + shape + "; a key is a String");
        }
        Field named = component.getAnnotation(Field.class);
        if (key && named != null) {
            throw new IllegalArgumentException(
                    where + " has both @Key and @Field; a key is not stored as a field, so remove it");
        }
        String name = named == null ? component.getName() : named.value();
        return new RecordField(
                key ? name : checkName(name, where),
                component.getName(),
                component.getType(),
                key,
                component.isAnnotationPresent(Required.class),
                getter(component, where),
                mappings.of(shape, where));
    }

    private static String checkName(String name, String where) {
        if (RecordField.RESERVED.contains(name)) {
            throw new IllegalArgumentException(where + " would be the field \"" + name
                    + "\", which marks values that are never taken apart; give it another name with @Field");
        }
        try {
            return EntryPath.requireSegment(name);
        } catch (InvalidEntryPathException e) {
            throw new IllegalArgumentException(
                    where + " would be the field \"" + name + "\", which is no segment of a path: " + e.getMessage(),
                    e);
        }
    }

    private static MethodHandle constructor(Class<?> raw, RecordComponent[] components) {
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = components[i].getType();
        }
        try {
            Constructor<?> canonical = raw.getDeclaredConstructor(types);
            canonical.setAccessible(true);
            return LOOKUP.unreflectConstructor(canonical)
                    .asFixedArity()
                    .asSpreader(Object[].class, types.length)
                    .asType(MethodType.methodType(Object.class, Object[].class));
        } catch (InaccessibleObjectException e) {
            throw inaccessible(raw.getName(), raw, e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record has a canonical constructor", e);
        }
    }

    private static MethodHandle getter(RecordComponent component, String where) {
        try {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true);
            return LOOKUP.unreflect(accessor).asType(MethodType.methodType(Object.class, Object.class));
        } catch (InaccessibleObjectException e) {
            throw inaccessible(where, component.getDeclaringRecord(), e);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("what was made accessible is accessible", e);
        }
    }

    private static IllegalArgumentException inaccessible(
            String where, Class<?> raw, InaccessibleObjectException cause) {
        return new IllegalArgumentException(
                where + " cannot be accessed; have the module "
                        + raw.getModule().getName() + " open the package " + raw.getPackageName() + " to dev.varve.api",
                cause);
    }

    /** The components, the key among them. */
    List<RecordField> fields() {
        return List.of(fields);
    }

    /** The values of all fields, in the order of their components, without the key. */
    Map<String, EntryValue> dump(Object value, int depth) throws Misfit {
        Map<String, EntryValue> dumped = new LinkedHashMap<>();
        for (RecordField field : fields) {
            if (!field.key()) {
                dumped.put(field.name(), field.dump(value, depth));
            }
        }
        return Collections.unmodifiableMap(dumped);
    }

    /** Whether a value is such a record. */
    boolean isOf(Object value) {
        return type.isInstance(value);
    }

    /** The component with a name as it stands in Java. */
    @Nullable RecordField component(String javaName) {
        for (RecordField field : fields) {
            if (field.component().equals(javaName)) {
                return field;
            }
        }
        return null;
    }

    /** Values for what was given for fields, by their names in the store; what is no field is left out. */
    Map<String, EntryValue> given(Map<?, ?> from, int depth) throws Misfit {
        Map<String, EntryValue> values = new LinkedHashMap<>();
        for (RecordField field : fields) {
            if (from.containsKey(field.name())) {
                try {
                    values.put(field.name(), field.given(from.get(field.name()), depth));
                } catch (Misfit e) {
                    throw e.within(field.name());
                }
            }
        }
        return values;
    }

    /** Makes a record of its fields and, where it has one, its key. */
    Object load(@Nullable String key, Map<String, EntryValue> received) throws Misfit {
        @Nullable Object[] components = new @Nullable Object[fields.length];
        List<String> missing = null;
        for (int i = 0; i < fields.length; i++) {
            RecordField field = fields[i];
            try {
                components[i] = field.key() ? key : load(field, received.get(field.name()));
            } catch (Misfit e) {
                if (e.missing().isEmpty()) {
                    throw e;
                }
                missing = missing == null ? new ArrayList<>() : missing;
                missing.addAll(e.missing());
            }
        }
        if (missing != null) {
            throw Misfit.missing(missing);
        }
        return construct(components, received);
    }

    private static @Nullable Object load(RecordField field, @Nullable EntryValue value) throws Misfit {
        if (field.lacks(value)) {
            throw Misfit.missing(List.of(field.name()));
        }
        if (value == null) {
            return field.mapping().absent();
        }
        try {
            return field.mapping().load(value);
        } catch (Misfit e) {
            throw e.within(field.name());
        }
    }

    private Object construct(@Nullable Object[] components, Map<String, EntryValue> received) throws Misfit {
        try {
            return (Object) constructor.invokeExact(components);
        } catch (RuntimeException e) {
            throw Misfit.of(
                    new EntryValue.Fields(received),
                    "fields that " + type.getSimpleName() + " takes, whose constructor threw " + e);
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("constructors of records throw no checked exceptions", e);
        }
    }
}
