package dev.varve.engine.shard;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.engine.journal.Journal;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Moves generations from memory to the state store and then frees the journal behind them: freeze (owner, constant time),
 * write and commit (its own thread), retire (owner, in steps), record the snapshot and truncate the journal. One
 * checkpoint at a time. A failed one is tried again as a whole; the journal keeps everything until then.
 */
final class Checkpointer {

    private static final Logger LOG = System.getLogger(Checkpointer.class.getName());
    private static final long RETRY_BYTES = 8L << 20;
    private static final long RETRY_NANOS = 5_000_000_000L;
    /** Less journal than this is not worth a checkpoint even when the disk is full. */
    private static final long SPACE_BYTES = 1L << 20;

    private static final byte[] TIME = "shard/time".getBytes(UTF_8);

    private final Journal journal;
    private final StateStore store;
    private final List<? extends Face> faces;
    private final Visibility visibility;
    private final EngineTime time;
    private final Executor executor;
    private final long checkpointBytes;
    private final Pace pace;

    // Owner only.
    /** Whether the next checkpoint is written although nothing has changed. */
    private boolean wantedAnyway;

    private boolean running;
    private long dueAt;
    private long retryAt = Long.MAX_VALUE;
    private long failedNanos;
    private Runnable retry = () -> {};
    private List<CompletableFuture<Boolean>> waiters = new ArrayList<>();
    private List<CompletableFuture<Boolean>> nextWaiters = new ArrayList<>();

    private final AtomicLong completedCheckpoints = new AtomicLong();

    Checkpointer(
            Journal journal,
            StateStore store,
            List<? extends Face> faces,
            Visibility visibility,
            EngineTime time,
            Executor executor,
            long checkpointBytes,
            Pace pace) {
        this.pace = pace;
        this.visibility = visibility;
        this.time = time;
        this.journal = journal;
        this.store = store;
        this.faces = List.copyOf(faces);
        this.executor = executor;
        this.checkpointBytes = checkpointBytes;
        this.dueAt = store.replayFrom() + checkpointBytes;
    }

    /** The time up to which the last checkpoint has come; the least there is without one. */
    static long storedMillis(StateStore store) throws IOException {
        byte[] stored = store.get(Table.META, TIME);
        return stored == null ? Long.MIN_VALUE : ByteBuffer.wrap(stored).getLong();
    }

    long completed() {
        return completedCheckpoints.get();
    }

    /** Starts a checkpoint when enough journal or enough changes have come together. Called by the owner. */
    void startIfDue(Sequencer sequencer) {
        if (!running && (journal.end() >= dueAt || anyFaceIsFull())) {
            start(sequencer);
        }
    }

    /** Whether a face has a checkpoint due, however little journal has come together. */
    boolean anyFaceIsFull() {
        for (int i = 0; i < faces.size(); i++) {
            if (faces.get(i).isFull()) {
                return true;
            }
        }
        return false;
    }

    /** Starts a checkpoint when it may free space, because there is none left. Called by the owner. */
    void startForSpace(Sequencer sequencer) {
        if (retryAt != Long.MAX_VALUE) {
            if (time.elapsedNanos() - failedNanos >= RETRY_NANOS) {
                retryNow();
            }
        } else if (!running && journal.end() - store.replayFrom() >= SPACE_BYTES) {
            start(sequencer);
        }
    }

    /** Starts a checkpoint as {@link #request} does, also when nothing has changed since the last one. Called by the owner. */
    void requestAnyway(Sequencer sequencer, CompletableFuture<Boolean> done) {
        wantedAnyway = true;
        request(sequencer, done);
    }

    /** Starts a checkpoint now, or right after the running one. Called by the owner. */
    void request(Sequencer sequencer, CompletableFuture<Boolean> done) {
        if (retryAt != Long.MAX_VALUE) {
            waiters.add(done);
            retryNow();
        } else if (running) {
            nextWaiters.add(done);
        } else {
            waiters.add(done);
            start(sequencer);
        }
    }

