package dev.varve.postgres;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link PostgresEventStore} uses its database. Immutable.
 *
 * <pre>{@code
 * PostgresOptions options = PostgresOptions.DEFAULT
 *         .withSchema("shop")
 *         .withTables("aggregates", "domain_events", "varve_")
 *         .withJson(false);
 * System.out.println(PostgresEventStore.ddl(options));
 * }</pre>
 *
 * @param schema the schema of all tables, which is created when it is missing; null for the first one of the connection's {@code search_path}
 * @param aggregatesTable the table of aggregates, with their last snapshots
 * @param eventsTable the table of events
 * @param prefix what the names of all other tables begin with; another one for each pair of tables in one schema
 * @param json whether data that is JSON is also written to a column for people, which is never read back
 * @param connections how many connections are used at most, half of them for writes, at least 2
 * @param pollInterval how often is asked for what other processes have written, while somebody listens or waits
 * @param clock what tells the time
 */
public record PostgresOptions(
        @Nullable String schema,
        String aggregatesTable,
        String eventsTable,
        String prefix,
        boolean json,
        int connections,
        Duration pollInterval,
        InstantSource clock) {

    // PostgreSQL cuts names at 63 bytes; what is put behind these has to fit, too.
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,39}");

    /** The tables {@code aggregates}, {@code domain_events} and others that begin with {@code varve_}, with JSON, 8 connections and a question every 100 ms. */
    public static final PostgresOptions DEFAULT = new PostgresOptions(
            null, "aggregates", "domain_events", "varve_", true, 8, Duration.ofMillis(100), InstantSource.system());

    /** The most connections, inclusive. */
    public static final int MAX_CONNECTIONS = 1_000;

    /**
     * Checks all of it.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} for names that are no letters, digits and underscores or longer than 40, fewer than
     *     2 or more than {@link #MAX_CONNECTIONS} connections, or an interval of less than a millisecond
     */
    public PostgresOptions {
        if (schema != null) {
            checkName("schema", schema);
        }
        checkName("table of aggregates", aggregatesTable);
        checkName("table of events", eventsTable);
        checkName("prefix of tables", prefix);
        if (connections < 2 || connections > MAX_CONNECTIONS) {
            throw invalid("there are 2 to " + MAX_CONNECTIONS + " connections, not " + connections);
        }
        if (pollInterval.toMillis() < 1) {
            throw invalid("the interval of polling is a millisecond or more, was " + pollInterval);
        }
    }

    private static void checkName(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw invalid("the name of a " + what + " is up to 40 letters, digits and underscores, was " + name);
        }
    }

    private static VarveException invalid(String message) {
        return new VarveException(ErrorKind.INVALID_PARAMS, message);
    }

    /**
     * The same in another schema.
     *
     * @param other its name
     * @return the options
     */
    public PostgresOptions withSchema(String other) {
        return new PostgresOptions(other, aggregatesTable, eventsTable, prefix, json, connections, pollInterval, clock);
    }

    /**
     * The same with other tables.
     *
     * @param aggregates the table of aggregates
     * @param events the table of events
     * @param others what the names of all other tables begin with
     * @return the options
     */
    public PostgresOptions withTables(String aggregates, String events, String others) {
        return new PostgresOptions(schema, aggregates, events, others, json, connections, pollInterval, clock);
    }

    /**
     * The same with or without data as JSON for people.
     *
     * @param written whether it is written
     * @return the options
     */
    public PostgresOptions withJson(boolean written) {
        return new PostgresOptions(
                schema, aggregatesTable, eventsTable, prefix, written, connections, pollInterval, clock);
    }

    /**
     * The same with more or fewer connections.
     *
     * @param most how many at most
     * @return the options
     */
    public PostgresOptions withConnections(int most) {
        return new PostgresOptions(schema, aggregatesTable, eventsTable, prefix, json, most, pollInterval, clock);
    }

    /**
     * The same, asking more or less often.
     *
     * @param interval between two questions
     * @return the options
     */
    public PostgresOptions withPollInterval(Duration interval) {
        return new PostgresOptions(schema, aggregatesTable, eventsTable, prefix, json, connections, interval, clock);
    }

    /**
     * The same by another clock.
     *
     * @param other what tells the time
     * @return the options
     */
    public PostgresOptions withClock(InstantSource other) {
        return new PostgresOptions(
                schema, aggregatesTable, eventsTable, prefix, json, connections, pollInterval, other);
    }
}
