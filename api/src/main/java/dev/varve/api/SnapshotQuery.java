package dev.varve.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which snapshots of an aggregate are meant. Immutable.
 *
 * <pre>{@code
 * AggregateId order = new AggregateId("order", "1");
 * store.events().append(order, ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * SnapshotQuery old = new SnapshotQuery(0, 41, null, null, Snapshot.MAX_KEPT);
 * System.out.println(store.events().deleteSnapshots(order, old) + " of " + order + " deleted");
 * }</pre>
 *
 * @param minVersion inclusive, 0 for no bound
 * @param maxVersion inclusive, {@link Long#MAX_VALUE} for no bound
 * @param since the time is this or later; null for no bound
 * @param until the time is this or earlier; null for no bound
 * @param limit how many at most, the newest versions first, 1 to {@link Snapshot#MAX_KEPT}
 */
public record SnapshotQuery(
        long minVersion,
        long maxVersion,
        @Nullable Instant since,
        @Nullable Instant until,
        int limit) {

    /** The newest one. */
    public static final SnapshotQuery LAST = new SnapshotQuery(0, Long.MAX_VALUE, null, null, 1);

    /** All of them. */
    public static final SnapshotQuery ALL = new SnapshotQuery(0, Long.MAX_VALUE, null, null, Snapshot.MAX_KEPT);

    /**
     * Checks the limit.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when it is out of bounds
     */
    public SnapshotQuery {
        if (limit < 1 || limit > Snapshot.MAX_KEPT) {
            throw EventTexts.invalid("limit is 1 to " + Snapshot.MAX_KEPT + ", was " + limit);
        }
    }

    /**
     * Whether a snapshot is meant, but for the limit.
     *
     * @param snapshot the snapshot
     * @return true when all bounds hold
     */
    public boolean matches(Snapshot snapshot) {
        return snapshot.version() >= minVersion
                && snapshot.version() <= maxVersion
                && (since == null || !snapshot.time().isBefore(since))
                && (until == null || !snapshot.time().isAfter(until));
    }
}
