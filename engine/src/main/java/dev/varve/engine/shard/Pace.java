package dev.varve.engine.shard;

import java.util.Comparator;

/**
 * Lets long work on a background thread be broken into short bursts. Linux lets a thread that has the processor keep it for
 * some milliseconds, whoever else wakes up meanwhile, and no priority that an ordinary user may give changes that; an event
 * loop whose sync has ended must not wait so long.
 */
@FunctionalInterface
public interface Pace {

    /** Work that nobody waits behind. */
    Pace UNBROKEN = () -> {};

    /** So many comparisons are one small step. */
    int COMPARISONS = 1 << 6;

    /** Called by the work at every small step: less than some tens of microseconds apart. */
    void step();

    /**
     * Makes the sorting of many things long work that takes such steps.
     *
     * @param order compares two of them
     * @return the same order
     * @param <T> what is sorted
     */
    default <T> Comparator<T> breaking(Comparator<T> order) {
        int[] comparisons = new int[1];
        return (one, other) -> {
            if ((++comparisons[0] & (COMPARISONS - 1)) == 0) {
                step();
            }
            return order.compare(one, other);
        };
    }
}
