package dev.varve.api;

import java.time.Instant;

/**
 * An event that a consumer has to itself for a while. Immutable.
 *
 * <pre>{@code
 * EventSubscriptions subscriptions = store.events().subscriptions();
 * store.events().append(new AggregateId("order", "1"), ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * subscriptions.create("mailer", SubscriptionSettings.of(EventRead.all()));
 * for (DeliveredEvent delivery : subscriptions.next("mailer", "mailer-1", 10, Duration.ZERO)) {
 *     System.out.println(delivery.event().type() + ", attempt " + delivery.attempt());
 *     subscriptions.ack("mailer", delivery);
 * }
 * }</pre>
 *
 * @param event the event
 * @param attempt how often it was handed out, this time included: 1 for the first time. After a crash of the server it may be lower than it was
 * @param token names this delivery; means nothing else
 * @param deadline until when the consumer has the event to itself, by the clock of the server
 */
public record DeliveredEvent(StoredEvent event, int attempt, String token, Instant deadline) {}
