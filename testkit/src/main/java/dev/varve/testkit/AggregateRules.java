package dev.varve.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateStatus;
import dev.varve.api.Aggregates;
import dev.varve.api.Decider;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventCodec;
import dev.varve.api.EventData;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Outcome;
import dev.varve.api.Snapshot;
import dev.varve.api.Steps;
import dev.varve.api.StoredEvent;
import dev.varve.api.StreamCodec;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Commands for aggregates: races, failures, what is kept in memory, snapshots. */
abstract class AggregateRules {

    // ---- a counter

    sealed interface Command {}

    record Create() implements Command {}

    record Increment(int by) implements Command {}

    record Destroy() implements Command {}

    record Nothing() implements Command {}

    sealed interface CounterEvent {}

    record Created() implements CounterEvent {}

    record Incremented(int by) implements CounterEvent {}

    record Destroyed() implements CounterEvent {}

    record Counter(boolean created, boolean destroyed, int value) {}

    static class CounterDecider implements Decider<Counter, Command, CounterEvent> {
        @Override
        public Counter initial() {
            return new Counter(false, false, 0);
        }

        @Override
        public List<CounterEvent> decide(Command command, Counter state) {
            if (command instanceof Nothing) {
                return List.of();
            }
            if (command instanceof Create) {
                if (state.created()) {
                    throw new IllegalStateException("there is one");
                }
                return List.of(new Created());
            }
            if (!state.created() || state.destroyed()) {
                throw new IllegalStateException("there is none");
            }
            return command instanceof Increment increment
                    ? List.of(new Incremented(increment.by()))
                    : List.of(new Destroyed());
        }

        @Override
        public Counter evolve(Counter state, CounterEvent event) {
            if (event instanceof Incremented incremented) {
                return new Counter(true, state.destroyed(), state.value() + incremented.by());
            }
            return new Counter(true, event instanceof Destroyed, state.value());
        }

        @Override
        public boolean isTerminal(Counter state) {
            return state.destroyed();
        }
    }

    private static final AggregateId ID = new AggregateId("counter", "c");
    private static final EventCodec<CounterEvent> CODEC = EventCodec.of(CounterEvent.class);

    private final EventFaults store;
    private final EventStore events;
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-21T10:00:00Z"));

    AggregateRules(EventStore real) {
        this.store = new EventFaults(real);
        this.events = store.events;
        this.counters = builder(events, now::get).build();
    }

    private static Aggregates.Builder<Counter, Command, CounterEvent> builder(EventStore events, InstantSource clock) {
        return Aggregates.builder(events, "counter", new CounterDecider(), CODEC)
                .clock(clock)
                .executor(Runnable::run);
    }

    private Aggregates.Builder<Counter, Command, CounterEvent> builder() {
        return builder(events, now::get);
    }

    private final Aggregates<Counter, Command, CounterEvent> counters;

    private void someoneElse(CounterEvent event) {
        store.real().append(ID, ExpectedVersion.any(), CODEC.encode(event));
    }

    private List<StoredEvent> stored() {
        return store.real().fetch(ID, EventStore.EMPTY).events();
    }

    // ---- what Chronik's aggregates do

    @Test
    void creating_twice_is_refused_and_destroying_works() {
        Outcome<Counter, CounterEvent> created = counters.execute("c", new Create());
        assertThat(created.events()).containsExactly(new Created());
        assertThat(created.version()).isZero();
        assertThat(created.position()).isZero();
        assertThat(created.reached()).isTrue();

        assertThatIllegalStateException()
                .isThrownBy(() -> counters.execute("c", new Create()))
                .withMessage("there is one");
        assertThat(counters.execute("c", new Destroy()).state().destroyed()).isTrue();
        assertThatIllegalStateException().isThrownBy(() -> counters.execute("c", new Increment(1)));
        assertThat(stored()).hasSize(2);
    }

    @Test
    void a_command_changes_the_state() {
        counters.execute("c", new Create());
        counters.execute("c", new Increment(3));
        Outcome<Counter, CounterEvent> outcome = counters.execute("c", new Increment(4));
        assertThat(outcome.state()).isEqualTo(new Counter(true, false, 7));
        assertThat(outcome.version()).isEqualTo(2);
        assertThat(counters.state("c")).contains(new Counter(true, false, 7));
    }

