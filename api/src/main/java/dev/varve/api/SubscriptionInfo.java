package dev.varve.api;

import java.time.Instant;
import java.util.List;

/**
 * What is known of a subscription at one moment. Immutable.
 *
 * <pre>{@code
 * store.events().append(new AggregateId("order", "1"), ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * EventSubscriptions subscriptions = store.events().subscriptions();
 * SubscriptionInfo info = subscriptions.create("mailer", SubscriptionSettings.of(EventRead.category("order")));
 * System.out.println(info.head() - info.checkpoint() + " positions behind, " + info.parked() + " parked");
 * }</pre>
 *
 * @param name its name
 * @param settings its settings
 * @param createdAt when it was made
 * @param checkpoint the highest position up to which every event that is meant was acknowledged, parked or skipped; {@link
 *     EventStore#EMPTY} in the beginning. Parked events that are being replayed do not count
 * @param head the end of the log of the store
 * @param inFlight how many events consumers have just now
 * @param waiting how many events wait to be handed out: again, or behind another one of their key
 * @param parked how many events are parked
 * @param paused whether nothing is handed out
 * @param pausedReason what the consumer said that stopped it, or why it stopped itself; empty when a program paused it, or nobody
 * @param consumers the names of its consumers, in the order in which they came
 */
public record SubscriptionInfo(
        String name,
        SubscriptionSettings settings,
        Instant createdAt,
        long checkpoint,
        long head,
        int inFlight,
        int waiting,
        int parked,
        boolean paused,
        String pausedReason,
        List<String> consumers) {

    /** Copies the list. */
    public SubscriptionInfo {
        consumers = List.copyOf(consumers);
    }
}
