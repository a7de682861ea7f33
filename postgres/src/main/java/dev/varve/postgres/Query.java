package dev.varve.postgres;

import dev.varve.api.AggregateId;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A statement that is put together piece by piece, each with the values of its question marks. Confined to one thread. */
final class Query {

    private final Tables tables;
    private final StringBuilder text = new StringBuilder();
    private final List<@Nullable Object> values = new ArrayList<>();

    Query(Tables tables) {
        this.tables = tables;
    }

    /** The next piece. */
    Query add(String piece, @Nullable Object... piecesValues) {
        text.append(piece).append(' ');
        for (Object value : piecesValues) {
            values.add(value);
        }
        return this;
    }

    /** All of another one. */
    Query add(Query other) {
        text.append(other.text);
        values.addAll(other.values);
        return this;
    }

    /** A list of texts as one value. */
    record TextList(Collection<String> texts) {}

    /** A list of numbers as one value. */
    record NumberList(Collection<Long> numbers) {}

    /** A list of ids as one value. */
    record IdList(Collection<UUID> ids) {}

    /** A text as JSON. */
    record Json(@Nullable String json) {}

    PreparedStatement prepare(Connection connection) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(tables.sql(text.toString()));
        bind(connection, statement, values.toArray());
        return statement;
    }

    /** Runs a change. */
    int update(Connection connection) throws SQLException {
        try (PreparedStatement statement = prepare(connection)) {
            return statement.executeUpdate();
        }
    }

    /** What a row becomes. */
    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> list(Connection connection, RowReader<T> reader) throws SQLException {
        List<T> found = new ArrayList<>();
        try (PreparedStatement statement = prepare(connection);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(reader.read(rows));
            }
        }
        return found;
    }

    /** The first row, or null. */
    <T> @Nullable T first(Connection connection, RowReader<T> reader) throws SQLException {
        try (PreparedStatement statement = prepare(connection);
                ResultSet rows = statement.executeQuery()) {
            return rows.next() ? reader.read(rows) : null;
        }
    }

    static void bind(Connection connection, PreparedStatement statement, @Nullable Object... values)
            throws SQLException {
        for (int i = 0; i < values.length; i++) {
            bind(connection, statement, i + 1, values[i]);
        }
    }

    private static void bind(Connection connection, PreparedStatement statement, int index, @Nullable Object value)
            throws SQLException {
        if (value instanceof TextList list) {
            statement.setArray(index, array(connection, "text", list.texts.toArray()));
        } else if (value instanceof NumberList list) {
            statement.setArray(index, array(connection, "int8", list.numbers.toArray()));
        } else if (value instanceof IdList list) {
            statement.setArray(index, array(connection, "uuid", list.ids.toArray()));
        } else if (value instanceof Json json) {
            statement.setObject(index, json.json, Types.OTHER);
        } else if (value instanceof Instant instant) {
            statement.setObject(index, instant.atOffset(ZoneOffset.UTC));
        } else if (value instanceof byte[] bytes) {
            statement.setBytes(index, bytes);
        } else if (value == null) {
            statement.setNull(index, Types.NULL);
        } else {
            statement.setObject(index, value);
        }
    }

    private static Array array(Connection connection, String type, Object[] values) throws SQLException {
        return connection.createArrayOf(type, values);
    }

    // ---- columns

    static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static Instant instant(ResultSet row, String seconds, String nanos) throws SQLException {
        return Instant.ofEpochSecond(row.getLong(seconds), row.getInt(nanos));
    }

    static @Nullable Long number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    static AggregateId aggregate(ResultSet row) throws SQLException {
        return new AggregateId(row.getString("aggregate"), row.getString("aggregate_id"));
    }

    /** Whether PostgreSQL can hold a text, and therefore whether one of its texts can begin with it. */
    static boolean canHold(String text) {
        return text.indexOf('\0') < 0 && StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }
}
