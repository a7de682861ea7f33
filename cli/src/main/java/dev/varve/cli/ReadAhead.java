package dev.varve.cli;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Reads an input that may be slow on a thread of its own, so that what arrives while an append is under way goes out
 * together with the next one. Holds at most {@value #CAPACITY_BYTES} bytes. Confined to one taking thread.
 */
final class ReadAhead {
    static final int CAPACITY_BYTES = 4 << 20;

    private static final int READ_BYTES = 64 << 10;

    private final InputStream in;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final byte[] ring = new byte[CAPACITY_BYTES];
    private int start;
    private int length;
    private boolean ended;
    private @Nullable IOException failure;

    private ReadAhead(InputStream in) {
        this.in = in;
    }

    /** Starts reading. The thread ends with the input or with the process. */
    static ReadAhead of(InputStream in) {
        ReadAhead ahead = new ReadAhead(in);
        Thread.ofPlatform().daemon().name("varve-input").start(ahead::read);
        return ahead;
    }

    private void read() {
        byte[] chunk = new byte[READ_BYTES];
        IOException broken = null;
        try {
            int count = in.read(chunk);
            while (count >= 0) {
                put(chunk, count);
                count = in.read(chunk);
            }
        } catch (IOException e) {
            broken = e;
        }
        lock.lock();
        try {
            ended = true;
            failure = broken;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void put(byte[] chunk, int count) {
        lock.lock();
        try {
            while (CAPACITY_BYTES - length < count) {
                changed.awaitUninterruptibly();
            }
            int end = (start + length) % CAPACITY_BYTES;
            int first = Math.min(count, CAPACITY_BYTES - end);
            System.arraycopy(chunk, 0, ring, end, first);
            System.arraycopy(chunk, first, ring, 0, count - first);
            length += count;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * What has arrived: waits for the first byte, then at most {@code linger} for more.
     *
     * @param maxBytes at most this many, up to the capacity
     * @return empty at the end of the input only
     */
    byte[] take(int maxBytes, Duration linger) throws IOException {
        lock.lock();
        try {
            while (length == 0 && !ended) {
                changed.awaitUninterruptibly();
            }
            long leftNanos = linger.toNanos();
            while (length < maxBytes && !ended && leftNanos > 0) {
                leftNanos = changed.awaitNanos(leftNanos);
            }
            return remove(maxBytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return remove(maxBytes);
        } finally {
            lock.unlock();
        }
    }

    /** Exactly {@code maxBytes}, or what is left of the input: the same pieces at every run over the same input. */
    byte[] takeFull(int maxBytes) throws IOException {
        lock.lock();
        try {
            while (length < maxBytes && !ended) {
                changed.awaitUninterruptibly();
            }
            return remove(maxBytes);
        } finally {
            lock.unlock();
        }
    }

    private byte[] remove(int maxBytes) throws IOException {
        if (length == 0 && failure != null) {
            throw failure;
        }
        byte[] taken = new byte[Math.min(maxBytes, length)];
        int first = Math.min(taken.length, CAPACITY_BYTES - start);
        System.arraycopy(ring, start, taken, 0, first);
        System.arraycopy(ring, 0, taken, first, taken.length - first);
        start = (start + taken.length) % CAPACITY_BYTES;
        length -= taken.length;
        changed.signalAll();
        return taken;
    }
}
