package dev.varve.testkit.engine;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What really happened in simulations, so that none of it can silently stop happening. Confined to one thread. */
public final class SimulationCounts {

    private final Map<String, Long> counts = new TreeMap<>();

    /** Nothing has happened yet. */
    public SimulationCounts() {
        for (SimulatedDisk.Fault fault : SimulatedDisk.Fault.values()) {
            counts.put(words(fault), 0L);
        }
        for (Event event : Event.values()) {
            counts.put(words(event), 0L);
        }
    }

    /** What may happen beside the disk's faults. */
    enum Event {
        /** The power was cut again while the engine was being opened. */
        OPENING_CUT_SHORT,
        /** The engine was closed in good order. */
        CLOSED,
        /** A group of which nobody knew was there after all. */
        UNKNOWN_AND_KEPT,
        /** A group of which nobody knew was not there. */
        UNKNOWN_AND_LOST,
        /** Data was refused because the disk was full. */
        REFUSED_FOR_SPACE,
        /** Something was deleted or closed while the disk was full. */
        FREED_WHILE_FULL,
        /** A request failed because something could not be read. */
        FAILED_READ,
        /** A write of the state failed. */
        FAILED_STATE_WRITE,
        /** A checkpoint was committed. */
        CHECKPOINT,
        /** A log failed and took no more writes. */
        POISONED
    }

    void add(Event event) {
        counts.merge(words(event), 1L, Long::sum);
    }

    void add(Event event, long times) {
        counts.merge(words(event), times, Long::sum);
    }

    private static String words(Enum<?> what) {
        return what.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    void add(SimulatedDisk disk) {
        for (SimulatedDisk.Fault fault : SimulatedDisk.Fault.values()) {
            counts.merge(words(fault), disk.count(fault), Long::sum);
        }
    }

    /**
     * What happened, and how often.
     *
     * @return the counts by name
     */
    public Map<String, Long> all() {
        return Map.copyOf(counts);
    }

    @Override
    public String toString() {
        return counts.toString();
    }
}
