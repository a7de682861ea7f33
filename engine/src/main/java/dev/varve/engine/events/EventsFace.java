package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventStore;
import dev.varve.api.VarveException;
import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.entries.Stores;
import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.shard.DiskReads;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Sequencer;
import dev.varve.engine.shard.Shard;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The events face of a shard: applies effects, to what is decided at once and to what can be seen when their group is on disk.
 * Belongs to the shard's owner, except where a method says otherwise. {@link EventLog} says who sees what.
 */
public final class EventsFace implements Face {

    private static final List<Table> WIPED_TABLES =
            List.of(Table.EVENTS, Table.EVENT_INDEX, Table.EVENT_AGGREGATES, Table.EVENT_SNAPSHOTS);

    /** Events of about this much memory are written to the state, however little journal has come together. */
    private static final long FULL_BYTES =
            Math.min(96L << 20, Runtime.getRuntime().maxMemory() / 6);

    /** When a checkpoint does not keep up with the events that come meanwhile, they wait from here on. */
    private static final long OVERFULL_BYTES = 3 * FULL_BYTES;

    /** So many conditions that take long are looked through at a time; the appends that they belong to are held in memory meanwhile. */
    static final int MAX_LONG_SEARCHES = 16;

    private final StateStore state;
    private final EngineTime time;
    private final DiskReads disk;
    private final Stores stores;
    private final CommitLog commits;

    /** For searches that nothing waits for but what asked for them. */
    private final Semaphore longSearches = new Semaphore(MAX_LONG_SEARCHES);

    private Work.Bounds bounds = Work.Bounds.USUAL;

    /** By the number of the store. */
    private final ConcurrentHashMap<Long, EventLog> logs = new ConcurrentHashMap<>();

    private final ConcurrentHashMap<String, CopyOnWriteArrayList<Listening>> listeners = new ConcurrentHashMap<>();
    private Set<EventLog> changedLogs = new LinkedHashSet<>();
    private List<Long> deletedStores = new ArrayList<>();
    private final Set<EventLog> toTell = new LinkedHashSet<>();
    private final Set<String> goneToTell = new LinkedHashSet<>();
    private long recentBytes;
    private long frozenBytes;
    private long retirements;
    private @Nullable Shard shard;

    /** One subscription; the same listener may have several. */
    private static final class Listening {
        final LongConsumer listener;

        Listening(LongConsumer listener) {
            this.listener = listener;
        }
    }

    /**
     * An effect that was decided, and the aggregates as it leaves them.
     *
     * @param heads by aggregate, those that it changed
     */
    record Decided(Effect effect, Map<AggregateId, AggregateHead> heads) {}

    /**
     * Creates the face as the state has it.
     *
     * @param state where its data stands at the last checkpoint
     * @param time the engine's time
     * @param pool platform threads that may block on the disk
     * @param stores which stores there are
     * @param commits told which events came to which
     * @throws IOException when the state cannot be read
     */
    public EventsFace(StateStore state, EngineTime time, Executor pool, Stores stores, CommitLog commits)
            throws IOException {
        this.state = state;
        this.time = time;
        this.disk = new DiskReads(pool, EventsFace::failure);
        this.stores = stores;
        this.commits = commits;
        stores.onDeleted(this::deleted);
        try (StateStore.Cursor cursor = state.scan(Table.EVENT_STORES, new byte[0], null)) {
            while (cursor.next()) {
                EventLog log = EventLog.ofStored(cursor.key(), cursor.value());
                logs.put(log.store, log);
            }
        }
        try (StateStore.Cursor cursor = state.scan(Table.EVENT_CHECKPOINTS, new byte[0], null)) {
            while (cursor.next()) {
                ByteBuffer key = ByteBuffer.wrap(cursor.key());
                EventLog log = log(key.getLong());
                String name =
                        java.nio.charset.StandardCharsets.UTF_8.decode(key).toString();
                long position = ByteBuffer.wrap(cursor.value()).getLong();
                log.checkpoints.put(name, position);
                log.decidedCheckpoints.put(name, position);
            }
        }
    }

