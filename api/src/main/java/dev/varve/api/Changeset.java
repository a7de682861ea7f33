package dev.varve.api;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is to be changed of a record, or a new record, and what is wrong with it. For input that nobody has looked at yet, as that
 * of a form, of which {@link Repository#change(Map, String...)} takes the fields that are allowed and no others; and for changes
 * that a program makes itself, which {@link Repository#edit} begins.
 *
 * <pre>{@code
 * Changeset<Link> changes = links.change(form, "slug", "title", "url")
 *         .require("url")
 *         .validate("url", URI.class, url -> "https".equals(url.getScheme()), "must be https")
 *         .set("added_at", Instant.now());
 * return switch (links.save(changes, Precondition.ifAbsent())) {
 *     case SaveResult.Saved<Link> saved -> "201 " + saved.value().slug();
 *     case SaveResult.Invalid<Link> invalid -> "422 " + invalid.violations();
 *     case SaveResult.Conflict<Link> conflict -> "409, at revision " + conflict.currentRevision();
 * };
 * }</pre>
 *
 * <p>Fields, and the key, are called as they are stored. These hold always: the key is there, not empty and a segment of a path;
 * fields with {@link Required} are there; values are of the types of their components; the record's constructor takes them; and
 * the constraints of Jakarta Validation on the record's components hold, where a validator is on the class path. What else
 * must hold is added here. Nothing is asked of a store and nothing is written before {@link Repository#save(Changeset)}.
 *
 * <p>Immutable: every method gives another changeset. Thread-safe, as far as the given rules and the records are.
 *
 * @param <T> the type of the record
 */
public final class Changeset<T extends Record> {

    /** A value that a field gets. */
    private record Change(@Nullable Object value, EntryValue stored) {}

    private final RecordSchema<T> schema;

    /** The record that is edited, null for a new one. */
    private final @Nullable T current;

    /** Its values; empty for a new one. */
    private final Map<String, EntryValue> before;

    /** By names, the key among them, only what differs from before. */
    private final Map<String, Change> changes;

    /** What must be there besides what the type says. */
    private final Set<String> required;

    /** What was found already. */
    private final List<Violation> found;

    private Changeset(Changeset<T> of, Map<String, Change> changes, Set<String> required, List<Violation> found) {
        this(of.schema, of.current, of.before, changes, required, found);
    }

    private Changeset(
            RecordSchema<T> schema,
            @Nullable T current,
            Map<String, EntryValue> before,
            Map<String, Change> changes,
            Set<String> required,
            List<Violation> found) {
        this.schema = schema;
        this.current = current;
        this.before = before;
        this.changes = changes;
        this.required = required;
        this.found = found;
    }

    static <T extends Record> Changeset<T> ofNew(RecordSchema<T> schema) {
        return new Changeset<>(schema, null, Map.of(), Map.of(), Set.of(), List.of());
    }

    static <T extends Record> Changeset<T> of(RecordSchema<T> schema, T current) {
        return new Changeset<>(schema, current, schema.dump(current), Map.of(), Set.of(), List.of());
    }

    // ---- values

    /** Takes what is allowed. */
    Changeset<T> cast(Map<String, ?> input, String... allowed) {
        for (String name : allowed) {
            component(name);
        }
        Changeset<T> next = this;
        for (String name : new LinkedHashSet<>(List.of(allowed))) {
            if (input.containsKey(name)) {
                try {
                    next = next.with(component(name), input.get(name));
                } catch (Misfit e) {
                    next = next.found(component(name), e);
                }
            }
        }
        return next;
    }

    /**
     * Sets a field to a value of the program's own, whether or not input may.
     *
     * @param field the name of the field as it is stored, or of the key of a new record
     * @param value a value of the component's type, or what is written for one; null for nothing
     * @return the changeset with the field; what was wrong with its value before is forgotten
     * @throws IllegalArgumentException when there is no such field, or the value is not of its type
     */
    public Changeset<T> set(String field, @Nullable Object value) {
        RecordField component = component(field);
        List<Violation> others =
                found.stream().filter(one -> !one.root().equals(field)).toList();
        try {
            return new Changeset<>(this, changes, required, others).with(component, value);
        } catch (Misfit e) {
            throw new IllegalArgumentException(
                    schema.name() + " cannot have this: " + place(component, e) + ": " + e.getMessage(), e);
        }
    }

    private Changeset<T> with(RecordField component, @Nullable Object given) throws Misfit {
        Change change = component.key() ? key(given) : change(component, given);
        Map<String, Change> next = new HashMap<>(changes);
        if (isSame(component, change)) {
            next.remove(component.name());
        } else {
            next.put(component.name(), change);
        }
        return new Changeset<>(this, next, required, found);
    }

    private static Change change(RecordField component, @Nullable Object given) throws Misfit {
        ValueMapping mapping = component.mapping();
        EntryValue plain = component.given(given, 0);
        Object value = mapping.load(plain);
        // What stands for nothing, and not for 0, is told apart as long as nothing is written.
        return new Change(value, plain instanceof EntryValue.Null ? plain : mapping.dump(value, 1));
    }

    private static Change key(@Nullable Object given) throws Misfit {
        Object key = GivenValues.opened(given);
        if (key == null) {
            return new Change(null, ValueMapping.NULL);
        }
        if (key instanceof String text) {
            return new Change(text, EntryValue.of(text));
        }
        throw Misfit.of("of type " + key.getClass().getSimpleName(), "a text");
    }

    private boolean isSame(RecordField component, Change change) {
        if (component.key()) {
            return change.value == null ? current == null : change.value.equals(currentKey());
        }
        EntryValue old = before.get(component.name());
        return old == null ? change.stored instanceof EntryValue.Null : component.same(old, change.stored);
    }

    private @Nullable String currentKey() {
        return current == null ? null : schema.givenKey(current);
    }

    private RecordField component(String name) {
        return schema.component(name);
    }

    // ---- rules

    /**
     * Requires fields besides those that the type requires. Missing are null, what nobody has given, the empty text, and an
     * object with nothing in it; {@code can't be blank} is said of them.
     *
     * @param fields names of fields as they are stored
     * @return the changeset with this rule
     * @throws IllegalArgumentException when there is no such field
     */
    public Changeset<T> require(String... fields) {
        Set<String> next = new HashSet<>(required);
        for (String field : fields) {
            next.add(component(field).name());
        }
        return new Changeset<>(this, changes, next, found);
    }

    /**
     * Looks at the value that a field gets. Nothing is looked at where the field does not change, where it gets null, and where
     * something is wrong with it already.
     *
     * @param <V> the type of the value
     * @param field the name of the field as it is stored, or of the key
     * @param type the type of the component, without type parameters
     * @param rule whether a value is right; called at once, and what it throws is thrown
     * @param message what is said of a value that is not, as it stands after the name of the field
     * @return the changeset with this violation, if there is one
     * @throws IllegalArgumentException when there is no such field, or it is of another type
     */
    public <V> Changeset<T> validate(String field, Class<V> type, Predicate<? super V> rule, String message) {
        RecordField component = component(field);
        Class<?> boxed = boxed(type);
        if (!boxed.isAssignableFrom(boxed(component.type()))) {
            throw new IllegalArgumentException("the field \"" + field + "\" of " + schema.name() + " is of type "
                    + component.type().getSimpleName() + ", and the rule is for " + type.getSimpleName());
        }
        Change change = changes.get(field);
        if (change == null || change.value == null || wrong(found).contains(field)) {
            return this;
        }
        @SuppressWarnings("unchecked") // the component is of this type
        V value = (V) change.value;
        return rule.test(value) ? this : error(field, message);
    }

    private static Class<?> boxed(Class<?> type) {
        return MethodType.methodType(type).wrap().returnType();
    }

    /**
     * Says that something is wrong.
     *
     * @param field the name of the field as it is stored, or of the key; empty for the record as a whole
     * @param message what, for people, as it stands after the name of the field
     * @return the changeset with this violation
     * @throws IllegalArgumentException when there is no such field
     */
    public Changeset<T> error(String field, String message) {
        return found(
                List.of(new Violation(field.isEmpty() ? field : component(field).name(), message)));
    }

    private Changeset<T> found(RecordField component, Misfit misfit) {
        if (component.key()) {
            return found(List.of(new Violation(component.name(), "must be a string")));
        }
        return found(
                misfit.missing().isEmpty()
                        ? List.of(Violation.invalid(place(component, misfit), misfit.expected()))
                        : misfit.missing().stream()
                                .map(place -> new Violation(component.name() + "/" + place, Violation.BLANK))
                                .toList());
    }

    private static String place(RecordField component, Misfit misfit) {
        return misfit.within(component.name()).place();
    }

    private Changeset<T> found(List<Violation> more) {
        List<Violation> all = new ArrayList<>(found);
        all.addAll(more);
        return new Changeset<>(this, changes, required, all);
    }

    // ---- what came of it

    /**
     * Whether it can be written.
     *
     * @return true when there are no {@link #errors}
     */
    public boolean isValid() {
        return errors().isEmpty();
    }

    /**
     * Tells all that is wrong.
     *
     * @return in the order of the record's components, what is wrong with the whole last; of each field in the order in which it
     *     was found; unmodifiable, and empty when the record can be written
     */
    public List<Violation> errors() {
        return checked().violations;
    }

    /**
     * What changes, and what a new record has.
     *
     * @return for names of fields as they are stored, and of the key, values of the components' types; in the order of the
     *     components; unmodifiable. Without values that are not of their types, and those that are as before
     */
    public Map<String, @Nullable Object> changes() {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (RecordField component : schema.components()) {
            Change change = changes.get(component.name());
            if (change != null) {
                values.put(component.name(), change.value);
            }
        }
        return Collections.unmodifiableMap(values);
    }

    /**
     * The record with its changes.
     *
     * @return the record
     * @throws InvalidRecordException when something is wrong with it, which it tells
     */
    public T toRecord() {
        Checked<T> checked = checked();
        if (checked.invalid() != null) {
            throw InvalidRecordException.violating(schema.name(), key(), checked.violations);
        }
        return checked.valid();
    }

    /** The record that is edited, null for a new one. */
    @Nullable T current() {
        return current;
    }

    /** The key as the record will have it, which need not be one. */
    @Nullable String key() {
        Change change = changes.get(schema.keyName());
        return change == null ? currentKey() : (String) change.value;
    }

    // ---- checks

    /**
     * What came of looking at everything.
     *
     * @param record null when it cannot be made
     * @param key as the record has it, which need not be one
     */
    record Checked<T extends Record>(
            String type, @Nullable String key, @Nullable T record, List<Violation> violations) {

        /** What is wrong, or null. */
        SaveResult.@Nullable Invalid<T> invalid() {
            return violations.isEmpty() ? null : new SaveResult.Invalid<>(type, key, violations);
        }

        /** The record when nothing is wrong. */
        T valid() {
            return requireNonNull(record, "what cannot be made is not valid");
        }
    }

    /** Looks at everything. */
    Checked<T> checked() {
        List<Violation> all = new ArrayList<>(found);
        checkKey(all);
        checkRequired(all);
        Map<String, EntryValue> fields = values();
        Loaded<T> loaded = schema.assemble(key(), fields);
        T record = loaded instanceof Loaded.Complete<T> complete ? complete.value() : null;
        if (record == null && all.isEmpty()) {
            all.addAll(problems(loaded));
        }
        if (all.isEmpty() && RecordField.leavesNothing(new EntryValue.Fields(fields))) {
            all.add(new Violation("", Violation.EMPTY_RECORD));
        }
        // Of a field of which something is known to be wrong nothing else is said.
        Set<String> wrong = wrong(all);
        broken(record).stream().filter(one -> !wrong.contains(one.root())).forEach(all::add);
        all.sort(Comparator.comparingInt(one -> position(one.root())));
        return new Checked<>(schema.name(), key(), record, List.copyOf(all));
    }

    private void checkKey(List<Violation> all) {
        String name = schema.keyName();
        String key = key();
        if (wrong(all).contains(name)) {
            return;
        }
        if (key == null) {
            all.add(new Violation(name, Violation.BLANK));
        } else if (key.isEmpty()) {
            all.add(new Violation(name, Violation.EMPTY_KEY));
        } else if (current != null && !key.equals(currentKey())) {
            all.add(new Violation(name, "cannot be changed"));
        } else {
            try {
                EntryPath unused = schema.path(key);
            } catch (InvalidEntryPathException e) {
                all.add(new Violation(name, "is invalid: " + e.getMessage()));
            }
        }
    }

    private void checkRequired(List<Violation> all) {
        Set<String> wrong = wrong(all);
        for (RecordField component : schema.components()) {
            String name = component.name();
            boolean must = !component.key() && (component.required() || required.contains(name));
            if (must && !wrong.contains(name) && RecordField.isBlank(value(name))) {
                all.add(new Violation(name, Violation.BLANK));
            }
        }
    }

    private @Nullable EntryValue value(String name) {
        Change change = changes.get(name);
        return change == null ? before.get(name) : change.stored;
    }

    private Map<String, EntryValue> values() {
        Map<String, EntryValue> values = new LinkedHashMap<>();
        for (String name : schema.fieldNames()) {
            EntryValue value = value(name);
            if (value != null) {
                values.put(name, value);
            }
        }
        return values;
    }

    private static List<Violation> problems(Loaded<?> loaded) {
        if (loaded instanceof Loaded.Incomplete<?> incomplete) {
            return incomplete.missing().stream()
                    .map(place -> new Violation(place, Violation.BLANK))
                    .toList();
        }
        return loaded instanceof Loaded.Unreadable<?> unreadable
                ? List.of(Violation.invalid(unreadable.field(), unreadable.expected()))
                : List.of();
    }

    /** Constraints that do not hold: of the record, or of its changes where there can be no record yet. */
    private List<Violation> broken(@Nullable T record) {
        if (record != null) {
            return schema.rules().check(record);
        }
        List<Violation> broken = new ArrayList<>();
        for (RecordField component : schema.components()) {
            Change change = changes.get(component.name());
            if (change != null) {
                broken.addAll(schema.rules().check(component, change.value));
            }
        }
        return broken;
    }

    private static Set<String> wrong(Collection<Violation> violations) {
        return violations.stream().map(Violation::root).collect(Collectors.toSet());
    }

    private int position(String name) {
        List<RecordField> components = schema.components();
        for (int i = 0; i < components.size(); i++) {
            if (components.get(i).name().equals(name)) {
                return i;
            }
        }
        return components.size();
    }

    @Override
    public String toString() {
        return "changes of " + schema.name() + " \"" + key() + "\": "
                + changes().keySet() + ", errors: " + errors();
    }
}
