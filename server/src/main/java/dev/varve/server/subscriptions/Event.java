package dev.varve.server.subscriptions;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.varve.server.outbound.SigningKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One change of subscription state, as decided; the unit of the log. Times are wall times in milliseconds, offsets in
 * their text form. The names are a storage format: add, never rename. Immutable.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Event.LogOpened.class, name = "log_opened"),
    @JsonSubTypes.Type(value = Event.SnapshotEnded.class, name = "snapshot_ended"),
    @JsonSubTypes.Type(value = Event.KeyAdded.class, name = "key_added"),
    @JsonSubTypes.Type(value = Event.LinksStaged.class, name = "links_staged"),
    @JsonSubTypes.Type(value = Event.Created.class, name = "created"),
    @JsonSubTypes.Type(value = Event.Restored.class, name = "restored"),
    @JsonSubTypes.Type(value = Event.Deleted.class, name = "deleted"),
    @JsonSubTypes.Type(value = Event.Linked.class, name = "linked"),
    @JsonSubTypes.Type(value = Event.Unlinked.class, name = "unlinked"),
    @JsonSubTypes.Type(value = Event.Woken.class, name = "woken"),
    @JsonSubTypes.Type(value = Event.Claimed.class, name = "claimed"),
    @JsonSubTypes.Type(value = Event.Acked.class, name = "acked"),
    @JsonSubTypes.Type(value = Event.Extended.class, name = "extended"),
    @JsonSubTypes.Type(value = Event.Freed.class, name = "freed"),
    @JsonSubTypes.Type(value = Event.RetryScheduled.class, name = "retry_scheduled"),
    @JsonSubTypes.Type(value = Event.Recovered.class, name = "recovered"),
})
sealed interface Event {

    /** A recorded link: {@code incarnation} tells the stream from later ones of the same path. */
    record LinkRecord(String path, boolean explicit, String acked, long incarnation) {}

    /** A minted token, by its hash. */
    record TokenRecord(String hash, long generation, long expiresAt) {}

    /** The first event of every log: which of the two logs is the newer one. */
    record LogOpened(long generation, int format) implements Event {}

    /** What came before is complete: the log may be used. */
    record SnapshotEnded() implements Event {}

    /** A signing key came to be and is the current one. The keys are unpadded base64url. */
    record KeyAdded(String kid, String publicKey, String privateKey, long at) implements Event {

        static KeyAdded of(SigningKey key, long atMillis) {
            return new KeyAdded(key.kid(), key.publicKey(), key.privateKey(), atMillis);
        }

        SigningKey key() {
            return new SigningKey(kid, publicKey, privateKey);
        }
    }

    /** Links of a subscription whose creation follows; {@code first} drops what an unfinished creation left. */
    record LinksStaged(String id, boolean first, List<LinkRecord> links) implements Event {}

    /** A subscription came to be, with the links staged for it. */
    record Created(
            String id,
            String type,
            @Nullable String pattern,
            @Nullable String url,
            @Nullable String wakeStream,
            long leaseMillis,
            @Nullable String description,
            String configHash,
            String baseUrl,
            long at)
            implements Event {}

    /** In a snapshot, after {@link Created}: where the subscription stands. */
    record Restored(
            String id,
            long generation,
            @Nullable String wakeId,
            @Nullable String stream,
            @Nullable String holder,
            @Nullable Long leasedAt,
            int attempts,
            @Nullable Long retryDelayMillis,
            @Nullable Long retryScheduledAt,
            List<TokenRecord> tokens)
            implements Event {}

    /** The subscription is gone, and so is whatever was in flight. */
    record Deleted(String id) implements Event {}

    /** Streams were linked by name. */
    record Linked(String id, List<LinkRecord> links) implements Event {}

    /** A stream is no longer linked by name. */
    record Unlinked(String id, String path) implements Event {}

    /** A wake was issued for {@code stream}; with a token and a lease for a webhook, without both for pull-wake. */
    record Woken(
            String id,
            long generation,
            String wakeId,
            String stream,
            @Nullable String tokenHash,
            long at) implements Event {}

    /** A worker took the wake and its lease. */
    record Claimed(String id, String holder, String tokenHash, long at) implements Event {}

    /** Offsets were acknowledged. */
    record Acked(String id, List<LinkRecord> acks) implements Event {}

    /** The lease and its token start anew. */
    record Extended(String id, long at) implements Event {}

    /** The wake and its lease ended: done, released or expired. */
    record Freed(String id) implements Event {}

    /** A delivery failed; the next attempt comes after a delay. */
    record RetryScheduled(String id, int attempts, long delayMillis, long at) implements Event {}

    /** A delivery succeeded after failures. */
    record Recovered(String id) implements Event {}
}
