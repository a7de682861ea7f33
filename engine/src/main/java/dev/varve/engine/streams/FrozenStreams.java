package dev.varve.engine.streams;

import dev.varve.engine.shard.Face;
import dev.varve.engine.shard.Pace;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** A generation of streams on its way to the state. {@link #write} runs on the checkpoint's thread, the rest on the owner. */
final class FrozenStreams implements Face.Frozen {

    private static final int RETIRED_PER_STEP = 256;
    /** Into how many parts chunks divide the time for which a stream is kept. */
    private static final int AGE_PARTS = 16;

    private final StreamsFace face;
    private final Generation generation;
    private int retired;

    FrozenStreams(StreamsFace face, Generation generation) {
        this.face = face;
        this.generation = generation;
    }

    @Override
    public boolean isEmpty() {
        return generation.isEmpty();
    }

    @Override
    public void write(StateStore.Checkpoint checkpoint, Pace pace) throws IOException {
        // Data in the order of the journal, which has it; rows in that of their keys, which the tables take more
        // easily.
        Sweep sweep = new Sweep(face.data(), face.memory(), pace);
        for (Changed changed : generation.changed) {
            pace.step();
            writeData(checkpoint, sweep, changed.incarnation(), changed.view);
        }
        sweep.run();
        List<Changed> byIncarnation = new ArrayList<>(generation.changed);
        byIncarnation.sort(pace.breaking(Comparator.comparingLong(Changed::incarnation)));
        for (Changed changed : byIncarnation) {
            pace.step();
            write(checkpoint, changed.stream, changed.view);
        }
        for (Map.Entry<byte[], Long> path : generation.paths.entrySet()) {
            pace.step();
            if (path.getValue() == Generation.TOMBSTONE) {
                checkpoint.delete(Table.STREAM_PATHS, path.getKey());
            } else {
                checkpoint.put(Table.STREAM_PATHS, path.getKey(), Binary.key(path.getValue()));
            }
        }
        face.writeMeta(checkpoint, generation);
    }

    private void write(StateStore.Checkpoint checkpoint, Stream stream, View view) throws IOException {
        long incarnation = stream.identity.incarnation();
        byte[] key = Binary.key(incarnation);
        if (view.deleted()) {
            checkpoint.delete(Table.STREAM_HEADS, key);
            checkpoint.delete(Table.STREAM_DEADLINES, key);
            checkpoint.deleteRange(Table.STREAM_CHUNKS, Binary.key(incarnation, 0), Binary.key(incarnation + 1));
            checkpoint.deleteRange(Table.STREAM_PRODUCERS, key, Binary.key(incarnation + 1));
            return;
        }
        StreamHead head = view.head();
        trim(checkpoint, stream, head);
        for (Map.Entry<String, ProducerState> producer :
                generation.producers.getOrDefault(stream, Map.of()).entrySet()) {
            ProducerState state = producer.getValue();
            byte[] value = ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(state.epoch())
                    .putLong(state.sequence())
                    .array();
            checkpoint.put(Table.STREAM_PRODUCERS, Binary.key(incarnation, producer.getKey()), value);
        }
        if (Upkeep.needs(head)) {
            boolean lookedAt = stream.lookedAtTail == head.tail();
            checkpoint.put(Table.STREAM_DEADLINES, key, Binary.key(Upkeep.dueMillis(head, lookedAt)));
        } else if (head.removed()) {
            // Others that need none have never had one.
            checkpoint.delete(Table.STREAM_DEADLINES, key);
        }
        checkpoint.put(Table.STREAM_HEADS, key, head.encode(view.position()));
    }

    private void writeData(StateStore.Checkpoint checkpoint, Sweep sweep, long incarnation, View view)
            throws IOException {
        Refs refs = view.refs();
        if (refs.count() == 0) {
            return;
        }
        // Forks may still need what the stream itself has trimmed.
        long from = view.head().forks() > 0
                ? refs.start()
                : Math.max(refs.start(), view.head().earliest());
        long to = refs.end(refs.count() - 1);
        if (to > from) {
            sweep.add(refs, from, new ChunkWriter(checkpoint, incarnation, from, to, maxSpanMillis(view.head())));
        }
    }

    /** Chunks are trimmed by age as a whole, so with a bound of age they must not span much of it. */
    private static long maxSpanMillis(StreamHead head) {
        Long ageSeconds = head.identity().retention().ageSeconds();
        return ageSeconds == null || ageSeconds > Long.MAX_VALUE / 1000
                ? Long.MAX_VALUE
                : ageSeconds * 1000 / AGE_PARTS;
    }

    /** Removes chunks that lie wholly before the earliest position, unless forks may need them. */
    private void trim(StateStore.Checkpoint checkpoint, Stream stream, StreamHead head) throws IOException {
        if (head.forks() > 0 || head.earliest() <= stream.storedEarliest) {
            return;
        }
        long incarnation = stream.identity.incarnation();
        byte[] first = Binary.key(incarnation, 0);
        byte[] earliest = Binary.key(incarnation, head.earliest());
        try (StateStore.Cursor last = face.store()
                .scanFromFloor(Table.STREAM_CHUNKS, first, earliest, Binary.key(incarnation, head.earliest() + 1))) {
            if (last.next()) {
                checkpoint.deleteRange(Table.STREAM_CHUNKS, first, last.key());
            }
        }
    }

    @Override
    public boolean retireStep() {
        int end = Math.min(generation.changed.size(), retired + RETIRED_PER_STEP);
        while (retired < end) {
            retire(generation.changed.get(retired++));
        }
        if (end < generation.changed.size()) {
            return false;
        }
        face.table.dropFrozen();
        face.changeMemory.retired();
        return true;
    }

    private void retire(Changed changed) {
        Stream stream = changed.stream;
        View written = changed.view;
        boolean changedAgain = stream.changed != changed;
        if (changedAgain) {
            face.changeMemory.streamStays();
        } else {
            // Also of a stream that is gone: whoever still knows it would keep this generation in memory, and all after
            // it.
            stream.changed = null;
        }
        View view = stream.newestView();
        if (view == null || view.deleted()) {
            return;
        }
        if (written.head().forks() == 0) {
            // Only now: a checkpoint that fails has removed nothing.
            stream.storedEarliest = written.head().earliest();
        }
        Refs left = view.refs().after(written.head().tail());
        if (left != view.refs()) {
            face.changeMemory.refs(view.refs(), left);
            View trimmed = view.withRefs(left);
            stream.replace(trimmed);
            if (stream.changed != null) {
                stream.changed.view = trimmed;
            }
        }
        if (!changedAgain) {
            face.table.becameClean(stream);
        }
    }
}
