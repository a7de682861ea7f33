package dev.varve.engine.streams;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamConfig;
import dev.varve.api.VarveException;
import dev.varve.engine.TestClock;
import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.journal.MemoryJournal;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.shard.SequencerOptions;
import dev.varve.engine.shard.Shard;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.state.ForwardingStateStore;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is held in memory since the last checkpoint has a bound, also while checkpoints are held up. */
@Timeout(60)
final class StreamsMemoryTest {

    private static final long FULL_BYTES = 256 << 10;
    private static final long OVERFULL_BYTES = 2 * FULL_BYTES;
    /** What one command may take beyond the bound. */
    private static final long ONE_COMMAND_BYTES = 16 << 10;

    private static final int MORE_THAN_FITS = 100_000;
    private static final long RETRY_NANOS = 5_000_000_000L;

    private final Logger checkpointerLog = Logger.getLogger("dev.varve.engine.shard.Checkpointer");
    private final TestClock clock = new TestClock();
    private final MemoryJournal journal = new MemoryJournal();
    private final Deque<Runnable> checkpointThread = new ArrayDeque<>();
    private Executor checkpoints = checkpointThread::add;
    private MemoryStateStore state = new MemoryStateStore();
    private boolean failing;
    private StreamsFace face;
    private Shard shard;
    private EngineStreamStorage streams;

    StreamsMemoryTest() throws IOException {
        open(FULL_BYTES);
    }

    private void open(long fullBytes) throws IOException {
        EngineTime time = new EngineTime(clock);
        StateStore store = new ForwardingStateStore(state) {
            @Override
            public Checkpoint beginCheckpoint() {
                if (failing) {
                    throw new IllegalStateException("planted");
                }
                return super.beginCheckpoint();
            }
        };
        Visibility visibility = new Visibility();
        CommitLog commits = new CommitLog(store, visibility, time, Long.MAX_VALUE, Long.MAX_VALUE);
        face = new StreamsFace(
                journal,
                store,
                time,
                visibility,
                commits,
                Runnable::run,
                new ReadMemory(1 << 20),
                1_000_000,
                fullBytes);
        shard = Shard.open(
                journal,
                store,
                List.of(face, commits),
                visibility,
                time,
                new SequencerOptions(1L << 40, Long.MAX_VALUE, 1, 1L << 40, Long.MAX_VALUE, 4),
                1L << 40,
                task -> checkpoints.execute(task),
                Pace.UNBROKEN,
                failure -> {});
        commits.opened();
        face.attach(shard.sequencer());
        streams = new EngineStreamStorage(face, () -> {});
    }

    @BeforeEach
    void silence() {
        checkpointerLog.setLevel(Level.OFF);
    }

    @AfterEach
    void speakAgain() {
        checkpointerLog.setLevel(null);
    }

    /** What is on the disk stays. */
    private void crashAndOpen(long fullBytes) throws IOException {
        checkpointThread.clear();
        state = state.afterCrash();
        open(fullBytes);
    }

    private <T> CompletableFuture<T> done(CompletableFuture<T> answer) {
        streams.runPending();
        return answer;
    }

    private CompletableFuture<?> create(String path) {
        return done(streams.create(CreateRequest.of(path, StreamConfig.of("text/plain"))));
    }

    private CompletableFuture<AppendResult> append(String path) {
        return done(streams.append(AppendRequest.of(path, "text/plain", "x".getBytes(US_ASCII))));
    }

    /** Has the checkpoint that is due written, or fail. */
    private void runCheckpoint() {
        checkpointThread.remove().run();
        streams.runPending();
    }

    private void writeEverything() {
        do {
            CompletableFuture<Boolean> _ = shard.checkpoint();
            streams.runPending();
            while (!checkpointThread.isEmpty()) {
                runCheckpoint();
            }
        } while (state.replayFrom() < journal.end());
    }

    /** By what memory grows. */
    enum Growth {
        APPENDS_TO_ONE_STREAM,
        APPENDS_TO_MANY_STREAMS,
        NEW_STREAMS,
        LONG_PATHS,
        STREAMS_THAT_COME_AND_GO,
        PRODUCERS
    }

