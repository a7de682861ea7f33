package dev.varve.server;

import org.jspecify.annotations.Nullable;

/**
 * One line in the log of a webhook: a call and what came of it. Immutable.
 *
 * @param storeSeq the change that was to be delivered
 * @param status the HTTP status of the answer; null without one
 * @param responseMillis how long the call took; null when there was none
 * @param error why it failed; null when the receiver took the change
 * @param attemptedAtMillis when it began
 */
record WebhookDelivery(
        long storeSeq,
        @Nullable Integer status,
        @Nullable Long responseMillis,
        @Nullable String error,
        long attemptedAtMillis) {

    /** Says that changes are not there any more to be delivered. */
    static WebhookDelivery skipped(long fromSeq, long throughSeq, long atMillis) {
        String words = fromSeq == throughSeq
                ? "change " + fromSeq + " is not kept any more and was not delivered"
                : "changes " + fromSeq + " to " + throughSeq + " are not kept any more and were not delivered";
        return new WebhookDelivery(throughSeq, null, null, words, atMillis);
    }

    /** Whether the receiver took the change. */
    boolean delivered() {
        return error == null;
    }

    /** Whether there was nothing to call with. */
    boolean isSkip() {
        return responseMillis == null;
    }
}
