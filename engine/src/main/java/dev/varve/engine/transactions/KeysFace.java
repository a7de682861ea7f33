package dev.varve.engine.transactions;

import dev.varve.api.ErrorKind;
import dev.varve.api.Transaction;
import dev.varve.api.VarveException;
import dev.varve.engine.entries.Stores;
import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.shard.DiskReads;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Sequencer;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The keys of transactions that were made, as a face of a shard: the last {@link Transaction#REMEMBERED_KEYS} of each store, in the state,
 * and in memory what came since the last checkpoint. Belongs to the shard's owner.
 *
 * <p>What was read of the state about a key stays true until the command that had it read is decided: a key is only written by
 * transactions of its store, and those wait behind that command.
 */
public final class KeysFace implements Face {

    /** Keys of about this much memory are written to the state, however little journal has come together. */
    private static final long FULL_BYTES = 16 << 20;

    private final StateStore state;
    private final DiskReads reads;
    private final Map<Long, StoreKeys> byStore = new HashMap<>();
    private Set<StoreKeys> changed = new LinkedHashSet<>();
    private List<Long> deletedStores = new ArrayList<>();
    private long recentBytes;
    private long frozenBytes;
    private long retirements;
    private @Nullable Sequencer sequencer;

    /**
     * Creates the face as the state has it.
     *
     * @param state where its data stands at the last checkpoint
     * @param pool platform threads that may block on the disk
     * @param stores which stores there are
     * @throws IOException when the state cannot be read
     */
    public KeysFace(StateStore state, Executor pool, Stores stores) throws IOException {
        this.state = state;
        this.reads = new DiskReads(pool, KeysFace::failure);
        stores.onDeleted((_, number) -> deleted(number));
        byte[][] rows = Keyed.countRows();
        try (StateStore.Cursor cursor = state.scan(Table.TRANSACTION_KEYS, rows[0], rows[1])) {
            while (cursor.next()) {
                StoreKeys keys = of(ByteBuffer.wrap(cursor.key(), 1, Long.BYTES).getLong());
                keys.count = ByteBuffer.wrap(cursor.value()).getLong();
                keys.decidedCount = keys.count;
                keys.inState = true;
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

    private StoreKeys of(long store) {
        return byStore.computeIfAbsent(store, StoreKeys::new);
    }

    private void deleted(long store) {
        StoreKeys keys = byStore.remove(store);
        if (keys != null) {
            changed.remove(keys);
            deletedStores.add(store);
        }
    }

    // ---- deciding

    /** Moves on when a key that the state did not have may be there by now, and not in memory any more. */
    long retirements() {
        return retirements;
    }

    /** What memory has of a key, or null. */
    @Nullable Keyed find(long store, String key) {
        StoreKeys keys = byStore.get(store);
        return keys == null ? null : keys.decided.get(key);
    }

    /** Whether only the disk could tell of a key. */
    boolean mayBeStored(long store, String key) {
        StoreKeys keys = byStore.get(store);
        return keys != null
                && keys.inState
                && !keys.decided.containsKey(key)
                && !state.surelyAbsent(Table.TRANSACTION_KEYS, Keyed.keyRow(store, key));
    }

    /** Reads what the state has of a key; the result comes back on the owner, which then looks at parked commands again. */
    void load(long store, String key, Consumer<Optional<Keyed>> loaded, Consumer<VarveException> failed) {
        reads.forOwner(
                sequencer(),
                () -> Optional.ofNullable(state.get(Table.TRANSACTION_KEYS, Keyed.keyRow(store, key)))
                        .map(row -> Keyed.ofRow(store, key, row)),
                loaded,
                failed);
    }

    private static VarveException failure(Exception e) {
        ErrorKind kind = DiskErrors.isDiskError(e) ? ErrorKind.UNAVAILABLE : ErrorKind.CORRUPT;
        return new VarveException(kind, "a key of a transaction could not be read: " + e.getMessage(), e);
    }

    /** The place of the next key of a store. */
    long nextOrdinal(long store) {
        StoreKeys keys = byStore.get(store);
        return keys == null ? 0 : keys.decidedCount;
    }

    /** A key is decided. */
    void apply(Keyed keyed) {
        StoreKeys keys = of(keyed.store);
        keys.decided.put(keyed.key, keyed);
        keys.decidedCount = keyed.ordinal + 1;
    }

    /** A key is durable, with the number of its commit. */
    void publish(Keyed keyed) {
        StoreKeys keys = byStore.get(keyed.store);
        if (keys == null) {
            return; // of a store that is gone
        }
        keys.changes.add(keyed);
        keys.count = keyed.ordinal + 1;
        changed.add(keys);
        recentBytes += keyed.bytes();
    }

    // ---- the shard's side

    @Override
    public boolean owns(byte effectType) {
        return effectType == Keyed.EFFECT;
    }

    @Override
    public void replay(byte effectType, ByteBuffer body, ReplayContext context) {
        Keyed keyed = Keyed.decode(body, context.end());
        apply(keyed);
        publish(keyed);
    }

    @Override
    public boolean isFull() {
        return recentBytes > FULL_BYTES;
    }

    @Override
    public long heldBytes() {
        return recentBytes + frozenBytes;
    }

    @Override
    public void tellListeners() {}

    @Override
    public Frozen freeze() {
        long bytes = recentBytes;
        frozenBytes += bytes;
        recentBytes = 0;
        List<FrozenKeys.Share> shares = new ArrayList<>();
        for (StoreKeys keys : changed) {
            shares.add(new FrozenKeys.Share(keys, keys.changes, keys.count));
            keys.changes = new ArrayList<>();
        }
        List<Long> deleted = deletedStores;
        changed = new LinkedHashSet<>();
        deletedStores = new ArrayList<>();
        return new FrozenKeys(state, shares, deleted, () -> retirements++, () -> frozenBytes -= bytes);
    }
}
