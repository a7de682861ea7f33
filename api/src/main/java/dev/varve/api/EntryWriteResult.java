package dev.varve.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of an {@link EntryWrite}. Immutable.
 *
 * <pre>{@code
 * EntryPath title = EntryPath.of("links", "dust", "title");
 * EntryWriteResult result = entries.write(List.of(EntryOp.set(title, EntryValue.of("Dust, live")).ifMatch(1)));
 * if (result instanceof EntryWriteResult.Refused refused) {
 *     System.out.println(refused.reason() + " at " + refused.path() + ", which is at " + refused.currentRevision());
 * }
 * }</pre>
 */
public sealed interface EntryWriteResult {

    /**
     * All changes are made and durable.
     *
     * @param ops one for each change, in order
     * @param storeSeq the sequence number of the store after the last one
     */
    record Written(List<Applied> ops, long storeSeq) implements EntryWriteResult {

        /** Copies the list. */
        public Written {
            ops = List.copyOf(ops);
        }
    }

    /**
     * One change that was made.
     *
     * @param path where
     * @param storeSeq its sequence number, which is the path's revision now; for a change that was not needed (a check,
     *     the release of a lease that is gone) the store's at that time
     * @param made false for a change that was not needed
     * @param value what stands at the path after it: the total of an increment, the members of a set, a lease; null after
     *     a delete, and when a write was recognised that does not say it itself
     */
    record Applied(
            EntryPath path,
            long storeSeq,
            boolean made,
            @Nullable EntryValue value) {}

    /**
     * Nothing was changed.
     *
     * @param reason why
     * @param index which change it was, from 0
     * @param path the change's path
     * @param currentRevision for {@link Reason#CONFLICT} and {@link Reason#EXISTS} the revision that stands there; null
     *     when there is nothing, and for other reasons
     */
    record Refused(
            Reason reason,
            int index,
            EntryPath path,
            @Nullable Long currentRevision) implements EntryWriteResult {}

    /** Why a write was refused. */
    enum Reason {
        /** Another revision stands at the path, or nothing. */
        CONFLICT,
        /** Something stands at the path. */
        EXISTS,
        /** The lease is held by somebody. */
        HELD,
        /** What stands at the path is no lease. */
        OCCUPIED,
        /** The lease is not held with this token. */
        NOT_HELD,
        /** The lease of the fence is not held with this token. */
        FENCED,
        /** Only objects can be merged. */
        MERGE_REQUIRES_MAP_VALUE,
        /** Only numbers can be incremented, and only by numbers. */
        INCREMENT_REQUIRES_NUMBER_VALUE,
        /** The total does not fit into 64 bits or, with a fraction, is longer than {@link EntryOp#MAX_TOTAL_DIGITS}. */
        INCREMENT_OVERFLOW,
        /** A set takes no null. */
        ADD_REQUIRES_VALUE,
        /** A set holds no null. */
        REMOVE_REQUIRES_VALUE,
        /** A set takes a value. */
        SET_REQUIRES_VALUE,
        /** {@code ifMatch} goes with {@code SET}, {@code DELETE} and {@code CHECK}. */
        IF_MATCH_UNSUPPORTED_OP,
        /** {@code ifAbsent} and {@code ifNone} go with {@code SET} and {@code CHECK}. */
        IF_ABSENT_UNSUPPORTED_OP,
        /** {@code ifAbsent} goes with values that are one entry. */
        IF_ABSENT_MULTI_LEAF,
        /** Conditions that exclude each other, or a revision below 1. */
        INVALID_PRECONDITION,
        /** A lease without a duration, or a renewal or release without a token. */
        INVALID_LEASE_OP,
        /** A time to live below 1, or of another change than a {@code SET}. */
        INVALID_TTL,
        /**
         * A nested name that is no segment of a path, one path too long, text that is not Unicode, values nested too deeply,
         * something else than a file where one is put, or
         * a file of another size than it has.
         */
        INVALID_VALUE,
        /** The file that is put was not stored in this organisation, or is gone. */
        FILE_NOT_FOUND,
        /** The store takes no writes any more. */
        STORE_ARCHIVED;

        private final String wireName = name().toLowerCase(java.util.Locale.ROOT);

        /**
         * The name on the wire.
         *
         * @return lower case letters and underscores
         */
        public String wireName() {
            return wireName;
        }
    }
}
