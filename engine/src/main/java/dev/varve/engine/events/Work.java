package dev.varve.engine.events;

/**
 * How much may be looked at before others get their turn, so that no request holds a thread for long, whatever it asks for: events, positions in an
 * index, and what is read of the state for them. Of one thread at a time.
 */
final class Work {

    /** A row of the state costs as much as so many events or positions that are at hand. */
    private static final int OF_A_ROW = 64;

    /**
     * How much that is.
     *
     * @param ofATask by one task of the disk's threads; what is left waits for its turn again
     * @param ofACaller by the thread that asks, where memory has all: it may be an event loop
     * @param ofTheOwner by the shard's owner, for one condition
     * @param tasksOfASlice a slice that took so many tasks ends there
     * @param tasksWaitedFor so many tasks for one condition are waited for by all that comes later to the store
     */
    record Bounds(int ofATask, int ofACaller, int ofTheOwner, int tasksOfASlice, int tasksWaitedFor) {

        static final Bounds USUAL = new Bounds(8_192, 4_096, 1_024, 512, 64);
    }

    final Bounds bounds;
    private long left;

    Work(Bounds bounds) {
        this.bounds = bounds;
    }

    /** Of the owner, for a condition. */
    static Work ofTheOwner(Bounds bounds) {
        Work work = new Work(bounds);
        work.left = bounds.ofTheOwner;
        return work;
    }

    void beginTask() {
        left = bounds.ofATask;
    }

    void beginCaller() {
        left = bounds.ofACaller;
    }

    /** An event, or a position in an index, was looked at. */
    void looked() {
        left--;
    }

    /** A row of the state was read. */
    void read() {
        left -= OF_A_ROW;
    }

    /** Whether others are to get their turn. What has begun a step ends it. */
    boolean isDone() {
        return left <= 0;
    }
}
