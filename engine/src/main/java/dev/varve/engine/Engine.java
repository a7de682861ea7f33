package dev.varve.engine;

import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventStorage;
import dev.varve.api.TransactionStorage;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.engine.commits.CommitFeed;
import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.entries.EngineEntryStorage;
import dev.varve.engine.entries.EntriesFace;
import dev.varve.engine.entries.EntriesUpkeep;
import dev.varve.engine.events.EngineEventStorage;
import dev.varve.engine.events.EventsFace;
import dev.varve.engine.files.BlobStore;
import dev.varve.engine.files.DiskBlobStore;
import dev.varve.engine.files.MemoryBlobStore;
import dev.varve.engine.groups.EventGroups;
import dev.varve.engine.io.Clock;
import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.io.SystemRandom;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.LocalJournal;
import dev.varve.engine.journal.MemoryJournal;
import dev.varve.engine.journal.StoreIdentity;
import dev.varve.engine.journal.StoreInUseException;
import dev.varve.engine.journal.StoreLock;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Sequencer;
import dev.varve.engine.shard.Shard;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.spi.MetricSource;
import dev.varve.engine.state.CorruptStateException;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.RocksStateStore;
import dev.varve.engine.state.StateOptions;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.streams.EngineStreamStorage;
import dev.varve.engine.streams.StreamsFace;
import dev.varve.engine.streams.StreamsUpkeep;
import dev.varve.engine.transactions.EngineTransactionStorage;
import dev.varve.engine.transactions.KeysFace;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A running engine: one shard with its journal, state, faces and threads. Opening it recovers; closing it finishes what is
 * under way and writes a checkpoint. Thread-safe.
 */
public final class Engine implements AutoCloseable, MetricSource {

    private static final double NANOS_PER_SECOND = 1e9;

    private static final Logger LOG = System.getLogger(Engine.class.getName());

    private final Shard shard;
    private final EngineStreamStorage streams;
    private final EngineEntryStorage entries;
    private final EventStorage events;
    private final TransactionStorage transactions;
    private final EntryStorage reservedEntries;
    private final Deque<AutoCloseable> resources;
    private final AtomicReference<@Nullable Throwable> poison;
    private final CountDownLatch poisoned;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final long openingNanos;

    private Engine(
            long openingNanos,
            Shard shard,
            StreamsFace face,
            EngineEntryStorage entries,
            EventStorage events,
            Function<EngineStreamStorage, TransactionStorage> transactions,
            Deque<AutoCloseable> resources,
            AtomicReference<@Nullable Throwable> poison,
            CountDownLatch poisoned) {
        this.openingNanos = openingNanos;
        this.shard = shard;
        this.resources = resources;
        this.poison = poison;
        this.poisoned = poisoned;
        this.streams = new EngineStreamStorage(face, this::close);
        this.entries = entries;
        this.events = events;
        this.transactions = transactions.apply(streams);
        this.reservedEntries = entries.reserved();
    }

    /**
     * Opens a data directory, creating it when it is absent or empty.
     *
     * @param directory the data directory
     * @param options how to use memory, disk and threads
     * @return the running engine
     * @throws VarveException {@link ErrorKind#UNAVAILABLE} when another process holds the directory or the disk fails,
     *     {@link ErrorKind#CORRUPT} when stored data fails its checks or belongs to something else; nothing was changed
     */
    public static Engine open(Path directory, EngineOptions options) {
        return open(directory, options, new SystemDisk(), new SystemClock(), SystemRandom.create());
    }

    /**
     * Opens a data directory in a world of its own, for tests.
     *
     * @param directory the data directory
     * @param options how to use memory, disk and threads
     * @param disk holds the journal and files; the state is always on the system's
     * @param clock tells the time
     * @param random makes identities
     * @return the running engine
     * @throws VarveException as the other
     */
    public static Engine open(Path directory, EngineOptions options, Disk disk, Clock clock, RandomGenerator random) {
        Deque<AutoCloseable> resources = new ArrayDeque<>();
        long began = clock.elapsedNanos();
        try {
            disk.createDirectoriesDurably(directory);
            resources.push(StoreLock.acquire(disk, directory, StoreLock.thisProcess()));
            StoreIdentity identity = StoreIdentity.openOrCreate(disk, directory, clock, random);
            Path journalDirectory = directory.resolve("journal");
            LocalJournal journal = identity.complete()
                    ? LocalJournal.open(
                            disk,
                            journalDirectory,
                            identity.store(),
                            options.journal(),
                            clock,
                            random,
                            Threads.background("varve-journal"))
                    : LocalJournal.openOrCreate(
                            disk,
                            journalDirectory,
                            identity.store(),
                            options.journal(),
                            clock,
                            random,
                            Threads.background("varve-journal"));
            resources.push(journal);
            Path stateDirectory = directory.resolve("state");
            if (identity.complete() && !disk.exists(stateDirectory)) {
                throw new CorruptStateException(stateDirectory, "is missing; restore it from a backup");
            }
            RocksStateStore store = RocksStateStore.open(
                    stateDirectory, StateOptions.of(identity.store()).withBlockCacheBytes(options.blockCacheBytes()));
            resources.push(store);
            identity.completed(disk, directory);
            BlobStore blobs = DiskBlobStore.open(
                    disk, directory.resolve("files"), options.journal().minFreeBytes());
            return start(began, journal, store, blobs, clock, random, options, resources);
        } catch (StoreInUseException e) {
            throw failed(resources, new VarveException(ErrorKind.UNAVAILABLE, String.valueOf(e.getMessage()), e));
        } catch (IOException e) {
            throw failed(resources, cannotBeOpened(directory, e));
        } catch (RuntimeException e) {
            throw failed(resources, e);
        }
    }

