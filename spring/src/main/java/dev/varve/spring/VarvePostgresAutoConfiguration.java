package dev.varve.spring;

import dev.varve.api.EventStore;
import dev.varve.postgres.PostgresEventStore;
import dev.varve.postgres.PostgresOptions;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/**
 * The events of the configured store in a PostgreSQL, when {@code varve.postgres.enabled} says so: that of the URL in the properties, else
 * of the only {@link DataSource} of the application. A {@link PostgresEventStore} or {@link EventStore} of the application goes before.
 */
@AutoConfiguration(after = VarveAutoConfiguration.class)
@ConditionalOnBooleanProperty("varve.postgres.enabled")
public final class VarvePostgresAutoConfiguration {

    /** For Spring. */
    public VarvePostgresAutoConfiguration() {}

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(PostgresEventStore.class)
    static class Present {

        /** Made when somebody needs it, as it asks the database for its tables. */
        @Bean
        @Lazy
        @ConditionalOnMissingBean
        PostgresEventStore varvePostgres(VarveProperties properties, ObjectProvider<DataSource> sources) {
            VarveProperties.Postgres postgres = properties.postgres();
            String url = postgres.url();
            if (url != null && !url.isBlank()) {
                return PostgresEventStore.connect(url, postgres.user(), postgres.password(), options(postgres));
            }
            DataSource source = sources.getIfUnique();
            if (source == null) {
                throw new IllegalStateException(
                        "varve.postgres.url: name the database, as varve.postgres.enabled is set and"
                                + " the application has no DataSource, or several of which none goes before");
            }
            return PostgresEventStore.open(source, options(postgres));
        }

        private static PostgresOptions options(VarveProperties.Postgres postgres) {
            PostgresOptions options = PostgresOptions.DEFAULT
                    .withTables(postgres.aggregatesTable(), postgres.eventsTable(), postgres.prefix())
                    .withJson(postgres.json())
                    .withConnections(postgres.connections())
                    .withPollInterval(postgres.pollInterval());
            String schema = postgres.schema();
            return schema == null || schema.isBlank() ? options : options.withSchema(schema);
        }

        @Bean
        @Lazy
        @ConditionalOnMissingBean
        EventStore varveEventStore(PostgresEventStore postgres, VarveProperties properties, Environment environment) {
            return postgres.events(properties
                    .store(environment)
                    .orElseThrow(() -> new IllegalStateException(
                            "varve.store: name the store, organisation/name, whose events are in the PostgreSQL")));
        }
    }

    /** Events that went elsewhere than the properties say would not be missed before it is too late. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingClass("dev.varve.postgres.PostgresEventStore")
    static class Missing {
        Missing() {
            throw new IllegalStateException(
                    "varve.postgres.enabled is set, and varve-postgres is not on the class path: add dev.varve:varve-postgres");
        }
    }
}
