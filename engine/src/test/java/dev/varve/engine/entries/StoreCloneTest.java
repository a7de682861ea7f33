package dev.varve.engine.entries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.files.MemoryBlobStore;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.io.SystemRandom;
import dev.varve.engine.journal.MemoryJournal;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.SequencerOptions;
import dev.varve.engine.shard.Shard;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.state.MemoryStateStore;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A copy of a store while it is being made: what is seen, what a crash leaves, and what a failed checkpoint does. */
@Timeout(60)
final class StoreCloneTest {

    private static final String SOURCE = "acme/source";
    private static final String COPY = "acme/copy";

    private final Logger checkpointerLog = Logger.getLogger("dev.varve.engine.shard.Checkpointer");
    private final MemoryJournal journal = new MemoryJournal();
    private final Deque<Runnable> checkpointThread = new ArrayDeque<>();
    private MemoryStateStore state = new MemoryStateStore();
    private long stepsUntilFailure = Long.MAX_VALUE;
    private Shard shard;
    private EngineEntryStorage entries;

    StoreCloneTest() throws IOException {
        open();
    }

    private void open() throws IOException {
        EngineTime time = new EngineTime(new SystemClock());
        Visibility visibility = new Visibility();
        CommitLog commits = new CommitLog(state, visibility, time, Long.MAX_VALUE, Long.MAX_VALUE);
        EntriesFace face =
                new EntriesFace(state, time, Runnable::run, new MemoryBlobStore(), StoreQuotas.NONE, commits);
        shard = Shard.open(
                journal,
                state,
                List.of(face, commits),
                visibility,
                time,
                SequencerOptions.DEFAULT,
                1L << 40,
                checkpointThread::add,
                () -> {
                    if (--stepsUntilFailure == 0) {
                        throw new IllegalStateException("planted");
                    }
                },
                failure -> {});
        commits.opened();
        face.attach(shard.sequencer());
        entries = new EngineEntryStorage(face, SystemRandom.create());
    }

    /** What is on the disk stays; what the checkpoint has not committed is gone. */
    private void crash() throws IOException {
        checkpointThread.clear();
        state = state.afterCrash();
        open();
    }

    private <T> CompletableFuture<T> done(CompletableFuture<T> answer) {
        entries.runPending();
        return answer;
    }

    private long write(String store, EntryOp... ops) {
        EntryWriteResult result = done(entries.write(new EntryWrite(store, List.of(ops), "device", "op", false, true)))
                .join();
        return ((EntryWriteResult.Written) result).storeSeq();
    }

    private static EntryOp set(String path, long value) {
        return EntryOp.set(EntryPath.parse(path), EntryValue.of(value));
    }

    private static EntryOp delete(String path) {
        return EntryOp.delete(EntryPath.parse(path));
    }

    private List<Entry> now(String store) {
        return done(entries.list(EntryQuery.matching(store, EntryPattern.ALL)))
                .join()
                .entries();
    }

    private List<Entry> at(String store, long seq) {
        return done(entries.listAt(EntryQuery.matching(store, EntryPattern.ALL), seq))
                .join()
                .entries();
    }

    /** Runs checkpoints until none is due. */
    private void checkpoints() {
        entries.runPending();
        while (!checkpointThread.isEmpty()) {
            checkpointThread.remove().run();
            entries.runPending();
        }
    }

    private void fill() {
        write(SOURCE, set("tree/a", 1), set("tree/b", 2), set("tree/c/d", 3), set("alone", 4));
        write(SOURCE, set("tree/a", 5));
        CompletableFuture<Boolean> _ = shard.checkpoint();
        checkpoints();
        write(SOURCE, delete("tree/c"), set("late", 6));
    }

    /** The later changes are in the same checkpoint as the copy. */
    private CompletableFuture<StoreInfo> cloneWithChangesAfterIt() {
        CompletableFuture<Boolean> _ = shard.checkpoint();
        entries.runPending();
        CompletableFuture<StoreInfo> copy = done(entries.cloneStore(SOURCE, COPY));
        write(SOURCE, EntryOp.set(EntryPath.parse("tree"), EntryValue.of(7)));
        write(SOURCE, delete("alone"), set("late", 8), set("new", 9));
        return copy;
    }

    private void isCopyOf(List<Entry> then, long seq) {
        assertThat(entries.store(COPY)).map(StoreInfo::storeSeq).contains(seq);
        assertThat(now(COPY)).isEqualTo(then);
        for (long at = 0; at <= seq; at++) {
            assertThat(at(COPY, at)).as("at %d", at).isEqualTo(at(SOURCE, at));
        }
        assertThat(entries.events(COPY, 0, 100).join().events())
                .isEqualTo(entries.events(SOURCE, 0, (int) seq).join().events());
    }

