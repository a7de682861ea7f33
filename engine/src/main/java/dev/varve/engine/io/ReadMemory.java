package dev.varve.engine.io;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Memory outside the heap for what is read, lent in leases and bounded over all of them. Some of what comes back is kept
 * for the next lease, the rest is freed at once, so nothing waits for a garbage collection.
 *
 * <p>The bound is kept by reservation: a lease that is given out to a reader is counted before it reads. What it takes beyond
 * its reservation, because one message is larger, is counted too and may go beyond the bound: a message is read whole or not
 * at all.
 *
 * <p>Thread-safe. The monitor is held for constant time, and never while somebody who waited is told.
 */
public final class ReadMemory implements AutoCloseable {

    /** What fits the smallest block; each further size is twice as large. A chunk of 256 KiB fits the third. */
    private static final int SMALLEST_BLOCK_BYTES = 80 << 10;

    private static final int BLOCK_SIZES = 14;
    private static final int ALIGNMENT = 64;
    /** Which part of the bound is kept for the next leases at most. */
    private static final int KEPT_PART = 4;

    private final long boundBytes;
    private final List<ArrayDeque<Block>> kept = new ArrayList<>(); // guarded by this
    private final Queue<Waiting> waiting = new ArrayDeque<>(); // guarded by this
    private long keptBytes; // guarded by this
    private long usedBytes; // guarded by this
    private boolean closed; // guarded by this

    private record Block(Arena arena, ByteBuffer buffer, int size) {
        int bytes() {
            return buffer.capacity();
        }
    }

    private record Waiting(long bytes, Consumer<Lease> then) {}

    /**
     * Memory with a bound.
     *
     * @param boundBytes how much all leases may hold together, but for single messages that are larger
     */
    public ReadMemory(long boundBytes) {
        this.boundBytes = boundBytes;
        for (int i = 0; i < BLOCK_SIZES; i++) {
            kept.add(new ArrayDeque<>());
        }
    }

    /**
     * Lends memory to somebody who gives it back without waiting for anyone: counted, but never refused.
     *
     * @return a lease
     */
    public Lease lease() {
        return new Lease(0);
    }

    /**
     * Lends memory if there is room.
     *
     * @param bytes how much to reserve
     * @return a lease, or null when the bound is reached or somebody is waiting already
     */
    public synchronized @Nullable Lease tryLease(long bytes) {
        return waiting.isEmpty() && reserve(bytes) ? new Lease(bytes) : null;
    }

    /**
     * Lends memory as soon as there is room, in the order of the calls.
     *
     * @param bytes how much to reserve
     * @param then told on the calling thread, or on one that gives memory back; must not block
     */
    public void lease(long bytes, Consumer<Lease> then) {
        Lease now;
        synchronized (this) {
            now = tryLease(bytes);
            if (now == null) {
                waiting.add(new Waiting(bytes, then));
            }
        }
        if (now != null) {
            then.accept(now);
        }
    }

    /** Something always fits into memory that nobody uses. */
    private synchronized boolean reserve(long bytes) {
        if (usedBytes > 0 && usedBytes + bytes > boundBytes) {
            return false;
        }
        usedBytes += bytes;
        return true;
    }

    private synchronized void count(long bytes) {
        usedBytes += bytes;
    }

    private void discount(long bytes) {
        synchronized (this) {
            usedBytes -= bytes;
        }
        while (true) {
            Waiting next;
            synchronized (this) {
                next = waiting.peek();
                if (next == null || !reserve(next.bytes)) {
                    return;
                }
                waiting.remove();
            }
            next.then.accept(new Lease(next.bytes));
        }
    }

    /**
     * Whether a lease would be refused.
     *
     * @param bytes how much would be reserved
     * @return true when there is no room for so much, or somebody is waiting already
     */
    public synchronized boolean isShortOf(long bytes) {
        return !waiting.isEmpty() || (usedBytes > 0 && usedBytes + bytes > boundBytes);
    }

    /**
     * How much is lent at the moment.
     *
     * @return bytes, those reserved and not taken yet included
     */
    public synchronized long usedBytes() {
        return usedBytes;
    }

    /**
     * How much is kept for the next leases.
     *
     * @return bytes
     */
    public synchronized long keptBytes() {
        return keptBytes;
    }

    /** Frees what is kept. What is lent stays valid and is freed when it comes back. */
    @Override
    public void close() {
        List<Block> freed = new ArrayList<>();
        synchronized (this) {
            closed = true;
            keptBytes = 0;
            for (ArrayDeque<Block> blocks : kept) {
                freed.addAll(blocks);
                blocks.clear();
            }
        }
        freed.forEach(block -> block.arena.close());
    }

    private Block block(int bytes) {
        int size = 0;
        long blockBytes = SMALLEST_BLOCK_BYTES;
        while (blockBytes < bytes) {
            blockBytes *= 2;
            size++;
        }
        if (size < BLOCK_SIZES) {
            synchronized (this) {
                Block block = kept.get(size).poll();
                if (block != null) {
                    keptBytes -= block.bytes();
                    return block;
                }
            }
        } else {
            blockBytes = bytes;
        }
        Arena arena = Arena.ofShared();
        return new Block(arena, arena.allocate(blockBytes, ALIGNMENT).asByteBuffer(), size);
    }

    private void giveBack(Block block) {
        synchronized (this) {
            if (!closed && block.size < BLOCK_SIZES && keptBytes + block.bytes() <= boundBytes / KEPT_PART) {
                // The last one back is the first one out: it is still in the processor's caches.
                kept.get(block.size).push(block);
                keptBytes += block.bytes();
                return;
            }
        }
        block.arena.close();
    }

    /**
     * Lent memory. Valid until it is closed, by whoever owns the lease then. Taking is confined to one thread; closing
     * may happen on another one to which the lease was handed over. Closing twice is harmless.
     */
    public final class Lease implements ReadBuffers, AutoCloseable {

        private final List<Block> blocks = new ArrayList<>();
        private long reserved;
        private long taken;

        private Lease(long reserved) {
            this.reserved = reserved;
        }

        @Override
        public ByteBuffer take(int bytes) {
            Block block = block(bytes);
            blocks.add(block);
            taken += block.bytes();
            if (taken > reserved) {
                count(taken - reserved);
                reserved = taken;
            }
            return block.buffer.duplicate().limit(bytes);
        }

        /**
         * The memory of the latest buffer again if it is large enough, else other memory; what was taken before is not
         * valid any more.
         *
         * @param bytes how many the buffer must hold
         * @return a buffer as {@link #take} gives it
         */
        public ByteBuffer takeInstead(int bytes) {
            if (!blocks.isEmpty() && blocks.getLast().bytes() >= bytes) {
                return blocks.getLast().buffer.duplicate().limit(bytes);
            }
            close();
            return take(bytes);
        }

        /** Gives up what was reserved and not taken. */
        public void settle() {
            long spare = reserved - taken;
            if (spare > 0) {
                reserved = taken;
                discount(spare);
            }
        }

        @Override
        public void close() {
            long counted = reserved;
            List<Block> back = List.copyOf(blocks);
            blocks.clear();
            reserved = 0;
            taken = 0;
            back.forEach(ReadMemory.this::giveBack);
            if (counted > 0) {
                discount(counted);
            }
        }
    }
}
