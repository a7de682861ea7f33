package dev.varve.api;

import dev.varve.api.spi.Backoff;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A projection at work from one place of the log on, until it is closed or fails. Events are handled one by one, each at once; with
 * transactional checkpoints several in one transaction for as long as it has not caught up. Thread-safe.
 */
final class ProjectionSession implements EventHandler {

    private final Projection projection;
    private final CheckpointStore checkpoints;
    private final String name;
    private final int batchSize;
    private final boolean everything;
    private final @Nullable CheckpointSaver saver;

    /** Held while events are handled: who has it knows that nothing is being handled. */
    private final ReentrantLock handling = new ReentrantLock();

    private final Condition closing = handling.newCondition();
    private final List<StoredEvent> batch = new ArrayList<>();
    private boolean live;
    private boolean closed;
    private @Nullable Subscription following;

    /** Held for moments, so that others can look on while events are handled. */
    private final ReentrantLock progress = new ReentrantLock();

    private final Condition moved = progress.newCondition();
    private long position;
    private boolean over;
    private @Nullable RuntimeException failure;

    ProjectionSession(
            String name,
            Projection projection,
            CheckpointStore checkpoints,
            int everyEvents,
            Duration every,
            boolean everything,
            long after) {
        this.name = name;
        this.projection = projection;
        this.checkpoints = checkpoints;
        this.everything = everything;
        this.position = after;
        boolean together = checkpoints.isTransactional();
        this.batchSize = together ? everyEvents : 1;
        this.saver = together ? null : new CheckpointSaver(checkpoints, name, everyEvents, every);
    }

    void follow(EventStore events, EventRead read) {
        handling.lock();
        try {
            following = events.follow(read, this);
        } finally {
            handling.unlock();
        }
    }

    // ---- what it is told

    @Override
    public void handle(StoredEvent event) {
        locked(() -> {
            batch.add(event);
            if (live || batch.size() >= batchSize) {
                flush();
            }
        });
    }

    /** What fails is decided about in {@link #flush}; what comes out of it ends everything. */
    @Override
    public Failure failed(StoredEvent event, RuntimeException cause, int attempts) {
        return Failure.STOP;
    }

    @Override
    public void checkpoint(long to) {
        locked(() -> {
            if (!flush()) {
                return;
            }
            if (to > position()) {
                if (saver == null) {
                    checkpoints.inTransaction(() -> checkpoints.save(name, to));
                }
                reached(to, 0);
            }
            projection.checkpoint(to);
        });
    }

    @Override
    public void caughtUp(long to) {
        locked(() -> {
            live = true;
            if (flush()) {
                projection.caughtUp(to);
            }
        });
    }

    @Override
    public void fellBehind(long from) {
        locked(() -> {
            live = false;
            if (flush()) {
                projection.fellBehind(from);
            }
        });
    }

    @Override
    public void ended(RuntimeException cause) {
        locked(() -> stop(cause));
    }

    private void locked(Runnable work) {
        handling.lock();
        try {
            if (!closed) {
                work.run();
            }
        } finally {
            handling.unlock();
        }
    }

    // ---- handling

    /** Handles what has come; whether it goes on. */
    private boolean flush() {
        List<StoredEvent> events = List.copyOf(batch);
        batch.clear();
        if (events.size() > 1 && madeTogether(events)) {
            return !closed;
        }
        for (StoredEvent event : events) {
            Backoff backoff = new Backoff();
            for (int attempt = 1; !closed && !made(event, attempt); attempt++) {
                pause(backoff.next(Optional.empty()));
            }
        }
        return !closed;
    }

    private boolean madeTogether(List<StoredEvent> events) {
        long[] at = new long[1];
        try {
            checkpoints.inTransaction(() -> {
                at[0] = position();
                for (StoredEvent event : events) {
                    at[0] = closed ? at[0] : handle(event, at[0]);
                }
                checkpoints.save(name, at[0]);
            });
        } catch (RuntimeException e) {
            return false; // Each is handled in a transaction of its own then, which tells what to do about it.
        }
        reached(at[0], events.size());
        return true;
    }

    /** Whether the event is done with. */
    private boolean made(StoredEvent event, int attempt) {
        try {
            checkpoints.inTransaction(() -> {
                long at = handle(event, position());
                if (saver == null) {
                    checkpoints.save(name, at);
                }
            });
        } catch (RuntimeException e) {
            Failure todo = projection.failed(event, e, attempt);
            if (todo == Failure.STOP) {
                stop(e);
            }
            if (todo != Failure.SKIP) {
                return false;
            }
        }
        reached(Math.max(event.position(), position()), 1);
        return true;
    }

    private void stop(RuntimeException cause) {
        closed = true;
        if (following != null) {
            following.close();
        }
        end(cause);
        projection.ended(cause);
    }

    /** Hands over an event that stands behind a position; gives the position after it. */
    private long handle(StoredEvent event, long at) {
        switch (VersionComparison.of(at, event.position())) {
            case EQUAL, PAST -> {
                return at;
            }
            case FUTURE -> {
                if (everything) {
                    projection.gap(at, event.position());
                }
            }
            case NEXT -> {}
        }
        projection.handle(event);
        return event.position();
    }

    private void pause(Duration pause) {
        try {
            long left = pause.toNanos();
            while (!closed && left > 0) {
                left = closing.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the projection " + name + " was interrupted", e);
        }
    }

    // ---- how far

    private void reached(long to, int events) {
        progress.lock();
        try {
            position = to;
            moved.signalAll();
        } finally {
            progress.unlock();
        }
        if (saver != null) {
            saver.reached(to, events);
        }
    }

    private void end(@Nullable RuntimeException cause) {
        progress.lock();
        try {
            over = true;
            failure = cause;
            moved.signalAll();
        } finally {
            progress.unlock();
        }
    }

    long position() {
        progress.lock();
        try {
            return position;
        } finally {
            progress.unlock();
        }
    }

    Optional<RuntimeException> failure() {
        progress.lock();
        try {
            return Optional.ofNullable(failure);
        } finally {
            progress.unlock();
        }
    }

    boolean await(long wanted, Duration timeout) {
        progress.lock();
        try {
            long left = timeout.toNanos();
            while (position < wanted && !over && left > 0) {
                left = moved.awaitNanos(left);
            }
            return position >= wanted;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            progress.unlock();
        }
    }

    /** Whether the calling thread is the one that handles an event. */
    boolean isHandling() {
        return handling.isHeldByCurrentThread();
    }

    /** Waits for what is being handled, and saves the checkpoint. */
    void close() {
        handling.lock();
        try {
            if (closed && following == null) {
                return;
            }
            closed = true;
            closing.signalAll();
            if (following != null) {
                following.close();
                following = null;
            }
        } finally {
            handling.unlock();
        }
        if (failure().isEmpty()) {
            end(null);
        }
        if (saver != null) {
            saver.close();
        }
    }
}
