package dev.varve.engine.events;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AppendCondition;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptionStorage;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.LoadedAggregate;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.engine.entries.Stores;
import dev.varve.engine.shard.DiskReads;
import dev.varve.engine.shard.FacePart;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** {@link EventStorage} by an engine. Thread-safe. */
public final class EngineEventStorage implements EventStorage {

    /** Scavenging removes so many events at a time, each time as one commit. */
    private static final int SCAVENGED_AT_ONCE = 1000;

    /** So many may wait for readers of one store. */
    static final int MAX_WAITS = 10_000;

    private final EventsFace face;
    private final Supplier<UUID> freshId;
    private @Nullable EventSubscriptionStorage subscriptions;

    /**
     * The storage of a face.
     *
     * @param face the face
     * @param random makes the ids of stores; thread-safe
     */
    public EngineEventStorage(EventsFace face, RandomGenerator random) {
        this.face = face;
        this.freshId = () -> Stores.freshId(random);
    }

    /**
     * Offers subscriptions, too. To be called before anybody else has this storage.
     *
     * @param groups stand on this storage
     */
    public void offer(EventSubscriptionStorage groups) {
        subscriptions = groups;
    }

    @Override
    public EventSubscriptionStorage subscriptions() {
        return subscriptions == null ? EventStorage.super.subscriptions() : subscriptions;
    }

    private <R> CompletableFuture<R> submit(EventCommand<R> command) {
        face.sequencer().submit(command);
        return command.future;
    }

    /** Whether users may name a store so; others are not there for them. */
    private static boolean isName(String store) {
        return StoreInfo.NAME.matcher(store).matches();
    }

    private @Nullable EventLog visible(String store) {
        face.sequencer().awaitWhole();
        return isName(store) ? face.visible(store) : null;
    }

    private static <T> CompletableFuture<T> failed(VarveException failure) {
        return CompletableFuture.failedFuture(failure);
    }

    private static VarveException badName(String store) {
        return new VarveException(ErrorKind.INVALID_PARAMS, store + " is no name of a store: organisation/name");
    }

    // ---- events