    private static VarveException cannotBeOpened(Path directory, IOException e) {
        String what = "the data in " + directory + " cannot be opened: " + e.getMessage();
        return DiskErrors.isDiskError(e)
                ? new VarveException(
                        ErrorKind.UNAVAILABLE, what + "; check the disk and the rights, then start again", e)
                : new VarveException(ErrorKind.CORRUPT, what, e);
    }

    /**
     * An engine that keeps everything in memory and loses it on closing.
     *
     * @param options how to use memory and threads
     * @return the running engine
     */
    public static Engine inMemory(EngineOptions options) {
        return inMemory(options, new SystemClock());
    }

    static Engine inMemory(EngineOptions options, Clock clock) {
        Deque<AutoCloseable> resources = new ArrayDeque<>();
        try {
            return start(
                    clock.elapsedNanos(),
                    new MemoryJournal(),
                    new MemoryStateStore(),
                    new MemoryBlobStore(),
                    clock,
                    SystemRandom.create(),
                    options,
                    resources);
        } catch (IOException e) {
            throw failed(resources, new VarveException(ErrorKind.INTERNAL, "memory cannot fail to be read", e));
        }
    }

    private static Engine start(
            long began,
            Journal journal,
            StateStore store,
            BlobStore blobs,
            Clock clock,
            RandomGenerator random,
            EngineOptions options,
            Deque<AutoCloseable> resources)
            throws IOException {
        EngineTime time = new EngineTime(clock);
        DiskPool pool = new DiskPool(options.diskThreads(), options.maxWaitingReads(), Threads.numbered("varve-disk"));
        resources.push(pool);
        DiskPool checkpoints = new DiskPool(1, 1, Threads.background("varve-checkpoint"));
        resources.push(checkpoints);
        Visibility visibility = new Visibility();
        ReadMemory memory = new ReadMemory(options.readMemoryBytes());
        resources.push(memory);
        CommitLog commits = new CommitLog(
                store,
                visibility,
                time,
                options.history().changes(),
                options.history().millis());
        StreamsFace face =
                new StreamsFace(journal, store, time, visibility, commits, pool, memory, options.maxIdleStreams());
        EntriesFace entriesFace = new EntriesFace(store, time, pool, blobs, options.quotas(), commits);
        EventsFace eventsFace = new EventsFace(store, time, pool, entriesFace.stores(), commits);
        KeysFace keysFace = new KeysFace(store, pool, entriesFace.stores());
        AtomicReference<@Nullable Throwable> poison = new AtomicReference<>();
        CountDownLatch poisoned = new CountDownLatch(1);
        Shard shard = Shard.open(
                journal,
                store,
                List.of(face, entriesFace, eventsFace, keysFace, commits),
                visibility,
                time,
                options.sequencer(),
                options.checkpointBytes(),
                checkpoints,
                new ShortBursts(clock),
                cause -> {
                    poison.set(cause);
                    poisoned.countDown();
                    // Last: without descriptors even logging can throw, and the server has to end all the same.
                    LOG.log(Logger.Level.ERROR, "the log failed; nothing more is written, restart to recover", cause);
                });
        commits.opened();
        face.attach(shard.sequencer());
        entriesFace.attach(shard.sequencer());
        eventsFace.attach(shard);
        keysFace.attach(shard.sequencer());
        shard.start(Threads.named("varve-sequencer"));
        StreamsUpkeep upkeep = new StreamsUpkeep(
                face, options.upkeepMillis(), options.coldUpkeepMillis(), Threads.named("varve-upkeep"));
        resources.push(upkeep);
        EngineEntryStorage entries = new EngineEntryStorage(entriesFace, random);
        resources.push(new EntriesUpkeep(
                entriesFace,
                entries,
                options.history(),
                options.upkeepMillis(),
                options.historyUpkeepMillis(),
                Threads.named("varve-entries-upkeep")));
        EngineEventStorage events = new EngineEventStorage(eventsFace, random);
        EventGroups groups = new EventGroups(
                events, entries, entries.reserved(), time, random, Threads.named("varve-event-subscriptions"));
        resources.push(groups);
        events.offer(groups);
        return new Engine(
                clock.elapsedNanos() - began,
                shard,
                face,
                entries,
                events,
                streams -> new EngineTransactionStorage(
                        keysFace,
                        entriesFace.stores(),
                        entries,
                        events,
                        streams,
                        new CommitFeed(commits, pool, entries, events, streams),
                        random),
                resources,
                poison,
                poisoned);
    }

