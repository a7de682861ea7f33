package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.A;
import static dev.varve.testkit.EventProbe.B;
import static dev.varve.testkit.EventProbe.C;
import static dev.varve.testkit.EventProbe.any;
import static dev.varve.testkit.EventProbe.exactly;
import static dev.varve.testkit.EventProbe.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventData;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventQuery.Item;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What reads find, in which order, and what they tell besides. Queries are also in {@link EventConditionRules}. */
interface EventReadRules {

    /** Types are names here: a letter for the aggregate and the version. */
    private static void fill(EventProbe events) {
        events.append(A, "a0"); // 0
        events.append(B, "b0"); // 1
        events.append(C, "c0"); // 2
        events.append(A, "a1", "a2"); // 3, 4
        events.append(EventAppend.builder().event(events.event("none")).build()); // 5
        events.append(EventAppend.builder()
                .event(B, events.event("b1", "t"))
                .event(A, events.event("a3", "t"))
                .build()); // 6, 7
        events.append(C, "c1"); // 8
        events.append(A, "a4"); // 9
    }

    private static Arguments row(String what, EventRead read, String... types) {
        return Arguments.of(what, read, List.of(types));
    }

    static Stream<Arguments> reads() {
        EventRead all = EventRead.all();
        EventRead a = EventRead.of(A);
        EventRead orders = EventRead.category("order");
        EventFilter none = EventFilter.NONE;
        return Stream.of(
                row("all", all, "a0", "b0", "c0", "a1", "a2", "none", "b1", "a3", "c1", "a4"),
                row("all after", all.after(5), "b1", "a3", "c1", "a4"),
                row("all up to", all.upTo(2), "a0", "b0", "c0"),
                row("all between", all.after(2).upTo(5), "a1", "a2", "none"),
                row("all of nothing between", all.after(5).upTo(5)),
                row("all between in the wrong order", all.after(5).upTo(2)),
                row("all after the head", all.after(9)),
                row("all after far beyond the head", all.after(Long.MAX_VALUE)),
                row("all up to before the first", all.upTo(EventStore.EMPTY)),
                row("all backward", all.backward(), "a4", "c1", "a3", "b1", "none", "a2", "a1", "c0", "b0", "a0"),
                row("all backward between", all.after(2).upTo(5).backward(), "none", "a2", "a1"),
                row("the oldest", all.withLimit(2), "a0", "b0"),
                row("the newest", all.backward().withLimit(2), "a4", "c1"),
                row("a limit beyond", all.after(7).withLimit(1000), "c1", "a4"),
                row("all skipping", all.skipping(8), "c1", "a4"),
                row("all skipping after", all.after(2).skipping(3).withLimit(2), "b1", "a3"),
                row("all skipping backward", all.backward().skipping(8), "b0", "a0"),
                row("all skipping all", all.skipping(10)),
                row("all skipping far more", all.skipping(Long.MAX_VALUE)),
                row("all skipping far more backward", all.backward().skipping(Long.MAX_VALUE)),
                row("aggregate", a, "a0", "a1", "a2", "a3", "a4"),
                row("aggregate after", a.after(2), "a3", "a4"),
                row("aggregate after the last", a.after(4)),
                row("aggregate far beyond", a.after(1000)),
                row("aggregate up to", a.upTo(1), "a0", "a1"),
                row("aggregate between", a.after(0).upTo(3), "a1", "a2", "a3"),
                row("aggregate backward", a.backward(), "a4", "a3", "a2", "a1", "a0"),
                row("aggregate backward between", a.after(0).upTo(3).backward(), "a3", "a2", "a1"),
                row("aggregate, the oldest", a.withLimit(2), "a0", "a1"),
                row("aggregate, the newest", a.backward().withLimit(2), "a4", "a3"),
                row("aggregate skipping", a.skipping(3), "a3", "a4"),
                row("aggregate skipping after", a.after(0).skipping(2), "a3", "a4"),
                row("aggregate skipping backward", a.backward().skipping(3), "a1", "a0"),
                row("aggregate skipping all", a.skipping(5)),
                row("unknown aggregate", EventRead.of(new AggregateId("order", "x"))),
                row("category", orders, "a0", "b0", "a1", "a2", "b1", "a3", "a4"),
                row("category with a longer name", EventRead.category("orders"), "c0", "c1"),
                row("part of a category", EventRead.category("orde")),
                row("category after a position", orders.after(4), "b1", "a3", "a4"),
                row("category up to a position", orders.upTo(4), "a0", "b0", "a1", "a2"),
                row("category backward", orders.backward().withLimit(3), "a4", "a3", "b1"),
                row("category skipping", orders.skipping(2), "a1", "a2", "b1", "a3", "a4"),
                row("category skipping backward", orders.backward().skipping(5), "b0", "a0"),
                row("by type", all.matching(EventQuery.types("a1", "c1", "x")), "a1", "c1"),
                row("by tag", all.matching(EventQuery.tags("t")), "b1", "a3"),
                row("by query in an aggregate", a.matching(EventQuery.types("a1", "b0", "a3")), "a1", "a3"),
                row("by tag in an aggregate", a.matching(EventQuery.tags("t")), "a3"),
                row("by tag in a category", EventRead.category("orders").matching(EventQuery.tags("t"))),
                row("by query in a category", orders.matching(EventQuery.types("b0", "c0", "a4")), "b0", "a4"),
                row(
                        "without types in an aggregate",
                        a.matching(EventQuery.of(new Item(Set.of(), Set.of(), Set.of("a0", "a4")))),
                        "a1",
                        "a2",
                        "a3"),
                row(
                        "the oldest by query",
                        all.matching(EventQuery.types("a1", "a2", "a3")).withLimit(2),
                        "a1",
                        "a2"),
                row(
                        "the newest by query",
                        all.matching(EventQuery.types("a1", "a2", "a3"))
                                .backward()
                                .withLimit(2),
                        "a3",
                        "a2"),
                row(
                        "skipping before the query",
                        all.matching(EventQuery.types("a1", "a2", "a3")).skipping(4),
                        "a2",
                        "a3"),
                row(
                        "skipping before the query in an aggregate",
                        a.matching(EventQuery.types("a1", "a2", "a3")).skipping(2),
                        "a2",
                        "a3"),
                row(
                        "skipping before the query backward",
                        a.matching(EventQuery.types("a1", "a2", "a3"))
                                .backward()
                                .skipping(2),
                        "a2",
                        "a1"),
                row("by beginning of the type", all.filtered(none.withTypePrefix("a")), "a0", "a1", "a2", "a3", "a4"),
                row("by beginning of the id", all.filtered(none.withIdPrefix("c")), "c0", "c1"),
                row("in an aggregate by beginning of the type", a.filtered(none.withTypePrefix("a3")), "a3"),
                row(
                        "skipping before the filter",
                        all.filtered(none.withTypePrefix("a")).skipping(4),
                        "a2",
                        "a3",
                        "a4"),
                row(
                        "by query and filter",
                        all.matching(EventQuery.tags("t")).filtered(none.withTypePrefix("b")),
                        "b1"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("reads")
    default void reads_give(String what, EventRead read, List<String> types, EventProbe events) {
        fill(events);

        EventSlice slice = events.store().read(read);

        assertThat(slice.events()).extracting(StoredEvent::type).isEqualTo(types);
        assertThat(slice.head()).as("the head, whatever is read").isEqualTo(9);
        if (read.aggregate() == null) {
            assertThat(slice.status()).isEqualTo(AggregateStatus.LIVE);
            assertThat(slice.version()).isEqualTo(EventStore.EMPTY);
        } else if (read.aggregate().equals(A)) {
            assertThat(slice.status()).isEqualTo(AggregateStatus.LIVE);
            assertThat(slice.version()).as("the version, whatever is read").isEqualTo(4);
        } else {
            assertThat(slice.status()).isEqualTo(AggregateStatus.EMPTY);
            assertThat(slice.version()).isEqualTo(EventStore.EMPTY);
        }
    }

    /** Reading on from slice to slice gives the same as reading at once. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("reads")
    default void reads_go_on(String what, EventRead read, List<String> types, EventProbe events) {
        fill(events);
        List<String> whole = events.types(read.withLimit(EventRead.MAX_LIMIT));

        for (int limit = 1; limit <= 4; limit++) {
            assertThat(events.types(read.withLimit(limit))).isEqualTo(whole);
            assertThat(events.store().stream(read.withLimit(limit))
                            .map(StoredEvent::type)
                            .toList())
                    .isEqualTo(whole);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("reads")
    default void counts_take_no_skip_limit_or_direction(
            String what, EventRead read, List<String> types, EventProbe events) {
        fill(events);
        EventRead plain = new EventRead(
                read.aggregate(),
                read.category(),
                read.query(),
                read.filter(),
                false,
                read.after(),
                read.upTo(),
                null,
                0,
                EventRead.MAX_LIMIT);
        long count = events.store().read(plain).events().size();

        assertThat(events.store().count(read)).isEqualTo(count);
        assertThat(events.store().exists(read)).isEqualTo(count > 0);
        assertThat(events.store().count(read.skipping(3).withLimit(1))).isEqualTo(count);
    }

    @Test
    default void a_read_that_finds_nothing_moves_on(EventProbe events) {
        fill(events);

        EventSlice all = events.store().read(EventRead.all().matching(EventQuery.types("unknown")));
        EventSlice aggregate = events.store().read(EventRead.of(A).matching(EventQuery.types("unknown")));

        assertThat(all.events()).isEmpty();
        assertThat(all.more()).isFalse();
        assertThat(all.next()).isEqualTo(9);
        assertThat(aggregate.next()).isEqualTo(4);
        assertThat(events.store().read(EventRead.category("unknown")).next()).isEqualTo(9);
        assertThat(events.store().read(EventRead.all().upTo(6)).next()).isEqualTo(6);
        assertThat(events.store().fetch(1000).next()).isEqualTo(1000);
    }

    @Test
    default void what_comes_later_is_read_from_where_a_read_ended(EventProbe events) {
        fill(events);
        EventRead read = EventRead.category("order");
        EventSlice slice = events.store().read(read);

        events.append(C, "c2");
        events.append(A, "a5");

        assertThat(events.types(read.next(slice))).containsExactly("a5");
    }

    @Test
    default void an_append_may_expect_the_version_of_a_filtered_read(EventProbe events) {
        fill(events);
        EventSlice slice = events.store()
                .read(EventRead.of(A).matching(EventQuery.types("a1")).withLimit(1));
        assertThat(slice.events()).extracting(StoredEvent::type).containsExactly("a1");

        events.append(EventAppend.to(A, exactly(slice.version()), events.events("a5")));
    }

    @Test
    default void skipping_counts_what_was_deleted(EventProbe events) {
        fill(events);
        events.store().deleteEvents(List.of(0L, 3L));
        events.store().delete(B, any(), AggregateDeletion.SOFT);

        assertThat(events.types(EventRead.all().skipping(3))).containsExactly("a2", "none", "a3", "c1", "a4");
        assertThat(events.types(EventRead.of(A).skipping(1))).containsExactly("a2", "a3", "a4");
        assertThat(events.types(EventRead.of(A).skipping(2))).containsExactly("a2", "a3", "a4");
        assertThat(events.types(EventRead.of(A).skipping(3))).containsExactly("a3", "a4");
        assertThat(events.types(EventRead.of(A).backward().skipping(3))).isEmpty();
        assertThat(events.types(EventRead.all().backward().skipping(5))).containsExactly("a2", "c0");
        events.store().scavenge();
        assertThat(events.types(EventRead.all().skipping(3))).containsExactly("a2", "none", "a3", "c1", "a4");
        assertThat(events.types(EventRead.of(A).skipping(3))).containsExactly("a3", "a4");
    }

    @Test
    default void a_limit_counts_what_is_given(EventProbe events) {
        fill(events);
        events.store().deleteEvents(List.of(0L, 3L));

        assertThat(events.slice(EventRead.all().withLimit(3))).containsExactly("b0", "c0", "a2");
        assertThat(events.slice(EventRead.of(A).withLimit(2))).containsExactly("a2", "a3");
        assertThat(events.slice(EventRead.of(A).backward().withLimit(3))).containsExactly("a4", "a3", "a2");
    }

    @Test
    default void filters_look_at_ids_times_and_metadata(EventProbe events) {
        Instant noon = Instant.parse("2026-11-21T12:00:00Z");
        NewEvent first = events.event("1").withTime(noon);
        NewEvent second = events.event("2")
                .withTime(noon.plusNanos(1))
                .withMetadata("m", "x")
                .withMetadata("n", "1");
        NewEvent third = events.event("3").withTime(noon.minusSeconds(60)).withMetadata("m", "x");
        NewEvent fourth = events.event("4").withTime(noon.plusSeconds(60)).withMetadata("m", "y");
        events.append(A, first, second);
        events.append(B, third, fourth);
        EventFilter none = EventFilter.NONE;

        assertThat(events.types(filtered(none.withIds(Set.of(fourth.id(), first.id(), UUID.randomUUID())))))
                .containsExactly("1", "4");
        assertThat(events.types(filtered(none.withIds(Set.of(UUID.randomUUID())))))
                .isEmpty();
        assertThat(events.types(filtered(none.withTimes(noon, null)))).containsExactly("1", "2", "4");
        assertThat(events.types(filtered(none.withTimes(noon.plusNanos(1), null))))
                .containsExactly("2", "4");
        assertThat(events.types(filtered(none.withTimes(null, noon)))).containsExactly("3");
        assertThat(events.types(filtered(none.withTimes(null, noon.plusNanos(1)))))
                .containsExactly("1", "3");
        assertThat(events.types(filtered(none.withTimes(noon, noon)))).isEmpty();
        assertThat(events.types(filtered(none.withTimes(noon, noon.plusNanos(1)))))
                .containsExactly("1");
        assertThat(events.types(filtered(none.withMetadata("m", "x")))).containsExactly("2", "3");
        assertThat(events.types(filtered(none.withMetadata("m", "x").withMetadata("n", "1"))))
                .containsExactly("2");
        assertThat(events.types(filtered(none.withMetadata("m", "X")))).isEmpty();
        assertThat(events.types(filtered(none.withMetadata("M", "x")))).isEmpty();
        assertThat(events.types(EventRead.of(B).filtered(none.withMetadata("m", "x"))))
                .containsExactly("3");
        assertThat(events.store().count(filtered(none.withTimes(noon, null)))).isEqualTo(3);
    }

    private static EventRead filtered(EventFilter filter) {
        return EventRead.all().filtered(filter);
    }

    @Test
    default void a_beginning_of_ids_covers_what_is_below(EventProbe events) {
        for (String id : List.of("eu", "eu/de", "eu/de/1", "eu/fr/1", "eux", "us/1")) {
            events.append(new AggregateId("site", id), id);
        }
        events.append(EventAppend.builder().event(events.event("none")).build());

        assertThat(events.types(filtered(EventFilter.NONE.withIdPrefix("eu/"))))
                .containsExactly("eu/de", "eu/de/1", "eu/fr/1");
        assertThat(events.types(EventRead.category("site").filtered(EventFilter.NONE.withIdPrefix("eu/de"))))
                .containsExactly("eu/de", "eu/de/1");
    }

    @Test
    default void reading_begins_at_a_time_in_the_order_of_positions(EventProbe events) {
        Instant noon = Instant.parse("2026-11-21T12:00:00Z");
        events.append(A, events.event("1").withTime(noon.minusSeconds(10)));
        events.append(B, events.event("2").withTime(noon.plusSeconds(10)));
        events.append(A, events.event("3").withTime(noon.minusSeconds(5)));
        events.append(A, events.event("4").withTime(noon));

        assertThat(events.types(EventRead.all().from(noon.minusSeconds(60)))).containsExactly("1", "2", "3", "4");
        assertThat(events.types(EventRead.all().from(noon.minusSeconds(10)))).containsExactly("1", "2", "3", "4");
        assertThat(events.types(EventRead.all().from(noon))).containsExactly("2", "3", "4");
        assertThat(events.types(EventRead.all().from(noon.plusSeconds(10)))).containsExactly("2", "3", "4");
        assertThat(events.types(EventRead.of(A).from(noon.minusSeconds(5)))).containsExactly("3", "4");
        assertThat(events.types(EventRead.of(A).from(noon))).containsExactly("4");
        assertThat(events.types(EventRead.all().from(noon).withLimit(1))).containsExactly("2", "3", "4");
        assertThat(events.slice(EventRead.all().from(noon).withLimit(1))).containsExactly("2");
        EventSlice none = events.store().read(EventRead.all().from(noon.plusSeconds(11)));
        assertThat(none.events()).isEmpty();
        assertThat(none.more()).isFalse();
        assertThat(none.next()).isEqualTo(3);
        assertThat(none.head()).isEqualTo(3);
    }

    @Test
    default void a_read_may_begin_with_the_last_event_of_a_kind(EventProbe events) {
        fill(events);
        EventRead all = EventRead.all();
        EventRead a = EventRead.of(A);

        assertThat(fromLatest(events, all, EventQuery.types("none", "a1")))
                .contains(List.of("none", "b1", "a3", "c1", "a4"));
        assertThat(fromLatest(events, a, EventQuery.types("a1", "a2"))).contains(List.of("a2", "a3", "a4"));
        assertThat(fromLatest(events, a, EventQuery.ALL)).contains(List.of("a4"));
        assertThat(fromLatest(events, EventRead.category("order"), EventQuery.tags("t")))
                .contains(List.of("a3", "a4"));
        assertThat(fromLatest(events, all.upTo(3), EventQuery.types("b0", "b1")))
                .contains(List.of("b0", "c0", "a1"));
        assertThat(fromLatest(events, all.after(6), EventQuery.types("b1"))).isEmpty();
        assertThat(fromLatest(events, a, EventQuery.types("b1"))).isEmpty();
        assertThat(fromLatest(events, EventRead.category("cart"), EventQuery.ALL))
                .isEmpty();
        // What is read is what the read says, wherever it begins.
        assertThat(fromLatest(events, all.matching(EventQuery.types("a2", "a3", "c0")), EventQuery.types("c0")))
                .contains(List.of("c0", "a2", "a3"));
        assertThat(fromLatest(events, all.filtered(EventFilter.NONE.withTypePrefix("c")), EventQuery.types("b1")))
                .contains(List.of("c1"));
        failure(ErrorKind.INVALID_PARAMS, () -> events.store().fromLatest(all.backward(), EventQuery.ALL));

        events.append(A, "a1");
        assertThat(fromLatest(events, a, EventQuery.types("a1"))).contains(List.of("a1"));
        events.store().deleteEvents(List.of(10L));
        assertThat(fromLatest(events, a, EventQuery.types("a1"))).contains(List.of("a1", "a2", "a3", "a4"));
    }

    private static Optional<List<String>> fromLatest(EventProbe events, EventRead read, EventQuery kind) {
        return events.store().fromLatest(read, kind).map(found -> events.types(found));
    }

    @Test
    default void slices_are_bounded_in_bytes(EventProbe events) {
        byte[] half = new byte[EventSlice.MAX_BYTES / 2];
        byte[] twice = new byte[EventSlice.MAX_BYTES * 2];
        for (int i = 0; i < 6; i++) {
            events.append(A, NewEvent.of("e" + i, EventData.of("application/octet-stream", i == 3 ? twice : half)));
        }

        for (EventRead read :
                List.of(EventRead.all(), EventRead.of(A), EventRead.all().backward())) {
            List<String> types = new ArrayList<>();
            EventRead at = read;
            EventSlice slice;
            do {
                slice = events.store().read(at);
                assertThat(slice.events()).isNotEmpty();
                // One more than fits at most.
                assertThat(slice.events().stream()
                                .limit(slice.events().size() - 1L)
                                .mapToLong(event -> event.data().size())
                                .sum())
                        .isLessThanOrEqualTo(EventSlice.MAX_BYTES);
                slice.events().forEach(event -> types.add(event.type()));
                at = at.next(slice);
            } while (slice.more());
            assertThat(types).containsExactlyInAnyOrder("e0", "e1", "e2", "e3", "e4", "e5");
        }
    }

    @Test
    default void long_logs_are_read_slice_by_slice(EventProbe events) {
        int count = 3 * EventRead.MAX_LIMIT + 1;
        int block = 500;
        for (int i = 0; i < count; i += block) {
            int from = i;
            events.append(
                    i % 1000 == 0 ? A : B,
                    IntStream.range(from, Math.min(count, from + block))
                            .mapToObj(n -> events.event("e" + n % 100))
                            .toArray(NewEvent[]::new));
        }

        assertThat(events.store().stream(EventRead.all()).mapToLong(StoredEvent::position))
                .containsExactly(
                        IntStream.range(0, count).mapToObj(Long::valueOf).toArray(Long[]::new));
        assertThat(events.all(EventRead.all().backward())).hasSize(count);
        assertThat(events.store().count(EventRead.all())).isEqualTo(count);
        assertThat(events.types(EventRead.all().matching(EventQuery.types("e7")).withLimit(10)))
                .hasSize(count / 100);
        EventSlice last = events.store().read(EventRead.all().after(count - 2L).withLimit(EventRead.MAX_LIMIT));
        assertThat(last.events()).hasSize(1);
    }

    @Test
    default void streams_are_lazy(EventProbe events) {
        events.append(A, "1", "2", "3");
        try (Stream<StoredEvent> stream = events.store().stream(EventRead.all().withLimit(1))) {
            List<String> seen = new ArrayList<>();
            stream.peek(event -> {
                        if (event.type().equals("3")) {
                            events.store().append(A, any(), events.event("4"));
                        }
                    })
                    .forEach(event -> seen.add(event.type()));
            assertThat(seen).startsWith("1", "2", "3");
        }
        assertThat(events.types(A)).containsExactly("1", "2", "3", "4");
    }

    @Test
    default void aggregates_are_listed_in_order(EventProbe events) {
        List<AggregateId> aggregates = Stream.of(
                        "b/1", "b/\u00e9", "b/\ud83d\ude00", "b/\uffee", "b/", "a/z", "a/", "c/1")
                .map(text -> text.endsWith("/") ? text + "0" : text)
                .map(AggregateId::parse)
                .toList();
        aggregates.forEach(aggregate -> events.append(aggregate, "1"));
        events.append(AggregateId.parse("a/z"), "2");
        events.append(EventAppend.builder().event(events.event("none")).build());

        assertThat(events.store().aggregates(null).map(AggregateInfo::id))
                .containsExactlyElementsOf(aggregates.stream().sorted().toList());
        assertThat(events.store().aggregates("b").map(AggregateInfo::id))
                .containsExactlyElementsOf(aggregates.stream()
                        .filter(id -> id.type().equals("b"))
                        .sorted()
                        .toList());
        assertThat(events.store().aggregates("x")).isEmpty();
        AggregateInfo info = events.store()
                .aggregates("a")
                .filter(one -> one.id().id().equals("z"))
                .findFirst()
                .orElseThrow();
        assertThat(info).isEqualTo(events.info(AggregateId.parse("a/z")));
        assertThat(info.version()).isEqualTo(1);
        assertThat(info.firstVersion()).isZero();
        assertThat(info.lastPosition()).isEqualTo(aggregates.size());
        assertThat(info.status()).isEqualTo(AggregateStatus.LIVE);
    }

    @Test
    default void many_aggregates_are_listed(EventProbe events) {
        int count = EventRead.MAX_LIMIT + 5;
        EventAppend.Builder append = EventAppend.builder();
        for (int i = 0; i < count; i++) {
            append.event(new AggregateId("many", "" + (10_000 + i)), events.event("1"));
        }
        events.append(append.build());

        assertThat(events.store().aggregates("many")).hasSize(count);
        assertThat(events.store().aggregates(null).map(AggregateInfo::id))
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    default void bounds_that_cannot_be_are_refused_also_where_nothing_is(EventProbe events) {
        failure(
                ErrorKind.INVALID_PARAMS,
                () -> events.store().read(EventRead.of(A).skipping(-1)));
        failure(
                ErrorKind.INVALID_PARAMS,
                () -> events.store().read(EventRead.all().withLimit(0)));
        failure(
                ErrorKind.INVALID_PARAMS,
                () -> events.store().read(EventRead.all().after(-2)));
    }
}
