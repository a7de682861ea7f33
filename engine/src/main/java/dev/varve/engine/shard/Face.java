package dev.varve.engine.shard;

import dev.varve.engine.state.StateStore;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One shape of data on the log. A face keeps all changes since the last checkpoint in memory, in a generation, over the
 * state store.
 */
public interface Face {

    /**
     * Whether an effect type belongs to this face.
     *
     * @param effectType the type byte
     * @return true when {@link #replay} understands it
     */
    boolean owns(byte effectType);

    /**
     * Applies one effect that was decided before, while the shard is being opened. Reads exactly the effect's bytes.
     *
     * @param effectType the type byte, already read
     * @param body the frame's body, positioned after the type byte
     * @param context the frame
     * @throws IOException when the state that the effect belongs to cannot be read
     */
    void replay(byte effectType, ByteBuffer body, ReplayContext context) throws IOException;

    /**
     * The frame that is being replayed.
     *
     * @param position where the frame starts
     * @param end where the next one may start
     * @param effectOffset where the effect's type byte stands in the frame's body
     * @param timeMillis the time of the frame's group
     */
    record ReplayContext(long position, long end, int effectOffset, long timeMillis) {}

    /**
     * Whether the changes since the last {@link #freeze} take so much memory that they should go to the store before enough
     * journal has come together. Called by the owner after each group.
     *
     * @return true when a checkpoint is due
     */
    boolean isFull();

    /**
     * Whether the changes that are not in the store yet take so much memory that no more may come in until a checkpoint has
     * written some. Called by the owner after each group and while a checkpoint runs.
     *
     * @return true when commands are to be refused as overloaded; never before {@link #isFull}
     */
    default boolean isOverfull() {
        return false;
    }

    /**
     * How much memory the changes that are not in the store yet take. All faces together are bounded by it, whatever each of
     * them may hold alone. Called by the owner as {@link #isOverfull}.
     *
     * @return about how many bytes
     */
    default long heldBytes() {
        return 0;
    }

    /**
     * Starts a new generation and gives the old one, in constant time. Called by the owner between groups.
     *
     * @return all durable changes since the last call
     */
    Frozen freeze();

    /** A generation that takes no more changes. */
    interface Frozen {

        /**
         * Writes the generation to the store. May read the journal. Called on the checkpoint's thread; repeated as a
         * whole when the checkpoint failed.
         *
         * @param checkpoint where to write
         * @param pace told at every small step
         * @throws IOException when it cannot be read or written
         */
        void write(StateStore.Checkpoint checkpoint, Pace pace) throws IOException;

        /** Is told that the checkpoint failed; it may be repeated later. Called by the owner. */
        default void failed() {}

        /**
         * Lets go of what the store shows now, a bounded step at a time. Called by the owner after the checkpoint was
         * committed.
         *
         * @return true when there is nothing left to do
         */
        boolean retireStep();

        /**
         * Whether nothing changed in this generation.
         *
         * @return true when there is nothing to write
         */
        boolean isEmpty();
    }

    /**
     * All faces have what a durable group changed, and the log is visible past it. Called by the owner after each, before listeners are
     * told of anything.
     */
    default void shown() {}

    /** Tells listeners what became visible since the last call. Called by the owner after each durable group. */
    void tellListeners();
}
