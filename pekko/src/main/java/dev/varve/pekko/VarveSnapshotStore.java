package dev.varve.pekko;

import com.typesafe.config.Config;
import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.VarveException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.snapshot.japi.SnapshotStore;
import org.jspecify.annotations.Nullable;
import scala.concurrent.Future;

/**
 * Keeps snapshots of persistent actors as snapshots of the aggregates in which {@link VarveJournal} keeps their events: they are of events
 * of the same store, and gone when it removes the aggregate. Made by Pekko where the configuration says {@code
 * pekko.persistence.snapshot-store.plugin = varve-snapshots}.
 *
 * <p>A snapshot is durable before an actor is told so. No thread of an actor waits for the store.
 */
final class VarveSnapshotStore extends SnapshotStore {

    private static final String SCHEMA = "pekko";

    private final Executor blocking;
    private final PersistenceIds ids;
    private final Payloads payloads;
    private final Connections connections;
    private final Config config;
    private final int keep;

    /** Called by Pekko with the block of the configuration that names this class. */
    VarveSnapshotStore(Config plugin) {
        ActorSystem system = context().system();
        this.connections = Connections.of(system);
        this.config = connections.complete(plugin);
        this.blocking = system.dispatchers().lookup(config.getString("blocking-dispatcher"));
        this.ids = new PersistenceIds(config.getString("category"));
        this.payloads = new Payloads(system);
        this.keep = config.getInt("keep");
    }

    @Override
    public Future<Optional<SelectedSnapshot>> doLoadAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        AggregateId aggregate = ids.aggregate(persistenceId);
        SnapshotQuery query = query(criteria, 1);
        return ScalaFutures.of(connections
                .events(config, blocking)
                .thenApplyAsync(
                        store -> store.snapshots(aggregate, query).stream()
                                .findFirst()
                                .map(snapshot -> selected(persistenceId, snapshot)),
                        blocking));
    }

    private SelectedSnapshot selected(String persistenceId, Snapshot snapshot) {
        SnapshotMetadata metadata = SnapshotMetadata.apply(
                persistenceId, snapshot.version() + 1, snapshot.time().toEpochMilli());
        Object extra = payloads.readExtra(snapshot.metadata());
        return SelectedSnapshot.create(
                extra == null ? metadata : metadata.withMetadata(extra),
                payloads.read(snapshot.state(), snapshot.metadata()));
    }

    @Override
    public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
        Map<String, String> texts = new LinkedHashMap<>();
        EventData state = payloads.write(snapshot, texts);
        payloads.writeExtra(metadata.metadata(), texts);
        Snapshot saved = new Snapshot(
                ids.aggregate(metadata.persistenceId()),
                metadata.sequenceNr() - 1,
                SCHEMA,
                state,
                texts,
                Instant.ofEpochMilli(metadata.timestamp()));
        return waiting(store -> store.saveSnapshot(saved, keep));
    }

    @Override
    public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
        long version = metadata.sequenceNr() - 1;
        // Pekko leaves it at 0 where it does not know.
        Instant time = metadata.timestamp() == 0 ? null : Instant.ofEpochMilli(metadata.timestamp());
        return delete(metadata.persistenceId(), new SnapshotQuery(version, version, time, time, Snapshot.MAX_KEPT));
    }

    @Override
    public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
        return delete(persistenceId, query(criteria, Snapshot.MAX_KEPT));
    }

    private Future<Void> delete(String persistenceId, SnapshotQuery query) {
        AggregateId aggregate = ids.aggregate(persistenceId);
        return waiting(store -> {
            try {
                store.deleteSnapshots(aggregate, query);
            } catch (VarveException e) {
                if (e.kind() != ErrorKind.NOT_FOUND) {
                    throw e;
                }
                // Nothing was ever written to the store.
            }
        });
    }

    private static SnapshotQuery query(SnapshotSelectionCriteria criteria, int limit) {
        return new SnapshotQuery(
                Math.max(0, criteria.minSequenceNr() - 1),
                criteria.maxSequenceNr() == Long.MAX_VALUE ? Long.MAX_VALUE : criteria.maxSequenceNr() - 1,
                bound(criteria.minTimestamp(), 0),
                bound(criteria.maxTimestamp(), Long.MAX_VALUE),
                limit);
    }

    private static @Nullable Instant bound(long timestamp, long none) {
        return timestamp == none ? null : Instant.ofEpochMilli(timestamp);
    }

    private Future<Void> waiting(Consumer<EventStore> call) {
        return ScalaFutures.of(connections.events(config, blocking).thenAcceptAsync(call, blocking));
    }
}
