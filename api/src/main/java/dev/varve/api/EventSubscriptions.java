package dev.varve.api;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The subscriptions of one store whose position the store keeps, each shared by consumers that compete for its events. Waits for answers.
 *
 * <pre>{@code
 * EventSubscriptions subscriptions = store.events().subscriptions();
 * store.events().append(new AggregateId("order", "1"), ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * subscriptions.create("mailer", SubscriptionSettings.of(EventRead.category("order")));
 * try (Subscription consuming = subscriptions.consume(
 *         "mailer", "mailer-1", delivery -> System.out.println(delivery.event().type()))) {
 *     Thread.sleep(10);
 * }
 * }</pre>
 *
 * <p>What is promised says {@link EventSubscriptionStorage}. A subscription to which the program itself keeps the position is {@link EventStore#follow}.
 * Thread-safe.
 */
public interface EventSubscriptions {

    /**
     * The subscriptions of a store of a storage.
     *
     * @param storage the storage
     * @param store the full name of the store
     * @return the subscriptions
     */
    static EventSubscriptions over(EventSubscriptionStorage storage, String store) {
        return new StorageEventSubscriptions(storage, store);
    }

    /**
     * Makes a subscription.
     *
     * @param name its name
     * @param settings its settings
     * @return what is known then
     * @throws VarveException as {@link EventSubscriptionStorage#create} says
     */
    SubscriptionInfo create(String name, SubscriptionSettings settings);

    /**
     * Changes the settings.
     *
     * @param name which subscription
     * @param settings all of them
     * @return what is known then
     * @throws VarveException as {@link EventSubscriptionStorage#update} says
     */
    SubscriptionInfo update(String name, SubscriptionSettings settings);

    /**
     * Deletes a subscription.
     *
     * @param name which subscription
     * @return whether there was one
     */
    boolean delete(String name);

    /**
     * All subscriptions.
     *
     * @return in the order of their names
     */
    List<SubscriptionInfo> list();

    /**
     * What is known of a subscription.
     *
     * @param name which subscription
     * @return what is known
     * @throws VarveException {@link ErrorKind#NOT_FOUND} when there is none
     */
    SubscriptionInfo info(String name);

    /**
     * Gets events.
     *
     * @param name which subscription
     * @param consumer who asks
     * @param max how many events at most
     * @param wait how long to wait for the first one
     * @return events to be settled, or none
     * @throws VarveException as {@link EventSubscriptionStorage#next} says
     */
    List<DeliveredEvent> next(String name, String consumer, int max, Duration wait);

    /**
     * Settles deliveries, or gives them back.
     *
     * @param name which subscription
     * @param settlement what is said of them
     * @param tokens of the deliveries
     * @return how many of them this concerned; durable
     * @throws VarveException as {@link EventSubscriptionStorage#settle} says
     */
    int settle(String name, Settlement settlement, Collection<String> tokens);

    /**
     * Settles deliveries, or gives them back.
     *
     * @param name which subscription
     * @param settlement what is said of them
     * @param deliveries which
     * @return how many of them this concerned; durable
     * @throws VarveException as {@link EventSubscriptionStorage#settle} says
     */
    default int settle(String name, Settlement settlement, DeliveredEvent... deliveries) {
        return settle(
                name,
                settlement,
                Arrays.stream(deliveries).map(DeliveredEvent::token).collect(Collectors.toList()));
    }

    /**
     * Says that events were processed.
     *
     * @param name which subscription
     * @param deliveries which
     * @return how many of them this concerned; durable
     * @throws VarveException as {@link EventSubscriptionStorage#settle} says
     */
    default int ack(String name, DeliveredEvent... deliveries) {
        return settle(name, Settlement.ACK, deliveries);
    }

    /**
     * Says that a consumer is gone.
     *
     * @param name which subscription
     * @param consumer who goes
     * @throws VarveException as {@link EventSubscriptionStorage#leave} says
     */
    void leave(String name, String consumer);

    /**
     * Lists parked events.
     *
     * @param name which subscription
     * @param after the position after which to go on, exclusive; {@link EventStore#EMPTY} to begin
     * @param limit how many at most
     * @return in the order of positions
     * @throws VarveException as {@link EventSubscriptionStorage#parked} says
     */
    List<ParkedEvent> parked(String name, long after, int limit);

    /**
     * Has parked events handed out again.
     *
     * @param name which subscription
     * @param stopAt how many at most
     * @return how many
     * @throws VarveException as {@link EventSubscriptionStorage#replayParked} says
     */
    int replayParked(String name, int stopAt);

    /**
     * Has nothing handed out any more.
     *
     * @param name which subscription
     * @return what is known then
     * @throws VarveException as {@link EventSubscriptionStorage#pause} says
     */
    SubscriptionInfo pause(String name);

    /**
     * Has events handed out again.
     *
     * @param name which subscription
     * @return what is known then
     * @throws VarveException as {@link EventSubscriptionStorage#resume} says
     */
    SubscriptionInfo resume(String name);

    /**
     * Begins anew after a position.
     *
     * @param name which subscription
     * @param position up to where everything counts as settled, inclusive
     * @return what is known then
     * @throws VarveException as {@link EventSubscriptionStorage#reset} says
     */
    SubscriptionInfo reset(String name, long position);

    /**
     * Hands events to a handler, one after the other, acknowledges those it has taken, and goes on for ever. Where the store cannot be reached it waits, and
     * resumes by itself.
     *
     * @param name which subscription
     * @param consumer under which name
     * @param handler processes events
     * @return ends it: the consumer leaves, when the call of the handler that is under way has returned
     */
    Subscription consume(String name, String consumer, DeliveryHandler handler);
}
