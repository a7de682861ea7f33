package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.EventStore;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The events of one store in memory: those that the state does not have yet, and what changed about aggregates.
 *
 * <h2>Who sees what</h2>
 *
 * The owner appends to the newest {@link LogPart} when it decides, ahead of the disk. Readers take {@link #next} first and
 * {@link #parts} after it, and look at nothing from {@code next} on: what is below it was durable, and whole appends. Parts that a
 * checkpoint has written go from the front, so a reader that has the array has everything that the state may not have shown
 * it. What lies before the first part is in the state, for good.
 */
final class EventLog {

    private static final byte VERSION = 1;

    final long store;

    /* Of the owner: as decided. */
    long decidedNext;
    final Map<AggregateId, AggregateHead> decidedHeads = new HashMap<>();
    final TreeMap<String, Long> decidedCheckpoints = new TreeMap<>();
    final Map<AggregateId, SnapshotSet> decidedSnapshots = new HashMap<>();
    final Map<Long, byte[]> decidedReplaced = new HashMap<>();
    final RememberedIds remembered = new RememberedIds(decidedReplaced);
    boolean decidedRestricted;

    /**
     * How many decided changes of heads, other than by events, are not durable yet, of each aggregate that has any. Such a change may
     * bring back a head that was before, as that of an aggregate without events.
     */
    private final Map<AggregateId, Integer> headsUnderWay = new HashMap<>();

    /** The same of snapshots. */
    private final Map<AggregateId, Integer> snapshotsUnderWay = new HashMap<>();

    /** How many decided changes are not durable yet that may take events away or bring them back. */
    int removalsUnderWay;

    /** Whether an append waits for what is decided to become durable. */
    boolean isAwaited;

    /* Durable, for anyone. */
    volatile long next;
    volatile LogPart[] parts;
    volatile boolean restricted;
    volatile boolean ownTimes;

    /** Whether single events were deleted. Written by the owner. */
    volatile boolean holes;

    /** Moves on when events may have been taken away or brought back. Written by the owner, after all that comes with it. */
    final AtomicLong removals = new AtomicLong();

    final ConcurrentHashMap<AggregateId, AggregateHead> heads = new ConcurrentHashMap<>();
    /**
     * The aggregates of {@link #heads} in order, once {@link #ordering} is set; maybe also some that memory has let go of. All of those from before that
     * are there when {@link #ordered} is set.
     */
    final ConcurrentSkipListSet<AggregateId> inOrder = new ConcurrentSkipListSet<>();

    /** Whether the owner keeps the order, which costs it something. Set when somebody lists for the first time. */
    volatile boolean ordering;

    volatile boolean ordered;

    final ConcurrentSkipListMap<String, Long> checkpoints = new ConcurrentSkipListMap<>();
    final ConcurrentHashMap<AggregateId, SnapshotSet> snapshots = new ConcurrentHashMap<>();

    /** What stands where the state has something else still. */
    final ConcurrentSkipListMap<Long, byte[]> replaced = new ConcurrentSkipListMap<>();

    final Set<CheckpointWait> waits = ConcurrentHashMap.newKeySet();

    /* Of the owner: durable, since the last checkpoint began. */
    Changes changes = new Changes();

    /** Whether the state may know anything of this store. Written by the owner. */
    volatile boolean inState;

    /** Whether something was removed or replaced since what was left of it in files was wiped. */
    final AtomicBoolean leftBytes = new AtomicBoolean();

    /** Counts how often memory has begun to let go of what the state shows. Written by the owner. */
    final AtomicLong stateMoves = new AtomicLong();

    /** What a checkpoint has to write beside events. */
    static final class Changes {
        final Map<AggregateId, AggregateHead> heads = new HashMap<>();
        final Set<String> checkpoints = new HashSet<>();
        final Map<AggregateId, SnapshotSet> snapshots = new HashMap<>();
        final Map<Long, byte[]> replaced = new HashMap<>();

        /** Aggregates that were removed as if they had never been; some may be there again. */
        final Set<AggregateId> ended = new HashSet<>();

        long bytes;
    }

    EventLog(long store, long next) {
        this.store = store;
        this.next = next;
        this.decidedNext = next;
        this.parts = new LogPart[] {new LogPart(next)};
        this.remembered.complete = next == 0;
    }

    LogPart active() {
        LogPart[] now = parts;
        return now[now.length - 1];
    }

    /** The position from which on memory has all events. */
    long memoryFrom() {
        return parts[0].from;
    }

    /** The position of the last durable event. */
    long head() {
        return next - 1;
    }

    /** Adds a decided event. */
    void append(byte[] event, EventFormat.Head head, long incarnation) {
        long position = decidedNext++;
        active().add(position, event, head, incarnation);
        remembered.note(RememberedIds.Noted.of(head, position));
    }

    /**
     * Begins a new part. What is decided and not durable yet moves there.
     *
     * @return the old one; nothing when it is empty
     */
    @Nullable LogPart freezePart() {
        LogPart old = active();
        long end = next;
        if (old.from == end) {
            return null;
        }
        LogPart fresh = new LogPart(end);
        for (long position = end; position < decidedNext; position++) {
            byte[] event = old.event(position);
            EventFormat.Head head = EventFormat.head(event);
            AggregateHead aggregate = head.aggregate() == null ? null : decidedHeads.get(head.aggregate());
            // By an earlier life of an aggregate nobody looks for it.
            long life = aggregate == null || position < aggregate.incarnation()
                    ? EventStore.EMPTY
                    : aggregate.incarnation();
            fresh.add(position, event, head, life);
        }
        old.end = end;
        LogPart[] both = Arrays.copyOf(parts, parts.length + 1);
        both[parts.length] = fresh;
        parts = both;
        return old;
    }

    /** The state shows what a checkpoint has written; memory may let go of it. Called by the owner. */
    void stateMoved() {
        inState = true;
        stateMoves.incrementAndGet();
    }

    /** An aggregate is as it is now; durable. Called by the owner. */
    void put(AggregateId aggregate, AggregateHead head) {
        if (heads.put(aggregate, head) == null && ordering) {
            inOrder.add(aggregate);
        }
    }

    /** Something is decided that {@link #noteDurable} is called for when it is. Called by the owner. */
    void noteUnderWay(Effect effect) {
        count(effect, 1);
    }

    /** What was decided is durable. Called by the owner. */
    void noteDurable(Effect effect) {
        count(effect, -1);
    }

    private void count(Effect effect, int change) {
        switch (effect) {
            case Effect.Aggregate(long _, AggregateId aggregate, AggregateHead _, boolean ended) -> {
                count(headsUnderWay, aggregate, change);
                if (ended) {
                    count(snapshotsUnderWay, aggregate, change);
                }
            }
            case Effect.Snapshots snapshots -> count(snapshotsUnderWay, snapshots.aggregate(), change);
            default -> {
                // Nothing that was before comes back by it.
            }
        }
    }

    private static void count(Map<AggregateId, Integer> counts, AggregateId aggregate, int change) {
        counts.merge(aggregate, change, (before, more) -> before + more == 0 ? null : before + more);
    }

    /**
     * The state has an aggregate as it was, unless it is another one by now. What is decided may be as it was once more without being
     * in the state: with a change under way it stays until a checkpoint has written that. Called by the owner.
     */
    void retire(AggregateId aggregate, AggregateHead head) {
        if (heads.remove(aggregate, head) && ordering) {
            inOrder.remove(aggregate);
        }
        if (!headsUnderWay.containsKey(aggregate)) {
            decidedHeads.remove(aggregate, head);
        }
    }

    /** The same of the snapshots of an aggregate. */
    void retire(AggregateId aggregate, SnapshotSet set) {
        snapshots.remove(aggregate, set);
        if (!snapshotsUnderWay.containsKey(aggregate)) {
            decidedSnapshots.remove(aggregate, set);
        }
    }

    /** The state has everything up to the end of a part. */
    void retire(LogPart part) {
        parts = Arrays.stream(parts).filter(kept -> kept != part).toArray(LogPart[]::new);
    }

    long bytes() {
        return active().bytes() + changes.bytes;
    }

    /** Tells waits that hold, and forgets those that are over. Called by the owner. */
    void tellWaits() {
        waits.removeIf(wait -> wait.isOver() || wait.holds(checkpoints));
    }

    /** As a row of the state: what is durable. */
    byte[] stored() {
        return ByteBuffer.allocate(4 + Long.BYTES)
                .put(VERSION)
                .putLong(next)
                .put((byte) (restricted ? 1 : 0))
                .put((byte) (ownTimes ? 1 : 0))
                .put((byte) (holes ? 1 : 0))
                .array();
    }

    static EventLog ofStored(byte[] key, byte[] row) {
        ByteBuffer in = ByteBuffer.wrap(row);
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalArgumentException("events of version " + version + ", this Varve reads " + VERSION);
        }
        EventLog log = new EventLog(ByteBuffer.wrap(key).getLong(), in.getLong());
        log.restricted = in.get() != 0;
        log.decidedRestricted = log.restricted;
        log.ownTimes = in.get() != 0;
        log.holes = in.get() != 0;
        log.inState = true;
        log.leftBytes.set(true); // who knows
        return log;
    }

    /** Names of checkpoints that are there now, as decided. */
    boolean hasRoomFor(String name, int most) {
        return decidedCheckpoints.containsKey(name) || decidedCheckpoints.size() < most;
    }
}
