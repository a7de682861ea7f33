package dev.varve.engine.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AppendCondition;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a request has one task, one caller or the owner look at is bounded, whatever it asks for. */
final class EventWorkTest {

    private static final String STORE = "acme/shop";
    private static final int MANY = 20_000;
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    /** Every event but those of one type, which all are of: nothing narrows it. */
    private static final EventQuery NONE_OF_THEM = EventQuery.of(new EventQuery.Item(Set.of(), Set.of(), Set.of("e")));

    private static final AppendCondition UNSELECTIVE = new AppendCondition(NONE_OF_THEM, EventStore.EMPTY);

    private final SteppedEvents engine = new SteppedEvents(Work.Bounds.USUAL);

    @AfterEach
    void close() {
        engine.close();
    }

    private interface Making {
        NewEvent event(int number);
    }

    private void append(int count, Making making) {
        for (int i = 0; i < count; i += EventAppend.MAX_EVENTS) {
            EventAppend.Builder append = EventAppend.builder();
            for (int at = i; at < Math.min(count, i + EventAppend.MAX_EVENTS); at++) {
                append.event(new AggregateId(at % 2 == 0 ? "even" : "odd", "1"), making.event(at));
            }
            engine.await(engine.events.append(STORE, append.build(), true));
        }
    }

    private void append(int count) {
        append(count, _ -> NewEvent.json("e", "1"));
    }

    private CompletableFuture<EventAppendResult> append(EventQuery unless, long after) {
        return engine.events.append(
                STORE, EventAppend.when(new AppendCondition(unless, after), NewEvent.json("e", "1")), true);
    }

    private static EventAppend unselective() {
        return EventAppend.when(UNSELECTIVE, NewEvent.json("e", "1"));
    }

    private static long position(CompletableFuture<EventAppendResult> answer) {
        return ((Appended) answer.join()).firstPosition();
    }

    // ---- reads

    @Test
    void the_time_at_which_a_read_begins_is_looked_for_in_tasks_that_end_when_nobody_wants_it_any_more() {
        append(MANY, number -> NewEvent.json("e", "1").withTime(number == MANY - 2 ? NOON : NOON.minusSeconds(60)));
        for (int checkpoints = 0; checkpoints < 2; checkpoints++) {
            CompletableFuture<EventSlice> answer =
                    engine.events.read(STORE, EventRead.all().from(NOON));

            assertThat(engine.stepsUntil(answer)).isGreaterThanOrEqualTo(2);
            assertThat(answer.join().events().stream().map(StoredEvent::position))
                    .containsExactly(MANY - 2L, MANY - 1L);

            CompletableFuture<EventSlice> cancelled =
                    engine.events.read(STORE, EventRead.all().from(NOON));
            engine.step();
            cancelled.cancel(false);
            engine.step();
            assertThat(engine.waiting()).isZero();
            engine.checkpoint();
        }
    }

    @Test
    void the_time_at_which_a_read_of_an_aggregate_begins_is_looked_for_in_tasks() {
        append(MANY, number -> NewEvent.json("e", "1").withTime(number == MANY - 2 ? NOON : NOON.minusSeconds(60)));
        engine.checkpoint();

        CompletableFuture<EventSlice> answer = engine.events.read(
                STORE, EventRead.of(new AggregateId("even", "1")).from(NOON));

        assertThat(engine.stepsUntil(answer)).isGreaterThanOrEqualTo(2);
        assertThat(answer.join().events()).hasSize(1);
        assertThat(answer.join().version()).isEqualTo(MANY / 2 - 1);
    }

    @Test
    void what_is_skipped_of_a_category_is_counted_in_tasks() {
        append(2 * MANY);
        for (int checkpoints = 0; checkpoints < 2; checkpoints++) {
            EventRead skipping = EventRead.category("odd").skipping(MANY - 3).withLimit(2);

            CompletableFuture<EventSlice> forward = engine.events.read(STORE, skipping);
            assertThat(engine.stepsUntil(forward)).isGreaterThanOrEqualTo(2);
            assertThat(forward.join().events().stream().map(StoredEvent::version))
                    .containsExactly(MANY - 3L, MANY - 2L);

            CompletableFuture<EventSlice> backward = engine.events.read(STORE, skipping.backward());
            assertThat(engine.stepsUntil(backward)).isGreaterThanOrEqualTo(2);
            assertThat(backward.join().events().stream().map(StoredEvent::version))
                    .containsExactly(2L, 1L);
            engine.checkpoint();
        }
    }

