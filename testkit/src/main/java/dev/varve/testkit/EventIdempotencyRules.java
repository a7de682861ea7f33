package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.A;
import static dev.varve.testkit.EventProbe.B;
import static dev.varve.testkit.EventProbe.C;
import static dev.varve.testkit.EventProbe.any;
import static dev.varve.testkit.EventProbe.exactly;
import static dev.varve.testkit.EventProbe.exists;
import static dev.varve.testkit.EventProbe.noStream;
import static dev.varve.testkit.EventProbe.unless;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AggregateStatus;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventAppendResult.Violation;
import dev.varve.api.EventData;
import dev.varve.api.EventQuery;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.ExpectedVersion.Compared;
import dev.varve.api.ExpectedVersion.Comparison;
import dev.varve.api.NewEvent;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Appends that come again. */
interface EventIdempotencyRules {

    /** Each of them holds for an aggregate that was never written, or at version 1, but no longer at version 3. */
    static Stream<ExpectedVersion> expectations() {
        return Stream.of(
                exactly(1),
                any(),
                exists(),
                new Compared(Comparison.LT, 2),
                new Compared(Comparison.NE, 3),
                new ExpectedVersion.OneOf(java.util.Set.of(1L)),
                new ExpectedVersion.Not(exactly(3)),
                new ExpectedVersion.AllOf(List.of(exists(), exactly(1))));
    }

    @ParameterizedTest
    @MethodSource("expectations")
    default void the_same_append_gets_the_same_answer(ExpectedVersion expected, EventProbe events) {
        events.append(A, "0", "1");
        EventAppend append = EventAppend.to(A, expected, events.events("2", "3"));
        Appended then = events.append(append);

        events.again(append, then);
        events.append(B, "0");
        events.append(A, "4");
        events.again(append, then);
        assertThat(events.version(A)).isEqualTo(4);
    }

    @Test
    default void the_first_append_comes_again(EventProbe events) {
        EventAppend one = EventAppend.to(A, noStream(), events.events("0"));
        EventAppend several = EventAppend.to(B, noStream(), events.events("0", "1", "2"));
        Appended first = events.append(one);
        Appended second = events.append(several);

        events.again(one, first);
        events.again(several, second);
        events.append(A, "1");
        events.append(B, "3");
        events.again(one, first);
        events.again(several, second);
    }

    @Test
    default void an_append_to_a_soft_deleted_aggregate_comes_again(EventProbe events) {
        events.append(A, "0");
        events.store().delete(A, any(), AggregateDeletion.SOFT);
        EventAppend append = EventAppend.to(A, ExpectedVersion.softDeleted(), events.events("1", "2"));

        events.again(append, events.append(append));
    }

    @Test
    default void an_exact_append_of_others_is_at_the_wrong_version(EventProbe events) {
        List<NewEvent> there = events.events("1", "2");
        events.append(A, "0");
        events.append(EventAppend.to(A, exactly(0), there));

        for (List<NewEvent> other : List.of(
                events.events("1", "2"),
                List.of(there.get(1), there.get(0)),
                List.of(there.get(0), events.event("2")),
                List.of(events.event("1"), there.get(1)),
                List.of(there.get(0), there.get(1), events.event("3")),
                List.of(there.get(1)))) {
            Refused refused = events.refused(Reason.WRONG_EXPECTED_VERSION, EventAppend.to(A, exactly(0), other));
            assertThat(refused.violations()).containsExactly(new Violation(0, A, exactly(0), AggregateStatus.LIVE, 2));
        }
        events.refused(Reason.WRONG_EXPECTED_VERSION, EventAppend.to(A, noStream(), there));
        events.refused(Reason.WRONG_EXPECTED_VERSION, EventAppend.to(A, exactly(1), there));
        events.refused(Reason.WRONG_EXPECTED_VERSION, EventAppend.to(A, exactly(9), there));
    }

