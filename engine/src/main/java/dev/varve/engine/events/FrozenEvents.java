package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateStatus;
import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The events, and changes about aggregates, that one checkpoint writes. Written by the checkpoint's thread, then retired by the owner. */
final class FrozenEvents implements Face.Frozen {

    private static final int RETIRED_PER_STEP = 512;

    /** One store's share. */
    static final class Share {
        final EventLog log;
        final @Nullable LogPart part;
        final EventLog.Changes changes;
        final byte[] row;
        final Map<String, Long> checkpoints = new TreeMap<>();

        Share(EventLog log, @Nullable LogPart part, EventLog.Changes changes) {
            this.log = log;
            this.part = part;
            this.changes = changes;
            this.row = log.stored();
            for (String name : changes.checkpoints) {
                checkpoints.put(name, log.checkpoints.getOrDefault(name, NONE));
            }
        }
    }

    /** A checkpoint that is gone. */
    private static final Long NONE = Long.MIN_VALUE;

    private final StateStore state;
    private final List<Share> shares;
    private final List<Long> deletedStores;
    private final Runnable moved;
    private final Runnable retired;

    /** What retiring has still to go through; nothing before it begins. */
    private @Nullable Iterator<Runnable> retiring;

    /**
     * What a checkpoint writes.
     *
     * @param moved run at each step by which memory may have become smaller
     * @param retired run when memory has let go of all of it
     */
    FrozenEvents(StateStore state, List<Share> shares, List<Long> deletedStores, Runnable moved, Runnable retired) {
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
            byte[] from = Binary.key(store);
            byte[] to = Binary.key(store + 1);
            checkpoint.delete(Table.EVENT_STORES, from);
            for (Table table : List.of(
                    Table.EVENTS,
                    Table.EVENT_INDEX,
                    Table.EVENT_AGGREGATES,
                    Table.EVENT_SNAPSHOTS,
                    Table.EVENT_CHECKPOINTS)) {
                checkpoint.deleteRange(table, from, to);
            }
        }
        for (Share share : shares) {
            LogPart part = share.part;
            if (part != null) {
                writeEvents(share.log.store, part, checkpoint, pace);
                writeIndex(share.log.store, part, checkpoint, pace);
            }
            unlist(share, checkpoint, pace);
            writeReplaced(share, checkpoint, pace);
            writeChanges(share, checkpoint, pace);
            checkpoint.put(Table.EVENT_STORES, Binary.key(share.log.store), share.row);
        }
    }

    private static void writeEvents(long store, LogPart part, StateStore.Checkpoint checkpoint, Pace pace)
            throws IOException {
        List<byte[]> block = new ArrayList<>();
        int bytes = 0;
        long first = part.from;
        for (long position = part.from; position < part.end; position++) {
            byte[] event = part.event(position);
            block.add(event);
            bytes += event.length;
            if (bytes >= BlockFormat.TARGET_BYTES || block.size() == BlockFormat.MAX_EVENTS) {
                checkpoint.put(Table.EVENTS, Binary.key(store, first), BlockFormat.encode(first, block));
                first = position + 1;
                block.clear();
                bytes = 0;
            }
            pace.step();
        }
        if (!block.isEmpty()) {
            checkpoint.put(Table.EVENTS, Binary.key(store, first), BlockFormat.encode(first, block));
        }
    }

    private static void writeIndex(long store, LogPart part, StateStore.Checkpoint checkpoint, Pace pace)
            throws IOException {
        for (Map.Entry<Term, PositionList> term : part.terms().entrySet()) {
            byte[] prefix = term.getKey().rowPrefix(store);
            PositionList positions = listed(part, term.getValue());
            int size = sizeBelow(positions, part.end);
            if (size > 0) {
                checkpoint.put(Table.EVENT_INDEX, prefix, Binary.key(positions.get(size - 1)));
            }
            for (int from = 0; from < size; from += IndexRow.MAX_POSITIONS) {
                int to = Math.min(size, from + IndexRow.MAX_POSITIONS);
                checkpoint.put(
                        Table.EVENT_INDEX, Keys.row(prefix, positions.get(from)), IndexRow.encode(positions, from, to));
                pace.step();
            }
        }
        for (Map.Entry<LogPart.Life, LogPart.Versions> entry : part.aggregates().entrySet()) {
            LogPart.Life life = entry.getKey();
            LogPart.Versions versions = entry.getValue();
            byte[] prefix = Keys.aggregateRows(store, life.aggregate(), life.incarnation());
            int size = sizeBelow(versions.positions, part.end);
            for (int from = 0; from < size; from += IndexRow.MAX_POSITIONS) {
                int to = Math.min(size, from + IndexRow.MAX_POSITIONS);
                checkpoint.put(
                        Table.EVENT_INDEX,
                        Keys.row(prefix, versions.first + from),
                        IndexRow.encode(versions.positions, from, to));
                pace.step();
            }
        }
    }

    /** Without events that are gone. */
    private static PositionList listed(LogPart part, PositionList positions) {
        if (!part.hasHoles()) {
            return positions;
        }
        PositionList listed = new PositionList();
        int size = sizeBelow(positions, part.end);
        for (int i = 0; i < size; i++) {
            if (!EventFormat.isGone(part.event(positions.get(i)))) {
                listed.add(positions.get(i));
            }
        }
        return listed;
    }

    private static int sizeBelow(PositionList positions, long end) {
        int size = positions.size();
        while (size > 0 && positions.get(size - 1) >= end) {
            size--;
        }
        return size;
    }

    /** What is gone of rows that an earlier checkpoint wrote leaves the index. */
    private void unlist(Share share, StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        Unlisting unlisting = new Unlisting(state, share.log.store);
        Map<Long, byte[]> gone = new TreeMap<>(share.changes.replaced);
        gone.values().removeIf(event -> !EventFormat.isGone(event));
        long next = share.part == null ? share.log.next : share.part.from;
        byte[][] events = {};
        long first = 0;
        for (Map.Entry<Long, byte[]> replaced : gone.entrySet()) {
            long position = replaced.getKey();
            if (position >= next) {
                break;
            }
            if (position >= first + events.length) {
                try (StateStore.Cursor cursor = state.scanFromFloor(
                        Table.EVENTS,
                        Binary.key(share.log.store, 0),
                        Binary.key(share.log.store, position),
                        Binary.key(share.log.store, position + 1))) {
                    if (!cursor.next()) {
                        continue;
                    }
                    first = Keys.firstOfRow(cursor.key());
                    events = BlockFormat.decode(first, cursor.value());
                }
            }
            if (position < first + events.length) {
                unlisting.note(position, events[(int) (position - first)], replaced.getValue());
            }
            pace.step();
        }
        LogPart part = share.part;
        unlisting.write(checkpoint, part == null ? Set.of() : part.terms().keySet());
        for (AggregateId aggregate : share.changes.ended) {
            AggregateHead head = share.changes.heads.getOrDefault(aggregate, AggregateHead.EMPTY);
            long life = head.incarnation() < 0 ? Long.MAX_VALUE : head.incarnation();
            checkpoint.deleteRange(
                    Table.EVENT_INDEX,
                    Keys.aggregateRows(share.log.store, aggregate, 0),
                    Keys.aggregateRows(share.log.store, aggregate, life));
            pace.step();
        }
    }

    /** What was replaced in rows that an earlier checkpoint wrote; in this one's part it was replaced in memory. */
    private void writeReplaced(Share share, StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        long store = share.log.store;
        long writtenFrom = share.part == null ? Long.MAX_VALUE : share.part.from;
        Map<Long, byte[]> left = new TreeMap<>(share.changes.replaced);
        while (!left.isEmpty()) {
            long position = left.keySet().iterator().next();
            if (position >= writtenFrom) {
                return;
            }
            try (StateStore.Cursor cursor = state.scanFromFloor(
                    Table.EVENTS, Binary.key(store, 0), Binary.key(store, position), Binary.key(store, position + 1))) {
                if (!cursor.next()) {
                    left.remove(position);
                    continue;
                }
                long first = Keys.firstOfRow(cursor.key());
                byte[][] events = BlockFormat.decode(first, cursor.value());
                left.remove(position); // also where nothing stands any more
                byte[] replacement = share.changes.replaced.get(position);
                if (replacement != null && position < first + events.length) {
                    events[(int) (position - first)] = replacement;
                }
                for (long other = first; other < first + events.length; other++) {
                    byte[] also = left.remove(other);
                    if (also != null) {
                        events[(int) (other - first)] = also;
                    }
                }
                checkpoint.put(Table.EVENTS, cursor.key(), BlockFormat.encode(first, List.of(events)));
            }
            pace.step();
        }
    }

    private void writeChanges(Share share, StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        long store = share.log.store;
        for (Map.Entry<AggregateId, AggregateHead> entry : share.changes.heads.entrySet()) {
            byte[] key = Keys.aggregate(store, entry.getKey());
            AggregateHead head = entry.getValue();
            if (head.status() == AggregateStatus.EMPTY && head.equals(AggregateHead.EMPTY)) {
                checkpoint.delete(Table.EVENT_AGGREGATES, key);
            } else {
                checkpoint.put(Table.EVENT_AGGREGATES, key, head.encode());
            }
            pace.step();
        }
        for (Map.Entry<String, Long> entry : share.checkpoints.entrySet()) {
            byte[] key = Binary.key(store, entry.getKey());
            if (entry.getValue().equals(NONE)) {
                checkpoint.delete(Table.EVENT_CHECKPOINTS, key);
            } else {
                checkpoint.put(Table.EVENT_CHECKPOINTS, key, Binary.key(entry.getValue()));
            }
            pace.step();
        }
        for (Map.Entry<AggregateId, SnapshotSet> entry : share.changes.snapshots.entrySet()) {
            writeSnapshots(Keys.aggregate(store, entry.getKey()), entry.getValue(), checkpoint);
            pace.step();
        }
    }

    private void writeSnapshots(byte[] aggregate, SnapshotSet set, StateStore.Checkpoint checkpoint)
            throws IOException {
        try (StateStore.Cursor cursor = state.scan(
                Table.EVENT_SNAPSHOTS, Keys.snapshot(aggregate, 0), Keys.snapshot(aggregate, Long.MAX_VALUE))) {
            while (cursor.next()) {
                if (!set.byVersion().containsKey(Keys.firstOfRow(cursor.key()))) {
                    checkpoint.delete(Table.EVENT_SNAPSHOTS, cursor.key());
                }
            }
        }
        for (Map.Entry<Long, byte @Nullable []> snapshot : set.byVersion().entrySet()) {
            byte[] encoded = snapshot.getValue();
            if (encoded != null) {
                checkpoint.put(Table.EVENT_SNAPSHOTS, Keys.snapshot(aggregate, snapshot.getKey()), encoded);
            }
        }
    }

    @Override
    public boolean retireStep() {
        moved.run();
        Iterator<Runnable> steps = retiring;
        if (steps == null) {
            steps = steps();
            retiring = steps;
            return false;
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

    /** Parts go first: whoever finds an event in memory finds its aggregate there, too. */
    private Iterator<Runnable> steps() {
        for (Share share : shares) {
            share.log.stateMoved();
            if (share.part != null) {
                share.log.retire(share.part);
            }
        }
        return shares.stream().flatMap(FrozenEvents::stepsOf).iterator();
    }

    private static Stream<Runnable> stepsOf(Share share) {
        EventLog log = share.log;
        Stream<Runnable> heads = share.changes.heads.entrySet().stream()
                .map(entry -> () -> log.retire(entry.getKey(), entry.getValue()));
        Stream<Runnable> snapshots = share.changes.snapshots.entrySet().stream()
                .map(entry -> () -> log.retire(entry.getKey(), entry.getValue()));
        Stream<Runnable> replaced = share.changes.replaced.entrySet().stream().map(entry -> () -> {
            log.replaced.remove(entry.getKey(), entry.getValue());
            log.decidedReplaced.remove(entry.getKey(), entry.getValue());
        });
        return Stream.of(heads, snapshots, replaced).flatMap(steps -> steps);
    }
}
