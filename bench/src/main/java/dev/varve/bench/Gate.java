package dev.varve.bench;

/**
 * Holds the writers back while the server's data is being checked: where they notice that the server is down, or, closed
 * between steps, as soon as each is done with what it is at. Thread-safe.
 */
final class Gate {

    private boolean open = true;
    private boolean betweenSteps;
    private boolean finished;
    private int waiting;
    private long openings;

    synchronized void open() {
        open = true;
        betweenSteps = false;
        openings++;
        notifyAll();
    }

    /** Closes it for whoever comes to the end of a step. */
    synchronized void closeBetweenSteps() {
        betweenSteps = true;
        close();
    }

    synchronized boolean isClosedBetweenSteps() {
        return betweenSteps;
    }

    /** Waits while the gate is closed between steps. */
    synchronized void step() throws InterruptedException {
        if (betweenSteps) {
            waitFor(openings);
        }
    }

    synchronized void close() {
        open = false;
        notifyAll();
    }

    /** Sleeps, but not beyond the gate's closing. */
    synchronized void pause(long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        for (long left = millis; open && !finished && left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
    }

    /** How often the gate was opened again; unchanged between two calls, the server lived on. */
    synchronized long openings() {
        return open ? openings : -1;
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
