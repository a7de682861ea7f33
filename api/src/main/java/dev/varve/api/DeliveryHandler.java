package dev.varve.api;

/**
 * Processes events for {@link EventSubscriptions#consume}. All calls are made one after the other, on a thread of the consumer.
 *
 * <pre>{@code
 * EventSubscriptions subscriptions = store.events().subscriptions();
 * store.events().append(new AggregateId("order", "1"), ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * subscriptions.create("mailer", SubscriptionSettings.of(EventRead.all()));
 * Subscription consuming = subscriptions.consume("mailer", "mailer-1", new DeliveryHandler() {
 *     @Override
 *     public void handle(DeliveredEvent delivery) {
 *         System.out.println(delivery.event().type());
 *     }
 *
 *     @Override
 *     public Settlement failed(DeliveredEvent delivery, RuntimeException cause) {
 *         return cause instanceof IllegalArgumentException
 *                 ? Settlement.park(cause.toString())
 *                 : Settlement.retry(cause.toString());
 *     }
 * });
 * consuming.close();
 * }</pre>
 */
@FunctionalInterface
public interface DeliveryHandler {

    /**
     * Processes an event. It is acknowledged when this returns. It may be handed over again, also after that: when the acknowledgement is lost,
     * or the event's time was over before.
     *
     * @param delivery the event
     */
    void handle(DeliveredEvent delivery);

    /**
     * Decides what is to be done when {@link #handle} threw: by default it is tried again, as often as the settings allow.
     *
     * @param delivery the event
     * @param cause what was thrown
     * @return what to do
     */
    default Settlement failed(DeliveredEvent delivery, RuntimeException cause) {
        return Settlement.retry(cause.toString());
    }

    /**
     * The subscription is there. Told once, before anything else.
     *
     * @param info as it is then
     */
    default void subscribed(SubscriptionInfo info) {}

    /**
     * The consumer is over and was not closed: the subscription or its store is gone, it has too many consumers, or a method of this handler
     * other than {@link #handle} threw. Nothing is told afterwards. Where a server cannot be reached or has too much to do the consumer waits and goes on.
     *
     * @param cause why
     */
    default void ended(RuntimeException cause) {}
}
