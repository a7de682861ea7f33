package dev.varve.engine.entries;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.files.MemoryBlobStore;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.io.SystemRandom;
import dev.varve.engine.journal.MemoryJournal;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.shard.SequencerOptions;
import dev.varve.engine.shard.Shard;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** Entries on a shard in memory whose owner and checkpoints run when they are told to. Confined to one thread. */
final class SteppedEntries {

    private final MemoryJournal journal = new MemoryJournal();
    private final Deque<Runnable> checkpointThread = new ArrayDeque<>();
    private final UnaryOperator<StateStore> around;
    private final Pace pace;
    private MemoryStateStore state = new MemoryStateStore();
    private Shard shard;
    private EngineEntryStorage storage;

    /**
     * An empty shard.
     *
     * @param around what comes between the state and those who use it
     * @param pace of checkpoints
     */
    SteppedEntries(UnaryOperator<StateStore> around, Pace pace) throws IOException {
        this.around = around;
        this.pace = pace;
        open();
    }

    private void open() throws IOException {
        EngineTime time = new EngineTime(new SystemClock());
        Visibility visibility = new Visibility();
        StateStore used = around.apply(state);
        CommitLog commits = new CommitLog(used, visibility, time, Long.MAX_VALUE, Long.MAX_VALUE);
        EntriesFace face = new EntriesFace(used, time, Runnable::run, new MemoryBlobStore(), StoreQuotas.NONE, commits);
        shard = Shard.open(
                journal,
                used,
                List.of(face, commits),
                visibility,
                time,
                SequencerOptions.DEFAULT,
                1L << 40,
                checkpointThread::add,
                pace,
                failure -> {});
        commits.opened();
        face.attach(shard.sequencer());
        storage = new EngineEntryStorage(face, SystemRandom.create());
    }

    /** What is on the disk stays; what the checkpoint has not committed is gone. */
    void crash() throws IOException {
        checkpointThread.clear();
        state = state.afterCrash();
        open();
    }

    EngineEntryStorage storage() {
        return storage;
    }

    /** Lets the owner do what there is. */
    <T> CompletableFuture<T> done(CompletableFuture<T> answer) {
        storage.runPending();
        return answer;
    }

    /** Gives the last change, which is not of this write when it was refused. */
    long write(String store, EntryOp... ops) {
        CompletableFuture<EntryWriteResult> _ =
                done(storage.write(new EntryWrite(store, List.of(ops), "device", "op", false, true)));
        return storage.store(store).orElseThrow().storeSeq();
    }

    static EntryOp set(String path, long value) {
        return EntryOp.set(EntryPath.parse(path), EntryValue.of(value));
    }

    static EntryOp delete(String path) {
        return EntryOp.delete(EntryPath.parse(path));
    }

    List<Entry> now(String store) {
        return done(storage.list(EntryQuery.matching(store, EntryPattern.ALL)))
                .join()
                .entries();
    }

    List<Entry> at(String store, long seq) {
        return done(storage.listAt(EntryQuery.matching(store, EntryPattern.ALL), seq))
                .join()
                .entries();
    }

    /** Asks for a checkpoint, which {@link #checkpoints} runs. */
    void beginCheckpoint() {
        CompletableFuture<Boolean> _ = shard.checkpoint();
    }

    /** Runs checkpoints until none is due. */
    void checkpoints() {
        storage.runPending();
        while (!checkpointThread.isEmpty()) {
            checkpointThread.remove().run();
            storage.runPending();
        }
    }
}
