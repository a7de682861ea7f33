package dev.varve.axon;

import org.axonframework.eventsourcing.eventstore.AggregateBasedConsistencyMarker;
import org.axonframework.eventsourcing.eventstore.Position;

/**
 * Says of an aggregate how many events were seen. Axon's own marker would say which the last one was, and the same of an aggregate with
 * one event and one without any: then two that create it at a time would both be let through. Immutable.
 */
final class SeenAggregate extends AggregateBasedConsistencyMarker {

    private final String id;
    private final long count;

    SeenAggregate(String id, long count) {
        super(id, count);
        this.id = id;
        this.count = count;
    }

    /** How many events of an aggregate somebody with this marker has seen; none when it does not name the aggregate. */
    static long count(AggregateBasedConsistencyMarker marker, String id) {
        // A sequencer gives one more than what the marker says, 0 when it says nothing.
        return Math.max(0, marker.createSequencer().incrementAndGetSequenceOf(id) - 1);
    }

    @Override
    public AggregateBasedConsistencyMarker doUpperBound(AggregateBasedConsistencyMarker other) {
        if (other instanceof SeenAggregate that && that.id.equals(id)) {
            return that.count > count ? that : this;
        }
        return super.doUpperBound(other);
    }

    /** Where the last event stands that was seen, as for others of Axon. */
    @Override
    public Position position() {
        return new AggregateBasedConsistencyMarker(id, Math.max(0, count - 1)).position();
    }
}