    private static <T extends Throwable> T failed(Deque<AutoCloseable> resources, T cause) {
        for (AutoCloseable resource : resources) {
            try {
                resource.close();
            } catch (Exception e) {
                cause.addSuppressed(e);
            }
        }
        return cause;
    }

    /**
     * The streams as a storage. Closing it closes the engine.
     *
     * @return the same object at every call
     */
    public EngineStreamStorage streams() {
        return streams;
    }

    /**
     * The entries as a storage.
     *
     * @return the same object at every call
     */
    public EntryStorage entries() {
        return entries;
    }

    /**
     * The events as a storage.
     *
     * @return the same object at every call
     */
    public EventStorage events() {
        return events;
    }

    /**
     * Transactions over entries, events and streams, and the commits of stores.
     *
     * @return the same object at every call
     */
    public TransactionStorage transactions() {
        return transactions;
    }

    /**
     * The entries in which a server keeps what it knows about itself, such as tokens: stores called {@code __varve/…}, which
     * {@link #entries} neither lists nor reads nor writes.
     *
     * @return the same object at every call
     */
    public EntryStorage reservedEntries() {
        return reservedEntries;
    }

    /**
     * This engine as programs see it. Closing that closes this engine.
     *
     * @return a Varve with the streams and the entries of this engine
     */
    public Varve varve() {
        return new EmbeddedVarve(this);
    }

    /**
     * Writes a checkpoint now.
     *
     * @return completed with whether it was committed
     */
    public CompletableFuture<Boolean> checkpoint() {
        return shard.checkpoint();
    }

    @Override
    public void report(Sink sink) {
        Sequencer sequencer = shard.sequencer();
        sink.gauge("write_queue_bytes", "Writes that wait to be decided.", (double) sequencer.queuedBytes());
        sink.gauge(
                "write_expected_wait_seconds",
                "How long a new write would wait for the disk.",
                sequencer.expectedWaitNanos() / NANOS_PER_SECOND);
        sequencer.syncTimes().report(sink, "journal_sync_seconds", "How long durable writes of groups took.");
        sink.counter("checkpoints", "Checkpoints committed since the start.", (double) shard.checkpoints());
        sink.gauge("recovery_seconds", "How long opening the data took.", openingNanos / NANOS_PER_SECOND);
        sink.gauge(
                "recovery_replayed_bytes",
                "How much journal had come together since the last checkpoint when the data was opened.",
                (double) shard.replayedBytes());
        sink.gauge("page_memory_bytes", "Memory in which pages lie that are being sent.", (double)
                streams.pageMemoryBytes());
        sink.gauge("streams_in_memory", "Streams whose heads are in memory.", streams.streamsInMemory());
        sink.gauge(
                "log_failed",
                "1 when the log has failed and nothing is written any more.",
                poison.get() == null ? 0 : 1);
    }

    /**
     * Why nothing can be written any more.
     *
     * @return the first failure, or null while all is well
     */
    public @Nullable Throwable poison() {
        return poison.get();
    }

    /**
     * Waits until the log fails, for a server that has to end then. Returns at once when it has failed already; does not
     * return when the engine is closed in good order.
     *
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public void awaitPoison() throws InterruptedException {
        poisoned.await();
    }

    /** Finishes what is under way, writes a checkpoint and releases everything. Closing twice is harmless. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // Not on the caller's thread: an interrupt of it would close files under the last writes.
        CompletableFuture<Void> closing = CompletableFuture.runAsync(
                this::closeAll,
                task -> Threads.named("varve-close").newThread(task).start());
        try {
            closing.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        }
    }

    private void closeAll() {
        // Upkeep first, then the shard with journal and state, then pools and lock.
        closeUpkeep(); // of subscriptions of events
        closeUpkeep(); // of entries
        closeUpkeep(); // of streams
        RuntimeException failure = null;
        try {
            shard.close();
        } catch (RuntimeException e) {
            failure = e;
        }
        for (AutoCloseable resource : resources) {
            try {
                resource.close();
            } catch (Exception e) {
                LOG.log(Logger.Level.WARNING, "something could not be closed", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void closeUpkeep() {
        AutoCloseable upkeep = resources.pop();
        try {
            upkeep.close();
        } catch (Exception e) {
            LOG.log(Logger.Level.WARNING, "upkeep could not be stopped", e);
        }
    }
}
