package dev.varve.api;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Saves how far a projection has come, now and then, off the thread that handles events. Thread-safe. */
final class CheckpointSaver {

    private static final System.Logger LOG = System.getLogger(ProjectionRun.class.getName());

    /** How long after a save that failed the next one is. */
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private static final long IDLE_SECONDS = 2;

    private final CheckpointStore checkpoints;
    private final String name;
    private final int everyEvents;
    private final Duration every;
    private final ScheduledThreadPoolExecutor thread;

    private long position;
    private int unsaved;
    private boolean moved;
    private boolean due;
    private boolean atOnce;

    CheckpointSaver(CheckpointStore checkpoints, String name, int everyEvents, Duration every) {
        this.checkpoints = checkpoints;
        this.name = name;
        this.everyEvents = everyEvents;
        this.every = every;
        this.thread = new ScheduledThreadPoolExecutor(1, work -> {
            Thread made = new Thread(work, "varve-checkpoint-" + name);
            made.setDaemon(true);
            return made;
        });
        thread.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** So far everything is handled. */
    void reached(long to, int events) {
        if (thread.isShutdown()) {
            // A projection that closes its own run is not done with the event yet.
            checkpoints.save(name, to);
        } else {
            note(to, events);
        }
    }

    private synchronized void note(long to, int events) {
        position = to;
        unsaved += events;
        moved = true;
        if (!due) {
            later(every);
        }
        if (unsaved >= everyEvents && !atOnce && !every.isZero()) {
            atOnce = true;
            thread.execute(this::saveOrTryAgain);
        }
    }

    private synchronized void later(Duration pause) {
        due = true;
        var unused = thread.schedule(this::saveOrTryAgain, pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void saveOrTryAgain() {
        if (!saves()) {
            synchronized (this) {
                if (!thread.isShutdown()) {
                    moved = true;
                    later(AFTER_FAILURE);
                }
            }
        }
    }

    private boolean saves() {
        try {
            save();
            return true;
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the checkpoint of the projection " + name + " was not saved: " + e.getMessage(),
                    e);
            return false;
        }
    }

    private void save() {
        long to;
        synchronized (this) {
            due = false;
            atOnce = false;
            if (!moved) {
                return;
            }
            moved = false;
            unsaved = 0;
            to = position;
        }
        checkpoints.save(name, to);
    }

    /** Saves what is left; nothing is saved afterwards. */
    void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(AFTER_FAILURE.toSeconds(), TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        boolean unused = saves();
    }
}
