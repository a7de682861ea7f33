package dev.varve.server.subscriptions;

import dev.varve.api.StreamChange;
import dev.varve.api.StreamListener;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Takes changes from the threads of the storage and hands them, coalesced by stream, to the state's thread. A change is
 * here before its writer is answered, so whoever drains after the answer sees it. Thread-safe; draining is confined to
 * the state's thread.
 */
final class ChangeFeed implements StreamListener {

    /** How many changed streams may wait. Beyond it changes are dropped and {@link #takeLost} says so. */
    static final int MAX_CHANGED_STREAMS = 65_536;

    private final Runnable drainSoon;
    private final ConcurrentHashMap<String, StreamDelta> changed = new ConcurrentHashMap<>();
    private final AtomicBoolean drainAsked = new AtomicBoolean();
    private final AtomicBoolean lost = new AtomicBoolean();
    private volatile Interests interests = new Interests();

    /**
     * Creates a feed.
     *
     * @param drainSoon called once when there is something to drain, on a thread of the storage: must return at once
     */
    ChangeFeed(Runnable drainSoon) {
        this.drainSoon = drainSoon;
    }

    /** Passes on what matters to these from now on. */
    void follow(Interests newInterests) {
        interests = newInterests;
    }

    @Override
    public void changed(StreamChange change) {
        if (StreamPaths.isReserved(change.path()) || !interests.mayMatter(change.path())) {
            return;
        }
        StreamDelta delta = StreamDelta.of(change);
        if (changed.mappingCount() < MAX_CHANGED_STREAMS) {
            changed.merge(change.path(), delta, StreamDelta::then);
        } else if (changed.computeIfPresent(change.path(), (path, before) -> before.then(delta)) == null) {
            lost.set(true);
        }
        if (drainAsked.compareAndSet(false, true)) {
            drainSoon.run();
        }
    }

    /** Takes every change that is here. */
    void drain(Consumer<StreamDelta> taker) {
        drainAsked.set(false);
        for (String path : changed.keySet()) {
            StreamDelta delta = changed.remove(path);
            if (delta != null) {
                taker.accept(delta);
            }
        }
    }

    /** Whether changes were dropped since the last call: then only a look at all streams tells what happened. */
    boolean takeLost() {
        return lost.getAndSet(false);
    }
}
