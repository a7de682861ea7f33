package dev.varve.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.varve.api.AggregateId;
import dev.varve.api.Aggregates;
import dev.varve.api.CheckpointStore;
import dev.varve.api.Decider;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventCodec;
import dev.varve.api.EventDump;
import dev.varve.api.EventHandler;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Outcome;
import dev.varve.api.Projection;
import dev.varve.api.ProjectionRun;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Views that are made of events: where they begin, what comes of failures and restarts, who waits for them. */
abstract class ProjectionRules {

    record Counted(int by) {}

    private static final EventCodec<Counted> CODEC = EventCodec.of(Counted.class);
    private static final AggregateId ID = new AggregateId("counter", "1");
    private static final Duration LONG = Duration.ofSeconds(60);

    private final EventFaults store;
    private final EventStore events;

    ProjectionRules(EventStore real) {
        this.store = new EventFaults(real);
        this.events = store.events;
    }

    private void append(int... by) {
        List<NewEvent> all = new ArrayList<>();
        for (int one : by) {
            all.add(CODEC.encode(new Counted(one)));
        }
        store.real().append(ID, ExpectedVersion.any(), all.toArray(NewEvent[]::new));
    }

    /** What it was handed, and what it is to do. */
    private static class Recorder implements Projection {
        final List<Integer> handled = Collections.synchronizedList(new ArrayList<>());
        final List<String> told = Collections.synchronizedList(new ArrayList<>());
        volatile Consumer<Integer> fails = by -> {};
        volatile Failure todo = Failure.STOP;
        final CountDownLatch ended = new CountDownLatch(1);

        @Override
        public void init() {
            told.add("init");
            handled.clear();
        }

        @Override
        public void handle(StoredEvent event) {
            int by = CODEC.decode(event).get(0).by();
            fails.accept(by);
            handled.add(by);
        }

        @Override
        public Failure failed(StoredEvent event, RuntimeException cause, int attempts) {
            told.add("failed " + event.position() + " " + cause.getMessage() + " " + attempts);
            return todo;
        }

        @Override
        public void gap(long after, long next) {
            told.add("gap " + after + " " + next);
        }

        @Override
        public void ended(RuntimeException cause) {
            told.add("ended " + cause.getMessage());
            ended.countDown();
        }
    }

    private final Recorder view = new Recorder();

    private ProjectionRun.Builder run(String name) {
        return ProjectionRun.builder(events, name, view);
    }

