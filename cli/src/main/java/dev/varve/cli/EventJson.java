package dev.varve.cli;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.Snapshot;
import dev.varve.api.StoredEvent;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the commands of events write as JSON, one object a line, named as on the wire. Stateless. */
final class EventJson {

    static final JsonMapper MAPPER = JsonMapper.shared();

    private EventJson() {}

    /** An event on one line, from which an import makes the same. */
    static String event(StoredEvent event) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("position", event.position());
        AggregateId aggregate = event.aggregate();
        if (aggregate != null) {
            node.set("aggregate", aggregate(aggregate));
            node.put("version", event.version());
        }
        node.put("id", event.id().toString());
        node.put("type", event.type());
        ArrayNode tags = node.putArray("tags");
        event.tags().forEach(tags::add);
        texts(node, event.metadata());
        node.put("time", event.time().toString());
        node.put("recorded_at", event.recordedAt().toString());
        node.put("append_id", event.appendFirst());
        node.put("append_last", event.appendLast());
        if (event.redacted()) {
            node.put("redacted", true);
        }
        return withData(node, event.data());
    }

    static String snapshot(Snapshot snapshot) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("version", snapshot.version());
        node.put("schema", snapshot.schema());
        texts(node, snapshot.metadata());
        node.put("time", snapshot.time().toString());
        return withData(node, snapshot.state());
    }

    /** Puts data behind the other fields, as it came: neither numbers nor names are read. */
    private static String withData(ObjectNode node, EventData data) {
        node.put("content_type", data.contentType());
        String line = data.isJson() ? oneLine(data) : null;
        boolean asItCame = line != null && line.equals(data.text());
        if (!asItCame) {
            node.put("data_base64", Base64.getEncoder().encodeToString(data.bytes()));
        }
        String fields = MAPPER.writeValueAsString(node);
        return line == null ? fields : fields.substring(0, fields.length() - 1) + ",\"data\":" + line + "}";
    }

    /** JSON without line breaks, which stand between the parts of a value only. */
    static String oneLine(EventData data) {
        return data.text().replace('\n', ' ').replace('\r', ' ');
    }

    private static void texts(ObjectNode node, Map<String, String> metadata) {
        ObjectNode texts = node.putObject("metadata");
        metadata.forEach(texts::put);
    }

    static ObjectNode aggregate(AggregateId aggregate) {
        return MAPPER.createObjectNode().put("type", aggregate.type()).put("id", aggregate.id());
    }

    static String appended(EventAppendResult.Appended appended) {
        ObjectNode node = MAPPER.createObjectNode();
        if (appended.firstPosition() != EventStore.EMPTY) {
            node.put("first_position", appended.firstPosition());
            node.put("last_position", appended.lastPosition());
        }
        ArrayNode aggregates = node.putArray("aggregates");
        for (EventAppendResult.Written written : appended.aggregates()) {
            ObjectNode one = aggregates.addObject();
            one.set("aggregate", aggregate(written.aggregate()));
            one.put("version_before", written.versionBefore());
            one.put("version", written.version());
        }
        node.put("idempotent", appended.idempotent());
        return MAPPER.writeValueAsString(node);
    }

    static String info(AggregateInfo info) {
        ObjectNode node = MAPPER.createObjectNode();
        node.set("aggregate", aggregate(info.id()));
        node.put("status", info.status().wireName());
        node.put("version", info.version());
        node.put("first_version", info.firstVersion());
        node.put("last_position", info.lastPosition());
        ObjectNode settings = node.putObject("settings");
        settings.put("max_age_ms", info.settings().maxAge() == null ? null : millis(info));
        settings.put("max_count", info.settings().maxCount());
        settings.put("truncate_before", info.settings().truncateBefore());
        ObjectNode custom = settings.putObject("custom");
        info.settings().custom().forEach(custom::put);
        node.put("settings_revision", info.settingsRevision());
        return MAPPER.writeValueAsString(node);
    }

    private static @Nullable Long millis(AggregateInfo info) {
        java.time.Duration age = info.settings().maxAge();
        return age == null ? null : age.toMillis();
    }

    static String refusal(EventsRefusedException refused) {
        EventAppendResult.Refused refusal = refused.refusal();
        ObjectNode node = MAPPER.createObjectNode();
        node.put("kind", refused.kind().wireName());
        node.put("detail", Problems.sentence(refused));
        node.put("retryable", false);
        node.put("outcome", "not_applied");
        node.put("reason", refusal.reason().wireName());
        if (!refusal.violations().isEmpty()) {
            ArrayNode violations = node.putArray("violations");
            for (EventAppendResult.Violation violation : refusal.violations()) {
                ObjectNode one = violations.addObject();
                one.set("aggregate", aggregate(violation.aggregate()));
                one.put("status", violation.status().wireName());
                one.put("actual", violation.actual());
            }
        }
        if (refusal.conflictingPosition() != EventStore.EMPTY) {
            node.put("position", refusal.conflictingPosition());
        }
        return MAPPER.writeValueAsString(node);
    }
}
