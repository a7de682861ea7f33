package dev.varve.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventData;
import dev.varve.api.EventFilter;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Snapshot;
import dev.varve.api.VarveException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What stands in the tables, for those who look with other means. */
@Timeout(120)
final class TablesTest {

    private static final AggregateId A = new AggregateId("order", "a");

    private final TestPostgres server = TestPostgres.shared();
    private final String schema = TestPostgres.newSchema();
    private final PostgresOptions options = PostgresOptions.DEFAULT.withSchema(schema);

    @Test
    void several_who_come_first_make_the_tables_once() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<PostgresEventStore>> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                calls.add(() -> server.open(options));
            }
            for (Future<PostgresEventStore> opened : threads.invokeAll(calls)) {
                opened.get().close();
            }
        } finally {
            threads.shutdown();
        }
        assertThat(server.texts("SELECT version::text FROM " + schema + ".varve_version"))
                .containsExactly("1");
    }

    @Test
    void statements_made_by_hand_make_the_same_tables() throws SQLException {
        server.execute(PostgresEventStore.ddl(options));
        String other = TestPostgres.newSchema();
        server.open(options.withSchema(other)).close();
        String columns = "SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable "
                + "FROM information_schema.columns WHERE table_schema = '%s' ORDER BY 1";
        assertThat(server.texts(columns.formatted(schema)))
                .isNotEmpty()
                .isEqualTo(server.texts(columns.formatted(other)));
        server.open(options).close();
    }

    @Test
    void whoever_must_make_no_tables_can_use_those_that_are_there() throws SQLException {
        server.execute(PostgresEventStore.ddl(options));
        String role = "role_" + schema;
        server.execute("CREATE ROLE " + role + " LOGIN; GRANT USAGE ON SCHEMA " + schema + " TO " + role
                + "; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + " TO " + role);
        try (PostgresEventStore postgres = PostgresEventStore.connect(server.url(), role, null, options)) {
            EventStore events = postgres.events("acme/orders");
            events.append(A, ExpectedVersion.noStream(), NewEvent.json("Placed", "{}"));
            events.remove(A);
            assertThat(events.scavenge()).isEqualTo(1);
        }
        PostgresOptions none = options.withSchema(TestPostgres.newSchema());
        assertThat(catchThrowableOfType(
                                VarveException.class, () -> PostgresEventStore.connect(server.url(), role, null, none))
                        .kind())
                .isEqualTo(ErrorKind.FORBIDDEN);
    }

    @Test
    void tables_of_a_later_version_are_left_alone() throws SQLException {
        server.open(options).close();
        server.execute("UPDATE " + schema + ".varve_version SET version = 1000");
        assertThat(catchThrowableOfType(VarveException.class, () -> server.open(options))
                        .kind())
                .isEqualTo(ErrorKind.NOT_SUPPORTED);
    }

    @Test
    void two_pairs_of_tables_stand_side_by_side_in_one_schema() throws SQLException {
        PostgresOptions other = options.withTables("carts", "cart_events", "cart_");
        try (PostgresEventStore one = server.open(options);
                PostgresEventStore two = server.open(other)) {
            one.events("acme/app").append(A, ExpectedVersion.noStream(), NewEvent.json("Placed", "{}"));
            two.events("acme/app").append(A, ExpectedVersion.noStream(), NewEvent.json("Filled", "{}"));
        }
        assertThat(server.texts("SELECT type FROM " + schema + ".domain_events"))
                .containsExactly("Placed");
        assertThat(server.texts("SELECT type FROM " + schema + ".cart_events")).containsExactly("Filled");
    }

    @Test
    void names_that_are_none_are_refused() {
        for (String name : List.of("", "a b", "a\"b", "1a", "a".repeat(41))) {
            assertThat(catchThrowableOfType(
                                    VarveException.class, () -> PostgresOptions.DEFAULT.withTables(name, "e", "v"))
                            .kind())
                    .isEqualTo(ErrorKind.INVALID_PARAMS);
        }
    }

    @Test
    void the_database_itself_refuses_what_must_not_be() throws SQLException {
        try (PostgresEventStore postgres = server.open(options)) {
            postgres.events("acme/app")
                    .append(A, ExpectedVersion.noStream(), NewEvent.json("x", "1"), NewEvent.json("y", "2"));
        }
        String events = schema + ".domain_events";
        assertRefused("UPDATE " + events + " SET position = 1, append_last = 1 WHERE position = 0", "23505");
        assertRefused("UPDATE " + events + " SET aggregate_version = 1 WHERE position = 0", "23505");
        assertRefused(
                "UPDATE " + events + " SET event_id = (SELECT event_id FROM " + events
                        + " WHERE position = 1) WHERE position = 0",
                "23505");
        assertRefused("UPDATE " + events + " SET aggregate_id = 4711 WHERE position = 0", "23503");
        assertRefused("UPDATE " + events + " SET aggregate_id = NULL WHERE position = 0", "23514");
        assertRefused("DELETE FROM " + schema + ".aggregates", "23503");
        assertRefused(
                "INSERT INTO " + schema + ".aggregates (store, aggregate, aggregate_id, status, version, "
                        + "first_of_life, last_position) SELECT store, aggregate, aggregate_id, status, 0, 0, 0 FROM "
                        + schema
                        + ".aggregates",
                "23505");
    }

    private void assertRefused(String sql, String state) {
        assertThatThrownBy(() -> server.execute(sql))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(state));
    }

    @Test
    void people_can_read_the_data_unless_that_is_switched_off() throws SQLException {
        String shown = "SELECT coalesce(domain_event_json::text, 'nothing') FROM " + schema
                + ".domain_events ORDER BY position";
        try (PostgresEventStore postgres = server.open(options);
                PostgresEventStore without = server.open(options.withJson(false))) {
            EventStore events = postgres.events("acme/app");
            events.append(
                    A,
                    ExpectedVersion.any(),
                    NewEvent.json("x", "{\"b\":1, \"a\":[true]}"),
                    NewEvent.of("x", EventData.of("text/plain", new byte[] {'1'})));
            without.events("acme/app").append(A, ExpectedVersion.any(), NewEvent.json("x", "1"));
            assertThat(server.texts(shown)).containsExactly("{\"a\": [true], \"b\": 1}", "nothing", "nothing");

            assertThat(events.redact(0, EventData.json("\"gone\""))).isTrue();
            assertThat(server.texts(shown)).containsExactly("\"gone\"", "nothing", "nothing");
        }
    }

    @Test
    void the_last_snapshot_stands_beside_its_aggregate() throws SQLException {
        try (PostgresEventStore postgres = server.open(options)) {
            EventStore events = postgres.events("acme/app");
            events.append(A, ExpectedVersion.any(), NewEvent.json("x", "1"), NewEvent.json("x", "2"));
            events.saveSnapshot(Snapshot.of(A, 0, "s", EventData.json("\"old\"")), 2);
            events.saveSnapshot(Snapshot.of(A, 1, "s", EventData.json("\"new\"")), 2);
        }
        assertThat(server.texts(
                        "SELECT snapshot_version || convert_from(snapshot, 'UTF8') FROM " + schema + ".aggregates"))
                .containsExactly("1\"new\"");
        assertThat(server.texts("SELECT version || convert_from(snapshot, 'UTF8') FROM " + schema + ".varve_snapshots"))
                .containsExactly("0\"old\"");
    }

    @Test
    void what_is_scavenged_leaves_its_id_behind_and_nothing_else() throws SQLException {
        try (PostgresEventStore postgres = server.open(options)) {
            EventStore events = postgres.events("acme/app");
            EventAppend append = EventAppend.to(
                    A, ExpectedVersion.any(), List.of(NewEvent.json("x", "1").withTags("t")));
            events.append(append);
            events.delete(A, ExpectedVersion.any(), AggregateDeletion.REMOVE);
            assertThat(events.scavenge()).isEqualTo(1);
            for (String table : List.of("aggregates", "domain_events", "varve_tags")) {
                assertThat(server.texts("SELECT count(*)::text FROM " + schema + "." + table))
                        .as(table)
                        .containsExactly("0");
            }
            assertThat(events.tryAppend(append))
                    .isInstanceOfSatisfying(
                            EventAppendResult.Refused.class,
                            refused -> assertThat(refused.reason()).isEqualTo(Reason.EVENT_ID_CONFLICT));
            assertThat(events.head()).isZero();
            assertThat(events.append(A, ExpectedVersion.noStream(), NewEvent.json("x", "1"))
                            .firstPosition())
                    .isEqualTo(1);
        }
    }

    @Test
    void a_filter_that_finds_nothing_goes_on_after_so_many_events() {
        try (PostgresEventStore postgres = server.open(options.withJson(false))) {
            EventStore events = postgres.events("acme/app");
            for (int i = 0; i <= EventSlice.MAX_SCANNED / EventAppend.MAX_EVENTS; i++) {
                EventAppend.Builder many = EventAppend.builder();
                for (int j = 0; j < EventAppend.MAX_EVENTS; j++) {
                    many.event(NewEvent.json("x", "1"));
                }
                events.append(many.build());
            }
            EventRead none = EventRead.all().filtered(EventFilter.NONE.withTypePrefix("y"));
            EventSlice first = events.read(none);
            assertThat(first.events()).isEmpty();
            assertThat(first.more()).isTrue();
            assertThat(first.next()).isEqualTo(EventSlice.MAX_SCANNED - 1L);
            EventSlice last = events.read(none.next(first));
            assertThat(last.more()).isFalse();
            assertThat(last.next()).isEqualTo(last.head());
            EventSlice back = events.read(none.backward());
            assertThat(back.more()).isTrue();
            assertThat(events.read(none.backward().next(back)).more()).isFalse();
            assertThat(events.count(none)).isZero();
        }
    }
}
