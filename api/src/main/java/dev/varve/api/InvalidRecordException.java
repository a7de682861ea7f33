package dev.varve.api;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A record that was to be written and must not be as it is, or one that was found and cannot be given to the program.
 * Of kind {@link ErrorKind#INVALID_RECORD}, or {@link
 * ErrorKind#NOTHING_TO_WRITE} when nothing would be left of it in a store. Nothing was sent, or something was read; nothing was changed.
 *
 * <pre>{@code
 * try {
 *     links.insert(new Link("varve", "", 0));
 * } catch (InvalidRecordException e) {
 *     e.violations().forEach(one -> System.out.println(one.field() + " " + one.message())); // title can't be blank
 * }
 * }</pre>
 */
public final class InvalidRecordException extends VarveException {

    private static final long serialVersionUID = 1L;

    private final String type;
    private final @Nullable String key;
    private final transient List<Violation> violations;
    private final transient List<String> missing;
    private final transient List<String> unrecognized;

    private InvalidRecordException(
            ErrorKind kind,
            String message,
            String type,
            @Nullable String key,
            List<Violation> violations,
            List<String> missing,
            List<String> unrecognized) {
        super(kind, message);
        this.type = type;
        this.key = key;
        this.violations = List.copyOf(violations);
        this.missing = List.copyOf(missing);
        this.unrecognized = List.copyOf(unrecognized);
    }

    /** A record without a key is to be written. */
    static InvalidRecordException keyless(String type, String keyName, @Nullable String key) {
        return new InvalidRecordException(
                ErrorKind.INVALID_RECORD,
                "a " + type + " without its key, " + keyName + ", cannot be written; nothing was sent",
                type,
                null,
                List.of(new Violation(keyName, key == null ? Violation.BLANK : Violation.EMPTY_KEY)),
                List.of(keyName),
                List.of());
    }

    /** A record without fields that it must have is to be written. */
    static InvalidRecordException incomplete(String type, String key, List<String> missing) {
        return new InvalidRecordException(
                ErrorKind.INVALID_RECORD,
                "the " + type + " \"" + key + "\" cannot be written: missing " + missing + "; nothing was sent",
                type,
                key,
                missing.stream()
                        .map(field -> new Violation(field, Violation.BLANK))
                        .toList(),
                missing,
                List.of());
    }

    /** A record is to be written of which rules do not hold. */
    static InvalidRecordException violating(String type, @Nullable String key, List<Violation> violations) {
        return violating("", type, key, violations);
    }

    /** A record is to be written with others of which rules do not hold. */
    static InvalidRecordException inBatch(int index, String type, @Nullable String key, List<Violation> violations) {
        return violating("change " + index + " of the batch: ", type, key, violations);
    }

    private static InvalidRecordException violating(
            String where, String type, @Nullable String key, List<Violation> violations) {
        return new InvalidRecordException(
                ErrorKind.INVALID_RECORD,
                where + "the " + type + " \"" + key + "\" cannot be written: "
                        + violations.stream().map(Violation::words).collect(Collectors.joining(", "))
                        + "; nothing was sent",
                type,
                key,
                violations,
                violations.stream()
                        .filter(one -> one.message().equals(Violation.BLANK))
                        .map(Violation::field)
                        .toList(),
                List.of());
    }

    /** A record is to be written that consists of empty objects, so that nothing would tell of it. */
    static InvalidRecordException empty(String type, String key) {
        return new InvalidRecordException(
                ErrorKind.NOTHING_TO_WRITE,
                "the " + type + " \"" + key
                        + "\" cannot be written: all its fields are empty objects, and nothing would be left of it; nothing"
                        + " was sent",
                type,
                key,
                List.of(new Violation("", Violation.EMPTY_RECORD)),
                List.of(),
                List.of());
    }

    /** Something was found that is no such record. */
    static InvalidRecordException found(String type, String key, Loaded<?> loaded) {
        Loaded.Incomplete<?> incomplete = loaded instanceof Loaded.Incomplete<?> found ? found : null;
        return new InvalidRecordException(
                ErrorKind.INVALID_RECORD,
                "the " + type + " \"" + key + "\" cannot be read: " + loaded.problem(),
                type,
                key,
                List.of(),
                incomplete == null ? List.of() : incomplete.missing(),
                incomplete == null ? List.of() : incomplete.unrecognized());
    }

    /**
     * The type of the record.
     *
     * @return its simple name
     */
    public String type() {
        return type;
    }

    /**
     * The key of the record.
     *
     * @return the key, or null when it has none
     */
    public @Nullable String key() {
        return key;
    }

    /**
     * What is wrong with a record that was to be written.
     *
     * @return one for each rule that does not hold; empty for a record that was found
     */
    public List<Violation> violations() {
        return violations;
    }

    /**
     * What it must have and lacks.
     *
     * @return names of fields as they are stored, of those in nested records after a slash; empty when something else is
     *     wrong, which the message says
     */
    public List<String> missing() {
        return missing;
    }

    /**
     * What was found besides and is no field of the type: perhaps one of them is misspelled.
     *
     * @return names of fields; empty for a record that was to be written
     */
    public List<String> unrecognized() {
        return unrecognized;
    }
}
