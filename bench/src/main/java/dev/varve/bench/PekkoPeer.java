package dev.varve.bench;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.pekko.actor.ActorSystem;
import org.jspecify.annotations.Nullable;

/** A journal of Pekko Persistence with the server behind it. Immutable. */
enum PekkoPeer implements ContestPeer {
    VARVE {
        @Override
        public String find() {
            return "";
        }

        @Override
        ServerProcess server(String program, Path work) throws IOException {
            return EventPeer.VARVE.server(program, work, 0);
        }

        @Override
        void prepare(int port) {}

        @Override
        Map<String, Object> settings(int port) {
            return Map.of(
                    "pekko.persistence.journal.plugin",
                    "varve-journal",
                    "varve-journal.store",
                    STORE,
                    "varve-journal.url",
                    "http://127.0.0.1:" + port);
        }

        // Ends with a checkpoint, and reads from it from now on.
        @Override
        void settle(ServerProcess server) throws IOException, InterruptedException {
            server.stop();
            server.start(Map.of());
        }
    },

    /** Its journal for databases, on PostgreSQL. */
    JDBC {
        @Override
        public @Nullable String find() throws IOException, InterruptedException {
            return Postgres.find();
        }

        @Override
        ServerProcess server(String program, Path work) throws IOException {
            return Postgres.server(program, work, POOL);
        }

        // The tables that come with the journal.
        @Override
        void prepare(int port) throws IOException {
            try (InputStream script = PekkoPeer.class.getResourceAsStream(TABLES)) {
                if (script == null) {
                    throw new FileNotFoundException(TABLES + " is not on the class path");
                }
                // One by one: some of them must not be in a transaction.
                execute(
                        port,
                        List.of(new String(script.readAllBytes(), StandardCharsets.UTF_8)
                                .strip()
                                .split(";\\s*")));
            }
        }

        @Override
        Map<String, Object> settings(int port) {
            return Map.of(
                    "pekko.persistence.journal.plugin", "jdbc-journal",
                    "jdbc-journal.slick.profile", "slick.jdbc.PostgresProfile$",
                    "jdbc-journal.slick.db.driver", "org.postgresql.Driver",
                    "jdbc-journal.slick.db.url", Postgres.url(port),
                    "jdbc-journal.slick.db.user", Postgres.USER);
        }

        // What it does by itself a while after so many rows have come.
        @Override
        void settle(ServerProcess server) throws IOException {
            execute(server.port(), List.of("VACUUM ANALYZE", "CHECKPOINT"));
        }
    };

    /** Where Varve keeps the events. */
    static final String STORE = "bench/pekko";

    private static final int POOL = 20; // connections of the journal, unless it is told otherwise
    private static final String TABLES = "/schema/postgres/postgres-create-schema.sql";

    /** What both run with; all else is as it comes. */
    private static final Config COMMON = ConfigFactory.parseMap(Map.of(
            "pekko.persistence.snapshot-store.plugin", "pekko.persistence.no-snapshot-store",
            "pekko.loglevel", "WARNING",
            "pekko.stdout-loglevel", "WARNING"));

    @Override
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String howToGet() {
        return Postgres.howToGet(label());
    }

    /** One that is not running yet, and answers only for what is on disk. */
    abstract ServerProcess server(String program, Path work) throws IOException;

    /** Makes on a new server what the journal expects to be there. */
    abstract void prepare(int port) throws IOException;

    abstract Map<String, Object> settings(int port);

    /** Has a server that was written to put things where it will keep them. Nothing may be connected to it. */
    abstract void settle(ServerProcess server) throws IOException, InterruptedException;

    /** A new actor system with this journal. */
    final ActorSystem system(int port) {
        return ActorSystem.create(
                "bench",
                ConfigFactory.parseMap(settings(port)).withFallback(COMMON).withFallback(ConfigFactory.load()));
    }

    private static void execute(int port, List<String> commands) throws IOException {
        try (Connection connection = Postgres.connect(port);
                Statement statement = connection.createStatement()) {
            for (String command : commands) {
                statement.execute(command);
            }
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }
}
