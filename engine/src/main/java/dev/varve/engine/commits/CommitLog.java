package dev.varve.engine.commits;

import dev.varve.api.ErrorKind;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Visibility;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Which commits touched which named store, and where their parts stand. The other faces tell what they put in place, when it is
 * durable and again when it is replayed; what they tell of one frame is one commit. Has no effects of its own: the journal
 * since the last checkpoint says it all. Belongs to the shard's owner, except where a method says otherwise. {@link StoreCommits} says who
 * sees what.
 */
public final class CommitLog implements Face {

    /** Commits of about this much memory are written to the state, however little journal has come together. */
    private static final long FULL_BYTES =
            Math.min(96L << 20, Runtime.getRuntime().maxMemory() / 6);

    /** When a checkpoint does not keep up with the commits that come meanwhile, they wait from here on. */
    private static final long OVERFULL_BYTES = 3 * FULL_BYTES;

    /** What the names of stores begin with that keep a server's own records: nobody follows those. */
    private static final String RESERVED = "__";

    private final StateStore state;
    private final Visibility visibility;
    private final EngineTime time;
    private final long keptCommits;
    private final long keptMillis;

    /** What the state says of stores that were not made known yet, while the faces are being put together. */
    private final Map<Long, byte[]> rows = new HashMap<>();

    private final Map<Long, StoreCommits> byNumber = new HashMap<>();
    private final ConcurrentHashMap<String, StoreCommits> byName = new ConcurrentHashMap<>();

    /** Stores with a commit whose parts are being put in place, or that nobody was told of yet. */
    private final List<StoreCommits> toTell = new ArrayList<>();

    private final List<StoreCommits> goneToTell = new ArrayList<>();
    private Set<StoreCommits> changed = new LinkedHashSet<>();
    private List<Long> deleted = new ArrayList<>();
    private int namesVersion;
    private long recentBytes;
    private long frozenBytes;

    /**
     * Creates the log as the state has it, without the stores: those are made known one by one.
     *
     * @param state where its data stands at the last checkpoint
     * @param visibility shared with the shard
     * @param time the engine's time
     * @param keptCommits the last so many commits of each store are kept at least
     * @param keptMillis commits younger than this are kept
     * @throws IOException when the state cannot be read
     */
    public CommitLog(StateStore state, Visibility visibility, EngineTime time, long keptCommits, long keptMillis)
            throws IOException {
        this.state = state;
        this.visibility = visibility;
        this.time = time;
        this.keptCommits = keptCommits;
        this.keptMillis = keptMillis;
        try (StateStore.Cursor cursor = state.scan(Table.COMMIT_STORES, new byte[0], null)) {
            while (cursor.next()) {
                rows.put(ByteBuffer.wrap(cursor.key()).getLong(), cursor.value());
            }
        }
    }

    // ---- which stores there are

    /**
     * There is a store, as the state has it. Called while the faces are being put together.
     *
     * @param number its number
     * @param name its full name
     * @param entriesCompacted up to which change of entries none is kept
     */
    public void storeKnown(long number, String name, long entriesCompacted) {
        if (name.startsWith(RESERVED)) {
            return;
        }
        byte[] row = rows.remove(number);
        StoreCommits store;
        if (row != null) {
            store = StoreCommits.ofStored(number, name, row);
        } else {
            // Of a Varve that took no notes yet. Written down, so that it is the same at the next opening.
            store = new StoreCommits(number, name, state.replayFrom());
            changed.add(store);
        }
        store.entriesCompacted = entriesCompacted;
        known(store);
    }

    /**
     * A store came to be.
     *
     * @param number its number
     * @param name its full name
     */
    public void storeCreated(long number, String name) {
        if (!name.startsWith(RESERVED)) {
            StoreCommits store = new StoreCommits(number, name, 0);
            known(store);
            changed.add(store);
        }
    }

    /**
     * A store came to be as a copy: what it holds came by no commit of its own.
     *
     * @param number its number
     * @param name its full name
     * @param entriesCompacted up to which change of entries none is kept
     */
    public void storeCloned(long number, String name, long entriesCompacted) {
        StoreCommits store = new StoreCommits(number, name, visibility.frameEnd());
        store.entriesCompacted = entriesCompacted;
        known(store);
        changed.add(store);
    }

    private void known(StoreCommits store) {
        byNumber.put(store.number, store);
        byName.put(store.name, store);
        namesVersion++;
    }

    /**
     * A store is gone, and its commits with it.
     *
     * @param number its number
     */
    public void storeDeleted(long number) {
        StoreCommits store = byNumber.remove(number);
        if (store != null) {
            store.gone = true;
            byName.remove(store.name, store);
            namesVersion++;
            changed.remove(store);
            toTell.remove(store);
            goneToTell.add(store);
            deleted.add(number);
        }
    }

    /**
     * Changes of entries are not kept any more.
     *
     * @param number the number of the store
     * @param throughSeq up to this one
     */
    public void entriesCompacted(long number, long throughSeq) {
        StoreCommits store = byNumber.get(number);
        if (store != null) {
            store.entriesCompacted = throughSeq;
            changed.add(store);
        }
    }

    // ---- what the frame does that is being put in place

    /**
     * An entry changed.
     *
     * @param number the number of the store
     * @param storeSeq the change
     * @param bytes how much there is to read of it
     */
    public void entryChanged(long number, long storeSeq, long bytes) {
        StoreCommits store = byNumber.get(number);
        if (store != null) {
            begin(store);
            store.entry(storeSeq, bytes);
        }
    }

