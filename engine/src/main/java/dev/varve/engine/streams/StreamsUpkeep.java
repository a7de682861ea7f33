package dev.varve.engine.streams;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** Runs {@link Upkeep} at intervals on a thread of its own. Thread-safe. */
public final class StreamsUpkeep implements AutoCloseable {

    private final ScheduledExecutorService thread;

    /**
     * Starts the upkeep.
     *
     * @param face the streams, attached to a running shard
     * @param memoryMillis how often streams in memory are looked at
     * @param stateMillis how often those on disk are
     * @param threads makes the thread
     */
    public StreamsUpkeep(StreamsFace face, long memoryMillis, long stateMillis, ThreadFactory threads) {
        Upkeep upkeep = new Upkeep(face);
        thread = Executors.newSingleThreadScheduledExecutor(threads);
        repeat(upkeep::passOverMemory, memoryMillis);
        repeat(upkeep::passOverState, stateMillis);
    }

    private void repeat(Runnable pass, long millis) {
        ScheduledFuture<?> _ = thread.scheduleWithFixedDelay(
                () -> {
                    try {
                        pass.run();
                    } catch (RuntimeException e) {
                        System.getLogger(StreamsUpkeep.class.getName())
                                .log(System.Logger.Level.WARNING, "upkeep of streams failed; trying again later", e);
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
