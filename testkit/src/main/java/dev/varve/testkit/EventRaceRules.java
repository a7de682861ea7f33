package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.A;
import static dev.varve.testkit.EventProbe.B;
import static dev.varve.testkit.EventProbe.any;
import static dev.varve.testkit.EventProbe.appended;
import static dev.varve.testkit.EventProbe.exactly;
import static dev.varve.testkit.EventProbe.noStream;
import static dev.varve.testkit.EventProbe.unless;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventQuery;
import dev.varve.api.EventQuery.Item;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds when many threads append. Nothing here depends on how the threads happen to run. */
interface EventRaceRules {

    int THREADS = 6;
    int ROUNDS = 10;

    /** An append of one of the threads that race, in a store that ends at a position. */
    interface Racer extends BiFunction<EventProbe, Integer, EventAppend> {}

    private static EventAppend reserved(EventProbe events, EventQuery query, long after, String type, String... tags) {
        return EventAppend.when(unless(query, after), events.event(type, tags));
    }

    /** Appends of which exactly one can win, since the event of each is ruled out by the condition of each other. */
    static Stream<Arguments> conditions() {
        EventQuery both = EventQuery.of(Item.types("Reserved").tagged("seat:1"));
        return Stream.of(
                row("one boundary", (events, i) -> reserved(events, both, 0, "Reserved", "seat:1", "by:" + i)),
                row(
                        "one boundary without a position",
                        (events, i) -> reserved(events, both, EventStore.EMPTY, "Reserved", "seat:1")),
                row(
                        "a type and a tag over one event",
                        (events, i) -> reserved(
                                events,
                                i % 2 == 0 ? EventQuery.types("Reserved") : EventQuery.tags("seat:1"),
                                0,
                                "Reserved",
                                "seat:1")),
                row(
                        "overlapping types",
                        (events, i) -> reserved(
                                events,
                                i % 2 == 0
                                        ? EventQuery.types("Reserved", "Closed")
                                        : EventQuery.types("Closed", "Opened", "Reserved"),
                                0,
                                i % 2 == 0 ? "Reserved" : "Closed")),
                row(
                        "overlapping tags",
                        (events, i) -> reserved(
                                events,
                                i % 2 == 0 ? EventQuery.tags("a") : EventQuery.of(Item.tags("a"), Item.tags("b")),
                                0,
                                "Reserved",
                                i % 2 == 0 ? "a" : "b",
                                "a")),
                row(
                        "a boundary of two tags",
                        (events, i) -> reserved(
                                events,
                                EventQuery.tags("course:1", "student:7"),
                                0,
                                "Reserved",
                                "student:7",
                                "course:1",
                                "by:" + i)),
                row(
                        "either of two tags",
                        (events, i) -> reserved(
                                events,
                                EventQuery.of(Item.tags("course:1"), Item.tags("student:7")),
                                0,
                                "Reserved",
                                i % 2 == 0 ? "course:1" : "student:7")),
                row("everything", (events, i) -> reserved(events, EventQuery.ALL, 0, "e" + i)));
    }

    private static Arguments row(String what, Racer racer) {
        return Arguments.of(what, racer);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("conditions")
    default void of_appends_under_conditions_over_one_boundary_one_wins(String what, Racer racer, EventProbe events) {
        for (int round = 0; round < ROUNDS; round++) {
            EventStore store = events.store("acme/r" + round);
            store.append(A, any(), events.event("before"));
            List<Callable<EventAppendResult>> tasks = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                EventAppend append = racer.apply(events, i);
                tasks.add(() -> store.tryAppend(append));
            }

            List<EventAppendResult> results = EventProbe.together(tasks);

            oneWon(results, Reason.CONDITION_FAILED);
            assertThat(store.head()).isEqualTo(1);
            results.stream()
                    .filter(Refused.class::isInstance)
                    .forEach(refused -> assertThat(((Refused) refused).conflictingPosition())
                            .isEqualTo(1));
        }
    }

    private static void oneWon(List<EventAppendResult> results, Reason reason) {
        assertThat(results).filteredOn(Appended.class::isInstance).hasSize(1);
        assertThat(results)
                .filteredOn(Refused.class::isInstance)
                .hasSize(results.size() - 1)
                .allSatisfy(refused -> assertThat(((Refused) refused).reason()).isEqualTo(reason));
    }

    @ParameterizedTest
    @ValueSource(strings = {"types", "tags", "aggregates"})
    default void appends_over_other_boundaries_all_win(String what, EventProbe events) {
        events.append(A, "before");
        for (int round = 0; round < ROUNDS; round++) {
            long head = events.store().head();
            String unique = what + round + "-";

            List<EventAppendResult> results = events.race(THREADS, i -> switch (what) {
                case "types" -> reserved(events, EventQuery.types(unique + i), head, unique + i, "shared");
                case "tags" -> reserved(events, EventQuery.tags(unique + i), head, "Shared", unique + i);
                default -> EventAppend.to(new AggregateId("race", unique + i), noStream(), events.events("Shared"));
            });

            assertThat(results).allMatch(Appended.class::isInstance);
            assertThat(events.store().head()).isEqualTo(head + THREADS);
        }
    }

    @Test
    default void of_appends_at_one_version_one_wins(EventProbe events) {
        for (int round = 0; round < ROUNDS; round++) {
            long version = round - 1L;

            List<EventAppendResult> results =
                    events.race(THREADS, i -> EventAppend.to(A, exactly(version), events.events("e" + i)));

            oneWon(results, Reason.WRONG_EXPECTED_VERSION);
            assertThat(events.version(A)).isEqualTo(round);
            for (EventAppendResult result : results) {
                if (result instanceof Refused refused) {
                    assertThat(refused.violations().get(0).actual()).isEqualTo(round);
                }
            }
        }
    }