    @Test
    void tags_that_never_come_together_are_looked_for_in_tasks() {
        append(MANY, number -> NewEvent.json("e", "1").withTags(number % 2 == 0 ? "a" : "b"));
        for (int checkpoints = 0; checkpoints < 2; checkpoints++) {
            for (EventRead read : List.of(
                    EventRead.all().matching(EventQuery.tags("a", "b")),
                    EventRead.all().matching(EventQuery.tags("a", "b")).backward())) {
                CompletableFuture<EventSlice> answer = engine.events.read(STORE, read);
                assertThat(engine.stepsUntil(answer)).isGreaterThanOrEqualTo(2);
                assertThat(answer.join().events()).isEmpty();
                assertThat(answer.join().more()).isFalse();
            }
            engine.checkpoint();
        }
    }

    @Test
    void what_memory_has_is_not_looked_through_by_the_caller_without_bound() {
        append(MANY);

        assertThat(engine.events.read(STORE, EventRead.all().withLimit(100))).isDone();
        CompletableFuture<EventSlice> answer =
                engine.events.read(STORE, EventRead.all().matching(NONE_OF_THEM));

        assertThat(answer).isNotDone();
        assertThat(engine.stepsUntil(answer)).isGreaterThanOrEqualTo(2);
        assertThat(answer.join().head()).isEqualTo(MANY - 1);
    }

    @Test
    void events_are_counted_in_tasks_that_end_when_nobody_wants_them_any_more_or_the_store_is_gone() {
        append(MANY);
        engine.checkpoint();

        CompletableFuture<Long> count = engine.events.count(STORE, EventRead.all(), Long.MAX_VALUE);
        assertThat(engine.stepsUntil(count)).isGreaterThanOrEqualTo(3);
        assertThat(count.join()).isEqualTo(MANY);
        assertThat(engine.await(engine.events.count(STORE, EventRead.category("odd"), 7)))
                .isEqualTo(7);

        CompletableFuture<Long> cancelled = engine.events.count(STORE, EventRead.all(), Long.MAX_VALUE);
        engine.step();
        cancelled.cancel(false);
        engine.step();
        assertThat(engine.waiting()).isZero();

        CompletableFuture<Long> gone = engine.events.count(STORE, EventRead.all(), Long.MAX_VALUE);
        engine.step();
        CompletableFuture<?> deleted = engine.entries.deleteStore(STORE);
        engine.await(deleted);
        assertThat(engine.stepsUntil(gone)).isLessThanOrEqualTo(1);
        assertThat(gone.join()).isZero();
    }

    // ---- conditions

    @Test
    void the_owner_leaves_a_condition_that_is_much_work_to_the_pool() {
        append(5_000);

        CompletableFuture<EventAppendResult> near = append(NONE_OF_THEM, 4_900);
        engine.decide();
        assertThat(near).isCompleted();
        CompletableFuture<EventAppendResult> far = append(NONE_OF_THEM, EventStore.EMPTY);
        engine.decide();

        assertThat(far).isNotDone();
        assertThat(engine.waiting()).isOne();
        assertThat(engine.stepsUntil(far)).isOne();
        assertThat(position(far)).isEqualTo(5_001);
    }

    @Test
    void tags_that_never_come_together_hold_the_owner_for_no_longer_than_others() {
        append(5_000, number -> NewEvent.json("e", "1").withTags(number % 2 == 0 ? "a" : "b"));

        CompletableFuture<EventAppendResult> far = append(EventQuery.tags("a", "b"), EventStore.EMPTY);
        engine.decide();

        assertThat(far).isNotDone();
        engine.await(far);
        assertThat(position(far)).isEqualTo(5_000);
    }

