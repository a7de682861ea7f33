package dev.varve.engine.entries;

import dev.varve.api.StoreInfo;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One store in memory. What is decided belongs to the shard's owner, what is durable may be read by anyone.
 */
final class StoreState {

    private static final byte VERSION = 1;

    final long number;
    final UUID id;
    final String name;
    final long createdMillis;

    /* Of the owner. */
    long decidedSeq;
    boolean decidedArchived;

    /** Up to which change the last committed checkpoint has this store. */
    long stateSeq;

    long decidedCompactedSeq;
    final Remembered remembered = new Remembered();

    /** Whether a checkpoint has written anything of this store, so that the state has to be asked. */
    volatile boolean inState;

    /** How it is being made, while it is a copy that is not whole yet: nobody sees it, and it takes no writes. */
    volatile @Nullable StoreClone clone;

    /* Durable. */
    volatile long storeSeq;
    volatile boolean archived;
    volatile boolean gone;

    /** The changes up to this one are not kept. */
    volatile long compactedSeq;

    /** No time to live ends before this; unknown, and so 0, until the state was looked through. */
    final AtomicLong earliestDeadline = new AtomicLong(Long.MAX_VALUE);

    /** Up to where the state was compacted. Of the checkpoint's thread. */
    long stateCompactedSeq;

    /** The changes since the last checkpoint, and maybe some before it. */
    final ConcurrentSkipListMap<Long, Change> recent = new ConcurrentSkipListMap<>();

    final CopyOnWriteArrayList<Listening> listeners = new CopyOnWriteArrayList<>();

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
        storeSeq = source.decidedSeq;
        decidedSeq = source.decidedSeq;
        compactedSeq = source.decidedCompactedSeq;
        decidedCompactedSeq = source.decidedCompactedSeq;
        earliestDeadline.set(0);
    }

    StoreInfo info() {
        return new StoreInfo(id, name, archived, Instant.ofEpochMilli(createdMillis), storeSeq, compactedSeq);
    }

    /** As a row of the state: what is durable. */
    byte[] stored() {
        ByteBuffer out = ByteBuffer.allocate(80 + Binary.sizeOf(name));
        out.put(VERSION)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .putLong(createdMillis)
                .put((byte) (archived ? 1 : 0))
                .putLong(storeSeq)
                .putLong(compactedSeq);
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
        long compactedSeq = in.getLong();
        StoreState store = new StoreState(ByteBuffer.wrap(key).getLong(), id, Binary.getString(in), createdMillis);
        store.archived = archived;
        store.decidedArchived = archived;
        store.storeSeq = storeSeq;
        store.decidedSeq = storeSeq;
        store.compactedSeq = compactedSeq;
        store.decidedCompactedSeq = compactedSeq;
        store.stateCompactedSeq = compactedSeq;
        store.inState = true;
        store.stateSeq = storeSeq;
        store.earliestDeadline.set(0);
        return store;
    }
}
