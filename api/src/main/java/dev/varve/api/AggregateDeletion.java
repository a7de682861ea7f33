package dev.varve.api;

/**
 * How an aggregate is deleted.
 *
 * <pre>{@code
 * AggregateId order = new AggregateId("order", "1");
 * store.events().append(order, ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * store.events().delete(order, ExpectedVersion.any(), AggregateDeletion.SOFT);
 * System.out.println(store.events().aggregate(order).status());
 * }</pre>
 */
public enum AggregateDeletion {
    /** Its events cannot be read any more. It may be written to again, and versions go on where they ended. */
    SOFT,
    /** Its events cannot be read any more, and it can never be written to again. */
    TOMBSTONE,
    /** It is as if it had never been, with events and snapshots: its versions begin at 0 again. Positions are not used again. */
    REMOVE
}
