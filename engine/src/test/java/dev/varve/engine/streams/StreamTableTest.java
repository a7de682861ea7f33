package dev.varve.engine.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Retention;
import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.journal.MemoryJournal;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Which streams stay in memory when there are too many. */
final class StreamTableTest {

    private static final int MOST = 1;
    private static final int MANY_TURNS = 20;

    private final MemoryStateStore state = new MemoryStateStore();
    private final StreamsFace face;
    private long end;
    private long last = 100;

    StreamTableTest() throws IOException {
        EngineTime time = new EngineTime(new SystemClock());
        Visibility visibility = new Visibility();
        CommitLog commits = new CommitLog(state, visibility, time, Long.MAX_VALUE, Long.MAX_VALUE);
        face = new StreamsFace(
                new MemoryJournal(), state, time, visibility, commits, Runnable::run, new ReadMemory(1 << 20), MOST);
    }

    private Change decide(Stream stream, Effect effect) {
        return new Change(stream, effect, face.apply(stream, effect, 1));
    }

    private void isDurable(Change change) {
        long start = end;
        end += 8;
        face.publish(change, start, end);
    }

    private Stream created(long incarnation, String path) {
        StreamIdentity identity =
                new StreamIdentity(incarnation, path, "text/plain", null, null, Retention.NONE, 1, null);
        StreamHead head = StreamHead.created(identity);
        Stream stream = new Stream(head, null, null, 1);
        face.table.insert(stream);
        isDurable(decide(stream, new Effect.Created(identity, head.kept())));
        return stream;
    }

    private void checkpoint() throws IOException {
        Face.Frozen frozen = face.freeze();
        try (StateStore.Checkpoint checkpoint = state.beginCheckpoint()) {
            frozen.write(checkpoint, Pace.UNBROKEN);
            checkpoint.commit(0);
        }
        while (!frozen.retireStep()) {
            // Until all of it is out of memory.
        }
    }

    /** Lets go of all that memory may let go of, but for one of two that are needed by turns. */
    private void makeRoom() {
        Stream first = created(++last, "needed-" + last);
        Stream second = created(++last, "needed-" + last);
        for (int i = 0; i < MANY_TURNS; i++) {
            face.table.becameClean(i % 2 == 0 ? first : second);
        }
    }

    private boolean isInMemory(Stream stream) {
        boolean byNumber = stream.equals(face.table.byIncarnation(stream.identity.incarnation()));
        assertThat(stream.equals(face.table.find(stream.identity.path()))).isEqualTo(byNumber);
        return byNumber;
    }

    @Test
    void one_that_has_not_changed_goes() throws IOException {
        Stream one = created(10, "one");
        checkpoint();

        makeRoom();

        assertThat(isInMemory(one)).isFalse();
    }

    @Test
    void one_with_changes_under_way_stays_also_when_they_leave_it_as_it_was() throws IOException {
        Stream one = created(10, "one");
        checkpoint();
        Change forked = decide(one, new Effect.Forks(10, 1));
        Change forkDeleted = decide(one, new Effect.Forks(10, 0));

        makeRoom();

        assertThat(isInMemory(one)).isTrue();
        isDurable(forked);
        makeRoom();
        assertThat(isInMemory(one)).isTrue();
        isDurable(forkDeleted);
        makeRoom();
        assertThat(isInMemory(one)).isTrue();
        checkpoint();
        makeRoom();
        assertThat(isInMemory(one)).isFalse();
    }
}
