package dev.varve.bench;

/** Holds the writers back while the server is down and its data is being checked. Thread-safe. */
final class Gate {

    private boolean open = true;
    private boolean finished;
    private int waiting;
    private long openings;

    synchronized void open() {
        open = true;
        openings++;
        notifyAll();
    }

    synchronized void close() {
        open = false;
    }

    /** Opens for good: nobody waits any more. */
    synchronized void finish() {
        finished = true;
        open();
    }

    /** Waits while the gate is closed. Returns whether it was. */
    synchronized boolean pass() throws InterruptedException {
        return !open && waitFor(openings);
    }

    /** Waits until the gate was closed and is open again. */
    synchronized void awaitNextCheck() throws InterruptedException {
        waitFor(openings);
    }

    private boolean waitFor(long before) throws InterruptedException {
        waiting++;
        notifyAll();
        while (openings == before && !finished) {
            wait();
        }
        waiting--;
        return true;
    }

    /** Waits until that many writers wait. Returns false when they do not within the time. */
    synchronized boolean awaitWaiting(int writers, long timeoutMillis) throws InterruptedException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        while (waiting < writers) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }
}
