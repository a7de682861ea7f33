package dev.varve.server.subscriptions;

import dev.varve.server.outbound.WebhookPolicy;
import dev.varve.server.outbound.WebhookTarget;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The body of a creation, checked and normalized. Immutable.
 *
 * @param hash equal for configurations that are equal after normalization
 */
record NewSubscription(
        String type,
        @Nullable Glob pattern,
        Set<String> streams,
        @Nullable String url,
        @Nullable String wakeStream,
        long leaseMillis,
        @Nullable String description,
        String hash) {

    static final int MAX_DESCRIPTION_LENGTH = 1_024;
    static final int MAX_STREAMS_PER_BODY = 1_000;
    static final long DEFAULT_LEASE_MILLIS = 30_000;
    static final long MIN_LEASE_MILLIS = 1_000;
    static final long MAX_LEASE_MILLIS = 600_000;

    /**
     * Reads the body.
     *
     * @throws ControlException when it is not one
     */
    static NewSubscription read(JsonNode body, WebhookPolicy policy) {
        String type = ControlJson.text(body, "type", 64);
        if (type == null || !(type.equals(SubscriptionEntry.WEBHOOK) || type.equals(SubscriptionEntry.PULL_WAKE))) {
            throw ControlException.invalid("type must be \"webhook\" or \"pull-wake\"");
        }
        Glob pattern = pattern(body);
        Set<String> streams = body.hasNonNull("streams") ? streams(body) : Set.of();
        if (pattern == null && streams.isEmpty()) {
            throw ControlException.invalid("at least one of pattern and streams is needed");
        }
        boolean webhook = type.equals(SubscriptionEntry.WEBHOOK);
        String url = webhook ? url(body, policy) : null;
        String wakeStream = webhook ? null : wakeStream(body);
        if (wakeStream != null && streams.contains(wakeStream)) {
            throw ControlException.invalid("a subscription must not be linked to its own wake_stream");
        }
        long leaseMillis = leaseMillis(body);
        String description = ControlJson.text(body, "description", MAX_DESCRIPTION_LENGTH);
        String patternText = pattern == null ? null : pattern.toString();
        String hash = hash(type, patternText, streams, url, wakeStream, leaseMillis, description);
        return new NewSubscription(type, pattern, streams, url, wakeStream, leaseMillis, description, hash);
    }

    /** The event that creates the subscription. */
    Event.Created created(String id, String baseUrl, long atMillis) {
        String patternText = pattern == null ? null : pattern.toString();
        return new Event.Created(
                id, type, patternText, url, wakeStream, leaseMillis, description, hash, baseUrl, atMillis);
    }

    private static @Nullable Glob pattern(JsonNode body) {
        String text = ControlJson.text(body, "pattern", StreamPaths.MAX_PATH_BYTES);
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            return Glob.parse(StreamPaths.normalize("pattern", text));
        } catch (IllegalArgumentException e) {
            throw ControlException.invalid("pattern: " + e.getMessage());
        }
    }

    /** The field {@code streams} of a body. */
    static Set<String> streams(JsonNode body) {
        JsonNode streams = body.get("streams");
        if (streams == null || !streams.isArray()) {
            throw ControlException.invalid("streams must be an array of strings");
        }
        if (streams.size() > MAX_STREAMS_PER_BODY) {
            throw ControlException.invalid("streams must not name more than " + MAX_STREAMS_PER_BODY + " at once");
        }
        Set<String> paths = new LinkedHashSet<>();
        for (JsonNode stream : streams) {
            paths.add(StreamPaths.normalize("streams[]", stream.isString() ? stream.stringValue() : null));
        }
        return paths;
    }

    private static String url(JsonNode body, WebhookPolicy policy) {
        JsonNode webhook = body.get("webhook");
        JsonNode url = webhook == null ? null : webhook.get("url");
        if (url == null || !url.isString() || url.stringValue().isEmpty()) {
            throw ControlException.invalid("a webhook subscription needs webhook.url");
        }
        String objection;
        try {
            objection = policy.objection(WebhookTarget.parse(url.stringValue()));
        } catch (IllegalArgumentException e) {
            objection = e.getMessage();
        }
        if (objection != null) {
            throw new ControlException(ControlException.Code.WEBHOOK_URL_REJECTED, objection);
        }
        return url.stringValue();
    }

    private static String wakeStream(JsonNode body) {
        String text = ControlJson.text(body, "wake_stream", StreamPaths.MAX_PATH_BYTES);
        if (text == null || text.isEmpty()) {
            throw ControlException.invalid("a pull-wake subscription needs wake_stream");
        }
        return StreamPaths.normalize("wake_stream", text);
    }

    private static long leaseMillis(JsonNode body) {
        JsonNode lease = body.get("lease_ttl_ms");
        if (lease == null || lease.isNull()) {
            return DEFAULT_LEASE_MILLIS;
        }
        if (lease.isIntegralNumber() && lease.canConvertToLong()) {
            long millis = lease.longValue();
            if (millis >= MIN_LEASE_MILLIS && millis <= MAX_LEASE_MILLIS) {
                return millis;
            }
        }
        throw ControlException.invalid(
                "lease_ttl_ms must be an integer from " + MIN_LEASE_MILLIS + " to " + MAX_LEASE_MILLIS);
    }

    /** Each part with its length before it, so that no two configurations run into the same text. */
    private static String hash(
            String type,
            @Nullable String pattern,
            Set<String> streams,
            @Nullable String url,
            @Nullable String wakeStream,
            long leaseMillis,
            @Nullable String description) {
        StringBuilder text = new StringBuilder();
        for (String part : new @Nullable String[] {type, pattern, url, wakeStream, description}) {
            text.append(part == null ? "-" : part.length() + ":" + part);
        }
        text.append(leaseMillis);
        for (String stream : new TreeSet<>(streams)) {
            text.append('/').append(stream.length()).append(':').append(stream);
        }
        byte[] digest = Token.sha256().digest(text.toString().getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    }
}
