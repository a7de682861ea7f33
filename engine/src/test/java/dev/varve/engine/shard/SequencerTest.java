package dev.varve.engine.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.TestClock;
import dev.varve.engine.io.ReadBuffers;
import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.MemoryJournal;
import dev.varve.engine.journal.OutOfSpaceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Order, groups, answers and failures, over a journal that the test commands. */
@Timeout(60)
final class SequencerTest {

    private final TestClock clock = new TestClock();
    private final TestJournal journal = new TestJournal();
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final List<Throwable> poisons = new ArrayList<>();
    private final Sequencer sequencer = sequencer(SequencerOptions.DEFAULT);

    private Sequencer sequencer(SequencerOptions options) {
        return sequencer(options, List.of(), () -> {});
    }

    private Sequencer sequencer(SequencerOptions options, List<Face> faces, Runnable onShortOfSpace) {
        return new Sequencer(
                journal,
                1,
                new EngineTime(clock),
                faces,
                new Visibility(),
                options,
                () -> {},
                onShortOfSpace,
                poisons::add);
    }

    // ---- groups

    @Test
    void what_waits_becomes_one_group() {
        submit("a", "b", "c");

        sequencer.runPending();

        assertThat(journal.groups).containsExactly(3);
        assertThat(log).containsExactly("publish a", "publish b", "publish c", "answer a", "answer b", "answer c");
    }

    @Test
    void a_refusal_alone_writes_nothing_and_is_answered() {
        sequencer.submit(new TestCommand("no").refusing());

        sequencer.runPending();

        assertThat(journal.groups).isEmpty();
        assertThat(log).containsExactly("answer no");
    }

    @Test
    void a_refusal_waits_for_the_group_that_it_may_have_read() {
        journal.holdsBack = true;
        submit("a");
        sequencer.runPending();
        sequencer.submit(new TestCommand("no").refusing());
        sequencer.runPending();
        assertThat(log).isEmpty();

        journal.complete();
        sequencer.runPending();

        assertThat(log).containsExactly("publish a", "answer a", "answer no");
    }

    @Test
    void a_journal_that_completes_later_is_filled_ahead_and_published_in_order() {
        journal.holdsBack = true;
        for (String name : List.of("a", "b", "c", "d", "e")) {
            submit(name);
            sequencer.runPending();
        }
        assertThat(journal.groups).hasSize(SequencerOptions.DEFAULT.maxGroupsInFlight());

        journal.complete();
        journal.complete();
        sequencer.runPending();

        assertThat(log).containsExactly("publish a", "answer a", "publish b", "answer b");
        assertThat(journal.groups).hasSize(SequencerOptions.DEFAULT.maxGroupsInFlight() + 1);
    }

    @Test
    void a_full_group_leaves_the_rest_to_the_next() {
        Sequencer small = sequencer(new SequencerOptions(1 << 20, Long.MAX_VALUE, 100, 1 << 20, Long.MAX_VALUE, 4));
        for (int i = 0; i < 6; i++) {
            small.submit(new TestCommand("c" + i));
        }

        small.runPending();

        assertThat(journal.groups.size()).isGreaterThan(1);
        assertThat(journal.groups.stream().mapToInt(frames -> frames).sum()).isEqualTo(6);
    }

    // ---- commits of several faces

    @Test
    void readers_wait_while_a_commit_of_several_faces_is_put_in_place() throws InterruptedException {
        CountDownLatch publishing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        sequencer.submit(new TestCommand("a") {
            @Override
            public boolean spansFaces() {
                return true;
            }

            @Override
            public void publish(long position, long end) {
                sequencer.awaitWhole(); // the owner never waits for itself
                publishing.countDown();
                await(go);
                super.publish(position, end);
            }
        });
        sequencer.awaitWhole(); // as long as it is not durable there is nothing to wait for
        Thread owner = Thread.ofPlatform().start(sequencer::runPending);
        publishing.await();
        Thread reader = Thread.ofPlatform().start(() -> {
            sequencer.awaitWhole();
            log.add("read");
        });
        reader.join(50);
        assertThat(log).isEmpty();

        go.countDown();
        owner.join();
        reader.join();

        assertThat(log).startsWith("publish a").contains("read", "answer a");
    }