    @BeforeEach
    void silence() {
        checkpointerLog.setLevel(Level.OFF);
    }

    @AfterEach
    void speakAgain() {
        checkpointerLog.setLevel(null);
    }

    @Test
    void nobody_sees_a_copy_before_it_is_whole_and_its_source_is_written_meanwhile() {
        fill();
        List<Entry> then = now(SOURCE);
        long seq = entries.store(SOURCE).orElseThrow().storeSeq();

        CompletableFuture<StoreInfo> copy = cloneWithChangesAfterIt();

        assertThat(copy).isNotDone();
        assertThat(entries.store(COPY)).isEmpty();
        assertThat(entries.stores("acme")).hasSize(1);
        fails(ErrorKind.NOT_FOUND, entries.list(EntryQuery.matching(COPY, EntryPattern.ALL)));
        fails(
                ErrorKind.OVERLOADED,
                entries.write(new EntryWrite(COPY, List.of(set("a", 1)), "device", "op", false, true)));
        fails(ErrorKind.ALREADY_EXISTS, entries.cloneStore(SOURCE, COPY));
        checkpoints();
        assertThat(copy).isCompletedWithValueMatching(info -> info.storeSeq() == seq);
        isCopyOf(then, seq);
        assertThat(write(COPY, set("a", 1))).isEqualTo(seq + 1);
    }

    private void fails(ErrorKind kind, CompletableFuture<?> answer) {
        assertThatThrownBy(() -> done(answer).join())
                .cause()
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void after_a_crash_before_it_was_whole_it_is_made_again_of_the_same_moment() throws IOException {
        fill();
        List<Entry> then = now(SOURCE);
        long seq = entries.store(SOURCE).orElseThrow().storeSeq();
        CompletableFuture<StoreInfo> _ = cloneWithChangesAfterIt();

        crash();

        assertThat(entries.store(COPY)).isEmpty();
        checkpoints();
        isCopyOf(then, seq);
        crash();
        isCopyOf(then, seq);
    }

    @Test
    void a_copy_outlives_its_source_that_was_deleted_before_it_was_whole() throws IOException {
        fill();
        List<Entry> then = now(SOURCE);
        CompletableFuture<StoreInfo> copy = cloneWithChangesAfterIt();
        done(entries.deleteStore(SOURCE)).join();

        checkpoints();

        assertThat(copy).isCompleted();
        assertThat(now(COPY)).isEqualTo(then);
        crash();
        assertThat(now(COPY)).isEqualTo(then);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void wherever_a_checkpoint_fails_the_copy_is_of_its_moment(boolean crashes) throws IOException {
        int failures = 0;
        for (int step = 1; step < 200; step++) {
            StoreCloneTest run = new StoreCloneTest();
            run.fill();
            List<Entry> then = run.now(SOURCE);
            long seq = run.entries.store(SOURCE).orElseThrow().storeSeq();
            CompletableFuture<StoreInfo> copy = run.cloneWithChangesAfterIt();
            run.stepsUntilFailure = step;

            run.checkpoints();

            if (run.stepsUntilFailure <= 0) {
                failures++;
                if (run.entries.store(COPY).isEmpty() && copy.isDone()) {
                    run.fails(ErrorKind.OUTCOME_UNKNOWN, copy);
                }
            }
            if (crashes) {
                run.crash();
            }
            CompletableFuture<Boolean> _ = run.shard.checkpoint();
            run.checkpoints();
            run.isCopyOf(then, seq);
            assertThat(run.now(SOURCE)).extracting(Entry::value).contains(EntryValue.of(9));
        }
        assertThat(failures).isBetween(30, 198);
    }

    @Test
    void so_many_copies_are_made_at_a_time() {
        fill();
        CompletableFuture<Boolean> _ = shard.checkpoint();
        entries.runPending();
        for (int i = 0; i < EntriesFace.MAX_CLONES; i++) {
            assertThat(done(entries.cloneStore(SOURCE, COPY + i))).isNotDone();
        }
        fails(ErrorKind.OVERLOADED, entries.cloneStore(SOURCE, COPY));

        checkpoints();

        assertThat(entries.stores("acme")).hasSize(1 + EntriesFace.MAX_CLONES);
        CompletableFuture<StoreInfo> more = done(entries.cloneStore(SOURCE, COPY));
        checkpoints();
        assertThat(more).isCompleted();
    }
}
