package dev.varve.bench;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/** Calls {@link Postgres#APPEND} by way of pgjdbc, from a thread for each connection. Confined to one thread. */
final class JdbcLoad implements Load {

    private static final long HIGHEST_NANOS = 3_600_000_000_000L;

    private final ExecutorService threads;
    private final List<Caller> callers = new ArrayList<>();
    private final Histogram latencyNanos = new Histogram(HIGHEST_NANOS, 3);

    /** A connection, and the aggregate it appends to. */
    private static final class Caller {
        final Connection connection;
        final PreparedStatement append;
        final Histogram latencyNanos = new Histogram(HIGHEST_NANOS, 3);
        long version;

        Caller(int port, int number, String data) throws SQLException {
            connection = Postgres.connect(port);
            append = connection.prepareStatement("SELECT " + Postgres.APPEND + "(?, ?, ?::json)");
            append.setString(1, "bench/" + number);
            append.setString(3, data);
        }

        long run(long end) throws SQLException {
            long done = 0;
            for (long sentAt = System.nanoTime(); sentAt < end; sentAt = System.nanoTime()) {
                append.setLong(2, version);
                try (ResultSet row = append.executeQuery()) {
                    row.next();
                    version = row.getLong(1);
                }
                long now = System.nanoTime();
                if (now < end) {
                    latencyNanos.recordValue(now - sentAt);
                    done++;
                }
            }
            return done;
        }
    }

    JdbcLoad(int port, int connections, String data) throws IOException {
        threads = Executors.newFixedThreadPool(connections);
        try {
            for (int i = 0; i < connections; i++) {
                callers.add(new Caller(port, i, data));
            }
        } catch (SQLException e) {
            close();
            throw new IOException(e);
        }
    }

    @Override
    public long run(double seconds) throws IOException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        List<Future<Long>> running = new ArrayList<>();
        for (Caller caller : callers) {
            running.add(threads.submit(() -> caller.run(end)));
        }
        long done = 0;
        try {
            for (Future<Long> each : running) {
                done += each.get();
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        for (Caller caller : callers) {
            latencyNanos.add(caller.latencyNanos);
            caller.latencyNanos.reset();
        }
        return done;
    }

    @Override
    public void forget() {
        latencyNanos.reset();
    }

    @Override
    public Histogram latencyNanos() {
        return latencyNanos;
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        SQLException failure = null;
        for (Caller caller : callers) {
            try {
                caller.connection.close();
            } catch (SQLException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw new IOException(failure);
        }
    }
}