    @Test
    void readers_do_not_wait_for_ever_when_a_commit_cannot_be_put_in_place() {
        sequencer.submit(new TestCommand("a") {
            @Override
            public boolean spansFaces() {
                return true;
            }

            @Override
            public void publish(long position, long end) {
                throw new IllegalStateException("a fault, says the test");
            }
        });
        sequencer.runPending();

        sequencer.awaitWhole();

        assertThat(poisons).hasSize(1);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void one_thread_at_a_time_decides_however_many_bring_work() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicBoolean overlapped = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        int threads = 8;
        int each = 2_000;
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            Thread.ofPlatform().start(() -> {
                for (int i = 0; i < each; i++) {
                    sequencer.submit(new TestCommand("x") {
                        @Override
                        public void decide(FrameWriter writer, long nowMillis) {
                            if (inside.incrementAndGet() != 1) {
                                overlapped.set(true);
                            }
                            super.decide(writer, nowMillis);
                            inside.decrementAndGet();
                        }

                        @Override
                        public void answer() {
                            answered.incrementAndGet();
                        }
                    });
                    sequencer.runPending();
                }
                done.countDown();
            });
        }
        done.await();
        sequencer.runPending();

        assertThat(overlapped).isFalse();
        assertThat(answered).hasValue(threads * each);
    }

    // ---- cold heads

    @Test
    void later_commands_with_the_same_key_wait_behind_a_parked_one_and_others_do_not() {
        AtomicBoolean loaded = new AtomicBoolean();
        sequencer.submit(new TestCommand("cold").key("k").ready(loaded::get));
        sequencer.submit(new TestCommand("behind").key("k"));
        sequencer.submit(new TestCommand("other").key("o"));
        sequencer.runPending();
        assertThat(log).containsExactly("publish other", "answer other");

        loaded.set(true);
        sequencer.post(sequencer::loaded);
        sequencer.runPending();

        assertThat(log)
                .containsExactly(
                        "publish other",
                        "answer other",
                        "publish cold",
                        "publish behind",
                        "answer cold",
                        "answer behind");
    }

    @Test
    void commands_that_wait_behind_a_parked_one_look_ahead_once_each_and_not_all_at_once() {
        AtomicBoolean loaded = new AtomicBoolean();
        List<TestCommand> commands = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            commands.add(new TestCommand("c" + i).key("k").ready(loaded::get));
        }
        commands.forEach(sequencer::submit);
        for (int i = 0; i < 3; i++) {
            sequencer.runPending();
            sequencer.post(sequencer::loaded);
        }
        assertThat(commands.stream().mapToInt(command -> command.looks).sum()).isEqualTo(64);
        assertThat(commands.stream().mapToInt(command -> command.looks).max()).hasValue(1);
        assertThat(log).isEmpty();

        loaded.set(true);
        sequencer.runPending();
        assertThat(log).hasSize(200).startsWith("publish c0", "publish c1").endsWith("answer c98", "answer c99");
    }

    // ---- overload

    @Test
    void more_bytes_than_the_queue_holds_are_refused_and_not_applied() {
        Sequencer small = sequencer(new SequencerOptions(250, Long.MAX_VALUE, 1 << 20, 1 << 20, Long.MAX_VALUE, 4));
        for (int i = 0; i < 4; i++) {
            small.submit(new TestCommand("c" + i));
        }
        assertThat(log).containsExactly("fail c2 overloaded", "fail c3 overloaded");

        small.runPending();
        small.submit(new TestCommand("later"));
        small.runPending();

        assertThat(log).contains("answer c0", "answer c1", "answer later").doesNotContain("answer c2");
    }

    @Test
    void a_wait_that_would_be_too_long_is_refused() {
        journal.syncNanos = 3_000_000_000L;
        submit("slow");
        sequencer.runPending();

        submit("probe", "next");

        assertThat(log).contains("answer slow").endsWith("fail next overloaded");
    }

    @Test
    void nothing_more_is_refused_when_a_stall_is_over() {
        journal.syncNanos = 30_000_000_000L;
        submit("slow");
        sequencer.runPending();
        submit("probe", "refused");
        journal.syncNanos = 100_000L;
        sequencer.runPending();
        submit("one", "two", "three");
        sequencer.runPending();

        assertThat(log)
                .contains("fail refused overloaded")
                .contains("answer slow", "answer probe", "answer one", "answer two", "answer three");
    }

    @Test
    void a_stall_that_goes_on_refuses_all_but_one_at_a_time() {
        journal.syncNanos = 3_000_000_000L;
        for (int round = 0; round < 3; round++) {
            submit("a" + round, "b" + round);
            sequencer.runPending();
        }

        assertThat(log).contains("answer a0", "answer b0", "answer a1", "answer a2");
        assertThat(log).contains("fail b1 overloaded", "fail b2 overloaded");
    }

    @Test
    void while_memory_holds_too_many_changes_nothing_more_comes_in() {
        FullFace face = new FullFace();
        List<String> tried = new ArrayList<>();
        Sequencer bounded = sequencer(SequencerOptions.DEFAULT, List.of(face), () -> tried.add("checkpoint"));
        face.overfull = true;
        bounded.submit(new TestCommand("first"));
        bounded.runPending();
        bounded.submit(new TestCommand("refused"));
        bounded.runPending();
        assertThat(log).contains("answer first").endsWith("fail refused overloaded");
        assertThat(tried).isNotEmpty();

        face.overfull = false;
        bounded.post(() -> {});
        bounded.runPending();
        bounded.submit(new TestCommand("second"));
        bounded.runPending();
        assertThat(log).endsWith("answer second");
    }

    @Test
    void two_faces_that_hold_much_may_not_hold_more_than_half_of_the_heap_together() {
        FullFace one = new FullFace();
        FullFace other = new FullFace();
        Sequencer bounded = sequencer(SequencerOptions.DEFAULT, List.of(one, other), () -> {});
        one.heldBytes = Runtime.getRuntime().maxMemory() / 3;
        bounded.submit(new TestCommand("first"));
        bounded.runPending();
        other.heldBytes = one.heldBytes;
        bounded.submit(new TestCommand("second"));
        bounded.runPending();
        bounded.submit(new TestCommand("refused"));

        assertThat(log).contains("answer first", "answer second").endsWith("fail refused overloaded");
    }

    private static final class FullFace implements Face {
        private boolean overfull;
        private long heldBytes;

        @Override
        public boolean isFull() {
            return overfull;
        }

        @Override
        public boolean isOverfull() {
            return overfull;
        }

        @Override
        public long heldBytes() {
            return heldBytes;
        }

        @Override
        public boolean owns(byte effectType) {
            return false;
        }

        @Override
        public void replay(byte effectType, ByteBuffer body, ReplayContext context) {
            throw new UnsupportedOperationException("there is nothing to replay");
        }

        @Override
        public void tellListeners() {}

        @Override
        public Frozen freeze() {
            throw new UnsupportedOperationException("there are no checkpoints");
        }
    }

    // ---- space

    @Test
    void without_space_only_what_frees_some_goes_on() {
        journal.space = false;
        submit("data");
        sequencer.submit(new TestCommand("delete").freeing());

        sequencer.runPending();

        assertThat(log).containsExactly("fail data out_of_space", "publish delete", "answer delete");
        assertThat(journal.reserveUsed).isTrue();
    }

    @Test
    void space_that_runs_out_inside_a_commit_comes_from_the_reserve() {
        journal.outOfSpaceOnce = true;
        submit("data");

        sequencer.runPending();

        assertThat(log).containsExactly("publish data", "answer data");
        assertThat(journal.reserveUsed).isTrue();
        assertThat(poisons).isEmpty();
    }

    // ---- failures

    @Test
    void a_failed_write_leaves_the_outcome_unknown_and_ends_everything() {
        journal.failure = new IOException("the disk is gone");
        submit("a", "b");
        sequencer.runPending();
        submit("c");

        assertThat(log).containsExactly("fail a outcome_unknown", "fail b outcome_unknown", "fail c unavailable");
        assertThat(poisons).containsExactly(journal.failure);
        assertThat(sequencer.poison()).isSameAs(journal.failure);
    }

    @Test
    void groups_behind_a_failed_one_are_unknown_too() {
        journal.holdsBack = true;
        submit("a");
        sequencer.runPending();
        submit("b");
        sequencer.runPending();
        journal.failure = new IOException("the disk is gone");
        journal.complete();

        sequencer.runPending();

        assertThat(log).containsExactly("fail a outcome_unknown", "fail b outcome_unknown");
    }

    @Test
    void a_command_that_is_parked_until_a_group_shows_hears_of_its_failure() {
        sequencer.submit(new TestCommand("waits").ready(() -> false));
        journal.failure = new IOException("the disk is gone");
        submit("a");

        sequencer.runPending();

        assertThat(log).containsExactly("fail a outcome_unknown", "fail waits unavailable");
        assertThat(sequencer.queuedBytes()).isZero();
    }

    @Test
    void a_fault_in_a_decision_stops_the_shard_and_everyone_hears_of_it() {
        submit("before");
        sequencer.submit(new TestCommand("faulty").ready(() -> {
            throw new IllegalStateException("a bug");
        }));
        submit("after");

        sequencer.runPending();

        assertThat(log)
                .containsExactlyInAnyOrder(
                        "fail before outcome_unknown", "fail faulty outcome_unknown", "fail after unavailable");
        assertThat(poisons).hasSize(1);
        assertThat(journal.groups).isEmpty();
    }

    // ---- closing

    @Test
    void closing_finishes_what_is_queued_and_refuses_what_comes_later() {
        submit("a");
        sequencer.close();
        submit("late");

        assertThat(log).containsExactly("publish a", "answer a", "fail late unavailable");
    }

    @Test
    void a_thread_of_its_own_commits_what_others_submit() throws InterruptedException {
        sequencer.start(Thread.ofPlatform().daemon(true).factory());
        CountDownLatch answered = new CountDownLatch(1);
        sequencer.submit(new TestCommand("a") {
            @Override
            public void answer() {
                super.answer();
                answered.countDown();
            }
        });
        answered.await();
        sequencer.close();

        assertThat(log).containsExactly("publish a", "answer a");
    }

    private void submit(String... names) {
        for (String name : names) {
            sequencer.submit(new TestCommand(name));
        }
    }

    private class TestCommand extends Command {
        private final String name;
        private String key;
        private boolean refuses;
        private boolean frees;
        private BooleanSupplier ready = () -> true;

        int looks;

        TestCommand(String name) {
            this.name = name;
            this.key = name;
        }

        TestCommand key(String shared) {
            key = shared;
            return this;
        }

        TestCommand refusing() {
            refuses = true;
            return this;
        }

        TestCommand freeing() {
            frees = true;
            return this;
        }

        TestCommand ready(BooleanSupplier condition) {
            ready = condition;
            return this;
        }

        @Override
        public int weightBytes() {
            return 100;
        }

        @Override
        public List<String> keys() {
            return List.of(key);
        }

        @Override
        public boolean freesSpace() {
            return frees;
        }

        @Override
        public void lookAhead() {
            looks++;
        }

        @Override
        public boolean prepare() {
            return ready.getAsBoolean();
        }

        @Override
        public void decide(FrameWriter writer, long nowMillis) {
            if (!refuses) {
                writer.begin(8).putLong(7);
                writer.end();
            }
        }

        @Override
        public void publish(long position, long end) {
            log.add("publish " + name);
        }

        @Override
        public void answer() {
            log.add("answer " + name);
        }

        @Override
        public void fail(VarveException failure) {
            ErrorKind kind = failure.kind();
            log.add("fail " + name + " " + kind.wireName());
        }
    }

    /** Keeps groups like a journal in memory, but completes, fails and runs out of space as told. */
    private final class TestJournal implements Journal {
        private final MemoryJournal memory = new MemoryJournal();
        private final Deque<Runnable> heldBack = new ArrayDeque<>();
        private final List<Integer> groups = new ArrayList<>();
        private boolean holdsBack;
        private boolean space = true;
        private boolean reserveUsed;
        private boolean outOfSpaceOnce;
        private long syncNanos;
        private @Nullable IOException failure;
        private long end;

        void complete() {
            heldBack.remove().run();
        }

        @Override
        public long append(long epoch, Group group, Completion completion) throws OutOfSpaceException {
            if (outOfSpaceOnce) {
                outOfSpaceOnce = false;
                throw new OutOfSpaceException("no room, says the test");
            }
            groups.add(group.frames());
            long start = end;
            end += group.sizeBytes();
            long after = end;
            clock.advance(Duration.ofNanos(syncNanos));
            Runnable completed = () -> {
                if (failure != null) {
                    completion.failed(failure);
                } else {
                    completion.durable(after);
                }
            };
            if (holdsBack) {
                heldBack.add(completed);
            } else {
                completed.run();
            }
            return start;
        }

        @Override
        public void useReserve(boolean use) {
            reserveUsed |= use;
        }

        @Override
        public boolean hasSpace() {
            return space;
        }

        @Override
        public long end() {
            return end;
        }

        @Override
        public long claim() throws IOException {
            return memory.claim();
        }

        @Override
        public long start() {
            return 0;
        }

        @Override
        public void read(long from, long to, FrameVisitor visitor) throws IOException {
            memory.read(from, to, visitor);
        }

        @Override
        public void read(long from, long to, ReadBuffers buffers, FrameVisitor visitor) throws IOException {
            memory.read(from, to, buffers, visitor);
        }

        @Override
        public AutoCloseable tail(TailListener listener) {
            return memory.tail(listener);
        }

        @Override
        public void snapshot(Snapshot snapshot) throws IOException {
            memory.snapshot(snapshot);
        }

        @Override
        public Optional<Snapshot> latestSnapshot() {
            return memory.latestSnapshot();
        }

        @Override
        public void truncate(long before) throws IOException {
            memory.truncate(before);
        }

        @Override
        public @Nullable Throwable poison() {
            return null;
        }

        @Override
        public void close() {
            memory.close();
        }
    }
}
