package dev.varve.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of saving a {@link Changeset}. What could not be carried out at all is thrown. Immutable.
 *
 * <pre>{@code
 * SaveResult<Link> result = links.save(links.edit(links.get("dust")).set("title", ""));
 * if (result instanceof SaveResult.Invalid<Link> invalid) {
 *     System.out.println(invalid.violations());
 * } else if (result instanceof SaveResult.Conflict<Link> conflict) {
 *     System.out.println("it is at revision " + conflict.currentRevision());
 * }
 * }</pre>
 *
 * @param <T> the type of the record
 */
public sealed interface SaveResult<T extends Record> {

    /**
     * The record is stored.
     *
     * @param <T> the type of the record
     * @param value the record as the changeset makes it; other fields of one that was kept field by field may have been changed
     *     meanwhile
     * @param receipt what became of the write; of an edit that changes nothing, that nothing had to be written
     */
    record Saved<T extends Record>(T value, RecordReceipt receipt) implements SaveResult<T> {}

    /**
     * The record cannot be written. Nothing was sent.
     *
     * @param <T> the type of the record
     * @param type the simple name of the type
     * @param key the key; null when it has none
     * @param violations what is wrong, as {@link Changeset#errors} tells it; not empty
     */
    record Invalid<T extends Record>(String type, @Nullable String key, List<Violation> violations)
            implements SaveResult<T> {

        /** Copies the list. */
        public Invalid {
            violations = List.copyOf(violations);
        }
    }

    /**
     * The precondition does not hold. Nothing was changed.
     *
     * @param <T> the type of the record
     * @param refusal the refused condition: its path, and its reason, which is {@link EntryWriteResult.Reason#CONFLICT} or {@link
     *     EntryWriteResult.Reason#EXISTS}
     */
    record Conflict<T extends Record>(EntryWriteResult.Refused refusal) implements SaveResult<T> {

        /**
         * Why.
         *
         * @return whether something stands there that should not, or another revision than the one asked for
         */
        public EntryWriteResult.Reason reason() {
            return refusal.reason();
        }

        /**
         * What stands there instead.
         *
         * @return the revision of the record, or of the field that was compared; null when there is nothing
         */
        public @Nullable Long currentRevision() {
            return refusal.currentRevision();
        }
    }

    /**
     * The record, for programs that do not branch.
     *
     * @return the record that was stored
     * @throws InvalidRecordException when it could not be written; nothing was sent
     * @throws EntryRefusedException when the precondition did not hold; nothing was changed
     */
    default T orElseThrow() {
        if (this instanceof Invalid<T> invalid) {
            throw InvalidRecordException.violating(invalid.type, invalid.key, invalid.violations);
        }
        if (this instanceof Conflict<T> conflict) {
            throw new EntryRefusedException(conflict.refusal);
        }
        return ((Saved<T>) this).value;
    }
}
