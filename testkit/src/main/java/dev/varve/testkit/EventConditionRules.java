package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.A;
import static dev.varve.testkit.EventProbe.B;
import static dev.varve.testkit.EventProbe.any;
import static dev.varve.testkit.EventProbe.exactly;
import static dev.varve.testkit.EventProbe.noStream;
import static dev.varve.testkit.EventProbe.unless;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateSettings;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventQuery;
import dev.varve.api.EventQuery.Item;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Appends under a condition over types and tags. */
interface EventConditionRules {

    /** The log that the table of queries is about. */
    private static void fill(EventProbe events) {
        events.append(A, events.event("Opened", "course:1")); // 0
        events.append(B, events.event("Reserved", "course:1", "student:7")); // 1
        events.append(A, events.event("Reserved", "course:2", "student:7")); // 2
        events.append(
                EventAppend.builder().event(events.event("Closed", "course:2")).build()); // 3
        events.append(A, events.event("Reserved")); // 4
        events.append(B, events.event("Opened", "course:1,student:7", "Course:1", "course:1 ")); // 5
    }

    private static Arguments row(EventQuery query, Long... matches) {
        return Arguments.of(query, List.of(matches));
    }

    /** Queries and the positions of what they mean. */
    static Stream<Arguments> eventQueries() {
        return Stream.of(
                row(EventQuery.ALL, 0L, 1L, 2L, 3L, 4L, 5L),
                row(EventQuery.types("Opened"), 0L, 5L),
                row(EventQuery.types("Opened", "Closed"), 0L, 3L, 5L),
                row(EventQuery.types("Open")),
                row(EventQuery.types("opened")),
                row(EventQuery.tags("course:1"), 0L, 1L),
                row(EventQuery.tags("course:1 "), 5L),
                row(EventQuery.tags("course:1,student:7"), 5L),
                row(EventQuery.tags("student:7", "course:2"), 2L),
                row(EventQuery.tags("student:7", "course:3")),
                row(EventQuery.of(Item.types("Reserved").tagged("course:1")), 1L),
                row(EventQuery.of(Item.types("Reserved", "Closed").tagged("course:2")), 2L, 3L),
                row(EventQuery.of(Item.types("Closed"), Item.tags("course:1")), 0L, 1L, 3L),
                row(EventQuery.tags("student:7").or(EventQuery.types("Closed")), 1L, 2L, 3L),
                row(EventQuery.types("Closed").or(EventQuery.ALL), 0L, 1L, 2L, 3L, 4L, 5L),
                row(EventQuery.of(Item.tags("course:1").without("Reserved")), 0L),
                row(EventQuery.of(new Item(Set.of(), Set.of(), Set.of("Reserved", "Opened"))), 3L),
                row(EventQuery.of(Item.tags("student:7").without("Reserved"), Item.types("Reserved")), 1L, 2L, 4L),
                row(EventQuery.of(Item.types("Reserved").without("Reserved"))));
    }

    @ParameterizedTest
    @MethodSource("eventQueries")
    default void a_query_reads_what_it_means(EventQuery query, List<Long> matches, EventProbe events) {
        fill(events);
        EventRead read = EventRead.all().matching(query);

        assertThat(events.all(read)).extracting(StoredEvent::position).isEqualTo(matches);
        assertThat(events.all(read.backward()).stream()
                        .map(StoredEvent::position)
                        .sorted()
                        .toList())
                .isEqualTo(matches);
        assertThat(events.store().read(read).head()).isEqualTo(5);
        assertThat(events.store().count(read)).isEqualTo(matches.size());
        assertThat(events.store().exists(read)).isEqualTo(!matches.isEmpty());
    }

    @ParameterizedTest
    @MethodSource("eventQueries")
    default void a_condition_rules_out_what_its_query_means_after_its_position(
            EventQuery query, List<Long> matches, EventProbe events) {
        fill(events);
        for (long after = EventStore.EMPTY; after < 5; after++) {
            long known = after;
            List<Long> later =
                    matches.stream().filter(position -> position > known).toList();
            if (!later.isEmpty()) {
                Refused refused = events.refused(
                        Reason.CONDITION_FAILED, EventAppend.when(unless(query, after), events.event("New")));
                assertThat(refused.conflictingPosition()).isIn(later);
                assertThat(refused.violations()).isEmpty();
            } else {
                events.append(EventAppend.when(unless(query, after), events.event("New")));
                return;
            }
        }
        events.append(EventAppend.when(unless(query, 5), events.event("New")));
    }

    @Test
    default void a_condition_holds_in_an_empty_store(EventProbe events) {
        long head = events.store().read(EventRead.all()).head();
        assertThat(head).isEqualTo(EventStore.EMPTY);

        events.append(EventAppend.when(unless(EventQuery.ALL, head), events.event("1")));

        events.refused(Reason.CONDITION_FAILED, EventAppend.when(unless(EventQuery.ALL, head), events.event("2")));
    }

    @Test
    default void the_head_of_a_read_that_found_nothing_guards(EventProbe events) {
        EventQuery seat = EventQuery.tags("seat:1");
        events.append(A, "1", "2");
        long seen = events.store().read(EventRead.all().matching(seat)).head();
        assertThat(seen).isEqualTo(1);

        events.append(A, events.event("Reserved", "seat:2"));
        events.append(EventAppend.when(unless(seat, seen), events.event("Reserved", "seat:1")));
        events.refused(
                Reason.CONDITION_FAILED, EventAppend.when(unless(seat, seen), events.event("Reserved", "seat:1")));
    }

