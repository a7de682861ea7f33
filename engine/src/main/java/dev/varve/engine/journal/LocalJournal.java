package dev.varve.engine.journal;

import dev.varve.engine.io.Clock;
import dev.varve.engine.io.ClosedException;
import dev.varve.engine.io.Disk;
import dev.varve.engine.io.ReadBuffers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A journal in segment files of one directory of a local disk. The format is described in
 * {@code docs/formats/journal.md}.
 *
 * <h2>Writing</h2>
 *
 * A group is one write through a channel that returns when the bytes are on disk, into space that was filled with zeros
 * before, so that no metadata is written with it. {@link #append} runs the completion itself. A segment that has no room
 * for the group is sealed, the next one is started, and the durable mark moves there: three small writes.
 *
 * <h2>Upkeep</h2>
 *
 * Segments are made and recycled, and the mark is written, by a thread of their own. Without a thread factory that
 * happens inside {@link #append} and {@link #truncate}, which makes the order of all disk operations a function of the
 * calls: for simulations.
 *
 * <h2>Failure</h2>
 *
 * A failed write, sync or rename on the way of a commit, or of the mark, poisons the journal. Running out of space while
 * a segment is made does not: nothing refers to it yet. The caller holds the {@link StoreLock} of the data directory.
 *
 * <p>Thread-safety is that of {@link Journal}. Lock order: the supply's lock and the mark's monitor are never held
 * together.
 */
public final class LocalJournal implements Journal {

    /** One read from disk at most while frames are read in bulk. */
    private static final int BULK_READ_BYTES = 1 << 20;

    /** Ranges up to this size are read through small buffers. */
    private static final int SMALL_READ_BYTES = 64 << 10;

    private static final int KEPT_BULK_BUFFERS = 4;
    private static final int KEPT_SMALL_BUFFERS = 16;

    /** With less room than this in the last segment, {@link #hasSpace} counts it as full. */
    private static final int SCRAP_BYTES = 1 << 20;

    private final Path directory;
    private final JournalOptions options;
    private final Clock clock;
    private final MarkFile markFile;
    private final SnapshotFile snapshotFile;
    private final SegmentSupply supply;
    private final RecoveryReport recovery;
    private final @Nullable Thread upkeep;

    private final BufferPool bulkBuffers;
    private final BufferPool smallBuffers;
    private final CopyOnWriteArrayList<TailListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicReference<@Nullable Throwable> poison;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** From the first segment held to the one being written. Replaced whole by the owner, before {@link #tail}. */
    private volatile Segment[] segments;

    private volatile Tail tail;
    private volatile long epoch;
    private volatile @Nullable Snapshot snapshot;

    /* Of the owner alone. */
    private SegmentWriter writer;
    private boolean useReserve;
    private long lastMarkNanos;

    LocalJournal(JournalOpener opened, @Nullable ThreadFactory threads) {
        this.directory = opened.directory;
        this.options = opened.options;
        this.clock = opened.clock;
        this.markFile = opened.markFile();
        this.snapshotFile = opened.snapshotFile;
        this.supply = opened.supply();
        this.recovery = opened.report();
        this.bulkBuffers = new BufferPool(Math.min(BULK_READ_BYTES, options.segmentBytes()), KEPT_BULK_BUFFERS);
        this.smallBuffers = new BufferPool(Math.min(SMALL_READ_BYTES, options.segmentBytes()), KEPT_SMALL_BUFFERS);
        this.poison = opened.poison;
        this.segments = opened.segments();
        this.writer = opened.writer();
        this.tail = opened.tail();
        this.epoch = markFile.current().epoch();
        this.snapshot = opened.snapshot();
        this.lastMarkNanos = clock.elapsedNanos();
        this.upkeep = threads == null ? null : threads.newThread(this::keepUp);
    }

    /**
     * Opens the journal in a directory, which must hold one.
     *
     * @param disk the disk
     * @param directory the journal's directory
     * @param store the store it must belong to
     * @param options how to use the disk
     * @param clock times the upkeep
     * @param random salts new segments; must not be foreseeable by those who choose what is stored
     * @param threads makes the thread of the upkeep, which must not be interrupted; null to do upkeep inside the calls
     * @return the open journal
     * @throws CorruptJournalException when it is damaged in a way that no crash explains; nothing was changed
     * @throws IncompatibleJournalException when it is another store's or of a newer format; nothing was changed
     * @throws IOException when there is no journal, or the disk fails
     */
    public static LocalJournal open(
            Disk disk,
            Path directory,
            UUID store,
            JournalOptions options,
            Clock clock,
            RandomGenerator random,
            @Nullable ThreadFactory threads)
            throws IOException {
        return started(new JournalOpener(disk, directory, store, options, clock, random).open(false), threads);
    }

    /**
     * Opens the journal in a directory, or creates one where there is nothing or only the beginning of one.
     *
     * @param disk the disk
     * @param directory the journal's directory, created when absent
     * @param store the store it belongs to
     * @param options how to use the disk
     * @param clock times the upkeep
     * @param random salts new segments; must not be foreseeable by those who choose what is stored
     * @param threads makes the thread of the upkeep, which must not be interrupted; null to do upkeep inside the calls
     * @return the open journal
     * @throws CorruptJournalException when it is damaged in a way that no crash explains; nothing was changed
     * @throws IncompatibleJournalException when it is another store's or of a newer format; nothing was changed
     * @throws IOException when the disk fails
     */
    public static LocalJournal openOrCreate(
            Disk disk,
            Path directory,
            UUID store,
            JournalOptions options,
            Clock clock,
            RandomGenerator random,
            @Nullable ThreadFactory threads)
            throws IOException {
        return started(new JournalOpener(disk, directory, store, options, clock, random).open(true), threads);
    }

    private static LocalJournal started(JournalOpener opened, @Nullable ThreadFactory threads) {
        LocalJournal journal = new LocalJournal(opened, threads);
        if (journal.upkeep != null) {
            journal.supply.runsOnItsOwnThread();
            journal.upkeep.start();
        }
        return journal;
    }

    /**
     * What opening found and did.
     *
     * @return the report
     */
    public RecoveryReport recovery() {
        return recovery;
    }

    /**
     * The largest group that can be appended.
     *
     * @return bytes with frame headers and padding, inclusive
     */
    public int maxGroupBytes() {
        return options.maxGroupBytes();
    }

    @Override
    public long claim() throws IOException {
        requireWorking();
        try {
            epoch = markFile.claim();
        } catch (IOException e) {
            throw poisonedBy(e);
        }
        return epoch;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException when the group is empty or larger than {@link #maxGroupBytes}; nothing was
     *     written and the completion is not told
     */
    @Override
    public long append(long epoch, Group group, Completion completion) throws OutOfSpaceException {
        int bytes = group.sizeBytes();
        if (group.frames() == 0 || bytes > options.maxGroupBytes()) {
            throw new IllegalArgumentException("a group of " + group.frames() + " frames and " + bytes
                    + " bytes; it must have a frame and at most " + options.maxGroupBytes() + " bytes");
        }
        Throwable failure = refusal(epoch);
        if (failure == null) {
            failure = makeRoom(bytes);
        }
        Tail before = tail;
        if (failure == null) {
            failure = write(group, before);
        }
        if (failure != null) {
            completion.failed(failure);
            return before.position();
        }
        long end = tail.position();
        completion.durable(end);
        for (TailListener listener : listeners) {
            listener.durable(end);
        }
        if (upkeep == null) {
            keepUpInline();
        }
        return before.position();
    }

    private @Nullable Throwable refusal(long withEpoch) {
        if (closed.get()) {
            return new ClosedException(directory + ": the journal is closed");
        }
        Throwable cause = poison.get();
        if (cause != null) {
            return cause;
        }
        return withEpoch == epoch ? null : new FencedException(withEpoch, epoch);
    }

    /** Rolls until the group has room. Returns what failed, or null. */
    private @Nullable Throwable makeRoom(int bytes) throws OutOfSpaceException {
        while (!writer.fits(bytes)) {
            Throwable failure = roll();
            if (failure != null) {
                return failure;
            }
        }
        return null;
    }

    /** Goes on in the next segment. Returns what failed, or null. */
    private @Nullable Throwable roll() throws OutOfSpaceException {
        try {
            roll(supply.take(useReserve));
            return null;
        } catch (OutOfSpaceException e) {
            Throwable cause = poison.get();
            if (cause != null) {
                return cause;
            }
            throw e;
        } catch (IOException | RuntimeException | Error e) {
            return poisonedBy(e);
        }
    }

    /** Ends the segment being written and starts the next. */
    private void roll(Segment next) throws IOException {
        long sequence = tail.sequence();
        writer.seal(sequence);
        SegmentWriter started = SegmentWriter.start(next, sequence, writer.chain());
        Tail moved = new Tail(started.position(), sequence, started.chain());
        // Before any group is there: from now on a damaged beginning of the segment cannot pass for a crash.
        markFile.advance(moved);
        Segment[] longer = Arrays.copyOf(segments, segments.length + 1);
        longer[segments.length] = next;
        segments = longer;
        writer = started;
        tail = moved;
    }

    private @Nullable Throwable write(Group group, Tail before) {
        try {
            writer.write(group, before.sequence());
        } catch (IOException | RuntimeException | Error e) {
            return poisonedBy(e);
        }
        tail = new Tail(writer.position(), before.sequence() + group.frames(), writer.chain());
        return null;
    }

    @Override
    public void useReserve(boolean use) {
        useReserve = use;
    }

    @Override
    public boolean hasSpace() {
        if (supply.hasSpace()) {
            return true;
        }
        if (supply.reserveIsInUse()) {
            return false;
        }
        long end = tail.position();
        Segment[] all = segments;
        long room = all[all.length - 1].end() - end - FrameFormat.SEAL_BYTES;
        return room >= Math.min(SCRAP_BYTES, options.segmentBytes() / 4);
    }

    @Override
    public long end() {
        return tail.position();
    }

    @Override
    public long start() {
        return segments[0].base();
    }

    @Override
    public void read(long from, long to, FrameVisitor visitor) throws IOException {
        BufferPool pool = to - from <= SMALL_READ_BYTES ? smallBuffers : bulkBuffers;
        FrameWindow window = FrameWindow.reusing(pool.take());
        try {
            read(from, to, window, visitor);
        } finally {
            pool.giveBack(window.buffer());
        }
    }

    @Override
    public void read(long from, long to, ReadBuffers buffers, FrameVisitor visitor) throws IOException {
        read(from, to, FrameWindow.in(buffers), visitor);
    }

    private void read(long from, long to, FrameWindow window, FrameVisitor visitor) throws IOException {
        if (closed.get()) {
            throw new ClosedException(directory + ": the journal is closed");
        }
        long durableEnd = tail.position(); // Before the segments, which are published first.
        long limit = Math.min(to, durableEnd);
        Segment[] pinned = pin(from, limit);
        RangeReader reader = new RangeReader(visitor, limit, durableEnd, window);
        try {
            long position = from;
            for (Segment segment : pinned) {
                position = reader.read(segment, position);
                if (position < 0) {
                    break;
                }
            }
        } finally {
            for (Segment segment : pinned) {
                segment.unpin();
            }
        }
    }

    /** Pins the segments that hold a range, so that they stay as they are. */
    private Segment[] pin(long from, long limit) throws TruncatedException {
        Segment[] all = segments;
        if (from < all[0].base()) {
            throw new TruncatedException(from, all[0].base());
        }
        int first = indexOf(all, from);
        int end = first;
        while (end < all.length && (end == first || all[end].base() < limit)) {
            if (!all[end].pin()) {
                for (int i = first; i < end; i++) {
                    all[i].unpin();
                }
                throw new TruncatedException(from, start());
            }
            end++;
        }
        return Arrays.copyOfRange(all, first, end);
    }

    private static int indexOf(Segment[] all, long position) {
        int low = 0;
        int high = all.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (all[middle].base() <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    @Override
    public AutoCloseable tail(TailListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public void snapshot(Snapshot next) throws IOException {
        Snapshot last = snapshot;
        if (next.position() > tail.position() || (last != null && next.position() < last.position())) {
            throw new IllegalArgumentException("a snapshot at position " + next.position() + ", must be from "
                    + (last == null ? 0 : last.position()) + " to " + tail.position());
        }
        if (closed.get()) {
            throw new ClosedException(directory + ": the journal is closed");
        }
        snapshotFile.write(next, last);
        snapshot = next;
    }

    @Override
    public Optional<Snapshot> latestSnapshot() {
        return Optional.ofNullable(snapshot);
    }

    @Override
    public void truncate(long before) throws IOException {
        requireWorking();
        Snapshot last = snapshot;
        if (last == null || before > last.position()) {
            throw new IllegalArgumentException("truncation before " + before + ", but the latest snapshot is "
                    + (last == null ? "none" : "at " + last.position()));
        }
        Segment[] all = segments;
        int kept = 0;
        while (kept < all.length - 1 && all[kept].end() <= before) {
            kept++;
        }
        if (kept > 0) {
            try {
                // Durable before any file goes: at the next opening a missing file below the start is no damage.
                markFile.moveStart(all[kept].base());
            } catch (IOException e) {
                throw poisonedBy(e);
            }
            segments = Arrays.copyOfRange(all, kept, all.length);
            for (int i = 0; i < kept; i++) {
                supply.retire(all[i]);
            }
        }
        if (upkeep == null) {
            keepUpInline();
        }
    }

    @Override
    public CompletableFuture<Void> beginWipe() {
        return supply.beginWipe();
    }

    @Override
    public void separate() throws OutOfSpaceException, IOException {
        requireWorking();
        long before = segments[segments.length - 1].header().number();
        Throwable failure = roll();
        if (failure != null) {
            throw failure instanceof IOException io
                    ? io
                    : new IOException(directory + ": the journal does not go on in another segment", failure);
        }
        supply.wipeOnlyUpTo(before);
    }

    @Override
    public CompletableFuture<Void> endWipe() {
        return supply.endWipe();
    }

    @Override
    public @Nullable Throwable poison() {
        return poison.get();
    }

    private void requireWorking() throws IOException {
        if (closed.get()) {
            throw new ClosedException(directory + ": the journal is closed");
        }
        Throwable cause = poison.get();
        if (cause != null) {
            throw new IOException(directory + ": the journal is poisoned by an earlier failure", cause);
        }
    }

    private <T extends Throwable> T poisonedBy(T cause) {
        poison.compareAndSet(null, cause);
        supply.stop(cause);
        return cause;
    }

    /** The thread of the upkeep. */
    private void keepUp() {
        long intervalNanos = TimeUnit.MILLISECONDS.toNanos(options.markIntervalMillis());
        try {
            while (!supply.stopped()) {
                markFile.advance(tail);
                while (supply.work()) {
                    markFile.advance(tail);
                }
                supply.awaitWork(intervalNanos);
            }
        } catch (IOException | RuntimeException | Error e) {
            poisonedBy(e);
        }
    }

    private void keepUpInline() {
        long now = clock.elapsedNanos();
        try {
            if (now - lastMarkNanos >= TimeUnit.MILLISECONDS.toNanos(options.markIntervalMillis())) {
                lastMarkNanos = now;
                markFile.advance(tail);
            }
            while (supply.work()) {
                // Until nothing is left to do.
            }
        } catch (IOException | RuntimeException | Error e) {
            poisonedBy(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        supply.stop(null);
        if (upkeep != null) {
            join(upkeep);
        }
        try (markFile) {
            if (poison.get() == null) {
                markFile.closeCleanly(tail);
            }
        } finally {
            for (Segment segment : segments) {
                segment.file().close();
            }
            supply.close();
        }
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
