package dev.varve.postgres;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventStorage;
import dev.varve.api.VarveException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How far readers have come. */
final class Checkpoints {

    private final Tables tables;

    Checkpoints(Tables tables) {
        this.tables = tables;
    }

    /** A position, or null. */
    @Nullable Long one(Connection connection, StoreRow store, String name) throws SQLException {
        return new Query(tables)
                .add("SELECT position FROM {checkpoints} WHERE store = ? AND name = ?", store.id(), name)
                .first(connection, row -> row.getLong("position"));
    }

    /** Positions by name, in the order of names. */
    Map<String, Long> all(Connection connection, String store) throws SQLException {
        return some(connection, store, null);
    }

    /** Positions by name of those of these names that there are; of all for null. */
    Map<String, Long> some(Connection connection, String store, @Nullable Collection<String> names)
            throws SQLException {
        Map<String, Long> found = new TreeMap<>();
        Query query = new Query(tables)
                .add(
                        "SELECT c.name, c.position FROM {checkpoints} c JOIN {stores} s ON s.id = c.store WHERE s.name = ?",
                        store);
        if (names != null) {
            query.add(
                    "AND c.name = ANY (?)",
                    new Query.TextList(names.stream().filter(Query::canHold).toList()));
        }
        query.list(connection, row -> found.put(row.getString("name"), row.getLong("position")));
        return found;
    }

    /**
     * Saves a position, unless a higher one stands there.
     *
     * @param store locked
     * @return what stands there then
     */
    long save(Connection connection, StoreRow store, String name, long position) throws SQLException {
        Long moved = new Query(tables)
                .add(
                        "UPDATE {checkpoints} SET position = greatest(position, ?) WHERE store = ? AND name = ? "
                                + "RETURNING position",
                        position,
                        store.id(),
                        name)
                .first(connection, row -> row.getLong("position"));
        if (moved != null) {
            return moved;
        }
        int inserted = new Query(tables)
                .add(
                        "INSERT INTO {checkpoints} (store, name, position) SELECT ?, ?, ? "
                                + "WHERE (SELECT count(*) FROM {checkpoints} WHERE store = ?) < ?",
                        store.id(),
                        name,
                        position,
                        store.id(),
                        EventStorage.MAX_CHECKPOINTS)
                .update(connection);
        if (inserted == 0) {
            throw new VarveException(
                    ErrorKind.LIMIT_EXCEEDED, "a store has at most " + EventStorage.MAX_CHECKPOINTS + " checkpoints");
        }
        return position;
    }

    boolean delete(Connection connection, StoreRow store, String name) throws SQLException {
        return Query.canHold(name)
                && new Query(tables)
                                .add("DELETE FROM {checkpoints} WHERE store = ? AND name = ?", store.id(), name)
                                .update(connection)
                        > 0;
    }
}
