package dev.varve.api;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Follows a stream of a storage. It listens before it reads, so a change is either in the page or wakes the wait after
 * it; between changes it does nothing.
 *
 * <p>Confined to one thread at a time, except for {@link #close()} and the listener's call; what those touch is guarded
 * by the lock. The lock is never held during a call of the storage, which may itself be calling the listener.
 */
final class StorageStreamReader implements StreamReader {

    private final StreamStorage storage;
    private final String path;
    private final Subscription subscription;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition woken = lock.newCondition();
    private long changes;
    private boolean closed;

    /** The page of opening, until it is given. */
    private ReadResult.@Nullable Page first;

    private long incarnation;
    private Offset position = Offset.ZERO;
    private boolean atEnd;

    private StorageStreamReader(StreamStorage storage, String path) {
        this.storage = storage;
        this.path = path;
        this.subscription = storage.subscribe(path, change -> wake());
    }

    static StorageStreamReader open(StreamStorage storage, String path, Offset from) {
        StorageStreamReader reader = new StorageStreamReader(storage, path);
        try {
            ReadResult.Page first = StorageStreams.page(storage, path, from);
            reader.first = first;
            reader.incarnation = first.incarnation();
            reader.position = first.start();
            reader.atEnd = first.closed() && isEmpty(first);
            return reader;
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    @Override
    public Optional<ReadResult.Page> next(Duration wait) {
        long remainingNanos = saturatedNanos(wait);
        while (!atEnd) {
            long seen = changesUnlessClosed();
            if (seen < 0) {
                return Optional.empty();
            }
            ReadResult.Page page = read();
            atEnd = page.closed();
            if (!isEmpty(page)) {
                position = page.next();
                return Optional.of(page);
            }
            if (!atEnd) {
                remainingNanos = awaitChangeAfter(seen, remainingNanos);
                if (remainingNanos <= 0) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public Offset position() {
        return position;
    }

    @Override
    public boolean atEnd() {
        return atEnd;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
        subscription.close();
    }

    private void wake() {
        lock.lock();
        try {
            changes++;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private ReadResult.Page read() {
        ReadResult.Page page = first;
        first = null;
        if (page != null && !isEmpty(page)) {
            return page;
        }
        page = StorageStreams.page(storage, path, position);
        if (page.incarnation() != incarnation) {
            throw new RefusedException(
                    Refusal.of(ErrorKind.NOT_FOUND, "the stream was deleted; there is another one now at " + path));
        }
        return page;
    }

    /** How many changes were heard so far, or -1 after closing. */
    private long changesUnlessClosed() {
        lock.lock();
        try {
            return closed ? -1 : changes;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a further change or for closing; gives the time that is left, 0 or less when it is over. */
    private long awaitChangeAfter(long seen, long nanos) {
        long remaining = nanos;
        lock.lock();
        try {
            while (changes == seen && !closed && remaining > 0) {
                remaining = woken.awaitNanos(remaining);
            }
            return changes == seen ? remaining : Math.max(remaining, 1);
        } catch (InterruptedException e) {
            throw StorageStreams.interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    private static boolean isEmpty(ReadResult.Page page) {
        return page.next().equals(page.start());
    }

    private static long saturatedNanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException e) {
            return duration.isNegative() ? 0 : Long.MAX_VALUE;
        }
    }
}
