package dev.varve.engine.shard;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.journal.Group;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a command does to one face, in phases, so that one commit can have a part in several faces: all plan, and only when nothing stands
 * in the way of any of them all are made. A command of one face is its own only part and goes through the same phases. The methods are
 * called in the order in which they stand here, on the shard's owner; {@link #release} comes last, on any thread, also instead of others.
 *
 * @param <R> what it comes to
 */
public interface FacePart<R> {

    /** What the parts of one commit may take together, in bytes; beside it a frame has room for what creates a store. */
    int MAX_BYTES = Group.MAX_BODY_BYTES - (1 << 10);

    /**
     * The failure of what would take more.
     *
     * @param bytes how much, at most
     * @return the failure; nothing was applied
     */
    static VarveException tooLarge(long bytes) {
        return new VarveException(
                ErrorKind.TOO_LARGE,
                "what comes of it takes " + bytes + " bytes in the log, and one commit has at most " + MAX_BYTES
                        + "; nothing was applied, do less at once");
    }

    /**
     * As {@link Command#weightBytes}.
     *
     * @return bytes, about
     */
    int weightBytes();

    /**
     * As {@link Command#keys}.
     *
     * @return the keys
     */
    List<String> keys();

    /**
     * As {@link Command#freesSpace}.
     *
     * @return true when it takes no space
     */
    boolean freesSpace();

    /**
     * As {@link Command#prepare}.
     *
     * @return whether it can be planned, if only to fail
     */
    boolean prepare();

    /**
     * As {@link Command#leaves}.
     *
     * @return completes when it can be planned; null when that is now
     */
    default @Nullable CompletableFuture<?> leaves() {
        return null;
    }

    /**
     * Decides against the decided state and changes nothing: it can still be left at that.
     *
     * @param nowMillis the group's time
     * @return true when it can be made; false when it is refused, as {@link #result} says, or fails, as {@link #failure} does
     */
    boolean plan(long nowMillis);

    /**
     * What it came to, or will when it is made.
     *
     * @return known once it is planned, unless it failed
     */
    @Nullable R result();

    /**
     * Why it cannot even be refused.
     *
     * @return the failure, or null
     */
    @Nullable VarveException failure();

    /**
     * How much of a frame it will take when it is made.
     *
     * @return an upper bound in bytes, 0 for nothing
     */
    long plannedBytes();

    /**
     * Applies what was planned to the decided state, which has not changed since but for what the other parts did to their faces.
     *
     * @param nowMillis the group's time
     */
    void make(long nowMillis);

    /**
     * How much of the frame it takes now that it is made.
     *
     * @return an upper bound in bytes; 0 for nothing, and then it is neither encoded nor published
     */
    int encodedBytesAtMost();

    /**
     * Writes its effects.
     *
     * @param writer whose frame was begun
     * @param out where to
     */
    void encode(FrameWriter writer, ByteBuffer out);

    /**
     * Makes its effects visible, as {@link Command#publish}.
     *
     * @param position where the frame starts
     * @param end where the next one may start
     */
    void publish(long position, long end);

    /** Lets go of what is held for it: the whole was answered or failed. */
    void release();
}