    @Test
    default void a_condition_may_look_after_a_position_beyond_the_last_match_or_the_head(EventProbe events) {
        EventQuery query = EventQuery.types("X");
        events.append(A, "X", "y", "y");

        events.append(EventAppend.when(unless(query, 1), events.event("y")));
        events.append(EventAppend.when(unless(query, 1_000), events.event("y")));
    }

    @Test
    default void without_a_position_any_match_refuses(EventProbe events) {
        EventQuery query = EventQuery.types("X");
        events.append(A, "X");
        for (int i = 0; i < 20; i++) {
            events.append(B, "y");
        }

        events.refused(Reason.CONDITION_FAILED, EventAppend.when(unless(query, EventStore.EMPTY), events.event("y")));
    }

    @Test
    default void appends_to_other_boundaries_never_conflict(EventProbe events) {
        EventQuery first = EventQuery.of(Item.types("Reserved").tagged("seat:1"));
        EventQuery second = EventQuery.of(Item.types("Reserved").tagged("seat:2"));
        for (int i = 0; i < 5; i++) {
            long head = events.store().head();
            events.append(EventAppend.when(unless(first, head), events.event("Reserved", "seat:1")));
            events.append(EventAppend.when(unless(second, head), events.event("Reserved", "seat:2")));
            // Neither one type nor one tag makes a conflict.
            events.append(EventAppend.when(
                    unless(EventQuery.of(Item.types("Other").tagged("seat:1")), EventStore.EMPTY),
                    events.event("Reserved", "x")));
        }
    }

    @Test
    default void a_condition_over_everything_conflicts_with_every_later_event(EventProbe events) {
        events.append(A, "1");
        long head = events.store().head();
        events.append(EventAppend.when(unless(EventQuery.ALL, head), events.event("2")));

        events.refused(Reason.CONDITION_FAILED, EventAppend.when(unless(EventQuery.ALL, head), events.event("3")));
    }

    @Test
    default void an_append_without_a_condition_counts_for_later_conditions(EventProbe events) {
        EventQuery query = EventQuery.tags("t");
        long head = events.store().head();
        events.append(A, events.event("x", "t"));

        events.refused(Reason.CONDITION_FAILED, EventAppend.when(unless(query, head), events.event("x", "t")));
        events.append(EventAppend.when(unless(query, events.store().head()), events.event("x", "t")));
    }

    @Test
    default void a_refused_append_counts_for_no_condition(EventProbe events) {
        events.append(A, "1");
        events.refused(Reason.WRONG_EXPECTED_VERSION, A, noStream(), events.event("x", "t"));

        events.append(EventAppend.when(unless(EventQuery.tags("t"), EventStore.EMPTY), events.event("x", "t")));
    }

    @Test
    default void the_events_of_an_append_do_not_conflict_with_one_another(EventProbe events) {
        events.append(EventAppend.when(
                unless(EventQuery.tags("t"), EventStore.EMPTY), events.event("x", "t"), events.event("x", "t")));

        assertThat(events.all()).hasSize(2);
    }

    @Test
    default void events_that_were_deleted_count_for_no_condition(EventProbe events) {
        EventQuery query = EventQuery.tags("t");
        AggregateDeletion[] ways = AggregateDeletion.values();
        for (AggregateDeletion way : ways) {
            events.append(new dev.varve.api.AggregateId("way", way.name()), events.event("x", "t"));
        }
        events.append(A, events.event("x", "t"));
        events.append(B, events.event("x", "t"), events.event("y"));
        for (AggregateDeletion way : ways) {
            events.refused(
                    Reason.CONDITION_FAILED, EventAppend.when(unless(query, EventStore.EMPTY), events.event("x", "t")));
            events.store().delete(new dev.varve.api.AggregateId("way", way.name()), any(), way);
        }
        assertThat(events.store().deleteEvents(List.of((long) ways.length))).isEqualTo(1);
        Refused refused = events.refused(
                Reason.CONDITION_FAILED, EventAppend.when(unless(query, EventStore.EMPTY), events.event("x", "t")));
        assertThat(refused.conflictingPosition()).isEqualTo(ways.length + 1L);
        events.store().configure(B, AggregateSettings.NONE.withMaxCount(1));

        events.append(EventAppend.when(unless(query, EventStore.EMPTY), events.event("x", "t")));
        assertThat(events.types(EventRead.all().matching(query))).containsExactly("x");
    }

    @Test
    default void a_redacted_event_counts_as_before(EventProbe events) {
        events.append(A, events.event("x", "t"));
        events.store().redact(0, dev.varve.api.EventData.json("null"));

        events.refused(
                Reason.CONDITION_FAILED,
                EventAppend.when(unless(EventQuery.tags("t"), EventStore.EMPTY), events.event("x", "t")));
    }

    @Test
    default void conditions_go_with_expected_versions(EventProbe events) {
        EventQuery query = EventQuery.tags("t");
        events.append(A, events.event("x", "t"));
        NewEvent event = events.event("x", "t");

        events.refused(
                Reason.CONDITION_FAILED,
                EventAppend.builder()
                        .event(A, event)
                        .check(A, exactly(0))
                        .condition(unless(query, EventStore.EMPTY))
                        .build());
        events.refused(
                Reason.WRONG_EXPECTED_VERSION,
                EventAppend.builder()
                        .event(A, event)
                        .check(A, noStream())
                        .condition(unless(query, EventStore.EMPTY))
                        .build());
        events.append(EventAppend.builder()
                .event(A, event)
                .check(A, exactly(0))
                .condition(unless(query, 0))
                .build());
    }
}
