package dev.varve.testkit.engine;

import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.entries.EngineEntryStorage;
import dev.varve.engine.entries.EntriesFace;
import dev.varve.engine.entries.HistoryPolicy;
import dev.varve.engine.entries.StoreQuotas;
import dev.varve.engine.events.EngineEventStorage;
import dev.varve.engine.events.EventsFace;
import dev.varve.engine.files.DiskBlobStore;
import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.journal.LocalJournal;
import dev.varve.engine.journal.StoreIdentity;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.shard.SequencerOptions;
import dev.varve.engine.shard.Shard;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.streams.EngineStreamStorage;
import dev.varve.engine.streams.StreamsFace;
import dev.varve.engine.streams.Upkeep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An engine without threads on a simulated disk: nothing happens but in its methods, and chance decides in which order.
 * Put together as the real one is, with another state store. Confined to one thread.
 */
final class SimulatedEngine {

    static final Path DIRECTORY = Path.of("/data");

    /** So little that stores let go of some in most runs. */
    private static final HistoryPolicy HISTORY = new HistoryPolicy(6, 20_000);

    private static final long READ_MEMORY_BYTES = 16 << 20;

    /** More steps than this without an answer, and something waits for ever. */
    private static final int MAX_STEPS = 100_000;

    /**
     * How an engine is built.
     *
     * @param journal the journal's segments and marks
     * @param delayed whether the journal tells later that a group is durable
     * @param maxGroupBytes a group is written when it has grown to this
     * @param checkpointBytes a checkpoint starts when this much journal has come together
     * @param maxIdleStreams how many unchanged streams stay in memory
     */
    record Settings(
            JournalOptions journal, boolean delayed, int maxGroupBytes, long checkpointBytes, int maxIdleStreams) {}

    private final SimulatedTasks pool = new SimulatedTasks();
    private final SimulatedTasks checkpoints = new SimulatedTasks();
    private final List<Throwable> poisons = new ArrayList<>();
    private final RandomGenerator random;
    private final LocalJournal journal;
    private final @Nullable DelayedJournal delayed;
    private final EngineTime time;
    private final Shard shard;
    private final EngineStreamStorage storage;
    private final EngineEntryStorage entries;
    private final EngineEventStorage events;
    private final Upkeep upkeep;
    private final dev.varve.engine.entries.Upkeep entriesUpkeep;
    private Runnable afterSteps = () -> {};
    private boolean inCheckpoint;
    private boolean ownerWorks;

    private SimulatedEngine(
            SimulatedDisk disk, SimulatedState state, SimulatedClock clock, Settings settings, RandomGenerator random)
            throws IOException {
        this.random = random;
        // What was written before decides the salts: others at each opening, the same in each run.
        Random salts = new Random(disk.traceHash());
        disk.createDirectoriesDurably(DIRECTORY);
        StoreIdentity identity = StoreIdentity.openOrCreate(disk, DIRECTORY, clock, salts);
        Path directory = DIRECTORY.resolve("journal");
        this.journal = identity.complete()
                ? LocalJournal.open(disk, directory, identity.store(), settings.journal(), clock, salts, null)
                : LocalJournal.openOrCreate(disk, directory, identity.store(), settings.journal(), clock, salts, null);
        identity.completed(disk, DIRECTORY);
        this.delayed = settings.delayed() ? new DelayedJournal(journal) : null;
        Journal used = delayed == null ? journal : delayed;
        this.time = new EngineTime(clock);
        Visibility visibility = new Visibility();
        CommitLog commits = new CommitLog(state, visibility, time, HISTORY.changes(), HISTORY.millis());
        StreamsFace face = new StreamsFace(
                used,
                state,
                time,
                visibility,
                commits,
                pool,
                new ReadMemory(READ_MEMORY_BYTES),
                settings.maxIdleStreams());
        EntriesFace entriesFace = new EntriesFace(
                state, time, pool, DiskBlobStore.open(disk, DIRECTORY.resolve("files"), 0), StoreQuotas.NONE, commits);
        EventsFace eventsFace = new EventsFace(state, time, pool, entriesFace.stores(), commits);
        SequencerOptions options = new SequencerOptions(
                SequencerOptions.DEFAULT.maxQueueBytes(),
                Long.MAX_VALUE,
                settings.maxGroupBytes(),
                SequencerOptions.DEFAULT.maxInlineBytes(),
                Long.MAX_VALUE,
                SequencerOptions.DEFAULT.maxGroupsInFlight());
        this.shard = Shard.open(
                used,
                state,
                List.of(face, entriesFace, eventsFace, commits),
                visibility,
                time,
                options,
                settings.checkpointBytes(),
                checkpoints,
                Pace.UNBROKEN,
                poisons::add);
        commits.opened();
        face.attach(shard.sequencer());
        entriesFace.attach(shard.sequencer());
        eventsFace.attach(shard);
        this.events = new EngineEventStorage(eventsFace, salts);
        this.entries = new EngineEntryStorage(entriesFace, salts);
        this.upkeep = new Upkeep(face);
        this.entriesUpkeep = new dev.varve.engine.entries.Upkeep(entriesFace, entries, HISTORY);
        this.storage = new EngineStreamStorage(face, () -> {});
    }

