package dev.varve.engine.streams;

import dev.varve.api.ErrorKind;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.engine.io.ReadBuffers;
import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.journal.TruncatedException;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes pages: checks that a position is one that was handed out, gathers whole messages over a chain of forks, and puts
 * them into the form in which they leave. Blocks on the disk. Thread-safe.
 *
 * <p>What is gathered lies in memory of the caller's, see {@link ReadBuffers}, and is valid for as long as that.
 */
final class PageReader {

    /** How often a read starts again because a checkpoint moved its data meanwhile. */
    private static final int MAX_ATTEMPTS = 10;

    private final StreamTable table;
    private final StateStore store;
    private final StreamData data;
    private final ReadMemory memory;

    PageReader(StreamTable table, StateStore store, StreamData data, ReadMemory memory) {
        this.memory = memory;
        this.table = table;
        this.store = store;
        this.data = data;
    }

    /** Messages of one stream between two boundaries. */
    record Gathered(List<Slice> slices, long start, long next) {
        int length() {
            return (int) (next - start);
        }
    }

    /**
     * Messages of one piece.
     *
     * @param piece where they stand
     * @param from the first stream position, inclusive
     * @param to the last stream position, exclusive
     */
    record Slice(Piece piece, long from, long to) {
        int firstByte() {
            return (int) (from - piece.start());
        }

        int lastByte() {
            return (int) (to - piece.start());
        }
    }

    /** A stretch of the offset space and the incarnation that holds its data. */
    private record Source(long incarnation, Refs refs, long from, long to) {}

    /** Says that a position is not a boundary of the stream. */
    static final class NotABoundary extends IOException {
        private static final long serialVersionUID = 1L;

        NotABoundary(long position) {
            super("position " + position + " is not a message boundary");
        }
    }

    ReadResult read(Stream stream, View view, long from, int maxBytes) throws IOException {
        try (ReadMemory.Lease lease = memory.lease()) {
            return page(view, gather(stream, view, from, maxBytes, lease));
        } catch (NotABoundary e) {
            return notHandedOut(from);
        }
    }

    MessagesResult readMessages(Stream stream, View view, long from, int maxBytes) throws IOException {
        try (ReadMemory.Lease lease = memory.lease()) {
            return messages(view, gather(stream, view, from, maxBytes, lease));
        } catch (NotABoundary e) {
            return notHandedOut(from);
        }
    }

    /** All messages between two boundaries. */
    List<MessagesResult.Message> messages(Stream stream, View view, long from, long to) throws IOException {
        try (ReadMemory.Lease lease = memory.lease()) {
            Range range = new Range(from, to, Integer.MAX_VALUE, Integer.MAX_VALUE);
            return messages(view, gather(stream, view, range, lease)).messages();
        }
    }

    static Refusal notHandedOut(long position) {
        return Refusal.of(
                ErrorKind.INVALID_OFFSET,
                "offset " + Offset.at(position) + " was not handed out for this stream; use a Stream-Next-Offset");
    }

    /** The last append, when somebody follows the stream and exactly it is asked for: no disk needed. */
    static @Nullable Gathered gatherLatest(View view, long from, int maxBytes) {
        View.Latest latest = view.latest();
        if (latest == null || latest.start() != from || latest.payload().length() > maxBytes) {
            return null;
        }
        Piece piece = new Piece(latest.start(), latest.payload(), 0, 0, 0);
        return new Gathered(List.of(new Slice(piece, from, piece.end())), from, piece.end());
    }

    /**
     * Gathers whole messages from a position on: as many as fit, at least one if there is one.
     *
     * @throws NotABoundary when the position is not one that was handed out
     */
    Gathered gather(Stream stream, View view, long from, int maxBytes, ReadBuffers buffers) throws IOException {
        return gather(stream, view, new Range(from, view.head().tail(), maxBytes, Integer.MAX_VALUE), buffers);
    }

