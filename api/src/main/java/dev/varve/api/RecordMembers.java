package dev.varve.api;

import java.util.List;
import java.util.Set;

/** Changes counters and sets among the fields of records, whatever others make of them meanwhile. Thread-safe. */
final class RecordMembers<T extends Record> {

    private final Store store;
    private final RecordSchema<T> schema;

    RecordMembers(Store store, RecordSchema<T> schema) {
        this.store = store;
        this.schema = schema;
    }

    long increment(String key, String field, long delta) {
        EntryPath path = schema.path(key, field);
        RecordField counter = schema.component(field);
        if (!(counter.mapping() instanceof WholeMapping)) {
            throw new IllegalArgumentException(what(counter)
                    + ", which is not counted; only byte, short, int and long are, as other numbers are kept as text or with"
                    + " fractions. Use update(key, function)");
        }
        if (write(EntryOp.Kind.INCREMENT, path, EntryValue.of(delta)) instanceof EntryValue.Whole total) {
            return total.value();
        }
        throw new VarveException(ErrorKind.INVALID_PARAMS, "the counter at " + path + " holds a fraction now");
    }

    Set<?> change(EntryOp.Kind kind, String key, String field, Object member) {
        EntryPath path = schema.path(key, field);
        RecordField set = schema.component(field);
        if (!(set.mapping() instanceof ItemsMapping items) || !items.isSet()) {
            throw new IllegalArgumentException(
                    what(set) + ", which has no members; make it a Set, or use update(key, function)");
        }
        EntryValue members = write(kind, path, member(set, items, member));
        try {
            return (Set<?>) items.loadPresent(members);
        } catch (Misfit e) {
            Misfit at = e.within(field);
            throw InvalidRecordException.found(
                    schema.name(), key, new Loaded.Unreadable<>(at.place(), at.found(), at.expected()));
        }
    }

    private EntryValue member(RecordField set, ItemsMapping items, Object member) {
        try {
            EntryValue value = items.member(member);
            if (!(value instanceof EntryValue.Null)) {
                return value;
            }
        } catch (Misfit e) {
            throw new IllegalArgumentException(what(set) + ", and no such member: " + e.getMessage(), e);
        }
        throw new IllegalArgumentException(what(set) + ", and a set holds no null");
    }

    private String what(RecordField field) {
        return "the field \"" + field.name() + "\" of " + schema.name() + " is of type "
                + field.type().getSimpleName();
    }

    /** Makes one change and tells what it came to. */
    private EntryValue write(EntryOp.Kind kind, EntryPath path, EntryValue value) {
        return ChangeTotal.of(store.transport().write(List.of(EntryOp.of(kind, path, value))));
    }
}
