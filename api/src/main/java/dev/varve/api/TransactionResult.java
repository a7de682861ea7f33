package dev.varve.api;

import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.EventAppendResult.Appended;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a {@link Transaction}. Immutable.
 *
 * <pre>{@code
 * EntryPath title = EntryPath.of("links", "dust", "title");
 * TransactionResult result = store.transaction()
 *         .entry(EntryOp.set(title, EntryValue.of("Dust, live")).ifMatch(1))
 *         .event(NewEvent.json("TitleChanged", "{}"))
 *         .tryCommit();
 * if (result instanceof TransactionResult.Refused refused) {
 *     refused.failures().forEach(failure -> System.out.println("part " + failure.index() + ": " + failure.kind()));
 * }
 * }</pre>
 */
public sealed interface TransactionResult {

    /** The {@link Committed#number} of a transaction that had nothing to write. */
    long NO_COMMIT = -1;

    /** The {@link Failure#kind} of a key that came with another transaction before. */
    String KEY_REUSED = "idempotency_key_reused";

    /**
     * All parts are made and durable.
     *
     * @param number of the commit: greater than that of every commit before, never used again, not dense; {@link #NO_COMMIT}
     *     when nothing was written, not even a key
     * @param entries what became of the parts that are of entries, in their order; null without any
     * @param events where the events are; null without any event or check of an aggregate, condition or tracking
     * @param streams what became of the appends to streams, in their order
     * @param replayed whether this transaction had been made before under its key, and nothing was written now; all else is what was said
     *     then
     */
    record Committed(
            long number,
            @Nullable Written entries,
            @Nullable Appended events,
            List<AppendResult> streams,
            boolean replayed)
            implements TransactionResult {

        /** Copies the list. */
        public Committed {
            streams = List.copyOf(streams);
        }
    }

    /**
     * Nothing was changed.
     *
     * @param failures at least one; of each face those that it found, in the order of the parts
     */
    record Refused(List<Failure> failures) implements TransactionResult {

        /** Copies the list. */
        public Refused {
            failures = List.copyOf(failures);
        }
    }

    /**
     * A part that stood in the way.
     *
     * @param index which part, from 0; -1 when it is none of them: the key
     * @param kind why: a {@link EntryWriteResult.Reason#wireName}, {@link EventAppendResult.Reason#wireName} or, of streams, {@link
     *     ErrorKind#wireName}; or {@link #KEY_REUSED}
     * @param expected what the part wanted: a revision, version, position, offset or sequence as a number or text; null where it wanted
     *     nothing of the kind
     * @param actual what stands there instead; null for nothing
     */
    record Failure(
            int index,
            String kind,
            @Nullable EntryValue expected,
            @Nullable EntryValue actual) {}
}
