package dev.varve.postgres;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Runs transactions: tries again what may succeed, and says of everything else whether it was applied. Thread-safe. */
final class Database {

    /** How often a transaction is tried that others got in the way of, inclusive. */
    static final int MAX_ATTEMPTS = 5;

    /** How often a transaction is tried whose connection broke before its commit, inclusive: a connection that was kept may have ended long ago. */
    private static final int MAX_CONNECTIONS_TRIED = 2;

    /** How long a pause between two attempts is at most, at first; it doubles. */
    private static final int FIRST_PAUSE_MILLIS = 5;

    // A writer that is held up holds up all others of its store: neither waits for ever.
    private static final String BEGIN_WRITE = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; "
            + "SET LOCAL lock_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '60s'";

    // One snapshot for all statements, so that a read shows one moment.
    private static final String BEGIN_READ = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

    // Asks the server, so that a connection that is gone is found out before anything was done.
    private static final String BEGIN_ONCE = "SET TRANSACTION READ WRITE";

    /** The transaction was refused as a whole, so it was not applied even when the refusal came at its commit. */
    private static final Set<String> GOT_IN_THE_WAY = Set.of("40001", "40P01");

    private final Connections connections;

    Database(Connections connections) {
        this.connections = connections;
    }

    /** What happens in a transaction. It may happen several times. */
    interface Work<T extends @Nullable Object> {
        T in(Connection connection) throws SQLException;
    }

    /** Runs work that sees the database as it is at one moment, and changes nothing. */
    <T extends @Nullable Object> T read(Work<T> work) {
        return transaction(BEGIN_READ, false, true, work);
    }

    /** Runs work each of whose statements sees what was committed before it. When it throws, nothing of it stays. */
    <T extends @Nullable Object> T write(Work<T> work) {
        return transaction(BEGIN_WRITE, true, true, work);
    }

    /** Runs work of somebody else, as isolated as the connections are by themselves, and never twice. When it throws, nothing of it stays. */
    <T extends @Nullable Object> T once(Work<T> work) {
        return transaction(BEGIN_ONCE, true, false, work);
    }

    private <T extends @Nullable Object> T transaction(String begin, boolean writes, boolean repeatable, Work<T> work) {
        for (int attempt = 1; ; attempt++) {
            boolean begun = false;
            boolean committing = false;
            Connection connection = null;
            boolean usable = false;
            try {
                connection = connections.take();
                connection.setAutoCommit(false);
                try (Statement statement = connection.createStatement()) {
                    statement.execute(begin);
                }
                begun = true;
                T result = work.in(connection);
                committing = writes;
                connection.commit();
                usable = true;
                return result;
            } catch (RuntimeException | Error e) {
                usable = rollBack(connection);
                throw e;
            } catch (SQLException e) {
                usable = rollBack(connection);
                String state = state(e);
                if (committing && !GOT_IN_THE_WAY.contains(state)) {
                    throw new VarveException(
                            ErrorKind.OUTCOME_UNKNOWN, "the commit was not answered: " + e.getMessage(), e);
                }
                boolean again = GOT_IN_THE_WAY.contains(state)
                        ? attempt < MAX_ATTEMPTS
                        : isConnectionLost(e) && attempt < MAX_CONNECTIONS_TRIED;
                if (!again || (begun && !repeatable)) {
                    throw failure(e, connection != null);
                }
            } finally {
                if (connection != null) {
                    connections.giveBack(connection, usable);
                }
            }
            pause(attempt);
        }
    }

    /** Whether the connection can be used again. */
    private static boolean rollBack(@Nullable Connection connection) {
        if (connection == null) {
            return false;
        }
        try {
            connection.rollback();
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    private static String state(SQLException e) {
        String state = e.getSQLState();
        return state == null ? "" : state;
    }

    /** Nothing was applied. */
    static VarveException failure(SQLException e, boolean connected) {
        String state = state(e);
        ErrorKind kind = ErrorKind.INTERNAL;
        if (state.startsWith("28")) {
            kind = ErrorKind.UNAUTHORIZED;
        } else if (!connected || isConnectionLost(e) || state.equals("25006")) {
            kind = ErrorKind.UNAVAILABLE; // 25006: it has become a standby
        } else if (state.startsWith("53")) {
            kind = state.equals("53100") ? ErrorKind.OUT_OF_SPACE : ErrorKind.OVERLOADED;
        } else if (GOT_IN_THE_WAY.contains(state) || state.equals("55P03") || state.equals("57014")) {
            kind = ErrorKind.OVERLOADED; // a bound on locks or statements was passed
        } else if (state.equals("42501")) {
            kind = ErrorKind.FORBIDDEN;
        } else if (state.startsWith("XX0")) {
            kind = ErrorKind.CORRUPT;
        }
        return new VarveException(kind, "PostgreSQL: " + e.getMessage(), e);
    }

    private static boolean isConnectionLost(SQLException e) {
        String state = state(e);
        return state.startsWith("08")
                || state.startsWith("57P")
                || state.equals("25P03")
                || e instanceof SQLTransientConnectionException
                || e instanceof SQLNonTransientConnectionException
                || e instanceof SQLRecoverableException;
    }

    private static void pause(int attempt) {
        try {
            Thread.sleep(ThreadLocalRandom.current().nextInt(FIRST_PAUSE_MILLIS << attempt));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
