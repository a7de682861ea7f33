package dev.varve.engine.streams;

import dev.varve.engine.commits.CommitLog;
import dev.varve.engine.commits.StoreCommits;
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
    /** Null while there are none, as with most streams. */
    private @Nullable Map<String, ProducerState> producers;

    /** In the newest generation in which it changed; null when the state has all of it. */
    @Nullable Changed changed;

    /** The store in which it lies, as of when that was looked up; null for none. */
    @Nullable StoreCommits commits;

    /** {@link CommitLog#namesVersion} then. */
    int commitsVersion = -1;

    boolean inEvictionRing;
    /** Waiting commands that need it in memory. */
    int pins;
    /** Decided changes that are not durable yet. They may leave it as it was, and are part of it nevertheless. */
    int underWay;
    /** The earliest position that the state has made room for. Set by the owner. */
    volatile long storedEarliest;
    /** Frames that start before this are reflected in the head that was loaded from the state. */
    final long storedPosition;

    /** The newest one; null until the creation is durable. */
    private volatile @Nullable View view;
    /** What is seen until the newest view is visible. */
    private volatile @Nullable View before;
    /** The stream that had the path before, for readers, until this one is visible. */
    private volatile @Nullable Stream predecessor;

    private volatile long accessedMillis;
    /** The tail at which upkeep has last looked for what retention gives up. */
    volatile long lookedAtTail = -1;
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

    /** What is known of a producer, or null. Owner only. */
    @Nullable ProducerState producer(String id) {
        Map<String, ProducerState> known = producers;
        return known == null ? null : known.get(id);
    }

    /** Owner only. */
    void producer(String id, ProducerState state) {
        Map<String, ProducerState> known = producers;
        if (known == null) {
            known = new HashMap<>(2);
            producers = known;
        }
        known.put(id, state);
    }

    /**
     * What readers see, and of which stream: until this one is visible, of the one that had the path before.
     *
     * @param visible up to where the log can be seen
     * @return both, or null when nothing can be seen at this path
     */
    @Nullable Seen seen(long visible) {
        Stream stream = this;
        while (stream != null) {
            View newest = stream.view;
            if (newest != null && newest.position() > visible) {
                newest = stream.before;
            }
            if (newest != null) {
                return new Seen(stream, newest);
            }
            stream = stream.predecessor;
        }
        return null;
    }

    /** A view and the stream that it is of. */
    record Seen(Stream stream, View view) {}

    /** Puts a view in place that is seen when the log is visible up to it. */
    void publish(View changed, long visible) {
        View last = view;
        if (last != null && last.position() <= visible) {
            before = last;
            predecessor = null;
        }
        view = changed;
    }

    /** Exchanges the newest view for one with the same head. */
    void replace(View same) {
        view = same;
        before = same;
    }

    /** The newest view, which is durable but may not be visible yet. */
    @Nullable View newestView() {
        return view;
    }

    /** By number, not by identity, so that sets and maps of streams are gone through in the same order in every run. */
    @Override
    public int hashCode() {
        return Long.hashCode(identity.incarnation());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
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
