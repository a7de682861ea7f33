package dev.varve.engine.commits;

import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.List;

/** The commits that one checkpoint writes, and those that it lets go of. Written by the checkpoint's thread, then retired by the owner. */
final class FrozenCommits implements Face.Frozen {

    private static final int RETIRED_PER_STEP = 256;

    /** One store's share. */
    static final class Share {
        final StoreCommits store;
        final List<CommitBlock> blocks;
        final long last;

        /** Commits up to this number go with this checkpoint; below 0 until that is known. */
        private long lets = -1;

        /** How many the state has then. */
        private long count;

        Share(StoreCommits store, List<CommitBlock> blocks, long last) {
            this.store = store;
            this.blocks = blocks;
            this.last = last;
        }
    }

    private final StateStore state;
    private final EngineTime time;
    private final long keptCommits;
    private final long keptMillis;
    private final List<Share> shares;
    private final List<Long> deletedStores;
    private final Runnable retired;
    private int retiredShares;

    /**
     * What a checkpoint writes.
     *
     * @param retired run when memory has let go of all of it
     */
    FrozenCommits(
            StateStore state,
            EngineTime time,
            long keptCommits,
            long keptMillis,
            List<Share> shares,
            List<Long> deletedStores,
            Runnable retired) {
        this.state = state;
        this.time = time;
        this.keptCommits = keptCommits;
        this.keptMillis = keptMillis;
        this.shares = shares;
        this.deletedStores = deletedStores;
        this.retired = retired;
    }

    @Override
    public boolean isEmpty() {
        return shares.isEmpty() && deletedStores.isEmpty();
    }

    @Override
    public void write(StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        for (long store : deletedStores) {
            checkpoint.delete(Table.COMMIT_STORES, Binary.key(store));
            checkpoint.deleteRange(Table.COMMITS, Binary.key(store), Binary.key(store + 1));
        }
        for (Share share : shares) {
            for (CommitBlock block : share.blocks) {
                checkpoint.put(Table.COMMITS, Binary.key(share.store.number, block.first()), block.encode());
                pace.step();
            }
            letGo(share, checkpoint);
            checkpoint.put(Table.COMMIT_STORES, share.store.key(), share.store.stored(share.last, share.count));
            pace.step();
        }
    }

    /** Lets go of whole rows at the front: of which nothing may be read any more, or that are neither young nor among the last. */
    private void letGo(Share share, StateStore.Checkpoint checkpoint) throws IOException {
        StoreCommits store = share.store;
        if (share.lets < 0) {
            // Once: a checkpoint that is repeated does not find again what it has let go of.
            plan(share);
        }
        if (share.lets > 0) {
            // Before the rows go, so that a reader that misses them knows why.
            store.floor = Math.max(store.floor, share.lets);
            checkpoint.deleteRange(
                    Table.COMMITS, Binary.key(store.number, 0), Binary.key(store.number, share.lets + 1));
        }
    }

    private void plan(Share share) throws IOException {
        StoreCommits store = share.store;
        long count = store.inStateCount;
        for (CommitBlock block : share.blocks) {
            count += block.count();
        }
        long floor = new CommitReader(state, store).floor();
        long lets = 0;
        long written = share.blocks.isEmpty()
                ? Long.MAX_VALUE
                : share.blocks.getFirst().first();
        try (StateStore.Cursor rows =
                state.scan(Table.COMMITS, Binary.key(store.number, 0), Binary.key(store.number, written))) {
            while (rows.next()) {
                CommitBlock block = CommitBlock.decode(rows.key(), rows.value());
                boolean unreadable = block.last() <= floor;
                boolean old = count - block.count() >= keptCommits && time.hasPassed(block.lastMillis() + keptMillis);
                if (!unreadable && !old) {
                    break;
                }
                lets = block.last();
                count -= block.count();
            }
        }
        share.count = count;
        share.lets = lets;
    }

    @Override
    public boolean retireStep() {
        int end = Math.min(shares.size(), retiredShares + RETIRED_PER_STEP);
        for (; retiredShares < end; retiredShares++) {
            Share share = shares.get(retiredShares);
            share.store.inState = true;
            share.store.inStateCount = share.count;
            share.store.retire(share.blocks);
        }
        if (end < shares.size()) {
            return false;
        }
        retired.run();
        return true;
    }
}