    /**
     * Connects the face with the shard that runs it.
     *
     * @param running orders its commands
     */
    public void attach(Shard running) {
        shard = running;
    }

    Sequencer sequencer() {
        return shard().sequencer();
    }

    private Shard shard() {
        Shard attached = shard;
        if (attached == null) {
            throw new IllegalStateException("the shard is not running");
        }
        return attached;
    }

    /** Has what was removed of a log leave all files, unless nothing was since the last time. Thread-safe. */
    CompletableFuture<Void> wipe(EventLog log) {
        if (!log.leftBytes.compareAndSet(true, false)) {
            return CompletableFuture.completedFuture(null);
        }
        return shard().wipe(disk, WIPED_TABLES, Binary.key(log.store), Binary.key(log.store + 1))
                .whenComplete((_, failure) -> {
                    if (failure != null) {
                        log.leftBytes.set(true);
                    }
                });
    }

    /** How much one request may look at before others get their turn. */
    Work.Bounds bounds() {
        return bounds;
    }

    /** For tests. Before anything is asked for. */
    void bound(Work.Bounds other) {
        bounds = other;
    }

    /** Thread-safe. */
    Semaphore longSearches() {
        return longSearches;
    }

    /** Thread-safe. */
    DiskReads disk() {
        return disk;
    }

    private static VarveException failure(Exception e) {
        ErrorKind kind = DiskErrors.isDiskError(e) ? ErrorKind.UNAVAILABLE : ErrorKind.CORRUPT;
        return e instanceof VarveException known
                ? known
                : new VarveException(kind, "events could not be read: " + e.getMessage(), e);
    }

    /** Whether the store of a log is still there. Thread-safe. */
    boolean isThere(EventLog log) {
        return logs.get(log.store) == log;
    }

    /** Thread-safe. */
    StateStore state() {
        return state;
    }

    /** Thread-safe. */
    EngineTime time() {
        return time;
    }

    Stores stores() {
        return stores;
    }

    /** The log of a store that can be seen, or nothing when nothing was ever written about its events. Thread-safe. */
    @Nullable EventLog visible(String store) {
        long number = stores.visible(store);
        return number == Stores.NONE ? null : logs.get(number);
    }

    /** The log of a store. Called by the owner. */
    EventLog log(long store) {
        return logs.computeIfAbsent(store, number -> new EventLog(number, 0));
    }

    /** Moves on when what was read of the state may be outdated. */
    long retirements() {
        return retirements;
    }

    // ---- deciding

    /**
     * Applies an effect to what is decided, where heads of aggregates that were not looked up are at hand.
     *
     * @param made what is read of the events that it appends, if that is known; else empty
     */
    Decided apply(Effect effect, List<EventFormat.Head> made, Heads known) throws IOException {
        EventLog log = log(effect.store());
        long bytesBefore = log.bytes();
        Map<AggregateId, AggregateHead> heads = new LinkedHashMap<>();
        switch (effect) {
            case Effect.Appended appended -> {
                for (int i = 0; i < appended.events().size(); i++) {
                    byte[] event = appended.events().get(i);
                    EventFormat.Head head = made.isEmpty() ? EventFormat.head(event) : made.get(i);
                    AggregateId aggregate = head.aggregate();
                    long incarnation = EventStore.EMPTY;
                    if (aggregate != null) {
                        AggregateHead after = decided(log, aggregate, known).appended(log.decidedNext);
                        log.decidedHeads.put(aggregate, after);
                        heads.put(aggregate, after);
                        incarnation = after.incarnation();
                    }
                    log.append(event, head, incarnation);
                }
            }
            case Effect.Checkpoint(long _, String name, @Nullable Long position) -> {
                if (position == null) {
                    log.decidedCheckpoints.remove(name);
                } else {
                    log.decidedCheckpoints.put(name, position);
                }
            }
            case Effect.Aggregate(long _, AggregateId aggregate, AggregateHead head, boolean ended) -> {
                log.removalsUnderWay++;
                log.decidedHeads.put(aggregate, head);
                log.decidedRestricted |= ended || head.restricts();
                heads.put(aggregate, head);
                if (ended) {
                    log.decidedSnapshots.put(aggregate, SnapshotSet.NONE);
                }
            }
            case Effect.Replaced(long _, long position, byte[] event) -> {
                log.removalsUnderWay++;
                log.decidedReplaced.put(position, event);
                log.remembered.replace(event, position);
            }
            case Effect.Snapshots snapshots ->
                log.decidedSnapshots.put(snapshots.aggregate(), after(log.decidedSnapshots, snapshots));
        }
        log.noteUnderWay(effect);
        recentBytes += log.bytes() - bytesBefore;
        return new Decided(effect, heads);
    }

