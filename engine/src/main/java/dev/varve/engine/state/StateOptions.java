package dev.varve.engine.state;

import java.util.UUID;

/**
 * How a {@link RocksStateStore} uses memory, threads and files. The memory it takes is about {@code blockCacheBytes} plus
 * twice {@code memtableBytes}, however much it stores. Immutable.
 *
 * @param store the identity of the store; a directory of another one is refused
 * @param blockCacheBytes how much of the tables, their indexes and their filters stays in memory
 * @param memtableBytes how much a checkpoint collects in memory before it goes to a file; there may be as much again on
 *     its way
 * @param batchBytes how much a checkpoint hands to RocksDB at once
 * @param openFiles how many files of tables are open at most, and as many value files
 * @param backgroundJobs how many threads write files out and merge them
 * @param inlineBytes the longest value that lies in its table even where longer ones go to value files
 * @param valueFileBytes from what size on a value file is full
 */
public record StateOptions(
        UUID store,
        long blockCacheBytes,
        long memtableBytes,
        int batchBytes,
        int openFiles,
        int backgroundJobs,
        int inlineBytes,
        long valueFileBytes) {

    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    /** Checks the bounds. */
    public StateOptions {
        check("blockCacheBytes", blockCacheBytes, MIB);
        check("memtableBytes", memtableBytes, MIB);
        check("batchBytes", batchBytes, KIB);
        check("openFiles", openFiles, 1);
        check("backgroundJobs", backgroundJobs, 1);
        check("inlineBytes", inlineBytes, 0);
        check("valueFileBytes", valueFileBytes, KIB);
    }

    /**
     * The defaults, fit for a process of 512 MiB.
     *
     * @param store the identity of the store
     * @return 64 MiB of cache, 32 MiB of memtables, 256 KiB batches, 512 files, 2 threads, values up to 4 KiB in tables, value
     *     files of 256 MiB
     */
    public static StateOptions of(UUID store) {
        return new StateOptions(store, 64 * MIB, 32 * MIB, 256 * KIB, 512, 2, 4 * KIB, 256 * MIB);
    }

    /**
     * The same with another cache.
     *
     * @param bytes its size, at least 1 MiB
     * @return the options
     */
    public StateOptions withBlockCacheBytes(long bytes) {
        return new StateOptions(
                store, bytes, memtableBytes, batchBytes, openFiles, backgroundJobs, inlineBytes, valueFileBytes);
    }

    /**
     * The same with other memtables.
     *
     * @param bytes their size, at least 1 MiB
     * @return the options
     */
    public StateOptions withMemtableBytes(long bytes) {
        return new StateOptions(
                store, blockCacheBytes, bytes, batchBytes, openFiles, backgroundJobs, inlineBytes, valueFileBytes);
    }

    /**
     * The same with other batches.
     *
     * @param bytes their size, at least 1 KiB
     * @return the options
     */
    public StateOptions withBatchBytes(int bytes) {
        return new StateOptions(
                store, blockCacheBytes, memtableBytes, bytes, openFiles, backgroundJobs, inlineBytes, valueFileBytes);
    }

    /**
     * The same with other value files.
     *
     * @param bytes from what size on they are full, at least 1 KiB
     * @return the options
     */
    public StateOptions withValueFileBytes(long bytes) {
        return new StateOptions(
                store, blockCacheBytes, memtableBytes, batchBytes, openFiles, backgroundJobs, inlineBytes, bytes);
    }

    /**
     * The same with another bound on open files.
     *
     * @param files how many, at least 1
     * @return the options
     */
    public StateOptions withOpenFiles(int files) {
        return new StateOptions(
                store, blockCacheBytes, memtableBytes, batchBytes, files, backgroundJobs, inlineBytes, valueFileBytes);
    }

    private static void check(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + ", at least " + least + " is needed");
        }
    }
}
