package dev.varve.engine.state;

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
    ENTRY_STORES,
    /** Store and path to the entry at that path. */
    ENTRY_LEAVES,
    /** Store and path to the revision of the subtree below it. */
    ENTRY_SUBTREES,
    /** Store and sequence number to a change of entries. */
    ENTRY_EVENTS,
    /** Store, path and sequence number to what stood at that path from then on. */
    ENTRY_HISTORY,
    /** Store, time and path to the revision whose time to live ends then. */
    ENTRY_DEADLINES,
    /** Hash of a file, store, sequence number and path to the entry that refers to the file since then. */
    ENTRY_FILES
}
