package dev.varve.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of calls when the database does not answer as it should. */
@Timeout(120)
final class FailureTest {

    private static final AggregateId A = new AggregateId("order", "a");
    /** The connection is gone. */
    private static final String LOST = "08006";

    private final TestPostgres server = TestPostgres.shared();
    private final PostgresOptions options = PostgresOptions.DEFAULT.withSchema(TestPostgres.newSchema());
    private final AtomicInteger failures = new AtomicInteger();

    /** Fails the next calls of a method, before or after it has done its work. */
    private DataSource failing(String name, String state, boolean afterwards) {
        return Databases.meddled(server.url(), (method, arguments, call) -> {
            boolean fails = method.equals(name) && failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
            Object result = fails && !afterwards ? null : call.proceed();
            if (fails) {
                throw new SQLException("made to fail", state);
            }
            return result;
        });
    }

    private static EventAppend append() {
        return EventAppend.to(A, ExpectedVersion.noStream(), List.of(NewEvent.json("Placed", "{}")));
    }

    private static VarveException failure(EventStore events, EventAppend append) {
        return catchThrowableOfType(VarveException.class, () -> events.append(append));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_connection_lost_in_a_commit_leaves_the_outcome_open_and_trying_again_settles_it(boolean committed) {
        try (PostgresEventStore postgres = PostgresEventStore.open(failing("commit", LOST, committed), options)) {
            EventStore events = postgres.events("acme/orders");
            EventAppend append = append();
            failures.set(1);
            VarveException failure = failure(events, append);
            assertThat(failure.kind()).isEqualTo(ErrorKind.OUTCOME_UNKNOWN);
            assertThat(failure.outcomeUnknown()).isTrue();

            EventAppendResult.Appended again = events.append(append);
            assertThat(again.idempotent()).isEqualTo(committed);
            assertThat(again.firstPosition()).isZero();
            assertThat(events.read(EventRead.all()).events()).hasSize(1);
        }
    }

    @Test
    void a_connection_lost_before_the_commit_is_made_anew_once() {
        try (PostgresEventStore postgres = PostgresEventStore.open(failing("createStatement", LOST, false), options)) {
            EventStore events = postgres.events("acme/orders");
            failures.set(1);
            assertThat(events.append(append()).idempotent()).isFalse();
            failures.set(2);
            EventAppend append =
                    EventAppend.builder().event(NewEvent.json("Other", "1")).build();
            VarveException failure = failure(events, append);
            assertThat(failure.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
            assertThat(failure.outcomeUnknown()).isFalse();
            assertThat(events.append(append).idempotent()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"40001", "40P01"})
    void transactions_that_others_got_in_the_way_of_are_tried_again_a_few_times(String state) {
        try (PostgresEventStore postgres = PostgresEventStore.open(failing("commit", state, false), options)) {
            EventStore events = postgres.events("acme/orders");
            failures.set(Database.MAX_ATTEMPTS - 1);
            assertThat(events.append(append()).idempotent()).isFalse();
            failures.set(Database.MAX_ATTEMPTS);
            VarveException failure = failure(
                    events,
                    EventAppend.builder().event(NewEvent.json("Other", "1")).build());
            assertThat(failure.kind()).isEqualTo(ErrorKind.OVERLOADED);
            assertThat(events.head()).isZero();
        }
    }

    @Test
    void a_fault_in_the_middle_leaves_nothing_of_an_append() {
        AtomicInteger batches = new AtomicInteger();
        DataSource source = Databases.meddled(server.url(), (method, arguments, call) -> {
            // The last statement of an append, when its events are in the tables already.
            boolean last = method.equals("prepareStatement")
                    && arguments != null
                    && String.valueOf(arguments[0]).startsWith("UPDATE \"" + options.schema() + "\".\"varve_stores\"");
            if (last && batches.getAndIncrement() == 0) {
                throw new IllegalStateException("made to fail");
            }
            return call.proceed();
        });
        try (PostgresEventStore postgres = PostgresEventStore.open(source, options)) {
            EventStore events = postgres.events("acme/orders");
            assertThatThrownBy(() -> events.append(append())).hasMessageContaining("made to fail");
            assertThat(events.read(EventRead.all()).events()).isEmpty();
            assertThat(events.append(append()).firstPosition()).isZero();
        }
    }

    @Test
    void a_listener_that_throws_fails_no_append() {
        try (PostgresEventStore postgres = server.open(options)) {
            Subscription subscription = postgres.subscribe("acme/orders", head -> {
                throw new IllegalStateException("made to fail");
            });
            assertThat(postgres.events("acme/orders").append(append()).firstPosition())
                    .isZero();
            subscription.close();
        }
    }

    @Test
    void connections_that_were_ended_while_nobody_used_them_are_replaced() throws SQLException {
        try (PostgresEventStore postgres = server.open(options)) {
            EventStore events = postgres.events("acme/orders");
            events.append(append());
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    + "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
            events.append(A, ExpectedVersion.exactly(0), NewEvent.json("Paid", "{}"));
            assertThat(events.fetch(A, EventStore.EMPTY).version()).isEqualTo(1);
        }
    }

    /** Whatever moment a connection ends at: made again with the same ids, each append is made once, and whole. */
    @Test
    void appends_are_made_once_although_connections_end_at_any_moment() throws Exception {
        int writers = 4;
        int appends = 60;
        ExecutorService threads = Executors.newFixedThreadPool(writers);
        try (PostgresEventStore postgres = server.open(options)) {
            EventStore events = postgres.events("acme/orders");
            List<Future<?>> writing = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                AggregateId own = new AggregateId("writer", Integer.toString(i));
                writing.add(threads.submit(() -> {
                    for (int j = 0; j < appends; j++) {
                        ExpectedVersion expected = ExpectedVersion.exactly(2L * j - 1);
                        untilAnswered(events, EventAppend.to(own, expected, List.of(event("x"), event("y"))));
                    }
                }));
            }
            while (!writing.stream().allMatch(Future::isDone)) {
                server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        + "WHERE application_name = 'varve' ORDER BY random() LIMIT 1");
            }
            for (Future<?> one : writing) {
                one.get();
            }
            List<StoredEvent> all = events.stream(EventRead.all()).toList();
            assertThat(all).hasSize(2 * writers * appends);
            for (int i = 0; i < all.size(); i++) {
                assertThat(all.get(i).position()).isEqualTo(i);
                assertThat(all.get(i).type()).isEqualTo(i % 2 == 0 ? "x" : "y");
            }
            assertThat(all).extracting(StoredEvent::id).doesNotHaveDuplicates();
        } finally {
            threads.shutdownNow();
        }
    }

    private static NewEvent event(String type) {
        return NewEvent.json(type, "{}");
    }

    private static void untilAnswered(EventStore events, EventAppend append) {
        while (true) {
            try {
                events.append(append);
                return;
            } catch (VarveException e) {
                if (!e.retryable() && e.kind() != ErrorKind.OUTCOME_UNKNOWN) {
                    throw e;
                }
            }
        }
    }

    @Test
    void a_database_that_crashes_keeps_what_was_answered() throws Exception {
        TestPostgres own = TestPostgres.start();
        try (PostgresEventStore postgres = own.open(options)) {
            EventStore events = postgres.events("acme/orders");
            events.append(append());
            own.crash();
            events.append(A, ExpectedVersion.exactly(0), NewEvent.json("Paid", "{}"));
            assertThat(events.fetch(A, EventStore.EMPTY).events()).hasSize(2);

            own.stop();
            VarveException failure = failure(
                    events,
                    EventAppend.builder().event(NewEvent.json("Other", "1")).build());
            assertThat(failure.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
            assertThat(failure.retryable()).isTrue();
        }
    }

    @Test
    void a_database_that_is_not_there_is_said_at_once() {
        VarveException failure = catchThrowableOfType(
                VarveException.class,
                () -> PostgresEventStore.connect("jdbc:postgresql://127.0.0.1:1/none", "varve", null, options));
        assertThat(failure.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
    }

    @Test
    void the_environment_names_the_database() {
        Map<String, String> environment = Map.of(
                PostgresEventStore.URL_VARIABLE, server.url(),
                PostgresEventStore.USER_VARIABLE, "varve",
                PostgresEventStore.PASSWORD_VARIABLE, "");
        try (PostgresEventStore postgres = PostgresEventStore.fromEnvironment(environment, options)) {
            assertThat(postgres.events("acme/orders").head()).isEqualTo(EventStore.EMPTY);
        }
        assertThat(catchThrowableOfType(
                                VarveException.class, () -> PostgresEventStore.fromEnvironment(Map.of(), options))
                        .kind())
                .isEqualTo(ErrorKind.INVALID_PARAMS);
        assertThat(catchThrowableOfType(
                                VarveException.class,
                                () -> PostgresEventStore.connect("postgres://host/db", null, null, options))
                        .kind())
                .isEqualTo(ErrorKind.INVALID_PARAMS);
    }

    @Test
    void answers_are_durable_where_the_database_is_set_up_to_answer_earlier() throws SQLException {
        server.open(options).close();
        String schema = options.schema();
        server.execute("CREATE TABLE " + schema + ".seen (value text);"
                + "CREATE FUNCTION " + schema + ".see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                + "INSERT INTO " + schema
                + ".seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;"
                + "CREATE TRIGGER see AFTER INSERT ON " + schema + ".domain_events FOR EACH ROW EXECUTE FUNCTION "
                + schema + ".see()");
        String relaxed = server.url() + "?options=-c%20synchronous_commit=off";
        try (PostgresEventStore other = PostgresEventStore.connect(relaxed, "varve", null, options)) {
            other.events("acme/orders").append(append());
        }
        assertThat(server.texts("SELECT value FROM " + schema + ".seen")).containsExactly("on");
    }

    @Test
    void a_closed_event_store_answers_nothing_more() {
        PostgresEventStore postgres = server.open(options);
        EventStore events = postgres.events("acme/orders");
        events.append(append());
        postgres.close();
        assertThat(failure(events, append()).kind()).isEqualTo(ErrorKind.UNAVAILABLE);
    }

    @Test
    void what_is_appended_while_somebody_begins_to_listen_is_known_and_told_at_once() {
        AtomicReference<@Nullable Runnable> afterNextCommit = new AtomicReference<>();
        DataSource source = Databases.meddled(server.url(), (method, arguments, call) -> {
            Object result = call.proceed();
            Runnable next = method.equals("commit") ? afterNextCommit.getAndSet(null) : null;
            if (next != null) {
                next.run();
            }
            return result;
        });
        PostgresOptions asksNever = options.withPollInterval(Duration.ofHours(1));
        try (PostgresEventStore postgres = PostgresEventStore.open(source, asksNever)) {
            EventStore events = postgres.events("acme/orders");
            events.append(append());
            List<Long> told = new CopyOnWriteArrayList<>();
            afterNextCommit.set(() -> events.append(
                    EventAppend.builder().event(NewEvent.json("Other", "1")).build()));
            try (Subscription listening = postgres.subscribe("acme/orders", told::add)) {
                assertThat(listening).isNotNull();
                assertThat(events.head()).isEqualTo(1);
                assertThat(told).containsExactly(1L);
            }
        }
    }
}