    @Test
    void a_command_on_an_unknown_aggregate_is_refused_and_leaves_nothing() {
        assertThatIllegalStateException().isThrownBy(() -> counters.execute("c", new Increment(1)));
        assertThat(counters.inMemory()).isZero();
        assertThat(counters.state("c")).isEmpty();
        assertThat(store.real().aggregate(ID).status()).isEqualTo(AggregateStatus.EMPTY);
        assertThat(store.real().head()).isEqualTo(EventStore.EMPTY);
    }

    @Test
    void a_refused_command_leaves_an_aggregate_in_memory_as_it_is() {
        counters.execute("c", new Create());
        assertThatIllegalStateException().isThrownBy(() -> counters.execute("c", new Create()));
        assertThat(counters.inMemory()).isEqualTo(1);
        assertThat(counters.execute("c", new Increment(1)).state().value()).isEqualTo(1);
        assertThat(store.calls("fetch")).isEqualTo(1);
    }

    @Test
    void a_command_with_nothing_to_do_stores_nothing() {
        Outcome<Counter, CounterEvent> outcome = counters.execute("c", new Nothing());
        assertThat(outcome.events()).isEmpty();
        assertThat(outcome.version()).isEqualTo(EventStore.EMPTY);
        assertThat(counters.inMemory()).isZero();
        assertThat(store.calls("tryAppend")).isZero();
    }

    @Test
    void what_is_terminal_leaves_memory() {
        counters.execute("c", new Create());
        counters.execute("c", new Destroy());
        assertThat(counters.inMemory()).isZero();
    }

    @Test
    void what_is_idle_leaves_memory() {
        Aggregates<Counter, Command, CounterEvent> impatient =
                builder().inMemory(10, Duration.ofSeconds(1)).build();
        impatient.execute("c", new Create());
        impatient.execute("d", new Create());
        now.set(now.get().plusMillis(900));
        impatient.execute("c", new Increment(1));
        assertThat(impatient.inMemory()).isEqualTo(2);
        now.set(now.get().plusMillis(200));
        assertThat(impatient.inMemory()).isEqualTo(1);
        now.set(now.get().plusSeconds(1));
        assertThat(impatient.inMemory()).isZero();
        assertThat(impatient.execute("c", new Increment(1)).state().value()).isEqualTo(2);
    }

    @Test
    void memory_has_a_bound() {
        Aggregates<Counter, Command, CounterEvent> small =
                builder().inMemory(2, Duration.ofHours(1)).build();
        for (String id : List.of("a", "b", "c", "a", "b", "c")) {
            small.execute(id, small.state(id).isEmpty() ? new Create() : new Increment(1));
            assertThat(small.inMemory()).isLessThanOrEqualTo(2);
        }
        assertThat(small.state("a")).contains(new Counter(true, false, 1));
        Aggregates<Counter, Command, CounterEvent> none =
                builder().inMemory(0, Duration.ofHours(1)).build();
        none.execute("z", new Create());
        assertThat(none.inMemory()).isZero();
    }

    // ---- several steps

    record Move(String from, String to, int amount) {}

    record Moved(String account, int amount) {}

    record Bank(Map<String, Integer> balances) {}

    private static final Decider<Bank, Move, Moved> BANK = new Decider<>() {
        @Override
        public Bank initial() {
            return new Bank(Map.of("a", 10));
        }

        @Override
        public List<Moved> decide(Move command, Bank bank) {
            return Steps.from(bank, this::evolve)
                    .then(state -> state.balances().getOrDefault(command.from(), 0), balance -> {
                        if (balance < command.amount()) {
                            throw new IllegalStateException(command.from() + " has only " + balance);
                        }
                        return List.of(new Moved(command.from(), -command.amount()));
                    })
                    .then(state -> List.of(new Moved(command.to(), command.amount())))
                    .then(state -> {
                        if (state.balances().getOrDefault(command.to(), 0) > 8) {
                            throw new IllegalStateException("too rich");
                        }
                        return List.of();
                    })
                    .events();
        }

        @Override
        public Bank evolve(Bank bank, Moved event) {
            Map<String, Integer> next = new TreeMap<>(bank.balances());
            next.merge(event.account(), event.amount(), Integer::sum);
            return new Bank(next);
        }
    };

