package dev.varve.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What must hold for a record to be written or deleted. Looked at in the same atomic step as the write; when it does not hold,
 * the write is refused with an {@link EntryRefusedException} and changes nothing. Immutable; thread-safe.
 *
 * <pre>{@code
 * try {
 *     links.insert(new Link("dust", "Dust, live", 0), Precondition.ifAbsent());
 * } catch (EntryRefusedException e) {
 *     System.out.println("there is one: " + e.refusal().path());
 * }
 * }</pre>
 */
public sealed interface Precondition {

    /** Nothing must hold. */
    record Any() implements Precondition {}

    /** Nothing may stand at the record's path or below it. */
    record IfAbsent() implements Precondition {}

    /**
     * The record must be at a revision.
     *
     * @param revision of the whole record, at least 1
     */
    record IfRevision(long revision) implements Precondition {

        /** Checks the revision. */
        public IfRevision {
            if (revision < 1) {
                throw new IllegalArgumentException("a revision is at least 1, was " + revision);
            }
        }
    }

    /**
     * Fields of the record must be at revisions.
     *
     * @param revisions for the names of fields the revision of each, 0 for a field that must not be there; not empty
     */
    record IfFields(Map<String, Long> revisions) implements Precondition {

        /** Copies and checks the revisions. */
        public IfFields {
            revisions = Collections.unmodifiableMap(new LinkedHashMap<>(revisions));
            if (revisions.isEmpty()) {
                throw new IllegalArgumentException("name at least one field with its revision");
            }
            revisions.forEach((field, revision) -> {
                if (revision < 0) {
                    throw new IllegalArgumentException("the revision of the field \"" + field
                            + "\" is at least 1, or 0 for a field that must not be there; was " + revision);
                }
            });
        }
    }

    /**
     * Writes whatever is there.
     *
     * @return no condition
     */
    static Precondition any() {
        return new Any();
    }

    /**
     * Inserts only where nothing is, neither a record nor anything else at or below its path. Of several inserts of one key
     * at the same time exactly one is made. For inserts only.
     *
     * @return the condition; {@link EntryWriteResult.Reason#EXISTS} when it does not hold
     */
    static Precondition ifAbsent() {
        return new IfAbsent();
    }

    /**
     * Writes only over this revision of the whole record. For all writes of records in {@link Schema.Mode#MAP}; of those in
     * {@link Schema.Mode#FLAT} for deletes only, since another field may have been changed by somebody else.
     *
     * @param revision as {@link StoredRecord#revision} or {@link RecordReceipt#revision} has it, at least 1
     * @return the condition; {@link EntryWriteResult.Reason#CONFLICT} when it does not hold
     * @throws IllegalArgumentException when the revision is less than 1
     */
    static Precondition ifRevision(long revision) {
        return new IfRevision(revision);
    }

    /**
     * Writes only over these revisions of single fields; the other fields may have changed. For all writes of records in {@link
     * Schema.Mode#FLAT} and no others.
     *
     * @param revisions for names of fields the revision of each, as {@link StoredRecord#fieldRevisions} has them, 0 for a field
     *     that must not be there; at least one field
     * @return the condition; {@link EntryWriteResult.Reason#CONFLICT} at the first field for which it does not hold, or {@link
     *     EntryWriteResult.Reason#EXISTS} at one that must not be there
     * @throws IllegalArgumentException when there are no fields, or a revision is negative
     */
    static Precondition ifFields(Map<String, Long> revisions) {
        return new IfFields(revisions);
    }
}