    private CompletableFuture<?> grow(Growth growth, int i) {
        return switch (growth) {
            case APPENDS_TO_ONE_STREAM -> append("one");
            case APPENDS_TO_MANY_STREAMS -> append("many/" + i % 100);
            case NEW_STREAMS -> create("new/" + i);
            case LONG_PATHS -> create("long/" + i + "/" + "p".repeat(1_000));
            case STREAMS_THAT_COME_AND_GO -> {
                CompletableFuture<?> created = create("brief/" + i);
                yield created.isCompletedExceptionally() ? created : done(streams.delete("brief/" + i));
            }
            case PRODUCERS ->
                done(streams.append(AppendRequest.of("one", "text/plain", "x".getBytes(US_ASCII))
                        .withProducer(new Producer("producer-" + i, 0, 0))));
        };
    }

    /** Goes on until a write is refused, and gives how many were not. */
    private int growUntilRefused(Growth growth, int from) {
        for (int i = from; i < from + MORE_THAN_FITS; i++) {
            CompletableFuture<?> answer = grow(growth, i);
            assertThat(face.heldBytes()).isLessThan(OVERFULL_BYTES + ONE_COMMAND_BYTES);
            if (answer.isCompletedExceptionally()) {
                assertOverloaded(answer);
                return i - from;
            }
            assertThat(answer).isDone();
        }
        throw new AssertionError("nothing was refused");
    }

    private static void assertOverloaded(CompletableFuture<?> answer) {
        assertThatThrownBy(answer::join)
                .isInstanceOfSatisfying(
                        CompletionException.class,
                        completion -> assertThat(completion.getCause())
                                .isInstanceOfSatisfying(VarveException.class, refused -> {
                                    assertThat(refused.kind()).isEqualTo(ErrorKind.OVERLOADED);
                                    assertThat(refused.retryAfter()).isPresent();
                                    assertThat(refused).hasMessageContaining("nothing was applied");
                                }));
    }

    private void createAll() {
        CompletableFuture<?> _ = create("one");
        for (int i = 0; i < 100; i++) {
            CompletableFuture<?> _ = create("many/" + i);
        }
    }

    @ParameterizedTest
    @EnumSource(Growth.class)
    void a_checkpoint_begins_when_much_has_changed_however_little_journal_has_come_together(Growth growth) {
        createAll();
        int i = 0;
        while (checkpointThread.isEmpty()) {
            assertThat(face.heldBytes()).isLessThan(FULL_BYTES + ONE_COMMAND_BYTES);
            assertThat(grow(growth, i++)).isCompleted();
        }
        assertThat(face.heldBytes()).isBetween(FULL_BYTES, FULL_BYTES + ONE_COMMAND_BYTES);
    }

    @ParameterizedTest
    @EnumSource(Growth.class)
    void while_a_checkpoint_is_held_up_no_more_is_taken_than_the_bound_allows(Growth growth) {
        createAll();

        assertThat(growUntilRefused(growth, 0)).isPositive();

        assertThat(face.heldBytes()).isBetween(OVERFULL_BYTES, OVERFULL_BYTES + ONE_COMMAND_BYTES);
        assertOverloaded(append("one"));
        assertOverloaded(create("another"));
    }

    @ParameterizedTest
    @EnumSource(Growth.class)
    void when_the_checkpoint_is_through_writes_are_taken_again_and_nothing_stays_counted(Growth growth) {
        createAll();
        int taken = growUntilRefused(growth, 0);
        runCheckpoint();

        assertThat(growUntilRefused(growth, MORE_THAN_FITS)).isGreaterThan(taken / 4);
        writeEverything();

        assertThat(face.heldBytes()).isZero();
        assertThat(append("one")).isCompleted();
    }

    @Test
    void what_was_refused_is_not_there_and_all_else_is() {
        CompletableFuture<?> _ = create("one");
        int taken = growUntilRefused(Growth.APPENDS_TO_ONE_STREAM, 0);
        for (int i = 0; i < 10; i++) {
            assertOverloaded(append("one"));
        }

        assertThat(length("one")).isEqualTo(taken);
        writeEverything();
        assertThat(length("one")).isEqualTo(taken);
        assertThat(append("one")).isCompleted();
        assertThat(length("one")).isEqualTo(taken + 1);
    }

    @Test
    void a_checkpoint_that_fails_is_tried_again_although_nothing_comes_in() {
        CompletableFuture<?> _ = create("one");
        growUntilRefused(Growth.APPENDS_TO_ONE_STREAM, 0);
        failing = true;
        runCheckpoint();
        failing = false;
        assertThat(checkpointThread).isEmpty();
        assertOverloaded(append("one"));
        streams.runPending();
        assertThat(checkpointThread).isEmpty();

        clock.advance(Duration.ofNanos(RETRY_NANOS));
        assertOverloaded(append("one"));
        streams.runPending();
        writeEverything();

        assertThat(face.heldBytes()).isZero();
        assertThat(append("one")).isCompleted();
    }

