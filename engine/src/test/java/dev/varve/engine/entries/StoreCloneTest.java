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
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import java.io.IOException;
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
    private long stepsUntilFailure = Long.MAX_VALUE;
    private final SteppedEntries entries = new SteppedEntries(state -> state, () -> {
        if (--stepsUntilFailure == 0) {
            throw new IllegalStateException("planted");
        }
    });

    StoreCloneTest() throws IOException {}

    private void fill() {
        entries.write(
                SOURCE,
                SteppedEntries.set("tree/a", 1),
                SteppedEntries.set("tree/b", 2),
                SteppedEntries.set("tree/c/d", 3),
                SteppedEntries.set("alone", 4));
        entries.write(SOURCE, SteppedEntries.set("tree/a", 5));
        entries.beginCheckpoint();
        entries.checkpoints();
        entries.write(SOURCE, SteppedEntries.delete("tree/c"), SteppedEntries.set("late", 6));
    }

    /** The later changes are in the same checkpoint as the copy. */
    private CompletableFuture<StoreInfo> cloneWithChangesAfterIt() {
        entries.beginCheckpoint();
        entries.storage().runPending();
        CompletableFuture<StoreInfo> copy = entries.done(entries.storage().cloneStore(SOURCE, COPY));
        entries.write(SOURCE, EntryOp.set(EntryPath.parse("tree"), EntryValue.of(7)));
        entries.write(
                SOURCE, SteppedEntries.delete("alone"), SteppedEntries.set("late", 8), SteppedEntries.set("new", 9));
        return copy;
    }

    private void isCopyOf(List<Entry> then, long seq) {
        assertThat(entries.storage().store(COPY)).map(StoreInfo::storeSeq).contains(seq);
        assertThat(entries.now(COPY)).isEqualTo(then);
        for (long at = 0; at <= seq; at++) {
            assertThat(entries.at(COPY, at)).as("at %d", at).isEqualTo(entries.at(SOURCE, at));
        }
        assertThat(entries.storage().events(COPY, 0, 100).join().events())
                .isEqualTo(entries.storage().events(SOURCE, 0, (int) seq).join().events());
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
        List<Entry> then = entries.now(SOURCE);
        long seq = entries.storage().store(SOURCE).orElseThrow().storeSeq();

        CompletableFuture<StoreInfo> copy = cloneWithChangesAfterIt();

        assertThat(copy).isNotDone();
        assertThat(entries.storage().store(COPY)).isEmpty();
        assertThat(entries.storage().stores("acme")).hasSize(1);
        fails(ErrorKind.NOT_FOUND, entries.storage().list(EntryQuery.matching(COPY, EntryPattern.ALL)));
        fails(
                ErrorKind.OVERLOADED,
                entries.storage()
                        .write(new EntryWrite(COPY, List.of(SteppedEntries.set("a", 1)), "device", "op", false, true)));
        fails(ErrorKind.ALREADY_EXISTS, entries.storage().cloneStore(SOURCE, COPY));
        entries.checkpoints();
        assertThat(copy).isCompletedWithValueMatching(info -> info.storeSeq() == seq);
        isCopyOf(then, seq);
        assertThat(entries.write(COPY, SteppedEntries.set("a", 1))).isEqualTo(seq + 1);
    }

    private void fails(ErrorKind kind, CompletableFuture<?> answer) {
        assertThatThrownBy(() -> entries.done(answer).join())
                .cause()
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void after_a_crash_before_it_was_whole_it_is_made_again_of_the_same_moment() throws IOException {
        fill();
        List<Entry> then = entries.now(SOURCE);
        long seq = entries.storage().store(SOURCE).orElseThrow().storeSeq();
        CompletableFuture<StoreInfo> _ = cloneWithChangesAfterIt();

        entries.crash();

        assertThat(entries.storage().store(COPY)).isEmpty();
        entries.checkpoints();
        isCopyOf(then, seq);
        entries.crash();
        isCopyOf(then, seq);
    }

    @Test
    void a_copy_outlives_its_source_that_was_deleted_before_it_was_whole() throws IOException {
        fill();
        List<Entry> then = entries.now(SOURCE);
        CompletableFuture<StoreInfo> copy = cloneWithChangesAfterIt();
        entries.done(entries.storage().deleteStore(SOURCE)).join();

        entries.checkpoints();

        assertThat(copy).isCompleted();
        assertThat(entries.now(COPY)).isEqualTo(then);
        entries.crash();
        assertThat(entries.now(COPY)).isEqualTo(then);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void wherever_a_checkpoint_fails_the_copy_is_of_its_moment(boolean crashes) throws IOException {
        int failures = 0;
        for (int step = 1; step < 200; step++) {
            StoreCloneTest run = new StoreCloneTest();
            run.fill();
            List<Entry> then = run.entries.now(SOURCE);
            long seq = run.entries.storage().store(SOURCE).orElseThrow().storeSeq();
            CompletableFuture<StoreInfo> copy = run.cloneWithChangesAfterIt();
            run.stepsUntilFailure = step;

            run.entries.checkpoints();

            if (run.stepsUntilFailure <= 0) {
                failures++;
                if (run.entries.storage().store(COPY).isEmpty() && copy.isDone()) {
                    run.fails(ErrorKind.OUTCOME_UNKNOWN, copy);
                }
            }
            if (crashes) {
                run.entries.crash();
            }
            run.entries.beginCheckpoint();
            run.entries.checkpoints();
            run.isCopyOf(then, seq);
            assertThat(run.entries.now(SOURCE)).extracting(Entry::value).contains(EntryValue.of(9));
        }
        assertThat(failures).isBetween(30, 198);
    }

    @Test
    void so_many_copies_are_made_at_a_time() {
        fill();
        entries.beginCheckpoint();
        entries.storage().runPending();
        for (int i = 0; i < EntriesFace.MAX_CLONES; i++) {
            assertThat(entries.done(entries.storage().cloneStore(SOURCE, COPY + i)))
                    .isNotDone();
        }
        fails(ErrorKind.OVERLOADED, entries.storage().cloneStore(SOURCE, COPY));

        entries.checkpoints();

        assertThat(entries.storage().stores("acme")).hasSize(1 + EntriesFace.MAX_CLONES);
        CompletableFuture<StoreInfo> more = entries.done(entries.storage().cloneStore(SOURCE, COPY));
        entries.checkpoints();
        assertThat(more).isCompleted();
    }
}