    @Test
    default void other_appends_of_known_ids_are_refused(EventProbe events) {
        List<NewEvent> there = events.events("0", "1");
        events.append(EventAppend.to(A, any(), there));
        NewEvent alone = events.event("2");
        events.append(A, alone);

        for (ExpectedVersion expected : List.of(any(), exists(), new Compared(Comparison.GT, 0), exactly(2))) {
            Refused refused = events.refused(Reason.EVENT_ID_CONFLICT, A, expected, there.get(1), there.get(0));
            assertThat(refused.eventId()).isEqualTo(there.get(1).id());
            assertThat(refused.conflictingPosition()).isEqualTo(1);
            events.refused(Reason.EVENT_ID_CONFLICT, A, expected, there.get(0), events.event("1"));
            events.refused(Reason.EVENT_ID_CONFLICT, A, expected, events.event("0"), there.get(1));
            events.refused(Reason.EVENT_ID_CONFLICT, A, expected, there.get(0), there.get(1), events.event("2"));
            events.refused(Reason.EVENT_ID_CONFLICT, A, expected, there.get(0), there.get(1), alone);
            events.refused(Reason.EVENT_ID_CONFLICT, B, any(), there.get(0), there.get(1));
        }
    }

    @Test
    default void some_known_ids_are_told_before_an_expectation_that_is_not_exact(EventProbe events) {
        NewEvent there = events.event("0");
        events.append(A, there);

        events.refused(Reason.EVENT_ID_CONFLICT, A, new Compared(Comparison.GT, 7), there, events.event("1"));
        events.refused(Reason.WRONG_EXPECTED_VERSION, A, new Compared(Comparison.GT, 7), events.event("1"));
    }

    @Test
    default void an_id_with_other_content_is_a_conflict_of_its_own(EventProbe events) {
        NewEvent there = events.event("0");
        events.append(A, "x");
        events.append(EventAppend.to(A, exactly(0), List.of(there)));
        NewEvent otherType = new NewEvent(there.id(), "1", there.data(), there.tags(), there.metadata(), null);
        NewEvent otherData = new NewEvent(there.id(), "0", EventData.json("[]"), there.tags(), there.metadata(), null);

        for (NewEvent other : List.of(otherType, otherData)) {
            for (ExpectedVersion expected : List.of(any(), exactly(0), exactly(1))) {
                Refused refused = events.refused(Reason.EVENT_ID_REUSED, A, expected, other);
                assertThat(refused.eventId()).isEqualTo(there.id());
                assertThat(refused.conflictingPosition()).isEqualTo(1);
            }
            events.refused(Reason.EVENT_ID_REUSED, A, any(), events.event("2"), other);
        }
    }

    @Test
    default void what_was_appended_before_a_deletion_is_not_answered_again(EventProbe events) {
        EventAppend before = EventAppend.to(A, noStream(), events.events("0", "1"));
        EventAppend unchecked = EventAppend.to(A, any(), events.events("2"));
        events.append(before);
        events.append(unchecked);
        events.store().delete(A, any(), AggregateDeletion.SOFT);

        events.refused(Reason.EVENT_ID_CONFLICT, before);
        events.refused(Reason.EVENT_ID_CONFLICT, unchecked);
        EventAppend after = EventAppend.to(A, noStream(), events.events("3", "4"));
        Appended then = events.append(after);
        assertThat(then.version(A)).isEqualTo(4);

        events.again(after, then);
        events.append(A, "5");
        events.again(after, then);
        events.refused(Reason.WRONG_EXPECTED_VERSION, before);
        events.refused(Reason.EVENT_ID_CONFLICT, unchecked);
    }

    @Test
    default void what_was_removed_is_not_answered_and_not_written_again(EventProbe events) {
        EventAppend append = EventAppend.to(A, any(), events.events("0"));
        events.append(append);
        events.store().remove(A);

        events.refused(Reason.EVENT_ID_CONFLICT, append);
        events.append(B, "0");
        events.store().scavenge();
        events.refused(Reason.EVENT_ID_CONFLICT, append);
    }

    @Test
    default void what_was_appended_to_a_tombstoned_aggregate_is_gone(EventProbe events) {
        EventAppend append = EventAppend.to(A, noStream(), events.events("0"));
        events.append(append);
        events.store().delete(A, any(), AggregateDeletion.TOMBSTONE);

        events.refused(Reason.TOMBSTONED, append);
    }

