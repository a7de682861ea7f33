package dev.varve.engine.shard;

/**
 * Up to where the log can be seen. A group's effects are put in place one after the other, but count only from the moment
 * at which this moves past the group, so that nobody sees a part of a commit. Thread-safe; moved by the shard's owner.
 */
public final class Visibility {

    private volatile long position = Long.MAX_VALUE;

    /* Of the owner. */
    private long frameEnd;
    private long frameMillis;

    /** Everything is visible, as while a shard is being opened. */
    public Visibility() {}

    /**
     * The end of what can be seen.
     *
     * @return effects of frames that end beyond this journal position are not visible yet
     */
    public long position() {
        return position;
    }

    void moveTo(long end) {
        position = end;
    }

    /** The effects of a frame are being put in place from now on. */
    void showing(long end, long timeMillis) {
        frameEnd = end;
        frameMillis = timeMillis;
    }

    /**
     * Where the frame ends whose effects are being put in place. Called by the shard's owner while it publishes or replays.
     *
     * @return a journal position: greater than that of every frame before
     */
    public long frameEnd() {
        return frameEnd;
    }

    /**
     * The time of that frame. Called as the other.
     *
     * @return milliseconds since 1970-01-01T00:00:00Z
     */
    public long frameMillis() {
        return frameMillis;
    }
}
