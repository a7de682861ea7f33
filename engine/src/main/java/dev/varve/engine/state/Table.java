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
    STREAM_DEADLINES
}
