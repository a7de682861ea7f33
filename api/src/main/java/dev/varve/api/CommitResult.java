package dev.varve.api;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What became of a {@link Batch}. What could not be carried out at all is thrown. Immutable.
 *
 * <pre>{@code
 * CommitResult result = store.batch()
 *         .insert(links, new Link("dust", "Dust, live", 0), Precondition.ifAbsent())
 *         .tryCommit();
 * if (result instanceof CommitResult.Conflict conflict) {
 *     System.out.println("taken: " + conflict.refusal().path());
 * }
 * }</pre>
 */
public sealed interface CommitResult {

    /**
     * All changes are made.
     *
     * @param result what became of each
     */
    record Committed(BatchResult result) implements CommitResult {}

    /**
     * Changesets in it are not valid. Nothing was sent.
     *
     * @param invalid for the index of each of them in the batch, from 0, what is wrong; not empty
     */
    record Invalid(Map<Integer, SaveResult.Invalid<?>> invalid) implements CommitResult {

        /** Copies the map, in the order of the batch. */
        public Invalid {
            invalid = Collections.unmodifiableMap(new TreeMap<>(invalid));
        }
    }

    /**
     * A precondition does not hold. Nothing was changed.
     *
     * @param refusal the refused condition with the index of its change in the batch; its reason is {@link
     *     EntryWriteResult.Reason#CONFLICT} or {@link EntryWriteResult.Reason#EXISTS}
     */
    record Conflict(EntryWriteResult.Refused refusal) implements CommitResult {}

    /**
     * What became of each change, for programs that do not branch.
     *
     * @return the result
     * @throws InvalidRecordException when a changeset is not valid, of the first of them; nothing was sent
     * @throws EntryRefusedException when a precondition did not hold; nothing was changed
     */
    default BatchResult orElseThrow() {
        if (this instanceof Invalid all) {
            Map.Entry<Integer, SaveResult.Invalid<?>> first =
                    List.copyOf(all.invalid.entrySet()).get(0);
            SaveResult.Invalid<?> invalid = first.getValue();
            throw InvalidRecordException.inBatch(first.getKey(), invalid.type(), invalid.key(), invalid.violations());
        }
        if (this instanceof Conflict conflict) {
            throw new EntryRefusedException(conflict.refusal);
        }
        return ((Committed) this).result;
    }
}
