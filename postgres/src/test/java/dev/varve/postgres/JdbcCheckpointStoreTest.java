package dev.varve.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.AggregateId;
import dev.varve.api.CheckpointStore;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Projection;
import dev.varve.api.ProjectionRun;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import dev.varve.testkit.ModelEventStorage;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a projection writes to a database, and how far it has come, are there together or not at all. */
@Timeout(120)
final class JdbcCheckpointStoreTest {

    private static final AggregateId A = new AggregateId("order", "a");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestPostgres server = TestPostgres.shared();
    private final String schema = TestPostgres.newSchema();
    private final String table = schema + ".progress";
    private final EventStore events = EventStore.over(new ModelEventStorage(System::currentTimeMillis), "acme/orders");

    @BeforeEach
    void make() throws SQLException {
        server.execute("CREATE SCHEMA " + schema + "; CREATE TABLE " + schema + ".view (type text)");
    }

    private DataSource source() {
        return Databases.meddled(server.url(), (method, arguments, call) -> call.proceed());
    }

    private List<String> view() throws SQLException {
        return server.texts("SELECT type FROM " + schema + ".view ORDER BY type");
    }

    private void append(String type) {
        events.append(A, ExpectedVersion.any(), NewEvent.json(type, "{}"));
    }

    private void insert(Connection connection, String type) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO " + schema + ".view VALUES ('" + type + "')");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes the type of each event. */
    private Projection types(JdbcCheckpointStore checkpoints) {
        return event -> insert(checkpoints.connection(), event.type());
    }

    private ProjectionRun start(CheckpointStore checkpoints, Projection projection) {
        return ProjectionRun.builder(events, "types", projection)
                .checkpoints(checkpoints)
                .start();
    }

    @Test
    void checkpoints_are_kept_by_name() {
        JdbcCheckpointStore checkpoints = JdbcCheckpointStore.open(source(), table);
        assertThat(checkpoints.isTransactional()).isTrue();
        assertThat(checkpoints.load("a")).isEmpty();
        checkpoints.save("a", EventStore.EMPTY);
        assertThat(checkpoints.load("a")).hasValue(-1);
        checkpoints.save("a", 7);
        checkpoints.save("b", 1);
        checkpoints.save("a", 3); // never back
        assertThat(JdbcCheckpointStore.open(source(), table).load("a")).hasValue(7);
        checkpoints.delete("a");
        checkpoints.delete("a");
        assertThat(checkpoints.load("a")).isEmpty();
        assertThat(checkpoints.load("b")).hasValue(1);
    }

    @Test
    void the_table_may_have_the_usual_name_or_be_made_by_hand() throws SQLException {
        DataSource own = server.dataSource();
        JdbcCheckpointStore.open(own).save("a", 1);
        assertThat(JdbcCheckpointStore.open(own, JdbcCheckpointStore.TABLE).load("a"))
                .hasValue(1);

        server.execute(JdbcCheckpointStore.ddl(table));
        JdbcCheckpointStore.open(source(), table).save("a", 1);
        assertThat(server.texts("SELECT name || position FROM " + table)).containsExactly("a1");
        for (String name : List.of("", "a b", "a\"b", "a.b.c", ".a", "a".repeat(41))) {
            assertThat(catchThrowableOfType(VarveException.class, () -> JdbcCheckpointStore.open(source(), name))
                            .kind())
                    .isEqualTo(ErrorKind.INVALID_PARAMS);
        }
    }

    @Test
    void whoever_must_make_no_table_is_told() throws SQLException {
        String role = "role_" + schema;
        server.execute("CREATE ROLE " + role + " LOGIN; GRANT USAGE ON SCHEMA " + schema + " TO " + role);
        DataSource restricted = Databases.meddled(
                server.url().replace("?", "") + "?options=-c%20role=" + role,
                (method, arguments, call) -> call.proceed());
        assertThat(catchThrowableOfType(VarveException.class, () -> JdbcCheckpointStore.open(restricted, table))
                        .kind())
                .isEqualTo(ErrorKind.FORBIDDEN);
        JdbcCheckpointStore.open(source(), table);
        server.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON " + table + " TO " + role);
        JdbcCheckpointStore.open(restricted, table).save("a", 1);
    }