    /** What is known of aggregates beside what was changed since the last checkpoint. */
    interface Heads {
        AggregateHead of(AggregateId aggregate) throws IOException;
    }

    private static AggregateHead decided(EventLog log, AggregateId aggregate, Heads known) throws IOException {
        AggregateHead head = log.decidedHeads.get(aggregate);
        return head != null ? head : known.of(aggregate);
    }

    private static SnapshotSet after(Map<AggregateId, SnapshotSet> sets, Effect.Snapshots snapshots) {
        return sets.getOrDefault(snapshots.aggregate(), SnapshotSet.NONE).after(snapshots);
    }

    // ---- making visible

    /** The effects of a commit are durable. */
    void publish(List<Decided> commit) {
        for (Decided decided : commit) {
            EventLog log = logs.get(decided.effect.store());
            if (log == null) {
                continue; // of a store that is gone
            }
            changedLogs.add(log);
            toTell.add(log);
            long bytesBefore = log.changes.bytes;
            // Before the heads: once one can be seen that hides events, every read asks for heads.
            publish(log, decided.effect);
            log.noteDurable(decided.effect);
            decided.heads.forEach((aggregate, head) -> {
                log.put(aggregate, head);
                if (log.changes.heads.put(aggregate, head) == null) {
                    log.changes.bytes += HEAD_BYTES;
                }
            });
            recentBytes += log.changes.bytes - bytesBefore;
            if (decided.effect instanceof Effect.Aggregate || decided.effect instanceof Effect.Replaced) {
                removed(log);
            }
        }
        // Last: what is below it can be seen, and nobody sees a part of a commit.
        for (Decided decided : commit) {
            EventLog log = logs.get(decided.effect.store());
            if (log != null && decided.effect instanceof Effect.Appended(long _, long first, List<byte[]> events)) {
                log.next = first + events.size();
                lookAgain(log);
            }
        }
    }

    private static final int HEAD_BYTES = 400;

    /** What was taken away, or brought back, shows; appends that wait for that are looked at again. */
    private void removed(EventLog log) {
        log.removals.incrementAndGet();
        Shard running = shard;
        if (--log.removalsUnderWay == 0 && running != null) {
            running.sequencer().loaded();
        }
    }

    /** More is durable; appends that wait for that are looked at again. */
    private void lookAgain(EventLog log) {
        Shard running = shard;
        if (log.isAwaited && running != null) {
            log.isAwaited = false;
            running.sequencer().loaded();
        }
    }

    private void publish(EventLog log, Effect effect) {
        switch (effect) {
            case Effect.Appended appended -> {
                long bytes = 0;
                for (byte[] event : appended.events()) {
                    bytes += event.length;
                }
                commits.eventsAppended(
                        log.store, appended.first(), appended.events().size(), bytes);
                if (!log.ownTimes && EventFormat.anyOwnTime(appended.events())) {
                    log.ownTimes = true;
                }
            }
            case Effect.Checkpoint(long _, String name, @Nullable Long position) -> {
                if (position == null) {
                    log.checkpoints.remove(name);
                } else {
                    log.checkpoints.put(name, position);
                }
                log.changes.checkpoints.add(name);
            }
            case Effect.Aggregate(long _, AggregateId aggregate, AggregateHead head, boolean ended) -> {
                if (ended) {
                    log.leftBytes.set(true);
                    log.changes.ended.add(aggregate);
                }
                if (ended || head.restricts()) {
                    log.restricted = true;
                }
                if (ended) {
                    log.snapshots.put(aggregate, SnapshotSet.NONE);
                    log.changes.snapshots.put(aggregate, SnapshotSet.NONE);
                }
            }
            case Effect.Replaced(long _, long position, byte[] event) -> {
                log.leftBytes.set(true);
                log.holes |= EventFormat.isGone(event);
                log.replaced.put(position, event);
                log.changes.replaced.put(position, event);
                log.changes.bytes += event.length + HEAD_BYTES;
                for (LogPart part : log.parts) {
                    if (position >= part.from && position < part.end) {
                        part.replace(position, event);
                    }
                }
            }
            case Effect.Snapshots snapshots -> {
                AggregateId aggregate = snapshots.aggregate();
                SnapshotSet after = after(log.snapshots, snapshots);
                log.leftBytes.set(true);
                log.snapshots.put(aggregate, after);
                log.changes.snapshots.put(aggregate, after);
                log.changes.bytes += after.bytes();
            }
        }
    }

