package dev.varve.axon;

import dev.varve.api.AggregateId;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.axonframework.eventsourcing.eventstore.AggregateBasedConsistencyMarker;
import org.axonframework.eventsourcing.eventstore.AggregateBasedEventStorageEngineUtils;
import org.axonframework.eventsourcing.eventstore.AggregateSequenceNumberPosition;
import org.axonframework.eventsourcing.eventstore.AppendCondition;
import org.axonframework.eventsourcing.eventstore.ConsistencyMarker;
import org.axonframework.eventsourcing.eventstore.SourcingCondition;
import org.axonframework.eventsourcing.eventstore.TaggedEventMessage;
import org.axonframework.messaging.core.MessageStream;
import org.axonframework.messaging.eventhandling.EventMessage;
import org.axonframework.messaging.eventhandling.conversion.EventConverter;
import org.axonframework.messaging.eventstreaming.EventCriteria;
import org.axonframework.messaging.eventstreaming.EventCriterion;
import org.axonframework.messaging.eventstreaming.Tag;
import org.jspecify.annotations.Nullable;

/**
 * The events of a Varve for Axon Framework, each of at most one aggregate: its tag, whose key is the type of the aggregate and whose value the
 * id. An append is refused when an aggregate of its criteria has another version than when it was sourced.
 *
 * <pre>{@code
 * EventSourcingConfigurer configurer = EventSourcingConfigurer.create()
 *         .registerEventStorageEngine(configuration -> new VarveAggregateEventStorageEngine(
 *                 varve.store("acme/orders").events(), configuration.getComponent(EventConverter.class)));
 * }</pre>
 *
 * <p>Versions are judged, and events written, when a transaction is committed; they are durable then. An aggregate that no criteria name is
 * written whatever its version. Ids must differ between types where one transaction sources several: that is how Axon's markers name aggregates.
 * Sourcing waits for the first slices, all else of it and streaming is read ahead. Thread-safe; nothing of it has to be closed but streams.
 */
public final class VarveAggregateEventStorageEngine extends VarveStorageEngine {

    /**
     * An engine whose payloads are bytes to the store.
     *
     * @param events where events are kept, usable as long as the engine is used; not closed by it
     * @param converter makes bytes of payloads
     */
    public VarveAggregateEventStorageEngine(EventStore events, EventConverter converter) {
        this(events, converter, "application/octet-stream");
    }

    /**
     * An engine that tells the store what payloads are.
     *
     * @param events where events are kept, usable as long as the engine is used; not closed by it
     * @param converter makes bytes of payloads
     * @param contentType what these bytes are: with {@link EventData#JSON} others read them as JSON, and appends of what is none are refused
     */
    public VarveAggregateEventStorageEngine(EventStore events, EventConverter converter, String contentType) {
        super(events, converter, contentType);
    }

    private static @Nullable AggregateId aggregate(Set<Tag> tags) {
        String type = AggregateBasedEventStorageEngineUtils.resolveAggregateType(tags);
        String id = AggregateBasedEventStorageEngineUtils.resolveAggregateIdentifier(tags);
        return type == null || id == null ? null : new AggregateId(type, id);
    }

    /** The aggregates of criteria, each of which must name one. */
    private static Set<AggregateId> aggregates(EventCriteria criteria) {
        Set<AggregateId> aggregates = new LinkedHashSet<>();
        for (EventCriterion criterion : criteria.flatten()) {
            AggregateId aggregate = aggregate(criterion.tags());
            if (aggregate == null) {
                throw new IllegalArgumentException("the criteria of an aggregate name it by a tag: " + criteria);
            }
            aggregates.add(aggregate);
        }
        return aggregates;
    }

    @Override
    EventAppend append(AppendCondition condition, EventAppend.Builder builder, List<TaggedEventMessage<?>> tagged) {
        AggregateBasedEventStorageEngineUtils.assertValidTags(tagged);
        AggregateBasedConsistencyMarker marker = AggregateBasedConsistencyMarker.from(condition);
        for (AggregateId aggregate : aggregates(condition.criteria())) {
            // Gives one more than what the marker says, or 0 when it says nothing. What it says is how many events
            // there are.
            long seen = marker.createSequencer().incrementAndGetSequenceOf(aggregate.id()) - 1;
            builder.check(aggregate, ExpectedVersion.exactly(Math.max(0, seen) - 1));
        }
        tagged.forEach(one -> add(builder, aggregate(one.tags()), one));
        return builder.build();
    }

    @Override
    ConsistencyMarker after(AppendCondition condition, EventAppendResult.Appended appended) {
        ConsistencyMarker marker = condition.consistencyMarker().equals(ConsistencyMarker.INFINITY)
                ? ConsistencyMarker.ORIGIN
                : condition.consistencyMarker();
        for (EventAppendResult.Written written : appended.aggregates()) {
            marker = marker.upperBound(marker(written.aggregate(), written.version()));
        }
        return marker;
    }

    private static ConsistencyMarker marker(AggregateId aggregate, long version) {
        return new SeenAggregate(aggregate.id(), version + 1);
    }

    @Override
    MessageStream<EventMessage> sourced(SourcingCondition condition) {
        Set<AggregateId> aggregates = aggregates(condition.criteria());
        if (aggregates.isEmpty()) {
            throw new IllegalArgumentException("only aggregates can be sourced, each named by a tag");
        }
        long start = AggregateSequenceNumberPosition.toSequenceNumber(condition.start());
        List<SourcedMessages.Part> parts = new ArrayList<>();
        ConsistencyMarker marker = ConsistencyMarker.ORIGIN;
        for (AggregateId aggregate : aggregates) {
            EventRead read = EventRead.of(aggregate)
                    .matching(types(condition.criteria(), aggregate))
                    .after(start - 1);
            EventSlice slice = events.read(read);
            parts.add(new SourcedMessages.Part(read.upTo(slice.version()), slice));
            marker = marker.upperBound(marker(aggregate, slice.version()));
        }
        return sourced(parts, marker);
    }

    /** What the criteria of an aggregate say of types; none of them restricts where one does not. */
    private static EventQuery types(EventCriteria criteria, AggregateId aggregate) {
        Set<String> types = new LinkedHashSet<>();
        for (EventCriterion criterion : criteria.flatten()) {
            if (aggregate.equals(aggregate(criterion.tags()))) {
                if (criterion.types().isEmpty()) {
                    return EventQuery.ALL;
                }
                types.addAll(AxonEvents.types(criterion.types()));
            }
        }
        return EventQuery.types(types.toArray(String[]::new));
    }
}
