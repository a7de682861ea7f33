package dev.varve.api;

import java.util.Optional;

/**
 * What it takes to have the state of an aggregate, read at one moment. Immutable.
 *
 * <pre>{@code
 * LoadedAggregate order = store.events().load(new AggregateId("order", "1"), "order-state-1");
 * System.out.println(order.snapshot().isPresent() + ", then " + order.tail().events().size() + " events");
 * }</pre>
 *
 * @param snapshot the newest snapshot of the schema that was asked for, if there is one
 * @param tail the first events after it, or from the beginning; as long as {@link EventSlice#more}, more follow
 */
public record LoadedAggregate(Optional<Snapshot> snapshot, EventSlice tail) {}
