package dev.varve.api;

/**
 * What is known of an aggregate. Immutable.
 *
 * <pre>{@code
 * AggregateId order = new AggregateId("order", "1");
 * store.events().append(order, ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * AggregateInfo info = store.events().aggregate(order);
 * System.out.println(info.status() + " at version " + info.version());
 * }</pre>
 *
 * @param id which
 * @param status what became of it
 * @param version the version of its last event, also of one that was deleted, from which versions would go on; {@link
 *     EventStore#EMPTY} when it is empty
 * @param firstVersion the lowest version that can be read; one more than {@code version} when none can
 * @param lastPosition the position of its last event; {@link EventStore#EMPTY} when it is empty
 * @param settings how long its events are kept
 * @param settingsRevision how often they were changed
 */
public record AggregateInfo(
        AggregateId id,
        AggregateStatus status,
        long version,
        long firstVersion,
        long lastPosition,
        AggregateSettings settings,
        long settingsRevision) {

    /**
     * An aggregate that was never written.
     *
     * @param id which
     * @return what is known of it
     */
    public static AggregateInfo empty(AggregateId id) {
        return new AggregateInfo(
                id, AggregateStatus.EMPTY, EventStore.EMPTY, 0, EventStore.EMPTY, AggregateSettings.NONE, 0);
    }
}
