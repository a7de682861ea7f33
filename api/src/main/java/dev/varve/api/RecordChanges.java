package dev.varve.api;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns writes of records into changes of entries, and refuses what cannot be written. Immutable; thread-safe. */
final class RecordChanges<T extends Record> {

    private final RecordSchema<T> schema;

    RecordChanges(RecordSchema<T> schema) {
        this.schema = schema;
    }

    RecordChange insert(T value, Precondition condition) {
        String key = requireKey(value);
        EntryPath path = schema.path(key);
        List<EntryOp> ops = new ArrayList<>();
        if (condition instanceof Precondition.IfAbsent) {
            ops.add(check(path).onlyIfNone());
        } else {
            addConditions(ops, key, condition, "insert");
        }
        Map<String, EntryValue> fields = requireWhole(key, value);
        if (schema.mode() == Schema.Mode.MAP) {
            ops.add(EntryOp.set(path, new EntryValue.Fields(fields)));
        } else {
            addLastingLast(ops, fieldSets(path, fields));
        }
        return new RecordChange(path, ops);
    }

    /** The write of a valid changeset. */
    RecordChange save(Changeset<T> changeset, T record, Precondition condition) {
        T current = changeset.current();
        return current == null ? insert(record, condition) : update(current, record, condition);
    }

    /** What stands for a change that is not made. */
    RecordChange none() {
        return new RecordChange(schema.prefix(), List.of());
    }

    RecordChange update(T before, T after, Precondition condition) {
        String key = requireKey(after);
        List<EntryOp> ops = new ArrayList<>();
        addConditions(ops, key, refuseIfAbsent(condition, "update"), "update");
        return update(before, after, ops);
    }

    /** An update of the record as it was at a revision of the whole, in either mode. */
    RecordChange updateOf(long revision, T before, T after) {
        EntryPath path = schema.path(requireKey(after));
        return update(before, after, List.of(check(path).ifMatch(revision)));
    }

    private RecordChange update(T before, T after, List<EntryOp> conditions) {
        String key = requireKey(after);
        EntryPath path = schema.path(key);
        Map<String, EntryValue> changed = schema.changed(before, after);
        Map<String, EntryValue> fields = requireWhole(key, after);
        if (changed.isEmpty()) {
            return new RecordChange(path, List.of());
        }
        List<EntryOp> ops = new ArrayList<>(conditions);
        addLastingLast(ops, schema.mode() == Schema.Mode.MAP ? wholeUpdate(path, fields) : fieldSets(path, changed));
        return new RecordChange(path, ops);
    }

    RecordChange delete(String key, Precondition condition) {
        EntryPath path = schema.path(key);
        refuseIfAbsent(condition, "delete");
        List<EntryOp> ops = new ArrayList<>();
        if (condition instanceof Precondition.IfRevision at) {
            ops.add(EntryOp.delete(path).ifMatch(at.revision()));
        } else {
            addConditions(ops, key, condition, "delete");
            ops.add(EntryOp.delete(path));
        }
        return new RecordChange(path, ops);
    }

    RecordChange deleteAll() {
        return new RecordChange(schema.prefix(), List.of(EntryOp.delete(schema.prefix())));
    }

    /**
     * The key of a record that is to be written.
     *
     * @throws InvalidRecordException when it has none
     */
    String requireKey(T value) {
        String key = schema.givenKey(value);
        if (key == null || key.isEmpty()) {
            throw InvalidRecordException.keyless(schema.name(), schema.keyName(), key);
        }
        return key;
    }

    private Map<String, EntryValue> requireWhole(String key, T value) {
        Map<String, EntryValue> fields = schema.dump(value);
        List<String> missing = schema.missing(fields);
        if (!missing.isEmpty()) {
            throw InvalidRecordException.incomplete(schema.name(), key, missing);
        }
        if (RecordField.leavesNothing(new EntryValue.Fields(fields))) {
            throw InvalidRecordException.empty(schema.name(), key);
        }
        List<Violation> violations = schema.rules().check(value);
        if (!violations.isEmpty()) {
            throw InvalidRecordException.violating(schema.name(), key, violations);
        }
        return fields;
    }

    private static Stream<EntryOp> fieldSets(EntryPath path, Map<String, EntryValue> fields) {
        return fields.entrySet().stream().map(field -> EntryOp.set(path.child(field.getKey()), field.getValue()));
    }

    /**
     * All fields of the type, and no others. A merge puts a value in place of what is in a field, but leaves what is below its
     * path, where the field was an object before; a set takes that away.
     */
    private Stream<EntryOp> wholeUpdate(EntryPath path, Map<String, EntryValue> fields) {
        Map<String, EntryValue> set = new LinkedHashMap<>();
        Map<String, EntryValue> merged = new LinkedHashMap<>();
        fields.forEach((name, value) -> (schema.mayBeObject(name) && value.isWhole() ? set : merged).put(name, value));
        Stream<EntryOp> sets = fieldSets(path, set);
        return merged.isEmpty()
                ? sets
                : Stream.concat(sets, Stream.of(EntryOp.of(EntryOp.Kind.MERGE, path, new EntryValue.Fields(merged))));
    }

    /** A change that leaves nothing, where nothing is, gives no revision; so the last one should leave something. */
    private static void addLastingLast(List<EntryOp> ops, Stream<EntryOp> changes) {
        changes.sorted(Comparator.comparing(RecordChanges::lasts)).forEach(ops::add);
    }

    private static boolean lasts(EntryOp op) {
        EntryValue value = op.value();
        return value != null && !RecordField.leavesNothing(value);
    }

    // ---- conditions

    private static EntryOp check(EntryPath path) {
        return EntryOp.of(EntryOp.Kind.CHECK, path, null);
    }

    private Precondition refuseIfAbsent(Precondition condition, String what) {
        if (condition instanceof Precondition.IfAbsent) {
            throw new IllegalArgumentException("ifAbsent is for inserts; there is nothing to " + what
                    + " where nothing is, so use " + whatToUse());
        }
        return condition;
    }

    private String whatToUse() {
        return schema.mode() == Schema.Mode.MAP ? "ifRevision" : "ifFields";
    }

    private void addConditions(List<EntryOp> ops, String key, Precondition condition, String what) {
        if (condition instanceof Precondition.IfRevision at) {
            refuseRevision(what);
            ops.add(check(schema.path(key)).ifMatch(at.revision()));
        } else if (condition instanceof Precondition.IfFields at) {
            refuseFields();
            at.revisions().forEach((field, revision) -> ops.add(checkField(schema.path(key, field), revision)));
        }
    }

    private void refuseRevision(String what) {
        if (schema.mode() == Schema.Mode.FLAT) {
            throw new IllegalArgumentException(schema.name()
                    + " is kept field by field (Schema.Mode.FLAT), so an " + what
                    + " has no one revision to compare; use Precondition.ifFields with the fieldRevisions of findRecord, or"
                    + " update(key, function), which compares the whole record");
        }
    }

    private void refuseFields() {
        if (schema.mode() == Schema.Mode.MAP) {
            throw new IllegalArgumentException(schema.name()
                    + " is kept as one value (Schema.Mode.MAP), whose fields have no revisions to compare; use"
                    + " Precondition.ifRevision with the revision of findRecord");
        }
    }

    private static EntryOp checkField(EntryPath path, @Nullable Long revision) {
        return revision == null || revision == 0
                ? check(path).onlyIfNone()
                : check(path).ifMatch(revision);
    }
}
