package dev.varve.cli;

import dev.varve.api.AggregateId;
import dev.varve.api.EventData;
import dev.varve.api.NewEvent;
import dev.varve.api.VarveException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;

/**
 * An event as an export has it on one line. Immutable.
 *
 * @param aggregate which aggregate it belongs to; null when to none
 * @param event the event, with its id and time
 * @param appendId what names the append that it came with
 */
record EventLine(@Nullable AggregateId aggregate, NewEvent event, long appendId) {

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final byte[] NOTHING = {'{', '}'};

    /**
     * Reads a line.
     *
     * @param number which line it is, for the refusal
     * @throws UsageException when it is none of an export
     */
    static EventLine read(byte[] line, long number) {
        try {
            return read(line);
        } catch (JacksonException | IllegalArgumentException | DateTimeException | VarveException e) {
            throw new UsageException("line " + number + " is no event as export writes it: "
                    + (e instanceof JacksonException json ? json.getOriginalMessage() : Problems.sentence(e)));
        }
    }

    private static EventLine read(byte[] line) {
        Map<String, byte[]> raws = fields(line);
        JsonNode aggregate = node(raws, "aggregate");
        byte[] encoded = raws.get("data_base64");
        byte[] data = encoded != null
                ? Base64.getDecoder().decode(node(raws, "data_base64").stringValue())
                : present(raws, "data");
        Set<String> tags = new LinkedHashSet<>();
        node(raws, "tags").forEach(tag -> tags.add(tag.stringValue()));
        Map<String, String> metadata = new LinkedHashMap<>();
        node(raws, "metadata")
                .properties()
                .forEach(one -> metadata.put(one.getKey(), one.getValue().stringValue()));
        NewEvent event = new NewEvent(
                UUID.fromString(text(raws, "id")),
                text(raws, "type"),
                data(EventData.wrap(node(raws, "content_type").asString(EventData.JSON), data)),
                tags,
                metadata,
                Instant.parse(text(raws, "time")));
        return new EventLine(
                aggregate.isMissingNode()
                        ? null
                        : new AggregateId(
                                aggregate.path("type").stringValue(),
                                aggregate.path("id").stringValue()),
                event,
                EventJson.MAPPER.readTree(present(raws, "append_id")).longValue());
    }

    /** Nothing, which only a redaction leaves and nobody appends, is an object without fields. */
    private static EventData data(EventData data) {
        return data.isJson() && data.text().equals("null") ? EventData.of(data.contentType(), NOTHING) : data;
    }

    private static byte[] present(Map<String, byte[]> raws, String name) {
        byte[] raw = raws.get(name);
        if (raw == null) {
            throw new IllegalArgumentException("it has no " + name);
        }
        return raw;
    }

    private static String text(Map<String, byte[]> raws, String name) {
        return EventJson.MAPPER.readTree(present(raws, name)).stringValue();
    }

    private static JsonNode node(Map<String, byte[]> raws, String name) {
        byte[] raw = raws.get(name);
        return raw == null ? EventJson.MAPPER.missingNode() : EventJson.MAPPER.readTree(raw);
    }

    /** The values of an object's fields byte for byte. */
    private static Map<String, byte[]> fields(byte[] line) {
        Map<String, byte[]> raws = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("it is no object");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                int from = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                if (parser.currentToken() == JsonToken.VALUE_STRING) {
                    parser.getStringLength(); // its end is known only afterwards
                }
                int to = (int) parser.currentLocation().getByteOffset();
                raws.put(name, Arrays.copyOfRange(line, from, to));
            }
        }
        return raws;
    }
}
