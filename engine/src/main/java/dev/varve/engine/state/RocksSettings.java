package dev.varve.engine.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteOptions;

/**
 * How RocksDB is set up for the tables. Confined to the store that owns it; close it after the database.
 *
 * <p>Nothing here makes a write durable: the log before the tables is the journal, so RocksDB's own is off, and what counts
 * is a checkpoint of flushed files. Indexes and filters lie in the block cache and files are opened within a bound, so memory
 * does not grow with the data.
 */
final class RocksSettings implements AutoCloseable {

    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    /** Few parts, so that one table's filter of a few hundred KiB fits into any of them. */
    private static final int CACHE_SHARD_BITS = 2;

    private static final double CACHE_FOR_INDEXES = 0.5;
    private static final double BLOOM_BITS_PER_KEY = 10;
    /** So many files of flushed memtables are merged with the rest at once, and looked at by reads until then. */
    private static final int FRESH_FILES = 8;

    private static final int BLOCK_BYTES = 8 * KIB;
    /** How much RocksDB lets the kernel collect before it asks for the writing, so that syncs elsewhere need not wait long. */
    private static final int SYNC_EVERY_BYTES = MIB;

    private static final int MANIFEST_BYTES = 4 * MIB;
    private static final int LOG_BYTES = MIB;
    private static final int LOGS_KEPT = 2;
    /** Reads sort the range deletions in memory again after each write: more than so many go to a file. */
    private static final int RANGE_DELETIONS_IN_MEMORY = 4096;

    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    final WriteOptions writing;
    final FlushOptions flushing;
    final DBOptions database;
    /** First the one that RocksDB insists on, which holds what the store itself notes, then those of the tables. */
    final List<ColumnFamilyDescriptor> families = new ArrayList<>();

    RocksSettings(StateOptions options) {
        RocksDB.loadLibrary();
        writing = own(new WriteOptions()).setDisableWAL(true);
        flushing = own(new FlushOptions()).setWaitForFlush(true).setAllowWriteStall(true);
        Cache cache = own(new LRUCache(options.blockCacheBytes(), CACHE_SHARD_BITS, false, CACHE_FOR_INDEXES));
        database = own(new DBOptions())
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setAtomicFlush(true)
                .setDbWriteBufferSize(options.memtableBytes())
                .setMaxOpenFiles(options.openFiles())
                .setMaxBackgroundJobs(options.backgroundJobs())
                .setAvoidFlushDuringShutdown(true)
                .setAllowMmapReads(false)
                .setAllowMmapWrites(false)
                .setBytesPerSync(SYNC_EVERY_BYTES)
                .setMaxManifestFileSize(MANIFEST_BYTES)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(LOG_BYTES)
                .setKeepLogFileNum(LOGS_KEPT)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0);
        families.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, family(options, cache)));
        for (String name : familyNames()) {
            families.add(new ColumnFamilyDescriptor(name.getBytes(UTF_8), family(options, cache)));
        }
    }

    /** The column families of tables, in the order in which they follow the one that RocksDB insists on. */
    static List<String> familyNames() {
        return Arrays.stream(Table.values()).map(Table::family).distinct().toList();
    }

    private ColumnFamilyOptions family(StateOptions options, Cache cache) {
        BlockBasedTableConfig tables = new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setBlockSize(BLOCK_BYTES)
                .setCacheIndexAndFilterBlocks(true)
                .setCacheIndexAndFilterBlocksWithHighPriority(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setFilterPolicy(own(new BloomFilter(BLOOM_BITS_PER_KEY)))
                .setWholeKeyFiltering(true);
        return own(new ColumnFamilyOptions())
                .setTableFormatConfig(tables)
                .setWriteBufferSize(options.memtableBytes())
                .setMemtableMaxRangeDeletions(RANGE_DELETIONS_IN_MEMORY)
                .setLevel0FileNumCompactionTrigger(FRESH_FILES)
                .setCompressionPerLevel(List.of(CompressionType.NO_COMPRESSION, CompressionType.LZ4_COMPRESSION));
    }

    private <T extends AutoCloseable> T own(T object) {
        owned.push(object);
        return object;
    }

    @Override
    public void close() {
        while (!owned.isEmpty()) {
            try {
                owned.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("RocksDB's native objects do not fail to close", e);
            }
        }
    }
}
