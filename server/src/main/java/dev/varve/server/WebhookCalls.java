package dev.varve.server;

import dev.varve.api.EntryEvent;
import dev.varve.engine.io.Clock;
import dev.varve.server.outbound.SigningKey;
import dev.varve.server.outbound.SigningKeys;
import dev.varve.server.outbound.WebhookClient;
import dev.varve.server.outbound.WebhookTarget;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What is sent to the webhooks of stores, signed in both ways: by a secret of the receiver, and by the server's key. Thread-safe. */
final class WebhookCalls {

    /** The header with the HMAC, of the protocol. */
    static final String HMAC_HEADER = "x-dust-signature";

    /** The header with the Ed25519 signature, as webhooks of streams have it. */
    static final String SIGNATURE_HEADER = "Webhook-Signature";

    private final WebhookClient client;
    private final Clock clock;

    WebhookCalls(WebhookClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /** The body that tells a change. */
    static byte[] change(String store, EntryEvent event) {
        return EntryText.value(
                        new JsonText()
                                .field("event", "entry.changed")
                                .field("store", store)
                                .field("store_seq", event.storeSeq())
                                .field("op", event.kind().wireName())
                                .field("path", event.path().toString()),
                        event)
                .field("device_id", event.deviceId())
                .field("timestamp", EntryText.time(event.timeMillis()))
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The body that only asks whether somebody is there. */
    byte[] ping(String store) {
        return new JsonText()
                .field("event", "ping")
                .field("store", store)
                .field("timestamp", EntryText.time(clock.wallMillis()))
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Sends a body and waits for the answer, which takes no longer than the client lets it. Blocks.
     *
     * @param storeSeq the change that the body tells, for the log
     */
    WebhookDelivery send(Webhook webhook, SigningKey key, byte[] body, long storeSeq) {
        long atMillis = clock.wallMillis();
        long start = clock.elapsedNanos();
        WebhookClient.Result result = client.post(
                WebhookTarget.parse(webhook.url()),
                body,
                Map.of(
                        HMAC_HEADER,
                        hmac(webhook.secret(), body),
                        SIGNATURE_HEADER,
                        SigningKeys.sign(key, Math.floorDiv(atMillis, 1_000L), body)));
        long millis = TimeUnit.NANOSECONDS.toMillis(clock.elapsedNanos() - start);
        return switch (result) {
            case WebhookClient.Result.Delivered delivered ->
                new WebhookDelivery(storeSeq, delivered.status(), millis, null, atMillis);
            case WebhookClient.Result.Failed failed ->
                new WebhookDelivery(storeSeq, failed.status(), millis, failed.why(), atMillis);
        };
    }

    /** The value of the header that the protocol names. */
    static String hmac(String secret, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
