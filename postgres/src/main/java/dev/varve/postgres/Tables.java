package dev.varve.postgres;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The tables: their names in statements, and how they are made. {@code docs/postgres.md} describes them. */
final class Tables {

    /** The oldest PostgreSQL that this is tested with. */
    private static final int MIN_SERVER = 15;

    /** Each brings the tables from one version to the next; a statement that was released never changes. */
    private static final List<String> VERSIONS = List.of("""
            CREATE TABLE {stores} (
                id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                name text COLLATE "C" NOT NULL UNIQUE,
                head bigint NOT NULL DEFAULT -1 CHECK (head >= -1),
                last_created timestamptz(3)
            ) WITH (fillfactor = 20);

            CREATE TABLE {aggregates} (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                store integer NOT NULL REFERENCES {stores},
                aggregate text COLLATE "C" NOT NULL,
                aggregate_id text COLLATE "C" NOT NULL,
                status text NOT NULL CHECK (status IN ('empty', 'live', 'soft_deleted', 'tombstoned', 'removed')),
                version bigint NOT NULL CHECK (version >= -1),
                first_of_life bigint NOT NULL,
                last_position bigint NOT NULL,
                max_age text,
                max_age_millis bigint,
                max_count bigint,
                truncate_before bigint NOT NULL DEFAULT 0,
                custom json NOT NULL DEFAULT '{}',
                settings_revision bigint NOT NULL DEFAULT 0,
                snapshot_version bigint,
                snapshot bytea,
                snapshot_content_type text,
                snapshot_schema json,
                snapshot_metadata json,
                snapshot_seconds bigint,
                snapshot_nanos integer
            ) WITH (fillfactor = 70);
            CREATE UNIQUE INDEX {aggregates_name} ON {aggregates} (store, aggregate, aggregate_id) WHERE status <> 'removed';
            CREATE INDEX {aggregates_removed} ON {aggregates} (store) WHERE status = 'removed';

            CREATE TABLE {events} (
                store integer NOT NULL REFERENCES {stores},
                position bigint NOT NULL CHECK (position >= 0),
                aggregate_id bigint REFERENCES {aggregates},
                aggregate_version bigint CHECK (aggregate_version >= 0),
                category text COLLATE "C",
                event_id uuid NOT NULL,
                type text COLLATE "C" NOT NULL,
                domain_event bytea NOT NULL,
                content_type text NOT NULL,
                domain_event_json jsonb,
                tags text[] COLLATE "C" NOT NULL,
                metadata json NOT NULL,
                happened_seconds bigint NOT NULL,
                happened_nanos integer NOT NULL,
                created timestamptz(3) NOT NULL,
                append_first bigint NOT NULL,
                append_last bigint NOT NULL,
                redacted boolean NOT NULL DEFAULT false,
                deleted boolean NOT NULL DEFAULT false,
                PRIMARY KEY (store, position),
                CONSTRAINT {events_id} UNIQUE (store, event_id),
                CONSTRAINT {events_version} UNIQUE (aggregate_id, aggregate_version),
                CHECK (num_nulls(aggregate_id, aggregate_version, category) IN (0, 3)),
                CHECK (position BETWEEN append_first AND append_last)
            );
            CREATE INDEX {events_type} ON {events} (store, type, position);
            CREATE INDEX {events_category} ON {events} (store, category, position) WHERE category IS NOT NULL;

            CREATE TABLE {tags} (
                store integer NOT NULL,
                tag text COLLATE "C" NOT NULL,
                position bigint NOT NULL,
                PRIMARY KEY (store, tag, position)
            );

            CREATE TABLE {removed_ids} (
                store integer NOT NULL REFERENCES {stores},
                event_id uuid NOT NULL,
                position bigint NOT NULL,
                PRIMARY KEY (store, event_id)
            );

            CREATE TABLE {snapshots} (
                aggregate_id bigint NOT NULL REFERENCES {aggregates} ON DELETE CASCADE,
                version bigint NOT NULL CHECK (version >= 0),
                snapshot bytea NOT NULL,
                content_type text NOT NULL,
                schema json NOT NULL,
                metadata json NOT NULL,
                seconds bigint NOT NULL,
                nanos integer NOT NULL,
                PRIMARY KEY (aggregate_id, version)
            );

            CREATE TABLE {checkpoints} (
                store integer NOT NULL REFERENCES {stores},
                name text COLLATE "C" NOT NULL,
                position bigint NOT NULL CHECK (position >= -1),
                PRIMARY KEY (store, name)
            ) WITH (fillfactor = 50);
            """);

