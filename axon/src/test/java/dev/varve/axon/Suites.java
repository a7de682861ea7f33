package dev.varve.axon;

import java.util.Objects;
import org.axonframework.conversion.json.JacksonConverter;
import org.axonframework.eventsourcing.eventstore.AggregateBasedStorageEngineTestSuite;
import org.axonframework.eventsourcing.eventstore.StorageEngineTestSuite;
import org.axonframework.messaging.core.unitofwork.ProcessingContext;
import org.axonframework.messaging.eventhandling.EventMessage;
import org.axonframework.messaging.eventhandling.conversion.DelegatingEventConverter;
import org.axonframework.messaging.eventhandling.conversion.EventConverter;
import org.axonframework.messaging.eventhandling.processing.streaming.token.GlobalSequenceTrackingToken;
import org.axonframework.messaging.eventhandling.processing.streaming.token.TrackingToken;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.condition.EnabledIf;

/** Axon's suites over Varve. Run by {@link SuitesTest}, which says where, and how many tests they have. */
final class Suites {

    /** Where the suite that runs keeps events. */
    static @Nullable Place place;

    private Suites() {}

    private static Place place() {
        return Objects.requireNonNull(place, "no suite runs");
    }

    static EventConverter converter() {
        return new DelegatingEventConverter(new JacksonConverter());
    }

    /** Where nothing but {@link SuitesTest} may run them. */
    static boolean placed() {
        return place != null;
    }

    /** 22 tests, one of them five times, and 5 of peeking. */
    @EnabledIf("dev.varve.axon.Suites#placed")
    static final class Tags extends StorageEngineTestSuite<VarveEventStorageEngine> {
        @Override
        protected VarveEventStorageEngine buildStorageEngine() {
            return new VarveEventStorageEngine(place().fresh(), converter());
        }

        @Override
        protected @Nullable ProcessingContext processingContext() {
            return null;
        }
    }

    /** 24 tests. */
    @EnabledIf("dev.varve.axon.Suites#placed")
    static final class Aggregates extends AggregateBasedStorageEngineTestSuite<VarveAggregateEventStorageEngine> {
        @Override
        protected VarveAggregateEventStorageEngine buildStorageEngine() {
            return new VarveAggregateEventStorageEngine(place().fresh(), converter());
        }

        @Override
        protected @Nullable ProcessingContext processingContext() {
            return null;
        }

        @Override
        protected long globalSequenceOfEvent(long position) {
            return position;
        }

        @Override
        protected TrackingToken trackingTokenAt(long position) {
            return new GlobalSequenceTrackingToken(position);
        }

        @Override
        protected EventMessage convertPayload(EventMessage original) {
            return original.withConvertedPayload(String.class, converter);
        }
    }
}
