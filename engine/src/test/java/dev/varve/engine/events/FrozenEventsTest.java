package dev.varve.engine.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.EventStore;
import dev.varve.api.NewEvent;
import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.entries.EntriesFace;
import dev.varve.engine.entries.StoreQuotas;
import dev.varve.engine.files.MemoryBlobStore;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the owner goes by while a checkpoint is taken out of memory and more is decided. */
final class FrozenEventsTest {

    private static final long STORE = 3;
    private static final AggregateId A = new AggregateId("order", "1");
    private static final byte[] SNAPSHOT = {7};

    private final MemoryStateStore state = new MemoryStateStore();
    private final EventsFace face;
    private final EventLog log;

    FrozenEventsTest() throws IOException {
        EngineTime time = new EngineTime(new SystemClock());
        CommitLog commits = new CommitLog(state, new Visibility(), time, Long.MAX_VALUE, Long.MAX_VALUE);
        EntriesFace entries =
                new EntriesFace(state, time, Runnable::run, new MemoryBlobStore(), StoreQuotas.NONE, commits);
        face = new EventsFace(state, time, Runnable::run, entries.stores(), commits);
        log = face.log(STORE);
    }

    private EventsFace.Decided decide(Effect effect) throws IOException {
        return face.apply(effect, List.of(), _ -> decidedHead());
    }

    private EventsFace.Decided append() throws IOException {
        EventFormat.Encoded event = EventFormat.encoded(
                NewEvent.json("e", "1"), A, decidedHead().version() + 1, 99, new EventFormat.InAppend(0, 1));
        return decide(new Effect.Appended(STORE, log.decidedNext, List.of(event.bytes())));
    }

    private EventsFace.Decided remove() throws IOException {
        return decide(new Effect.Aggregate(STORE, A, AggregateHead.EMPTY, true));
    }

    private void isDurable(EventsFace.Decided... decided) {
        for (EventsFace.Decided one : decided) {
            face.publish(List.of(one));
        }
    }

    /** As a command finds it. */
    private AggregateHead decidedHead() throws IOException {
        AggregateHead decided = log.decidedHeads.get(A);
        return decided != null ? decided : LogReader.load(state, log, A);
    }

    private SnapshotSet decidedSnapshots() throws IOException {
        SnapshotSet decided = log.decidedSnapshots.get(A);
        return decided != null ? decided : SnapshotCommand.read(state, log, A, true);
    }

    private Face.Frozen checkpoint() throws IOException {
        Face.Frozen frozen = face.freeze();
        try (StateStore.Checkpoint checkpoint = state.beginCheckpoint()) {
            frozen.write(checkpoint, Pace.UNBROKEN);
            checkpoint.commit(0);
        }
        return frozen;
    }

    private static void retire(Face.Frozen frozen) {
        while (!frozen.retireStep()) {
            // Until all of it is out of memory.
        }
    }

    @Test
    void an_aggregate_that_is_removed_again_while_a_checkpoint_of_its_removal_is_taken_out_stays_removed()
            throws IOException {
        isDurable(append(), remove());
        Face.Frozen ofTheFirst = checkpoint();
        EventsFace.Decided again = append();
        EventsFace.Decided removed = remove();
        retire(ofTheFirst);

        isDurable(again);
        assertThat(decidedHead()).isEqualTo(AggregateHead.EMPTY);
        Face.Frozen betweenTheTwo = checkpoint();
        isDurable(removed);
        retire(betweenTheTwo);

        assertThat(decidedHead()).isEqualTo(AggregateHead.EMPTY);
        retire(checkpoint());
        assertThat(log.decidedHeads).isEmpty();
        assertThat(decidedHead()).isEqualTo(AggregateHead.EMPTY);
    }

    @Test
    void snapshots_that_are_deleted_again_meanwhile_stay_deleted() throws IOException {
        EventsFace.Decided saved = decide(new Effect.Snapshots(STORE, A, List.of(0L), 0, SNAPSHOT));
        EventsFace.Decided deleted = decide(new Effect.Snapshots(STORE, A, List.of(), -1, EventFormat.UNKNOWN));
        isDurable(append(), saved, deleted);
        Face.Frozen ofTheFirst = checkpoint();
        saved = decide(new Effect.Snapshots(STORE, A, List.of(0L), 0, SNAPSHOT));
        deleted = decide(new Effect.Snapshots(STORE, A, List.of(), -1, EventFormat.UNKNOWN));
        retire(ofTheFirst);

        isDurable(saved);
        assertThat(decidedSnapshots().byVersion()).isEmpty();
        Face.Frozen betweenTheTwo = checkpoint();
        isDurable(deleted);
        retire(betweenTheTwo);

        assertThat(decidedSnapshots().byVersion()).isEmpty();
        retire(checkpoint());
        assertThat(log.decidedSnapshots).isEmpty();
        assertThat(decidedSnapshots().byVersion()).isEmpty();
    }

    @Test
    void what_did_not_change_meanwhile_is_let_go_of() throws IOException {
        isDurable(append());
        Face.Frozen frozen = checkpoint();

        retire(frozen);

        assertThat(log.decidedHeads).isEmpty();
        assertThat(decidedHead().version()).isZero();
        assertThat(log.memoryFrom()).isEqualTo(1);
    }

    @Test
    void what_changed_meanwhile_stays_until_the_next_checkpoint() throws IOException {
        isDurable(append());
        Face.Frozen frozen = checkpoint();
        EventsFace.Decided more = append();

        retire(frozen);

        assertThat(decidedHead().version()).isEqualTo(1);
        isDurable(more);
        retire(checkpoint());
        assertThat(log.decidedHeads).isEmpty();
        assertThat(decidedHead().lastPosition()).isEqualTo(1);
        assertThat(decidedHead().version()).isNotEqualTo(EventStore.EMPTY);
    }
}
