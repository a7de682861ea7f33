package dev.varve.postgres;

import dev.varve.api.EventStore;
import dev.varve.testkit.EventStoreContract;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/** The contract of event stores, on a PostgreSQL. All tests share the tables, each with stores of its own, so that they hold much that others wrote. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PostgresEventStoreContractTest extends EventStoreContract {

    private final PostgresOptions options = PostgresOptions.DEFAULT.withSchema(TestPostgres.newSchema());
    private @Nullable PostgresEventStore postgres;
    private int test;

    @Override
    protected EventStore store(String name) {
        if (postgres == null) {
            postgres = TestPostgres.shared().open(options);
        }
        return postgres.events(name + "-" + test);
    }

    @Override
    protected void close() {
        test++;
    }

    @Override
    @AfterAll
    protected void reopen() {
        if (postgres != null) {
            postgres.close();
            postgres = null;
        }
    }
}
