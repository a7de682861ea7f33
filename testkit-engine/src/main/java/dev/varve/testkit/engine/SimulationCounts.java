package dev.varve.testkit.engine;

import dev.varve.api.DeleteResult;
import dev.varve.api.Refusal;
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
        /** A request was made. */
        REQUEST,
        /** A request whose outcome was unknown was made again after the crash. */
        RETRY,
        /** Listeners were told of a change. */
        CHANGE_TOLD,
        /** A read was answered while others changed what it read. */
        READ_DURING_WRITES,
        /** Something else happened in the middle of a read or a checkpoint. */
        INTERLEAVED_READ,
        /** Something else happened in the middle of a checkpoint. */
        INTERLEAVED_CHECKPOINT,
        /** Several groups were under way at a time. */
        SEVERAL_GROUPS_UNDER_WAY,
        /** The journal went on to another segment. */
        SEGMENT_ROLL,
        /** A journal's segment was let go of. */
        SEGMENT_FREED,
        /** A stream's life was over. */
        EXPIRED,
        /** Retention removed data. */
        TRIMMED,
        /** A deleted stream stayed for its forks. */
        KEPT_FOR_FORKS,
        /** The wall clock jumped ahead. */
        CLOCK_JUMPED_AHEAD,
        /** The wall clock was set back. */
        CLOCK_SET_BACK,
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
        /** A checkpoint failed for an error, to be tried again. */
        CHECKPOINT_FAILED,
        /** The power was cut in the middle of a checkpoint. */
        CHECKPOINT_CUT_SHORT,
        /** A commit of the state failed, nobody knows how far it came. */
        COMMIT_IN_DOUBT,
        /** A file was stored and an entry refers to it. */
        FILE_STORED,
        /** A store was copied, and whoever asked for it was told. */
        STORE_COPIED,
        /** After a crash a copy was there of which nobody had been told. */
        UNKNOWN_COPY_FOUND,
        /** What an entry was set for was over, and it was taken back. */
        ENTRY_EXPIRED,
        /** Entries were read while others changed them. */
        ENTRIES_READ_DURING_WRITES,
        /** A store let go of history. */
        HISTORY_COMPACTED,
        /** A change of a store of events was answered. */
        EVENTS_CHANGED,
        /** An append of events came again and was recognised. */
        EVENTS_RECOGNISED,
        /** An event that nobody can read any more was taken away. */
        EVENT_SCAVENGED,
        /** Changes of events of which nobody knew were there after all. */
        EVENTS_UNKNOWN_AND_KEPT,
        /** Changes of events of which nobody knew were not there. */
        EVENTS_UNKNOWN_AND_LOST,
        /** A file that nobody needed any more was deleted. */
        FILE_COLLECTED,
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

    /** Counts runs of scripts. */
    void addRuns(long runs) {
        counts.merge("script run", runs, Long::sum);
    }

    /** Counts a request that was answered, by kind. */
    void addAnswer(Object answer) {
        if (answer instanceof DeleteResult.Deleted deleted && deleted.kept()) {
            add(Event.KEPT_FOR_FORKS);
        }
        String kind = answer instanceof Refusal refusal
                ? words(refusal.kind())
                : answer.getClass().getSimpleName().toLowerCase(Locale.ROOT);
        counts.merge("answered: " + kind, 1L, Long::sum);
    }

    private static String words(Enum<?> what) {
        return what.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    void add(SimulatedDisk disk) {
        for (SimulatedDisk.Fault fault : SimulatedDisk.Fault.values()) {
            counts.merge(words(fault), disk.count(fault), Long::sum);
        }
    }

    /** Adds what happened in other simulations. */
    void add(SimulationCounts other) {
        other.counts.forEach((what, times) -> counts.merge(what, times, Long::sum));
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
