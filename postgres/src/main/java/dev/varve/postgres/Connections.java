package dev.varve.postgres;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Properties;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Where connections come from. A connection is used by one thread until it is given back. Thread-safe. */
abstract sealed class Connections {

    /** A connection without a transaction. */
    abstract Connection take() throws SQLException;

    /**
     * Gives a connection back.
     *
     * @param usable false when nobody knows what state it is in
     */
    abstract void giveBack(Connection connection, boolean usable);

    /** Closes those that nobody uses. Those given back later are closed then. */
    abstract void close();

    private static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // It is of no use any more, whatever it says.
            return;
        }
    }

    /** Those of a user, whose pool they go back to. */
    static final class OfDataSource extends Connections {

        private final DataSource source;

        OfDataSource(DataSource source) {
            this.source = source;
        }

        @Override
        Connection take() throws SQLException {
            return source.getConnection();
        }

        @Override
        void giveBack(Connection connection, boolean usable) {
            // Where a transaction may be open, this would commit it.
            if (usable) {
                try {
                    connection.setAutoCommit(true);
                } catch (SQLException e) {
                    // It broke just now: its pool finds out, too.
                }
            }
            closeQuietly(connection);
        }

        @Override
        void close() {}
    }

    /**
     * Made by the driver, and kept when they are given back.
     */
    static final class OfUrl extends Connections {

        private final String url;
        private final Properties properties = new Properties();
        private final Deque<Connection> idle = new ArrayDeque<>();
        private final int mostIdle;
        private boolean closed;

        OfUrl(String url, @Nullable String user, @Nullable String password, int mostIdle) {
            this.url = url;
            this.mostIdle = mostIdle;
            properties.setProperty("ApplicationName", "varve");
            properties.setProperty("tcpKeepAlive", "true");
            if (user != null) {
                properties.setProperty("user", user);
            }
            if (password != null) {
                properties.setProperty("password", password);
            }
        }

        @Override
        Connection take() throws SQLException {
            synchronized (idle) {
                Connection last = idle.pollLast();
                if (last != null) {
                    return last;
                }
            }
            return DriverManager.getConnection(url, properties);
        }

        @Override
        void giveBack(Connection connection, boolean usable) {
            synchronized (idle) {
                if (usable && !closed && idle.size() < mostIdle) {
                    idle.addLast(connection);
                    return;
                }
                if (!usable) {
                    // Its server has probably ended all of them.
                    idle.forEach(Connections::closeQuietly);
                    idle.clear();
                }
            }
            closeQuietly(connection);
        }

        @Override
        void close() {
            synchronized (idle) {
                closed = true;
                idle.forEach(Connections::closeQuietly);
                idle.clear();
            }
        }
    }
}
