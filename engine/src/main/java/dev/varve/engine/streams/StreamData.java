package dev.varve.engine.streams;

import dev.varve.engine.io.ReadBuffers;
import dev.varve.engine.journal.Frame;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.TruncatedException;
import dev.varve.engine.shard.FrameWriter;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the data of one incarnation, in order: chunks from the state first, then appends from the journal. Blocks on the
 * disk: for the pool and for checkpoints only. Thread-safe.
 */
final class StreamData {

    /** Frames closer together than this are read in one go. */
    private static final int MAX_GAP_BYTES = 4 << 10;
    /** A go is at most about this long. */
    private static final int MAX_RUN_BYTES = 1 << 20;
    /** A frame of this size that is mostly one append is passed on as it was read; appends in smaller ones are copied. */
    private static final int IN_PLACE_BYTES = 32 << 10;

    private final Journal journal;
    private final StateStore store;

    StreamData(Journal journal, StateStore store) {
        this.journal = journal;
        this.store = store;
    }

    /** Sees the pieces of a stream in order. */
    interface PieceVisitor {

        /** Looks at a piece and says whether to go on. */
        boolean piece(Piece piece) throws IOException;
    }

    /**
     * Visits the pieces that hold data between two positions.
     *
     * @param incarnation the stream
     * @param refs its data in the journal
     * @param from inclusive; the first piece may start before it
     * @param to exclusive; the last piece may reach beyond it
     * @param buffers gives the memory for large pieces, which are valid for as long as it is
     * @param visitor sees them
     * @throws TruncatedException when the journal's part has moved to the state meanwhile: look
     *     at the stream's view again
     */
    void visit(long incarnation, Refs refs, long from, long to, ReadBuffers buffers, PieceVisitor visitor)
            throws IOException {
        long at = from;
        if (at < to && !refs.covers(at)) {
            at = visitState(incarnation, refs, from, to, buffers, visitor);
        }
        if (at < to && at >= 0) {
            if (!refs.covers(at)) {
                throw new IOException("stream " + incarnation + " has no data at position " + at);
            }
            visitJournal(refs, refs.firstEndingAfter(at), to, buffers, visitor);
        }
    }

    /**
     * A boundary that can be told without reading data: the last one up to a limit at which a chunk or an append ends.
     *
     * @param incarnation the stream
     * @param refs its data in the journal
     * @param from a boundary
     * @param to the end of the stream's data
     * @param limit the last position that counts
     * @return the boundary; {@code from} when there is none behind it
     */
    long boundary(long incarnation, Refs refs, long from, long to, long limit) throws IOException {
        if (limit >= to) {
            return to;
        }
        if (refs.covers(limit)) {
            int after = refs.firstEndingAfter(limit);
            return Math.max(from, after == 0 ? refs.start() : refs.end(after - 1));
        }
        try (StateStore.Cursor cursor = store.scanFromFloor(
                Table.STREAM_CHUNKS,
                Binary.key(incarnation, from),
                Binary.key(incarnation, limit),
                Binary.key(incarnation, limit + 1))) {
            return cursor.next() ? start(cursor.key()) : from;
        }
    }

    /** Visits chunks until the journal takes over. Gives where it stopped, or -1 when the visitor had enough. */
    private long visitState(long incarnation, Refs refs, long from, long to, ReadBuffers buffers, PieceVisitor visitor)
            throws IOException {
        long at = from;
        try (StateStore.Cursor cursor = store.scanFromFloor(
                Table.STREAM_CHUNKS,
                Binary.key(incarnation, 0),
                Binary.key(incarnation, from),
                Binary.key(incarnation, to))) {
            while (at < to && !refs.covers(at) && cursor.next()) {
                long start = start(cursor.key());
                if (start > at || (start < at && at > from)) {
                    return at;
                }
                Piece piece = piece(start, cursor.value(buffers), incarnation);
                if (piece.end() <= at) {
                    continue; // Only the first one may lie before.
                }
                if (!visitor.piece(piece)) {
                    return -1;
                }
                at = piece.end();
            }
        }
        return at;
    }

    private static long start(byte[] key) {
        return ByteBuffer.wrap(key).getLong(Long.BYTES);
    }

    private static Piece piece(long start, ByteBuffer value, long incarnation) throws IOException {
        Chunk chunk = Chunk.decode(value, incarnation, start);
        return new Piece(start, chunk.payload(), chunk.messagesBefore(), chunk.firstMillis(), chunk.lastMillis());
    }