    private void awaitHead(ProjectionRun run) {
        assertThat(run.await(store.real().head(), LONG)).isTrue();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- where it begins

    @Test
    void what_was_there_is_replayed_and_what_comes_follows() {
        append(1, 2);
        try (ProjectionRun run = run("view").start()) {
            awaitHead(run);
            assertThat(view.handled).containsExactly(1, 2);
            append(3);
            awaitHead(run);
            assertThat(view.handled).containsExactly(1, 2, 3);
            assertThat(run.position()).isEqualTo(2);
            assertThat(run.failure()).isEmpty();
        }
        assertThat(view.told).containsExactly("init");
    }

    @Test
    void an_empty_store_is_a_beginning_like_any_other() {
        try (ProjectionRun run = run("view").start()) {
            assertThat(run.position()).isEqualTo(EventStore.EMPTY);
            append(1);
            awaitHead(run);
            assertThat(view.handled).containsExactly(1);
        }
    }

    @Test
    void it_may_begin_with_what_comes_or_behind_a_position() {
        append(1, 2, 3);
        try (ProjectionRun now = run("now").fromNow().start()) {
            append(4);
            awaitHead(now);
            assertThat(view.handled).containsExactly(4);
        }
        view.handled.clear();
        try (ProjectionRun behind = run("behind").after(1).start()) {
            awaitHead(behind);
            assertThat(view.handled).containsExactly(3, 4);
        }
    }

    @Test
    void it_goes_on_where_it_was() {
        append(1, 2);
        try (ProjectionRun run = run("view").start()) {
            awaitHead(run);
        }
        append(3);
        try (ProjectionRun run = run("view").fromNow().start()) {
            awaitHead(run);
        }
        assertThat(view.handled).containsExactly(1, 2, 3);
        assertThat(view.told).containsExactly("init");
    }

    @Test
    void a_view_in_memory_begins_anew_at_every_start() {
        run("view").replaying().start().close();
        view.told.clear();
        append(1, 2);
        for (int i = 0; i < 2; i++) {
            try (ProjectionRun run = run("view").replaying().start()) {
                awaitHead(run);
                assertThat(view.handled).containsExactly(1, 2);
            }
        }
        assertThat(view.told).containsExactly("init", "init");
    }

    @Test
    void a_view_is_made_anew_while_it_runs() {
        append(1, 2);
        try (ProjectionRun run = run("view").start()) {
            awaitHead(run);
            run.rebuild();
            append(3);
            awaitHead(run);
            assertThat(view.handled).containsExactly(1, 2, 3);
        }
        assertThat(view.told).containsExactly("init", "init");
        assertThat(events.checkpoint("view")).hasValue(2);
    }

    @Test
    void what_was_not_told_but_is_in_the_log_is_found_after_a_restart() {
        run("view").start().close();
        append(1);
        assertThat(view.handled).isEmpty();
        try (ProjectionRun run = run("view").start()) {
            awaitHead(run);
            assertThat(view.handled).containsExactly(1);
        }
        append(2);
        try (ProjectionRun run = run("view").start()) {
            awaitHead(run);
            assertThat(view.handled).containsExactly(1, 2);
        }
    }

    @Test
    void only_what_is_meant_is_handled_and_the_checkpoint_moves_all_the_same() throws Exception {
        append(1);
        store.real().append(new AggregateId("other", "1"), ExpectedVersion.any(), NewEvent.json("Other", "{}"));
        ProjectionRun.Builder plan = run("view").read(EventRead.all().matching(EventQuery.types("Counted")));
        try (ProjectionRun run = plan.checkpointEvery(1, Duration.ZERO).start()) {
            awaitHead(run);
            assertThat(events.awaitCheckpoints(Set.of("view"), 1, LONG)).isTrue();
        }
        assertThat(view.handled).containsExactly(1);
        assertThat(view.told).containsExactly("init");
        for (EventRead wrong : List.of(
                EventRead.of(ID), EventRead.all().backward(), EventRead.all().upTo(7))) {
            assertThatExceptionOfType(VarveException.class)
                    .isThrownBy(() -> plan.read(wrong))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_PARAMS));
        }
    }

    @Test
    void what_was_removed_is_told_as_a_gap() {
        append(1, 2, 3, 4);
        store.real().deleteEvents(List.of(1L, 2L));
        try (ProjectionRun run = run("view").start()) {
            awaitHead(run);
        }
        assertThat(view.handled).containsExactly(1, 4);
        assertThat(view.told).containsExactly("init", "gap 0 3");
    }

    // ---- failures

    @Test
    void a_failure_ends_it_before_the_event_unless_something_else_is_said() {
        append(1, 2, 3);
        view.fails = by -> {
            if (by == 2) {
                throw new IllegalStateException("no 2");
            }
        };
        try (ProjectionRun run = run("view").start()) {
            await(view.ended);
            assertThat(run.await(2, LONG)).isFalse();
            assertThat(run.position()).isZero();
            assertThat(run.failure()).hasValueSatisfying(e -> assertThat(e).hasMessage("no 2"));
        }
        assertThat(view.handled).containsExactly(1);
        assertThat(view.told).containsExactly("init", "failed 1 no 2 1", "ended no 2");
        assertThat(events.checkpoint("view")).hasValue(0);

        view.fails = by -> {};
        try (ProjectionRun run = run("view").start()) {
            awaitHead(run);
        }
        assertThat(view.handled).containsExactly(1, 2, 3);
    }

    @Test
    void a_failed_event_may_be_left_out() {
        append(1, 2, 3);
        view.todo = EventHandler.Failure.SKIP;
        view.fails = by -> {
            if (by == 2) {
                throw new IllegalStateException("no 2");
            }
        };
        try (ProjectionRun run = run("view").start()) {
            awaitHead(run);
        }
        assertThat(view.handled).containsExactly(1, 3);
        assertThat(view.told).containsExactly("init", "failed 1 no 2 1");
        assertThat(events.checkpoint("view")).hasValue(2);
    }

    @Test
    void a_failed_event_may_be_tried_again() {
        append(1, 2, 3);
        AtomicInteger left = new AtomicInteger(2);
        view.todo = EventHandler.Failure.RETRY;
        view.fails = by -> {
            if (by == 2 && left.getAndDecrement() > 0) {
                throw new IllegalStateException("not yet");
            }
        };
        try (ProjectionRun run = run("view").start()) {
            awaitHead(run);
        }
        assertThat(view.handled).containsExactly(1, 2, 3);
        assertThat(view.told).containsExactly("init", "failed 1 not yet 1", "failed 1 not yet 2");
    }

    @Test
    void closing_does_not_wait_for_what_is_tried_again() {
        append(1);
        CountDownLatch failed = new CountDownLatch(3);
        view.todo = EventHandler.Failure.RETRY;
        view.fails = by -> {
            failed.countDown();
            throw new IllegalStateException("never");
        };
        ProjectionRun run = run("view").start();
        await(failed);
        run.close();
        assertThat(events.checkpoint("view")).hasValue(EventStore.EMPTY);
        assertThatIllegalStateException().isThrownBy(run::rebuild);
    }

    @Test
    void an_ended_run_can_be_started_again_by_making_it_anew() {
        append(1);
        view.fails = by -> {
            throw new IllegalStateException("no");
        };
        try (ProjectionRun run = run("view").start()) {
            await(view.ended);
            view.fails = by -> {};
            run.rebuild();
            awaitHead(run);
            assertThat(run.failure()).isEmpty();
        }
        assertThat(view.handled).containsExactly(1);
    }

    @Test
    void an_event_that_cannot_be_read_names_itself() {
        append(1);
        store.real().append(ID, ExpectedVersion.any(), NewEvent.json("Burnt", "{}"));
        AtomicReference<@Nullable RuntimeException> end = new AtomicReference<>();
        CountDownLatch ended = new CountDownLatch(1);
        List<Integer> sums = new ArrayList<>();
        Projection typed = Projection.of(CODEC, (event, recorded) -> sums.add(event.by()));
        Projection watched = new Projection() {
            @Override
            public void handle(StoredEvent event) {
                typed.handle(event);
            }

            @Override
            public void ended(RuntimeException cause) {
                end.set(cause);
                ended.countDown();
            }
        };
        try (ProjectionRun run = ProjectionRun.builder(events, "typed", watched).start()) {
            await(ended);
            assertThat(run.position()).isZero();
        }
        assertThat(sums).containsExactly(1);
        assertThat(end.get()).hasMessageContaining("position 1, Burnt");
    }

    // ---- checkpoints

    @Test
    void closing_waits_for_what_is_handled_and_saves() {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        view.fails = by -> {
            inside.countDown();
            await(go);
        };
        append(1, 2);
        ProjectionRun run = run("view").checkpointEvery(1_000, LONG).start();
        await(inside);
        Thread closing = new Thread(run::close);
        closing.start();
        assertThat(view.handled).isEmpty();
        go.countDown();
        join(closing);
        int handled = view.handled.size();
        assertThat(handled).isBetween(1, 2);
        assertThat(events.checkpoint("view")).hasValue(handled - 1);
        run.close();
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_projection_may_close_itself() throws Exception {
        AtomicReference<@Nullable ProjectionRun> run = new AtomicReference<>();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        append(1, 2);
        view.fails = by -> {
            await(started);
            ProjectionRun own = run.get();
            if (own != null) {
                own.close();
            }
            done.countDown();
        };
        run.set(run("view").start());
        started.countDown();
        await(done);
        while (events.checkpoint("view").orElseThrow() != 0) {
            Thread.sleep(1);
        }
        assertThat(view.handled).containsExactly(1);
    }

    @Test
    void a_projection_may_look_at_its_run_while_others_close_it() throws Exception {
        AtomicReference<@Nullable ProjectionRun> own = new AtomicReference<>();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        List<String> refused = new ArrayList<>();
        append(1);
        view.fails = by -> {
            inside.countDown();
            await(go);
            ProjectionRun run = own.get();
            if (run != null) {
                try {
                    run.rebuild();
                } catch (IllegalStateException e) {
                    refused.add(String.valueOf(e.getMessage()));
                }
                assertThat(run.position()).isEqualTo(EventStore.EMPTY);
                run.close();
            }
        };
        ProjectionRun run = run("view").start();
        own.set(run);
        await(inside);
        Thread closing = new Thread(run::close);
        closing.start();
        go.countDown();
        join(closing);
        // Whoever closes first waits for the event, not the other one.
        while (events.checkpoint("view").orElseThrow() != 0) {
            Thread.sleep(1);
        }
        assertThat(view.handled).containsExactly(1);
        assertThat(refused).hasSize(1);
    }

    @Test
    void a_checkpoint_that_cannot_be_saved_does_not_hinder_closing() {
        append(1);
        ProjectionRun run = run("view").checkpointEvery(1_000, LONG).start();
        awaitHead(run);
        store.before("saveCheckpoint", EventFaults.failing(ErrorKind.UNAVAILABLE));
        run.close();
        assertThat(events.checkpoint("view")).hasValue(EventStore.EMPTY);
    }

    @Test
    void checkpoints_are_saved_now_and_then() {
        for (int i = 0; i < 100; i++) {
            append(i);
        }
        int before = store.calls("saveCheckpoint");
        try (ProjectionRun run = run("seldom").checkpointEvery(1_000_000, LONG).start()) {
            awaitHead(run);
            assertThat(store.calls("saveCheckpoint") - before).isEqualTo(1);
        }
        assertThat(store.calls("saveCheckpoint") - before).isEqualTo(2);
        assertThat(events.checkpoint("seldom")).hasValue(99);

        try (ProjectionRun run = run("often").checkpointEvery(10, LONG).start()) {
            assertThat(run.await(99, LONG)).isTrue();
            assertThat(events.awaitCheckpoints(Set.of("often"), 9, LONG)).isTrue();
        }
        try (ProjectionRun run =
                run("timed").checkpointEvery(1_000_000, Duration.ofMillis(1)).start()) {
            assertThat(run.await(99, LONG)).isTrue();
            assertThat(events.awaitCheckpoints(Set.of("timed"), 99, LONG)).isTrue();
        }
        assertThatIllegalArgumentException().isThrownBy(() -> run("x").checkpointEvery(0, Duration.ZERO));
    }

    @Test
    void a_checkpoint_that_is_not_saved_is_saved_later() {
        append(1);
        try (ProjectionRun run = run("view").checkpointEvery(1, Duration.ZERO).start()) {
            awaitHead(run);
            assertThat(events.awaitCheckpoints(Set.of("view"), 0, LONG)).isTrue();
            store.before("saveCheckpoint", EventFaults.failing(ErrorKind.UNAVAILABLE));
            append(2);
            awaitHead(run);
            assertThat(events.awaitCheckpoints(Set.of("view"), 1, LONG)).isTrue();
        }
    }

    @Test
    void after_a_crash_events_come_at_least_once() {
        append(1, 2, 3);
        // As if the process had died after the view, before the checkpoint.
        CheckpointStore forgetful = new CheckpointStore() {
            @Override
            public OptionalLong load(String name) {
                return OptionalLong.of(0);
            }

            @Override
            public void save(String name, long position) {}

            @Override
            public void delete(String name) {}
        };
        for (int i = 0; i < 2; i++) {
            try (ProjectionRun run = run("view").checkpoints(forgetful).start()) {
                awaitHead(run);
            }
        }
        assertThat(view.handled).containsExactly(2, 3, 2, 3);
    }

    /** A database of one connection: what a transaction changes is there after it, or not at all. */
    private static final class Database implements CheckpointStore {
        private Map<String, Long> checkpoints = new HashMap<>();
        private List<Integer> rows = new ArrayList<>();
        int transactions;
        int failing;

        @Override
        public synchronized OptionalLong load(String name) {
            Long saved = checkpoints.get(name);
            return saved == null ? OptionalLong.empty() : OptionalLong.of(saved);
        }

        @Override
        public synchronized void save(String name, long position) {
            checkpoints.put(name, position);
        }

        @Override
        public synchronized void delete(String name) {
            checkpoints.remove(name);
        }

        synchronized void insert(int row) {
            rows.add(row);
        }

        synchronized List<Integer> rows() {
            return List.copyOf(rows);
        }

        @Override
        public boolean isTransactional() {
            return true;
        }

        @Override
        public synchronized void inTransaction(Runnable work) {
            Map<String, Long> oldCheckpoints = new HashMap<>(checkpoints);
            List<Integer> oldRows = new ArrayList<>(rows);
            try {
                work.run();
                transactions++;
                if (transactions == failing) {
                    throw new IllegalStateException("the commit failed");
                }
            } catch (RuntimeException e) {
                checkpoints = oldCheckpoints;
                rows = oldRows;
                throw e;
            }
        }
    }

    @Test
    void with_the_checkpoint_in_the_transaction_every_event_counts_exactly_once() {
        for (int i = 0; i < 50; i++) {
            append(i);
        }
        Database database = new Database();
        database.failing = 3;
        AtomicInteger left = new AtomicInteger(3);
        Projection rows = new Projection() {
            @Override
            public void handle(StoredEvent event) {
                int by = CODEC.decode(event).get(0).by();
                database.insert(by);
                if (by == 17 && left.getAndDecrement() > 0) {
                    throw new IllegalStateException("after it was written");
                }
            }

            @Override
            public Failure failed(StoredEvent event, RuntimeException cause, int attempts) {
                return Failure.RETRY;
            }
        };
        ProjectionRun.Builder plan = ProjectionRun.builder(events, "rows", rows)
                .checkpoints(database)
                .checkpointEvery(8, LONG);
        for (int from = 50; from <= 60; from += 5) {
            try (ProjectionRun run = plan.start()) {
                awaitHead(run);
            }
            for (int i = from; i < from + 5; i++) {
                append(i);
            }
        }
        try (ProjectionRun run = plan.start()) {
            awaitHead(run);
        }
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < 65; i++) {
            all.add(i);
        }
        assertThat(database.rows()).isEqualTo(all);
        assertThat(database.load("rows")).hasValue(64);
        assertThat(database.transactions).isLessThan(50);
        assertThat(events.checkpoints()).isEmpty();
    }

    @Test
    void what_is_left_out_leaves_nothing_in_the_transaction() {
        append(1, 2, 3);
        Database database = new Database();
        Projection rows = new Projection() {
            @Override
            public void handle(StoredEvent event) {
                int by = CODEC.decode(event).get(0).by();
                database.insert(by);
                if (by == 2) {
                    throw new IllegalStateException("after it was written");
                }
            }

            @Override
            public Failure failed(StoredEvent event, RuntimeException cause, int attempts) {
                return Failure.SKIP;
            }
        };
        try (ProjectionRun run = ProjectionRun.builder(events, "rows", rows)
                .checkpoints(database)
                .start()) {
            awaitHead(run);
        }
        assertThat(database.rows()).containsExactly(1, 3);
    }

    // ---- who waits

    private Aggregates.Builder<Integer, Integer, Counted> counters() {
        return Aggregates.builder(
                events,
                "counter",
                Decider.of(0, (by, sum) -> List.of(new Counted(by)), (sum, event) -> sum + event.by()),
                CODEC);
    }

    @Test
    void an_append_waits_for_a_strict_projection() {
        append(0);
        try (ProjectionRun run = run("strict").checkpointEvery(1, Duration.ZERO).start()) {
            EventAppend append = EventAppend.to(ID, ExpectedVersion.any(), List.of(CODEC.encode(new Counted(1))));
            assertThat(events.appendAndAwait(append, Set.of("strict"), LONG).reached())
                    .isTrue();
            assertThat(view.handled).containsExactly(0, 1);
            Aggregates<Integer, Integer, Counted> strict =
                    counters().awaiting(Set.of("strict"), LONG).build();
            assertThat(strict.execute("2", 5).reached()).isTrue();
            assertThat(view.handled).containsExactly(0, 1, 5);
            assertThat(run.position()).isEqualTo(2);
        }
    }

    @Test
    void a_slow_projection_fails_no_command() {
        append(0);
        CountDownLatch go = new CountDownLatch(1);
        view.fails = by -> await(go);
        try (ProjectionRun run = run("slow").checkpointEvery(1, Duration.ZERO).start()) {
            Aggregates<Integer, Integer, Counted> strict =
                    counters().awaiting(Set.of("slow"), Duration.ofMillis(1)).build();
            Outcome<Integer, Counted> outcome = strict.execute("2", 5);
            assertThat(outcome.reached()).isFalse();
            assertThat(strict.state("2")).contains(5);
            assertThat(run.await(outcome.position(), Duration.ofMillis(1))).isFalse();
            go.countDown();
            awaitHead(run);
        }
    }

    @Test
    void a_wait_that_fails_fails_no_command() {
        append(0);
        try (ProjectionRun run = run("strict").start()) {
            // The first of the two calls looks whether there is such a projection.
            store.after(
                    "awaitCheckpoints", () -> store.before("awaitCheckpoints", EventFaults.failing(ErrorKind.NETWORK)));
            Aggregates<Integer, Integer, Counted> strict =
                    counters().awaiting(Set.of("strict"), LONG).build();
            assertThat(strict.execute("2", 5).reached()).isFalse();
            awaitHead(run);
        }
        assertThat(view.handled).containsExactly(0, 5);
    }

    @Test
    void an_unknown_projection_is_told_before_anything_is_stored() {
        Aggregates<Integer, Integer, Counted> strict =
                counters().awaiting(Set.of("nobody"), LONG).build();
        append(1);
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> strict.execute("1", 5))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_PARAMS));
        assertThat(store.real().head()).isZero();
    }

    @Test
    void a_projection_that_others_wait_for_may_give_commands_to_the_same_aggregate() {
        append(0);
        Aggregates<Integer, Integer, Counted> counters = counters().build();
        AtomicReference<@Nullable Aggregates<Integer, Integer, Counted>> strict = new AtomicReference<>();
        view.fails = by -> {
            Aggregates<Integer, Integer, Counted> same = strict.get();
            if (by == 5 && same != null) {
                same.execute("1", 6);
            }
        };
        try (ProjectionRun run = run("strict").checkpointEvery(1, Duration.ZERO).start()) {
            // Its own command waits for the projection, too, which cannot come: that takes its time, and nothing stands
            // still.
            strict.set(counters()
                    .awaiting(Set.of("strict"), Duration.ofMillis(200))
                    .build());
            Aggregates<Integer, Integer, Counted> same = strict.get();
            assertThat(same).isNotNull();
            if (same != null) {
                same.execute("1", 5);
            }
            awaitHead(run);
        }
        assertThat(counters.state("1")).contains(11);
        assertThat(view.handled).containsExactly(0, 5, 6);
    }

    // ---- several

    @Test
    void projections_run_side_by_side_and_one_writes_a_file(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("events.txt");
        StringBuilder json = new StringBuilder();
        CountDownLatch go = new CountDownLatch(1);
        append(1, 2);
        view.fails = by -> await(go);
        try (Writer to = Files.newBufferedWriter(file);
                ProjectionRun slow = run("slow").start();
                ProjectionRun dump = ProjectionRun.builder(events, "dump", EventDump.lines(to))
                        .replaying()
                        .start();
                ProjectionRun lines = ProjectionRun.builder(events, "json", EventDump.ndjson(json))
                        .replaying()
                        .start()) {
            append(3);
            awaitHead(dump);
            awaitHead(lines);
            assertThat(view.handled).isEmpty();
            go.countDown();
            awaitHead(slow);
        }
        assertThat(Files.readString(file)).isEqualTo("Counted{\"by\":1}\nCounted{\"by\":2}\nCounted{\"by\":3}\n");
        assertThat(json.toString().lines()).hasSize(3).allMatch(line -> line.startsWith("{\"position\":"));
        assertThat(view.handled).containsExactly(1, 2, 3);
    }

    @Test
    void many_writers_are_seen_in_the_order_of_the_log() throws Exception {
        append(0);
        List<Long> positions = Collections.synchronizedList(new ArrayList<>());
        Projection order = event -> positions.add(event.position());
        try (ProjectionRun run = ProjectionRun.builder(events, "order", order).start()) {
            List<Thread> writers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Aggregates<Integer, Integer, Counted> own = counters().build();
                String id = "w" + i;
                Thread writer = new Thread(() -> {
                    for (int j = 0; j < 100; j++) {
                        own.execute(id, 1);
                    }
                });
                writer.start();
                writers.add(writer);
            }
            for (Thread writer : writers) {
                writer.join();
            }
            awaitHead(run);
        }
        assertThat(positions).hasSize(401).isSorted().doesNotHaveDuplicates();
    }
}
