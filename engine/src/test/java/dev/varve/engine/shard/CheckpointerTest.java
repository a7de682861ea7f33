package dev.varve.engine.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.io.Clock;
import dev.varve.engine.io.ReadBuffers;
import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.state.ForwardingStateStore;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The steps of a checkpoint, what happens when one fails, and when the next one starts. */
@Timeout(60)
final class CheckpointerTest {

    private static final long CHECKPOINT_BYTES = 1_000;
    private static final long RETRY_BYTES = 8L << 20;
    private static final long RETRY_NANOS = 5_000_000_000L;
    private static final long MEBIBYTE = 1L << 20;

    private final Logger checkpointerLog = Logger.getLogger(Checkpointer.class.getName());
    private final List<String> log = new ArrayList<>();
    private final List<Throwable> poisons = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private final Deque<Runnable> checkpointThread = new ArrayDeque<>();
    private final TestJournal journal = new TestJournal();
    private final TestStore store = new TestStore();
    private final Visibility visibility = new Visibility();
    private final EngineTime time = new EngineTime(new TestClock());
    private final TestFace face = new TestFace();
    private final Checkpointer checkpointer = new Checkpointer(
            journal, store, List.of(face), visibility, time, checkpointThread::add, CHECKPOINT_BYTES, Pace.UNBROKEN);
    private final Sequencer sequencer = new Sequencer(
            journal, 1, time, List.of(face), visibility, SequencerOptions.DEFAULT, () -> {}, () -> {}, poisons::add);

    /** Where a checkpoint may fail. */
    enum Step {
        WRITE,
        COMMIT,
        SNAPSHOT
    }

    private @Nullable Step failing;

    CheckpointerTest() {
        journalAt(0);
    }

    @BeforeEach
    void silence() {
        checkpointerLog.setLevel(Level.OFF);
    }

    @AfterEach
    void speakAgain() {
        checkpointerLog.setLevel(null);
    }

    // ---- the steps

    @Test
    void a_checkpoint_freezes_writes_commits_is_recorded_retires_and_frees_the_journal() {
        journalAt(500);
        CompletableFuture<Boolean> done = request();
        assertThat(log).containsExactly("freeze 1");

        writeCheckpoint();
        sequencer.runPending();

        assertThat(log)
                .containsExactly(
                        "freeze 1", "write 1", "commit 500", "snapshot 500", "retire 1", "retire 1", "truncate 500");
        assertThat(done).isCompletedWithValue(true);
        assertThat(checkpointer.completed()).isEqualTo(1);
        assertThat(store.replayFrom()).isEqualTo(500);
    }

    @Test
    void the_owner_retires_a_generation_in_steps_and_goes_on_in_between() {
        face.retireSteps = 3;
        CompletableFuture<Boolean> _ = request();
        writeCheckpoint();
        log.clear();
        sequencer.post(() -> log.add("something else"));

        sequencer.runPending();

        assertThat(log).startsWith("retire 1", "something else", "retire 1", "retire 1");
    }

    @Test
    void when_nothing_has_changed_nothing_is_written() {
        face.empty = true;

        CompletableFuture<Boolean> done = request();

        assertThat(done).isCompletedWithValue(true);
        assertThat(checkpointThread).isEmpty();
        assertThat(checkpointer.completed()).isZero();
    }

    @Test
    void what_is_durable_but_not_visible_yet_belongs_to_the_next_generation() {
        journalAt(500);
        journal.end = 800;

        CompletableFuture<Boolean> _ = request();
        writeCheckpoint();

        assertThat(log).contains("commit 500", "snapshot 500");
    }

    @Test
    void the_time_up_to_which_it_has_come_is_kept() throws IOException {
        assertThat(Checkpointer.storedMillis(store)).isEqualTo(Long.MIN_VALUE);
        nanos.addAndGet(7_000_000);

        CompletableFuture<Boolean> _ = request();
        writeCheckpoint();

        assertThat(Checkpointer.storedMillis(store)).isEqualTo(7);
    }

    @Test
    void a_journal_that_cannot_be_freed_fails_no_checkpoint() {
        journal.keepsAll = true;
        CompletableFuture<Boolean> done = request();

        writeCheckpoint();
        sequencer.runPending();

        assertThat(done).isCompletedWithValue(true);
        assertThat(poisons).isEmpty();
    }

    // ---- when one starts

    @Test
    void one_starts_when_enough_journal_has_come_together_since_the_last() {
        journalAt(CHECKPOINT_BYTES - 1);
        checkpointer.startIfDue(sequencer);
        assertThat(log).isEmpty();

        journalAt(CHECKPOINT_BYTES);
        checkpointer.startIfDue(sequencer);
        writeCheckpoint();
        sequencer.runPending();
        log.clear();
        journalAt(2 * CHECKPOINT_BYTES - 1);
        checkpointer.startIfDue(sequencer);
        assertThat(log).isEmpty();

        journalAt(2 * CHECKPOINT_BYTES);
        checkpointer.startIfDue(sequencer);
        assertThat(log).containsExactly("freeze 2");
    }

