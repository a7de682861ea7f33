package dev.varve.postgres;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppend.Tracking;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.LoadedAggregate;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The events of stores in tables of a PostgreSQL, for programs that have one already and want no server beside it.
 *
 * <pre>{@code
 * try (PostgresEventStore postgres = PostgresEventStore.open(dataSource)) {
 *     EventStore events = postgres.events("acme/orders");
 *     AggregateId order = new AggregateId("order", "4711");
 *     events.append(order, ExpectedVersion.noStream(), NewEvent.json("OrderPlaced", "{\"total\": 12}"));
 *     System.out.println(events.fetch(order, EventStore.EMPTY).version());
 * }
 * }</pre>
 *
 * <p>Keeps the whole contract of {@link EventStorage}. Each call that writes is one transaction, which holds a lock on the row of its store: appends to one
 * store follow each other, those to different stores do not wait. Several processes may use the same tables. An answer means what a commit means to
 * this PostgreSQL; {@code synchronous_commit = off} is overruled. A connection that is lost while a commit is under way fails the call with {@link
 * ErrorKind#OUTCOME_UNKNOWN}, one that is lost before with {@link ErrorKind#UNAVAILABLE}, after a second attempt. Transactions that others got in the way of are
 * tried a few times more before they fail with {@link ErrorKind#OVERLOADED}.
 *
 * <p>What other processes append is told to listeners after at most {@link PostgresOptions#pollInterval}; {@link #head} and
 * {@link #subscribe} ask the database in the thread that calls them, except of a store that somebody listens to already. There are no competing consumers of one subscription, and no way to delete a store.
 *
 * <p>Thread-safe.
 */
public final class PostgresEventStore implements EventStorage, AutoCloseable {

    /** The variable of the environment with the JDBC URL for {@link #fromEnvironment}. */
    public static final String URL_VARIABLE = "VARVE_POSTGRES_URL";

    /** The variable of the environment with the user for {@link #fromEnvironment}. */
    public static final String USER_VARIABLE = "VARVE_POSTGRES_USER";

    /** The variable of the environment with the password for {@link #fromEnvironment}. */
    public static final String PASSWORD_VARIABLE = "VARVE_POSTGRES_PASSWORD";

    private static final System.Logger LOG = System.getLogger(PostgresEventStore.class.getName());

    private final Tables tables;
    private final boolean json;
    private final InstantSource clock;
    private final Connections connections;
    private final Database database;
    private final Aggregates aggregates;
    private final EventReads reads;
    private final Checkpoints checkpoints;
    private final EventAppends appends;
    private final SingleEvents singleEvents;
    private final Snapshots snapshots;
    private final Workers workers;
    private final Watch watch;

    private PostgresEventStore(Connections connections, PostgresOptions options) {
        this.connections = connections;
        tables = new Tables(options);
        json = options.json();
        clock = options.clock();
        database = new Database(connections);
        aggregates = new Aggregates(tables);
        reads = new EventReads(tables, aggregates);
        checkpoints = new Checkpoints(tables);
        appends = new EventAppends(tables, aggregates, reads, checkpoints);
        singleEvents = new SingleEvents(tables);
        snapshots = new Snapshots(tables, aggregates);
        try {
            database.<@Nullable Void>write(connection -> {
                tables.prepare(connection);
                return null;
            });
        } catch (RuntimeException e) {
            connections.close();
            throw e;
        }
        workers = new Workers(options.connections());
        watch = new Watch(tables, database, checkpoints, options.pollInterval());
    }

    /**
     * Opens the tables of a data source, with {@link PostgresOptions#DEFAULT}.
     *
     * @param source gives connections, from a pool of its own; stays open when this is closed
     * @return the event store
     * @throws VarveException as {@link #open(DataSource, PostgresOptions)} says
     */
    public static PostgresEventStore open(DataSource source) {
        return open(source, PostgresOptions.DEFAULT);
    }

    /**
     * Opens the tables of a data source. They are made where they are missing.
     *
     * @param source gives connections, from a pool of its own that has room for {@link PostgresOptions#connections} and two more; stays open when this is closed
     * @param options how it is used
     * @return the event store
     * @throws VarveException {@link ErrorKind#UNAVAILABLE} when the database cannot be reached, {@link ErrorKind#UNAUTHORIZED} when it does not let the user in, {@link ErrorKind#NOT_SUPPORTED} when it is older than 15, not in UTF8, or
     *     has tables of a later version of this library, {@link ErrorKind#FORBIDDEN} when tables are missing and must not be made
     */
    public static PostgresEventStore open(DataSource source, PostgresOptions options) {
        return new PostgresEventStore(new Connections.OfDataSource(source), options);
    }

    /**
     * Opens the tables of a database. Connections are kept, at most as many as {@link PostgresOptions#connections} says.
     *
     * @param url a JDBC URL, {@code jdbc:postgresql://host/database}; needs {@code org.postgresql:postgresql}
     * @param user who connects; null for whom the URL names
     * @param password of that user; null for the one in the URL, or none
     * @param options how it is used
     * @return the event store
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when there is no driver for the URL; else as {@link #open(DataSource, PostgresOptions)} says
     */
    public static PostgresEventStore connect(
            String url, @Nullable String user, @Nullable String password, PostgresOptions options) {
        try {
            DriverManager.getDriver(url);
        } catch (SQLException e) {
            // The URL may hold a password.
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "no JDBC driver takes the URL: it begins with jdbc:postgresql:, and org.postgresql:postgresql is on the class path",
                    e);
        }
        return new PostgresEventStore(new Connections.OfUrl(url, user, password, options.connections()), options);
    }

    /**
     * Opens the tables of the database that the environment names.
     *
     * @param options how it is used
     * @return the event store
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when {@value #URL_VARIABLE} is not set; else as {@link #connect} says
     */
    public static PostgresEventStore fromEnvironment(PostgresOptions options) {
        return fromEnvironment(System.getenv(), options);
    }

    static PostgresEventStore fromEnvironment(Map<String, String> environment, PostgresOptions options) {
        String url = environment.get(URL_VARIABLE);
        if (url == null || url.isEmpty()) {
            throw invalid(URL_VARIABLE + " is not set");
        }
        return connect(url, environment.get(USER_VARIABLE), environment.get(PASSWORD_VARIABLE), options);
    }

    /**
     * The statements that make all tables, for where a program must not do that itself.
     *
     * @param options how the tables are called
     * @return SQL
     */
    public static String ddl(PostgresOptions options) {
        return new Tables(options).ddl();
    }

    /**
     * The events of a store.
     *
     * @param store its full name, {@code organisation/store}; the first append creates it
     * @return the events, as long as this is open
     */
    public EventStore events(String store) {
        return EventStore.over(this, store);
    }

    private static VarveException invalid(String message) {
        return new VarveException(ErrorKind.INVALID_PARAMS, message);
    }

    private static <T> CompletableFuture<T> refuse(String message) {
        return CompletableFuture.failedFuture(invalid(message));
    }

    private <T extends @Nullable Object> CompletableFuture<T> reading(Database.Work<T> work) {
        return workers.read(() -> database.read(work));
    }

    /** What happens to a store while nobody else changes it. */
    private interface Change<T extends @Nullable Object> {
        T in(Connection connection, StoreRow store) throws SQLException;
    }

    private <T extends @Nullable Object> CompletableFuture<T> changing(String store, Change<T> change) {
        return workers.write(
                store,
                () -> database.write(
                        connection -> change.in(connection, StoreRow.lockExisting(tables, connection, store))));
    }

    // ---- events

    @Override
    public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean createStore) {
        if (!StoreInfo.NAME.matcher(store).matches()) {
            return refuse(store + " is no name of a store");
        }
        List<@Nullable String> columns = json ? EventAppends.json(append) : List.of();
        return workers.write(store, () -> {
            EventAppendResult result;
            try {
                result = database.write(connection -> append(connection, store, append, createStore, columns));
            } catch (VarveException e) {
                if (columns.isEmpty() || !isOfValues(e)) {
                    throw e;
                }
                // What is only for people never stands in the way of an append.
                result = database.write(connection -> append(connection, store, append, createStore, List.of()));
            }
            if (result instanceof EventAppendResult.Appended appended) {
                watch.appended(store, appended.lastPosition());
                if (append.tracking() != null) {
                    watch.saved();
                }
            }
            return result;
        });
    }

    private EventAppendResult append(
            Connection connection,
            String store,
            EventAppend append,
            boolean createStore,
            List<@Nullable String> columns)
            throws SQLException {
        StoreRow row = createStore
                ? StoreRow.lock(tables, connection, store)
                : StoreRow.lockExisting(tables, connection, store);
        return appends.append(connection, row, store, append, columns, clock.millis());
    }

    private static boolean isOfValues(VarveException e) {
        return e.getCause() instanceof SQLException cause
                && cause.getSQLState() != null
                && (cause.getSQLState().startsWith("22") || cause.getSQLState().startsWith("54"));
    }

    @Override
    public CompletableFuture<EventSlice> read(String store, EventRead read) {
        return reading(connection -> reads.slice(connection, store, read, clock.millis()));
    }

    @Override
    public CompletableFuture<Long> count(String store, EventRead read, long atMost) {
        return reading(connection -> reads.count(connection, store, read, atMost, clock.millis()));
    }

    @Override
    public long head(String store) {
        return watch.head(store);
    }

    @Override
    public Subscription subscribe(String store, LongConsumer listener) {
        return watch.subscribe(store, listener);
    }

    // ---- aggregates

    @Override
    public CompletableFuture<AggregateInfo> aggregate(String store, AggregateId aggregate) {
        return reading(connection -> aggregates.info(connection, store, aggregate, clock.millis()));
    }

    @Override
    public CompletableFuture<List<AggregateInfo>> aggregates(
            String store, @Nullable String category, @Nullable AggregateId after, int limit) {
        if (limit < 1 || limit > EventRead.MAX_LIMIT) {
            return refuse("limit is 1 to " + EventRead.MAX_LIMIT + ", was " + limit);
        }
        if (category != null && !Query.canHold(category)) {
            return CompletableFuture.completedFuture(List.of());
        }
        return reading(connection -> aggregates.list(connection, store, category, after, limit, clock.millis()));
    }

    @Override
    public CompletableFuture<AggregateInfo> configure(
            String store, AggregateId aggregate, AggregateSettings settings, @Nullable Long expectedRevision) {
        return changing(
                store,
                (connection, row) ->
                        aggregates.configure(connection, row, aggregate, settings, expectedRevision, clock.millis()));
    }

    @Override
    public CompletableFuture<AggregateInfo> delete(
            String store, AggregateId aggregate, ExpectedVersion expected, AggregateDeletion deletion) {
        return changing(
                store,
                (connection, row) -> aggregates.delete(connection, row, aggregate, expected, deletion, clock.millis()));
    }

    @Override
    public CompletableFuture<Boolean> redact(String store, long position, EventData replacement) {
        return changing(store, (connection, row) -> {
            replacement.check();
            return singleEvents.redact(connection, row, position, replacement, json, clock.millis());
        });
    }

    @Override
    public CompletableFuture<Integer> deleteEvents(String store, Collection<Long> positions) {
        if (positions.size() > EventRead.MAX_LIMIT) {
            return refuse("at most " + EventRead.MAX_LIMIT + " events are deleted at once");
        }
        List<Long> all = List.copyOf(positions);
        return changing(store, (connection, row) -> singleEvents.delete(connection, row, all, clock.millis()));
    }

    @Override
    public CompletableFuture<Long> scavenge(String store) {
        return workers.write(store, () -> {
            long removed = 0;
            // In steps, between which others may append.
            long head = database.write(connection ->
                    StoreRow.lockExisting(tables, connection, store).head());
            for (long at = EventStore.EMPTY; at < head; at += SingleEvents.SCAVENGED_AT_ONCE) {
                long after = at;
                removed += database.<Integer>write(connection -> singleEvents.scavenge(
                        connection, StoreRow.lockExisting(tables, connection, store), after, clock.millis()));
            }
            database.<@Nullable Void>write(connection -> {
                singleEvents.forget(connection, StoreRow.lockExisting(tables, connection, store));
                return null;
            });
            vacuum();
            return removed;
        });
    }

    /** Has PostgreSQL use the space again. It would do so by itself, later. */
    private void vacuum() {
        Connection connection = null;
        boolean usable = false;
        try {
            connection = connections.take();
            connection.setAutoCommit(true);
            try (Statement statement = connection.createStatement()) {
                statement.execute(tables.sql("VACUUM {events}, {tags}, {aggregates}, {snapshots}"));
            }
            usable = true;
        } catch (SQLException e) {
            LOG.log(Level.WARNING, "the tables were not vacuumed; autovacuum will do it", e);
        } finally {
            if (connection != null) {
                connections.giveBack(connection, usable);
            }
        }
    }

    // ---- snapshots

    @Override
    public CompletableFuture<Void> saveSnapshot(String store, Snapshot snapshot, int keep) {
        if (keep < 1 || keep > Snapshot.MAX_KEPT) {
            return refuse("1 to " + Snapshot.MAX_KEPT + " snapshots are kept, not " + keep);
        }
        return changing(store, (connection, row) -> {
                    snapshots.save(connection, row, snapshot, keep);
                    return true;
                })
                .thenAccept(saved -> {});
    }

    @Override
    public CompletableFuture<List<Snapshot>> snapshots(String store, AggregateId aggregate, SnapshotQuery query) {
        return reading(connection -> snapshots.find(connection, store, aggregate, query));
    }

    @Override
    public CompletableFuture<Integer> deleteSnapshots(String store, AggregateId aggregate, SnapshotQuery query) {
        return changing(store, (connection, row) -> snapshots.delete(connection, row, aggregate, query));
    }

    @Override
    public CompletableFuture<LoadedAggregate> load(String store, AggregateId aggregate, String schema) {
        return reading(connection -> {
            Optional<Snapshot> snapshot =
                    EventStorage.newest(snapshots.find(connection, store, aggregate, SnapshotQuery.ALL), schema);
            long after = snapshot.map(Snapshot::version).orElse(EventStore.EMPTY);
            return new LoadedAggregate(
                    snapshot,
                    reads.slice(connection, store, EventRead.of(aggregate).after(after), clock.millis()));
        });
    }

    // ---- checkpoints

    @Override
    public CompletableFuture<Long> saveCheckpoint(String store, String name, long position) {
        if (position < EventStore.EMPTY) {
            return refuse("a checkpoint is -1 or more, was " + position);
        }
        try {
            // Named as the sources of trackings, which are checkpoints, too.
            String checked = new Tracking(name, 0).source();
            return changing(store, (connection, row) -> checkpoints.save(connection, row, checked, position))
                    .thenApply(stands -> {
                        watch.saved();
                        return stands;
                    });
        } catch (VarveException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public CompletableFuture<OptionalLong> checkpoint(String store, String name) {
        return reading(connection -> {
            Long position = checkpoints.some(connection, store, Set.of(name)).get(name);
            return position == null ? OptionalLong.empty() : OptionalLong.of(position);
        });
    }

    @Override
    public CompletableFuture<Map<String, Long>> checkpoints(String store) {
        return reading(connection -> checkpoints.all(connection, store));
    }

    @Override
    public CompletableFuture<Boolean> deleteCheckpoint(String store, String name) {
        return changing(store, (connection, row) -> checkpoints.delete(connection, row, name));
    }

    @Override
    public CompletableFuture<Boolean> awaitCheckpoints(
            String store, Set<String> names, long position, Duration timeout) {
        if (timeout.isNegative() || timeout.compareTo(MAX_WAIT) > 0) {
            return refuse("a wait takes at most " + MAX_WAIT + ", not " + timeout);
        }
        Set<String> all = Set.copyOf(names);
        return reading(connection -> checkpoints.some(connection, store, all)).thenCompose(there -> {
            Set<String> unknown = new TreeSet<>(all);
            unknown.removeAll(there.keySet());
            if (!unknown.isEmpty()) {
                throw invalid("no checkpoint was ever saved of " + unknown);
            }
            boolean reached = there.values().stream().allMatch(one -> one >= position);
            return reached || timeout.isZero()
                    ? CompletableFuture.completedFuture(reached)
                    : watch.await(store, all, position, timeout);
        });
    }

    /** Lets what was begun finish, and closes all connections but those of a data source. Waits fail with {@link ErrorKind#UNAVAILABLE}. */
    @Override
    public void close() {
        watch.close();
        workers.close();
        connections.close();
    }
}
