package dev.varve.engine.entries;

import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** Runs {@link Upkeep} at intervals on a thread of its own. Thread-safe. */
public final class EntriesUpkeep implements AutoCloseable {

    private final ScheduledExecutorService thread;

    /**
     * Starts the upkeep.
     *
     * @param face the entries, attached to a running shard
     * @param storage the same as a storage
     * @param policy how much history is kept
     * @param deadlineMillis how often times to live are looked at
     * @param historyMillis how often history and files are
     * @param threads makes the thread
     */
    public EntriesUpkeep(
            EntriesFace face,
            EngineEntryStorage storage,
            HistoryPolicy policy,
            long deadlineMillis,
            long historyMillis,
            ThreadFactory threads) {
        Upkeep upkeep = new Upkeep(face, storage, policy);
        this.thread = Executors.newSingleThreadScheduledExecutor(threads);
        repeat(upkeep::passOverDeadlines, deadlineMillis);
        repeat(upkeep::passOverHistory, historyMillis);
        repeat(upkeep::passOverFiles, historyMillis);
    }

    /** Something done now and then. */
    @FunctionalInterface
    private interface Pass {
        void run() throws IOException;
    }

    private void repeat(Pass pass, long millis) {
        ScheduledFuture<?> _ = thread.scheduleWithFixedDelay(
                () -> {
                    try {
                        pass.run();
                    } catch (IOException | RuntimeException e) {
                        System.getLogger(EntriesUpkeep.class.getName())
                                .log(System.Logger.Level.WARNING, "upkeep of entries failed; trying again later", e);
                    }
                },
                millis,
                millis,
                TimeUnit.MILLISECONDS);
    }

    /** Ends the upkeep; a pass that is under way may finish a little later. */
    @Override
    public void close() {
        // Never by interrupting: that would close the files that are being read.
        thread.shutdown();
    }
}
