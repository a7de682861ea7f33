package dev.varve.api;

import java.time.Duration;

/**
 * How a subscription hands out events to consumers. Immutable.
 *
 * <pre>{@code
 * SubscriptionSettings settings = SubscriptionSettings.of(EventRead.category("order").after(SubscriptionSettings.END))
 *         .withDistribution(SubscriptionSettings.Distribution.BY_AGGREGATE)
 *         .withMessageTimeout(Duration.ofMinutes(1));
 * store.events().append(new AggregateId("order", "1"), ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * store.events().subscriptions().create("mailer", settings);
 * }</pre>
 *
 * @param events which events, and by its lower bound or its time from where on: forward, without an upper bound and without
 *     skipping; the limit means nothing. {@link #END} as its lower bound stands for the end of the log when the subscription is made
 * @param messageTimeout how long a consumer has an event to itself; then it counts as tried and is handed out again, 100 ms to
 *     {@link #MAX_TIMEOUT}
 * @param maxRetries so often an event is handed out again before it is parked, 0 to {@link #MAX_RETRIES}
 * @param retryPause how long an event waits after a consumer gave it back to be tried again; twice as long after each further
 *     time, but never longer than the timeout; zero for not at all
 * @param maxInFlight how many events one consumer has at a time, 1 to {@link #MAX_IN_FLIGHT}
 * @param maxConsumers how many consumers there may be at a time, 1 to {@link #MAX_CONSUMERS}
 * @param distribution which consumer gets which event
 */
public record SubscriptionSettings(
        EventRead events,
        Duration messageTimeout,
        int maxRetries,
        Duration retryPause,
        int maxInFlight,
        int maxConsumers,
        Distribution distribution) {

    /** As lower bound of {@link #events}: only what is appended after the subscription is made. */
    public static final long END = Long.MAX_VALUE;

    /** The longest timeout, and the longest pause, inclusive. */
    public static final Duration MAX_TIMEOUT = Duration.ofHours(24);

    /** The most retries, inclusive. */
    public static final int MAX_RETRIES = 10_000;

    /** The most events that one consumer has at a time, inclusive. */
    public static final int MAX_IN_FLIGHT = 1_000;

    /** The most consumers at a time, inclusive. */
    public static final int MAX_CONSUMERS = 1_000;

    private static final Duration MIN_TIMEOUT = Duration.ofMillis(100);

    /** Which consumer gets which event. */
    public enum Distribution {
        /** Those who ask, in turn. */
        ROUND_ROBIN,
        /** One consumer alone, until it is gone; then the one that came next. */
        SINGLE,
        /**
         * Those who ask, in turn, but of an aggregate one event at a time: the next one is handed out when the one before is acknowledged,
         * skipped or parked. So the events of an aggregate are processed in their order. Events of no aggregate are bound to no order.
         */
        BY_AGGREGATE,
        /** The same of events with the same {@link NewEvent#CORRELATION_ID} in their metadata; those without one are bound to no order. */
        BY_CORRELATION
    }

    /**
     * Checks the bounds.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when one of them is passed, or a time is no whole number of milliseconds
     */
    public SubscriptionSettings {
        if (events.backwards() || events.upTo() != Long.MAX_VALUE || events.skip() != 0) {
            throw EventTexts.invalid("a subscription reads forward, without an upper bound and without skipping");
        }
        events = events.withLimit(EventRead.MAX_LIMIT);
        EventTexts.checkMillis("the timeout of messages", messageTimeout);
        EventTexts.checkMillis("the pause before retries", retryPause);
        if (messageTimeout.compareTo(MIN_TIMEOUT) < 0 || messageTimeout.compareTo(MAX_TIMEOUT) > 0) {
            throw bounds("the timeout of messages", MIN_TIMEOUT, messageTimeout);
        }
        if (retryPause.isNegative() || retryPause.compareTo(MAX_TIMEOUT) > 0) {
            throw bounds("the pause before retries", Duration.ZERO, retryPause);
        }
        check("retries", maxRetries, 0, MAX_RETRIES);
        check("events in flight", maxInFlight, 1, MAX_IN_FLIGHT);
        check("consumers", maxConsumers, 1, MAX_CONSUMERS);
    }

    private static VarveException bounds(String what, Duration least, Duration was) {
        return EventTexts.invalid(
                what + " is " + least.toMillis() + " to " + MAX_TIMEOUT.toMillis() + " ms, was " + was.toMillis());
    }

    private static void check(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw EventTexts.invalid("a subscription has " + least + " to " + most + " " + what + ", was " + value);
        }
    }

    /**
     * A timeout of 30 seconds, 10 retries, a pause from one second, 20 events in flight, {@link #MAX_CONSUMERS} consumers in turn.
     *
     * @param events which events, from where on
     * @return the settings
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when that is no read for a subscription
     */
    public static SubscriptionSettings of(EventRead events) {
        return new SubscriptionSettings(
                events, Duration.ofSeconds(30), 10, Duration.ofSeconds(1), 20, MAX_CONSUMERS, Distribution.ROUND_ROBIN);
    }

    /**
     * The same of other events.
     *
     * @param other which events
     * @return the settings
     */
    public SubscriptionSettings withEvents(EventRead other) {
        return new SubscriptionSettings(
                other, messageTimeout, maxRetries, retryPause, maxInFlight, maxConsumers, distribution);
    }

    /**
     * The same with another timeout.
     *
     * @param timeout how long a consumer has an event to itself
     * @return the settings
     */
    public SubscriptionSettings withMessageTimeout(Duration timeout) {
        return new SubscriptionSettings(
                events, timeout, maxRetries, retryPause, maxInFlight, maxConsumers, distribution);
    }

    /**
     * The same with other retries.
     *
     * @param most how often an event is handed out again
     * @param pause how long it waits for the first time
     * @return the settings
     */
    public SubscriptionSettings withRetries(int most, Duration pause) {
        return new SubscriptionSettings(events, messageTimeout, most, pause, maxInFlight, maxConsumers, distribution);
    }

    /**
     * The same with another bound of what a consumer has at a time.
     *
     * @param most how many events
     * @return the settings
     */
    public SubscriptionSettings withMaxInFlight(int most) {
        return new SubscriptionSettings(
                events, messageTimeout, maxRetries, retryPause, most, maxConsumers, distribution);
    }

    /**
     * The same with another bound of consumers.
     *
     * @param most how many consumers
     * @return the settings
     */
    public SubscriptionSettings withMaxConsumers(int most) {
        return new SubscriptionSettings(
                events, messageTimeout, maxRetries, retryPause, maxInFlight, most, distribution);
    }

    /**
     * The same, distributed in another way.
     *
     * @param other which consumer gets which event
     * @return the settings
     */
    public SubscriptionSettings withDistribution(Distribution other) {
        return new SubscriptionSettings(
                events, messageTimeout, maxRetries, retryPause, maxInFlight, maxConsumers, other);
    }
}
