package dev.varve.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Projection;
import dev.varve.api.ProjectionRun;
import dev.varve.postgres.JdbcCheckpointStore;
import dev.varve.postgres.PostgresEventStore;
import dev.varve.postgres.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/** The events of the store may be in a PostgreSQL. */
@Timeout(120)
final class PostgresTest {

    private static final AggregateId ORDER = new AggregateId("order", "1");

    private final ApplicationContextRunner context = new ApplicationContextRunner()
            .withPropertyValues("varve.store=acme/shop", "varve.postgres.enabled=true")
            .withConfiguration(AutoConfigurations.of(
                    VarveAutoConfiguration.class,
                    VarvePostgresAutoConfiguration.class,
                    VarveEventStoreAutoConfiguration.class));

    private static String first(DataSource source, String sql) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getString(1) : "";
        }
    }

    @Test
    void events_are_in_the_data_source_of_the_application() {
        DataSource source = TestPostgres.shared().dataSource();
        context.withBean(DataSource.class, () -> source).run(started -> {
            assertThat(started).hasSingleBean(EventStore.class);
            started.getBean(EventStore.class)
                    .append(ORDER, ExpectedVersion.noStream(), NewEvent.json("Placed", "{\"total\": 12}"));
            assertThat(first(source, "SELECT type || ' ' || (domain_event_json ->> 'total') FROM domain_events"))
                    .isEqualTo("Placed 12");
            assertThat(first(source, "SELECT name FROM varve_stores")).isEqualTo("acme/shop");
        });
    }

    @Test
    void a_url_goes_before_and_tables_are_called_as_the_properties_say() throws SQLException {
        TestPostgres server = TestPostgres.shared();
        context.withPropertyValues(
                        "varve.postgres.url=" + server.url(),
                        "varve.postgres.user=varve",
                        "varve.postgres.schema=spring_named",
                        "varve.postgres.aggregates-table=things",
                        "varve.postgres.events-table=happenings",
                        "varve.postgres.prefix=v_",
                        "varve.postgres.json=false",
                        "varve.postgres.connections=2",
                        "varve.postgres.poll-interval=50ms")
                .withBean(
                        DataSource.class,
                        () -> {
                            throw new IllegalStateException("nobody needs it");
                        },
                        definition -> definition.setLazyInit(true))
                .run(started -> started.getBean(EventStore.class)
                        .append(ORDER, ExpectedVersion.noStream(), NewEvent.json("Placed", "{\"total\": 12}")));
        DataSource source = server.dataSource();
        assertThat(first(
                        source,
                        "SELECT type FROM spring_named.happenings WHERE domain_event_json IS NULL AND aggregate_id IN"
                                + " (SELECT id FROM spring_named.things)"))
                .isEqualTo("Placed");
        assertThat(first(source, "SELECT name FROM spring_named.v_stores")).isEqualTo("acme/shop");
    }

    @Test
    void nobody_is_asked_for_a_database_before_it_is_needed() {
        context.run(started -> assertThat(started).hasNotFailed());
        context.withBean(EventStoreTest.Needy.class)
                .run(started -> assertThat(started)
                        .getFailure()
                        .rootCause()
                        .hasMessageStartingWith("varve.postgres.url: name the database"));
        context.withPropertyValues("varve.store=")
                .withBean(DataSource.class, () -> TestPostgres.shared().dataSource())
                .withBean(EventStoreTest.Needy.class)
                .run(started -> assertThat(started)
                        .getFailure()
                        .rootCause()
                        .hasMessageStartingWith("varve.store: name the store"));
    }

    @Test
    void without_the_library_it_is_said_at_once() {
        context.withClassLoader(new FilteredClassLoader(PostgresEventStore.class))
                .run(started ->
                        assertThat(started).getFailure().rootCause().hasMessageContaining("dev.varve:varve-postgres"));
    }

    @Test
    void without_the_property_nothing_is_there() {
        context.withPropertyValues("varve.postgres.enabled=false", "varve.mode=memory")
                .withClassLoader(new FilteredClassLoader(PostgresEventStore.class))
                .run(started -> {
                    assertThat(started).hasNotFailed();
                    assertThat(started.getBean(EventStore.class).head()).isEqualTo(EventStore.EMPTY);
                });
    }

    @Test
    void passwords_are_not_printed() {
        context.withPropertyValues(
                        "varve.postgres.password=secret", "varve.postgres.url=jdbc:postgresql://h/d?password=secret")
                .run(started -> assertThat(started.getBean(VarveProperties.class)
                                .postgres()
                                .toString())
                        .doesNotContain("secret"));
    }

    /** Writes the type of each event by the database access of the application. */
    @Configuration(proxyBeanMethods = false)
    static class Views {
        @Bean
        PlatformTransactionManager transactions(DataSource source) {
            return new DataSourceTransactionManager(source);
        }

        @Bean
        JdbcTemplate database(DataSource source) {
            JdbcTemplate database = new JdbcTemplate(source);
            database.execute("CREATE TABLE view (type text)");
            return database;
        }

        @Bean
        ProjectionRun.Builder types(EventStore events, JdbcTemplate database, JdbcCheckpointStore checkpoints) {
            Projection types = event -> {
                database.update("INSERT INTO view VALUES (?)", event.type());
                if (event.type().equals("Bad")) {
                    throw new IllegalStateException("it is bad");
                }
            };
            return ProjectionRun.builder(events, "types", types).checkpoints(checkpoints);
        }
    }

    @Test
    void a_projection_writes_its_view_and_its_checkpoint_in_one_transaction_of_spring() {
        DataSource source = TestPostgres.shared().dataSource();
        context.withConfiguration(AutoConfigurations.of(VarveCheckpointsAutoConfiguration.class))
                .withPropertyValues(
                        "varve.postgres.enabled=false",
                        "varve.mode=memory",
                        "varve.postgres.checkpoints-table=progress")
                .withBean(DataSource.class, () -> source)
                .withUserConfiguration(Views.class)
                .run(started -> {
                    EventStore events = started.getBean(EventStore.class);
                    ProjectionRun run = started.getBean(VarveProjections.class).run("types");
                    events.append(ORDER, ExpectedVersion.any(), NewEvent.json("Placed", "{}"));
                    assertThat(run.await(0, Duration.ofSeconds(30))).isTrue();
                    events.append(ORDER, ExpectedVersion.any(), NewEvent.json("Bad", "{}"));
                    assertThat(run.await(1, Duration.ofSeconds(30))).isFalse();
                    assertThat(first(source, "SELECT string_agg(type, ',') FROM view"))
                            .isEqualTo("Placed");
                    assertThat(first(source, "SELECT name || position FROM progress"))
                            .isEqualTo("types0");
                });
    }

    @Test
    void an_application_without_transactions_needs_no_checkpoints() {
        context.withConfiguration(AutoConfigurations.of(VarveCheckpointsAutoConfiguration.class))
                .run(started -> assertThat(started).hasNotFailed());
        context.withConfiguration(AutoConfigurations.of(VarveCheckpointsAutoConfiguration.class))
                .withPropertyValues("varve.postgres.enabled=false")
                .withClassLoader(new FilteredClassLoader(JdbcCheckpointStore.class))
                .run(started -> assertThat(started).hasNotFailed());
    }
}
