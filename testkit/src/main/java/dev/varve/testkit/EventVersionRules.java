package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.A;
import static dev.varve.testkit.EventProbe.B;
import static dev.varve.testkit.EventProbe.any;
import static dev.varve.testkit.EventProbe.exactly;
import static dev.varve.testkit.EventProbe.noStream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventAppendResult.Violation;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.ExpectedVersion.AllOf;
import dev.varve.api.ExpectedVersion.AnyOf;
import dev.varve.api.ExpectedVersion.Compared;
import dev.varve.api.ExpectedVersion.Comparison;
import dev.varve.api.ExpectedVersion.Exists;
import dev.varve.api.ExpectedVersion.Not;
import dev.varve.api.ExpectedVersion.OneOf;
import dev.varve.api.ExpectedVersion.SoftDeleted;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What an append may expect of the versions of aggregates: each expectation against each state. */
interface EventVersionRules {

    /** What became of the aggregate that is written or checked. */
    enum State {
        NEVER_WRITTEN(AggregateStatus.EMPTY, EventStore.EMPTY, EventStore.EMPTY),
        AT_VERSION_1(AggregateStatus.LIVE, 1, 1),
        SOFT_DELETED(AggregateStatus.SOFT_DELETED, EventStore.EMPTY, 1),
        TOMBSTONED(AggregateStatus.TOMBSTONED, EventStore.EMPTY, 1),
        REMOVED(AggregateStatus.EMPTY, EventStore.EMPTY, EventStore.EMPTY),
        WRITTEN_AFTER_SOFT_DELETE(AggregateStatus.LIVE, 2, 2),
        TOMBSTONED_UNWRITTEN(AggregateStatus.TOMBSTONED, EventStore.EMPTY, EventStore.EMPTY);

        private final AggregateStatus status;
        private final long seen;
        private final long last;

        State(AggregateStatus status, long seen, long last) {
            this.status = status;
            this.seen = seen;
            this.last = last;
        }

        void prepare(EventProbe events) {
            if (this != NEVER_WRITTEN && this != TOMBSTONED_UNWRITTEN) {
                events.append(A, "1", "2");
            }
            // The store is there in all states.
            events.append(B, "other");
            switch (this) {
                case SOFT_DELETED -> events.store().delete(A, any(), AggregateDeletion.SOFT);
                case TOMBSTONED, TOMBSTONED_UNWRITTEN -> events.store().delete(A, any(), AggregateDeletion.TOMBSTONE);
                case REMOVED -> events.store().remove(A);
                case WRITTEN_AFTER_SOFT_DELETE -> {
                    events.store().delete(A, any(), AggregateDeletion.SOFT);
                    events.append(A, "3");
                }
                default -> {}
            }
        }
    }

    List<State> STATES = List.of(State.values());

    /** Whether it holds in the states, in their order. */
    record Row(ExpectedVersion expected, boolean... holds) {}

    private static Compared compared(Comparison comparison, long version) {
        return new Compared(comparison, version);
    }

    /** Of an aggregate that was tombstoned nothing holds when it is written, so these tell of one that is only checked. */
    private static List<Row> rows() {
        ExpectedVersion exists = new Exists();
        ExpectedVersion softDeleted = new SoftDeleted();
        return List.of(
                // never, at 1, soft, tombstoned, removed, written again at 2, tombstoned unwritten
                new Row(noStream(), true, false, true, true, true, false, true),
                new Row(exists, false, true, false, false, false, true, false),
                new Row(softDeleted, false, false, true, false, false, false, false),
                new Row(exactly(0), false, false, false, false, false, false, false),
                new Row(exactly(1), false, true, false, false, false, false, false),
                new Row(exactly(2), false, false, false, false, false, true, false),
                new Row(exactly(EventStore.EMPTY), true, false, true, true, true, false, true),
                new Row(compared(Comparison.NE, 1), true, false, true, true, true, true, true),
                new Row(compared(Comparison.NE, EventStore.EMPTY), false, true, false, false, false, true, false),
                new Row(compared(Comparison.LT, 0), true, false, true, true, true, false, true),
                new Row(compared(Comparison.LT, 1), true, false, true, true, true, false, true),
                new Row(compared(Comparison.LT, 2), true, true, true, true, true, false, true),
                new Row(compared(Comparison.LTE, 0), true, false, true, true, true, false, true),
                new Row(compared(Comparison.LTE, 1), true, true, true, true, true, false, true),
                new Row(compared(Comparison.GT, EventStore.EMPTY), false, true, false, false, false, true, false),
                new Row(compared(Comparison.GT, 0), false, true, false, false, false, true, false),
                new Row(compared(Comparison.GT, 1), false, false, false, false, false, true, false),
                new Row(compared(Comparison.GTE, EventStore.EMPTY), true, true, true, true, true, true, true),
                new Row(compared(Comparison.GTE, 1), false, true, false, false, false, true, false),
                new Row(compared(Comparison.GTE, 2), false, false, false, false, false, true, false),
                new Row(new OneOf(Set.of(0L, 2L)), false, false, false, false, false, true, false),
                new Row(new OneOf(Set.of(EventStore.EMPTY, 1L)), true, true, true, true, true, false, true),
                new Row(new Not(exactly(1)), true, false, true, true, true, true, true),
                new Row(new Not(exists), true, false, true, true, true, false, true),
                new Row(new Not(new Not(exists)), false, true, false, false, false, true, false),
                new Row(
                        new AllOf(List.of(exists, new Not(exactly(2)))),
                        false,
                        true,
                        false,
                        false,
                        false,
                        false,
                        false),
                new Row(
                        new AllOf(List.of(compared(Comparison.GTE, 1), compared(Comparison.LT, 2))),
                        false,
                        true,
                        false,
                        false,
                        false,
                        false,
                        false),
                new Row(new AnyOf(List.of(softDeleted, exactly(1))), false, true, true, false, false, false, false),
                new Row(
                        new AnyOf(List.of(exactly(2), new AllOf(List.of(noStream(), new Not(softDeleted))))),
                        true,
                        false,
                        false,
                        true,
                        true,
                        true,
                        true));
    }

