package dev.varve.postgres;

import dev.varve.api.EventStore;
import dev.varve.testkit.EventStoreContract;
import org.jspecify.annotations.Nullable;

/** The contract of event stores, on a PostgreSQL. */
final class PostgresEventStoreContractTest extends EventStoreContract {

    private @Nullable PostgresOptions options;
    private @Nullable PostgresEventStore postgres;

    @Override
    protected EventStore store(String name) {
        if (options == null) {
            options = PostgresOptions.DEFAULT.withSchema(TestPostgres.newSchema());
        }
        if (postgres == null) {
            postgres = TestPostgres.shared().open(options);
        }
        return postgres.events(name);
    }

    @Override
    protected void close() {
        if (postgres != null) {
            postgres.close();
            postgres = null;
        }
    }

    @Override
    protected void reopen() {
        close();
    }
}
