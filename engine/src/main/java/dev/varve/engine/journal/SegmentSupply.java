package dev.varve.engine.journal;

import dev.varve.engine.io.Clock;
import dev.varve.engine.io.ClosedException;
import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps segments ready ahead of need, and takes those that were truncated back.
 *
 * <p>A segment is made under a temporary name and gets its own only when it is whole and durable. A new one is filled
 * with zeros by writing them; a recycled one keeps its old bytes, which the new salt in its header turns into noise.
 * Its old name goes away durably before its header changes, so that no crash leaves a name with the wrong header.
 *
 * <p>{@link #work} is called by one thread at a time, the upkeep's or, without one, the owner's. Thread-safe otherwise.
 */
final class SegmentSupply {

    static final String TEMPORARY_NAME = "next.segment.tmp";

    /** Zeros are written in slices of this size. */
    static final int FILL_SLICE_BYTES = 1 << 20;

    /** After so many bytes of zeros they are synced, so that no flush is long enough to hold up an append. */
    private static final int FILL_SYNC_BYTES = 4 << 20;

    /** After a failed allocation the next one is tried this much later. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Disk disk;
    private final Path directory;
    private final UUID store;
    private final JournalOptions options;
    private final Clock clock;
    private final RandomGenerator random;
    private final Consumer<Throwable> poison;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /* Guarded by the lock. */
    private final ArrayDeque<Segment> prepared;
    private final ArrayDeque<Segment> retired;
    private @Nullable IOException blockedBy;
    private long blockedSinceNanos;
    /** Segments up to this number are deleted and not used again. */
    private long wipedUpTo;

    private @Nullable CompletableFuture<Void> preparedWiped;
    private final List<CompletableFuture<Void>> oldOnesGone = new ArrayList<>();
    private boolean threaded;
    private boolean stopped;
    private @Nullable Throwable stoppedBy;
    private boolean news;

    /* Of the worker alone. */
    private long nextNumber;
    private long nextBase;
    private long nextBytes;

    /**
     * A supply that goes on from the segments found on disk.
     *
     * @param prepared ready segments in order
     * @param retired truncated segments whose files are still there
     * @param last the last of all segments, or null when there is none
     * @param poison told when the names on disk are in doubt
     */
    SegmentSupply(
            Disk disk,
            Path directory,
            UUID store,
            JournalOptions options,
            Clock clock,
            RandomGenerator random,
            ArrayDeque<Segment> prepared,
            ArrayDeque<Segment> retired,
            @Nullable SegmentHeader last,
            Consumer<Throwable> poison) {
        this.disk = disk;
        this.directory = directory;
        this.store = store;
        this.options = options;
        this.clock = clock;
        this.random = random;
        this.prepared = prepared;
        this.retired = retired;
        this.poison = poison;
        this.nextNumber = last == null ? 1 : last.number() + 1;
        this.nextBase = last == null ? 0 : last.end();
        this.nextBytes = last == null ? options.firstSegmentBytes() : grown(last.sizeBytes());
    }

    private long grown(long bytes) {
        return Math.min(bytes * 2, options.segmentBytes());
    }

    /** From now on another thread calls {@link #work}, and {@link #take} waits for it. */
    void runsOnItsOwnThread() {
        lock.lock();
        try {
            threaded = true;
        } finally {
            lock.unlock();
        }
    }

    /** The very first segment, made now. */
    Segment first() throws IOException {
        allocate();
        lock.lock();
        try {
            return prepared.removeFirst();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next segment, waited for while it is being made.
     *
     * @param reserveToo whether those held back may be taken
     * @throws OutOfSpaceException when there is none and none can be made
     */
    Segment take(boolean reserveToo) throws OutOfSpaceException {
        lock.lock();
        try {
            int keep = reserveToo ? 0 : options.reserveSegments();
            while (prepared.size() <= keep) {
                if (stopped) {
                    throw new OutOfSpaceException(directory + ": the journal is closed, no segment is made any more");
                }
                if (threaded && blockedBy == null) {
                    tellAll();
                    changed.awaitUninterruptibly();
                } else if (threaded || !workUnlocked()) {
                    throw outOfSpace();
                }
            }
            Segment next = prepared.removeFirst();
            tellAll();
            return next;
        } finally {
            lock.unlock();
        }
    }

    private OutOfSpaceException outOfSpace() {
        IOException cause = blockedBy;
        OutOfSpaceException e = new OutOfSpaceException(directory + ": no room for a further segment of " + nextBytes
                + " bytes" + (cause == null ? "" : ": " + cause.getMessage()));
        if (cause != null) {
            e.initCause(cause);
        }
        return e;
    }

    private boolean workUnlocked() {
        lock.unlock();
        try {
            return work();
        } finally {
            lock.lock();
        }
    }

    /** Whether a segment can be had without the reserve, now or by making one. */
    boolean hasSpace() {
        lock.lock();
        try {
            return prepared.size() > options.reserveSegments() || blockedBy == null;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a segment that is held back was taken and not replaced yet. */
    boolean reserveIsInUse() {
        lock.lock();
        try {
            return prepared.size() < options.reserveSegments();
        } finally {
            lock.unlock();
        }
    }

    /** Takes back a segment below the start of the journal, to recycle or delete once nobody reads it. */
    void retire(Segment segment) {
        lock.lock();
        try {
            retired.addLast(segment);
            tellAll();
        } finally {
            lock.unlock();
        }
    }

    private void tellAll() {
        news = true;
        changed.signalAll();
    }

    /**
     * Wakes whoever waits, for good.
     *
     * @param cause what failed; null when the journal is closed
     */
    void stop(@Nullable Throwable cause) {
        List<CompletableFuture<Void>> waiters;
        lock.lock();
        try {
            stopped = true;
            stoppedBy = stoppedBy == null ? cause : stoppedBy;
            waiters = new ArrayList<>(oldOnesGone);
            oldOnesGone.clear();
            if (preparedWiped != null) {
                waiters.add(preparedWiped);
                preparedWiped = null;
            }
            tellAll();
        } finally {
            lock.unlock();
        }
        waiters.forEach(waiter -> waiter.completeExceptionally(stoppedInWipe()));
    }

    boolean stopped() {
        lock.lock();
        try {
            return stopped;
        } finally {
            lock.unlock();
        }
    }

    // ---- wiping

    /** Has the old bytes of all prepared segments overwritten. No segment of now is used again until {@link #wipeOnlyUpTo} says which. */
    CompletableFuture<Void> beginWipe() {
        lock.lock();
        try {
            if (stopped) {
                return CompletableFuture.failedFuture(stoppedInWipe());
            }
            wipedUpTo = Long.MAX_VALUE;
            CompletableFuture<Void> wiped = preparedWiped;
            if (wiped == null) {
                wiped = new CompletableFuture<>();
                preparedWiped = wiped;
            }
            return told(wiped);
        } finally {
            lock.unlock();
        }
    }

    /** Later segments than this have held nothing that was to be wiped. */
    void wipeOnlyUpTo(long number) {
        lock.lock();
        try {
            wipedUpTo = number;
        } finally {
            lock.unlock();
        }
    }

    /** Completes when no retired segment is left that is to be wiped. */
    CompletableFuture<Void> endWipe() {
        lock.lock();
        try {
            if (stopped) {
                return CompletableFuture.failedFuture(stoppedInWipe());
            }
            CompletableFuture<Void> gone = new CompletableFuture<>();
            oldOnesGone.add(gone);
            return told(gone);
        } finally {
            lock.unlock();
        }
    }

    private <T> CompletableFuture<T> told(CompletableFuture<T> result) {
        tellAll();
        while (!threaded && !result.isDone() && workUnlocked()) {
            // Nobody else does it.
        }
        return result;
    }

    private Throwable stoppedInWipe() {
        Throwable cause = stoppedBy;
        return cause != null
                ? cause
                : new ClosedException(directory + ": the journal was closed before its old bytes were wiped");
    }

    private boolean isToBeWiped(Segment segment) {
        return segment.header().number() <= wipedUpTo;
    }

    /** Overwrites what is prepared, if that was asked for. Whoever wants a segment meanwhile waits. */
    private boolean wipePrepared() {
        CompletableFuture<Void> wiped;
        List<Segment> ready;
        lock.lock();
        try {
            wiped = preparedWiped;
            if (wiped == null || stopped) {
                return false;
            }
            preparedWiped = null;
            ready = List.copyOf(prepared);
            prepared.clear();
        } finally {
            lock.unlock();
        }
        IOException failure = null;
        try {
            for (Segment segment : ready) {
                if (segment.hasOldBytes()) {
                    fill(segment.file(), ControlBlock.BYTES, segment.sizeBytes());
                    segment.file().sync();
                    segment.ofZeros();
                }
            }
        } catch (IOException e) {
            failure = e;
        }
        lock.lock();
        try {
            ready.reversed().forEach(prepared::addFirst);
            tellAll();
        } finally {
            lock.unlock();
        }
        if (failure == null) {
            wiped.complete(null);
        } else {
            wiped.completeExceptionally(failure);
        }
        return true;
    }

    /** Those who wait until nothing is left that is to be wiped, if nothing is. Under the lock. */
    private List<CompletableFuture<Void>> takeWaitersForOldOnes() {
        if (oldOnesGone.isEmpty() || retired.stream().anyMatch(this::isToBeWiped)) {
            return List.of();
        }
        List<CompletableFuture<Void>> told = List.copyOf(oldOnesGone);
        oldOnesGone.clear();
        return told;
    }

    /** Waits until there may be work, at most as long as told. */
    void awaitWork(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!news && left > 0) {
                left = changed.awaitNanos(left);
            }
            news = false;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the upkeep of a journal", e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * One step: makes a segment or gets rid of one.
     *
     * @return whether anything was done that may have changed what can be taken
     */
    boolean work() {
        if (wipePrepared()) {
            return true;
        }
        boolean wanted;
        boolean toBeWiped;
        @Nullable Segment back;
        List<CompletableFuture<Void>> told = List.of();
        lock.lock();
        try {
            if (stopped) {
                return false;
            }
            wanted = prepared.size() < options.spareSegments() + options.reserveSegments();
            back = takeBack(wanted);
            toBeWiped = back != null && isToBeWiped(back);
            if (back == null) {
                told = takeWaitersForOldOnes();
                if (told.isEmpty() && (!wanted || waitsForRetry())) {
                    return false;
                }
            }
        } finally {
            lock.unlock();
        }
        if (!told.isEmpty()) {
            told.forEach(waiter -> waiter.complete(null));
            return true;
        }
        if (back == null) {
            return tryAllocate();
        }
        if (wanted && !toBeWiped && back.sizeBytes() == nextBytes) {
            return recycle(back);
        }
        return discard(back, back.path());
    }

    /** A retired segment to do something about now: the first of the wanted size, or one too many. */
    private @Nullable Segment takeBack(boolean wanted) {
        boolean tooMany = retired.size() > options.recycledSegments();
        for (Iterator<Segment> i = retired.iterator(); i.hasNext(); ) {
            Segment segment = i.next();
            boolean fits = segment.sizeBytes() == options.segmentBytes();
            boolean use = wanted && segment.sizeBytes() == nextBytes;
            if ((use || tooMany || !fits || isToBeWiped(segment)) && segment.release()) {
                i.remove();
                return segment;
            }
        }
        return null;
    }

    /** With a thread of its own a failed allocation rests a while; without, each asking tries. */
    private boolean waitsForRetry() {
        return threaded && blockedBy != null && clock.elapsedNanos() - blockedSinceNanos < RETRY_NANOS;
    }

    private boolean tryAllocate() {
        try {
            long usable = disk.usableBytes(directory);
            if (usable - nextBytes < options.minFreeBytes()) {
                throw new IOException(
                        usable + " bytes are free, of which " + options.minFreeBytes() + " must stay free");
            }
            allocate();
            return true;
        } catch (IOException e) {
            block(e);
            return false;
        }
    }

    private void block(IOException cause) {
        lock.lock();
        try {
            blockedBy = cause;
            blockedSinceNanos = clock.elapsedNanos();
            tellAll();
        } finally {
            lock.unlock();
        }
    }

    /** Makes a segment of zeros. When it fails before the file has its name, nothing has happened. */
    private void allocate() throws IOException {
        Path temporary = directory.resolve(TEMPORARY_NAME);
        disk.delete(temporary);
        DiskFile file = disk.open(temporary, Disk.Open.CREATE);
        SegmentHeader header = nextHeader();
        try {
            fill(file, 0, header.sizeBytes());
            file.write(0, header.encode());
            file.sync();
        } catch (IOException | RuntimeException e) {
            try (file) {
                disk.delete(temporary);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        publish(new Segment(header, Segment.path(directory, header.number()), file).ofZeros(), temporary);
    }

    private SegmentHeader nextHeader() {
        return new SegmentHeader(store, nextNumber, nextBase, nextBytes, random.nextLong());
    }

    private void fill(DiskFile file, long from, long to) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(to - from, FILL_SLICE_BYTES));
        long unsynced = 0;
        for (long at = from; at < to; ) {
            if (stopped()) {
                throw new ClosedException("the journal was closed while a segment was being filled with zeros");
            }
            int slice = (int) Math.min(zeros.capacity(), to - at);
            file.write(at, zeros.clear().limit(slice));
            at += slice;
            unsynced += slice;
            if (unsynced >= FILL_SYNC_BYTES) {
                file.sync();
                unsynced = 0;
            }
        }
    }

    /** Gives a made segment its name. From here on a failure leaves the names on disk in doubt. */
    private void publish(Segment segment, Path temporary) throws IOException {
        try {
            disk.rename(temporary, segment.path());
            segment.file().renamed(segment.path());
            disk.syncDirectory(directory);
        } catch (IOException | RuntimeException e) {
            doubt(e);
            close(segment);
            throw e;
        }
        nextNumber++;
        nextBase = segment.end();
        nextBytes = grown(segment.sizeBytes());
        lock.lock();
        try {
            prepared.addLast(segment);
            blockedBy = null;
            tellAll();
        } finally {
            lock.unlock();
        }
    }

    /** Makes a segment of one that was truncated, unless another name of its file wants the bytes kept. */
    private boolean recycle(Segment old) {
        Path temporary = directory.resolve(TEMPORARY_NAME);
        try {
            disk.rename(old.path(), temporary);
            old.file().renamed(temporary);
            disk.syncDirectory(directory);
        } catch (IOException | RuntimeException e) {
            doubt(e);
            close(old);
            return false;
        }
        // Asked only now: once the old name is gone nobody can make another link to it.
        if (linked(temporary)) {
            return discard(old, temporary);
        }
        SegmentHeader header = nextHeader();
        try {
            old.file().write(0, header.encode());
            old.file().sync();
            publish(new Segment(header, Segment.path(directory, header.number()), old.file()), temporary);
            return true;
        } catch (IOException e) {
            block(e);
            close(old);
            return false;
        }
    }

    /** The names on disk are in doubt: no segment is made any more. */
    private void doubt(Exception cause) {
        poison.accept(cause);
        stop(cause);
    }

    private boolean linked(Path path) {
        try {
            return disk.linkCount(path) != 1;
        } catch (IOException e) {
            return true;
        }
    }

    private boolean discard(Segment segment, Path path) {
        close(segment);
        try {
            disk.delete(path); // Without a sync: should the name come back after a crash, the next opening deletes it.
        } catch (IOException e) {
            // The file is below the start of the journal or has a temporary name: the next opening deletes it.
            return true;
        }
        lock.lock();
        try {
            blockedSinceNanos = clock.elapsedNanos() - RETRY_NANOS;
        } finally {
            lock.unlock();
        }
        return true;
    }

    private static void close(Segment segment) {
        try {
            segment.file().close();
        } catch (IOException e) {
            // Nothing of it is needed any more.
        }
    }

    /** Closes the files of all segments held here. */
    void close() {
        lock.lock();
        try {
            prepared.forEach(SegmentSupply::close);
            retired.forEach(SegmentSupply::close);
            prepared.clear();
            retired.clear();
        } finally {
            lock.unlock();
        }
    }
}