    @Test
    default void an_event_that_was_redacted_is_known(EventProbe events) {
        EventAppend append = EventAppend.to(A, noStream(), events.events("0", "1"));
        Appended then = events.append(append);
        events.store().redact(0, EventData.json("{}"));

        events.again(append, then);
        assertThat(events.at(0).data()).isEqualTo(EventData.json("{}"));
        NewEvent first = append.events().get(0).event();
        NewEvent otherType = new NewEvent(first.id(), "2", first.data(), first.tags(), first.metadata(), null);
        events.refused(Reason.EVENT_ID_REUSED, A, noStream(), otherType);
    }

    @Test
    default void bounds_of_what_is_kept_do_not_hide_that_an_append_came_before(EventProbe events) {
        events.append(A, "0");
        events.store().configure(A, AggregateSettings.NONE.withMaxCount(1));
        EventAppend exact = EventAppend.to(A, exactly(0), events.events("1", "2"));
        Appended then = events.append(exact);

        events.again(exact, then);
    }

    @Test
    default void an_append_to_several_aggregates_comes_again(EventProbe events) {
        events.append(A, "0");
        events.append(C, "0");
        EventAppend append = EventAppend.builder()
                .event(A, events.event("1"))
                .event(B, events.event("0"))
                .event(events.event("none"))
                .event(A, events.event("2"))
                .check(A, exactly(0))
                .check(B, noStream())
                .check(C, exactly(0))
                .build();
        Appended then = events.append(append);

        events.again(append, then);
        events.append(A, "3");
        events.append(B, "1");
        // What was only checked is not checked again.
        events.append(C, "1");
        events.again(append, then);
    }

    @Test
    default void an_append_that_came_in_part_is_refused(EventProbe events) {
        NewEvent a = events.event("a");
        NewEvent b = events.event("b");
        events.append(A, a);
        events.append(B, b);

        for (ExpectedVersion expected : List.of(noStream(), any())) {
            Reason reason = expected.equals(any()) ? Reason.EVENT_ID_CONFLICT : Reason.WRONG_EXPECTED_VERSION;
            events.refused(
                    reason,
                    EventAppend.builder()
                            .event(A, a)
                            .event(C, events.event("c"))
                            .check(A, expected)
                            .check(C, noStream())
                            .build());
            // Both are there, but came with two appends.
            events.refused(
                    reason,
                    EventAppend.builder()
                            .event(A, a)
                            .event(B, b)
                            .check(A, expected)
                            .check(B, expected)
                            .build());
        }
    }

    @Test
    default void an_append_under_a_condition_comes_again_although_its_own_events_match(EventProbe events) {
        EventQuery query = EventQuery.tags("seat:1");
        EventAppend append = EventAppend.when(unless(query, EventStore.EMPTY), events.event("Reserved", "seat:1", "x"));
        Appended then = events.append(append);

        events.again(append, then);
        events.append(A, events.event("Freed", "seat:1"));
        events.again(append, then);
        Refused refused = events.refused(
                Reason.CONDITION_FAILED,
                EventAppend.when(unless(query, EventStore.EMPTY), events.event("Reserved", "seat:1")));
        assertThat(refused.conflictingPosition()).isIn(0L, 1L);
    }

    @Test
    default void an_append_with_a_tracking_comes_again(EventProbe events) {
        EventAppend append = EventAppend.builder()
                .event(A, events.event("0"))
                .tracking("source", 7)
                .build();
        Appended then = events.append(append);

        events.again(append, then);
        assertThat(events.store().checkpoint("source")).hasValue(7);
    }

    @Test
    default void an_append_is_known_after_many_others(EventProbe events) {
        EventAppend append = EventAppend.to(A, any(), events.events("0", "1"));
        Appended then = events.append(append);
        for (int i = 0; i < 3; i++) {
            events.append(
                    B,
                    IntStream.range(0, 1_000).mapToObj(n -> events.event("b")).toArray(NewEvent[]::new));
        }

        events.again(append, then);
    }
}
