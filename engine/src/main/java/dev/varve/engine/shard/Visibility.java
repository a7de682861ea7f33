package dev.varve.engine.shard;

/**
 * Up to where the log can be seen. A group's effects are put in place one after the other, but count only from the moment
 * at which this moves past the group, so that nobody sees a part of a commit. Thread-safe; moved by the shard's owner.
 */
public final class Visibility {

    private volatile long position = Long.MAX_VALUE;

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
}
