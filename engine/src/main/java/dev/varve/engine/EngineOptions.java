package dev.varve.engine;

import dev.varve.engine.entries.HistoryPolicy;
import dev.varve.engine.entries.StoreQuotas;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.shard.SequencerOptions;

/**
 * How an engine uses memory, disk and threads. Immutable.
 *
 * @param journal the journal's segments and marks
 * @param sequencer the bounds of waiting work
 * @param checkpointBytes a checkpoint starts when this much journal has come together, at least 64 KiB
 * @param blockCacheBytes how much of the state on disk stays in memory
 * @param readMemoryBytes how much memory outside the heap what is read may take until it is sent, over all readers; a single
 *     larger message may take more
 * @param maxIdleStreams how many streams without changes since the last checkpoint stay in memory
 * @param diskThreads how many threads read the disk
 * @param maxWaitingReads how many reads may wait for them; more are refused as overloaded
 * @param upkeepMillis how often streams in memory are looked at for expiry and retention, and entries for expiry
 * @param coldUpkeepMillis how often those that are only on disk are
 * @param history how much history stores of entries keep
 * @param quotas how much stores of entries may hold, and how many there may be
 */
public record EngineOptions(
        JournalOptions journal,
        SequencerOptions sequencer,
        long checkpointBytes,
        long blockCacheBytes,
        long readMemoryBytes,
        int maxIdleStreams,
        int diskThreads,
        int maxWaitingReads,
        long upkeepMillis,
        long coldUpkeepMillis,
        HistoryPolicy history,
        StoreQuotas quotas) {

    /** Fit for a process with half a gigabyte of heap. */
    public static final EngineOptions DEFAULT = new EngineOptions(
            JournalOptions.DEFAULTS,
            SequencerOptions.DEFAULT,
            64L << 20,
            64L << 20,
            64L << 20,
            100_000,
            4,
            10_000,
            1_000,
            30_000,
            HistoryPolicy.DEFAULT,
            StoreQuotas.NONE);

    /** Checks the bounds. */
    public EngineOptions {
        check("checkpoint-bytes", checkpointBytes, 64 << 10);
        check("block-cache-bytes", blockCacheBytes, 1 << 20);
        check("read-memory-bytes", readMemoryBytes, 1 << 20);
        check("max-idle-streams", maxIdleStreams, 1);
        check("disk-threads", diskThreads, 1);
        check("max-waiting-reads", maxWaitingReads, 1);
        check("upkeep-millis", upkeepMillis, 1);
        check("cold-upkeep-millis", coldUpkeepMillis, 1);
    }

    private static void check(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", was " + value);
        }
    }

    /**
     * The same with another pace of checkpoints.
     *
     * @param bytes of journal between checkpoints
     * @return the changed copy
     */
    public EngineOptions withCheckpointBytes(long bytes) {
        return new EngineOptions(
                journal,
                sequencer,
                bytes,
                blockCacheBytes,
                readMemoryBytes,
                maxIdleStreams,
                diskThreads,
                maxWaitingReads,
                upkeepMillis,
                coldUpkeepMillis,
                history,
                quotas);
    }

    /**
     * The same with another journal.
     *
     * @param options the journal's
     * @return the changed copy
     */
    public EngineOptions withJournal(JournalOptions options) {
        return new EngineOptions(
                options,
                sequencer,
                checkpointBytes,
                blockCacheBytes,
                readMemoryBytes,
                maxIdleStreams,
                diskThreads,
                maxWaitingReads,
                upkeepMillis,
                coldUpkeepMillis,
                history,
                quotas);
    }

    /**
     * The same with another bound of idle streams in memory.
     *
     * @param streams the bound
     * @return the changed copy
     */
    public EngineOptions withMaxIdleStreams(int streams) {
        return new EngineOptions(
                journal,
                sequencer,
                checkpointBytes,
                blockCacheBytes,
                readMemoryBytes,
                streams,
                diskThreads,
                maxWaitingReads,
                upkeepMillis,
                coldUpkeepMillis,
                history,
                quotas);
    }

    /**
     * The same with another cache.
     *
     * @param bytes its size
     * @return the changed copy
     */
    public EngineOptions withBlockCacheBytes(long bytes) {
        return new EngineOptions(
                journal,
                sequencer,
                checkpointBytes,
                bytes,
                readMemoryBytes,
                maxIdleStreams,
                diskThreads,
                maxWaitingReads,
                upkeepMillis,
                coldUpkeepMillis,
                history,
                quotas);
    }

    /**
     * The same with another bound of the memory for pages.
     *
     * @param bytes the bound
     * @return the changed copy
     */
    public EngineOptions withReadMemoryBytes(long bytes) {
        return new EngineOptions(
                journal,
                sequencer,
                checkpointBytes,
                blockCacheBytes,
                bytes,
                maxIdleStreams,
                diskThreads,
                maxWaitingReads,
                upkeepMillis,
                coldUpkeepMillis,
                history,
                quotas);
    }

    /**
     * The same with another pace of upkeep.
     *
     * @param millis how often what is in memory is looked at for expiry and retention
     * @return the changed copy
     */
    public EngineOptions withUpkeepMillis(long millis) {
        return new EngineOptions(
                journal,
                sequencer,
                checkpointBytes,
                blockCacheBytes,
                readMemoryBytes,
                maxIdleStreams,
                diskThreads,
                maxWaitingReads,
                millis,
                coldUpkeepMillis,
                history,
                quotas);
    }

    /**
     * The same with another history.
     *
     * @param policy how much is kept
     * @return the changed copy
     */
    public EngineOptions withHistory(HistoryPolicy policy) {
        return new EngineOptions(
                journal,
                sequencer,
                checkpointBytes,
                blockCacheBytes,
                readMemoryBytes,
                maxIdleStreams,
                diskThreads,
                maxWaitingReads,
                upkeepMillis,
                coldUpkeepMillis,
                policy,
                quotas);
    }

    /**
     * The same with other quotas.
     *
     * @param limits how much stores of entries may hold
     * @return the changed copy
     */
    public EngineOptions withQuotas(StoreQuotas limits) {
        return new EngineOptions(
                journal,
                sequencer,
                checkpointBytes,
                blockCacheBytes,
                readMemoryBytes,
                maxIdleStreams,
                diskThreads,
                maxWaitingReads,
                upkeepMillis,
                coldUpkeepMillis,
                history,
                limits);
    }

    /** How often history is looked at: often enough to matter beside the age up to which it is kept. */
    long historyUpkeepMillis() {
        return Math.clamp(history.millis() / 10, Math.min(upkeepMillis, coldUpkeepMillis), coldUpkeepMillis);
    }
}
