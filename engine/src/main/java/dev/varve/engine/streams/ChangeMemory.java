package dev.varve.engine.streams;

/**
 * How much memory is taken by what has been appended and changed since the last checkpoint, which grows until a checkpoint has
 * written it: where appends stand in the journal, streams that may not leave memory, their producers and paths. About right, not
 * to the byte; nothing is forgotten, and what a checkpoint has let go of is not counted any more. Confined to the shard's owner.
 */
final class ChangeMemory {

    /** A stream with its head, its view and its places in the tables. */
    private static final int STREAM_BYTES = 700;

    /** What a stream takes that has changed again while a checkpoint writes how it was. */
    private static final int CHANGED_AGAIN_BYTES = 150;

    /** A path that was taken or given up, beside its characters. */
    private static final int PATH_BYTES = 150;

    /** A producer that a generation knows, beside its name. */
    private static final int PRODUCER_BYTES = 150;

    private final long fullBytes;
    private final long overfullBytes;

    /** What the newest views refer to. */
    private long refs;

    /** Of streams, producers and paths since the last checkpoint began. */
    private long changes;

    /** The same of what the checkpoint under way writes, and what it alone still refers to. */
    private long frozen;

    private boolean freezing;

    /**
     * Begins with nothing.
     *
     * @param fullBytes so much is a reason to write a checkpoint
     * @param overfullBytes with more than this nothing more may come in; at least as much
     */
    ChangeMemory(long fullBytes, long overfullBytes) {
        this.fullBytes = fullBytes;
        this.overfullBytes = overfullBytes;
    }

    /** The newest view of a stream refers to something else than before. */
    void refs(Refs before, Refs after) {
        refs += after.bytes() - before.bytes();
        if (freezing && after.lastBytes() != before.lastBytes()) {
            // It may have grown into another array, and the checkpoint may need the smaller one.
            frozen += before.lastBytes();
        }
    }

    /** A stream has changed for the first time since the last checkpoint began. */
    void streamChanged(boolean again) {
        changes += again ? CHANGED_AGAIN_BYTES : STREAM_BYTES;
    }

    /** A stream that a checkpoint has written has changed again meanwhile and stays. */
    void streamStays() {
        changes += STREAM_BYTES - CHANGED_AGAIN_BYTES;
    }

    void pathChanged(String path) {
        changes += PATH_BYTES + 2L * path.length();
    }

    void producerChanged(String id) {
        changes += PRODUCER_BYTES + id.length();
    }

    /** A checkpoint begins. */
    void freeze() {
        frozen = changes;
        changes = 0;
        freezing = true;
    }

    /** A checkpoint is through, and what it has written is let go of. */
    void retired() {
        frozen = 0;
        freezing = false;
    }

    /** All that is held, the part that a checkpoint is writing included. */
    long bytes() {
        return refs + changes + frozen;
    }

    boolean isFull() {
        return refs + changes > fullBytes;
    }

    boolean isOverfull() {
        return bytes() > overfullBytes;
    }
}
