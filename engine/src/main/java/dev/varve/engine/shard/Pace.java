package dev.varve.engine.shard;

/**
 * Lets long work on a background thread be broken into short bursts. Linux lets a thread that has the processor keep it for
 * some milliseconds, whoever else wakes up meanwhile, and no priority that an ordinary user may give changes that; an event
 * loop whose sync has ended must not wait so long.
 */
@FunctionalInterface
public interface Pace {

    /** Work that nobody waits behind. */
    Pace UNBROKEN = () -> {};

    /** Called by the work at every small step: less than some tens of microseconds apart. */
    void step();
}
