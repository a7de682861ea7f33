package dev.varve.server;

import dev.varve.api.AppendRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the body of an atomic append:
 * {@code {"appends":[{"path", "content_type", "data" | "data_base64" | "json", "seq", "producer":{"id","epoch","seq"},
 * "if_match", "close"}, …]}}. A {@code json} value is taken byte for byte as it stands in the body. Unknown fields are
 * refused. Thread-safe.
 */
final class AppendBody {

    /** Items of one request. */
    static final int MAX_ITEMS = 1_000;

    private static final int MAX_DEPTH = 128;
    private static final byte[] NO_DATA = {};

    private final Limits limits;
    private final JsonFactory json;

    AppendBody(Limits limits) {
        this.limits = limits;
        this.json = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(limits.bodyBytes)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
    }

    /**
     * Reads all items.
     *
     * @throws HttpProblem when the body is anything else
     */
    List<AppendRequest> parse(byte[] body) {
        try (JsonParser parser = json.createParser(ObjectReadContext.empty(), body)) {
            List<AppendRequest> items = null;
            expect(parser.nextToken(), JsonToken.START_OBJECT, "the body must be an object");
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                expect(parser.nextToken(), JsonToken.START_ARRAY, "the body has one field, the array appends");
                if (!"appends".equals(name)) {
                    throw HttpProblem.invalid("the body has one field, the array appends");
                }
                items = items(parser, body);
            }
            if (parser.nextToken() != null) {
                throw HttpProblem.invalid("something follows the object");
            }
            if (items == null || items.isEmpty()) {
                throw HttpProblem.invalid("appends must have at least one item");
            }
            return items;
        } catch (JacksonException e) {
            throw HttpProblem.of(ErrorKind.INVALID_JSON, "the body is not valid JSON: " + e.getOriginalMessage());
        }
    }

    /**
     * Reads one item that stands in the body of something else.
     *
     * @param store the full name of the store that the stream must belong to
     * @throws HttpProblem when it is anything else
     */
    AppendRequest item(byte[] body, String store) {
        try (JsonParser parser = json.createParser(ObjectReadContext.empty(), body)) {
            parser.nextToken();
            return item(parser, body, store + "/");
        } catch (JacksonException e) {
            throw HttpProblem.of(ErrorKind.INVALID_JSON, "the item is not valid JSON: " + e.getOriginalMessage());
        }
    }

    private static void expect(@Nullable JsonToken token, JsonToken wanted, String detail) {
        if (token != wanted) {
            throw HttpProblem.invalid(detail);
        }
    }

    private List<AppendRequest> items(JsonParser parser, byte[] body) {
        List<AppendRequest> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (items.size() == MAX_ITEMS) {
                throw HttpProblem.of(ErrorKind.TOO_LARGE, "appends has at most " + MAX_ITEMS + " items");
            }
            try {
                items.add(item(parser, body, ""));
            } catch (HttpProblem e) {
                throw new HttpProblem(e.problem().at(items.size()));
            }
        }
        return items;
    }

    private AppendRequest item(JsonParser parser, byte[] body, String below) {
        expect(parser.currentToken(), JsonToken.START_OBJECT, "an item must be an object");
        String path = null;
        String contentType = null;
        byte[] data = null;
        String sequence = null;
        Producer producer = null;
        Offset ifMatch = null;
        boolean close = false;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (name) {
                case "path" -> path = text(parser, name);
                case "content_type" -> contentType = contentType(parser);
                case "data" -> data = once(data, text(parser, name).getBytes(StandardCharsets.UTF_8));
                case "data_base64" -> data = once(data, base64(text(parser, name)));
                case "json" -> data = once(data, JsonSlice.of(parser, body));
                case "seq" -> sequence = sequence(parser);
                case "producer" -> producer = producer(parser);
                case "if_match" -> ifMatch = StreamHeaders.offset(text(parser, name));
                case "close" -> {
                    if (value != JsonToken.VALUE_TRUE && value != JsonToken.VALUE_FALSE) {
                        throw HttpProblem.invalid("close is true or false");
                    }
                    close = value == JsonToken.VALUE_TRUE;
                }
                default -> throw HttpProblem.invalid("an item has no field " + name);
            }
        }
        if (path == null) {
            throw HttpProblem.invalid("an item needs a path");
        }
        if (!below.isEmpty() && (!path.startsWith(below) || path.equals(below))) {
            throw HttpProblem.of(ErrorKind.CROSS_SHARD, "the stream " + path + " does not lie below " + below);
        }
        StreamPath.check(path, limits);
        StreamPath.checkWritable(path);
        return new AppendRequest(path, contentType, data == null ? NO_DATA : data, sequence, producer, ifMatch, close);
    }

    private static byte[] once(byte @Nullable [] before, byte[] now) {
        if (before != null) {
            throw HttpProblem.invalid("an item has one of data, data_base64 and json");
        }
        return now;
    }

    private static String text(JsonParser parser, String name) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw HttpProblem.invalid(name + " must be a string");
        }
        return parser.getString();
    }

    private static String contentType(JsonParser parser) {
        String value = text(parser, "content_type");
        if (value.isBlank() || value.length() > StreamHeaders.MAX_CONTENT_TYPE) {
            throw HttpProblem.invalid("content_type has 1 to " + StreamHeaders.MAX_CONTENT_TYPE + " characters");
        }
        return value;
    }

    private static String sequence(JsonParser parser) {
        String value = text(parser, "seq");
        if (value.isEmpty() || value.length() > StreamHeaders.MAX_SEQUENCE) {
            throw HttpProblem.invalid("seq has 1 to " + StreamHeaders.MAX_SEQUENCE + " characters");
        }
        return value;
    }

    private static byte[] base64(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw HttpProblem.invalid("data_base64 is not base64");
        }
    }

    private static Producer producer(JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw HttpProblem.invalid("producer must be an object");
        }
        String id = null;
        Long epoch = null;
        Long sequence = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "id" -> id = text(parser, "producer.id");
                case "epoch" -> epoch = number(parser, "producer.epoch");
                case "seq" -> sequence = number(parser, "producer.seq");
                default -> throw HttpProblem.invalid("a producer has no field " + name);
            }
        }
        if (id == null || epoch == null || sequence == null) {
            throw HttpProblem.invalid("a producer needs id, epoch and seq");
        }
        return StreamHeaders.producer(id, epoch, sequence);
    }

    private static long number(JsonParser parser, String name) {
        boolean fits = parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
        if (!fits) {
            throw HttpProblem.invalid(name + " must be a whole number from 0 to " + Producer.MAX_NUMBER);
        }
        return parser.getLongValue();
    }
}
