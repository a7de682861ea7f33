package dev.varve.engine.entries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.VarveException;
import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.files.MemoryBlobStore;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.ForwardingStateStore;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A page of changes is whole, whatever a checkpoint takes out of memory while it is put together. */
final class EventPagesTest {

    private static final int LIMIT = 1_000;

    private final MemoryStateStore rows = new MemoryStateStore();
    private final StoreState store = new StoreState(7, new UUID(0, 1), "acme/app", 0);
    private Runnable meanwhile = () -> {};
    private final EntryReader reader = reader();

    private EntryReader reader() {
        StateStore state = new ForwardingStateStore(rows) {
            @Override
            public Cursor scan(Table table, byte[] from, byte @Nullable [] end) throws IOException {
                Cursor found = super.scan(table, from, end);
                if (table == Table.ENTRY_EVENTS) {
                    // The cursor sees what was there; all that comes now, it does not.
                    meanwhile.run();
                }
                return found;
            }
        };
        try {
            EngineTime time = new EngineTime(new SystemClock());
            CommitLog commits = new CommitLog(state, new Visibility(), time, Long.MAX_VALUE, Long.MAX_VALUE);
            return new EntryReader(
                    new EntriesFace(state, time, Runnable::run, new MemoryBlobStore(), StoreQuotas.NONE, commits));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(int changes) {
        for (int i = 0; i < changes; i++) {
            EntryEvent event = new EntryEvent(
                    store.storeSeq() + 1,
                    EntryOp.Kind.SET,
                    EntryPath.of("a"),
                    EntryValue.of(i),
                    null,
                    "device",
                    "op",
                    i == 0,
                    1_000);
            store.recent.put(event.storeSeq(), new Change(event, false, 0, 0, 0, Totals.NONE));
            store.reached(event.storeSeq(), Totals.NONE);
        }
    }

    /** Writes all changes, then takes them out of memory. */
    private void checkpoint() {
        try (StateStore.Checkpoint checkpoint = rows.beginCheckpoint()) {
            for (Change change : store.recent.values()) {
                checkpoint.put(Table.ENTRY_EVENTS, Binary.key(store.number, change.storeSeq()), change.stored());
            }
            checkpoint.commit(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        store.recent.clear();
    }

    @Test
    void a_checkpoint_after_the_look_at_the_state_takes_nothing_away() throws IOException {
        write(3);
        checkpoint();
        write(4);
        meanwhile = () -> {
            checkpoint();
            write(2);
        };

        EntryEventPage page = reader.events(store, 0, LIMIT);

        assertThat(page.storeSeq()).isEqualTo(7);
        assertThat(page.events()).extracting(EntryEvent::storeSeq).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(reader.events(store, 0, 5).events()).hasSize(5);
    }

    @Test
    void a_change_that_is_missing_is_told_by_its_number() throws IOException {
        write(3);
        checkpoint();
        try (StateStore.Checkpoint checkpoint = rows.beginCheckpoint()) {
            checkpoint.delete(Table.ENTRY_EVENTS, Binary.key(store.number, 2));
            checkpoint.commit(0);
        }

        assertThatThrownBy(() -> reader.events(store, 0, LIMIT))
                .isInstanceOf(VarveException.class)
                .hasMessageContaining("change 2 of acme/app is missing");
        meanwhile = () -> store.compacted(new StoreState.Compaction(2, 1_000));
        assertThatThrownBy(() -> reader.events(store, 0, LIMIT)).hasMessageContaining("the earliest is 3");
    }
}
