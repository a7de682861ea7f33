package dev.varve.postgres;

import dev.varve.api.EventStore;
import dev.varve.testkit.EventProgramsContract;

/** Aggregates, decisions and projections, on a PostgreSQL. */
final class PostgresEventProgramsTest extends EventProgramsContract {

    private final PostgresEventStore postgres =
            TestPostgres.shared().open(PostgresOptions.DEFAULT.withSchema(TestPostgres.newSchema()));

    @Override
    protected EventStore store(String name) {
        return postgres.events(name);
    }

    @Override
    protected void close() {
        postgres.close();
    }
}