    static Stream<Arguments> checked() {
        return rows().stream()
                .flatMap(row -> STATES.stream()
                        .map(state -> Arguments.of(row.expected, state, row.holds[STATES.indexOf(state)])));
    }

    static Stream<Arguments> written() {
        List<Row> rows = new ArrayList<>(rows());
        rows.add(new Row(any(), true, true, true, true, true, true, true));
        return rows.stream()
                .flatMap(row -> STATES.stream()
                        .map(state -> Arguments.of(row.expected, state, row.holds[STATES.indexOf(state)])));
    }

    @ParameterizedTest
    @MethodSource("written")
    default void of_an_aggregate_that_is_written(
            ExpectedVersion expected, State state, boolean holds, EventProbe events) {
        state.prepare(events);
        EventAppend append = EventAppend.to(A, expected, events.events("x", "y"));

        if (state.status == AggregateStatus.TOMBSTONED) {
            Refused refused = events.refused(Reason.TOMBSTONED, append);
            assertThat(refused.violations())
                    .containsExactly(new Violation(0, A, expected, AggregateStatus.TOMBSTONED, EventStore.EMPTY));
        } else if (holds) {
            Appended appended = events.append(append);
            assertThat(appended.aggregates().get(0).versionBefore()).isEqualTo(state.last);
            assertThat(appended.version(A)).isEqualTo(state.last + 2);
            assertThat(events.version(A)).isEqualTo(state.last + 2);
            assertThat(events.types(A)).endsWith("x", "y");
        } else {
            refusedAsExpected(events, append, expected, state);
        }
    }

    @ParameterizedTest
    @MethodSource("checked")
    default void of_an_aggregate_that_is_only_checked(
            ExpectedVersion expected, State state, boolean holds, EventProbe events) {
        state.prepare(events);
        EventAppend append = EventAppend.builder()
                .check(A, expected)
                .event(B, events.event("x"))
                .build();

        if (holds) {
            events.append(append);
            assertThat(events.version(A)).isEqualTo(state.seen);
        } else {
            refusedAsExpected(events, append, expected, state);
        }
    }

    private static void refusedAsExpected(
            EventProbe events, EventAppend append, ExpectedVersion expected, State state) {
        Refused refused = events.refused(Reason.WRONG_EXPECTED_VERSION, append);
        assertThat(refused.violations()).containsExactly(new Violation(0, A, expected, state.status, state.seen));
        assertThat(refused.conflictingPosition()).isEqualTo(EventStore.EMPTY);
        assertThat(refused.eventId()).isNull();
        assertThat(events.version(A)).isEqualTo(state.seen);
    }

    @Test
    default void a_tombstoned_aggregate_without_a_check_refuses_all(EventProbe events) {
        events.store().append(B, any(), events.event("1"));
        events.store().delete(A, any(), AggregateDeletion.TOMBSTONE);

        Refused refused = events.refused(
                Reason.TOMBSTONED,
                EventAppend.builder()
                        .event(B, events.event("2"))
                        .event(A, events.event("1"))
                        .check(B, exactly(7))
                        .build());

        assertThat(refused.violations())
                .containsExactly(
                        new Violation(0, B, exactly(7), AggregateStatus.LIVE, 0),
                        new Violation(-1, A, any(), AggregateStatus.TOMBSTONED, EventStore.EMPTY));
    }

    @Test
    default void a_refusal_is_thrown_with_its_words(EventProbe events) {
        events.append(A, "1");

        EventsRefusedException wrong = catchThrowableOfType(
                EventsRefusedException.class, () -> events.store().append(A, noStream(), events.event("2")));
        assertThat(wrong).hasMessage("wrong expected version");
        assertThat(wrong.kind()).isEqualTo(ErrorKind.CONFLICT);
        assertThat(wrong.refusal().violations())
                .containsExactly(new Violation(0, A, noStream(), AggregateStatus.LIVE, 0));

        events.store().delete(A, any(), AggregateDeletion.TOMBSTONE);
        EventsRefusedException gone = catchThrowableOfType(
                EventsRefusedException.class, () -> events.store().append(A, any(), events.event("2")));
        assertThat(gone).hasMessage("the aggregate was deleted for ever");
        assertThat(gone.kind()).isEqualTo(ErrorKind.GONE);
    }
}