    private void visitJournal(Refs refs, int first, long to, ReadBuffers buffers, PieceVisitor visitor)
            throws IOException {
        int end = Math.min(refs.count(), refs.firstEndingAfter(to - 1) + 1);
        visit(new OneStream(refs, first, end - first, visitor), MAX_GAP_BYTES, buffers);
    }

    /** Appends in the journal, in its order. */
    interface Places {

        int count();

        /** The journal position of the frame that holds append {@code i}; never less than that of the one before. */
        long framePosition(int i);

        /** The length of that frame, with header and padding. */
        int frameBytes(int i);

        /** Where the effect stands in that frame's body. */
        int effectOffset(int i);

        /** Whether append {@code i} is to be passed on as it was read, without a copy. */
        default boolean inPlace(int i) {
            return false;
        }

        /** Looks at append {@code i} and says whether to go on. */
        boolean piece(int i, Piece piece) throws IOException;
    }

    private record OneStream(Refs refs, int first, int count, PieceVisitor visitor) implements Places {

        @Override
        public long framePosition(int i) {
            return refs.framePosition(first + i);
        }

        @Override
        public int frameBytes(int i) {
            return refs.frameBytes(first + i);
        }

        @Override
        public int effectOffset(int i) {
            return refs.effectOffset(first + i);
        }

        @Override
        public boolean inPlace(int i) {
            int frameBytes = frameBytes(i);
            long start = first + i == 0 ? refs.start() : refs.end(first + i - 1);
            return frameBytes >= IN_PLACE_BYTES && refs.end(first + i) - start >= frameBytes / 2;
        }

        @Override
        public boolean piece(int i, Piece piece) throws IOException {
            return visitor.piece(piece);
        }
    }

    /**
     * Visits appends wherever they stand in the journal.
     *
     * @param maxGapBytes frames closer together than this are read in one go
     * @param buffers gives the memory for what is passed on in place
     * @throws TruncatedException when the journal's part has moved to the state meanwhile
     */
    void visit(Places places, int maxGapBytes, ReadBuffers buffers) throws IOException {
        int next = 0;
        while (next < places.count()) {
            long runStart = places.framePosition(next);
            long runEnd = runStart + places.frameBytes(next);
            boolean inPlace = places.inPlace(next);
            int last = next;
            while (last + 1 < places.count()
                    && places.framePosition(last + 1) - runEnd <= maxGapBytes
                    && runEnd - runStart < MAX_RUN_BYTES
                    && places.inPlace(last + 1) == inPlace) {
                last++;
                runEnd = places.framePosition(last) + places.frameBytes(last);
            }
            Run run = new Run(places, next, last, inPlace);
            if (inPlace) {
                journal.read(runStart, runEnd, buffers, run::frame);
            } else {
                journal.read(runStart, runEnd, run::frame);
            }
            run.rethrow();
            if (run.stopped) {
                return;
            }
            if (run.next <= last) {
                throw missing(places.framePosition(run.next));
            }
            next = last + 1;
        }
    }

    private IOException missing(long position) {
        return position < journal.start()
                ? new TruncatedException(position, journal.start())
                : new IOException("the journal holds no frame at position " + position);
    }

    /** Picks the wanted effects out of a run of frames. */
    private static final class Run {
        private final Places places;
        private final int last;
        private final boolean inPlace;
        private int next;
        private boolean stopped;
        private @Nullable IOException failure;

        Run(Places places, int first, int last, boolean inPlace) {
            this.places = places;
            this.next = first;
            this.last = last;
            this.inPlace = inPlace;
        }

        boolean frame(Frame frame) {
            try {
                // One frame may hold several of the appends.
                while (next <= last && places.framePosition(next) == frame.position()) {
                    if (!places.piece(next, pieceOf(frame, places.effectOffset(next)))) {
                        stopped = true;
                        return false;
                    }
                    next++;
                }
                return next <= last;
            } catch (IOException e) {
                failure = e;
                return false;
            }
        }

        private Piece pieceOf(Frame frame, int effectOffset) throws IOException {
            ByteBuffer body = frame.body();
            long millis = body.getLong(body.position() + FrameWriter.PREFIX_BYTES - Long.BYTES);
            ByteBuffer at = body.slice(body.position() + effectOffset, body.remaining() - effectOffset);
            byte type = at.get();
            if (type != Effect.APPENDED) {
                throw new IOException("journal position " + frame.position() + " holds no append at " + effectOffset);
            }
            Effect.Appended effect = (Effect.Appended) Effect.decode(type, at, inPlace);
            Payload payload = effect.payload();
            return new Piece(effect.start(), payload, effect.messagesAfter() - payload.messages(), millis, millis);
        }

        void rethrow() throws IOException {
            if (failure != null) {
                throw failure;
            }
        }
    }
}
