package dev.varve.engine.streams;

import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.shard.Pace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

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

    /** Passing on so many appends, or so many bytes, is another. */
    private static final int STEP_PIECES = 1 << 4;

    private static final int STEP_BYTES = 16 << 10;

    /** Frames closer together than this are read in one go, because another read would cost more than skipping. */
    private static final int MAX_GAP_BYTES = 64 << 10;

    private static final Comparator<Rest> BY_POSITION = Comparator.comparingLong(rest -> rest.framePosition);

    private static final Comparator<Rest> BY_INCARNATION = Comparator.comparingLong(rest -> rest.chunks.incarnation());

    private final StreamData data;
    private final ReadMemory memory;
    private final Pace pace;

    /** The streams of this pass; when it runs, in the order of their first appends in the journal. */
    private final List<Rest> streams = new ArrayList<>();

    /** How many of them have been begun. */
    private int begun;

    /** What has been begun and is still to be read of, the one whose next append stands first in the journal in front. */
    private final PriorityQueue<Rest> begunRests = new PriorityQueue<>(BY_POSITION);

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
        /** Where its next append stands. */
        private long framePosition;

        Rest(Refs refs, int first, ChunkWriter chunks) {
            this.refs = refs;
            this.chunks = chunks;
            this.next = first;
            this.framePosition = refs.framePosition(first);
        }

        /** Goes on behind its next append; says whether there is another one. */
        boolean pass() {
            if (++next == refs.count()) {
                return false;
            }
            framePosition = refs.framePosition(next);
            return true;
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
        streams.add(new Rest(refs, first, chunks));
        long length = refs.end(refs.count() - 1) - from;
        bytes += STREAM_BYTES + Math.min(length, Chunk.TARGET_BYTES) + (long) Integer.BYTES * (refs.count() - first);
        if (bytes >= MAX_BYTES) {
            run();
        }
    }

    /** Reads everything that was added and flushes the chunks. */
    void run() throws IOException {
        streams.sort(pace.breaking(BY_POSITION));
        Batch batch = new Batch();
        try (ReadMemory.Lease lease = memory.lease()) {
            while (batch.fill() > 0) {
                data.visit(batch, MAX_GAP_BYTES, lease::takeInstead);
            }
        }
        streams.sort(pace.breaking(BY_INCARNATION));
        for (Rest stream : streams) {
            pace.step();
            stream.chunks.flush();
        }
        streams.clear();
        begun = 0;
        bytes = 0;
    }

    /** The stream whose next append stands first in the journal, or null when nothing is left to read. */
    private @Nullable Rest next() {
        Rest rest = begunRests.peek();
        if (begun < streams.size() && (rest == null || BY_POSITION.compare(streams.get(begun), rest) < 0)) {
            return streams.get(begun++);
        }
        return begunRests.poll();
    }

    /** The next appends in the journal's order. */
    private final class Batch implements StreamData.Places {
        private final Rest[] rests = new Rest[BATCH_APPENDS];
        private final int[] indexes = new int[BATCH_APPENDS];
        private int count;
        private long passedBytes;

        /** Gives how many there are. */
        int fill() {
            for (count = 0; count < BATCH_APPENDS; count++) {
                if (count % STEP_APPENDS == 0) {
                    pace.step();
                }
                Rest rest = next();
                if (rest == null) {
                    break;
                }
                rests[count] = rest;
                indexes[count] = rest.next;
                if (rest.pass()) {
                    begunRests.add(rest);
                }
            }
            return count;
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public long framePosition(int i) {
            return rests[i].refs.framePosition(indexes[i]);
        }

        @Override
        public int frameBytes(int i) {
            return rests[i].refs.frameBytes(indexes[i]);
        }

        @Override
        public int effectOffset(int i) {
            return rests[i].refs.effectOffset(indexes[i]);
        }

        @Override
        public boolean inPlace(int i) {
            return true; // chunks copy what they take
        }

        @Override
        public boolean piece(int i, Piece piece) throws IOException {
            passedBytes += piece.payload().length();
            if (passedBytes >= STEP_BYTES || i % STEP_PIECES == 0) {
                passedBytes = 0;
                pace.step();
            }
            return rests[i].chunks.piece(piece);
        }
    }
}
