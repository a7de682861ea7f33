package dev.varve.engine.transactions;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.Transaction;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keys that a checkpoint writes, while it lets go of those that came too long ago. */
final class FrozenKeys implements Face.Frozen {

    private static final int RETIRED_PER_STEP = 1_000;

    private final StateStore state;
    private final List<Share> shares;
    private final List<Long> deletedStores;
    private final Runnable moved;
    private final Runnable retired;
    private @Nullable Iterator<Runnable> retiring;

    /**
     * What one store has to write.
     *
     * @param keys the store's
     * @param changes its new keys, in order
     * @param count how many it ever had after them
     */
    record Share(StoreKeys keys, List<Keyed> changes, long count) {}

    /**
     * Keys of stores.
     *
     * @param moved run by the owner before memory lets go of any
     * @param retired run by the owner when memory has let go of all
     */
    FrozenKeys(StateStore state, List<Share> shares, List<Long> deletedStores, Runnable moved, Runnable retired) {
        this.state = state;
        this.shares = shares;
        this.deletedStores = deletedStores;
        this.moved = moved;
        this.retired = retired;
    }

    @Override
    public boolean isEmpty() {
        return shares.isEmpty() && deletedStores.isEmpty();
    }

    @Override
    public void write(StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        for (long store : deletedStores) {
            checkpoint.delete(Table.TRANSACTION_KEYS, Keyed.countRow(store));
            checkpoint.deleteRange(
                    Table.TRANSACTION_KEYS, Keyed.placeRow(store, 0), Keyed.placeRow(store, Long.MAX_VALUE));
            checkpoint.deleteRange(Table.TRANSACTION_KEYS, Keyed.keyRow(store, ""), Keyed.keyRow(store + 1, ""));
        }
        for (Share share : shares) {
            write(share, checkpoint, pace);
        }
    }

    private void write(Share share, StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        long store = share.keys.store;
        long kept = Math.max(0, share.count - Transaction.REMEMBERED_KEYS);
        try (StateStore.Cursor cursor =
                state.scan(Table.TRANSACTION_KEYS, Keyed.placeRow(store, 0), Keyed.placeRow(store, kept))) {
            while (cursor.next()) {
                checkpoint.delete(Table.TRANSACTION_KEYS, Keyed.keyRow(store, new String(cursor.value(), UTF_8)));
                checkpoint.delete(Table.TRANSACTION_KEYS, cursor.key());
                pace.step();
            }
        }
        for (Keyed keyed : share.changes) {
            if (keyed.ordinal >= kept) {
                checkpoint.put(Table.TRANSACTION_KEYS, Keyed.placeRow(store, keyed.ordinal), keyed.key.getBytes(UTF_8));
                checkpoint.put(Table.TRANSACTION_KEYS, Keyed.keyRow(store, keyed.key), keyed.toRow());
                pace.step();
            }
        }
        checkpoint.put(Table.TRANSACTION_KEYS, Keyed.countRow(store), Binary.key(share.count));
    }

    @Override
    public boolean retireStep() {
        moved.run();
        Iterator<Runnable> steps = retiring;
        if (steps == null) {
            shares.forEach(share -> share.keys.inState = true);
            steps = shares.stream()
                    .flatMap(share -> share.changes.stream()
                            .map(keyed -> (Runnable) () -> share.keys.decided.remove(keyed.key, keyed)))
                    .iterator();
            retiring = steps;
        }
        for (int i = 0; i < RETIRED_PER_STEP; i++) {
            if (!steps.hasNext()) {
                retired.run();
                return true;
            }
            steps.next().run();
        }
        return false;
    }
}
