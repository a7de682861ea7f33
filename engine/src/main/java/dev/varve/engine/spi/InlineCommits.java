package dev.varve.engine.spi;

/**
 * A storage whose writes can be committed by the thread that brought them, which saves handing them over. An event loop
 * that has submitted writes calls {@link #runPending} once it has read everything that was there to read, so that all of
 * them become one group.
 */
public interface InlineCommits {

    /**
     * Commits what is waiting, on the calling thread, if no other thread is doing so and the disk has been fast of late;
     * otherwise sees to it that another thread does. May block for one sync of a fast disk. Thread-safe.
     */
    void runPending();

    /**
     * Whether a commit has been hanging for longer than a write may wait. The thread that it hangs on may be one that
     * others hand their writes to: they refuse them instead, as overloaded. Thread-safe.
     *
     * @return true while nothing that is submitted would be decided in time
     */
    boolean isStalled();
}
