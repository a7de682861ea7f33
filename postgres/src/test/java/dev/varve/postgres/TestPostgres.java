package dev.varve.postgres;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** A real PostgreSQL for the tests of one JVM, with a schema for each that asks. Ends with the JVM, whatever ends that. */
public final class TestPostgres {

    private static final Path SCRIPT = Path.of(System.getProperty("basedir", ""))
            .toAbsolutePath()
            .resolveSibling("bin")
            .resolve("run-postgresql.sh");
    private static final Duration START = Duration.ofMinutes(2);
    private static final int TRIES = 3;

    private static @Nullable TestPostgres shared;
    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    private final Process process;
    private final Path directory;
    private final int port;

    private TestPostgres(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /** The one of this JVM, started for who asks first. */
    public static synchronized TestPostgres shared() {
        if (shared == null) {
            shared = start();
        }
        return shared;
    }

    /** One of its own, for tests that do harm to it. */
    static TestPostgres start() {
        IllegalStateException last = new IllegalStateException("never tried");
        for (int i = 0; i < TRIES; i++) {
            try {
                return start(freePort());
            } catch (IllegalStateException e) {
                last = e; // perhaps the port was taken meanwhile
            }
        }
        throw last;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TestPostgres start(int port) {
        try {
            Process process = new ProcessBuilder(SCRIPT.toString(), Integer.toString(port))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            // The script ends its server when this pipe ends, with this JVM.
            BufferedReader output =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            String directory = output.readLine();
            if (directory == null) {
                throw new IllegalStateException("PostgreSQL does not start; bin/run-postgresql.sh said why");
            }
            TestPostgres started = new TestPostgres(process, Path.of(directory), port);
            started.awaitReady();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitReady() throws IOException {
        long deadline = System.nanoTime() + START.toNanos();
        while (true) {
            try {
                connection().close();
                return;
            } catch (SQLException e) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    throw new IllegalStateException("PostgreSQL does not start: " + log(), e);
                }
            }
            pause();
        }
    }

    private String log() throws IOException {
        Path log = directory.resolve("log");
        return Files.isReadable(log) ? Files.readString(log) : "no log at " + log;
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For JDBC; its user is varve, without a password. */
    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }

    /** The name of a schema that nobody has used. */
    static String newSchema() {
        return "test_" + SCHEMAS.incrementAndGet();
    }

    PostgresEventStore open(PostgresOptions options) {
        return PostgresEventStore.connect(url(), "varve", null, options);
    }

    /** Connections that see nothing of what others use. */
    public DataSource dataSource() {
        String schema = newSchema();
        try {
            execute("CREATE SCHEMA " + schema);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url());
        source.setUser("varve");
        source.setCurrentSchema(schema);
        return source;
    }

    Connection connection() throws SQLException {
        return DriverManager.getConnection(url(), "varve", null);
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of a result. */
    List<String> texts(String sql) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (Connection connection = connection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    /** Ends one of its processes in the middle of what it does, after which it recovers from its log, and waits for that. */
    void crash() throws IOException, InterruptedException, SQLException {
        try (Connection doomed = connection()) {
            String pid = texts("SELECT pid::text FROM pg_stat_activity WHERE backend_type = 'walwriter'")
                    .get(0);
            new ProcessBuilder("kill", "-KILL", pid).start().waitFor();
            while (doomed.isValid(1)) {
                pause();
            }
        }
        awaitReady();
    }

    /** Ends it, and everything of it. */
    void stop() throws IOException, InterruptedException {
        process.getOutputStream().close();
        process.waitFor();
    }
}
