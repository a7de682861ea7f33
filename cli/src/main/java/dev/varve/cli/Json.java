package dev.varve.cli;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.Retention;
import dev.varve.api.StreamMetadata;
import dev.varve.api.VarveException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What the command writes under {@code --json}, one object per line, named as on the wire. Thread-safe. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private Json() {}

    static String stream(StreamMetadata stream) {
        ObjectNode node = object();
        node.put("path", stream.path());
        node.put("content_type", stream.contentType());
        node.put("next_offset", stream.next().toString());
        node.put("earliest_offset", stream.earliest().toString());
        node.put("closed", stream.closed());
        put(node, "ttl_seconds", stream.ttlSeconds());
        Instant expiresAt = stream.expiresAt();
        if (expiresAt != null) {
            node.put("expires_at", expiresAt.toString());
        }
        Retention retention = stream.retention();
        put(node, "retention_age_seconds", retention.ageSeconds());
        put(node, "retention_bytes", retention.bytes());
        put(node, "retention_messages", retention.messages());
        if (!stream.createdAt().equals(Instant.EPOCH)) {
            node.put("created_at", stream.createdAt().toString());
        }
        return MAPPER.writeValueAsString(node);
    }

    static String problem(VarveException failure) {
        ObjectNode node = object();
        node.put("kind", failure.kind().wireName());
        node.put("detail", Problems.sentence(failure));
        node.put("retryable", failure.retryable());
        node.put("outcome", failure.outcomeUnknown() ? "unknown" : "not_applied");
        if (failure instanceof RefusedException refused) {
            Refusal refusal = refused.refusal();
            Offset offset = refusal.offset();
            if (offset != null) {
                node.put(refusal.kind() == ErrorKind.COMPACTED ? "earliest_offset" : "next_offset", offset.toString());
            }
            put(node, "producer_epoch", refusal.producerEpoch());
            put(node, "producer_expected_seq", refusal.expectedSequence());
            put(node, "producer_received_seq", refusal.receivedSequence());
        }
        return MAPPER.writeValueAsString(node);
    }

    /** One text per name, in the order given. */
    static String texts(String... namesAndValues) {
        ObjectNode node = object();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            node.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return MAPPER.writeValueAsString(node);
    }

    /** An object to fill. */
    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** An object on one line. */
    static String text(ObjectNode node) {
        return MAPPER.writeValueAsString(node);
    }

    private static void put(ObjectNode node, String name, @Nullable Long number) {
        if (number != null) {
            node.put(name, number);
        }
    }
}