    private static final String VERSION_TABLE = """
            CREATE TABLE IF NOT EXISTS {version} (
                only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
                version integer NOT NULL
            );
            """;

    private final PostgresOptions options;

    Tables(PostgresOptions options) {
        this.options = options;
    }

    /** A statement with the names of this store's tables for those in braces. */
    String sql(String statement) {
        return statement
                .replace("{stores}", auxiliary("stores"))
                .replace("{aggregates}", qualified(options.aggregatesTable()))
                .replace("{aggregates_name}", quoted(options.aggregatesTable() + "_name"))
                .replace("{aggregates_removed}", quoted(options.aggregatesTable() + "_removed"))
                .replace("{events}", qualified(options.eventsTable()))
                .replace("{events_id}", quoted(options.eventsTable() + "_id"))
                .replace("{events_version}", quoted(options.eventsTable() + "_version"))
                .replace("{events_type}", quoted(options.eventsTable() + "_type"))
                .replace("{events_category}", quoted(options.eventsTable() + "_category"))
                .replace("{tags}", auxiliary("tags"))
                .replace("{removed_ids}", auxiliary("removed_ids"))
                .replace("{snapshots}", auxiliary("snapshots"))
                .replace("{checkpoints}", auxiliary("checkpoints"))
                .replace("{version}", auxiliary("version"));
    }

    private String auxiliary(String name) {
        return qualified(options.prefix() + name);
    }

    private String qualified(String name) {
        String schema = options.schema();
        return schema == null ? quoted(name) : quoted(schema) + "." + quoted(name);
    }

    /** Letters, digits and underscores only, as the options have checked. */
    private static String quoted(String name) {
        return '"' + name + '"';
    }

    /** All statements that make the tables as they are now. */
    String ddl() {
        String schema = options.schema();
        return (schema == null ? "" : "CREATE SCHEMA IF NOT EXISTS " + quoted(schema) + ";\n")
                + sql(VERSION_TABLE)
                + sql(String.join("", VERSIONS))
                + sql("INSERT INTO {version} (version) VALUES (" + VERSIONS.size() + ");\n");
    }

    /** Makes the tables where they are missing or old; when all is there, nothing is needed but to read. */
    void prepare(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            checkServer(statement);
            if (version(statement) == VERSIONS.size()) {
                return;
            }
            // Whoever comes second waits here, and finds everything done.
            statement.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended('varve " + auxiliary("version") + "', 0))");
            int version = version(statement);
            if (version > VERSIONS.size()) {
                throw new VarveException(
                        ErrorKind.NOT_SUPPORTED,
                        "the tables are of version " + version + ", this program knows those up to " + VERSIONS.size());
            }
            String schema = options.schema();
            if (schema != null && !is(statement, "SELECT FROM pg_namespace WHERE nspname = '" + schema + "'")) {
                statement.execute("CREATE SCHEMA " + quoted(schema));
            }
            statement.execute(sql(VERSION_TABLE));
            for (String next : VERSIONS.subList(version, VERSIONS.size())) {
                statement.execute(sql(next));
            }
            statement.execute(sql("INSERT INTO {version} (version) VALUES (" + VERSIONS.size()
                    + ") ON CONFLICT (only_row) DO UPDATE SET version = excluded.version"));
        }
    }

    private static void checkServer(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(
                "SELECT current_setting('server_version_num')::integer / 10000, current_setting('server_encoding')")) {
            row.next();
            int server = row.getInt(1);
            String encoding = row.getString(2);
            if (server < MIN_SERVER || !encoding.equals("UTF8")) {
                throw new VarveException(
                        ErrorKind.NOT_SUPPORTED,
                        "events need PostgreSQL " + MIN_SERVER + " or later and a database in UTF8, this one is "
                                + server + " and " + encoding);
            }
        }
    }

    /** 0 when there are no tables. Asks the catalog, and not by a name: names that were not found may be remembered beyond the lock. */
    private int version(Statement statement) throws SQLException {
        String schema = options.schema();
        String tables = "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = '"
                + options.prefix() + "version' AND "
                + (schema == null ? "pg_table_is_visible(c.oid)" : "n.nspname = '" + schema + "'");
        if (!is(statement, tables)) {
            return 0;
        }
        try (ResultSet row = statement.executeQuery(sql("SELECT version FROM {version}"))) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    private static boolean is(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT EXISTS (" + query + ")")) {
            return row.next() && row.getBoolean(1);
        }
    }
}
