package dev.varve.axon;

import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import java.util.List;
import org.axonframework.eventsourcing.eventstore.AppendCondition;
import org.axonframework.eventsourcing.eventstore.ConsistencyMarker;
import org.axonframework.eventsourcing.eventstore.GlobalIndexConsistencyMarker;
import org.axonframework.eventsourcing.eventstore.GlobalIndexPosition;
import org.axonframework.eventsourcing.eventstore.SourcingCondition;
import org.axonframework.eventsourcing.eventstore.TaggedEventMessage;
import org.axonframework.messaging.core.MessageStream;
import org.axonframework.messaging.eventhandling.EventMessage;
import org.axonframework.messaging.eventhandling.conversion.EventConverter;

/**
 * The events of a Varve for Axon Framework, with boundaries of consistency that are drawn by tags and types: an append is refused when an event that its
 * criteria mean was appended since they were sourced, and for no other reason.
 *
 * <pre>{@code
 * EventSourcingConfigurer configurer = EventSourcingConfigurer.create()
 *         .registerEventStorageEngine(configuration -> new VarveEventStorageEngine(
 *                 varve.store("acme/courses").events(), configuration.getComponent(EventConverter.class)));
 * }</pre>
 *
 * <p>Conditions are judged, and events written, when a transaction is committed; they are durable then. A tag is kept as {@code key:value}.
 * Sourcing waits for the first slice, all else of it and streaming is read ahead. Thread-safe; nothing of it has to be closed but streams.
 */
public final class VarveEventStorageEngine extends VarveStorageEngine {

    /**
     * An engine whose payloads are bytes to the store.
     *
     * @param events where events are kept, usable as long as the engine is used; not closed by it
     * @param converter makes bytes of payloads
     */
    public VarveEventStorageEngine(EventStore events, EventConverter converter) {
        this(events, converter, "application/octet-stream");
    }

    /**
     * An engine that tells the store what payloads are.
     *
     * @param events where events are kept, usable as long as the engine is used; not closed by it
     * @param converter makes bytes of payloads
     * @param contentType what these bytes are: with {@link EventData#JSON} others read them as JSON, and appends of what is none are refused
     */
    public VarveEventStorageEngine(EventStore events, EventConverter converter, String contentType) {
        super(events, converter, contentType);
    }

    @Override
    EventAppend append(AppendCondition condition, EventAppend.Builder builder, List<TaggedEventMessage<?>> tagged) {
        if (!condition.consistencyMarker().equals(ConsistencyMarker.INFINITY)) {
            long next = GlobalIndexConsistencyMarker.position(condition.consistencyMarker());
            builder.condition(new dev.varve.api.AppendCondition(
                    AxonEvents.query(condition.criteria()), Math.max(EventStore.EMPTY, next - 1)));
        }
        tagged.forEach(one -> add(builder, null, one));
        return builder.build();
    }

    @Override
    ConsistencyMarker after(AppendCondition condition, EventAppendResult.Appended appended) {
        return new GlobalIndexConsistencyMarker(appended.lastPosition() + 1);
    }

    @Override
    MessageStream<EventMessage> sourced(SourcingCondition condition) {
        long next = Math.max(0, GlobalIndexPosition.toIndex(condition.start()));
        EventRead read =
                EventRead.all().matching(AxonEvents.query(condition.criteria())).after(next - 1);
        EventSlice slice = events.read(read);
        return sourced(
                List.of(new SourcedMessages.Part(read.upTo(slice.head()), slice)),
                new GlobalIndexConsistencyMarker(slice.head() + 1));
    }
}
