package dev.varve.bench.corrupt;

import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.entries.EngineEntryStorage;
import dev.varve.engine.entries.EntriesFace;
import dev.varve.engine.entries.StoreQuotas;
import dev.varve.engine.events.EngineEventStorage;
import dev.varve.engine.events.EventsFace;
import dev.varve.engine.files.DiskBlobStore;
import dev.varve.engine.io.Clock;
import dev.varve.engine.io.Disk;
import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.journal.LocalJournal;
import dev.varve.engine.journal.StoreIdentity;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.shard.SequencerOptions;
import dev.varve.engine.shard.Shard;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.state.RocksStateStore;
import dev.varve.engine.state.StateOptions;
import dev.varve.engine.streams.EngineStreamStorage;
import dev.varve.engine.streams.StreamsFace;
import dev.varve.engine.streams.Upkeep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * The engine on the real disk, put together as it is in earnest, but without threads: the caller decides which commands
 * become one group, and two runs write the same journal. Confined to one thread.
 */
final class HandDrivenEngine {

    private static final int MAX_STEPS = 10_000;

    private final LocalJournal journal;
    private final RocksStateStore store;
    private final Shard shard;
    private final EngineStreamStorage storage;
    private final EngineEntryStorage entries;
    private final EngineEventStorage events;
    private final Upkeep upkeep;

    HandDrivenEngine(Path directory, JournalOptions options, Clock clock, RandomGenerator random) throws IOException {
        Disk disk = new SystemDisk();
        Files.createDirectories(directory);
        StoreIdentity identity = StoreIdentity.openOrCreate(disk, directory, clock, random);
        this.journal = LocalJournal.openOrCreate(
                disk, directory.resolve("journal"), identity.store(), options, clock, random, null);
        this.store = RocksStateStore.open(
                directory.resolve("state"), StateOptions.of(identity.store()).withBlockCacheBytes(1 << 20));
        identity.completed(disk, directory);
        Executor atOnce = Runnable::run;
        Visibility visibility = new Visibility();
        EngineTime time = new EngineTime(clock);
        CommitLog commits = new CommitLog(store, visibility, time, Long.MAX_VALUE, Long.MAX_VALUE);
        StreamsFace face =
                new StreamsFace(journal, store, time, visibility, commits, atOnce, new ReadMemory(1 << 20), 1_000);
        DiskBlobStore blobs = DiskBlobStore.open(disk, directory.resolve("files"), options.minFreeBytes());
        EntriesFace entriesFace = new EntriesFace(store, time, atOnce, blobs, StoreQuotas.NONE, commits);
        EventsFace eventsFace = new EventsFace(store, time, atOnce, entriesFace.stores(), commits);
        this.shard = Shard.open(
                journal,
                store,
                List.of(face, entriesFace, eventsFace, commits),
                visibility,
                time,
                SequencerOptions.DEFAULT,
                Long.MAX_VALUE / 2,
                atOnce,
                Pace.UNBROKEN,
                cause -> {
                    throw new IllegalStateException("the log failed", cause);
                });
        commits.opened();
        face.attach(shard.sequencer());
        entriesFace.attach(shard.sequencer());
        eventsFace.attach(shard);
        this.events = new EngineEventStorage(eventsFace, random);
        this.entries = new EngineEntryStorage(entriesFace, random);
        this.upkeep = new Upkeep(face);
        this.storage = new EngineStreamStorage(face, () -> {});
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

    /** Lets everything happen that follows from a call, and gives its answer. */
    <T> T await(CompletableFuture<T> future) {
        for (int steps = 0; !future.isDone(); steps++) {
            storage.runPending();
            if (steps > MAX_STEPS) {
                throw new IllegalStateException("no answer after " + steps + " steps");
            }
        }
        return future.join();
    }

    long end() {
        return journal.end();
    }

    void checkpoint() {
        if (!await(shard.checkpoint())) {
            throw new IllegalStateException("the checkpoint failed");
        }
    }

    /** Looks after retention. */
    void keepUp() {
        upkeep.passOverMemory();
        storage.runPending();
    }

    /** Ends in good order. */
    void close() {
        shard.close();
    }
}
