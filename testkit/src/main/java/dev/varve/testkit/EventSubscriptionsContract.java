package dev.varve.testkit;

import dev.varve.api.EventStore;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What {@link dev.varve.api.EventSubscriptions} promise to programs and their consumers, as tests. Extend it, say how to get at a store and how to let time pass, and run
 * it with JUnit: the same tests are for a storage and for what reaches it over a network.
 *
 * <p>Only what needs the storage to come back is skipped when {@link #reopen} is not overridden. Everything else must pass.
 */
@Timeout(300)
public abstract class EventSubscriptionsContract
        implements SubscriptionDeliveryRules,
                SubscriptionSettlementRules,
                SubscriptionCommandRules,
                SubscriptionConsumerRules {

    @RegisterExtension
    final ProbeResolver<SubscriptionProbe> probes = new ProbeResolver<>(
            SubscriptionProbe.class,
            () -> new SubscriptionProbe(this::store, this::advance, this::reopen),
            probe -> close());

    /** For subclasses. */
    protected EventSubscriptionsContract() {}

    /**
     * The events of a store, which may exist or not. In the beginning of a test none does.
     *
     * @param name the full name
     * @return the events
     */
    protected abstract EventStore store(String name);

    /**
     * Lets time pass for the storage, which passes only so.
     *
     * @param time how much
     */
    protected abstract void advance(Duration time);

    /** Closes what the stores belong to. Called after every test that asked for a store. */
    protected abstract void close();

    /**
     * Closes what the stores belong to, or lets it crash, and opens what it has stored. Every answered call must be there; {@link #store}
     * is asked again.
     */
    protected void reopen() {
        Assumptions.abort("this storage keeps nothing when it is closed");
    }
}
