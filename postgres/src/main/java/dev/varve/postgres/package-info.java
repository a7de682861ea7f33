/** The event store on PostgreSQL: {@link dev.varve.postgres.PostgresEventStore} is where to begin. */
@NullMarked
package dev.varve.postgres;

import org.jspecify.annotations.NullMarked;