    @Test
    void others_do_not_wait_for_a_condition_that_takes_long() {
        try (SteppedEvents quick = new SteppedEvents(new Work.Bounds(100, 100, 10, 512, 3))) {
            EventAppend.Builder many = EventAppend.builder();
            for (int i = 0; i < 5_000; i++) {
                many.event(NewEvent.json("e", "1"));
            }
            quick.await(quick.events.append(STORE, many.build(), true));
            quick.checkpoint();
            CompletableFuture<EventAppendResult> slow = quick.events.append(STORE, unselective(), true);
            CompletableFuture<TransactionResult> transaction = quick.transactions.commit(
                    STORE,
                    Transaction.builder()
                            .condition(UNSELECTIVE)
                            .event(NewEvent.json("e", "1"))
                            .build());
            CompletableFuture<EventAppendResult> other = quick.events.append(
                    STORE, EventAppend.builder().event(NewEvent.json("e", "1")).build(), true);

            assertThat(quick.stepsUntil(other)).isBetween(6, 10); // three for each of those before it
            assertThat(slow).isNotDone();
            assertThat(transaction).isNotDone();
            quick.settle();

            assertThat(position(other)).isEqualTo(5_000);
            assertThat(position(slow)).isEqualTo(5_001);
            assertThat(transaction.join()).isInstanceOf(TransactionResult.Committed.class);
        }
    }

    @Test
    void what_is_taken_away_or_comes_while_a_condition_is_looked_through_counts() {
        try (SteppedEvents quick = new SteppedEvents(new Work.Bounds(100, 100, 10, 512, 3))) {
            EventAppend.Builder many = EventAppend.builder();
            many.event(NewEvent.json("wanted", "1"));
            for (int i = 0; i < 5_000; i++) {
                many.event(NewEvent.json("e", "1"));
            }
            quick.await(quick.events.append(STORE, many.build(), true));
            quick.checkpoint();

            CompletableFuture<EventAppendResult> first = quick.events.append(STORE, unselective(), true);
            for (int i = 0; i < 10; i++) {
                quick.step();
            }
            CompletableFuture<Integer> deleted = quick.events.deleteEvents(STORE, List.of(0L));
            quick.settle();
            assertThat(deleted.join()).isOne();
            assertThat(position(first)).isEqualTo(5_001);

            CompletableFuture<EventAppendResult> second = quick.events.append(STORE, unselective(), true);
            for (int i = 0; i < 10; i++) {
                quick.step();
            }
            CompletableFuture<EventAppendResult> wanted = quick.events.append(
                    STORE,
                    EventAppend.builder().event(NewEvent.json("wanted", "1")).build(),
                    true);
            quick.settle();
            assertThat(position(wanted)).isEqualTo(5_002);
            assertThat(second.join()).isEqualTo(new Refused(Reason.CONDITION_FAILED, List.of(), 5_002, null));
        }
    }

    @Test
    void conditions_that_take_long_are_bounded_in_number() {
        try (SteppedEvents quick = new SteppedEvents(new Work.Bounds(100, 100, 10, 512, 1))) {
            EventAppend.Builder many = EventAppend.builder();
            for (int i = 0; i < 5_000; i++) {
                many.event(NewEvent.json("e", "1"));
            }
            quick.await(quick.events.append(STORE, many.build(), true));
            quick.checkpoint();
            List<CompletableFuture<EventAppendResult>> all = new ArrayList<>();
            for (int i = 0; i < EventsFace.MAX_LONG_SEARCHES + 3; i++) {
                all.add(quick.events.append(STORE, unselective(), true));
            }
            quick.settle();

            assertThat(all).allMatch(CompletableFuture::isDone);
            List<CompletableFuture<EventAppendResult>> refused = all.stream()
                    .filter(CompletableFuture::isCompletedExceptionally)
                    .toList();
            assertThat(refused).hasSizeBetween(1, 3);
            assertThatThrownBy(() -> refused.getFirst().join()).hasMessageContaining("too much");
            assertThat(quick.await(quick.events.append(STORE, unselective(), true)))
                    .isInstanceOf(Appended.class);
        }
    }

    // ---- aggregates

