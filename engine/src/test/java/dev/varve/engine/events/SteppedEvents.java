package dev.varve.engine.events;

import dev.varve.api.TransactionStorage;
import dev.varve.engine.commits.CommitFeed;
import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.entries.EngineEntryStorage;
import dev.varve.engine.entries.EntriesFace;
import dev.varve.engine.entries.StoreQuotas;
import dev.varve.engine.files.MemoryBlobStore;
import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.journal.MemoryJournal;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.shard.SequencerOptions;
import dev.varve.engine.shard.Shard;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.streams.EngineStreamStorage;
import dev.varve.engine.streams.StreamsFace;
import dev.varve.engine.transactions.EngineTransactionStorage;
import dev.varve.engine.transactions.KeysFace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/** An engine in memory without threads: a task of the pool runs when the test says so. Confined to one thread at a time. */
final class SteppedEvents implements AutoCloseable {

    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final Shard shard;
    final EngineEventStorage events;
    final EngineEntryStorage entries;
    final TransactionStorage transactions;

    /** How many tasks have run. */
    private int steps;

    SteppedEvents(Work.Bounds bounds) {
        try {
            MemoryJournal journal = new MemoryJournal();
            MemoryStateStore state = new MemoryStateStore();
            EngineTime time = new EngineTime(new SystemClock());
            SplittableRandom random = new SplittableRandom(1);
            Visibility visibility = new Visibility();
            CommitLog commits = new CommitLog(state, visibility, time, Long.MAX_VALUE, Long.MAX_VALUE);
            StreamsFace streamsFace = new StreamsFace(
                    journal, state, time, visibility, commits, tasks::add, new ReadMemory(1 << 20), 1_000);
            EntriesFace entriesFace =
                    new EntriesFace(state, time, tasks::add, new MemoryBlobStore(), StoreQuotas.NONE, commits);
            EventsFace eventsFace = new EventsFace(state, time, tasks::add, entriesFace.stores(), commits);
            eventsFace.bound(bounds);
            KeysFace keysFace = new KeysFace(state, tasks::add, entriesFace.stores());
            shard = Shard.open(
                    journal,
                    state,
                    List.of(streamsFace, entriesFace, eventsFace, keysFace, commits),
                    visibility,
                    time,
                    new SequencerOptions(64L << 20, Long.MAX_VALUE, 1 << 20, 1 << 20, Long.MAX_VALUE, 4),
                    Long.MAX_VALUE / 2,
                    Runnable::run,
                    Pace.UNBROKEN,
                    cause -> {
                        throw new IllegalStateException("the log failed", cause);
                    });
            commits.opened();
            streamsFace.attach(shard.sequencer());
            entriesFace.attach(shard.sequencer());
            eventsFace.attach(shard);
            keysFace.attach(shard.sequencer());
            EngineStreamStorage streams = new EngineStreamStorage(streamsFace, () -> {});
            entries = new EngineEntryStorage(entriesFace, random);
            events = new EngineEventStorage(eventsFace, random);
            transactions = new EngineTransactionStorage(
                    keysFace,
                    entriesFace.stores(),
                    entries,
                    events,
                    streams,
                    new CommitFeed(commits, tasks::add, entries, events, streams),
                    random);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets the owner do all that it can. */
    void decide() {
        for (int i = 0; i < 4; i++) {
            shard.sequencer().runPending();
        }
    }

    /** Runs one task of the pool, and what the owner makes of it; false when none waits. */
    boolean step() {
        decide();
        Runnable task = tasks.poll();
        if (task != null) {
            steps++;
            task.run();
            decide();
        }
        return task != null;
    }

    /** Runs all tasks that wait, and those that come of them. */
    void settle() {
        while (step()) {
            // Until nothing waits.
        }
    }

    /** How many tasks it takes until an answer is there. */
    int stepsUntil(CompletableFuture<?> answer) {
        int before = steps;
        while (!answer.isDone() && step()) {
            // Until it is there.
        }
        if (!answer.isDone()) {
            throw new AssertionError("no answer, and nothing under way");
        }
        return steps - before;
    }

    <T> T await(CompletableFuture<T> answer) {
        int _ = stepsUntil(answer);
        return answer.join();
    }

    int waiting() {
        return tasks.size();
    }

    void checkpoint() {
        CompletableFuture<Boolean> done = shard.checkpoint();
        while (!done.isDone()) {
            decide();
        }
        decide();
    }

    @Override
    public void close() {
        shard.close();
    }
}