    @Override
    public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean createStore) {
        return isName(store)
                ? submit(command(
                        store, append.checks(), append.events(), append.condition(), append.tracking(), createStore))
                : failed(badName(store));
    }

    /**
     * An append as a part of a commit over several faces. Unlike one by itself it may have a condition or a tracking without events.
     *
     * @param store the full name of a store that users may name
     * @param checks as {@link EventAppend#checks}
     * @param events as {@link EventAppend#events}
     * @param condition as {@link EventAppend#condition}
     * @param tracking as {@link EventAppend#tracking}
     * @param createStore whether the store is created when it does not exist
     * @return to be released in the end
     */
    public FacePart<EventAppendResult> part(
            String store,
            List<EventAppend.Check> checks,
            List<EventAppend.Addressed> events,
            @Nullable AppendCondition condition,
            EventAppend.@Nullable Tracking tracking,
            boolean createStore) {
        return command(store, checks, events, condition, tracking, createStore);
    }

    private AppendCommand command(
            String store,
            List<EventAppend.Check> checks,
            List<EventAppend.Addressed> events,
            @Nullable AppendCondition condition,
            EventAppend.@Nullable Tracking tracking,
            boolean createStore) {
        return new AppendCommand(face, store, checks, events, condition, tracking, createStore, freshId);
    }

    @Override
    public CompletableFuture<EventSlice> read(String store, EventRead read) {
        EventLog log = visible(store);
        if (log == null) {
            return CompletableFuture.completedFuture(EventReader.nothing(read));
        }
        Work work = new Work(face.bounds());
        EventReader reading =
                new EventReader(face.state(), log, read, face.time().millis(), work);
        EventSlice slice = reading.inMemory();
        return slice != null
                ? CompletableFuture.completedFuture(slice)
                : inTasks(log, work, EventReader.nothing(read), reading::goOn);
    }

    /** Reads on the pool; a store that is deleted meanwhile holds nothing. */
    private <T> CompletableFuture<T> inTasks(EventLog log, Work work, T nothing, DiskReads.InTasks<T> reading) {
        return face.disk().forCallerInTasks(() -> {
            work.beginTask();
            return face.isThere(log) ? reading.goOn() : nothing;
        });
    }

    @Override
    public CompletableFuture<Long> count(String store, EventRead read, long atMost) {
        EventLog log = visible(store);
        if (log == null || atMost < 1) {
            return CompletableFuture.completedFuture(0L);
        }
        Work work = new Work(face.bounds());
        return inTasks(log, work, 0L, new EventCount(face, log, work, read, atMost)::goOn);
    }

    @Override
    public long head(String store) {
        EventLog log = visible(store);
        return log == null ? EventStore.EMPTY : log.head();
    }

    @Override
    public Subscription subscribe(String store, LongConsumer listener) {
        Runnable ends = face.listen(store, listener);
        AtomicBoolean open = new AtomicBoolean(true);
        return () -> {
            if (open.compareAndSet(true, false)) {
                ends.run();
            }
        };
    }

    // ---- aggregates

    @Override
    public CompletableFuture<AggregateInfo> aggregate(String store, AggregateId aggregate) {
        EventLog log = visible(store);
        if (log == null) {
            return CompletableFuture.completedFuture(AggregateInfo.empty(aggregate));
        }
        Work work = new Work(face.bounds());
        AggregateLook looking = new AggregateLook(face, log, work, aggregate);
        AggregateInfo known = looking.inMemory();
        return known != null
                ? CompletableFuture.completedFuture(known)
                : inTasks(log, work, AggregateInfo.empty(aggregate), looking::goOn);
    }

    @Override
    public CompletableFuture<List<AggregateInfo>> aggregates(
            String store, @Nullable String category, @Nullable AggregateId after, int limit) {
        if (limit < 1 || limit > EventRead.MAX_LIMIT) {
            return failed(new VarveException(
                    ErrorKind.INVALID_PARAMS, "limit is 1 to " + EventRead.MAX_LIMIT + ", was " + limit));
        }
        EventLog log = visible(store);
        if (log == null || !AggregateListing.mayBeType(category)) {
            return CompletableFuture.completedFuture(List.of());
        }
        Work work = new Work(face.bounds());
        return inTasks(log, work, List.of(), new AggregateListing(face, log, work, category, after, limit)::goOn);
    }

    @Override
    public CompletableFuture<AggregateInfo> configure(
            String store, AggregateId aggregate, AggregateSettings settings, @Nullable Long expectedRevision) {
        return submit(new AggregateCommand(
                        face, store, aggregate, new AggregateCommand.Change.Configure(settings, expectedRevision)))
                .thenCompose(changed -> looked(store, changed));
    }

    @Override
    public CompletableFuture<AggregateInfo> delete(
            String store, AggregateId aggregate, ExpectedVersion expected, AggregateDeletion deletion) {
        return submit(new AggregateCommand(
                        face, store, aggregate, new AggregateCommand.Change.Delete(expected, deletion)))
                .thenCompose(changed -> looked(store, changed));
    }

    /** What was decided, with the first event that is there where that has to be looked for and can be read. */
    private CompletableFuture<AggregateInfo> looked(String store, AggregateInfo changed) {
        EventLog log = visible(store);
        boolean looks = log != null && (log.holes || changed.settings().maxAge() != null);
        // It was made, whatever becomes of the look.
        return looks
                ? aggregate(store, changed.id()).exceptionally(_ -> changed)
                : CompletableFuture.completedFuture(changed);
    }

    @Override
    public CompletableFuture<Boolean> redact(String store, long position, EventData replacement) {
        try {
            replacement.check();
        } catch (VarveException e) {
            return failed(e);
        }
        return submit(new ReplaceCommand(face, store, List.of(position), replacement, false))
                .thenApply(count -> count > 0);
    }

    @Override
    public CompletableFuture<Integer> deleteEvents(String store, Collection<Long> positions) {
        List<Long> each = positions.stream().distinct().toList();
        return each.size() > EventRead.MAX_LIMIT
                ? failed(new VarveException(
                        ErrorKind.INVALID_PARAMS, "at most " + EventRead.MAX_LIMIT + " events are deleted at once"))
                : submit(new ReplaceCommand(face, store, each, null, false));
    }

    @Override
    public CompletableFuture<Long> scavenge(String store) {
        EventLog log = visible(store);
        if (log == null) {
            return failed(Stores.notFound(store));
        }
        return scavenge(store, log, 0, 0).thenCompose(removed -> face.wipe(log).thenApply(_ -> removed));
    }

    /** What can be read by nobody is deleted as single events are, a bounded number at a time, until nothing is left. */
    private CompletableFuture<Long> scavenge(String store, EventLog log, long from, long removed) {
        CompletableFuture<Dead> looking = face.disk().forCaller(() -> dead(log, from));
        return looking.thenCompose(dead -> {
            if (dead.positions.isEmpty()) {
                return dead.next < 0
                        ? CompletableFuture.completedFuture(removed)
                        : scavenge(store, log, dead.next, removed);
            }
            return submit(new ReplaceCommand(face, store, dead.positions, null, true))
                    .thenCompose(count -> dead.next < 0
                            ? CompletableFuture.completedFuture(removed + count)
                            : scavenge(store, log, dead.next, removed + count));
        });
    }

    /**
     * Events that can be read by nobody.
     *
     * @param next where to go on looking; below 0 at the end
     */
    private record Dead(List<Long> positions, long next) {}

    private Dead dead(EventLog log, long from) throws IOException {
        List<Long> positions = new ArrayList<>();
        Work work = new Work(face.bounds());
        work.beginTask();
        try (LogReader reader = new LogReader(face.state(), log, face.time().millis(), log.next, work)) {
            for (long position = from; position < reader.next; position++) {
                if (positions.size() == SCAVENGED_AT_ONCE || work.isDone()) {
                    return new Dead(positions, position);
                }
                byte[] event = reader.event(position);
                if (!EventFormat.isGone(event) && !reader.shows(EventFormat.head(event), position)) {
                    positions.add(position);
                }
            }
        }
        return new Dead(positions, -1);
    }

    // ---- snapshots

    @Override
    public CompletableFuture<Void> saveSnapshot(String store, Snapshot snapshot, int keep) {
        if (keep < 1 || keep > Snapshot.MAX_KEPT) {
            return failed(new VarveException(
                    ErrorKind.INVALID_PARAMS, "1 to " + Snapshot.MAX_KEPT + " snapshots are kept, not " + keep));
        }
        byte[] encoded = SnapshotFormat.encode(snapshot);
        return submit(new SnapshotCommand(
                        face, store, snapshot.aggregate(), new SnapshotCommand.Change.Save(snapshot, encoded, keep)))
                .thenAccept(_ -> {});
    }

    @Override
    public CompletableFuture<List<Snapshot>> snapshots(String store, AggregateId aggregate, SnapshotQuery query) {
        EventLog log = visible(store);
        return log == null
                ? CompletableFuture.completedFuture(List.of())
                : face.disk().forCaller(() -> snapshots(log, aggregate, query));
    }

    private List<Snapshot> snapshots(EventLog log, AggregateId aggregate, SnapshotQuery query) throws IOException {
        List<Snapshot> found = new ArrayList<>();
        SnapshotSet recent = log.snapshots.get(aggregate);
        if (recent == null || recent.byVersion().containsValue(null)) {
            SnapshotSet inState =
                    log.inState ? SnapshotCommand.read(face.state(), log, aggregate, true) : SnapshotSet.NONE;
            recent = recent == null ? inState : recent.over(inState);
        }
        for (Map.Entry<Long, byte @Nullable []> entry :
                recent.byVersion().descendingMap().entrySet()) {
            Snapshot snapshot = decode(aggregate, entry.getKey(), entry.getValue());
            if (snapshot != null && query.matches(snapshot)) {
                found.add(snapshot);
                if (found.size() == query.limit()) {
                    break;
                }
            }
        }
        return found;
    }

    private static @Nullable Snapshot decode(AggregateId aggregate, long version, byte @Nullable [] encoded) {
        try {
            return encoded == null ? null : SnapshotFormat.decode(aggregate, version, encoded);
        } catch (RuntimeException damaged) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the snapshot of " + aggregate + " at version " + version + " is damaged and passed over",
                    damaged);
            return null;
        }
    }

    private static final System.Logger LOG = System.getLogger(EngineEventStorage.class.getName());

    @Override
    public CompletableFuture<Integer> deleteSnapshots(String store, AggregateId aggregate, SnapshotQuery query) {
        return submit(new SnapshotCommand(face, store, aggregate, new SnapshotCommand.Change.Delete(query)));
    }

    @Override
    public CompletableFuture<LoadedAggregate> load(String store, AggregateId aggregate, String schema) {
        EventLog log = visible(store);
        EventRead all = EventRead.of(aggregate);
        if (log == null) {
            return CompletableFuture.completedFuture(new LoadedAggregate(Optional.empty(), EventReader.nothing(all)));
        }
        Work work = new Work(face.bounds());
        return inTasks(
                log,
                work,
                new LoadedAggregate(Optional.empty(), EventReader.nothing(all)),
                new Loading(log, work, all, schema)::goOn);
    }

    /** Reads a snapshot and what follows it. */
    private final class Loading {
        private final EventLog log;
        private final Work work;
        private final EventRead all;
        private final String schema;
        private Optional<Snapshot> snapshot = Optional.empty();
        private @Nullable EventReader tail;

        Loading(EventLog log, Work work, EventRead all, String schema) {
            this.log = log;
            this.work = work;
            this.all = all;
            this.schema = schema;
        }

        @Nullable LoadedAggregate goOn() throws IOException {
            EventReader reading = tail;
            if (reading == null) {
                // The snapshot first: what follows it is there whatever comes meanwhile.
                AggregateId aggregate = Objects.requireNonNull(all.aggregate());
                snapshot = EventStorage.newest(snapshots(log, aggregate, SnapshotQuery.ALL), schema);
                reading = afterSnapshot();
            }
            EventSlice slice = reading.goOn();
            if (slice != null && snapshot.isPresent() && snapshot.get().version() > slice.version()) {
                snapshot = Optional.empty(); // of an earlier life
                reading = afterSnapshot();
                slice = reading.goOn();
            }
            tail = reading;
            return slice == null ? null : new LoadedAggregate(snapshot, slice);
        }

        private EventReader afterSnapshot() {
            EventRead read = all.after(snapshot.map(Snapshot::version).orElse(EventStore.EMPTY));
            return new EventReader(face.state(), log, read, face.time().millis(), work);
        }
    }

    // ---- checkpoints

    private static String checked(String name) {
        return new EventAppend.Tracking(name, 0).source();
    }

    @Override
    public CompletableFuture<Long> saveCheckpoint(String store, String name, long position) {
        if (position < EventStore.EMPTY) {
            return failed(new VarveException(
                    ErrorKind.INVALID_PARAMS, "a checkpoint is at a position from -1 on, was " + position));
        }
        return submit(new CheckpointCommand(face, store, checked(name), position))
                .thenApply(answer -> answer.position() == null ? EventStore.EMPTY : answer.position());
    }

    @Override
    public CompletableFuture<OptionalLong> checkpoint(String store, String name) {
        EventLog log = visible(store);
        Long position = log == null ? null : log.checkpoints.get(name);
        return CompletableFuture.completedFuture(position == null ? OptionalLong.empty() : OptionalLong.of(position));
    }

    @Override
    public CompletableFuture<Map<String, Long>> checkpoints(String store) {
        EventLog log = visible(store);
        return CompletableFuture.completedFuture(log == null ? Map.of() : new TreeMap<>(log.checkpoints));
    }

    @Override
    public CompletableFuture<Boolean> deleteCheckpoint(String store, String name) {
        return submit(new CheckpointCommand(face, store, checked(name), null))
                .thenApply(answer -> answer.position() != null);
    }

    @Override
    public CompletableFuture<Boolean> awaitCheckpoints(
            String store, Set<String> names, long position, Duration timeout) {
        EventLog log = visible(store);
        for (String name : names) {
            if (log == null || !log.checkpoints.containsKey(name)) {
                return failed(new VarveException(
                        ErrorKind.INVALID_PARAMS,
                        "no checkpoint called " + name + " was ever saved in " + store + ": save one to begin with"));
            }
        }
        if (log == null) {
            return CompletableFuture.completedFuture(true);
        }
        if (timeout.isNegative() || timeout.compareTo(MAX_WAIT) > 0) {
            return failed(new VarveException(
                    ErrorKind.INVALID_PARAMS, "a wait lasts at most " + MAX_WAIT + ", was " + timeout));
        }
        if (log.waits.size() >= MAX_WAITS) {
            return failed(new VarveException(
                    ErrorKind.OVERLOADED, "as many as may are waiting for readers of " + store + " already"));
        }
        CheckpointWait wait = new CheckpointWait(Set.copyOf(names), position, new CompletableFuture<>());
        log.waits.add(wait);
        if (wait.holds(log.checkpoints) || timeout.isZero()) {
            log.waits.remove(wait);
            wait.future().complete(false);
            return wait.future();
        }
        wait.future().completeOnTimeout(false, timeout.toNanos(), TimeUnit.NANOSECONDS);
        CompletableFuture<?> _ = wait.future().whenComplete((_, _) -> log.waits.remove(wait));
        return wait.future();
    }
}
