package dev.varve.testkit;

import dev.varve.api.EventStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;

/**
 * What aggregates, decisions and projections promise, as tests over an {@link EventStore}: they are programs, so what they rest on is seen from
 * where programs stand. Extend it and say how to get at a store. What the store itself promises is in {@link EventStoreContract}.
 */
@Timeout(300)
public abstract class EventProgramsContract {

    private static final String STORE = "acme/events";

    /** For subclasses. */
    protected EventProgramsContract() {}

    /**
     * The events of a store. In the beginning of a test there is none.
     *
     * @param name the full name
     * @return the events
     */
    protected abstract EventStore store(String name);

    /** Closes what the store belongs to. Called after every test. */
    @AfterEach
    protected abstract void close();

    @Nested
    final class OfAggregates extends AggregateRules {
        OfAggregates() {
            super(store(STORE));
        }
    }

    @Nested
    final class OfCarts extends CartRules {
        OfCarts() {
            super(store(STORE));
        }
    }

    @Nested
    final class OfDecisions extends DecisionRules {
        OfDecisions() {
            super(store(STORE));
        }
    }

    @Nested
    final class OfProjections extends ProjectionRules {
        OfProjections() {
            super(store(STORE));
        }
    }
}
