package dev.varve.api;

import java.lang.invoke.MethodHandle;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A component of a record.
 *
 * @param name what it is called in the store
 * @param component what it is called in Java
 * @param key whether it is the key, which is no field
 * @param getter takes a record as an Object and returns an Object
 */
record RecordField(
        String name,
        String component,
        Class<?> type,
        boolean key,
        boolean required,
        MethodHandle getter,
        ValueMapping mapping) {

    /** Names that mark an object as a value that is never taken apart. */
    static final Set<String> RESERVED = Set.of("_type", "_typed");

    @Nullable Object get(Object of) {
        try {
            return (Object) getter.invokeExact(of);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("accessors of records throw no checked exceptions", e);
        }
    }

    EntryValue dump(Object of, int depth) throws Misfit {
        try {
            return mapping.dump(get(of), depth);
        } catch (Misfit e) {
            throw e.within(name);
        }
    }

    /** The value for what was given, of which {@link ValueMapping#load} tells whether it is one of this type. */
    EntryValue given(@Nullable Object value, int depth) throws Misfit {
        if (value == null || (isEmptyText(value) && !mapping.takesEmptyText())) {
            return ValueMapping.NULL;
        }
        return mapping.given(value, depth);
    }

    private static boolean isEmptyText(Object value) {
        return GivenValues.opened(value) instanceof String text && text.isEmpty();
    }

    /** Whether two values that were dumped leave the same in a store. */
    boolean same(EntryValue one, EntryValue other) {
        return (leavesNothing(one) && leavesNothing(other)) || mapping.same(one, other);
    }

    /** Whether a store that holds this value has nothing where something must be. */
    static boolean isBlank(@Nullable EntryValue value) {
        return value == null || isNothing(value);
    }

    /** Whether it must be there, and a store that holds this value does not have it. */
    boolean lacks(@Nullable EntryValue value) {
        return required && isBlank(value);
    }

    private static boolean isNothing(EntryValue value) {
        if (value instanceof EntryValue.Text text) {
            return text.value().isEmpty();
        }
        return value instanceof EntryValue.Null || leavesNothing(value);
    }

    /** Objects are stored as what is in them, so that nothing tells of one that has nothing in it. */
    static boolean leavesNothing(EntryValue value) {
        return value instanceof EntryValue.Fields object
                && object.fields().values().stream().allMatch(RecordField::leavesNothing);
    }
}