    @Test
    void one_starts_early_when_a_face_holds_too_much_in_memory() {
        face.full = true;

        checkpointer.startIfDue(sequencer);

        assertThat(log).containsExactly("freeze 1");
    }

    @Test
    void there_is_one_at_a_time() {
        journalAt(CHECKPOINT_BYTES);
        checkpointer.startIfDue(sequencer);
        journalAt(MEBIBYTE);

        checkpointer.startIfDue(sequencer);
        checkpointer.startForSpace(sequencer);

        assertThat(log).containsExactly("freeze 1");
    }

    @Test
    void one_that_is_asked_for_while_another_runs_follows_it() {
        CompletableFuture<Boolean> first = request();
        journalAt(100);
        CompletableFuture<Boolean> second = request();
        CompletableFuture<Boolean> third = request();

        writeCheckpoint();
        sequencer.runPending();
        assertThat(first).isCompletedWithValue(true);
        assertThat(second).isNotDone();
        writeCheckpoint();
        sequencer.runPending();

        assertThat(second).isCompletedWithValue(true);
        assertThat(third).isCompletedWithValue(true);
        assertThat(log).contains("freeze 2", "commit 100").doesNotContain("freeze 3");
    }

    @Test
    void short_of_space_one_starts_only_when_it_may_free_some() {
        journalAt(MEBIBYTE - 1);
        checkpointer.startForSpace(sequencer);
        assertThat(log).isEmpty();

        journalAt(MEBIBYTE);
        checkpointer.startForSpace(sequencer);
        assertThat(log).containsExactly("freeze 1");
    }

    // ---- failures

    @ParameterizedTest
    @EnumSource(Step.class)
    void a_checkpoint_that_fails_keeps_the_journal_and_is_written_again_as_a_whole(Step step) {
        journalAt(500);
        failing = step;
        CompletableFuture<Boolean> first = request();
        writeCheckpoint();
        sequencer.runPending();
        assertThat(first).isCompletedWithValue(false);
        assertThat(log).doesNotContain("retire 1", "truncate 500");
        assertThat(checkpointer.completed()).isZero();
        failing = null;
        journalAt(900);
        log.clear();

        CompletableFuture<Boolean> second = request();
        writeCheckpoint();
        sequencer.runPending();

        assertThat(second).isCompletedWithValue(true);
        assertThat(log)
                .containsExactly("write 1", "commit 500", "snapshot 500", "retire 1", "retire 1", "truncate 500");
        assertThat(poisons).isEmpty();
    }

    @Test
    void a_failure_is_told_to_all_who_wait() {
        failing = Step.COMMIT;
        CompletableFuture<Boolean> first = request();
        CompletableFuture<Boolean> second = request();

        writeCheckpoint();
        sequencer.runPending();

        assertThat(first).isCompletedWithValue(false);
        assertThat(second).isCompletedWithValue(false);
    }

    @Test
    void after_a_failure_it_is_tried_again_when_some_more_journal_has_come_together() {
        fail();
        journalAt(RETRY_BYTES - 1);
        checkpointer.startIfDue(sequencer);
        checkpointer.retryIfDue();
        assertThat(checkpointThread).isEmpty();

        journalAt(RETRY_BYTES);
        checkpointer.retryIfDue();
        checkpointer.retryIfDue();

        assertThat(checkpointThread).hasSize(1);
        assertThat(log).doesNotContain("freeze 2");
    }

    @Test
    void after_a_failure_with_the_disk_full_it_is_tried_again_every_five_seconds() {
        fail();
        journalAt(MEBIBYTE);
        nanos.addAndGet(RETRY_NANOS - 1);
        checkpointer.startForSpace(sequencer);
        assertThat(checkpointThread).isEmpty();

        nanos.addAndGet(1);
        checkpointer.startForSpace(sequencer);

        assertThat(checkpointThread).hasSize(1);
    }

    @Test
    void a_generation_that_failed_often_is_still_written_once() {
        failing = Step.WRITE;
        CompletableFuture<Boolean> _ = request();
        for (int i = 0; i < 5; i++) {
            writeCheckpoint();
            sequencer.runPending();
            CompletableFuture<Boolean> _ = request();
        }
        failing = null;
        log.clear();

        writeCheckpoint();
        sequencer.runPending();

        assertThat(log).contains("write 1", "truncate 0").doesNotContain("freeze 2");
        assertThat(checkpointer.completed()).isEqualTo(1);
    }

    @Test
    void a_state_in_doubt_stops_the_shard() {
        IOException doubt = new IOException("nobody knows, says the test");
        failing = Step.COMMIT;
        store.poison = doubt;
        CompletableFuture<Boolean> done = request();

        writeCheckpoint();
        sequencer.runPending();

        assertThat(done).isCompletedWithValue(false);
        assertThat(poisons).containsExactly(doubt);
        assertThat(log).doesNotContain("retire 1");
    }

