package dev.varve.server;

import java.time.Duration;
import java.util.List;

/**
 * How webhooks of stores behave. Immutable.
 *
 * @param retryWaits after how long a call is made again that failed once in a row, twice, and so on; after one failure more
 *     than there are waits the webhook is switched off
 * @param maxPerStore how many webhooks a store may have
 * @param maxWebhooks how many there may be in all
 */
record WebhookOptions(List<Duration> retryWaits, int maxPerStore, int maxWebhooks) {

    /**
     * Those of the protocol. It names a fifth wait, of 43,200 seconds; but the fifth failure in a row switches a webhook off, so nothing
     * would ever wait so long.
     */
    static final WebhookOptions DEFAULT = new WebhookOptions(
            List.of(
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(300),
                    Duration.ofSeconds(1_800),
                    Duration.ofSeconds(7_200)),
            20,
            1_000);

    /** Copies the list. */
    WebhookOptions {
        retryWaits = List.copyOf(retryWaits);
    }

    WebhookOptions withRetryWaits(List<Duration> waits) {
        return new WebhookOptions(waits, maxPerStore, maxWebhooks);
    }

    /** How many failures in a row switch a webhook off. */
    int allowedFailures() {
        return retryWaits.size() + 1;
    }

    /** How long to wait after so many failures in a row, at least one. */
    Duration waitAfter(int failures) {
        return retryWaits.get(Math.min(failures, retryWaits.size()) - 1);
    }
}
