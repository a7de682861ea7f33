package dev.varve.engine.entries;

import dev.varve.api.EntryPath;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.files.BlobStore;
import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.shard.DiskReads;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Sequencer;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The entries face of a shard. Belongs to the shard's owner, except where a method says otherwise.
 *
 * <h2>Two moments and the state</h2>
 *
 * All changes since the state was last written are in an {@link Overlay}, which never changes: deciding gives a new one,
 * and when the group is durable that one becomes visible. Readers take the visible overlay and look below it into the
 * state. A checkpoint writes the visible overlay of its moment, and only after it is committed the owner takes what it
 * wrote, and nothing newer, out of the decided overlay. So at any time the overlay over the state is the whole truth: while a
 * checkpoint is being written the state may hold more than it did, but all of that is hidden by the overlay that it came from.
 *
 * <p>A mark that hides the state below a path goes when the checkpoint that wrote it is taken out, even from under an entry
 * that was put at the path since: what that checkpoint wrote below must show through. And it goes before what was written
 * below, as the order of keys has it.
 *
 * <p>What is visible when a checkpoint begins may have been decided before the last one was taken out, and so hold what the state
 * has already. It is written again, which changes nothing; only marks are not acted on again (see {@link FrozenEntries}).
 *
 * <p>Two things must not be put together: an overlay and a look at the state from after a later checkpoint began. Readers look
 * at {@link #freezes} before and after; what a decision has read leaves out what the overlay of that time hid, so it is
 * thrown away at every step by which the overlay has become smaller, which {@link #retirements} counts.
 */
public final class EntriesFace implements Face {

    /** Changes of about this much memory are written to the state, however little journal has come together. */
    private static final long FULL_BYTES =
            Math.min(96L << 20, Runtime.getRuntime().maxMemory() / 6);

    /** When a checkpoint does not keep up with the changes that come meanwhile, they wait from here on: at half of a small heap. */
    private static final long OVERFULL_BYTES = 3 * FULL_BYTES;

    /** What a change in memory takes beside its own bytes and those of its path, names and value as objects. */
    private static final int CHANGE_OVERHEAD_BYTES = 450;

    /** So many stores may be being copied at a time. */
    static final int MAX_CLONES = 8;

    private static final byte[] NEXT_STORE = Binary.key("entries/next-store");

    private final StateStore state;
    private final EngineTime time;
    private final DiskReads disk;
    private final StoreQuotas quotas;
    private final CommitLog commits;
    private final FileIndex fileIndex;
    private final EntryFiles files;
    private final DecisionReads reads = new DecisionReads(this);

    /** How many stores each organisation has, as decided. */
    private final Map<String, Long> storesOf = new HashMap<>();

    private final Map<String, StoreState> decidedStores = new HashMap<>();
    private final Map<Long, StoreState> byNumber = new ConcurrentHashMap<>();
    private final Set<StoreState> toTell = new LinkedHashSet<>();
    private Overlay decided = Overlay.EMPTY;
    private int undurable;
    private long nextStore = 1;
    private long retirements;
    private long recentBytes;

    /** Changes that a checkpoint is writing; memory holds them until it is through. */
    private long frozenRecentBytes;

    private final Stores allStores = new Stores(this);
    private final List<ObjLongConsumer<String>> deletedListeners = new ArrayList<>();
    private @Nullable Sequencer sequencer;

    /** Stores that changed since the last checkpoint. */
    private Set<StoreState> changedStores = new LinkedHashSet<>();

    private List<Long> deletedStores = new ArrayList<>();

    /** Durable copies that the next checkpoint makes. */
    private List<StoreClone> clones = new ArrayList<>();

    /** Copies that are decided and not made yet, and how many ever were decided. */
    private final AtomicInteger clonesUnderWay = new AtomicInteger();

    private final AtomicLong clonesBegun = new AtomicLong();

    /* Durable, for anyone. */
    final ConcurrentSkipListMap<String, StoreState> stores = new ConcurrentSkipListMap<>();

    final ConcurrentHashMap<UUID, StoreState> storesById = new ConcurrentHashMap<>();
    private final Object publishing = new Object();
    private Overlay visible = Overlay.EMPTY;
    private final AtomicInteger freezes = new AtomicInteger();

    /**
     * Creates the face as the state has it.
     *
     * @param state where its data stands at the last checkpoint
     * @param time the engine's time
     * @param pool platform threads that may block on the disk
     * @param blobs where the bytes of files are
     * @param quotas how much stores may hold
     * @param commits told of stores and of what changes in which
     * @throws IOException when the state cannot be read
     */
    public EntriesFace(
            StateStore state, EngineTime time, Executor pool, BlobStore blobs, StoreQuotas quotas, CommitLog commits)
            throws IOException {
        this.state = state;
        this.time = time;
        this.disk = new DiskReads(pool, EntriesFace::failure);
        this.quotas = quotas;
        this.commits = commits;
        this.fileIndex = new FileIndex(state);
        this.files = new EntryFiles(this, fileIndex, blobs, pool);
        byte[] next = state.get(Table.META, NEXT_STORE);
        if (next != null) {
            nextStore = ByteBuffer.wrap(next).getLong();
        }
        try (StateStore.Cursor cursor = state.scan(Table.ENTRY_STORES, new byte[0], null)) {
            while (cursor.next()) {
                StoreState store = StoreState.ofStored(cursor.key(), cursor.value());
                decided(store);
                stores.put(store.name, store);
                storesById.put(store.id, store);
                commits.storeKnown(store.number, store.name, store.compactedSeq());
            }
        }
    }

    /**
     * Connects the face with the shard that runs it.
     *
     * @param shardSequencer orders its commands
     */
    public void attach(Sequencer shardSequencer) {
        sequencer = shardSequencer;
    }

    Sequencer sequencer() {
        Sequencer attached = sequencer;
        if (attached == null) {
            throw new IllegalStateException("the shard is not running");
        }
        return attached;
    }

    /**
     * The stores, for what else is kept in them.
     *
     * @return the same object at every call
     */
    public Stores stores() {
        return allStores;
    }

    /** Is told of stores that were deleted. */
    void onDeleted(ObjLongConsumer<String> listener) {
        deletedListeners.add(listener);
    }

    /** Thread-safe. */
    DiskReads disk() {
        return disk;
    }

    /** Thread-safe. */
    StateStore state() {
        return state;
    }

    /** Thread-safe. */
    EngineTime time() {
        return time;
    }

    /** Thread-safe. */
    EntryFiles files() {
        return files;
    }

    /** Reads for decisions what is not in memory. */
    DecisionReads reads() {
        return reads;
    }

    /** A store by its number, unless it is gone. Thread-safe. */
    @Nullable StoreState byNumber(long number) {
        return byNumber.get(number);
    }

    /** How many copies of stores were decided so far. Thread-safe. */
    long clonesBegun() {
        return clonesBegun.get();
    }

    /** Whether no other copy may begin before one is made: each keeps the changes of its moment in memory. */
    boolean isFullOfClones() {
        return clonesUnderWay.get() >= MAX_CLONES;
    }

    /** Whether a copy is decided and not made yet. Thread-safe. */
    boolean isCloning() {
        return clonesUnderWay.get() > 0;
    }

    // ---- deciding

    Overlay decided() {
        return decided;
    }

    /** A store as decided so far, or null. */
    @Nullable StoreState decidedStore(String name) {
        return decidedStores.get(name);
    }

    private void decided(StoreState store) {
        decidedStores.put(store.name, store);
        byNumber.put(store.number, store);
        storesOf.merge(EntryFiles.organisation(store.name), 1L, Long::sum);
    }

    /** Why a store of this name may not be created; null when it may. */
    @Nullable VarveException storeOverQuota(String name) {
        String organisation = EntryFiles.organisation(name);
        return quotasOf(name).refusalOfStore(organisation, storesOf.getOrDefault(organisation, 0L));
    }

    /** How much a store may hold: what a server notes about itself is not bounded by what users may. */
    StoreQuotas quotasOf(String name) {
        return StoreNames.OF_USERS.reaches(name) ? quotas : StoreQuotas.NONE;
    }

    /** The number of the next store that is created. */
    long nextStore() {
        return nextStore;
    }

    /** Applies a decided effect. */
    void apply(Effect effect) {
        switch (effect) {
            case Effect.StoreCreated created -> {
                StoreState store =
                        new StoreState(created.store(), created.id(), created.name(), created.createdMillis());
                store.remembered.complete = true;
                decided(store);
                nextStore = Math.max(nextStore, store.number + 1);
            }
            case Effect.StoreCloned cloned -> {
                StoreState source = store(cloned.source());
                StoreState store = new StoreState(cloned.store(), cloned.id(), cloned.name(), cloned.createdMillis());
                store.copyNumbers(source);
                store.clone = new StoreClone(source, store, decided);
                clonesBegun.incrementAndGet();
                clonesUnderWay.incrementAndGet();
                decided(store);
                nextStore = Math.max(nextStore, store.number + 1);
            }
            case Effect.StoreArchived archived -> store(archived.store()).decidedArchived = true;
            case Effect.StoreDeleted deleted -> {
                StoreState store = store(deleted.store());
                decidedStores.remove(store.name, store);
                storesOf.computeIfPresent(
                        EntryFiles.organisation(store.name), (_, stores) -> stores == 1 ? null : stores - 1);
                decided = decided.without(store.number);
            }
            case Effect.Compacted(long number, long throughSeq, long millis) ->
                store(number).decidedCompaction = new StoreState.Compaction(throughSeq, millis);
            case Effect.DeadlinePassed(long number, long millis, EntryPath path) ->
                decided = decided.withoutDeadline(Keys.deadline(number, millis, path));
            case Effect.Changed(long number, Change change) ->
                apply(store(number), List.of(change), decided.after(number, change));
        }
    }

    /** Applies decided changes of a store, of which the overlay is known. */
    void apply(StoreState store, List<Change> changes, Overlay next) {
        for (Change change : changes) {
            store.decidedSeq = change.storeSeq();
            store.decidedTotals = change.totals();
            store.remembered.note(change);
        }
        decided = next;
    }

    private StoreState store(long number) {
        StoreState store = byNumber.get(number);
        if (store == null) {
            throw new IllegalStateException("there is no store of number " + number);
        }
        return store;
    }

    /** A command is on its way to the disk. */
    void submitted() {
        undurable++;
    }

    /** Makes effects visible: they are durable. */
    void publish(List<Effect> effects, Overlay after) {
        undurable--;
        show(effects, after);
    }

    private void show(List<Effect> effects, Overlay after) {
        synchronized (publishing) {
            visible = after;
            for (Effect effect : effects) {
                show(effect);
            }
            // Last, and once: nobody sees a part of a write. Its changes are all of one store.
            if (effects.getLast() instanceof Effect.Changed(long number, Change change)) {
                store(number).reached(change.storeSeq(), change.totals());
            }
        }
    }

    private void show(Effect effect) {
        StoreState store = store(effect.store());
        changedStores.add(store);
        switch (effect) {
            case Effect.StoreCreated _ -> {
                stores.put(store.name, store);
                storesById.put(store.id, store);
                commits.storeCreated(store.number, store.name);
            }
            case Effect.StoreCloned _ -> {
                // Nobody sees it before it is whole.
                clones.add(Objects.requireNonNull(store.clone));
                commits.storeCloned(store.number, store.name, store.compactedSeq());
            }
            case Effect.StoreArchived _ -> {
                store.archived = true;
                toTell.add(store);
            }
            case Effect.StoreDeleted _ -> {
                store.gone = true;
                stores.remove(store.name, store);
                storesById.remove(store.id);
                byNumber.remove(store.number);
                changedStores.remove(store);
                deletedStores.add(store.number);
                commits.storeDeleted(store.number);
                toTell.add(store);
                deletedListeners.forEach(listener -> listener.accept(store.name, store.number));
            }
            case Effect.Compacted(long number, long throughSeq, long millis) -> {
                store.compacted(new StoreState.Compaction(throughSeq, millis));
                commits.entriesCompacted(number, throughSeq);
            }
            case Effect.DeadlinePassed _ -> {}
            case Effect.Changed(long number, Change change) -> {
                fileIndex.note(number, change);
                commits.entryChanged(number, change.storeSeq(), change.encodedBytes());
                if (change.expiresAtMillis() != 0) {
                    store.earliestDeadline.accumulateAndGet(change.expiresAtMillis(), Math::min);
                }
                store.recent.put(change.storeSeq(), change);
                recentBytes += 2L * change.encodedBytes() + CHANGE_OVERHEAD_BYTES;
                toTell.add(store);
            }
        }
    }

    /** A copy is whole, and the state has it. */
    private void show(StoreClone clone) {
        StoreState store = clone.target();
        store.clone = null;
        clonesUnderWay.decrementAndGet();
        stores.put(store.name, store);
        storesById.put(store.id, store);
        clone.succeed();
    }

    static VarveException failure(Exception e) {
        ErrorKind kind = DiskErrors.isDiskError(e) ? ErrorKind.UNAVAILABLE : ErrorKind.CORRUPT;
        return e instanceof VarveException known
                ? known
                : new VarveException(kind, "entries could not be read: " + e.getMessage(), e);
    }

    /** Moves on when what was read of the state may be outdated. */
    long retirements() {
        return retirements;
    }

    // ---- reading

    /**
     * What can be seen at one moment.
     *
     * @param overlay the changes since the state was written
     * @param storeSeq of the store that was asked for
     */
    record Moment(Overlay overlay, long storeSeq) {}

    /** Thread-safe. */
    Moment now(StoreState store) {
        synchronized (publishing) {
            return new Moment(visible, store.storeSeq());
        }
    }

    /** Moves on whenever a checkpoint begins. Thread-safe. */
    int freezes() {
        return freezes.get();
    }

    // ---- the shard's side

    @Override
    public boolean owns(byte effectType) {
        return effectType >= Effect.STORE_CREATED && effectType <= Effect.STORE_CLONED;
    }

    @Override
    public void replay(byte effectType, ByteBuffer body, ReplayContext context) {
        Effect effect = Effect.decode(effectType, body, context.timeMillis());
        apply(effect);
        show(List.of(effect), decided);
        toTell.clear();
    }

    @Override
    public boolean isFull() {
        return !clones.isEmpty() || recentBytes + visible.bytes() > FULL_BYTES;
    }

    @Override
    public boolean isOverfull() {
        return heldBytes() > OVERFULL_BYTES;
    }

    @Override
    public long heldBytes() {
        return recentBytes + frozenRecentBytes + visible.bytes();
    }

    @Override
    public void tellListeners() {
        if (toTell.isEmpty()) {
            return;
        }
        for (StoreState store : toTell) {
            boolean over = store.gone || store.archived;
            for (StoreState.Listening listening : store.listeners) {
                listening.listener.accept(store.storeSeq());
                // Whoever takes it out tells it: the end is told once, and nothing after it.
                if (over && store.listeners.remove(listening)) {
                    listening.listener.accept(Long.MAX_VALUE);
                }
            }
        }
        toTell.clear();
    }

    @Override
    public Frozen freeze() {
        Set<StoreState> changed = changedStores;
        List<Long> deleted = deletedStores;
        changedStores = new LinkedHashSet<>();
        deletedStores = new ArrayList<>();
        List<StoreClone> frozenClones = clones;
        clones = new ArrayList<>();
        frozenClones.forEach(StoreClone::freeze);
        long frozenBytes = recentBytes;
        frozenRecentBytes += frozenBytes;
        recentBytes = 0;
        Overlay frozen = visible;
        freezes.incrementAndGet();
        FileIndex.Frozen changedFiles = fileIndex.freeze();
        FrozenEntries.Retiring retiring = new FrozenEntries.Retiring() {
            @Override
            public void begin() {
                retirements++;
            }

            @Override
            public Overlay decided() {
                return decided;
            }

            @Override
            public void decided(Overlay next) {
                decided = next;
                retirements++;
            }

            @Override
            public void end() {
                frozenRecentBytes -= frozenBytes;
                fileIndex.retire(changedFiles);
                frozenClones.forEach(EntriesFace.this::show);
                if (undurable == 0) {
                    synchronized (publishing) {
                        visible = decided;
                    }
                }
            }
        };
        return new FrozenEntries(
                state, frozen, changed, deleted, frozenClones, NEXT_STORE, nextStore, changedFiles, retiring);
    }
}
