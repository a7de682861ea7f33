package dev.varve.postgres;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventAppendResult.Violation;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.VarveException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is kept of aggregates beside their events. */
final class Aggregates {

    private final Tables tables;

    Aggregates(Tables tables) {
        this.tables = tables;
    }

    /** An aggregate as it stands; one without a row when there is none. */
    AggregateRow one(Connection connection, StoreRow store, AggregateId name) throws SQLException {
        AggregateRow found = new Query(tables)
                .add(
                        "SELECT " + AggregateRow.COLUMNS + " FROM {aggregates} a WHERE a.store = ? AND a.aggregate = ? "
                                + "AND a.aggregate_id = ? AND a.status <> 'removed'",
                        store.id(),
                        name.type(),
                        name.id())
                .first(connection, AggregateRow::of);
        return found == null ? AggregateRow.none(name) : found;
    }

    /** Those of several aggregates that have a row. */
    Map<AggregateId, AggregateRow> all(Connection connection, StoreRow store, Collection<AggregateId> names)
            throws SQLException {
        Map<AggregateId, AggregateRow> found = new HashMap<>();
        if (names.isEmpty()) {
            return found;
        }
        List<AggregateRow> rows = new Query(tables)
                .add(
                        "SELECT " + AggregateRow.COLUMNS + " FROM unnest(?, ?) n (aggregate, aggregate_id) "
                                + "JOIN {aggregates} a ON a.store = ? AND a.aggregate = n.aggregate "
                                + "AND a.aggregate_id = n.aggregate_id AND a.status <> 'removed'",
                        new Query.TextList(names.stream().map(AggregateId::type).toList()),
                        new Query.TextList(names.stream().map(AggregateId::id).toList()),
                        store.id())
                .list(connection, AggregateRow::of);
        rows.forEach(row -> found.put(row.name(), row));
        return found;
    }

    AggregateInfo info(Connection connection, String store, AggregateId name, long nowMillis) throws SQLException {
        StoreRow row = StoreRow.find(tables, connection, store);
        return row == null ? AggregateInfo.empty(name) : info(connection, row, name, nowMillis);
    }

    private AggregateInfo info(Connection connection, StoreRow store, AggregateId name, long nowMillis)
            throws SQLException {
        AggregateInfo found = infos(nowMillis)
                .add(
                        "WHERE a.store = ? AND a.aggregate = ? AND a.aggregate_id = ? AND a.status <> 'removed'",
                        store.id(),
                        name.type(),
                        name.id())
                .first(connection, row -> AggregateRow.of(row).info(row.getLong("first_version")));
        return found == null ? AggregateInfo.empty(name) : found;
    }

    List<AggregateInfo> list(
            Connection connection,
            String store,
            @Nullable String category,
            @Nullable AggregateId after,
            int limit,
            long nowMillis)
            throws SQLException {
        StoreRow row = StoreRow.find(tables, connection, store);
        if (row == null) {
            return List.of();
        }
        Query query = infos(nowMillis).add("WHERE a.store = ? AND a.status NOT IN ('removed', 'empty')", row.id());
        if (category != null) {
            query.add("AND a.aggregate = ?", category);
        }
        if (after != null) {
            query.add("AND (a.aggregate, a.aggregate_id) > (?, ?)", after.type(), after.id());
        }
        return query.add("ORDER BY a.aggregate, a.aggregate_id LIMIT " + limit)
                .list(connection, one -> AggregateRow.of(one).info(one.getLong("first_version")));
    }

    private Query infos(long nowMillis) {
        return new Query(tables)
                .add(
                        "SELECT " + AggregateRow.COLUMNS
                                + ", coalesce((SELECT e.aggregate_version FROM {events} e WHERE e.aggregate_id = a.id AND "
                                + AggregateRow.READABLE
                                + " ORDER BY e.aggregate_version LIMIT 1), a.version + 1) AS first_version "
                                + "FROM {aggregates} a",
                        nowMillis);
    }

    // ---- changes, by who holds the lock of the store

    AggregateInfo configure(
            Connection connection,
            StoreRow store,
            AggregateId name,
            AggregateSettings settings,
            @Nullable Long expectedRevision,
            long nowMillis)
            throws SQLException {
        AggregateRow known = one(connection, store, name);
        if (known.status() == AggregateStatus.TOMBSTONED) {
            throw new VarveException(ErrorKind.GONE, name + " was deleted for ever");
        }
        if (expectedRevision != null && expectedRevision != known.settingsRevision()) {
            throw new VarveException(
                    ErrorKind.CONFLICT,
                    "the settings of " + name + " were changed " + known.settingsRevision() + " times, not "
                            + expectedRevision);
        }
        long id = known.id() == 0 ? insert(connection, store, known) : known.id();
        new Query(tables)
                .add(
                        "UPDATE {aggregates} SET max_age = ?, max_age_millis = ?, max_count = ?, truncate_before = ?, "
                                + "custom = ?, settings_revision = settings_revision + 1 WHERE id = ?",
                        settings.maxAge() == null ? null : settings.maxAge().toString(),
                        AggregateRow.maxAgeMillis(settings),
                        settings.maxCount(),
                        settings.truncateBefore(),
                        new Query.Json(JsonTexts.write(settings.custom())),
                        id)
                .update(connection);
        return info(connection, store, name, nowMillis);
    }