    @Test
    void a_command_over_several_parts_is_done_as_a_whole_or_not_at_all() {
        Aggregates<Bank, Move, Moved> banks = Aggregates.of(events, "bank", BANK, EventCodec.of(Moved.class));
        AggregateId bank = new AggregateId("bank", "1");

        assertThat(banks.execute("1", new Move("a", "b", 6)).state().balances()).isEqualTo(Map.of("a", 4, "b", 6));
        assertThatIllegalStateException()
                .isThrownBy(() -> banks.execute("1", new Move("a", "b", 3)))
                .withMessage("too rich");
        assertThatIllegalStateException().isThrownBy(() -> banks.execute("1", new Move("a", "b", 5)));

        EventSlice stored = store.real().fetch(bank, EventStore.EMPTY);
        assertThat(stored.events()).hasSize(2);
        assertThat(stored.events()).extracting(StoredEvent::appendFirst).containsOnly(0L);
        assertThat(banks.state("1").orElseThrow().balances()).isEqualTo(Map.of("a", 4, "b", 6));
    }

    // ---- races

    @Test
    void a_lost_race_is_decided_again() {
        counters.execute("c", new Create());
        someoneElse(new Incremented(10));
        assertThat(counters.execute("c", new Increment(1)).state().value()).isEqualTo(11);
        store.before("tryAppend", () -> someoneElse(new Incremented(100)));
        assertThat(counters.execute("c", new Increment(1)).state().value()).isEqualTo(112);
        assertThat(stored()).hasSize(5);
    }

    @Test
    void the_conflict_is_thrown_when_races_are_lost_too_often() {
        Aggregates<Counter, Command, CounterEvent> optimistic =
                builder().retries(0).build();
        optimistic.execute("c", new Create());
        someoneElse(new Incremented(10));
        assertThatExceptionOfType(EventsRefusedException.class)
                .isThrownBy(() -> optimistic.execute("c", new Increment(1)))
                .withMessage("wrong expected version")
                .satisfies(e ->
                        assertThat(e.refusal().violations().get(0).actual()).isEqualTo(1));
        // It was read anew, and is not stale for ever.
        assertThat(optimistic.execute("c", new Increment(1)).state().value()).isEqualTo(11);

        Aggregates<Counter, Command, CounterEvent> twice = builder().retries(2).build();
        for (int i = 0; i < 3; i++) {
            store.before("tryAppend", () -> someoneElse(new Incremented(1)));
        }
        assertThatExceptionOfType(EventsRefusedException.class).isThrownBy(() -> twice.execute("c", new Increment(1)));
    }

    @Test
    void a_refusal_is_never_that_of_a_state_which_is_not_true_any_more() {
        Aggregates<Counter, Command, CounterEvent> other = builder().build();
        counters.execute("c", new Create());
        other.execute("c", new Destroy());
        assertThatIllegalStateException()
                .isThrownBy(() -> counters.execute("c", new Increment(1)))
                .withMessage("there is none");
        store.real().delete(ID, ExpectedVersion.any(), AggregateDeletion.SOFT);
        assertThat(counters.execute("c", new Create()).version()).isEqualTo(2);

        store.real().remove(ID);
        assertThat(counters.execute("c", new Create()).version()).isZero();
        store.real().remove(ID);
        Outcome<Counter, CounterEvent> nothing = counters.execute("c", new Nothing());
        assertThat(nothing.state().created()).isFalse();
    }