    /** A store is gone. Called by the owner, when that is durable. */
    private void deleted(String name, long store) {
        EventLog log = logs.remove(store);
        if (log != null) {
            changedLogs.remove(log);
            toTell.remove(log);
            log.waits.forEach(wait -> wait.future().complete(false));
        }
        deletedStores.add(store);
        goneToTell.add(name);
    }

    // ---- listeners

    /** Thread-safe. */
    Runnable listen(String store, LongConsumer listener) {
        Listening listening = new Listening(listener);
        listeners.computeIfAbsent(store, _ -> new CopyOnWriteArrayList<>()).add(listening);
        return () -> listeners.computeIfPresent(store, (_, all) -> {
            all.remove(listening);
            return all.isEmpty() ? null : all;
        });
    }

    @Override
    public void tellListeners() {
        for (EventLog log : toTell) {
            String name = listeners.isEmpty() ? null : stores.name(log.store);
            List<Listening> all = name == null ? null : listeners.get(name);
            if (all != null) {
                long head = log.head();
                all.forEach(listening -> listening.listener.accept(head));
            }
            if (!log.waits.isEmpty()) {
                log.tellWaits();
            }
        }
        toTell.clear();
        for (String name : goneToTell) {
            List<Listening> all = listeners.remove(name);
            if (all != null) {
                all.forEach(listening -> listening.listener.accept(Long.MAX_VALUE));
            }
        }
        goneToTell.clear();
    }

    // ---- the shard's side

    @Override
    public boolean owns(byte effectType) {
        return Effect.isOne(effectType);
    }

    @Override
    public void replay(byte effectType, ByteBuffer body, ReplayContext context) throws IOException {
        Effect effect = Effect.decode(effectType, body);
        EventLog log = log(effect.store());
        if (effect instanceof Effect.Snapshots snapshots && !log.decidedSnapshots.containsKey(snapshots.aggregate())) {
            // Those that stay are in the state.
            log.decidedSnapshots.put(snapshots.aggregate(), SnapshotSet.NONE);
        }
        publish(List.of(apply(effect, List.of(), aggregate -> LogReader.load(state, log, aggregate))));
        toTell.clear();
        goneToTell.clear();
    }

    @Override
    public boolean isFull() {
        return recentBytes > FULL_BYTES;
    }

    @Override
    public boolean isOverfull() {
        return heldBytes() > OVERFULL_BYTES;
    }

    @Override
    public long heldBytes() {
        return recentBytes + frozenBytes;
    }

    @Override
    public Frozen freeze() {
        long bytes = recentBytes;
        frozenBytes += bytes;
        recentBytes = 0;
        List<FrozenEvents.Share> shares = new ArrayList<>();
        for (EventLog log : changedLogs) {
            EventLog.Changes changes = log.changes;
            log.changes = new EventLog.Changes();
            shares.add(new FrozenEvents.Share(log, log.freezePart(), changes));
        }
        List<Long> deleted = deletedStores;
        changedLogs = new LinkedHashSet<>();
        deletedStores = new ArrayList<>();
        return new FrozenEvents(state, shares, deleted, () -> retirements++, () -> frozenBytes -= bytes);
    }
}
