package dev.varve.api;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/** Reads on a thread of its own what a store has, one page after the other; sleeps while there is nothing new. Thread-safe. */
abstract class StoreFollower implements Subscription {

    private final Thread thread;
    private final String whenOver;
    private volatile boolean closed;
    private volatile boolean over;
    private volatile long newest = Long.MIN_VALUE;

    /**
     * One that was not started yet.
     *
     * @param thread what its thread is called
     * @param whenOver what is said when the store has come to its end
     */
    StoreFollower(String thread, String whenOver) {
        this.whenOver = whenOver;
        this.thread = new Thread(this::run, thread);
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Has the storage tell what comes. */
    abstract Subscription subscribe(LongConsumer listener);

    /** Whether there may be something to read, the newest change or event that the storage told being this. */
    abstract boolean isBehind(long newestTold);

    /** Reads and hands over a page. */
    abstract void next();

    /** This has ended by itself. */
    abstract void ended(RuntimeException cause);

    @SuppressWarnings("CatchingUnchecked") // whatever ends the subscription is told
    private void run() {
        try {
            Subscription woken = subscribe(this::wake);
            try {
                follow();
            } finally {
                woken.close();
            }
        } catch (RuntimeException e) {
            if (!closed) {
                ended(e);
            }
        }
    }

    private void wake(long told) {
        if (told == Long.MAX_VALUE) {
            over = true;
        } else {
            newest = told;
        }
        LockSupport.unpark(thread);
    }

    private void follow() {
        while (!closed) {
            boolean ending = over; // before looking: what came before the end is handed over
            if (isBehind(newest)) {
                next();
            } else if (ending) {
                throw new VarveException(ErrorKind.NOT_FOUND, whenOver);
            } else {
                LockSupport.park(this);
            }
        }
    }

    final boolean isClosed() {
        return closed;
    }

    @Override
    public final void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
