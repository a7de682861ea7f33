package dev.varve.client;

import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON as values of entries, every number with the digits that it has: one without fraction and exponent is {@link
 * EntryValue.Whole}, any other {@link EntryValue.Fraction}. Stateless.
 */
final class EntryJson {

    /** Digits of a number, and the largest distance of its decimal point from them, that a server takes. */
    private static final int MAX_DIGITS = 1_000;

    /** Deeper than any value, with the answer around it. */
    private static final int MAX_READ_DEPTH = EntryValue.MAX_DEPTH + 200;

    /** How large an answer is that is taken at all is bounded elsewhere. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_READ_DEPTH)
                    .maxNumberLength(2 * MAX_DIGITS)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private EntryJson() {}

    /**
     * Reads one value.
     *
     * @throws IllegalArgumentException when the text is not one, or a number does not fit
     */
    static EntryValue parse(byte[] json) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() == null) {
                throw new IllegalArgumentException("there is no value");
            }
            EntryValue value = value(parser);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("something follows the value");
            }
            return value;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        }
    }

    private static EntryValue value(JsonParser parser) {
        JsonToken token = parser.currentToken();
        return switch (token) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> list(parser);
            case VALUE_STRING -> new EntryValue.Text(parser.getString());
            case VALUE_NUMBER_INT -> new EntryValue.Whole(parser.getLongValue());
            case VALUE_NUMBER_FLOAT -> new EntryValue.Fraction(parser.getDecimalValue());
            case VALUE_TRUE -> new EntryValue.Bool(true);
            case VALUE_FALSE -> new EntryValue.Bool(false);
            case VALUE_NULL -> new EntryValue.Null();
            default -> throw new IllegalArgumentException("no value begins with " + token);
        };
    }

    private static EntryValue object(JsonParser parser) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            fields.put(name, value(parser));
        }
        return new EntryValue.Fields(fields);
    }

    private static EntryValue list(JsonParser parser) {
        List<EntryValue> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(parser));
        }
        return new EntryValue.Items(items);
    }

    /** A value as UTF-8, from which the same value is read. */
    static byte[] bytes(EntryValue value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator to = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            write(to, value);
        }
        return out.toByteArray();
    }

    private static void write(JsonGenerator to, EntryValue value) {
        if (value instanceof EntryValue.Text text) {
            to.writeString(text.value());
        } else if (value instanceof EntryValue.Whole whole) {
            to.writeNumber(whole.value());
        } else if (value instanceof EntryValue.Fraction fraction) {
            // Without a point or an exponent it would be read as a whole number.
            String digits = fraction.value().toString();
            to.writeNumber(fraction.value().scale() == 0 ? digits + "E0" : digits);
        } else if (value instanceof EntryValue.Bool truth) {
            to.writeBoolean(truth.value());
        } else if (value instanceof EntryValue.Items list) {
            to.writeStartArray();
            list.items().forEach(item -> write(to, item));
            to.writeEndArray();
        } else if (value instanceof EntryValue.Fields object) {
            to.writeStartObject();
            object.fields().forEach((name, field) -> {
                to.writeName(name);
                write(to, field);
            });
            to.writeEndObject();
        } else {
            to.writeNull();
        }
    }

    /**
     * Whether a value arrives at a server as it is and is taken there: its texts are Unicode, its numbers fit into a double,
     * it is not too deep, none of its names is empty, and the names {@code _type} and {@code _typed} stand where they mean
     * something.
     */
    static boolean travels(EntryValue value) {
        return travels(value, 0);
    }

    private static boolean travels(EntryValue value, int depth) {
        if (value instanceof EntryValue.Text text) {
            return isUnicode(text.value());
        }
        if (value instanceof EntryValue.Fraction fraction) {
            return fits(fraction.value());
        }
        if (value instanceof EntryValue.Items list) {
            return depth < EntryValue.MAX_DEPTH && list.items().stream().allMatch(item -> travels(item, depth + 1));
        }
        return !(value instanceof EntryValue.Fields object) || travels(object, depth);
    }

    private static boolean travels(EntryValue.Fields object, int depth) {
        return depth < EntryValue.MAX_DEPTH
                && isKnown(object)
                && object.fields().entrySet().stream()
                        .allMatch(field -> !field.getKey().isEmpty()
                                && isUnicode(field.getKey())
                                && travels(field.getValue(), depth + 1));
    }

    private static boolean isKnown(EntryValue.Fields object) {
        Map<String, EntryValue> fields = object.fields();
        if (!fields.containsKey("_type") && !fields.containsKey("_typed")) {
            return true;
        }
        return switch (EntryType.of(object)) {
            case DECIMAL, DATETIME -> fields.size() == 2 && fields.get("_typed") instanceof EntryValue.Text;
            case FILE, LEASE -> true;
            default -> false;
        };
    }

    private static boolean isUnicode(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private static boolean fits(BigDecimal number) {
        if (Math.abs((long) number.scale()) > 2 * MAX_DIGITS || number.precision() > MAX_DIGITS) {
            return false;
        }
        double rounded = number.doubleValue();
        return Double.isFinite(rounded) && (rounded != 0 || number.signum() == 0);
    }
}
