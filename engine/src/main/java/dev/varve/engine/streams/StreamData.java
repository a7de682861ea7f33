package dev.varve.engine.streams;

import dev.varve.engine.journal.Frame;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.TruncatedException;
import dev.varve.engine.shard.FrameWriter;
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
     * @param visitor sees them
     * @throws TruncatedException when the journal's part has moved to the state meanwhile: look
     *     at the stream's view again
     */
    void visit(long incarnation, Refs refs, long from, long to, PieceVisitor visitor) throws IOException {
        long at = from;
        if (at < to && !refs.covers(at)) {
            at = visitState(incarnation, refs, from, to, visitor);
        }
        if (at < to && at >= 0) {
            if (!refs.covers(at)) {
                throw new IOException("stream " + incarnation + " has no data at position " + at);
            }
            visitJournal(refs, refs.firstEndingAfter(at), to, visitor);
        }
    }

    /** Visits chunks until the journal takes over. Gives where it stopped, or -1 when the visitor had enough. */
    private long visitState(long incarnation, Refs refs, long from, long to, PieceVisitor visitor) throws IOException {
        long at = from;
        StateStore.Entry floor =
                store.floor(Table.STREAM_CHUNKS, Binary.key(incarnation, from), Binary.key(incarnation, 0));
        if (floor != null) {
            Piece piece = piece(floor.key(), floor.value(), incarnation);
            if (piece.end() > from) {
                if (!visitor.piece(piece)) {
                    return -1;
                }
                at = piece.end();
            }
        }
        if (at >= to || refs.covers(at)) {
            return at;
        }
        try (StateStore.Cursor cursor =
                store.scan(Table.STREAM_CHUNKS, Binary.key(incarnation, at), Binary.key(incarnation, to))) {
            while (at < to && !refs.covers(at) && cursor.next()) {
                Piece piece = piece(cursor.key(), cursor.value(), incarnation);
                if (piece.start() != at) {
                    return at;
                }
                if (!visitor.piece(piece)) {
                    return -1;
                }
                at = piece.end();
            }
        }
        return at;
    }

    private static Piece piece(byte[] key, byte[] value, long incarnation) throws IOException {
        long start = ByteBuffer.wrap(key).getLong(Long.BYTES);
        Chunk chunk = Chunk.decode(value, incarnation, start);
        return new Piece(start, chunk.payload(), chunk.messagesBefore(), chunk.firstMillis(), chunk.lastMillis());
    }

    private void visitJournal(Refs refs, int first, long to, PieceVisitor visitor) throws IOException {
        int end = Math.min(refs.count(), refs.firstEndingAfter(to - 1) + 1);
        visit(new OneStream(refs, first, end - first, visitor), MAX_GAP_BYTES);
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
        public boolean piece(int i, Piece piece) throws IOException {
            return visitor.piece(piece);
        }
    }

    /**
     * Visits appends wherever they stand in the journal.
     *
     * @param maxGapBytes frames closer together than this are read in one go
     * @throws TruncatedException when the journal's part has moved to the state meanwhile
     */
    void visit(Places places, int maxGapBytes) throws IOException {
        int next = 0;
        while (next < places.count()) {
            long runStart = places.framePosition(next);
            long runEnd = runStart + places.frameBytes(next);
            int last = next;
            while (last + 1 < places.count()
                    && places.framePosition(last + 1) - runEnd <= maxGapBytes
                    && runEnd - runStart < MAX_RUN_BYTES) {
                last++;
                runEnd = places.framePosition(last) + places.frameBytes(last);
            }
            Run run = new Run(places, next, last);
            journal.read(runStart, runEnd, run::frame);
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
        private int next;
        private boolean stopped;
        private @Nullable IOException failure;

        Run(Places places, int first, int last) {
            this.places = places;
            this.next = first;
            this.last = last;
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

        private static Piece pieceOf(Frame frame, int effectOffset) throws IOException {
            ByteBuffer body = frame.body();
            long millis = body.getLong(body.position() + FrameWriter.PREFIX_BYTES - Long.BYTES);
            ByteBuffer at = body.slice(body.position() + effectOffset, body.remaining() - effectOffset);
            byte type = at.get();
            if (type != Effect.APPENDED) {
                throw new IOException("journal position " + frame.position() + " holds no append at " + effectOffset);
            }
            Effect.Appended effect = (Effect.Appended) Effect.decode(type, at);
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
