package dev.varve.server;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A program that is called with the changes of a store, as it is kept. Immutable.
 *
 * @param id unique among all webhooks
 * @param storeId the store; an id is never used again, so a later store of the same name has nothing to do with it
 * @param url where it is called
 * @param secret what its calls are signed with; kept as it is, because signing needs it
 * @param insertedAtMillis when it was created
 * @param active whether changes are delivered
 * @param failureCount how many calls in a row have failed
 * @param failedAtMillis when the last of them did; null without any
 * @param lastDeliveredSeq the change up to which all were delivered
 * @param attempts how many calls were logged, which is the number of the last one in the log
 */
record Webhook(
        String id,
        UUID storeId,
        String url,
        String secret,
        long insertedAtMillis,
        boolean active,
        int failureCount,
        @Nullable Long failedAtMillis,
        long lastDeliveredSeq,
        long attempts) {

    /** The same after one more logged call that the receiver took. */
    Webhook delivered(long storeSeq) {
        return new Webhook(id, storeId, url, secret, insertedAtMillis, active, 0, null, storeSeq, attempts + 1);
    }

    /** The same after one more logged call that failed; the last failure in a row that is allowed switches it off. */
    Webhook failed(long atMillis, int allowedFailures) {
        int failures = failureCount + 1;
        return new Webhook(
                id,
                storeId,
                url,
                secret,
                insertedAtMillis,
                active && failures < allowedFailures,
                failures,
                atMillis,
                lastDeliveredSeq,
                attempts + 1);
    }

    /** The same after changes that cannot be delivered any more, and one more line in the log that says so. */
    Webhook skipped(long throughSeq) {
        return new Webhook(
                id,
                storeId,
                url,
                secret,
                insertedAtMillis,
                active,
                failureCount,
                failedAtMillis,
                throughSeq,
                attempts + 1);
    }

    /** The same as if no call had failed. */
    Webhook reactivated() {
        return new Webhook(id, storeId, url, secret, insertedAtMillis, true, 0, null, lastDeliveredSeq, attempts);
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "Webhook[" + id + " of " + storeId + " to " + url + "]";
    }
}
