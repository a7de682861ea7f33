package dev.varve.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL that keeps events as event stores on one do: a table, one transaction for each append, positions in the order in which
 * transactions end, so that a reader who goes on from the last one misses none. Stateless.
 */
final class Postgres {

    static final String USER = "varve";
    static final String DATABASE = "postgres";

    /** What appends an event: aggregate, version, data. Returns the version after it. */
    static final String APPEND = "append";

    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
    private static final int OTHER_CONNECTIONS = 20;

    private static final String TABLE = """
            CREATE TABLE events (
                position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                aggregate text COLLATE "C" NOT NULL,
                version bigint NOT NULL,
                id uuid NOT NULL DEFAULT gen_random_uuid(),
                type text NOT NULL,
                data json NOT NULL,
                recorded_at timestamptz NOT NULL DEFAULT now(),
                UNIQUE (aggregate, version))""";

    /** The lock is held until the transaction has ended, on disk, too: no position becomes visible before a lower one. */
    private static final String FUNCTION = """
            CREATE FUNCTION append(to_aggregate text, as_version bigint, content json) RETURNS bigint
            LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_advisory_xact_lock(1);
                INSERT INTO events (aggregate, version, type, data)
                    VALUES (to_aggregate, as_version, 'Happened', content);
                RETURN as_version + 1;
            END $$""";

    private Postgres() {}

    /** What to do when it is not on this machine and that peer was to be measured. */
    static String howToGet(String peer) {
        return "apt-get install postgresql, then --peer " + peer
                + "=DIRECTORY with its initdb if it is not in the usual places";
    }

    /** Where its programs are, or null. */
    static @Nullable String find() throws IOException, InterruptedException {
        Process asked = new ProcessBuilder(
                        "sh",
                        "-c",
                        "PATH=${PATH:-/usr/bin:/bin}; . bin/find-postgresql.sh; postgresql_look && echo \"$postgresql_bin\"")
                .directory(Servers.root().toFile())
                .start();
        String answer = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return asked.waitFor() == 0 ? answer : null;
    }

    /** One that answers only for what is on disk, and is as it comes in all else. */
    static ServerProcess server(String programs, Path work, int connections) throws IOException {
        // It runs as another user than root.
        for (Path directory : List.of(work, work.resolve(".."))) {
            if (!directory.toFile().setExecutable(true, false)) {
                throw new IOException("cannot let others into " + directory);
            }
        }
        if (!work.toFile().setWritable(true, false) || !work.toFile().setReadable(true, false)) {
            throw new IOException("cannot let others write to " + work);
        }
        List<String> command = List.of(
                Servers.root()
                        .resolve("bin")
                        .resolve("run-postgresql.sh")
                        .toAbsolutePath()
                        .normalize()
                        .toString(),
                "{port}",
                "-c",
                "fsync=on",
                "-c",
                "synchronous_commit=on",
                "-c",
                "max_connections=" + (connections + OTHER_CONNECTIONS));
        Map<String, String> environment = Map.of("TMPDIR", work.toString(), "VARVE_POSTGRES_BIN", programs);
        return new ServerProcess(
                command, work.resolve("data"), ServerProcess.freePort(), environment, Postgres::serves);
    }

    private static boolean serves(int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port),
                    CONNECT_TIMEOUT_MILLIS);
        }
        try (Connection connection = connect(port)) {
            return connection.isValid(CONNECT_TIMEOUT_MILLIS / 1_000);
        } catch (SQLException e) {
            return false; // it is starting
        }
    }

    static String url(int port) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
    }

    static Connection connect(int port) throws SQLException {
        return DriverManager.getConnection(url(port), USER, null);
    }

    static void createTable(int port) throws IOException {
        try (Connection connection = connect(port);
                Statement statement = connection.createStatement()) {
            statement.execute(TABLE);
            statement.execute(FUNCTION);
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }
}
