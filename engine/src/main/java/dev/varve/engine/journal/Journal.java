package dev.varve.engine.journal;

import dev.varve.engine.io.ReadBuffers;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One durable, ordered sequence of frames with one writer at a time.
 *
 * <p><b>Positions.</b> A position is a number of bytes from the beginning of the journal's life, never reused; positions
 * of frames increase but need not be adjacent. {@link #end()} is where the next frame may start.
 *
 * <p><b>Groups.</b> The frames of one {@link #append} become durable together or, after a crash, not at all.
 *
 * <p><b>Failure.</b> The first failed write or sync poisons the journal: that append and every later one fail, nothing
 * is retried; reads go on. Only opening it anew, which decides from what is on disk, gives a journal that can be written.
 *
 * <p>{@link #claim}, {@link #append} and {@link #truncate} are called by the shard's owner, one call at a time. All else
 * is thread-safe.
 */
public interface Journal extends AutoCloseable {

    /**
     * Becomes the writer. Any earlier epoch is fenced: its appends fail with {@link FencedException}.
     *
     * @return the epoch to append with, greater than all before
     * @throws IOException when the journal cannot be claimed
     */
    long claim() throws IOException;

    /**
     * Writes a group. Returns after handing it over; the completion is told when it is durable, in order of the calls,
     * either before this method returns (a local journal) or later on another thread (a remote one). The group must not
     * be changed before that.
     *
     * @param epoch from {@link #claim}
     * @param group one frame or more
     * @param completion hears the outcome exactly once
     * @return the position of the group's first frame; frame i lies at this plus {@link Group#frameStart}
     * @throws OutOfSpaceException when no room could be had; nothing was written, the completion is not told, and the
     *     journal goes on working for smaller or later groups
     */
    long append(long epoch, Group group, Completion completion) throws OutOfSpaceException;

    /** Hears what became of an append. */
    interface Completion {

        /**
         * The group is durable.
         *
         * @param end the position after the group
         */
        void durable(long end);

        /**
         * Whether the group is durable is not known and the journal is poisoned; or, with {@link FencedException},
         * nothing was written.
         *
         * @param cause what happened
         */
        void failed(Throwable cause);
    }

    /**
     * Lets the next appends use the space that is held back for deletions and closings when the disk is full. Called by
     * the owner before appending a group that holds nothing else.
     *
     * @param use whether the reserve may be used
     */
    void useReserve(boolean use);

    /**
     * Whether data may be appended: false when only the reserve is left.
     *
     * @return false when an append of ordinary data would throw {@link OutOfSpaceException}
     */
    boolean hasSpace();

    /**
     * The position after the last durable group.
     *
     * @return where the next frame may start, at the earliest
     */
    long end();

    /**
     * The position from which frames are still held.
     *
     * @return the first position that can be read
     */
    long start();

    /**
     * Reads durable frames in order, each verified against its checksums.
     *
     * @param from the position of a frame, {@link #start()} or {@link #end()}
     * @param to frames at or beyond this position are not visited
     * @param visitor sees each frame, until it says stop
     * @throws TruncatedException when {@code from} lies before {@link #start()}; nothing was visited
     * @throws CorruptJournalException when a frame fails its checks; frames before it were visited
     * @throws IOException when the range cannot be read
     */
    void read(long from, long to, FrameVisitor visitor) throws IOException;

    /**
     * As the other, but reads into given memory: bodies are valid for as long as that memory is.
     *
     * @param from the position of a frame, {@link #start()} or {@link #end()}
     * @param to frames at or beyond this position are not visited; memory for everything up to here is taken at once
     * @param buffers gives the memory
     * @param visitor sees each frame, until it says stop
     * @throws TruncatedException when {@code from} lies before {@link #start()}; nothing was visited
     * @throws CorruptJournalException when a frame fails its checks; frames before it were visited
     * @throws IOException when the range cannot be read
     */
    void read(long from, long to, ReadBuffers buffers, FrameVisitor visitor) throws IOException;

    /** Sees frames in order. */
    interface FrameVisitor {

        /**
         * One frame.
         *
         * @param frame the frame, valid only during this call
         * @return whether to go on
         */
        boolean frame(Frame frame);
    }

    /**
     * Tells a listener when more frames are durable. May be told once for several groups.
     *
     * @param listener hears the new {@link #end()}; called by the completing thread, must not block
     * @return ends the registration
     */
    AutoCloseable tail(TailListener listener);

    /** Hears how far the journal is durable. */
    interface TailListener {

        /**
         * More is durable.
         *
         * @param end the position after the last durable group
         */
        void durable(long end);
    }

    /**
     * Records durably that a state reflects the journal up to a position, so that replay may start there.
     *
     * @param snapshot which state, and its position; not before the last one
     * @throws IOException when it could not be recorded; the last one stands
     */
    void snapshot(Snapshot snapshot) throws IOException;

    /**
     * The last recorded snapshot.
     *
     * @return the snapshot, or empty when there was none
     */
    Optional<Snapshot> latestSnapshot();

    /**
     * A state that reflects all frames before a position.
     *
     * @param position frames from here on are not reflected
     * @param name how the state store finds it
     */
    record Snapshot(long position, String name) {}

    /**
     * Gives up frames before a position; space is freed in steps, and only where nobody is reading.
     *
     * @param before at most the position of the latest snapshot
     * @throws IOException when files could not be removed; harmless, tried again at the next call
     */
    void truncate(long before) throws IOException;

    /**
     * Begins to wipe what was written so far: room that is kept ready holds nothing of it any more when the result completes, and what is
     * truncated is deleted from now on, where it would be used again. Thread-safe.
     *
     * @return fails when the disk does; nothing that counts was changed then
     */
    default CompletableFuture<Void> beginWipe() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Has what is appended from now on stand apart from all that was appended before, so that a truncation at {@link #end} gives up all of
     * that. After {@link #beginWipe}. Called by the owner.
     *
     * @throws OutOfSpaceException when there is no room; nothing has happened
     * @throws IOException when the journal is closed or poisoned
     */
    default void separate() throws OutOfSpaceException, IOException {}

    /**
     * Waits until nothing of what was appended before {@link #separate} is left, after a truncation there. Thread-safe.
     *
     * @return completes when it is gone and nobody is reading it any more; fails when the journal is closed before
     */
    default CompletableFuture<Void> endWipe() {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * Why the journal takes no more appends.
     *
     * @return the first failure, or null while it works
     */
    @Nullable Throwable poison();

    /** Writes down where the journal ends, and releases its files. Closing twice is harmless. */
    @Override
    void close() throws IOException;
}
