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
}
