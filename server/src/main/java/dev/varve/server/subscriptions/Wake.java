package dev.varve.server.subscriptions;

import org.jspecify.annotations.Nullable;

/**
 * The one wake of a subscription that is in flight. Immutable.
 *
 * @param id unique among all wakes
 * @param generation grows with every wake of the subscription
 * @param stream a stream with pending work when the wake was issued
 * @param holder the worker that claimed it; null for webhooks and before the claim
 * @param leasedAtMillis the wall time at which the lease began or was last extended; null without a lease
 * @param leaseEndNanos the end of the lease on the elapsed clock; meaningful only with a lease
 */
record Wake(
        String id,
        long generation,
        String stream,
        @Nullable String holder,
        @Nullable Long leasedAtMillis,
        long leaseEndNanos) {

    boolean leased() {
        return leasedAtMillis != null;
    }

    Wake withLease(@Nullable String newHolder, long atMillis, long endNanos) {
        return new Wake(id, generation, stream, newHolder, atMillis, endNanos);
    }
}
