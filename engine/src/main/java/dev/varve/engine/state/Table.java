package dev.varve.engine.state;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The tables of a shard's state. Keys are compared as unsigned bytes. */
public enum Table {
    /** Facts about the shard itself: counters and the time of the last frame. */
    META,
    /** Stream path to incarnation id. */
    STREAM_PATHS,
    /** Incarnation id to the stream's head. */
    STREAM_HEADS,
    /** Incarnation id and start offset to a run of data. */
    STREAM_CHUNKS,
    /** Incarnation id and producer id to the producer's state. */
    STREAM_PRODUCERS,
    /** Incarnation ids of streams that expire or are trimmed, with when to look at them next. */
    STREAM_DEADLINES,
    /** Number of a store of entries to what is known of it. */
    ENTRY_STORES(1),
    /** Store and path to the entry at that path. */
    ENTRY_LEAVES(2),
    /** Store and path to the revision of the subtree below it. */
    ENTRY_SUBTREES(3),
    /** Store and sequence number to a change of entries. */
    ENTRY_EVENTS(4),
    /** Store, path and sequence number to what stood at that path from then on. */
    ENTRY_HISTORY(5),
    /** Store, time and path to the revision whose time to live ends then. */
    ENTRY_DEADLINES(6),
    /** Hash of a file, store, sequence number and path to the entry that refers to the file since then. */
    ENTRY_FILES(7),
    /** Number of a store to what is known of its log of events. */
    EVENT_STORES(8),
    /** Store and first position to a run of events. */
    EVENTS,
    /** Store, what events are found by and first position, or version, to positions. */
    EVENT_INDEX(9),
    /** Store and aggregate to how far it is. */
    EVENT_AGGREGATES(10),
    /** Store, aggregate and version to a snapshot. */
    EVENT_SNAPSHOTS(11),
    /** Store and name to how far a reader of the log has come. */
    EVENT_CHECKPOINTS(12),
    /** What is remembered of transactions that came with a key. */
    TRANSACTION_KEYS(13),
    /** Number of a store to what is known of its commits. */
    COMMIT_STORES(14),
    /** Store and number of the first commit to a run of commits: which changes, events and appends each consists of. */
    COMMITS(15);

    /** The column family that several tables share: each costs time when the state is opened, and files at every checkpoint. */
    private static final String SHARED = "entries";

    /** What the keys of a table begin with in the shared column family, from 1 on; 0 for a table that has one for itself. */
    private final byte prefix;

    Table() {
        this(0);
    }

    Table(int prefix) {
        this.prefix = (byte) prefix;
    }

    /** The column family that holds the table. */
    String family() {
        return prefix == 0 ? name().toLowerCase(Locale.ROOT) : SHARED;
    }

    /** A key as it stands in the column family. */
    byte[] rowKey(byte[] key) {
        if (prefix == 0) {
            return key;
        }
        byte[] row = new byte[key.length + 1];
        row[0] = prefix;
        System.arraycopy(key, 0, row, 1, key.length);
        return row;
    }

    /** The end of a range, exclusive, as it stands in the column family; null for no bound. */
    byte @Nullable [] rowEnd(byte @Nullable [] to) {
        if (to != null) {
            return rowKey(to);
        }
        return prefix == 0 ? null : new byte[] {(byte) (prefix + 1)};
    }

    /** The key of a row of the column family. */
    byte[] keyOfRow(byte[] row) {
        return prefix == 0 ? row : Arrays.copyOfRange(row, 1, row.length);
    }
}
