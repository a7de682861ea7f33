package dev.varve.api;

import java.nio.charset.StandardCharsets;

/**
 * What a consumer says of events that it was handed. Immutable.
 *
 * <pre>{@code
 * EventSubscriptions subscriptions = store.events().subscriptions();
 * store.events().append(new AggregateId("order", "1"), ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * subscriptions.create("mailer", SubscriptionSettings.of(EventRead.all()));
 * List<DeliveredEvent> deliveries = subscriptions.next("mailer", "mailer-1", 10, Duration.ZERO);
 * subscriptions.settle("mailer", Settlement.park("no address"), deliveries.get(0));
 * }</pre>
 *
 * @param action what is to be done
 * @param reason why, for people, at most {@link #MAX_REASON_BYTES}; a longer one is cut
 */
public record Settlement(Action action, String reason) {

    /** The longest reason in bytes of UTF-8, inclusive. */
    public static final int MAX_REASON_BYTES = 1_000;

    /** It was processed. */
    public static final Settlement ACK = new Settlement(Action.ACK, "");

    /** It is not meant to be processed. */
    public static final Settlement SKIP = new Settlement(Action.SKIP, "");

    /** What is to be done about an event. */
    public enum Action {
        /** Nothing more: it was processed. */
        ACK,
        /** It is handed out again after a pause; when that was done too often it is parked. */
        RETRY,
        /** It is laid aside, and the others go on. */
        PARK,
        /** Nothing more, though it was not processed. */
        SKIP,
        /** The subscription is paused; the event is handed out again when it is resumed, and this does not count as an attempt. */
        STOP
    }

    /** Cuts the reason. */
    public Settlement {
        if (reason.length() > MAX_REASON_BYTES / 3) { // no char takes more bytes
            byte[] bytes = reason.getBytes(StandardCharsets.UTF_8);
            if (bytes.length > MAX_REASON_BYTES) {
                int end = MAX_REASON_BYTES;
                while ((bytes[end] & 0xC0) == 0x80) {
                    end--;
                }
                reason = new String(bytes, 0, end, StandardCharsets.UTF_8);
            }
        }
    }

    /**
     * It is to be tried again.
     *
     * @param reason why; stands in the list of parked events when it was tried too often
     * @return the settlement
     */
    public static Settlement retry(String reason) {
        return new Settlement(Action.RETRY, reason);
    }

    /**
     * It is to be laid aside.
     *
     * @param reason why
     * @return the settlement
     */
    public static Settlement park(String reason) {
        return new Settlement(Action.PARK, reason);
    }

    /**
     * The subscription is to be paused.
     *
     * @param reason why
     * @return the settlement
     */
    public static Settlement stop(String reason) {
        return new Settlement(Action.STOP, reason);
    }
}
