package dev.varve.api;

import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of an {@link EventAppend}. Immutable.
 *
 * <pre>{@code
 * AggregateId order = new AggregateId("order", "1");
 * EventAppendResult result = store.events().tryAppend(
 *         EventAppend.to(order, ExpectedVersion.exactly(7), List.of(NewEvent.json("OrderPaid", "{}"))));
 * if (result instanceof EventAppendResult.Refused refused) {
 *     refused.violations().forEach(violation -> System.out.println("is at " + violation.actual()));
 * }
 * }</pre>
 */
public sealed interface EventAppendResult {

    /**
     * All events are in the log and durable.
     *
     * @param firstPosition the position of the first event, which names the append; {@link EventStore#EMPTY} when none was to
     *     be written
     * @param lastPosition the position of the last event; {@link EventStore#EMPTY} when none was to be written
     * @param aggregates the aggregates that were written, in the order of their first event; the one of a request without
     *     events, as it stands
     * @param idempotent whether the very same append had been made before, and nothing was written now; the positions and
     *     versions are those of that time
     */
    record Appended(long firstPosition, long lastPosition, List<Written> aggregates, boolean idempotent)
            implements EventAppendResult {

        /** Copies the list. */
        public Appended {
            aggregates = List.copyOf(aggregates);
        }

        /**
         * The version of an aggregate after the append.
         *
         * @param aggregate one that was written
         * @return the version of its last event
         * @throws IllegalArgumentException when this append wrote nothing to it
         */
        public long version(AggregateId aggregate) {
            for (Written written : aggregates) {
                if (written.aggregate().equals(aggregate)) {
                    return written.version();
                }
            }
            throw new IllegalArgumentException("this append wrote nothing to " + aggregate);
        }
    }

    /**
     * An aggregate that was written.
     *
     * @param aggregate which
     * @param versionBefore the version of its last event before, {@link EventStore#EMPTY} without one; of a soft-deleted one
     *     that of its last event all the same
     * @param version the version of its last event
     */
    record Written(AggregateId aggregate, long versionBefore, long version) {}

    /**
     * Nothing was written, and no position or version used up.
     *
     * @param reason why
     * @param violations for {@link Reason#WRONG_EXPECTED_VERSION} and {@link Reason#TOMBSTONED} all checks that do not hold, in the order of
     *     the request; else empty
     * @param conflictingPosition for {@link Reason#CONDITION_FAILED} the position of an event that the condition rules out, for
     *     {@link Reason#TRACKING_NOT_INCREASING} how far the source has come, for {@link Reason#EVENT_ID_CONFLICT} and {@link
     *     Reason#EVENT_ID_REUSED} where the event stands; else {@link EventStore#EMPTY}
     * @param eventId for {@link Reason#EVENT_ID_CONFLICT} and {@link Reason#EVENT_ID_REUSED} the id; else null
     */
    record Refused(
            Reason reason,
            List<Violation> violations,
            long conflictingPosition,
            @Nullable UUID eventId) implements EventAppendResult {

        /** Copies the list. */
        public Refused {
            violations = List.copyOf(violations);
        }
    }

    /**
     * A check that does not hold.
     *
     * @param index which of the request's checks, from 0; -1 for an aggregate without a check that was tombstoned
     * @param aggregate which aggregate
     * @param expected what was expected
     * @param status what became of the aggregate
     * @param actual the version of its last event while it is {@link AggregateStatus#LIVE}, else {@link EventStore#EMPTY}
     */
    record Violation(int index, AggregateId aggregate, ExpectedVersion expected, AggregateStatus status, long actual) {}

    /** Why an append was refused. */
    enum Reason {
        /** A version is not the expected one. */
        WRONG_EXPECTED_VERSION(ErrorKind.CONFLICT, "wrong expected version"),
        /** An aggregate that is written was tombstoned. */
        TOMBSTONED(ErrorKind.GONE, "the aggregate was deleted for ever"),
        /** An event that the condition rules out was appended. */
        CONDITION_FAILED(ErrorKind.CONFLICT, "an event that the condition rules out is there"),
        /** An event of this id is there, and this append is not the one that it came with. */
        EVENT_ID_CONFLICT(ErrorKind.CONFLICT, "an event of this id is there, and came with another append"),
        /** An event of this id is there with another type or other data. */
        EVENT_ID_REUSED(ErrorKind.EVENT_ID_REUSED, "an event of this id is there with another type or other data"),
        /** The source of the tracking has come as far already. */
        TRACKING_NOT_INCREASING(ErrorKind.CONFLICT, "the source of the tracking has come as far already");

        private final ErrorKind kind;
        private final String words;
        private final String wireName = name().toLowerCase(Locale.ROOT);

        Reason(ErrorKind kind, String words) {
            this.kind = kind;
            this.words = words;
        }

        /**
         * The kind of error that this is where it is thrown.
         *
         * @return the kind
         */
        public ErrorKind kind() {
            return kind;
        }

        /**
         * The same for people.
         *
         * @return stable words, without a name of the case at hand
         */
        public String words() {
            return words;
        }

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
