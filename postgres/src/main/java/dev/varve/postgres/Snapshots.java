package dev.varve.postgres;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventData;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.VarveException;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Snapshots: the one of the highest version stands in the row of its aggregate, where it is found without another look; further ones in a table. */
final class Snapshots {

    private static final System.Logger LOG = System.getLogger(Snapshots.class.getName());

    /** Moves the snapshot of the highest version to the row of its aggregate. */
    private static final String RAISE = "WITH raised AS (DELETE FROM {snapshots} WHERE aggregate_id = ? AND version = "
            + "(SELECT max(version) FROM {snapshots} WHERE aggregate_id = ?) RETURNING *) "
            + "UPDATE {aggregates} a SET snapshot_version = r.version, snapshot = r.snapshot, "
            + "snapshot_content_type = r.content_type, snapshot_schema = r.schema, snapshot_metadata = r.metadata, "
            + "snapshot_seconds = r.seconds, snapshot_nanos = r.nanos "
            + "FROM (SELECT ?::bigint AS id) one LEFT JOIN raised r ON r.aggregate_id = one.id WHERE a.id = one.id";

    /** The opposite. */
    private static final String LOWER = "INSERT INTO {snapshots} "
            + "(aggregate_id, version, snapshot, content_type, schema, metadata, seconds, nanos) "
            + "SELECT id, snapshot_version, snapshot, snapshot_content_type, snapshot_schema, snapshot_metadata, "
            + "snapshot_seconds, snapshot_nanos FROM {aggregates} WHERE id = ? AND snapshot_version IS NOT NULL";

    private final Tables tables;
    private final Aggregates aggregates;

    Snapshots(Tables tables, Aggregates aggregates) {
        this.tables = tables;
        this.aggregates = aggregates;
    }

