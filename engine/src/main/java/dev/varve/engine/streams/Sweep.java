package dev.varve.engine.streams;

import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.shard.Pace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Reads the appends of many streams in one pass over the journal, in its order, and hands each to the chunks of its
 * stream: reading stream by stream would pass over the same bytes once for each. What it has read waits in memory until
 * a chunk is full, so it takes only so many streams at a time. Confined to a checkpoint's thread.
 */
final class Sweep {

    /** What the unfinished chunks of one pass may take, about. 64 streams fit, however much was appended to them. */
    private static final int MAX_BYTES = 24 << 20;

    /** What a stream takes beside its data. */
    private static final int STREAM_BYTES = 256;

    /** So many appends are put in order before they are read. */
    private static final int BATCH_APPENDS = 1 << 10;

    /** Putting so many in order is one small step. */
    private static final int STEP_APPENDS = 1 << 6;

    /** Frames closer together than this are read in one go, because another read would cost more than skipping. */
    private static final int MAX_GAP_BYTES = 64 << 10;

    private final StreamData data;
    private final ReadMemory memory;
    private final Pace pace;

    /** What is still to be read of each stream, the one whose next append stands first in the journal in front. */
    private final PriorityQueue<Rest> rests = new PriorityQueue<>(Comparator.comparingLong(Rest::framePosition));

    private final List<ChunkWriter> writers = new ArrayList<>();
    private long bytes;

    Sweep(StreamData data, ReadMemory memory, Pace pace) {
        this.data = data;
        this.memory = memory;
        this.pace = pace;
    }

    private static final class Rest {
        private final Refs refs;
        private final ChunkWriter chunks;
        private int next;

        Rest(Refs refs, int first, ChunkWriter chunks) {
            this.refs = refs;
            this.chunks = chunks;
            this.next = first;
        }

        long framePosition() {
            return refs.framePosition(next);
        }
    }

    /**
     * Takes in a stream, and reads when enough has come together.
     *
     * @param refs its appends, at least one of which ends after {@code from}
     * @param from the stream position where to begin
     * @param chunks where its appends go; flushed at the end
     */
    void add(Refs refs, long from, ChunkWriter chunks) throws IOException {
        int first = refs.firstEndingAfter(from);
        rests.add(new Rest(refs, first, chunks));
        writers.add(chunks);
        long length = refs.end(refs.count() - 1) - from;
        bytes += STREAM_BYTES + Math.min(length, Chunk.TARGET_BYTES) + (long) Integer.BYTES * (refs.count() - first);
        if (bytes >= MAX_BYTES) {
            run();
        }
    }

    /** Reads everything that was added and flushes the chunks. */
    void run() throws IOException {
        Batch batch = new Batch();
        try (ReadMemory.Lease lease = memory.lease()) {
            while (!rests.isEmpty()) {
                batch.fill();
                data.visit(batch, MAX_GAP_BYTES, lease::takeInstead);
            }
        }
        for (ChunkWriter writer : writers) {
            pace.step();
            writer.flush();
        }
        writers.clear();
        bytes = 0;
    }

    /** The next appends in the journal's order. */
    private final class Batch implements StreamData.Places {
        private final Rest[] streams = new Rest[BATCH_APPENDS];
        private final int[] indexes = new int[BATCH_APPENDS];
        private int count;

        void fill() {
            for (count = 0; count < BATCH_APPENDS && !rests.isEmpty(); count++) {
                if (count % STEP_APPENDS == 0) {
                    pace.step();
                }
                Rest rest = rests.remove();
                streams[count] = rest;
                indexes[count] = rest.next++;
                if (rest.next < rest.refs.count()) {
                    rests.add(rest);
                }
            }
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public long framePosition(int i) {
            return streams[i].refs.framePosition(indexes[i]);
        }

        @Override
        public int frameBytes(int i) {
            return streams[i].refs.frameBytes(indexes[i]);
        }

        @Override
        public int effectOffset(int i) {
            return streams[i].refs.effectOffset(indexes[i]);
        }

        @Override
        public boolean inPlace(int i) {
            return true; // chunks copy what they take
        }

        @Override
        public boolean piece(int i, Piece piece) throws IOException {
            pace.step();
            return streams[i].chunks.piece(piece);
        }
    }
}
