package dev.varve.server.subscriptions;

import dev.varve.server.subscriptions.ControlException.Code;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The bodies of requests and answers as the protocol spells them. Thread-safe. */
final class ControlJson {

    private static final int MAX_DEPTH = 16;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private ControlJson() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    /** Reads a request body; an absent one counts as an empty object. */
    static JsonNode read(byte[] body) {
        if (body.length == 0) {
            return object();
        }
        JsonNode node;
        try {
            node = MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw ControlException.invalid("the body is not valid JSON: " + e.getOriginalMessage());
        }
        if (!node.isObject()) {
            throw ControlException.invalid("the body must be a JSON object");
        }
        return node;
    }

    /** Whether a webhook's answer says that the wake is done with. Anything else says no. */
    static boolean saysDone(byte[] body) {
        try {
            JsonNode node = MAPPER.readTree(body);
            return node != null
                    && node.isObject()
                    && node.path("done").isBoolean()
                    && node.path("done").booleanValue();
        } catch (JacksonException e) {
            return false;
        }
    }

    static @Nullable String text(JsonNode body, String field, int maxLength) {
        JsonNode value = body.get(field);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isString()) {
            throw ControlException.invalid(field + " must be a string");
        }
        String text = value.stringValue();
        if (text.length() > maxLength) {
            throw ControlException.invalid(field + " must not be longer than " + maxLength + " characters");
        }
        return text;
    }

    static byte[] error(ControlException e) {
        ObjectNode root = object();
        ObjectNode error = root.putObject("error");
        error.put("code", e.code().name());
        error.put("message", e.getMessage());
        e.details().forEach((name, value) -> error.set(name, MAPPER.valueToTree(value)));
        return bytes(root);
    }

    static byte[] subscription(SubscriptionEntry entry, String baseUrl, Event.@Nullable KeyAdded key) {
        Event.Created config = entry.config;
        ObjectNode root = object();
        root.put("id", entry.id());
        root.put("subscription_id", entry.id());
        root.put("type", config.type());
        putIfPresent(root, "pattern", config.pattern());
        ArrayNode streams = root.putArray("streams");
        for (StreamView view : entry.views()) {
            ObjectNode stream = streams.addObject();
            stream.put("path", view.path());
            stream.put("link_type", view.linkType());
            stream.put("acked_offset", view.acked().toString());
        }
        if (entry.links.size() > streams.size()) {
            root.put("streams_total", entry.links.size());
        }
        if (config.url() != null && key != null) {
            ObjectNode webhook = root.putObject("webhook");
            webhook.put("url", config.url());
            ObjectNode signing = webhook.putObject("signing");
            signing.put("alg", "ed25519");
            signing.put("kid", key.kid());
            signing.put("jwks_url", baseUrl + ControlRoutes.ROOT + "jwks.json");
        }
        putIfPresent(root, "wake_stream", config.wakeStream());
        root.put("lease_ttl_ms", config.leaseMillis());
        root.put(
                "created_at",
                Instant.ofEpochMilli(config.at()).truncatedTo(ChronoUnit.MILLIS).toString());
        root.put("status", entry.attempts > 0 ? "failed" : "active");
        putIfPresent(root, "description", config.description());
        return bytes(root);
    }

    private static void putIfPresent(ObjectNode node, String field, @Nullable String value) {
        if (value != null) {
            node.put(field, value);
        }
    }

    static byte[] claim(SubscriptionState.Claim claim) {
        ObjectNode root = object();
        root.put("wake_id", claim.wake().id());
        root.put("generation", claim.wake().generation());
        root.put("token", claim.token());
        putStreams(root, claim.streams());
        root.put("lease_ttl_ms", claim.leaseMillis());
        return bytes(root);
    }

    private static void putStreams(ObjectNode root, List<StreamView> views) {
        ArrayNode streams = root.putArray("streams");
        for (StreamView view : views) {
            ObjectNode stream = streams.addObject();
            stream.put("path", view.path());
            stream.put("link_type", view.linkType());
            stream.put("acked_offset", view.acked().toString());
            stream.put("tail_offset", view.tail().toString());
            stream.put("has_pending", view.pending());
        }
    }

    /** What a webhook is sent. */
    static byte[] webhook(Effect.Deliver effect, String callbackUrl) {
        ObjectNode root = object();
        root.put("subscription_id", effect.subscription());
        root.put("wake_id", effect.wakeId());
        root.put("generation", effect.generation());
        putStreams(root, effect.streams());
        root.put("callback_url", callbackUrl);
        root.put("callback_token", effect.token());
        return bytes(root);
    }

    /** What is appended to a wake stream. */
    static byte[] wakeEvent(Effect.Announce effect, long wallMillis) {
        ObjectNode root = object();
        root.put("type", "wake");
        root.put("subscription_id", effect.subscription());
        root.put("stream", effect.stream());
        root.put("generation", effect.generation());
        root.put("ts", wallMillis);
        return bytes(root);
    }

    static byte[] progress(boolean nextWake) {
        ObjectNode root = object();
        root.put("ok", true);
        root.put("next_wake", nextWake);
        return bytes(root);
    }

    static byte[] keySet(List<Event.KeyAdded> keys) {
        ObjectNode root = object();
        ArrayNode array = root.putArray("keys");
        for (Event.KeyAdded key : keys.reversed()) {
            ObjectNode jwk = array.addObject();
            jwk.put("kty", "OKP");
            jwk.put("crv", "Ed25519");
            jwk.put("x", key.publicKey());
            jwk.put("kid", key.kid());
            jwk.put("use", "sig");
            jwk.put("alg", "EdDSA");
        }
        return bytes(root);
    }

    static SubscriptionState.Claimant claimant(String token, JsonNode body) {
        String wakeId = text(body, "wake_id", 256);
        JsonNode generation = body.get("generation");
        boolean number = generation != null && generation.isIntegralNumber() && generation.canConvertToLong();
        return new SubscriptionState.Claimant(token, wakeId, number ? generation.longValue() : null);
    }

    static List<SubscriptionState.Ack> acks(JsonNode body, int maxAcks) {
        JsonNode acks = body.get("acks");
        if (acks == null || acks.isNull()) {
            return List.of();
        }
        if (!acks.isArray() || acks.size() > maxAcks) {
            throw ControlException.invalid("acks must be an array of at most " + maxAcks + " objects");
        }
        return acks.valueStream().map(ControlJson::ack).toList();
    }

    private static SubscriptionState.Ack ack(JsonNode ack) {
        String field = ack.hasNonNull("stream") ? "stream" : "path";
        String stream = text(ack, field, StreamPaths.MAX_PATH_BYTES);
        String offset = text(ack, "offset", 256);
        if (stream == null || offset == null) {
            throw ControlException.invalid("each of acks must have a stream and an offset");
        }
        return new SubscriptionState.Ack(StreamPaths.normalize("acks[].stream", stream), offset);
    }

    static boolean done(JsonNode body) {
        JsonNode done = body.get("done");
        if (done == null || done.isNull()) {
            return false;
        }
        if (!done.isBoolean()) {
            throw new ControlException(Code.INVALID_REQUEST, "done must be true or false");
        }
        return done.booleanValue();
    }
}
