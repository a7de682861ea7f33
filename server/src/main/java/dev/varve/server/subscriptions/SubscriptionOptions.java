package dev.varve.server.subscriptions;

import dev.varve.server.outbound.WebhookPolicy;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How subscriptions behave on this server. Immutable.
 *
 * @param publicBaseUrl the server's address as workers and webhook receivers see it, without a trailing slash; null
 *     when there is none configured: then the address of the request that created a subscription is used, which only a
 *     server on loopback may trust
 * @param allowLoopbackWebhooks whether webhooks may go to this machine ({@code localhost}, {@code 127.0.0.0/8},
 *     {@code ::1}), also over plain http
 * @param allowedWebhookTargets {@code host:port} pairs that may be called although they are not public, also over plain
 *     http
 * @param maxSubscriptions how many subscriptions there may be
 * @param maxLinksPerSubscription how many streams one subscription may be linked to
 * @param maxLinks how many links there may be in all
 */
public record SubscriptionOptions(
        @Nullable String publicBaseUrl,
        boolean allowLoopbackWebhooks,
        Set<String> allowedWebhookTargets,
        int maxSubscriptions,
        int maxLinksPerSubscription,
        int maxLinks) {

    /** For a server on loopback. */
    public static final SubscriptionOptions LOOPBACK =
            new SubscriptionOptions(null, true, Set.of(), 1_000, 100_000, 500_000);

    /** Copies the set, in lower case as names are compared. */
    public SubscriptionOptions {
        allowedWebhookTargets = allowedWebhookTargets.stream()
                .map(target -> target.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Where webhooks may go.
     *
     * @return what follows from these options
     */
    public WebhookPolicy policy() {
        return new WebhookPolicy(allowLoopbackWebhooks, allowedWebhookTargets);
    }

    /**
     * The options of a server that others reach at an address.
     *
     * @param baseUrl the address, without a trailing slash
     * @return the changed copy
     */
    public SubscriptionOptions withPublicBaseUrl(@Nullable String baseUrl) {
        return new SubscriptionOptions(
                baseUrl,
                allowLoopbackWebhooks,
                allowedWebhookTargets,
                maxSubscriptions,
                maxLinksPerSubscription,
                maxLinks);
    }

    /**
     * The same options with another answer to webhooks on this machine.
     *
     * @param allowed whether they are allowed
     * @return the changed copy
     */
    public SubscriptionOptions withLoopbackWebhooks(boolean allowed) {
        return new SubscriptionOptions(
                publicBaseUrl, allowed, allowedWebhookTargets, maxSubscriptions, maxLinksPerSubscription, maxLinks);
    }

    /**
     * The same options with other allowed targets.
     *
     * @param targets {@code host:port} pairs
     * @return the changed copy
     */
    public SubscriptionOptions withAllowedWebhookTargets(Set<String> targets) {
        return new SubscriptionOptions(
                publicBaseUrl, allowLoopbackWebhooks, targets, maxSubscriptions, maxLinksPerSubscription, maxLinks);
    }

    /**
     * The same options with other limits.
     *
     * @param subscriptions how many subscriptions there may be
     * @param linksPerSubscription how many streams one may be linked to
     * @param links how many links there may be in all
     * @return the changed copy
     */
    public SubscriptionOptions withLimits(int subscriptions, int linksPerSubscription, int links) {
        return new SubscriptionOptions(
                publicBaseUrl,
                allowLoopbackWebhooks,
                allowedWebhookTargets,
                subscriptions,
                linksPerSubscription,
                links);
    }
}
