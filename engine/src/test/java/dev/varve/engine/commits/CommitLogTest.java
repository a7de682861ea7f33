package dev.varve.engine.commits;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What the log of commits knows of stores that it has no notes of. */
final class CommitLogTest {

    private static final long NUMBER = 1;
    private static final String STORE = "acme/shop";

    private MemoryStateStore state = new MemoryStateStore();

    private CommitLog open() throws IOException {
        CommitLog log = new CommitLog(
                state, new Visibility(), new EngineTime(new SystemClock()), Long.MAX_VALUE, Long.MAX_VALUE);
        log.storeKnown(NUMBER, STORE, 0);
        log.opened();
        return log;
    }

    private void checkpoint(CommitLog log, long position) throws IOException {
        Face.Frozen frozen = log.freeze();
        try (StateStore.Checkpoint checkpoint = state.beginCheckpoint()) {
            frozen.write(checkpoint, Pace.UNBROKEN);
            String _ = checkpoint.commit(position);
        }
        assertThat(frozen.retireStep()).isTrue();
    }

    private static void assertBeginsAfter(CommitLog log, long number) throws IOException {
        StoreCommits store = requireNonNull(log.find(STORE));
        assertThat(log.read(store, number, 10, 1).items()).isEmpty();
        assertThatThrownBy(() -> log.read(store, number - 1, 10, 1))
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.COMPACTED));
    }

    @Test
    void a_store_of_before_there_were_notes_begins_where_they_do_and_goes_on_to() throws IOException {
        try (StateStore.Checkpoint checkpoint = state.beginCheckpoint()) {
            String _ = checkpoint.commit(1_000);
        }
        CommitLog log = open();
        assertBeginsAfter(log, 1_000);

        // Whatever else is written: who follows the quiet store has missed nothing.
        checkpoint(log, 2_000);
        assertBeginsAfter(log, 1_000);
        state = state.afterCrash();
        assertBeginsAfter(open(), 1_000);
    }

    @Test
    void stores_that_keep_a_servers_own_records_have_no_commits() throws IOException {
        CommitLog log = open();
        log.storeCreated(2, "__varve/tokens");
        log.entryChanged(2, 1, 10);
        log.tellListeners();
        assertThat(log.find("__varve/tokens")).isNull();
        assertThat(log.heldBytes()).isZero();
    }

    @Test
    void only_what_has_more_than_two_segments_lies_in_a_store() throws IOException {
        CommitLog log = open();
        assertThat(log.storeOf(STORE + "/log")).isSameAs(log.find(STORE));
        assertThat(log.storeOf(STORE + "/a/b/c")).isSameAs(log.find(STORE));
        assertThat(log.storeOf(STORE)).isNull();
        assertThat(log.storeOf("acme/shopping/log")).isNull();
        assertThat(log.storeOf("acme")).isNull();
    }
}
