package dev.varve.engine.journal;

import dev.varve.engine.io.ClosedException;
import dev.varve.engine.io.ReadBuffers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A journal in memory, for tests and for servers that keep nothing. Durable means: as long as this object. Grows until
 * it is truncated. Thread-safety is that of {@link Journal}.
 */
public final class MemoryJournal implements Journal {

    /** One appended group; its bytes are never changed. */
    private record StoredGroup(long position, long firstSequence, byte[] bytes, int[] starts, int[] bodyLengths) {

        long end() {
            return position + bytes.length;
        }
    }

    private final ConcurrentSkipListMap<Long, StoredGroup> groups = new ConcurrentSkipListMap<>();
    private final CopyOnWriteArrayList<TailListener> listeners = new CopyOnWriteArrayList<>();

    private volatile long start;
    private volatile long end;
    private volatile long epoch;
    private volatile @Nullable Snapshot snapshot;
    private volatile boolean closed;

    /* Of the owner alone. */
    private long nextSequence;

    /** Creates an empty journal. */
    public MemoryJournal() {}

    @Override
    public long claim() throws IOException {
        requireOpen();
        long next = epoch + 1; // Claims are made one at a time.
        epoch = next;
        return next;
    }

    @Override
    public long append(long withEpoch, Group group, Completion completion) {
        int frames = group.frames();
        if (frames == 0) {
            throw new IllegalArgumentException("a group must have a frame");
        }
        long position = end;
        if (closed || withEpoch != epoch) {
            completion.failed(closed ? closedException() : new FencedException(withEpoch, epoch));
            return position;
        }
        StoredGroup stored = copy(group, position);
        groups.put(position, stored);
        nextSequence += frames;
        end = stored.end();
        completion.durable(stored.end());
        for (TailListener listener : listeners) {
            listener.durable(stored.end());
        }
        return position;
    }

    private StoredGroup copy(Group group, long position) {
        int frames = group.frames();
        byte[] bytes = new byte[group.sizeBytes()];
        group.buffer().get(0, bytes);
        int[] starts = new int[frames];
        int[] bodyLengths = new int[frames];
        for (int i = 0; i < frames; i++) {
            starts[i] = group.frameStart(i);
            bodyLengths[i] = group.bodyLength(i);
        }
        return new StoredGroup(position, nextSequence, bytes, starts, bodyLengths);
    }

    @Override
    public void useReserve(boolean use) {
        // Memory has no reserve.
    }

    @Override
    public boolean hasSpace() {
        return true;
    }

    @Override
    public long end() {
        return end;
    }

    @Override
    public long start() {
        return start;
    }

    @Override
    public void read(long from, long to, FrameVisitor visitor) throws IOException {
        requireOpen();
        long limit = Math.min(to, end);
        if (from < start) {
            throw new TruncatedException(from, start);
        }
        Long first = groups.floorKey(from);
        long expected = -1;
        for (StoredGroup group : groups.tailMap(first == null ? from : first).values()) {
            if (group.position() >= limit) {
                return;
            }
            boolean gap = expected < 0 ? group.position() > from : group.position() != expected;
            if (gap) {
                throw new TruncatedException(from, start); // Truncated while this was reading.
            }
            expected = group.end();
            if (!visit(group, from, limit, visitor)) {
                return;
            }
        }
        if (from < start) {
            throw new TruncatedException(from, start); // Truncated before this had begun to read.
        }
    }

    @Override
    public void read(long from, long to, ReadBuffers buffers, FrameVisitor visitor) throws IOException {
        read(from, to, visitor); // Groups never change: bodies are valid for ever.
    }

    private static boolean visit(StoredGroup group, long from, long limit, FrameVisitor visitor)
            throws CorruptJournalException {
        int frames = group.starts().length;
        if (from > group.position() && from < group.end() && !startsFrame(group, from)) {
            throw new CorruptJournalException("memory", from, "no frame starts here");
        }
        for (int i = 0; i < frames; i++) {
            long position = group.position() + group.starts()[i];
            if (position >= limit) {
                return false;
            }
            long next = i + 1 < frames ? group.position() + group.starts()[i + 1] : group.end();
            if (position >= from) {
                ByteBuffer body = ByteBuffer.wrap(
                                group.bytes(), group.starts()[i] + Group.HEADER_BYTES, group.bodyLengths()[i])
                        .asReadOnlyBuffer();
                if (!visitor.frame(new Frame(position, next, group.firstSequence() + i, body))) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean startsFrame(StoredGroup group, long position) {
        for (int start : group.starts()) {
            if (group.position() + start == position) {
                return true;
            }
        }
        return false;
    }

    @Override
    public AutoCloseable tail(TailListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public void snapshot(Snapshot next) throws IOException {
        requireOpen();
        Snapshot last = snapshot;
        if (next.position() > end || (last != null && next.position() < last.position())) {
            throw new IllegalArgumentException("a snapshot at position " + next.position() + ", must be from "
                    + (last == null ? 0 : last.position()) + " to " + end);
        }
        snapshot = next;
    }

    @Override
    public Optional<Snapshot> latestSnapshot() {
        return Optional.ofNullable(snapshot);
    }

    @Override
    public void truncate(long before) throws IOException {
        requireOpen();
        Snapshot last = snapshot;
        if (last == null || before > last.position()) {
            throw new IllegalArgumentException("truncation before " + before + ", but the latest snapshot is "
                    + (last == null ? "none" : "at " + last.position()));
        }
        // Whole groups only; the start moves first, so that no reader takes what is missing for the end.
        Long cut = groups.floorKey(before);
        if (cut != null) {
            StoredGroup group = groups.get(cut);
            start = Math.max(start, group != null && group.end() <= before ? group.end() : cut);
            groups.headMap(start).clear();
        }
    }

    @Override
    public @Nullable Throwable poison() {
        return null;
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw closedException();
        }
    }

    private static IOException closedException() {
        return new ClosedException("the journal is closed");
    }

    @Override
    public void close() {
        closed = true;
        groups.clear();
    }
}