    static SimulatedEngine open(
            SimulatedDisk disk, SimulatedState state, SimulatedClock clock, Settings settings, RandomGenerator random)
            throws IOException {
        return new SimulatedEngine(disk, state, clock, settings, random);
    }

    EngineStreamStorage storage() {
        return storage;
    }

    EngineEntryStorage entries() {
        return entries;
    }

    EngineEventStorage events() {
        return events;
    }

    boolean poisoned() {
        return shard.sequencer().poison() != null;
    }

    /** How often it was told that the log has failed. */
    int poisonings() {
        return poisons.size();
    }

    long checkpoints() {
        return shard.checkpoints();
    }

    int streamsInMemory() {
        return storage.streamsInMemory();
    }

    // ---- what the simulation lets happen

    /** One thing that could happen now. Gives false when nothing could. */
    boolean step() {
        boolean happened = happen();
        afterSteps.run();
        return happened;
    }

    private boolean happen() {
        if (random.nextBoolean() && runPool()) {
            return true;
        }
        if (random.nextBoolean() && tellJournal()) {
            return true;
        }
        long before = shard.sequencer().queuedBytes();
        runOwner();
        return runPool() || tellJournal() || shard.sequencer().queuedBytes() > 0 || before > 0;
    }

    private boolean runPool() {
        if (pool.isEmpty()) {
            return false;
        }
        pool.runOne(random);
        return true;
    }

    private boolean tellJournal() {
        if (delayed == null || !delayed.hasUntold()) {
            return false;
        }
        delayed.tellOne();
        return true;
    }

    private void runOwner() {
        boolean nested = ownerWorks;
        ownerWorks = true;
        storage.runPending();
        ownerWorks = nested;
    }

    /** Whether the shard's owner is at work on this very thread. It must not touch the disk but to write groups. */
    boolean ownerWorks() {
        return ownerWorks;
    }

    /** Has something done after each step. */
    void afterSteps(Runnable action) {
        afterSteps = action;
    }

    /** Lets everything happen that can, checkpoints excepted. */
    void drain() {
        int steps = 0;
        while (step()) {
            if (steps++ > MAX_STEPS) {
                throw new AssertionError("something waits for ever, with "
                        + shard.sequencer().queuedBytes() + " bytes of commands in the queue");
            }
        }
    }

    <T> T await(CompletableFuture<T> future) {
        for (int steps = 0; !future.isDone(); steps++) {
            step();
            if (steps > MAX_STEPS) {
                throw new AssertionError("no answer");
            }
        }
        return future.join();
    }

    void beginCheckpoint() {
        CompletableFuture<Boolean> _ = shard.checkpoint();
        runOwner();
    }

    /** Writes a checkpoint that was begun, if there is one. */
    void writeCheckpoint() {
        if (!inCheckpoint && !checkpoints.isEmpty()) {
            inCheckpoint = true;
            checkpoints.runOne(random);
            inCheckpoint = false;
        }
    }

    /** Whether a checkpoint is being written. */
    boolean inCheckpoint() {
        return inCheckpoint;
    }

    /** Where the journal ends. */
    long journalEnd() {
        return journal.end();
    }

    /** Where the journal starts. */
    long journalStart() {
        return journal.start();
    }

    /** The engine's time. */
    long millis() {
        return time.millis();
    }

    /** Whether a deadline has passed for certain. */
    boolean hasPassed(long deadlineMillis) {
        return time.hasPassed(deadlineMillis);
    }

    /** The most groups that were under way at a time. */
    int mostGroupsUnderWay() {
        return delayed == null ? 1 : delayed.mostUnderWay();
    }

    /** Looks after lifetimes and retention, and lets everything happen that follows from it. */
    void keepUp() {
        upkeep.passOverMemory();
        drain();
        upkeep.passOverState();
        drain();
        // What was only in the state is in memory now.
        upkeep.passOverMemory();
        drain();
    }

    /**
     * Looks after what is set for some time, history and files, and lets everything happen that follows from it.
     *
     * @throws IOException when files cannot be looked at
     */
    void keepUpEntries() throws IOException {
        entriesUpkeep.passOverDeadlines();
        drain();
        entriesUpkeep.passOverHistory();
        drain();
        entriesUpkeep.passOverFiles();
        drain();
    }

    /** Ends in good order. */
    void close() {
        drain();
        while (!checkpoints.isEmpty()) {
            writeCheckpoint();
            drain();
        }
        checkpoints.runAtOnce();
        shard.close();
    }
}
