package dev.varve.cli;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.Snapshot;
import dev.varve.api.StoredEvent;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
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
            node.put("append_id", appended.firstPosition());
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

    /**
     * Reads what is expected of a version.
     *
     * @throws UsageException when the text says nothing of this
     */
    static ExpectedVersion expectedVersion(String json) {
        try {
            return expected(MAPPER.readTree(json));
        } catch (JacksonException e) {
            throw new UsageException("\"" + json + "\" is not JSON: " + e.getOriginalMessage());
        }
    }

    private static ExpectedVersion expected(JsonNode node) {
        if (node.isString()) {
            return ExpectedVersion.parse(node.stringValue());
        }
        if (node.isIntegralNumber()) {
            return ExpectedVersion.exactly(version(node));
        }
        if (!node.isObject() || node.size() != 1) {
            throw noVersion(node);
        }
        Map.Entry<String, JsonNode> field = node.properties().iterator().next();
        JsonNode value = field.getValue();
        return switch (field.getKey()) {
            case "in" ->
                new ExpectedVersion.OneOf(
                        items(value).stream().map(EventJson::version).collect(Collectors.toSet()));
            case "and" ->
                new ExpectedVersion.AllOf(
                        items(value).stream().map(EventJson::expected).toList());
            case "or" ->
                new ExpectedVersion.AnyOf(
                        items(value).stream().map(EventJson::expected).toList());
            case "not" -> new ExpectedVersion.Not(expected(value));
            default -> {
                for (ExpectedVersion.Comparison comparison : ExpectedVersion.Comparison.values()) {
                    if (comparison.wireName().equals(field.getKey())) {
                        yield new ExpectedVersion.Compared(comparison, version(value));
                    }
                }
                throw noVersion(node);
            }
        };
    }

    private static UsageException noVersion(JsonNode node) {
        return new UsageException(node
                + " is no expected version; one is a number, a word, or an object such as {\"lt\":7}, {\"in\":[1,2]}"
                + " or {\"not\":\"exists\"}");
    }

    private static List<JsonNode> items(JsonNode list) {
        if (!list.isArray()) {
            throw new UsageException(list + " is no list");
        }
        List<JsonNode> items = new ArrayList<>();
        list.forEach(items::add);
        return items;
    }

    private static long version(JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < EventStore.EMPTY) {
            throw new UsageException(node + " is no version: they are whole numbers from -1 on");
        }
        return node.longValue();
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
                one.put("index", violation.index());
                one.set("aggregate", aggregate(violation.aggregate()));
                one.put("status", violation.status().wireName());
                one.put("actual", violation.actual());
            }
        }
        if (refusal.conflictingPosition() != EventStore.EMPTY) {
            node.put("position", refusal.conflictingPosition());
        }
        UUID id = refusal.eventId();
        if (id != null) {
            node.put("event_id", id.toString());
        }
        return MAPPER.writeValueAsString(node);
    }
}