    @Test
    void the_first_event_that_is_left_of_an_aggregate_is_looked_for_in_tasks() {
        append(2 * MANY);
        AggregateId even = new AggregateId("even", "1");
        for (long from = 0; from < 2 * MANY - 2; from += 2 * EventRead.MAX_LIMIT) {
            List<Long> positions = new ArrayList<>();
            for (long at = from; at < Math.min(2 * MANY - 2, from + 2 * EventRead.MAX_LIMIT); at += 2) {
                positions.add(at);
            }
            engine.await(engine.events.deleteEvents(STORE, positions));
        }

        CompletableFuture<AggregateInfo> answer = engine.events.aggregate(STORE, even);

        assertThat(engine.stepsUntil(answer)).isGreaterThanOrEqualTo(2);
        assertThat(answer.join().firstVersion()).isEqualTo(MANY - 1);
        CompletableFuture<List<AggregateInfo>> list = engine.events.aggregates(STORE, null, null, 10);
        assertThat(engine.stepsUntil(list)).isGreaterThanOrEqualTo(2);
        assertThat(list.join()).hasSize(2);
        assertThat(list.join().getFirst()).isEqualTo(answer.join());
    }

    @Test
    void a_page_of_recent_aggregates_costs_no_more_than_itself() {
        EventAppend.Builder one = EventAppend.builder();
        EventAppend.Builder two = EventAppend.builder();
        for (int i = 0; i < 10_000; i++) {
            one.event(new AggregateId("a", "" + i), NewEvent.json("e", "1"));
            two.event(new AggregateId("b", "" + i), NewEvent.json("e", "1"));
        }
        engine.await(engine.events.append(STORE, one.build(), true));
        engine.await(engine.events.append(STORE, two.build(), true));

        CompletableFuture<List<AggregateInfo>> page = engine.events.aggregates(STORE, null, null, 100);
        assertThat(engine.stepsUntil(page)).isGreaterThanOrEqualTo(3); // they are put into order once
        int pages = 1;
        while (page.join().size() == 100) {
            page = engine.events.aggregates(STORE, null, page.join().getLast().id(), 100);
            assertThat(engine.stepsUntil(page)).isOne();
            pages++;
        }
        assertThat(pages).isEqualTo(201);
    }

    @Test
    void aggregates_are_listed_in_order_wherever_they_are() {
        SplittableRandom random = new SplittableRandom(5);
        TreeSet<AggregateId> there = new TreeSet<>();
        for (int round = 0; round < 200; round++) {
            AggregateId aggregate = new AggregateId("c" + random.nextInt(4), "\u00e9" + random.nextInt(40));
            if (random.nextInt(4) == 0) {
                engine.await(engine.events.append(
                        STORE,
                        EventAppend.builder()
                                .event(aggregate, NewEvent.json("e", "1"))
                                .build(),
                        true));
                engine.await(engine.events.delete(STORE, aggregate, ExpectedVersion.any(), AggregateDeletion.REMOVE));
                there.remove(aggregate);
            } else {
                engine.await(engine.events.append(
                        STORE,
                        EventAppend.builder()
                                .event(aggregate, NewEvent.json("e", "1"))
                                .build(),
                        true));
                there.add(aggregate);
            }
            if (random.nextInt(30) == 0) {
                engine.checkpoint();
            }
            if (random.nextInt(10) == 0) {
                String category = random.nextBoolean() ? null : "c" + random.nextInt(5);
                List<AggregateId> expected = there.stream()
                        .filter(each -> category == null || each.type().equals(category))
                        .toList();
                assertThat(listed(category, 1 + random.nextInt(20))).isEqualTo(expected);
            }
        }
        assertThat(engine.await(engine.events.aggregates(STORE, "no/category", null, 5)))
                .isEmpty();
    }

    private List<AggregateId> listed(@Nullable String category, int limit) {
        List<AggregateId> all = new ArrayList<>();
        List<AggregateInfo> page;
        do {
            page = engine.await(engine.events.aggregates(STORE, category, all.isEmpty() ? null : all.getLast(), limit));
            page.forEach(info -> all.add(info.id()));
        } while (page.size() == limit);
        return all;
    }
}
