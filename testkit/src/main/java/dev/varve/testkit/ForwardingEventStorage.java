package dev.varve.testkit;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.LoadedAggregate;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.Subscription;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A storage of events that hands everything on to another, for tests that change some of it. As thread-safe, atomic and durable as the other.
 */
public class ForwardingEventStorage implements EventStorage {

    /** The storage behind this one. */
    protected final EventStorage to;

    /**
     * A storage in front of another.
     *
     * @param to the other
     */
    protected ForwardingEventStorage(EventStorage to) {
        this.to = to;
    }

    @Override
    public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean createStore) {
        return to.append(store, append, createStore);
    }

    @Override
    public CompletableFuture<EventSlice> read(String store, EventRead read) {
        return to.read(store, read);
    }

    @Override
    public CompletableFuture<Long> count(String store, EventRead read, long atMost) {
        return to.count(store, read, atMost);
    }

    @Override
    public long head(String store) {
        return to.head(store);
    }

    @Override
    public Subscription subscribe(String store, LongConsumer listener) {
        return to.subscribe(store, listener);
    }

    @Override
    public CompletableFuture<AggregateInfo> aggregate(String store, AggregateId aggregate) {
        return to.aggregate(store, aggregate);
    }

    @Override
    public CompletableFuture<List<AggregateInfo>> aggregates(
            String store, @Nullable String category, @Nullable AggregateId after, int limit) {
        return to.aggregates(store, category, after, limit);
    }

    @Override
    public CompletableFuture<AggregateInfo> configure(
            String store, AggregateId aggregate, AggregateSettings settings, @Nullable Long expectedRevision) {
        return to.configure(store, aggregate, settings, expectedRevision);
    }

    @Override
    public CompletableFuture<AggregateInfo> delete(
            String store, AggregateId aggregate, ExpectedVersion expected, AggregateDeletion deletion) {
        return to.delete(store, aggregate, expected, deletion);
    }

    @Override
    public CompletableFuture<Boolean> redact(String store, long position, EventData replacement) {
        return to.redact(store, position, replacement);
    }

    @Override
    public CompletableFuture<Integer> deleteEvents(String store, Collection<Long> positions) {
        return to.deleteEvents(store, positions);
    }

    @Override
    public CompletableFuture<Long> scavenge(String store) {
        return to.scavenge(store);
    }

    @Override
    public CompletableFuture<Void> saveSnapshot(String store, Snapshot snapshot, int keep) {
        return to.saveSnapshot(store, snapshot, keep);
    }

    @Override
    public CompletableFuture<List<Snapshot>> snapshots(String store, AggregateId aggregate, SnapshotQuery query) {
        return to.snapshots(store, aggregate, query);
    }

    @Override
    public CompletableFuture<Integer> deleteSnapshots(String store, AggregateId aggregate, SnapshotQuery query) {
        return to.deleteSnapshots(store, aggregate, query);
    }

    @Override
    public CompletableFuture<LoadedAggregate> load(String store, AggregateId aggregate, String schema) {
        return to.load(store, aggregate, schema);
    }

    @Override
    public CompletableFuture<Long> saveCheckpoint(String store, String name, long position) {
        return to.saveCheckpoint(store, name, position);
    }

    @Override
    public CompletableFuture<OptionalLong> checkpoint(String store, String name) {
        return to.checkpoint(store, name);
    }

    @Override
    public CompletableFuture<Map<String, Long>> checkpoints(String store) {
        return to.checkpoints(store);
    }

    @Override
    public CompletableFuture<Boolean> deleteCheckpoint(String store, String name) {
        return to.deleteCheckpoint(store, name);
    }

    @Override
    public CompletableFuture<Boolean> awaitCheckpoints(
            String store, Set<String> names, long position, Duration timeout) {
        return to.awaitCheckpoints(store, names, position, timeout);
    }
}