    /**
     * Events came to the log.
     *
     * @param number the number of the store
     * @param first the position of the first
     * @param events how many
     * @param bytes how much there is to read of them
     */
    public void eventsAppended(long number, long first, long events, long bytes) {
        StoreCommits store = byNumber.get(number);
        if (store != null) {
            begin(store);
            store.events(first, events, bytes);
        }
    }

    /**
     * Moves on when the store in which a stream lies may be another than before.
     *
     * @return differs from every earlier one
     */
    public int namesVersion() {
        return namesVersion;
    }

    /**
     * The store in which a stream lies.
     *
     * @param path the stream's path
     * @return the store that the first two of its segments name, when it has more and there is such a store; else null
     */
    public @Nullable StoreCommits storeOf(String path) {
        int first = byName.isEmpty() ? -1 : path.indexOf('/');
        int second = first < 0 ? -1 : path.indexOf('/', first + 1);
        return second < 0 ? null : byName.get(path.substring(0, second));
    }

    /**
     * Something was appended to a stream of a store, or it was closed.
     *
     * @param store the store, as {@link #storeOf} has it
     * @param path the stream's path
     * @param incarnation which of the streams that had this path
     * @param from its tail before
     * @param to its tail after
     * @param closed whether it is closed now
     */
    public void streamAppended(StoreCommits store, String path, long incarnation, long from, long to, boolean closed) {
        begin(store);
        store.stream(path, incarnation, from, to, closed);
    }

    private void begin(StoreCommits store) {
        long number = visibility.frameEnd();
        long open = store.openNumber();
        if (open == number) {
            return;
        }
        if (open == 0) {
            toTell.add(store);
        } else {
            finish(store);
        }
        store.begin(number, visibility.frameMillis());
    }

    private void finish(StoreCommits store) {
        recentBytes += store.finish();
        changed.add(store);
    }

    // ---- readers

    /**
     * The commits of a store. Thread-safe.
     *
     * @param name the store's full name
     * @return its commits, or null when there is no such store
     */
    public @Nullable StoreCommits find(String name) {
        return byName.get(name);
    }

    /**
     * Reads where the parts of commits stand, without touching the disk. Thread-safe.
     *
     * @param store whose
     * @param after the number after which to begin
     * @param limit how many at most
     * @param maxBytes ends earlier where more is to be read of their parts; one there is at least
     * @return what was found, or null when only the disk can tell
     * @throws VarveException {@link ErrorKind#COMPACTED} when those after {@code after} are not kept
     */
    public @Nullable CommitItems readMemory(StoreCommits store, long after, int limit, long maxBytes) {
        return CommitReader.readMemory(store, after, limit, maxBytes);
    }

    /**
     * As the other, from the disk where it has to be. Thread-safe; blocks.
     *
     * @param store whose
     * @param after the number after which to begin
     * @param limit how many at most
     * @param maxBytes ends earlier where more is to be read of their parts; one there is at least
     * @return what was found
     * @throws VarveException {@link ErrorKind#COMPACTED} when those after {@code after} are not kept
     * @throws IOException when the state cannot be read
     */
    public CommitItems read(StoreCommits store, long after, int limit, long maxBytes) throws IOException {
        return new CommitReader(state, store).read(after, limit, maxBytes);
    }

    /**
     * Tells of commits from now on. Thread-safe.
     *
     * @param store whose
     * @param listener called with the number of the last commit that can be seen; {@link Long#MAX_VALUE} once when the store is
     *     deleted
     * @return ends it
     */
    public Subscription subscribe(StoreCommits store, LongConsumer listener) {
        StoreCommits.Listening own = new StoreCommits.Listening(listener);
        store.listeners.add(own);
        if (store.gone && store.listeners.remove(own)) {
            listener.accept(Long.MAX_VALUE);
        }
        return () -> store.listeners.remove(own);
    }

    // ---- the shard's side

    /** What was replayed can be seen. Called once, when the shard is open, before anybody reads. */
    public void opened() {
        rows.clear();
        show();
        toTell.clear();
        goneToTell.clear();
    }

    /** Everything that was told belongs to frames that can be seen. */
    private void show() {
        for (StoreCommits store : toTell) {
            long number = store.openNumber();
            finish(store);
            store.last = number;
        }
    }

    @Override
    public void shown() {
        show();
    }

    @Override
    public void tellListeners() {
        if (toTell.isEmpty() && goneToTell.isEmpty()) {
            return;
        }
        for (StoreCommits store : toTell) {
            for (StoreCommits.Listening listening : store.listeners) {
                listening.listener.accept(store.last);
            }
        }
        toTell.clear();
        for (StoreCommits store : goneToTell) {
            for (StoreCommits.Listening listening : store.listeners) {
                // Whoever takes it out tells it: the end is told once, and nothing after it.
                if (store.listeners.remove(listening)) {
                    listening.listener.accept(Long.MAX_VALUE);
                }
            }
        }
        goneToTell.clear();
    }

    @Override
    public boolean owns(byte effectType) {
        return false;
    }

    @Override
    public void replay(byte effectType, ByteBuffer body, ReplayContext context) {
        throw new IllegalStateException("no effect is of commits alone");
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
        List<FrozenCommits.Share> shares = new ArrayList<>(changed.size());
        for (StoreCommits store : changed) {
            shares.add(new FrozenCommits.Share(store, store.freeze(), store.last));
        }
        List<Long> deletedStores = deleted;
        changed = new LinkedHashSet<>();
        deleted = new ArrayList<>();
        long bytes = recentBytes;
        frozenBytes += bytes;
        recentBytes = 0;
        return new FrozenCommits(
                state, time, keptCommits, keptMillis, shares, deletedStores, () -> frozenBytes -= bytes);
    }
}
