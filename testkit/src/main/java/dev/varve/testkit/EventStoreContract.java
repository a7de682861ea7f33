package dev.varve.testkit;

import dev.varve.api.EventStore;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What every {@link EventStore} promises, as tests: the rules below, and agreement with {@link ModelEventStorage} over random operations. Extend
 * it, say how to get at a store, and run it with JUnit: the same tests are for a storage and for what reaches it over a network.
 *
 * <p>Only what needs the storage to come back is skipped when {@link #reopen} is not overridden. Everything else must pass.
 */
@Timeout(300)
public abstract class EventStoreContract
        implements EventAppendRules,
                EventVersionRules,
                EventIdempotencyRules,
                EventConditionRules,
                EventReadRules,
                EventDeletionRules,
                EventRetentionRules,
                EventSnapshotRules,
                EventCheckpointRules,
                EventFollowRules,
                EventRaceRules,
                EventModelRules {

    @RegisterExtension
    final ProbeResolver<EventProbe> probes =
            new ProbeResolver<>(EventProbe.class, () -> new EventProbe(this::store, this::reopen), probe -> close());

    /** For subclasses. */
    protected EventStoreContract() {}

    /**
     * The events of a store, which may exist or not. In the beginning of a test none does.
     *
     * @param name the full name
     * @return the events
     */
    protected abstract EventStore store(String name);

    /** Closes what the stores belong to. Called after every test that asked for a store. */
    protected abstract void close();

    /**
     * Closes what the stores belong to, or lets it crash, and opens what it has stored. Every answered write must be there; {@link #store}
     * is asked again.
     */
    protected void reopen() {
        Assumptions.abort("this storage keeps nothing when it is closed");
    }
}