    @Test
    void what_was_deleted_for_ever_takes_no_command() {
        counters.execute("c", new Create());
        store.real().delete(ID, ExpectedVersion.any(), AggregateDeletion.TOMBSTONE);
        assertThatExceptionOfType(EventsRefusedException.class)
                .isThrownBy(() -> counters.execute("c", new Increment(1)))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.GONE));
    }

    @Test
    void commands_from_many_threads_and_processes_all_count_once() throws Exception {
        List<Aggregates<Counter, Command, CounterEvent>> processes = List.of(
                builder().retries(1_000).build(), builder().retries(1_000).build());
        counters.execute("c", new Create());
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Aggregates<Counter, Command, CounterEvent> process = processes.get(i % 2);
                done.add(threads.submit(() -> {
                    for (int j = 0; j < 25; j++) {
                        process.execute("c", new Increment(1));
                    }
                }));
            }
            for (Future<?> one : done) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(counters.state("c")).contains(new Counter(true, false, 200));
        assertThat(stored()).hasSize(201);
    }

    @Test
    void commands_for_different_aggregates_do_not_wait_for_each_other() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Aggregates<Counter, Command, CounterEvent> slow = Aggregates.of(
                events,
                "counter",
                new CounterDecider() {
                    @Override
                    public List<CounterEvent> decide(Command command, Counter state) {
                        if (command instanceof Increment) {
                            inside.countDown();
                            awaitQuietly(go);
                        }
                        return super.decide(command, state);
                    }
                },
                CODEC);
        slow.execute("c", new Create());
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Outcome<Counter, CounterEvent>> waiting = thread.submit(() -> slow.execute("c", new Increment(1)));
            inside.await();
            assertThat(slow.execute("d", new Create()).version()).isZero();
            go.countDown();
            assertThat(waiting.get().state().value()).isEqualTo(1);
        } finally {
            thread.shutdownNow();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- failures

    @Test
    void an_unknown_outcome_is_found_out_and_has_its_effect_once() {
        counters.execute("c", new Create());
        store.after("tryAppend", EventFaults.failing(ErrorKind.TIMEOUT));
        assertThat(counters.execute("c", new Increment(1)).state().value()).isEqualTo(1);
        assertThat(stored()).hasSize(2);
        assertThat(counters.execute("c", new Increment(1)).state().value()).isEqualTo(2);
    }

    @Test
    void what_was_surely_not_stored_is_told_at_once() {
        store.before("tryAppend", EventFaults.failing(ErrorKind.UNAVAILABLE));
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> counters.execute("c", new Create()))
                .satisfies(e -> assertThat(e.retryable()).isTrue());
        assertThat(store.calls("tryAppend")).isEqualTo(1);
        assertThat(counters.inMemory()).isZero();
    }

    @Test
    void an_append_that_was_lost_on_its_way_is_made_again() {
        counters.execute("c", new Create());
        store.before("tryAppend", EventFaults.failing(ErrorKind.TIMEOUT));
        store.before("tryAppend", EventFaults.failing(ErrorKind.UNAVAILABLE));
        assertThat(counters.execute("c", new Increment(1)).state().value()).isEqualTo(1);
        assertThat(stored()).hasSize(2);
    }

    @Test
    void what_stays_unknown_is_thrown_as_unknown_and_read_anew() {
        counters.execute("c", new Create());
        store.after("tryAppend", EventFaults.failing(ErrorKind.TIMEOUT));
        store.after("tryAppend", EventFaults.failing(ErrorKind.UNAUTHORIZED));
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> counters.execute("c", new Increment(1)))
                .satisfies(e -> {
                    assertThat(e.outcomeUnknown()).isTrue();
                    assertThat(e.getSuppressed()).hasSize(1);
                });
        assertThat(counters.execute("c", new Increment(1)).state().value()).isEqualTo(2);
        assertThat(stored()).hasSize(3);
    }

    @Test
    void a_store_that_fails_to_load_is_told_as_it_is() {
        store.before("fetch", EventFaults.failing(ErrorKind.CORRUPT));
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> counters.execute("c", new Create()))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
        assertThat(counters.inMemory()).isZero();

        store.real().append(ID, ExpectedVersion.any(), NewEvent.json("Burnt", "{}"));
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> counters.execute("c", new Create()))
                .withMessageContaining("position 0, Burnt of counter/c")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_RECORD));
        assertThat(stored()).hasSize(1);
    }

    @Test
    void metadata_goes_with_every_event() {
        counters.execute("c", new Create(), Map.of(NewEvent.CORRELATION_ID, "request-1"));
        assertThat(stored().get(0).metadata()).isEqualTo(Map.of("correlation_id", "request-1"));
    }

    // ---- snapshots

    private Aggregates<Counter, Command, CounterEvent> snapshotting(AtomicInteger decoded) {
        EventCodec<CounterEvent> counting = new EventCodec<>() {
            @Override
            public NewEvent encode(CounterEvent event) {
                return CODEC.encode(event);
            }

            @Override
            public List<CounterEvent> decode(StoredEvent event) {
                decoded.incrementAndGet();
                return CODEC.decode(event);
            }
        };
        return Aggregates.builder(events, "counter", new CounterDecider(), counting)
                .executor(Runnable::run)
                .clock(now::get)
                .snapshots(Counter.class)
                .snapshotEvery(4)
                .build();
    }

    @Test
    void a_new_process_goes_on_from_the_snapshot_and_what_follows() {
        AtomicInteger decoded = new AtomicInteger();
        Aggregates<Counter, Command, CounterEvent> first = snapshotting(decoded);
        first.execute("c", new Create());
        for (int i = 0; i < 10; i++) {
            first.execute("c", new Increment(1));
        }
        Snapshot snapshot = store.real().snapshot(ID).orElseThrow();
        assertThat(snapshot.version()).isEqualTo(7);
        assertThat(snapshot.time()).isEqualTo(now.get());
        assertThat(store.calls("saveSnapshot")).isEqualTo(2);
        assertThat(decoded).hasValue(0);

        assertThat(snapshotting(decoded).execute("c", new Increment(1)).state().value())
                .isEqualTo(11);
        assertThat(decoded).hasValue(3);
        assertThat(store.real().snapshot(ID).orElseThrow().version()).isEqualTo(11);
    }

    @Test
    void snapshots_come_also_where_every_process_is_short_lived() {
        snapshotting(new AtomicInteger()).execute("c", new Create());
        for (int i = 0; i < 6; i++) {
            snapshotting(new AtomicInteger()).execute("c", new Increment(1));
        }
        assertThat(store.real().snapshot(ID).orElseThrow().version()).isEqualTo(3);
        assertThat(snapshotting(new AtomicInteger()).state("c")).contains(new Counter(true, false, 6));
    }

    @Test
    void a_snapshot_that_fails_fails_no_command() {
        Aggregates<Counter, Command, CounterEvent> first = snapshotting(new AtomicInteger());
        first.execute("c", new Create());
        store.before("saveSnapshot", EventFaults.failing(ErrorKind.OUT_OF_SPACE));
        for (int i = 0; i < 3; i++) {
            first.execute("c", new Increment(1));
        }
        assertThat(store.real().snapshot(ID)).isEmpty();
        Aggregates<Counter, Command, CounterEvent> full = builder()
                .snapshots(Counter.class)
                .snapshotEvery(1)
                .executor(work -> {
                    throw new RejectedExecutionException("full");
                })
                .build();
        assertThat(full.execute("c", new Increment(1)).state().value()).isEqualTo(4);
    }

    @Test
    void a_snapshot_of_another_schema_or_that_cannot_be_read_is_passed_over() {
        counters.execute("c", new Create());
        counters.execute("c", new Increment(5));
        EventData wrong = EventData.json("{\"created\":true,\"destroyed\":false,\"value\":1000}");
        store.real().saveSnapshot(Snapshot.of(ID, 1, "counter-before-1", wrong));
        assertThat(snapshotting(new AtomicInteger())
                        .execute("c", new Increment(1))
                        .state()
                        .value())
                .isEqualTo(6);

        Aggregates.Builder<Counter, Command, CounterEvent> named =
                builder().snapshots(StreamCodec.of(Counter.class), "counter-1");
        store.real().saveSnapshot(Snapshot.of(ID, 2, "counter-1", EventData.json("\"no counter\"")));
        assertThat(named.build().state("c")).contains(new Counter(true, false, 6));
        store.real().saveSnapshot(Snapshot.of(ID, 2, "counter-1", wrong));
        assertThat(named.build().state("c")).contains(new Counter(true, false, 1000));
    }

    @Test
    void snapshots_are_written_off_the_path_of_the_command() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        store.before("saveSnapshot", () -> awaitQuietly(go));
        Aggregates<Counter, Command, CounterEvent> own = Aggregates.builder(
                        events, "counter", new CounterDecider(), CODEC)
                .snapshots(Counter.class)
                .snapshotEvery(1)
                .build();
        own.execute("c", new Create());
        assertThat(own.execute("c", new Increment(1)).version()).isEqualTo(1);
        go.countDown();
        while (store.real().snapshot(ID).filter(one -> one.version() == 1).isEmpty()) {
            Thread.sleep(1);
        }
    }

    @Test
    void a_snapshot_of_an_unknown_aggregate_is_an_error_of_the_store() {
        counters.execute("d", new Create());
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> store.real().saveSnapshot(Snapshot.of(ID, 0, "", EventData.json("{}"))))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_PARAMS));
    }

    @Test
    void long_histories_are_read_slice_by_slice() {
        counters.execute("c", new Create());
        for (int i = 0; i < 1_500; i++) {
            someoneElse(new Incremented(1));
        }
        assertThat(builder().build().execute("c", new Increment(1)).state().value())
                .isEqualTo(1_501);
    }

    @Test
    void expected_versions_may_be_numbers_or_text() {
        counters.execute("c", new Create());
        events.append(ID, ExpectedVersion.parse("0"), CODEC.encode(new Incremented(1)));
        events.append(ID, ExpectedVersion.exactly(1), CODEC.encode(new Incremented(1)));
        assertThat(counters.state("c")).contains(new Counter(true, false, 2));
    }

    @Test
    void bounds_that_make_no_sense_are_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> builder().snapshotEvery(0));
        assertThatIllegalArgumentException().isThrownBy(() -> builder().retries(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> builder().inMemory(-1, Duration.ZERO));
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> counters.execute("", new Create()))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_PARAMS));
    }
}
