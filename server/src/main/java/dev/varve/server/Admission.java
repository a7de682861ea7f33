package dev.varve.server;

import java.util.concurrent.atomic.AtomicLong;

/** Bounds the bytes of request bodies in memory, over all connections. Thread-safe. */
final class Admission {

    private final long bound;
    private final AtomicLong used = new AtomicLong();

    Admission(long bound) {
        this.bound = bound;
    }

    boolean tryAcquire(long bytes) {
        if (bytes == 0) {
            return true;
        }
        if (used.addAndGet(bytes) > bound) {
            used.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    void release(long bytes) {
        if (bytes != 0) {
            used.addAndGet(-bytes);
        }
    }

    long used() {
        return used.get();
    }
}