    @Test
    default void of_the_same_append_many_times_one_writes(EventProbe events) {
        for (int round = 0; round < ROUNDS; round++) {
            EventAppend append =
                    EventAppend.to(A, round % 2 == 0 ? any() : exactly(2L * round - 1), events.events("x", "y"));

            List<EventAppendResult> results = events.race(THREADS, i -> append);

            assertThat(results.stream().map(EventProbe::appended).filter(appended -> !appended.idempotent()))
                    .hasSize(1);
            assertThat(results.stream().map(EventProbe::appended).map(Appended::firstPosition))
                    .containsOnly(2L * round);
            assertThat(events.version(A)).isEqualTo(2L * round + 1);
        }
    }

    /** Each checks what the other writes: were both to win, neither would have seen the other. */
    @Test
    default void of_appends_that_check_each_other_one_wins(EventProbe events) {
        for (int round = 0; round < ROUNDS; round++) {
            AggregateId left = new AggregateId("left", "" + round);
            AggregateId right = new AggregateId("right", "" + round);

            List<EventAppendResult> results = events.race(
                    2,
                    i -> EventAppend.builder()
                            .event(i == 0 ? left : right, events.event("x"))
                            .check(i == 0 ? right : left, noStream())
                            .build());

            oneWon(results, Reason.WRONG_EXPECTED_VERSION);
        }
    }

    @Test
    default void of_appends_with_one_tracking_one_wins(EventProbe events) {
        for (int round = 0; round < ROUNDS; round++) {
            int position = round;

            List<EventAppendResult> results = events.race(
                    THREADS,
                    i -> EventAppend.builder()
                            .event(A, events.event("x"))
                            .tracking("s", position)
                            .build());

            oneWon(results, Reason.TRACKING_NOT_INCREASING);
        }
    }

    @Test
    default void appends_without_conditions_all_win_and_do_not_mix(EventProbe events) {
        int appends = 25;
        List<Callable<List<Appended>>> tasks = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            tasks.add(() -> {
                List<Appended> made = new ArrayList<>();
                for (int i = 0; i < appends; i++) {
                    made.add(appended(events.store()
                            .tryAppend(EventAppend.builder()
                                    .event(A, events.event("x"))
                                    .event(B, events.event("y"))
                                    .event(A, events.event("z"))
                                    .build())));
                }
                return made;
            });
        }

        List<Appended> made =
                EventProbe.together(tasks).stream().flatMap(List::stream).toList();

        List<StoredEvent> all = events.all();
        assertThat(all).hasSize(3 * THREADS * appends);
        assertThat(made.stream().map(Appended::firstPosition).distinct()).hasSize(made.size());
        for (int i = 0; i < all.size(); i++) {
            StoredEvent event = all.get(i);
            assertThat(event.position()).isEqualTo(i);
            assertThat(event.appendFirst()).isEqualTo(i / 3 * 3L);
            assertThat(event.appendLast()).isEqualTo(i / 3 * 3L + 2);
            assertThat(event.type()).isEqualTo(List.of("x", "y", "z").get(i % 3));
        }
        for (AggregateId aggregate : List.of(A, B)) {
            List<StoredEvent> found = events.all(EventRead.of(aggregate));
            for (int i = 0; i < found.size(); i++) {
                assertThat(found.get(i).version()).isEqualTo(i);
            }
        }
        assertThat(all).extracting(StoredEvent::recordedAt).isSorted();
    }

    @Test
    default void readers_never_see_a_part_of_an_append_or_a_gap(EventProbe events) {
        int appends = 60;
        AtomicInteger writing = new AtomicInteger(2);
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            tasks.add(() -> {
                for (int i = 0; i < appends; i++) {
                    NewEvent[] several = Stream.generate(() -> events.event("x"))
                            .limit(1 + i % 5)
                            .toArray(NewEvent[]::new);
                    events.store().append(i % 2 == 0 ? A : B, any(), several);
                }
                writing.decrementAndGet();
                return true;
            });
        }
        for (int t = 0; t < 2; t++) {
            tasks.add(() -> {
                long seen = EventStore.EMPTY;
                boolean last = false;
                while (!last) {
                    last = writing.get() == 0;
                    EventSlice slice = events.store().fetch(seen);
                    List<StoredEvent> found = slice.events();
                    for (StoredEvent event : found) {
                        assertThat(event.position()).isEqualTo(++seen);
                    }
                    if (!found.isEmpty()) {
                        StoredEvent end = found.get(found.size() - 1);
                        assertThat(end.appendLast()).isEqualTo(end.position());
                        assertThat(slice.head()).isEqualTo(end.position());
                    }
                }
                assertThat(seen).isEqualTo(events.store().head());
                return true;
            });
        }

        assertThat(EventProbe.together(tasks)).containsOnly(true);
    }

    /** Reserves seats as a program does: reads, decides, appends under the condition of what it read, and tries again. */
    @Test
    default void no_seat_is_reserved_twice(EventProbe events) {
        int seats = 10;
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            tasks.add(() -> {
                int won = 0;
                for (int seat = 0; seat < seats; seat++) {
                    EventQuery query = EventQuery.of(Item.types("Reserved").tagged("seat:" + seat));
                    EventSlice seen = events.store().read(EventRead.all().matching(query));
                    if (seen.events().isEmpty()
                            && events.store()
                                            .tryAppend(reserved(events, query, seen.head(), "Reserved", "seat:" + seat))
                                    instanceof Appended) {
                        won++;
                    }
                }
                return won;
            });
        }

        assertThat(EventProbe.together(tasks).stream().mapToInt(won -> won).sum())
                .isEqualTo(seats);
        assertThat(events.all()).hasSize(seats);
    }
}
