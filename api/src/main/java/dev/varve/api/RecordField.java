package dev.varve.api;

import java.lang.invoke.MethodHandle;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A component of a record.
 *
 * @param name what it is called in the store
 * @param key whether it is the key, which is no field
 * @param getter takes a record as an Object and returns an Object
 */
record RecordField(String name, boolean key, boolean required, MethodHandle getter, ValueMapping mapping) {

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

    /** Whether it must be there, and a store that holds this value does not have it. */
    boolean lacks(@Nullable EntryValue value) {
        return required && (value == null || isNothing(value));
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