    AggregateInfo delete(
            Connection connection,
            StoreRow store,
            AggregateId name,
            ExpectedVersion expected,
            AggregateDeletion deletion,
            long nowMillis)
            throws SQLException {
        AggregateRow known = one(connection, store, name);
        String wanted = switch (deletion) {
            case SOFT -> "soft_deleted";
            case TOMBSTONE -> "tombstoned";
            case REMOVE -> "removed";
        };
        boolean nothingToDo = known.status() == AggregateStatus.EMPTY
                ? deletion != AggregateDeletion.TOMBSTONE
                : text(known.status()).equals(wanted);
        if (nothingToDo) {
            return info(connection, store, name, nowMillis);
        }
        boolean gone = known.status() == AggregateStatus.TOMBSTONED;
        if (gone || !expected.holds(known.status(), known.seen())) {
            throw new EventsRefusedException(new Refused(
                    gone ? Reason.TOMBSTONED : Reason.WRONG_EXPECTED_VERSION,
                    List.of(new Violation(0, name, expected, known.status(), known.seen())),
                    EventStore.EMPTY,
                    null));
        }
        long id = known.id() == 0 ? insert(connection, store, known) : known.id();
        // A snapshot never comes back to life, even if the aggregate is written again.
        new Query(tables)
                .add(
                        "UPDATE {aggregates} SET status = ?, snapshot_version = NULL, snapshot = NULL, "
                                + "snapshot_content_type = NULL, snapshot_schema = NULL, snapshot_metadata = NULL, "
                                + "snapshot_seconds = NULL, snapshot_nanos = NULL WHERE id = ?",
                        wanted,
                        id)
                .update(connection);
        new Query(tables)
                .add("DELETE FROM {snapshots} WHERE aggregate_id = ?", id)
                .update(connection);
        return info(connection, store, name, nowMillis);
    }

    private static String text(AggregateStatus status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    private long insert(Connection connection, StoreRow store, AggregateRow row) throws SQLException {
        return Objects.requireNonNull(insert(connection, store, List.of(row)).get(row.name()));
    }

    /** The ids of new rows. */
    Map<AggregateId, Long> insert(Connection connection, StoreRow store, List<AggregateRow> rows) throws SQLException {
        Map<AggregateId, Long> ids = new HashMap<>();
        if (rows.isEmpty()) {
            return ids;
        }
        List<String> types = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<String> statuses = new ArrayList<>();
        List<Long> versions = new ArrayList<>();
        List<Long> positions = new ArrayList<>();
        for (AggregateRow row : rows) {
            types.add(row.name().type());
            names.add(row.name().id());
            statuses.add(text(row.status()));
            versions.add(row.version());
            positions.add(row.lastPosition());
        }
        new Query(tables)
                .add(
                        "INSERT INTO {aggregates} "
                                + "(store, aggregate, aggregate_id, status, version, first_of_life, last_position) "
                                + "SELECT ?, n.aggregate, n.aggregate_id, n.status, n.version, 0, n.last_position "
                                + "FROM unnest(?, ?, ?, ?, ?) n (aggregate, aggregate_id, status, version, last_position) "
                                + "RETURNING id, aggregate, aggregate_id",
                        store.id(),
                        new Query.TextList(types),
                        new Query.TextList(names),
                        new Query.TextList(statuses),
                        new Query.NumberList(versions),
                        new Query.NumberList(positions))
                .list(connection, row -> ids.put(Query.aggregate(row), row.getLong("id")));
        return ids;
    }

    /** Writes status, versions and position of rows that are there. */
    void update(Connection connection, List<AggregateRow> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        List<Long> ids = new ArrayList<>();
        List<String> statuses = new ArrayList<>();
        List<Long> versions = new ArrayList<>();
        List<Long> firsts = new ArrayList<>();
        List<Long> positions = new ArrayList<>();
        for (AggregateRow row : rows) {
            ids.add(row.id());
            statuses.add(text(row.status()));
            versions.add(row.version());
            firsts.add(row.firstOfLife());
            positions.add(row.lastPosition());
        }
        new Query(tables)
                .add(
                        "UPDATE {aggregates} a SET status = n.status, version = n.version, "
                                + "first_of_life = n.first_of_life, last_position = n.last_position "
                                + "FROM unnest(?, ?, ?, ?, ?) n (id, status, version, first_of_life, last_position) "
                                + "WHERE a.id = n.id",
                        new Query.NumberList(ids),
                        new Query.TextList(statuses),
                        new Query.NumberList(versions),
                        new Query.NumberList(firsts),
                        new Query.NumberList(positions))
                .update(connection);
    }
}
