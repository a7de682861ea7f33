package dev.varve.engine.entries;

import dev.varve.api.StoreInfo;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One store in memory. What is decided belongs to the shard's owner, what is durable may be read by anyone.
 */
final class StoreState {

    private static final byte VERSION = 2;

    final long number;
    final UUID id;
    final String name;
    final long createdMillis;

    /* Of the owner. */
    long decidedSeq;
    Totals decidedTotals = Totals.NONE;
    boolean decidedArchived;

    /** Up to which change the last committed checkpoint has this store. */
    long stateSeq;

    Compaction decidedCompaction = Compaction.NONE;
    final Remembered remembered = new Remembered();

    /** Whether a checkpoint has written anything of this store, so that the state has to be asked. */
    volatile boolean inState;

    /** How it is being made, while it is a copy that is not whole yet: nobody sees it, and it takes no writes. */
    volatile @Nullable StoreClone clone;

    /* Durable. */
    volatile Progress progress = new Progress(0, Totals.NONE);
    volatile boolean archived;
    volatile boolean gone;

    volatile Compaction compaction = Compaction.NONE;

    /**
     * No time to live ends before this, but for what upkeep is looking at; unknown, and so 0, until the state was looked
     * through.
     */
    final AtomicLong earliestDeadline = new AtomicLong(Long.MAX_VALUE);

    /** How many deletions of what has expired are under way. */
    final AtomicInteger expiring = new AtomicInteger();

    /** Up to where the state was compacted. Of the checkpoint's thread. */
    long stateCompactedSeq;

    /** The changes since the last checkpoint, and maybe some before it. */
    final ConcurrentSkipListMap<Long, Change> recent = new ConcurrentSkipListMap<>();

    final CopyOnWriteArrayList<Listening> listeners = new CopyOnWriteArrayList<>();

    /**
     * How far the store is, and how much it holds then.
     *
     * @param storeSeq its last change
     * @param totals how much there is after it
     */
    record Progress(long storeSeq, Totals totals) {}

    /**
     * Up to which change history was let go of, and when.
     *
     * @param seq the change, 0 when all is kept
     * @param millis the time, 0 when all is kept
     */
    record Compaction(long seq, long millis) {
        static final Compaction NONE = new Compaction(0, 0);
    }

    /** One subscription; the same listener may have several. */
    static final class Listening {
        final LongConsumer listener;

        Listening(LongConsumer listener) {
            this.listener = listener;
        }
    }

    StoreState(long number, UUID id, String name, long createdMillis) {
        this.number = number;
        this.id = id;
        this.name = name;
        this.createdMillis = createdMillis;
    }

    /** Takes over how far another store has come as decided. Called by the owner, before anybody sees this one. */
    void copyNumbers(StoreState source) {
        decidedTotals = source.decidedTotals;
        reached(source.decidedSeq, source.decidedTotals);
        decidedSeq = source.decidedSeq;
        decidedCompaction = source.decidedCompaction;
        compacted(source.decidedCompaction);
        earliestDeadline.set(0);
    }

    /** A change is durable. */
    void reached(long seq, Totals totals) {
        progress = new Progress(seq, totals);
    }

    /** History is not kept any more. */
    void compacted(Compaction next) {
        compaction = next;
    }

    /** The last change that is durable. */
    long storeSeq() {
        return progress.storeSeq;
    }

    /** Up to which change history is not kept any more; 0 when all is. */
    long compactedSeq() {
        return compaction.seq;
    }

    StoreInfo info() {
        return info(archived, progress, compaction);
    }

    /** As it is decided. Called by the owner. */
    StoreInfo decidedInfo(boolean asArchived) {
        return info(asArchived, new Progress(decidedSeq, decidedTotals), decidedCompaction);
    }

    private StoreInfo info(boolean asArchived, Progress reached, Compaction compacted) {
        return new StoreInfo(
                id,
                name,
                asArchived,
                Instant.ofEpochMilli(createdMillis),
                reached.storeSeq,
                reached.totals.entries(),
                reached.totals.fileBytes(),
                compacted.seq,
                compacted.millis == 0 ? null : Instant.ofEpochMilli(compacted.millis));
    }

    /** As a row of the state: what is durable. */
    byte[] stored() {
        Progress reached = progress;
        Compaction compacted = compaction;
        ByteBuffer out = ByteBuffer.allocate(2 + 8 * Long.BYTES + Binary.sizeOf(name));
        out.put(VERSION)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .putLong(createdMillis)
                .put((byte) (archived ? 1 : 0))
                .putLong(reached.storeSeq)
                .putLong(reached.totals.entries())
                .putLong(reached.totals.fileBytes())
                .putLong(compacted.seq)
                .putLong(compacted.millis);
        Binary.putString(out, name);
        byte[] row = new byte[out.position()];
        out.flip().get(row);
        return row;
    }

    static StoreState ofStored(byte[] key, byte[] row) {
        ByteBuffer in = ByteBuffer.wrap(row);
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalArgumentException("a store of version " + version + ", this Varve reads " + VERSION);
        }
        UUID id = new UUID(in.getLong(), in.getLong());
        long createdMillis = in.getLong();
        boolean archived = in.get() != 0;
        long storeSeq = in.getLong();
        Totals totals = new Totals(in.getLong(), in.getLong());
        Compaction compaction = new Compaction(in.getLong(), in.getLong());
        StoreState store = new StoreState(ByteBuffer.wrap(key).getLong(), id, Binary.getString(in), createdMillis);
        store.archived = archived;
        store.decidedArchived = archived;
        store.reached(storeSeq, totals);
        store.decidedSeq = storeSeq;
        store.decidedTotals = totals;
        store.compacted(compaction);
        store.decidedCompaction = compaction;
        store.stateCompactedSeq = compaction.seq;
        store.inState = true;
        store.stateSeq = storeSeq;
        store.earliestDeadline.set(0);
        return store;
    }
}