    private void start(Sequencer sequencer) {
        // What is durable but not applied yet belongs to the next generation.
        long position = visibility.position();
        List<Face.Frozen> frozen = new ArrayList<>();
        for (Face face : faces) {
            frozen.add(face.freeze());
        }
        boolean anyway = wantedAnyway;
        wantedAnyway = false;
        if (!anyway && position == store.replayFrom() && frozen.stream().allMatch(Face.Frozen::isEmpty)) {
            frozen.forEach(Face.Frozen::retireStep);
            complete(true);
            return;
        }
        running = true;
        long millis = time.millis();
        executor.execute(() -> write(sequencer, frozen, position, millis));
    }

    private void write(Sequencer sequencer, List<Face.Frozen> frozen, long position, long millis) {
        try (StateStore.Checkpoint checkpoint = store.beginCheckpoint()) {
            checkpoint.put(
                    Table.META,
                    TIME,
                    ByteBuffer.allocate(Long.BYTES).putLong(millis).array());
            // While writes are refused until this is through, nobody gains by its stepping back.
            Pace own = () -> {
                if (!sequencer.isOverfull()) {
                    pace.step();
                }
            };
            for (Face.Frozen generation : frozen) {
                generation.write(checkpoint, own);
            }
            String name = checkpoint.commit(position);
            // Before the journal lets go of anything: whoever opens it next looks for this checkpoint.
            journal.snapshot(new Journal.Snapshot(position, name));
        } catch (IOException | RuntimeException e) {
            Throwable inDoubt = store.poison();
            if (inDoubt != null) {
                sequencer.post(() -> {
                    tellFailed(frozen);
                    sequencer.poison(inDoubt);
                });
                return;
            }
            LOG.log(
                    Logger.Level.WARNING,
                    "checkpoint at journal position " + position + " failed, the journal is kept; trying again later",
                    e);
            sequencer.post(() -> retryLater(frozen, () -> write(sequencer, frozen, position, millis)));
            return;
        } catch (Error e) {
            sequencer.post(() -> {
                tellFailed(frozen);
                sequencer.poison(e);
            });
            return;
        }
        sequencer.post(() -> retire(sequencer, frozen, 0, position));
    }

    /** The frozen generation stays as it is; it is written again once some more journal has come together. */
    private void retryLater(List<Face.Frozen> frozen, Runnable write) {
        tellFailed(frozen);
        retryAt = journal.end() + RETRY_BYTES;
        failedNanos = time.elapsedNanos();
        retry = () -> executor.execute(write);
    }

    private void tellFailed(List<Face.Frozen> frozen) {
        frozen.forEach(Face.Frozen::failed);
        waiters.addAll(nextWaiters);
        nextWaiters.clear();
        complete(false);
    }

    /** Tries a failed checkpoint again when it is time. Called by the owner. */
    void retryIfDue() {
        if (journal.end() >= retryAt) {
            retryNow();
        }
    }

    private void retryNow() {
        retryAt = Long.MAX_VALUE;
        retry.run();
    }

    private void retire(Sequencer sequencer, List<Face.Frozen> frozen, int index, long position) {
        if (index < frozen.size()) {
            int next = frozen.get(index).retireStep() ? index + 1 : index;
            sequencer.post(() -> retire(sequencer, frozen, next, position));
            return;
        }
        try {
            journal.truncate(position);
        } catch (IOException e) {
            LOG.log(Logger.Level.WARNING, "journal before " + position + " was not freed; trying again later", e);
        }
        completedCheckpoints.incrementAndGet();
        finish(sequencer);
    }

    private void finish(Sequencer sequencer) {
        running = false;
        dueAt = store.replayFrom() + checkpointBytes;
        complete(true);
        waiters = nextWaiters;
        nextWaiters = new ArrayList<>();
        // A face may be waiting for one, too, without another group to come.
        if (!waiters.isEmpty() || anyFaceIsFull()) {
            start(sequencer);
        }
    }

    private void complete(boolean success) {
        List<CompletableFuture<Boolean>> told = waiters;
        waiters = new ArrayList<>();
        told.forEach(waiter -> waiter.complete(success));
    }
}
