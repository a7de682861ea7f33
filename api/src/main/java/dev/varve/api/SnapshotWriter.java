package dev.varve.api;

import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Writes states of aggregates as snapshots, off the path of commands, and reads them. Whatever fails is logged and does no harm. Thread-safe. */
final class SnapshotWriter<S> {

    private static final System.Logger LOG = System.getLogger(Aggregates.class.getName());

    /** So many wait to be written at most; beyond it one is left out, and the next of its aggregate is due later. */
    private static final int MAX_PENDING = 1_000;

    private static final long IDLE_SECONDS = 2;

    private final EventStore events;
    private final StreamCodec<S> codec;
    private final String schema;
    private final InstantSource clock;
    private final Executor executor;

    SnapshotWriter(EventStore events, StreamCodec<S> codec, String schema, InstantSource clock, Executor executor) {
        this.events = events;
        this.codec = codec;
        this.schema = schema;
        this.clock = clock;
        this.executor = executor;
    }

    /** One thread, which goes when there is nothing to do. */
    static Executor background() {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MAX_PENDING), work -> {
                    Thread thread = new Thread(work, "varve-snapshots");
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    LoadedAggregate load(AggregateId aggregate) {
        return events.load(aggregate, schema);
    }

    /** The state of a snapshot, or nothing when it cannot be read. */
    Optional<S> state(Snapshot snapshot) {
        try {
            return Optional.of(codec.decode(snapshot.state().buffer()));
        } catch (RuntimeException e) {
            failed(
                    "the snapshot of " + snapshot.aggregate() + " at version " + snapshot.version()
                            + " is left alone, as it cannot be read",
                    e);
            return Optional.empty();
        }
    }

    void write(AggregateId aggregate, long version, S state) {
        try {
            executor.execute(() -> writeNow(aggregate, version, state));
        } catch (RejectedExecutionException e) {
            failed("there is no snapshot of " + aggregate + " at version " + version, e);
        }
    }

    private void writeNow(AggregateId aggregate, long version, S state) {
        try {
            EventData data = EventData.wrap(EventData.JSON, codec.encode(state));
            events.saveSnapshot(new Snapshot(aggregate, version, schema, data, Map.of(), clock.instant()));
        } catch (RuntimeException e) {
            failed("there is no snapshot of " + aggregate + " at version " + version, e);
        }
    }

    private static void failed(String what, RuntimeException cause) {
        LOG.log(System.Logger.Level.WARNING, what + ": " + cause.getMessage(), cause);
    }
}
