package dev.varve.engine.shard;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.journal.Frame;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A shard at work: opens at the last checkpoint, replays the journal's rest, then orders, commits and checkpoints.
 * Thread-safe.
 */
public final class Shard implements AutoCloseable {

    private static final long CLOSE_CHECKPOINT_SECONDS = 20;

    private final Journal journal;
    private final StateStore store;
    private final Sequencer sequencer;
    private final Checkpointer checkpointer;
    private final Wiping wiping;
    private final long replayedBytes;

    private Shard(
            Journal journal,
            StateStore store,
            Sequencer sequencer,
            Checkpointer checkpointer,
            Wiping wiping,
            long replayedBytes) {
        this.replayedBytes = replayedBytes;
        this.journal = journal;
        this.store = store;
        this.sequencer = sequencer;
        this.checkpointer = checkpointer;
        this.wiping = wiping;
    }

    /**
     * Recovers the faces from state and journal and makes this process the writer.
     *
     * @param journal the journal
     * @param store the state
     * @param faces the faces, empty so far
     * @param visibility shared with the faces
     * @param time the engine's time
     * @param options the sequencer's bounds
     * @param checkpointBytes a checkpoint starts when this much journal has come together
     * @param executor runs checkpoints, one at a time
     * @param pace told by them at every small step
     * @param onPoison told once when nothing can be written any more
     * @return the shard; {@link #start} gives it a thread
     * @throws IOException when state or journal cannot be read, fail their checks, or do not belong together
     */
    public static Shard open(
            Journal journal,
            StateStore store,
            List<? extends Face> faces,
            Visibility visibility,
            EngineTime time,
            SequencerOptions options,
            long checkpointBytes,
            Executor executor,
            Pace pace,
            Consumer<Throwable> onPoison)
            throws IOException {
        checkTogether(journal, store);
        long replayedBytes = journal.end() - store.replayFrom();
        time.startNotBefore(Checkpointer.storedMillis(store));
        replay(journal, store, faces, visibility, time);
        visibility.moveTo(journal.end());
        Checkpointer checkpointer =
                new Checkpointer(journal, store, faces, visibility, time, executor, checkpointBytes, pace);
        AfterGroup afterGroup = new AfterGroup(checkpointer);
        Sequencer sequencer = new Sequencer(
                journal,
                journal.claim(),
                time,
                faces,
                visibility,
                options,
                afterGroup,
                afterGroup::shortOfSpace,
                onPoison);
        afterGroup.sequencer = sequencer;
        if (checkpointer.anyFaceIsFull()) {
            sequencer.post(() -> checkpointer.startIfDue(sequencer));
        }
        Wiping wiping = new Wiping(journal, store, sequencer, checkpointer, visibility);
        return new Shard(journal, store, sequencer, checkpointer, wiping, replayedBytes);
    }

    private static final class AfterGroup implements Runnable {
        private final Checkpointer checkpointer;
        private @Nullable Sequencer sequencer;

        AfterGroup(Checkpointer checkpointer) {
            this.checkpointer = checkpointer;
        }

        @Override
        public void run() {
            Sequencer running = sequencer;
            if (running != null) {
                checkpointer.startIfDue(running);
                checkpointer.retryIfDue();
            }
        }

        void shortOfSpace() {
            Sequencer running = sequencer;
            if (running != null) {
                checkpointer.startForSpace(running);
            }
        }
    }

    private static void checkTogether(Journal journal, StateStore store) throws IOException {
        long recorded = journal.latestSnapshot().map(Journal.Snapshot::position).orElse(0L);
        String mismatch = ShardInspector.mismatch(store.replayFrom(), recorded, journal.start(), journal.end());
        if (mismatch != null) {
            throw new IOException(mismatch + ", nothing was changed");
        }
    }

