package dev.varve.api;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The storage contract of subscriptions whose position the storage keeps: named, each shared by consumers that compete for its events. {@link
 * EventSubscriptions} is what programs use.
 *
 * <pre>{@code
 * static EventSubscriptions logged(EventStorage storage) {
 *     return EventSubscriptions.over(storage.subscriptions(), "acme/orders");
 * }
 * }</pre>
 *
 * <h2>Contract</h2>
 *
 * <ul>
 *   <li><b>At least once.</b> Every event that is meant is handed out until it is settled: acknowledged, skipped or parked. Of all
 *       consumers one has it at a time, until its timeout is over, it is given back, or the consumer leaves.
 *   <li><b>Durability.</b> What was settled when a call is answered stays so, across crashes; events that were not are handed out again.
 *       Settings, pauses and the list of parked events are durable when the call that changed them is answered. Deliveries are not: the tokens from
 *       before a restart name nothing.
 *   <li><b>Order.</b> Events are handed out in the order of positions where nothing keeps one back: a retry, a key whose
 *       last event is still out. Only {@link SubscriptionSettings.Distribution} by a key promises an order of processing.
 *   <li><b>Bounds.</b> At most {@link #MAX_UNSETTLED} events of a subscription are out or kept back at a time; then nothing new is handed out
 *       until the first are settled. When {@link #MAX_PARKED} events are parked, the next one pauses the subscription.
 *   <li><b>Consumers</b> are there from their first {@link #next} until they {@link #leave}, or have not been heard of for as long as the
 *       timeout of messages.
 *   <li><b>Reading</b> is as of when an event is handed out: data that was replaced is seen replaced, and an event that is gone is passed over.
 *   <li><b>Failures.</b> Fail with {@link ErrorKind#NOT_FOUND} when there is no such store or subscription. Futures complete on threads of
 *       the storage, possibly event loops: dependent actions must not block.
 * </ul>
 *
 * <p>Thread-safe.
 */
public interface EventSubscriptionStorage {

    /** The longest name of a subscription or a consumer, in bytes of UTF-8, inclusive. */
    int MAX_NAME_BYTES = 256;

    /** The most subscriptions of one store, inclusive. */
    int MAX_SUBSCRIPTIONS = 1_000;

    /** The most events of one subscription that are neither settled nor yet to be looked at, inclusive; and of those that are replayed as many. */
    int MAX_UNSETTLED = 1_000;

    /** The most parked events of one subscription, inclusive. */
    int MAX_PARKED = 10_000;

    /** The most parked events of one page, inclusive. */
    int MAX_PARKED_PAGE = 100;

    /** The longest wait for events. */
    Duration MAX_WAIT = Duration.ofMinutes(5);

    /**
     * Makes a subscription.
     *
     * @param store the full name of the store
     * @param name its name: 1 to {@link #MAX_NAME_BYTES} bytes of UTF-8, no control characters, no slash
     * @param settings its settings
     * @return what is known then; fails with {@link ErrorKind#ALREADY_EXISTS} when there is one of the name, {@link
     *     ErrorKind#INVALID_PARAMS} when that is no name, {@link ErrorKind#LIMIT_EXCEEDED} when there are {@link #MAX_SUBSCRIPTIONS}
     */
    CompletableFuture<SubscriptionInfo> create(String store, String name, SubscriptionSettings settings);

    /**
     * Changes the settings. Where other events are meant, they are from where the subscription has come to; where the read begins does not matter
     * any more. What was read before that and is not settled stays, and is distributed as it was.
     *
     * @param store the full name of the store
     * @param name which subscription
     * @param settings all of them
     * @return what is known then
     */
    CompletableFuture<SubscriptionInfo> update(String store, String name, SubscriptionSettings settings);

    /**
     * Deletes a subscription with its list of parked events. Calls that wait for events fail. Its name is free again.
     *
     * @param store the full name of the store
     * @param name which subscription
     * @return whether there was one
     */
    CompletableFuture<Boolean> delete(String store, String name);

    /**
     * All subscriptions of a store.
     *
     * @param store the full name of the store
     * @return in the order of their names
     */
    CompletableFuture<List<SubscriptionInfo>> list(String store);

    /**
     * What is known of a subscription.
     *
     * @param store the full name of the store
     * @param name which subscription
     * @return what is known
     */
    CompletableFuture<SubscriptionInfo> info(String store, String name);

    /**
     * Hands out events. A caller that cancels the future gets none.
     *
     * @param store the full name of the store
     * @param name which subscription
     * @param consumer who asks: 1 to {@link #MAX_NAME_BYTES} bytes of UTF-8, no control characters. A program that asks twice at a time under one name is one
     *     consumer
     * @param max how many events at most, 1 to {@link SubscriptionSettings#MAX_IN_FLIGHT}
     * @param wait how long to wait for the first one, up to {@link #MAX_WAIT}
     * @return at least one event, or none when the wait is over; fails with {@link ErrorKind#CONSUMER_LIMIT} when it would be one consumer too many, {@link
     *     ErrorKind#CORRUPT} when an event is damaged, naming its position
     */
    CompletableFuture<List<DeliveredEvent>> next(String store, String name, String consumer, int max, Duration wait);

    /**
     * Settles deliveries, or gives them back. One that was settled before, or was handed out again since, is left as it is.
     *
     * @param store the full name of the store
     * @param name which subscription
     * @param settlement what is said of them
     * @param tokens of the deliveries, at most {@link SubscriptionSettings#MAX_IN_FLIGHT}
     * @return how many of them this concerned; durable
     */
    CompletableFuture<Integer> settle(String store, String name, Settlement settlement, Collection<String> tokens);

    /**
     * Says that a consumer is gone: what it has is handed out to others at once, and its calls that wait get nothing. An unknown one may leave, too.
     *
     * @param store the full name of the store
     * @param name which subscription
     * @param consumer who goes
     * @return when it is gone
     */
    CompletableFuture<Void> leave(String store, String name, String consumer);

    /**
     * Lists parked events.
     *
     * @param store the full name of the store
     * @param name which subscription
     * @param after the position after which to go on, exclusive; {@link EventStore#EMPTY} to begin
     * @param limit how many at most, 1 to {@link #MAX_PARKED_PAGE}
     * @return in the order of positions
     */
    CompletableFuture<List<ParkedEvent>> parked(String store, String name, long after, int limit);

    /**
     * Has parked events handed out again, beginning with the lowest position; they are not parked any more, and their attempts are counted anew.
     *
     * @param store the full name of the store
     * @param name which subscription
     * @param stopAt how many at most, from 0
     * @return how many: fewer when no more are parked, or as many as are {@linkplain #MAX_UNSETTLED allowed} are being replayed
     */
    CompletableFuture<Integer> replayParked(String store, String name, int stopAt);

    /**
     * Has nothing handed out any more. What consumers have they may settle.
     *
     * @param store the full name of the store
     * @param name which subscription
     * @return what is known then; fails with {@link ErrorKind#CONFLICT} when it is paused already
     */
    CompletableFuture<SubscriptionInfo> pause(String store, String name);

    /**
     * Has events handed out again.
     *
     * @param store the full name of the store
     * @param name which subscription
     * @return what is known then; fails with {@link ErrorKind#CONFLICT} when it is not paused
     */
    CompletableFuture<SubscriptionInfo> resume(String store, String name);

    /**
     * Begins anew after a position: what follows it is handed out again, whatever became of it, and is not parked any more; what consumers
     * have, they have no more.
     *
     * @param store the full name of the store
     * @param name which subscription
     * @param position up to where everything counts as settled, inclusive; {@link EventStore#EMPTY} for the beginning, {@link
     *     SubscriptionSettings#END} for the end
     * @return what is known then; fails with {@link ErrorKind#INVALID_PARAMS} for a position after the end
     */
    CompletableFuture<SubscriptionInfo> reset(String store, String name, long position);
}