    @Test
    void more_than_the_bound_in_the_journal_does_not_keep_it_from_opening() throws IOException {
        CompletableFuture<?> _ = create("one");
        int taken = growUntilRefused(Growth.APPENDS_TO_ONE_STREAM, 0);

        crashAndOpen(FULL_BYTES / 16);

        assertThat(face.isOverfull()).isTrue();
        assertThat(length("one")).isEqualTo(taken);
        streams.runPending();
        // Before anybody writes anything.
        assertThat(checkpointThread).hasSize(1);
        append("one").handle((_, _) -> null).join();
        assertOverloaded(append("one"));
        writeEverything();
        assertThat(face.heldBytes()).isZero();
        assertThat(append("one")).isCompleted();
        assertThat(length("one")).isEqualTo(taken + 2);
    }

    @Test
    void closing_while_writes_are_refused_writes_everything_to_the_state() {
        CompletableFuture<?> _ = create("one");
        growUntilRefused(Growth.APPENDS_TO_ONE_STREAM, 0);
        Runnable heldUp = checkpointThread.remove();
        checkpoints = task -> Thread.ofPlatform().start(task);
        shard.start(Thread.ofPlatform().factory());
        checkpoints.execute(heldUp);
        long end = journal.end();

        shard.close();

        assertThat(state.replayFrom()).isEqualTo(end);
    }

    @Test
    void whatever_happens_in_whatever_order_nothing_is_counted_any_more_when_all_is_written() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 2_000; i++) {
                String path = "stream/" + random.nextInt(50);
                switch (random.nextInt(8)) {
                    case 0 -> {
                        CompletableFuture<?> _ = create(path);
                    }
                    case 1 -> {
                        CompletableFuture<?> _ = done(streams.delete(path));
                    }
                    case 2 -> {
                        CompletableFuture<?> _ =
                                done(streams.append(AppendRequest.of(path, "text/plain", "x".getBytes(US_ASCII))
                                        .withProducer(new Producer("p" + random.nextInt(3), i, 0))));
                    }
                    default -> {
                        CompletableFuture<?> _ = append(path);
                    }
                }
                if (random.nextInt(500) == 0) {
                    CompletableFuture<Boolean> _ = shard.checkpoint();
                    streams.runPending();
                }
                if (random.nextInt(200) == 0) {
                    failing = random.nextInt(3) == 0;
                    if (!checkpointThread.isEmpty()) {
                        runCheckpoint();
                    }
                }
            }
            failing = false;
            writeEverything();

            assertThat(face.heldBytes()).as("seed %d, round %d", seed, round).isZero();
        }
    }

    private long length(String path) {
        long length = 0;
        Offset from = Offset.BEGINNING;
        while (true) {
            ReadResult.Page page =
                    (ReadResult.Page) done(streams.read(path, from, 1 << 20)).join();
            length += page.data().remaining();
            if (!page.hasMore()) {
                return length;
            }
            from = page.next();
        }
    }

    @Test
    void streams_that_are_gone_leave_memory_although_there_is_room_for_them() {
        List<WeakReference<Stream>> gone = new ArrayList<>();
        int count = 3_000;
        int fitInMemory = 20;
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < count; i++) {
                var _ = create("brief/" + i);
                if (i % fitInMemory == 0) {
                    writeEverything();
                }
            }
            writeEverything();
            for (int i = 0; i < count; i++) {
                gone.add(new WeakReference<>(Objects.requireNonNull(face.table.find("brief/" + i))));
                var _ = done(streams.delete("brief/" + i));
                if (i % fitInMemory == 0) {
                    writeEverything();
                }
            }
            writeEverything();
        }
        long kept = gone.size();
        for (int attempt = 0; attempt < 100 && kept > gone.size() / 2; attempt++) {
            System.gc();
            kept = gone.stream().filter(stream -> stream.get() != null).count();
        }
        assertThat(kept).isLessThan(gone.size() / 2);
    }

    @Test
    void a_stream_that_is_gone_holds_on_to_no_generation() {
        var _ = create("brief");
        writeEverything();
        Stream stream = Objects.requireNonNull(face.table.find("brief"));
        var _ = done(streams.delete("brief"));
        assertThat(stream.changed).isNotNull();
        writeEverything();
        assertThat(stream.changed).isNull();
    }
}