    private static void replay(
            Journal journal, StateStore store, List<? extends Face> faces, Visibility visibility, EngineTime time)
            throws IOException {
        try {
            journal.read(store.replayFrom(), Long.MAX_VALUE, frame -> {
                replayFrame(frame, faces, visibility, time);
                return true;
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void replayFrame(Frame frame, List<? extends Face> faces, Visibility visibility, EngineTime time) {
        ByteBuffer body = frame.body();
        int start = body.position();
        byte version = body.get();
        if (version != FrameWriter.VERSION) {
            throw new UncheckedIOException(new IOException("journal position " + frame.position()
                    + " holds a frame of version " + version + ", this Varve reads version " + FrameWriter.VERSION
                    + ": it was written by " + (version > FrameWriter.VERSION ? "a newer one" : "an older one")));
        }
        long timeMillis = body.getLong();
        time.startNotBefore(timeMillis);
        visibility.showing(frame.end(), timeMillis);
        while (body.hasRemaining()) {
            int effectOffset = body.position() - start;
            byte type = body.get();
            Face owner = owner(faces, type, frame.position());
            try {
                owner.replay(
                        type, body, new Face.ReplayContext(frame.position(), frame.end(), effectOffset, timeMillis));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (RuntimeException e) {
                throw new UncheckedIOException(new IOException(
                        "journal position " + frame.position() + " holds an effect of type " + type
                                + " that cannot be understood: " + e,
                        e));
            }
        }
    }

    private static Face owner(List<? extends Face> faces, byte type, long position) {
        for (Face face : faces) {
            if (face.owns(type)) {
                return face;
            }
        }
        throw new UncheckedIOException(new IOException("journal position " + position + " holds an effect of type "
                + type + " that this Varve does not know: it was written by a newer one"));
    }

    /**
     * Gives the sequencer a thread of its own.
     *
     * @param threads makes it
     */
    public void start(ThreadFactory threads) {
        sequencer.start(threads);
    }

    /**
     * The order of commands.
     *
     * @return the sequencer
     */
    public Sequencer sequencer() {
        return sequencer;
    }

    /**
     * Writes a checkpoint, for tests and for closing.
     *
     * @return completed with whether it was committed
     */
    public CompletableFuture<Boolean> checkpoint() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        sequencer.post(() -> checkpointer.request(sequencer, done));
        return done;
    }

    /**
     * Has what was removed or replaced in a range of some tables, and all that the journal has of it, leave the shard's files: not one byte of
     * it is in any of them afterwards. Takes three checkpoints, and so a while. What was removed is removed before, and this may be called
     * again when it fails.
     *
     * @param disk runs what blocks on the disk
     * @param tables which
     * @param from the first key, inclusive
     * @param to the last key, exclusive
     * @return fails with {@link ErrorKind#UNAVAILABLE} when something of it may still be there
     */
    public CompletableFuture<Void> wipe(DiskReads disk, List<Table> tables, byte[] from, byte[] to) {
        return wiping.wipe(disk, tables, from, to);
    }

    /**
     * How much journal had come together since the last checkpoint when this was opened.
     *
     * @return bytes
     */
    public long replayedBytes() {
        return replayedBytes;
    }

    /**
     * How many checkpoints were committed since opening.
     *
     * @return the count
     */
    public long checkpoints() {
        return checkpointer.completed();
    }

    /**
     * Finishes queued commands, writes a last checkpoint so that the next start is quick, and releases journal and state.
     * A checkpoint that fails or takes too long is left out: the journal holds everything.
     */
    @Override
    public void close() {
        if (sequencer.poison() == null) {
            lastCheckpoint();
        }
        sequencer.close();
        try {
            journal.close();
        } catch (IOException e) {
            throw new VarveException(
                    ErrorKind.UNAVAILABLE,
                    "the journal could not be closed cleanly: " + e.getMessage()
                            + "; what was acknowledged is kept, start again to recover it",
                    e);
        } finally {
            closeStore();
        }
    }

    private void lastCheckpoint() {
        CompletableFuture<Boolean> done = checkpoint();
        if (!sequencer.hasThread()) {
            sequencer.runPending();
        }
        try {
            done.get(CLOSE_CHECKPOINT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // The journal holds everything.
        }
    }

    private void closeStore() {
        try {
            store.close();
        } catch (IOException e) {
            throw new VarveException(
                    ErrorKind.UNAVAILABLE,
                    "the state could not be closed cleanly: " + e.getMessage()
                            + "; what was acknowledged is kept, start again to recover it",
                    e);
        }
    }
}
