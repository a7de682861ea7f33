package dev.varve.engine.entries;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.engine.state.ForwardingStateStore;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** While history is let go of, and wherever that is cut short, what is kept reads as it was. */
final class CompactionTest {

    private static final String STORE = "acme/app";

    /** Runs at every write of a checkpoint, after it. */
    private interface Step {
        void written() throws IOException;
    }

    private final Logger checkpointerLog = Logger.getLogger("dev.varve.engine.shard.Checkpointer");
    private final TreeMap<Long, List<Entry>> moments = new TreeMap<>();
    private Step step = () -> {};
    private @Nullable AssertionError wrong;
    private final SteppedEntries entries = new SteppedEntries(this::stepping, () -> {});

    CompactionTest() throws IOException {}

    private StateStore stepping(StateStore state) {
        return new ForwardingStateStore(state) {
            @Override
            public Checkpoint beginCheckpoint() {
                return new SteppingCheckpoint(super.beginCheckpoint());
            }
        };
    }

    /** What is wrong is kept for the test, beyond the checkpoint's thread. */
    private void written() throws IOException {
        try {
            step.written();
        } catch (AssertionError e) {
            wrong = wrong == null ? e : wrong;
        }
    }

    private final class SteppingCheckpoint implements StateStore.Checkpoint {
        private final StateStore.Checkpoint to;

        SteppingCheckpoint(StateStore.Checkpoint to) {
            this.to = to;
        }

        @Override
        public void put(Table table, byte[] key, byte[] value) throws IOException {
            to.put(table, key, value);
            written();
        }

        @Override
        public void delete(Table table, byte[] key) throws IOException {
            to.delete(table, key);
            written();
        }

        @Override
        public void deleteRange(Table table, byte[] from, byte[] end) throws IOException {
            to.deleteRange(table, from, end);
            written();
        }

        @Override
        public String commit(long replayFrom) throws IOException {
            return to.commit(replayFrom);
        }

        @Override
        public void close() {
            to.close();
        }
    }

    @BeforeEach
    void silence() {
        checkpointerLog.setLevel(Level.OFF);
    }

    @AfterEach
    void speakAgain() {
        checkpointerLog.setLevel(null);
    }

    private void write(EntryOp op) {
        long seq = entries.write(STORE, op);
        moments.put(seq, entries.now(STORE));
    }

    /** Of what stands at a path; a lease has its token from its first change. */
    private long revisionOf(EntryPath path) {
        return entries.now(STORE).stream()
                .filter(entry -> entry.path().equals(path))
                .mapToLong(Entry::revision)
                .findFirst()
                .orElse(1);
    }

    private void checkpoint() {
        entries.beginCheckpoint();
        entries.checkpoints();
        if (wrong != null) {
            throw wrong;
        }
    }

    private void compact(long through) {
        entries.done(entries.storage().compact(STORE, through)).join();
        moments.headMap(through, false).clear();
    }

    private void allReadsAsItWas(String when) {
        for (Map.Entry<Long, List<Entry>> moment : moments.entrySet()) {
            assertThat(entries.at(STORE, moment.getKey()))
                    .as("at %s, %s", moment.getKey(), when)
                    .isEqualTo(moment.getValue());
        }
    }

    /** An entry that was put twice and is not there any more, below and beside others. */
    private void history() {
        write(SteppedEntries.set("a/c", 1));
        write(SteppedEntries.set("a/c/d", 2));
        write(SteppedEntries.set("a/c", 3));
        write(SteppedEntries.set("a-b", 4));
        write(SteppedEntries.delete("a/c"));
        write(SteppedEntries.set("b", 5));
        checkpoint();
        compact(2);
        checkpoint();
        compact(moments.lastKey());
    }

    @Test
    void readers_beside_it_see_no_entry_that_was_taken_away() {
        history();
        int[] steps = {0};
        step = () -> allReadsAsItWas("after write " + ++steps[0]);

        checkpoint();

        assertThat(steps[0]).isGreaterThan(5);
    }

    @Test
    void wherever_it_is_cut_short_nothing_comes_back() throws IOException {
        boolean failed = true;
        for (int at = 1; failed; at++) {
            CompactionTest run = new CompactionTest();
            run.history();
            failed = run.failingAtWrite(at);
            run.allReadsAsItWas("after a failure at write " + at);
            run.checkpoint();
            run.allReadsAsItWas("after the checkpoint after a failure at write " + at);
            run.entries.crash();
            run.allReadsAsItWas("opened again after a failure at write " + at);
        }
    }

    /** Whether it came so far. */
    private boolean failingAtWrite(int at) {
        int[] left = {at};
        step = () -> {
            if (--left[0] == 0) {
                throw new IOException("planted");
            }
        };
        checkpoint();
        step = () -> {};
        return left[0] <= 0;
    }

    @Test
    void of_any_history_what_is_kept_reads_as_it_was() throws IOException {
        long seed = Long.getLong("varve.seed", System.nanoTime());
        for (int round = 0; round < 40; round++) {
            new CompactionTest().random(new Random(seed + round), "seed " + (seed + round));
        }
    }

    private void random(Random random, String run) throws IOException {
        List<String> names = List.of("a", "a/b", "a/b/c", "a-b", "a/c", "c/x", "c");
        write(SteppedEntries.set("c", 0));
        for (int i = 1; i <= 60; i++) {
            EntryPath path = EntryPath.parse(names.get(random.nextInt(names.size())));
            EntryValue fields = new EntryValue.Fields(Map.of("b", EntryValue.of(i), "q", EntryValue.of(i)));
            write(
                    switch (random.nextInt(8)) {
                        case 0, 1 -> EntryOp.delete(path);
                        case 2 -> EntryOp.set(path, fields);
                        case 3 -> EntryOp.of(EntryOp.Kind.MERGE, path, fields);
                        case 4 -> EntryOp.of(EntryOp.Kind.ADD, path, EntryValue.of(i));
                        case 5 -> EntryOp.lease(EntryOp.Kind.LEASE, path, new EntryOp.LeaseTerms(60_000, null, null));
                        case 6 ->
                            EntryOp.lease(
                                    EntryOp.Kind.RELEASE, path, new EntryOp.LeaseTerms(0, null, revisionOf(path)));
                        default -> EntryOp.set(path, EntryValue.of(i));
                    });
            if (random.nextInt(12) == 0) {
                compact(random.nextLong(moments.firstKey(), moments.lastKey() + 1));
            }
            if (random.nextInt(8) == 0) {
                String when = "in checkpoint of change " + i + ", " + run;
                int failsAt = random.nextInt(2) * random.nextInt(60);
                int[] steps = {0};
                step = () -> {
                    allReadsAsItWas(when);
                    if (++steps[0] == failsAt) {
                        throw new IOException("planted");
                    }
                };
                checkpoint();
                step = () -> {};
            }
            if (random.nextInt(30) == 0) {
                entries.crash();
                allReadsAsItWas("opened again after change " + i + ", " + run);
            }
        }
    }
}