    @Test
    void several_who_come_first_make_the_table_once() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<JdbcCheckpointStore>> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                calls.add(() -> JdbcCheckpointStore.open(source(), table));
            }
            for (Future<JdbcCheckpointStore> opened : threads.invokeAll(calls)) {
                opened.get().save("a", 1);
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void a_transaction_is_made_as_a_whole_or_not_at_all() throws SQLException {
        JdbcCheckpointStore checkpoints = JdbcCheckpointStore.open(source(), table);
        assertThatThrownBy(() -> checkpoints.inTransaction(() -> {
                    insert(checkpoints.connection(), "A");
                    checkpoints.save("types", 0);
                    assertThat(checkpoints.load("types")).hasValue(0);
                    throw new IllegalStateException("cut off");
                }))
                .hasMessage("cut off");
        assertThat(view()).isEmpty();
        assertThat(checkpoints.load("types")).isEmpty();
        checkpoints.inTransaction(() -> {
            insert(checkpoints.connection(), "A");
            checkpoints.inTransaction(() -> checkpoints.save("types", 0)); // a part of the other
        });
        assertThat(view()).containsExactly("A");
        assertThat(checkpoints.load("types")).hasValue(0);
        assertThatThrownBy(checkpoints::connection)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("in what inTransaction runs");
    }

    @Test
    void each_event_counts_once_whatever_fails() throws SQLException {
        JdbcCheckpointStore checkpoints = JdbcCheckpointStore.open(source(), table);
        for (String type : List.of("A", "B", "C")) {
            append(type);
        }
        AtomicInteger failures = new AtomicInteger(3);
        Projection failing = new Projection() {
            @Override
            public void handle(StoredEvent event) {
                insert(checkpoints.connection(), event.type());
                if (event.type().equals("B") && failures.getAndDecrement() > 0) {
                    throw new IllegalStateException("not yet");
                }
            }

            @Override
            public Failure failed(StoredEvent event, RuntimeException cause, int attempts) {
                return Failure.RETRY;
            }
        };
        try (ProjectionRun run = start(checkpoints, failing)) {
            assertThat(run.await(2, PATIENCE)).isTrue();
        }
        append("D");
        try (ProjectionRun run = start(checkpoints, failing)) {
            assertThat(run.await(3, PATIENCE)).isTrue();
        }
        assertThat(view()).containsExactly("A", "B", "C", "D");
    }

    @Test
    void a_view_is_made_anew_with_its_checkpoint() throws SQLException {
        JdbcCheckpointStore checkpoints = JdbcCheckpointStore.open(source(), table);
        append("A");
        Projection projection = new Projection() {
            @Override
            public void init() {
                try (Statement statement = checkpoints.connection().createStatement()) {
                    statement.execute("DELETE FROM " + schema + ".view");
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void handle(StoredEvent event) {
                insert(checkpoints.connection(), event.type());
            }
        };
        try (ProjectionRun run = start(checkpoints, projection)) {
            assertThat(run.await(0, PATIENCE)).isTrue();
            server.execute("INSERT INTO " + schema + ".view VALUES ('nonsense')");
            run.rebuild();
            assertThat(run.await(0, PATIENCE)).isTrue();
        }
        assertThat(view()).containsExactly("A");
        assertThat(checkpoints.load("types")).hasValue(0);
    }

    @Test
    void of_two_who_run_the_same_projection_one_ends() throws SQLException {
        JdbcCheckpointStore one = JdbcCheckpointStore.open(source(), table);
        JdbcCheckpointStore two = JdbcCheckpointStore.open(source(), table);
        try (ProjectionRun first = start(one, types(one));
                ProjectionRun second = start(two, types(two))) {
            append("A");
            assertThat(first.await(0, PATIENCE) || second.await(0, PATIENCE)).isTrue();
            boolean firstEnded = !first.await(0, PATIENCE);
            boolean secondEnded = !second.await(0, PATIENCE);
            assertThat(firstEnded).isNotEqualTo(secondEnded);
            RuntimeException failure = (firstEnded ? first : second).failure().orElseThrow();
            assertThat(failure)
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));
        }
        assertThat(view()).containsExactly("A");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_commit_that_was_not_answered_counts_once(boolean committed) throws SQLException {
        AtomicInteger failures = new AtomicInteger();
        DataSource failing = Databases.meddled(server.url(), (method, arguments, call) -> {
            boolean fails = method.equals("commit") && failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
            Object result = fails && !committed ? null : call.proceed();
            if (fails) {
                throw new SQLException("made to fail", "08006");
            }
            return result;
        });
        JdbcCheckpointStore checkpoints = JdbcCheckpointStore.open(failing, table);
        try (ProjectionRun run = start(checkpoints, types(checkpoints))) {
            failures.set(1);
            append("A");
            assertThat(run.await(0, PATIENCE)).isFalse();
            assertThat(run.failure().orElseThrow())
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.OUTCOME_UNKNOWN));
        }
        append("B");
        try (ProjectionRun run = start(checkpoints, types(checkpoints))) {
            assertThat(run.await(1, PATIENCE)).isTrue();
        }
        assertThat(view()).containsExactly("A", "B");
    }

    @Test
    void a_connection_that_is_gone_is_found_out_before_anything_is_done() {
        AtomicInteger failures = new AtomicInteger();
        DataSource failing = Databases.meddled(server.url(), (method, arguments, call) -> {
            if (method.equals("createStatement") && failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new SQLException("made to fail", "08006");
            }
            return call.proceed();
        });
        JdbcCheckpointStore checkpoints = JdbcCheckpointStore.open(failing, table);
        AtomicInteger done = new AtomicInteger();
        failures.set(1);
        checkpoints.inTransaction(done::incrementAndGet);
        assertThat(done).hasValue(1);
        VarveException lost = catchThrowableOfType(
                VarveException.class,
                () -> checkpoints.inTransaction(() -> {
                    done.incrementAndGet();
                    failures.set(1);
                    try {
                        checkpoints.connection().createStatement().close();
                    } catch (SQLException e) {
                        throw Database.failure(e, true);
                    }
                }));
        assertThat(lost.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
        assertThat(done).hasValue(2);
    }

    /** Transactions as a program has them: one connection a thread, which goes on when it is closed. */
    private final class Program {
        @SuppressWarnings("ThreadLocalUsage") // each test has transactions of its own
        final ThreadLocal<@Nullable Connection> current = new ThreadLocal<>();

        DataSource source() {
            return (DataSource) java.lang.reflect.Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (self, called, arguments) -> {
                        Connection connection = current.get();
                        if (connection == null) {
                            throw new SQLException("there is no transaction");
                        }
                        return java.lang.reflect.Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {Connection.class},
                                (proxy, method, values) ->
                                        method.getName().equals("close") ? null : method.invoke(connection, values));
                    });
        }

        void run(Runnable work) {
            try (Connection connection = server.connection()) {
                connection.setAutoCommit(false);
                current.set(connection);
                try {
                    work.run();
                    connection.commit();
                } catch (RuntimeException e) {
                    connection.rollback();
                    throw e;
                } finally {
                    current.remove();
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void it_may_take_part_in_transactions_of_the_program() throws SQLException {
        Program program = new Program();
        JdbcCheckpointStore checkpoints = JdbcCheckpointStore.joining(program.source(), table, program::run);
        append("A");
        Projection projection = event -> {
            Connection connection = program.current.get();
            assertThat(connection).isNotNull();
            if (connection != null) {
                insert(connection, event.type());
            }
            if (event.type().equals("Bad")) {
                throw new IllegalStateException("it is bad");
            }
        };
        try (ProjectionRun run = start(checkpoints, projection)) {
            assertThat(run.await(0, PATIENCE)).isTrue();
            append("Bad");
            assertThat(run.await(1, PATIENCE)).isFalse();
        }
        assertThat(view()).containsExactly("A");
        assertThat(checkpoints.load("types")).hasValue(0);
        checkpoints.inTransaction(() -> assertThatThrownBy(checkpoints::connection)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("one of the program"));
        checkpoints.save("types", 0); // outside nothing is lost by it
        checkpoints.delete("types");
        assertThat(checkpoints.load("types")).isEmpty();
    }
}