    /** Gathers as much of a stretch as its bounds say, at least one message. */
    Gathered gather(Stream stream, View view, Range range, ReadBuffers buffers) throws IOException {
        View current = view;
        for (int attempt = 1; ; attempt++) {
            try {
                return gatherOnce(current, range, buffers);
            } catch (TruncatedException e) {
                // The data, or that of a stream it branches off from, moved to the state: newer views know.
                View newer = stream.newestView();
                if (newer == null || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
                current = view.withRefs(newer.refs());
            }
        }
    }

    private Gathered gatherOnce(View view, Range range, ReadBuffers buffers) throws IOException {
        Gatherer gatherer = new Gatherer(range);
        for (Source source : sources(view, range.from)) {
            gatherer.limit = Math.min(source.to(), range.to);
            gatherer.boundary = source.from();
            long start = Math.max(range.from, source.from());
            // What is not wanted is not read either, but for the rest of a piece.
            long enough = range.from + Math.min(range.maxBytes, range.enoughBytes);
            long end = Math.min(gatherer.limit, Math.max(enough, start + 1));
            data.visit(source.incarnation(), source.refs(), start, end, buffers, gatherer);
            if (gatherer.full || gatherer.at >= Math.min(range.to, enough)) {
                break;
            }
        }
        return new Gathered(gatherer.slices, range.from, gatherer.at);
    }

    /**
     * The farthest boundary that can be told without reading data.
     *
     * @param from a boundary
     * @param limit the last position that counts, at most the tail
     * @return {@code from} when there is none behind it
     */
    long boundary(View view, long from, long limit) throws IOException {
        long at = from;
        for (Source source : sources(view, from)) {
            long start = Math.max(at, source.from());
            at = data.boundary(source.incarnation(), source.refs(), start, source.to(), limit);
            if (at < source.to()) {
                break;
            }
        }
        return at;
    }

    /** Sees the pieces of a chain of forks, each up to a limit. */
    interface ChainVisitor {

        /** Looks at a piece, of which everything from the limit on does not count, and says whether to go on. */
        boolean piece(Piece piece, long limit);
    }

    /** Visits all data from a position on. Each piece is valid only while it is looked at. */
    void visit(View view, long from, ChainVisitor visitor) throws IOException {
        boolean[] stopped = new boolean[1];
        try (ReadMemory.Lease lease = memory.lease()) {
            for (Source source : sources(view, from)) {
                long start = Math.max(from, source.from());
                data.visit(source.incarnation(), source.refs(), start, source.to(), lease::takeInstead, piece -> {
                    stopped[0] = !visitor.piece(piece, source.to());
                    return !stopped[0];
                });
                if (stopped[0]) {
                    return;
                }
            }
        }
    }

    ReadMemory memory() {
        return memory;
    }

    /**
     * What to gather.
     *
     * @param from the first position
     * @param to nothing from here on; a boundary
     * @param maxBytes the most it may be, but for a single message
     * @param enoughBytes when so much has come together, the rest of the last piece is taken and no further one
     */
    record Range(long from, long to, int maxBytes, int enoughBytes) {}

    private static final class Gatherer implements StreamData.PieceVisitor {
        private final long from;
        private final int maxBytes;
        private final int enoughBytes;
        private final List<Slice> slices = new ArrayList<>();
        private long at;
        private long limit;
        private long boundary;
        private boolean full;

        Gatherer(Range range) {
            this.from = range.from;
            this.at = range.from;
            this.maxBytes = range.maxBytes;
            this.enoughBytes = range.enoughBytes;
        }

        @Override
        public boolean piece(Piece piece) throws IOException {
            if (slices.isEmpty() && at == from && at != boundary && !piece.startsMessageAt(at)) {
                throw new NotABoundary(at);
            }
            long pieceEnd = Math.min(piece.end(), limit);
            long end = pieceEnd;
            if (end - from > maxBytes) {
                end = cut(piece, pieceEnd);
                full = true;
            }
            if (end > at) {
                slices.add(new Slice(piece, at, end));
                at = end;
            }
            full |= at - from >= enoughBytes;
            return !full && at < limit;
        }

        /** The last message end that fits, or the end of the first message when none does. */
        private long cut(Piece piece, long pieceEnd) {
            int message = piece.messageEndingAfter(from + maxBytes);
            long fitting = message == 0
                    ? piece.start()
                    : piece.start() + piece.payload().end(message - 1);
            if (fitting > at) {
                return fitting;
            }
            if (!slices.isEmpty()) {
                return at;
            }
            int first = piece.messageEndingAfter(at);
            return Math.min(pieceEnd, piece.start() + piece.payload().end(first));
        }
    }

    /** From which incarnations the data from a position to the tail comes, in order. */
    private List<Source> sources(View view, long from) throws IOException {
        Deque<Source> sources = new ArrayDeque<>();
        StreamIdentity identity = view.head().identity();
        sources.addFirst(new Source(
                identity.incarnation(),
                view.refs(),
                identity.bornAt(),
                view.head().tail()));
        StreamIdentity.Origin origin = identity.origin();
        long limit = view.head().tail();
        while (origin != null && from < origin.point()) {
            // A fork may branch off before its source's own data starts.
            limit = Math.min(limit, origin.point());
            Stream parent = table.byIncarnation(origin.parent());
            View parentView = parent == null ? null : parent.newestView();
            StreamIdentity parentIdentity = parent != null ? parent.identity : storedIdentity(origin.parent());
            sources.addFirst(new Source(
                    origin.parent(),
                    parentView == null ? Refs.NONE : parentView.refs(),
                    parentIdentity.bornAt(),
                    limit));
            origin = parentIdentity.origin();
        }
        return List.copyOf(sources);
    }

    private StreamIdentity storedIdentity(long incarnation) throws IOException {
        byte[] encoded = store.get(Table.STREAM_HEADS, Binary.key(incarnation));
        if (encoded == null) {
            throw new IOException("the head of stream " + incarnation + ", which others branch off from, is missing");
        }
        return StreamHead.decode(encoded).head().identity();
    }

    /** A page on the heap. */
    static ReadResult.Page page(View view, Gathered gathered) {
        boolean json = view.head().identity().json();
        ByteBuffer body = ByteBuffer.wrap(json ? jsonBody(gathered) : plainBody(gathered));
        return page(view, body, gathered.start(), gathered.next());
    }

    static ReadResult.Page emptyPage(View view, long at) {
        byte[] body = view.head().identity().json() ? new byte[] {'[', ']'} : new byte[0];
        return page(view, ByteBuffer.wrap(body), at, at);
    }

    private static ReadResult.Page page(View view, ByteBuffer body, long start, long next) {
        StreamHead head = view.head();
        return new ReadResult.Page(
                body,
                Offset.at(start),
                Offset.at(next),
                next < head.tail(),
                head.closed() && next == head.tail(),
                head.identity().contentType(),
                head.identity().incarnation());
    }

    private static byte[] plainBody(Gathered gathered) {
        byte[] body = new byte[gathered.length()];
        copy(gathered, body, 0);
        return body;
    }

    /** Stored messages end with a comma each: brackets around them, the second one in place of the last comma. */
    private static byte[] jsonBody(Gathered gathered) {
        if (gathered.length() == 0) {
            return new byte[] {'[', ']'};
        }
        byte[] body = new byte[gathered.length() + 1];
        body[0] = '[';
        copy(gathered, body, 1);
        body[body.length - 1] = ']';
        return body;
    }

    private static void copy(Gathered gathered, byte[] target, int offset) {
        int at = offset;
        for (Slice slice : gathered.slices()) {
            slice.piece().payload().copyTo(slice.firstByte(), slice.lastByte(), target, at);
            at += slice.lastByte() - slice.firstByte();
        }
    }

    static MessagesResult.Messages messages(View view, Gathered gathered) {
        int comma = view.head().identity().json() ? 1 : 0;
        List<MessagesResult.Message> messages = new ArrayList<>();
        for (Slice slice : gathered.slices()) {
            Payload payload = slice.piece().payload();
            int at = slice.firstByte();
            for (int i = slice.piece().messageEndingAfter(slice.from()); at < slice.lastByte(); i++) {
                int end = Math.min(payload.end(i), slice.lastByte());
                byte[] bytes = new byte[end - at - comma];
                payload.copyTo(at, end - comma, bytes, 0);
                messages.add(new MessagesResult.Message(
                        ByteBuffer.wrap(bytes), Offset.at(slice.piece().start() + end)));
                at = end;
            }
        }
        StreamHead head = view.head();
        return new MessagesResult.Messages(
                messages,
                Offset.at(gathered.next()),
                gathered.next() < head.tail(),
                head.closed() && gathered.next() == head.tail());
    }
}
