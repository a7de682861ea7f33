package dev.varve.postgres;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventStore;
import dev.varve.api.VarveException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The row of a store. Whoever changes anything of a store holds its lock until the commit: so positions are given in the order of commits, without gaps, and no reader sees a
 * position before all lower ones.
 *
 * @param id what the store is called in other tables
 * @param head the last position
 * @param lastCreated when the last event was recorded; null before the first
 */
record StoreRow(int id, long head, @Nullable Instant lastCreated) {

    /** Stands for a store that is not there: nothing in any table is of it. */
    static final StoreRow NONE = new StoreRow(0, EventStore.EMPTY, null);

    /** The store as it stands, or null. */
    static @Nullable StoreRow find(Tables tables, Connection connection, String store) throws SQLException {
        if (!Query.canHold(store)) {
            return null;
        }
        return new Query(tables)
                .add("SELECT id, head, last_created FROM {stores} WHERE name = ?", store)
                .first(connection, StoreRow::of);
    }

    /**
     * Locks the store; null when there is none. What follows is durable when it is committed, also where the database is set up to say so before: the setting is raised for
     * this transaction.
     */
    static @Nullable StoreRow lock(Tables tables, Connection connection, String store) throws SQLException {
        if (!Query.canHold(store)) {
            return null;
        }
        return new Query(tables)
                .add(
                        "SELECT id, head, last_created, CASE current_setting('synchronous_commit') WHEN 'off' "
                                + "THEN set_config('synchronous_commit', 'on', true) END "
                                + "FROM {stores} WHERE name = ? FOR NO KEY UPDATE",
                        store)
                .first(connection, StoreRow::of);
    }

    static StoreRow lockExisting(Tables tables, Connection connection, String store) throws SQLException {
        StoreRow found = lock(tables, connection, store);
        if (found == null) {
            throw new VarveException(ErrorKind.NOT_FOUND, "there is no store " + store);
        }
        return found;
    }

    /** Locks the store, which is made when there is none. */
    static StoreRow lockOrCreate(Tables tables, Connection connection, String store) throws SQLException {
        StoreRow found = lock(tables, connection, store);
        if (found != null) {
            return found;
        }
        new Query(tables)
                .add("INSERT INTO {stores} (name) VALUES (?) ON CONFLICT (name) DO NOTHING", store)
                .update(connection);
        return lockExisting(tables, connection, store);
    }

    private static StoreRow of(ResultSet row) throws SQLException {
        Instant created = row.getObject("last_created") == null ? null : Query.instant(row, "last_created");
        return new StoreRow(row.getInt("id"), row.getLong("head"), created);
    }
}
