package dev.varve.postgres;

import dev.varve.api.CheckpointStore;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Checkpoints of projections in a table of a PostgreSQL, written in the transaction in which a projection writes its view: each event counts exactly
 * once. The events may be anywhere.
 *
 * <pre>{@code
 * EventStore events = store.events();
 * events.append(new AggregateId("order", "1"), ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * JdbcCheckpointStore checkpoints = JdbcCheckpointStore.open(dataSource);
 * checkpoints.inTransaction(() -> {
 *     try (Statement statement = checkpoints.connection().createStatement()) {
 *         statement.execute("CREATE TABLE IF NOT EXISTS placed (id text)");
 *     } catch (SQLException e) {
 *         throw new IllegalStateException(e);
 *     }
 * });
 *
 * Projection placed = event -> {
 *     try (PreparedStatement insert = checkpoints.connection().prepareStatement("INSERT INTO placed VALUES (?)")) {
 *         insert.setString(1, event.aggregate().id());
 *         insert.executeUpdate();
 *     } catch (SQLException e) {
 *         throw new IllegalStateException(e);
 *     }
 * };
 * try (ProjectionRun run = ProjectionRun.builder(events, "placed", placed).checkpoints(checkpoints).start()) {
 *     run.await(events.head(), Duration.ofSeconds(10));
 * }
 * }</pre>
 *
 * <p>One that is {@linkplain #open opened} makes transactions of its own, which {@link #connection} gives to the projection. One that is {@linkplain #joining
 * joining} takes part in those of the program, as Spring has them.
 *
 * <p>In a transaction a checkpoint only goes forward: {@link #save} of one that is not greater than what stands there throws {@link ErrorKind#CONFLICT}, and
 * so takes the whole transaction back. That is how it is found out that somebody else runs the same projection, and that a transaction whose
 * commit was not answered was made: the run ends, and one that is started again goes on where the database is. Outside of a transaction such a save changes nothing.
 *
 * <p>The table is made when it is missing: {@code name} and {@code position}. Several programs may use the same one. Appends do not wait for these
 * checkpoints, as the event store does not have them. Thread-safe.
 */
public final class JdbcCheckpointStore implements CheckpointStore {

    /** The table where nothing else is said. */
    public static final String TABLE = "varve_projections";

    private static final Pattern NAME = Pattern.compile("([A-Za-z_][A-Za-z0-9_]{0,39}\\.)?[A-Za-z_][A-Za-z0-9_]{0,39}");

    private final DataSource source;
    private final Database database;
    private final String table;

    /** How the program begins and ends a transaction; null for those of this class. */
    private final @Nullable Consumer<Runnable> joined;

    /** A transaction, with its connection where that is not one of the program. */
    private record Transaction(@Nullable Connection connection) {}

    /** The transaction in which the calling thread is. */
    @SuppressWarnings("ThreadLocalUsage") // each store of checkpoints has transactions of its own
    private final ThreadLocal<@Nullable Transaction> current = new ThreadLocal<>();

    private JdbcCheckpointStore(DataSource source, String table, @Nullable Consumer<Runnable> joined) {
        this.source = source;
        this.database = new Database(new Connections.OfDataSource(source));
        this.table = quoted(table);
        this.joined = joined;
        var unused = this.<Boolean>work(connection -> {
            prepare(connection, table);
            return true;
        });
    }

    /**
     * Checkpoints in the table {@value #TABLE}.
     *
     * @param source gives connections, from a pool of its own
     * @return the checkpoints, with transactions of their own
     * @throws VarveException as {@link #open(DataSource, String)} says
     */
    public static JdbcCheckpointStore open(DataSource source) {
        return open(source, TABLE);
    }

    /**
     * Checkpoints in a table.
     *
     * @param source gives connections, from a pool of its own
     * @param table its name, up to 40 letters, digits and underscores, perhaps behind that of a schema and a dot
     * @return the checkpoints, with transactions of their own
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when the name is none, {@link ErrorKind#UNAVAILABLE} when the database cannot be reached,
     *     {@link ErrorKind#FORBIDDEN} when the table is missing and must not be made
     */
    public static JdbcCheckpointStore open(DataSource source, String table) {
        return new JdbcCheckpointStore(source, table, null);
    }

    /**
     * Checkpoints that are written in the transactions of the program.
     *
     * <p>With Spring: {@code joining(new TransactionAwareDataSourceProxy(dataSource), table, work ->
     * new TransactionTemplate(manager).executeWithoutResult(status -> work.run()))}.
     *
     * @param source gives the connection of the transaction to who asks for one inside of it, and lets it go on when that is closed
     * @param table its name, as for {@link #open(DataSource, String)}
     * @param transactions runs what it is given in a transaction, on the calling thread and once; commits it, or takes it back and throws on what that threw
     * @return the checkpoints
     * @throws VarveException as {@link #open(DataSource, String)} says
     */
    public static JdbcCheckpointStore joining(DataSource source, String table, Consumer<Runnable> transactions) {
        return new JdbcCheckpointStore(source, table, transactions);
    }

    /**
     * The statement that makes the table, for where a program must not do that itself.
     *
     * @param table its name, as for {@link #open(DataSource, String)}
     * @return SQL
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when the name is none
     */
    public static String ddl(String table) {
        return "CREATE TABLE IF NOT EXISTS " + quoted(table)
                + " (name text COLLATE \"C\" PRIMARY KEY, position bigint NOT NULL CHECK (position >= -1))"
                + " WITH (fillfactor = 50)";
    }

    private static String quoted(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "the name of a table is up to 40 letters, digits and underscores, perhaps behind a schema, was "
                            + name);
        }
        return '"' + name.replace(".", "\".\"") + '"';
    }

    private static void prepare(Connection connection, String table) throws SQLException {
        if (isThere(connection, table)) {
            return;
        }
        try (Statement statement = connection.createStatement()) {
            // Whoever comes second waits here, and finds it.
            statement.execute("SELECT pg_advisory_xact_lock(hashtextextended('varve checkpoints', 0))");
            statement.execute(ddl(table));
        }
    }

    private static boolean isThere(Connection connection, String table) throws SQLException {
        int dot = table.indexOf('.');
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE c.relname = ? AND CASE ? WHEN '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = ? END")) {
            String schema = dot < 0 ? "" : table.substring(0, dot);
            statement.setString(1, table.substring(dot + 1));
            statement.setString(2, schema);
            statement.setString(3, schema);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /**
     * The connection of the transaction in which the calling thread is, for what a projection writes. It is neither closed nor committed nor rolled
     * back by who asks for it.
     *
     * @return the same for the whole transaction
     * @throws IllegalStateException when the calling thread is in no transaction of this, also when this joins those of the program, which has the connection
     */
    public Connection connection() {
        Transaction transaction = current.get();
        if (transaction == null) {
            throw new IllegalStateException("there is a connection in a transaction only: in what inTransaction runs");
        }
        if (transaction.connection() == null) {
            throw new IllegalStateException("the transaction is one of the program, which has its connection");
        }
        return transaction.connection();
    }

    @Override
    public boolean isTransactional() {
        return true;
    }

    /**
     * Does something as one transaction; in one that is going on already as a part of it.
     *
     * @param work done once, on the calling thread
     * @throws VarveException {@link ErrorKind#OUTCOME_UNKNOWN} when the commit was not answered, others when nothing was made. Of a store that is joining, what
     *     the transactions of the program throw
     * @throws RuntimeException what the work throws; nothing of it stays
     */
    @Override
    public void inTransaction(Runnable work) {
        if (current.get() != null) {
            work.run();
            return;
        }
        try {
            if (joined != null) {
                current.set(new Transaction(null));
                joined.accept(work);
            } else {
                database.<@Nullable Void>once(connection -> {
                    current.set(new Transaction(connection));
                    work.run();
                    return null;
                });
            }
        } finally {
            current.remove();
        }
    }

    /** Does something in the transaction that is going on, or else in one of its own. */
    private <T> @Nullable T work(Database.Work<@Nullable T> work) {
        Transaction transaction = current.get();
        if (transaction != null) {
            Connection connection = transaction.connection();
            return connection == null ? borrowing(work) : on(connection, work);
        }
        Consumer<Runnable> transactions = joined;
        if (transactions == null) {
            return database.write(work);
        }
        AtomicReference<@Nullable T> result = new AtomicReference<>();
        transactions.accept(() -> result.set(borrowing(work)));
        return result.get();
    }

    private <T> @Nullable T borrowing(Database.Work<@Nullable T> work) {
        try (Connection connection = source.getConnection()) {
            return work.in(connection);
        } catch (SQLException e) {
            throw Database.failure(e, true);
        }
    }

    private static <T> @Nullable T on(Connection connection, Database.Work<@Nullable T> work) {
        try {
            return work.in(connection);
        } catch (SQLException e) {
            throw Database.failure(e, true);
        }
    }

    @Override
    public OptionalLong load(String name) {
        Long position = this.<Long>work(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("SELECT position FROM " + table + " WHERE name = ?")) {
                statement.setString(1, name);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? row.getLong(1) : null;
                }
            }
        });
        return position == null ? OptionalLong.empty() : OptionalLong.of(position);
    }

    @Override
    public void save(String name, long position) {
        Boolean moved = this.<Boolean>work(connection -> {
            try (PreparedStatement statement = connection.prepareStatement("INSERT INTO " + table
                    + " AS stands (name, position) VALUES (?, ?) ON CONFLICT (name)"
                    + " DO UPDATE SET position = excluded.position WHERE stands.position < excluded.position")) {
                statement.setString(1, name);
                statement.setLong(2, position);
                return statement.executeUpdate() > 0;
            }
        });
        if (current.get() != null && !Boolean.TRUE.equals(moved)) {
            throw new VarveException(
                    ErrorKind.CONFLICT,
                    "the projection " + name + " has come to " + position
                            + " already: somebody else runs it, or a commit that was" + " not answered was made");
        }
    }

    @Override
    public void delete(String name) {
        var unused = this.<Integer>work(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("DELETE FROM " + table + " WHERE name = ?")) {
                statement.setString(1, name);
                return statement.executeUpdate();
            }
        });
    }
}
