package dev.varve.engine.streams;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A stream in memory: the decided state, which belongs to the shard's owner and runs ahead by what is in flight, and the
 * durable view, which anyone may read.
 */
final class Stream {

    final StreamIdentity identity;

    // Owner only.
    StreamHead decided;
    boolean decidedGone;
    Map<String, ProducerState> producers = new HashMap<>(0);
    boolean changedSinceCheckpoint;
    boolean inEvictionRing;
    /** The earliest position that the state has made room for. Set by the owner and by checkpoints. */
    volatile long storedEarliest;
    /** Frames that start before this are reflected in the head that was loaded from the state. */
    final long storedPosition;

    /** Null until the creation is durable. */
    private volatile @Nullable View view;
    /** The stream that had the path before, for readers, until this one is durable. */
    private volatile @Nullable Stream predecessor;

    private volatile long accessedMillis;
    /** The last access that was sent to be written down. */
    volatile long enqueuedTouchMillis;
    /** Set by anyone who uses the stream, cleared by the owner when it looks for streams to drop from memory. */
    private volatile boolean used = true;

    Stream(StreamHead decided, @Nullable View view, @Nullable Stream predecessor, long accessedMillis) {
        this.identity = decided.identity();
        this.decided = decided;
        this.view = view;
        this.predecessor = predecessor;
        this.accessedMillis = accessedMillis;
        this.enqueuedTouchMillis = decided.touchedMillis();
        this.storedEarliest = decided.earliest();
        this.storedPosition = view == null ? 0 : view.position();
    }

    /** What readers see, or null when there is nothing durable at this path. */
    @Nullable View view() {
        View own = view;
        if (own == null) {
            Stream before = predecessor;
            return before == null ? null : before.view();
        }
        return own;
    }

    void publish(View changed) {
        view = changed;
        predecessor = null;
    }

    /** The own view even when a predecessor would be shown. */
    @Nullable View ownView() {
        return view;
    }

    long accessedMillis() {
        return accessedMillis;
    }

    void accessed(long nowMillis) {
        if (nowMillis > accessedMillis) {
            accessedMillis = nowMillis;
        }
    }

    void use() {
        if (!used) {
            used = true;
        }
    }

    /** Whether the stream was used since the last call. */
    boolean takeUsed() {
        boolean was = used;
        used = false;
        return was;
    }
}
