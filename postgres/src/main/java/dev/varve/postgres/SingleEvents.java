package dev.varve.postgres;

import dev.varve.api.EventData;
import dev.varve.api.EventStorage;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What is done to events that are there already, by who holds the lock of their store. */
final class SingleEvents {

    /** So many positions are looked at in one transaction of a scavenge. */
    static final int SCAVENGED_AT_ONCE = 10_000;

    private final Tables tables;

    SingleEvents(Tables tables) {
        this.tables = tables;
    }

    boolean redact(
            Connection connection, StoreRow store, long position, EventData replacement, boolean json, long nowMillis)
            throws SQLException {
        if (readable(connection, store, Set.of(position), nowMillis).isEmpty()) {
            return false;
        }
        return new Query(tables)
                        .add(
                                "UPDATE {events} SET domain_event = ?, content_type = ?, domain_event_json = ?, "
                                        + "redacted = true WHERE store = ? AND position = ?",
                                replacement.bytes(),
                                replacement.contentType(),
                                new Query.Json(json ? JsonColumn.of(replacement) : null),
                                store.id(),
                                position)
                        .update(connection)
                > 0;
    }

    int delete(Connection connection, StoreRow store, Collection<Long> positions, long nowMillis) throws SQLException {
        if (positions.isEmpty()) {
            return 0;
        }
        List<Long> readable = readable(connection, store, positions, nowMillis);
        return new Query(tables)
                .add(
                        "UPDATE {events} SET deleted = true WHERE store = ? AND position = ANY (?)",
                        store.id(),
                        new Query.NumberList(readable))
                .update(connection);
    }

    private List<Long> readable(Connection connection, StoreRow store, Collection<Long> positions, long nowMillis)
            throws SQLException {
        return new Query(tables)
                .add(
                        "SELECT e.position FROM {events} e LEFT JOIN {aggregates} a ON a.id = e.aggregate_id "
                                + "WHERE e.store = ? AND e.position = ANY (?) AND " + AggregateRow.READABLE,
                        store.id(),
                        new Query.NumberList(new TreeSet<>(positions)),
                        nowMillis)
                .list(connection, row -> row.getLong("position"));
    }

    /**
     * Removes what cannot be read any more. The last ids are remembered, so that an append that comes again does not write its events anew.
     *
     * @param after the position after which to look
     * @return how many events were removed
     */
    int scavenge(Connection connection, StoreRow store, long after, long nowMillis) throws SQLException {
        long remembered = store.head() - EventStorage.REMEMBERED_IDS;
        return new Query(tables)
                .add(
                        "WITH gone AS MATERIALIZED (SELECT e.store, e.position, e.event_id, e.tags "
                                + "FROM {events} e LEFT JOIN {aggregates} a ON a.id = e.aggregate_id "
                                + "WHERE e.store = ? AND e.position > ? AND e.position <= ? AND NOT ("
                                + AggregateRow.READABLE + ")), "
                                + "untagged AS (DELETE FROM {tags} t USING (SELECT position, unnest(tags) AS tag FROM gone) g "
                                + "WHERE t.store = ? AND t.tag = g.tag AND t.position = g.position), "
                                + "remembered AS (INSERT INTO {removed_ids} (store, event_id, position) "
                                + "SELECT store, event_id, position FROM gone WHERE position > ?) "
                                + "DELETE FROM {events} e USING gone g WHERE e.store = g.store AND e.position = g.position",
                        store.id(),
                        after,
                        after + SCAVENGED_AT_ONCE,
                        nowMillis,
                        store.id(),
                        remembered)
                .update(connection);
    }

    /** Removes what nothing refers to any more, at the end of a scavenge. */
    void forget(Connection connection, StoreRow store) throws SQLException {
        new Query(tables)
                .add(
                        "DELETE FROM {removed_ids} WHERE store = ? AND position <= ?",
                        store.id(),
                        store.head() - EventStorage.REMEMBERED_IDS)
                .update(connection);
        new Query(tables)
                .add(
                        "DELETE FROM {aggregates} a WHERE a.store = ? AND a.status = 'removed' "
                                + "AND NOT EXISTS (SELECT FROM {events} e WHERE e.aggregate_id = a.id)",
                        store.id())
                .update(connection);
    }
}
