package dev.varve.api;

import java.util.List;

/**
 * What became of a {@link Batch}. Immutable.
 *
 * <pre>{@code
 * BatchResult done = store.batch()
 *         .insert(links, new Link("varve", "Varve", 0))
 *         .delete(links, "dust")
 *         .commit();
 * done.changes().forEach(change -> System.out.println(change.path() + " at revision " + change.revision()));
 * }</pre>
 *
 * @param changes one for each change of the batch, in order
 * @param storeSeq the sequence number of the store after all of them; 0 when nothing had to be written
 */
public record BatchResult(List<RecordReceipt> changes, long storeSeq) {

    /** Copies the list. */
    public BatchResult {
        changes = List.copyOf(changes);
    }
}
