package dev.varve.api;

import java.time.Instant;
import java.util.Map;

/**
 * The state of an aggregate after one of its events, so that not all of them have to be read again. Immutable.
 *
 * <pre>{@code
 * AggregateId order = new AggregateId("order", "1");
 * long version = store.events()
 *         .append(order, ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"))
 *         .version(order);
 * store.events().saveSnapshot(Snapshot.of(order, version, "order-state-1", EventData.json("{\"open\": true}")));
 * System.out.println(store.events().snapshot(order).map(Snapshot::version));
 * }</pre>
 *
 * @param aggregate whose state
 * @param version the version of the last event that went into it
 * @param schema what the state is written as, so that another program version can tell that it cannot read it: up to {@link
 *     NewEvent#MAX_TAG_BYTES} bytes of UTF-8, may be empty
 * @param state the state
 * @param metadata text by name, as {@link NewEvent#metadata}
 * @param time when it was made
 */
public record Snapshot(
        AggregateId aggregate,
        long version,
        String schema,
        EventData state,
        Map<String, String> metadata,
        Instant time) {

    /** The most snapshots of one aggregate that are kept, inclusive. */
    public static final int MAX_KEPT = 1_000;

    /**
     * Checks the bounds and the state.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} for a version below 0 or a schema or metadata that is too long, {@link
     *     ErrorKind#INVALID_JSON} as {@link EventData#check} says
     */
    public Snapshot {
        if (version < 0) {
            throw EventTexts.invalid("a snapshot is of a version from 0 on, was " + version);
        }
        state.check();
        EventTexts.checkLength("the schema of a snapshot", schema, NewEvent.MAX_TAG_BYTES);
        metadata = EventTexts.checked("the metadata of a snapshot", metadata);
    }

    /**
     * A snapshot of now.
     *
     * @param aggregate whose state
     * @param version the version of the last event that went into it
     * @param schema what the state is written as
     * @param state the state
     * @return the snapshot
     */
    public static Snapshot of(AggregateId aggregate, long version, String schema, EventData state) {
        return new Snapshot(aggregate, version, schema, state, Map.of(), Instant.now());
    }
}
