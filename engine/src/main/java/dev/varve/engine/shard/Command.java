package dev.varve.engine.shard;

import dev.varve.api.VarveException;
import dev.varve.engine.journal.Group;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Something to decide and commit. The sequencer calls the methods in the order in which they stand here, all of them on
 * the shard's owner, except that {@link #fail} may come instead of any of them, on any thread.
 */
public abstract class Command {

    private int frame = -1;
    private boolean lookedAhead;
    private @Nullable List<String> knownKeys;

    /** For faces. */
    protected Command() {}

    /**
     * The memory that this command holds while it waits.
     *
     * @return bytes, about
     */
    public abstract int weightBytes();

    /**
     * What the command reads or changes, for ordering: commands with a key in common are decided in the order in which
     * they came, even when one of them has to wait for the disk.
     *
     * @return the keys
     */
    public abstract List<String> keys();

    /**
     * Whether the command only gives space back or ends something, so that it may use the reserve of a full disk.
     *
     * @return true for deletions and closings
     */
    public boolean freesSpace() {
        return false;
    }

    /**
     * May begin to read what {@link #prepare} will need, while commands before this one wait for the disk: then they wait together. Called at
     * most once. What is read must hold whatever these decide.
     */
    public void lookAhead() {}

    /**
     * Whether one commit of this command shows in several faces, so that readers have to be kept from seeing a part of it.
     *
     * @return true for commands with parts of several faces
     */
    public boolean spansFaces() {
        return false;
    }

    /**
     * Makes sure that all heads the decision needs are in memory.
     *
     * @return true when they are; false when loads were started, in which case this is asked again when they are done
     */
    public abstract boolean prepare();

    /**
     * Whether what it has to know takes longer to look up than others are to wait for it: then nothing is decided now, others go first, and
     * the sequencer takes the command again when that is known. Asked each time {@link #prepare} has said yes.
     *
     * @return completes when it is known, or fails as it cannot be; null when all is known
     */
    public @Nullable CompletableFuture<?> leaves() {
        return null;
    }

    /**
     * Decides against the decided state, which includes groups that are not durable yet, and applies the effects to it.
     * Writes at most one frame with {@link FrameWriter#begin} and {@link FrameWriter#end}.
     *
     * @param writer takes the effects
     * @param nowMillis the group's time
     */
    public abstract void decide(FrameWriter writer, long nowMillis);

    /**
     * Makes the effects visible: they are durable now. Not called when {@link #decide} wrote no frame.
     *
     * @param position where the frame starts
     * @param end where the next one may start
     */
    public abstract void publish(long position, long end);

    /** Tells the caller. Everything that the decision read is durable and visible. */
    public abstract void answer();

    /**
     * Tells the caller that it could not be done.
     *
     * @param failure why, and whether the outcome is known
     */
    public abstract void fail(VarveException failure);

    final void lookAheadOnce() {
        if (!lookedAhead) {
            lookedAhead = true;
            lookAhead();
        }
    }

    /** The same keys each time. */
    final List<String> knownKeys() {
        if (knownKeys == null) {
            knownKeys = keys();
        }
        return knownKeys;
    }

    final void begin() {
        frame = -1;
    }

    final void wrote(int index) {
        frame = index;
    }

    final void publish(Group group, long start, long timeMillis, Visibility visibility) {
        if (frame >= 0) {
            long position = start + group.frameStart(frame);
            long end = position + frameBytes(group);
            visibility.showing(end, timeMillis);
            publish(position, end);
        }
    }

    private int frameBytes(Group group) {
        int length = Group.HEADER_BYTES + group.bodyLength(frame);
        return (length + Group.ALIGNMENT - 1) / Group.ALIGNMENT * Group.ALIGNMENT;
    }
}
