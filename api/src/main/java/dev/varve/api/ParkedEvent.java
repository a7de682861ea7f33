package dev.varve.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event that a subscription has laid aside. Immutable.
 *
 * <pre>{@code
 * EventSubscriptions subscriptions = store.events().subscriptions();
 * store.events().append(new AggregateId("order", "1"), ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * subscriptions.create("mailer", SubscriptionSettings.of(EventRead.all()));
 * for (ParkedEvent parked : subscriptions.parked("mailer", EventStore.EMPTY, 100)) {
 *     System.out.println(parked.position() + " after " + parked.attempts() + " attempts: " + parked.reason());
 * }
 * subscriptions.replayParked("mailer", 100);
 * }</pre>
 *
 * @param position its place in the log
 * @param event the event; null when it cannot be read any more
 * @param reason why, as the consumer said; or that it was tried too often
 * @param attempts how often it was handed out
 * @param parkedAt when it was laid aside
 */
public record ParkedEvent(long position, @Nullable StoredEvent event, String reason, int attempts, Instant parkedAt) {}
