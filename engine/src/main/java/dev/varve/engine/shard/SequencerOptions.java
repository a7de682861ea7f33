package dev.varve.engine.shard;

/**
 * The sequencer's bounds.
 *
 * @param maxQueueBytes commands waiting, in bytes of their weight; more are refused as overloaded
 * @param maxWaitNanos the longest expected wait of a new command; beyond it commands are refused as overloaded
 * @param maxGroupBytes a group is written when it has grown to this; a single larger command makes a larger group
 * @param maxInlineBytes when more than this is waiting, a thread that brought work hands it over instead of committing
 * @param handOverNanos when syncs have taken longer than this of late, work is handed over to the sequencer's thread
 * @param maxGroupsInFlight groups handed to a remote journal that have not been acknowledged yet
 */
public record SequencerOptions(
        long maxQueueBytes,
        long maxWaitNanos,
        int maxGroupBytes,
        long maxInlineBytes,
        long handOverNanos,
        int maxGroupsInFlight) {

    /** Bounds for a process with half a gigabyte of heap. */
    public static final SequencerOptions DEFAULT =
            new SequencerOptions(64L << 20, 1_000_000_000L, 1 << 20, 1 << 20, 2_000_000L, 4);
}