    @Test
    void an_error_while_writing_stops_the_shard() {
        face.error = new StackOverflowError("says the test");
        CompletableFuture<Boolean> done = request();

        writeCheckpoint();
        sequencer.runPending();

        assertThat(done).isCompletedWithValue(false);
        assertThat(poisons).containsExactly(face.error);
        assertThat(log).doesNotContain("commit 0", "retire 1");
    }

    // ---- helpers

    private CompletableFuture<Boolean> request() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        checkpointer.request(sequencer, done);
        return done;
    }

    private void fail() {
        failing = Step.COMMIT;
        CompletableFuture<Boolean> _ = request();
        writeCheckpoint();
        sequencer.runPending();
        failing = null;
    }

    private void writeCheckpoint() {
        checkpointThread.remove().run();
    }

    private void journalAt(long end) {
        journal.end = end;
        visibility.moveTo(end);
    }

    private void step(Step step, String what) throws IOException {
        if (failing == step) {
            throw new IOException(what + " fails, says the test");
        }
        log.add(what);
    }

    private final class TestClock implements Clock {
        @Override
        public long wallMillis() {
            return 0;
        }

        @Override
        public long elapsedNanos() {
            return nanos.get();
        }
    }

    private final class TestFace implements Face {
        private int generation;
        private int retireSteps = 2;
        private boolean empty;
        private boolean full;
        private boolean overfull;
        private @Nullable Error error;

        @Override
        public boolean isFull() {
            return full;
        }

        @Override
        public boolean isOverfull() {
            return overfull;
        }

        @Override
        public Frozen freeze() {
            generation++;
            int number = generation;
            if (!empty) {
                log.add("freeze " + number);
            }
            return new Frozen() {
                private int retired;

                @Override
                public void write(StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
                    if (error != null) {
                        throw error;
                    }
                    step(Step.WRITE, "write " + number);
                    checkpoint.put(
                            Table.STREAM_HEADS,
                            new byte[] {1},
                            ByteBuffer.allocate(4).putInt(number).array());
                }

                @Override
                public boolean retireStep() {
                    if (!empty) {
                        log.add("retire " + number);
                    }
                    retired++;
                    return retired >= retireSteps;
                }

                @Override
                public boolean isEmpty() {
                    return empty;
                }
            };
        }

        @Override
        public boolean owns(byte effectType) {
            return false;
        }

        @Override
        public void replay(byte effectType, ByteBuffer body, ReplayContext context) {
            throw new IllegalStateException("nothing is replayed here");
        }

        @Override
        public void tellListeners() {}
    }

    /** A state in memory that says what is done with it and fails when it is told to. */
    private final class TestStore extends ForwardingStateStore {
        private @Nullable Throwable poison;

        TestStore() {
            super(new MemoryStateStore());
        }

        @Override
        public Checkpoint beginCheckpoint() {
            Checkpoint checkpoint = super.beginCheckpoint();
            return new Checkpoint() {
                @Override
                public void put(Table table, byte[] key, byte[] value) throws IOException {
                    checkpoint.put(table, key, value);
                }

                @Override
                public void delete(Table table, byte[] key) throws IOException {
                    checkpoint.delete(table, key);
                }

                @Override
                public void deleteRange(Table table, byte[] from, byte[] to) throws IOException {
                    checkpoint.deleteRange(table, from, to);
                }

                @Override
                public String commit(long replayFrom) throws IOException {
                    step(Step.COMMIT, "commit " + replayFrom);
                    return checkpoint.commit(replayFrom);
                }

                @Override
                public void close() {
                    checkpoint.close();
                }
            };
        }

        @Override
        public @Nullable Throwable poison() {
            return poison;
        }
    }

    /** A journal of which only the positions count. */
    private final class TestJournal implements Journal {
        private long end;
        private boolean keepsAll;

        @Override
        public long append(long epoch, Group group, Completion completion) {
            throw new IllegalStateException("nothing is appended here");
        }

        @Override
        public long end() {
            return end;
        }

        @Override
        public void snapshot(Snapshot snapshot) throws IOException {
            step(Step.SNAPSHOT, "snapshot " + snapshot.position());
        }

        @Override
        public void truncate(long before) throws IOException {
            log.add("truncate " + before);
            if (keepsAll) {
                throw new IOException("cannot be freed, says the test");
            }
        }

        @Override
        public long claim() {
            return 1;
        }

        @Override
        public void useReserve(boolean use) {}

        @Override
        public boolean hasSpace() {
            return true;
        }

        @Override
        public long start() {
            return 0;
        }

        @Override
        public void read(long from, long to, FrameVisitor visitor) {}

        @Override
        public void read(long from, long to, ReadBuffers buffers, FrameVisitor visitor) {}

        @Override
        public AutoCloseable tail(TailListener listener) {
            return () -> {};
        }

        @Override
        public Optional<Snapshot> latestSnapshot() {
            return Optional.empty();
        }

        @Override
        public @Nullable Throwable poison() {
            return null;
        }

        @Override
        public void close() {}
    }
}