    /**
     * Keeps a snapshot.
     *
     * @param store locked
     */
    void save(Connection connection, StoreRow store, Snapshot snapshot, int keep) throws SQLException {
        AggregateRow aggregate = aggregates.one(connection, store, snapshot.aggregate());
        if (snapshot.version() > aggregate.seen() || snapshot.version() < aggregate.firstOfLife()) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    snapshot.aggregate() + " has no version " + snapshot.version() + ", of which the snapshot is");
        }
        long id = aggregate.id();
        Long newest = new Query(tables)
                .add("SELECT snapshot_version FROM {aggregates} WHERE id = ?", id)
                .list(connection, row -> row.getLong(1) == 0 && row.wasNull() ? -1L : row.getLong(1))
                .get(0);
        if (newest < snapshot.version() && newest >= 0 && keep > 1) {
            new Query(tables).add(LOWER, id).update(connection);
        }
        if (newest <= snapshot.version()) {
            new Query(tables)
                    .add(
                            "UPDATE {aggregates} SET snapshot_version = ?, snapshot = ?, snapshot_content_type = ?, "
                                    + "snapshot_schema = ?, snapshot_metadata = ?, snapshot_seconds = ?, "
                                    + "snapshot_nanos = ? WHERE id = ?",
                            values(snapshot))
                    .add("", id)
                    .update(connection);
        } else {
            new Query(tables)
                    .add("DELETE FROM {snapshots} WHERE aggregate_id = ? AND version = ?", id, snapshot.version())
                    .update(connection);
            new Query(tables)
                    .add(
                            "INSERT INTO {snapshots} (version, snapshot, content_type, schema, metadata, seconds, nanos, "
                                    + "aggregate_id) VALUES (?, ?, ?, ?, ?, ?, ?",
                            values(snapshot))
                    .add(", ?)", id)
                    .update(connection);
        }
        new Query(tables)
                .add(
                        "DELETE FROM {snapshots} WHERE aggregate_id = ? AND version NOT IN (SELECT version "
                                + "FROM {snapshots} WHERE aggregate_id = ? ORDER BY version DESC LIMIT ?)",
                        id,
                        id,
                        keep - 1)
                .update(connection);
    }

    private static @Nullable Object[] values(Snapshot snapshot) {
        Instant time = snapshot.time();
        return new @Nullable Object[] {
            snapshot.version(),
            snapshot.state().bytes(),
            snapshot.state().contentType(),
            new Query.Json(JsonTexts.write(snapshot.schema())),
            new Query.Json(JsonTexts.write(snapshot.metadata())),
            time.getEpochSecond(),
            time.getNano()
        };
    }

    /** Those that a query means, the highest version first. */
    List<Snapshot> find(Connection connection, String store, AggregateId name, SnapshotQuery query)
            throws SQLException {
        AggregateRow aggregate = aggregate(connection, store, name);
        return matching(all(aggregate), query)
                .add("ORDER BY version DESC LIMIT " + query.limit())
                .list(connection, row -> snapshot(row, name))
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** The newest one that is written as a schema. */
    Optional<Snapshot> newest(Connection connection, String store, AggregateId name, String schema)
            throws SQLException {
        AggregateRow aggregate = aggregate(connection, store, name);
        Optional<Snapshot> found = all(aggregate)
                .add("schema::text = ? ORDER BY version DESC LIMIT 1", JsonTexts.write(schema))
                .first(connection, row -> snapshot(row, name));
        return found == null ? Optional.empty() : found;
    }

    private AggregateRow aggregate(Connection connection, String store, AggregateId name) throws SQLException {
        StoreRow row = StoreRow.find(tables, connection, store);
        return row == null ? AggregateRow.none(name) : aggregates.one(connection, row, name);
    }

    /** All of an aggregate; a condition follows. One that was deleted has none. */
    private Query all(AggregateRow aggregate) {
        return new Query(tables)
                .add(
                        "SELECT * FROM (SELECT snapshot_version AS version, snapshot, snapshot_content_type AS content_type, "
                                + "snapshot_schema AS schema, snapshot_metadata AS metadata, snapshot_seconds AS seconds, "
                                + "snapshot_nanos AS nanos FROM {aggregates} WHERE id = ? AND snapshot_version IS NOT NULL "
                                + "UNION ALL SELECT version, snapshot, content_type, schema, metadata, seconds, nanos "
                                + "FROM {snapshots} WHERE aggregate_id = ?) s WHERE",
                        aggregate.id(),
                        aggregate.id());
    }

    private static Query matching(Query query, SnapshotQuery meant) {
        query.add("version >= ? AND version <= ?", meant.minVersion(), meant.maxVersion());
        Instant since = meant.since();
        if (since != null) {
            query.add("AND (seconds, nanos) >= (?, ?)", since.getEpochSecond(), since.getNano());
        }
        Instant until = meant.until();
        if (until != null) {
            query.add("AND (seconds, nanos) <= (?, ?)", until.getEpochSecond(), until.getNano());
        }
        return query;
    }

    /** Nothing for one that cannot be read: events are there to make another one. */
    private static Optional<Snapshot> snapshot(ResultSet row, AggregateId name) throws SQLException {
        long version = row.getLong("version");
        try {
            return Optional.of(new Snapshot(
                    name,
                    version,
                    JsonTexts.readText(row.getString("schema")),
                    EventData.wrap(row.getString("content_type"), row.getBytes("snapshot")),
                    JsonTexts.readTexts(row.getString("metadata")),
                    Query.instant(row, "seconds", "nanos")));
        } catch (IllegalArgumentException | VarveException e) {
            LOG.log(Level.WARNING, "the snapshot of " + name + " at version " + version + " cannot be read", e);
            return Optional.empty();
        }
    }

    /**
     * Deletes those that a query means, but for its limit.
     *
     * @param store locked
     */
    int delete(Connection connection, StoreRow store, AggregateId name, SnapshotQuery query) throws SQLException {
        AggregateRow aggregate = aggregates.one(connection, store, name);
        if (aggregate.status() != AggregateStatus.LIVE) {
            return 0;
        }
        long id = aggregate.id();
        // All of them into the table, and the highest that is left back.
        new Query(tables).add(LOWER, id).update(connection);
        int deleted = matching(new Query(tables).add("DELETE FROM {snapshots} WHERE aggregate_id = ? AND", id), query)
                .update(connection);
        new Query(tables).add(RAISE, id, id, id).update(connection);
        return deleted;
    }
}
