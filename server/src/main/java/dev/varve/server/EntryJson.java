package dev.varve.server;

import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON as entries see it, for every protocol that carries them. Reading has two steps: {@link #parse} takes any JSON whose numbers,
 * texts and names can be given back exactly, {@link #requireStorable} says whether a value of it can be an entry. Writing
 * is one step, in one of two forms. Stateless.
 */
final class EntryJson {

    /** The deepest nesting that is read: a value's and that of the message around it. */
    static final int MAX_DEPTH = EntryValue.MAX_DEPTH + 16;

    /** The most values that one text holds, so that short ones like {@code 0} or {@code []} do not fill the memory. */
    static final int MAX_VALUES = 1_000_000 + 16 * EntryWrite.MAX_OPS;

    /** Digits of a number, and the largest distance of its decimal point from them. */
    private static final int MAX_DIGITS = 1_000;

    private static final int MAX_TEXT_CHARS = 16 * 1024 * 1024;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_DIGITS)
                    .maxStringLength(MAX_TEXT_CHARS)
                    .maxNameLength(MAX_TEXT_CHARS)
                    .build())
            .build();

    private static final String TYPE = "_type";
    private static final String TYPED = "_typed";
    static final EntryValue NULL = new EntryValue.Null();
    static final EntryValue TRUE = new EntryValue.Bool(true);
    static final EntryValue FALSE = new EntryValue.Bool(false);
    private static final EntryValue[] SMALL = small();

    /** How decimals and times are written. */
    enum Form {
        /** As their text alone, where they are an entry of their own: what reads over HTTP show. */
        PLAIN,
        /** In their envelopes, as they were set: what events and exports show. */
        ENVELOPES
    }

    private EntryJson() {}

    private static EntryValue[] small() {
        EntryValue[] values = new EntryValue[256];
        for (int i = 0; i < values.length; i++) {
            values[i] = new EntryValue.Whole(i);
        }
        return values;
    }

    // ---- reading ----

    /**
     * Reads a text.
     *
     * @param json one value in UTF-8
     * @throws EntryJsonException when it is anything else, or has a number, a text or a name that could not be given back
     */
    static EntryValue parse(byte[] json) {
        EntryValue plain = PlainJson.parse(json);
        return plain != null ? plain : parseAny(json);
    }

    /** The parser that takes all JSON, or says what is wrong. */
    static EntryValue parseAny(byte[] json) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            return parse(parser);
        } catch (StreamConstraintsException e) {
            throw EntryJsonException.refused("too deep or too long: " + e.getOriginalMessage());
        } catch (JacksonException e) {
            throw new EntryJsonException(ErrorKind.INVALID_JSON, "not valid JSON: " + e.getOriginalMessage());
        }
    }

    private static EntryValue parse(JsonParser parser) {
        if (parser.nextToken() == null) {
            throw new EntryJsonException(ErrorKind.INVALID_JSON, "not valid JSON: there is no value");
        }
        EntryValue value = new Reader(parser).value();
        if (parser.nextToken() != null) {
            throw new EntryJsonException(ErrorKind.INVALID_JSON, "not valid JSON: something follows the value");
        }
        return value;
    }

    /** Reads one text. Confined to the thread that reads. */
    private static final class Reader {

        private final JsonParser parser;
        private int values;

        Reader(JsonParser parser) {
            this.parser = parser;
        }

        /** The value whose first token the parser is at. */
        EntryValue value() {
            if (++values > MAX_VALUES) {
                throw new EntryJsonException(ErrorKind.TOO_LARGE, "more than " + MAX_VALUES + " values in one text");
            }
            JsonToken token = parser.currentToken();
            return switch (token) {
                case START_OBJECT -> object();
                case START_ARRAY -> list();
                case VALUE_STRING -> new EntryValue.Text(text(parser.getString(), "a text"));
                case VALUE_NUMBER_INT -> whole();
                case VALUE_NUMBER_FLOAT -> fraction();
                case VALUE_TRUE -> TRUE;
                case VALUE_FALSE -> FALSE;
                case VALUE_NULL -> NULL;
                default -> throw new IllegalStateException("no value begins with " + token);
            };
        }

        private EntryValue object() {
            Map<String, EntryValue> fields = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = text(parser.currentName(), "a name");
                parser.nextToken();
                if (fields.put(name, value()) != null) {
                    throw EntryJsonException.refused("the name " + quoted(name) + " comes twice in one object");
                }
            }
            return new EntryValue.Fields(fields);
        }

        private EntryValue list() {
            List<EntryValue> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(value());
            }
            return new EntryValue.Items(items);
        }

        private EntryValue whole() {
            if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                throw EntryJsonException.refused("a number without fraction goes from -2^63 to 2^63-1");
            }
            return EntryJson.whole(parser.getLongValue());
        }

        private EntryValue fraction() {
            BigDecimal number;
            try {
                number = parser.getDecimalValue();
            } catch (NumberFormatException e) {
                // The text is a number of JSON, but its exponent does not fit into 32 bits.
                throw wild();
            }
            return EntryJson.fraction(number);
        }
    }

    /** A number without fraction as a value. */
    static EntryValue whole(long number) {
        return number >= 0 && number < SMALL.length ? SMALL[(int) number] : new EntryValue.Whole(number);
    }

    /**
     * A number with fraction or exponent as a value.
     *
     * @throws EntryJsonException when it is so large or so small that a double would not hold it
     */
    static EntryValue fraction(BigDecimal number) {
        boolean tame = Math.abs((long) number.scale()) <= 2 * MAX_DIGITS && number.precision() <= MAX_DIGITS;
        double rounded = tame ? number.doubleValue() : Double.NaN;
        if (!Double.isFinite(rounded) || (rounded == 0 && number.signum() != 0)) {
            throw wild();
        }
        return new EntryValue.Fraction(number);
    }

    private static EntryJsonException wild() {
        return EntryJsonException.refused(
                "a number is too large or too small: a double must hold it, with at most " + MAX_DIGITS + " digits");
    }

    /**
     * A text that UTF-8 can carry.
     *
     * @throws EntryJsonException when it has half of a surrogate pair
     */
    static String text(String text, String what) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw EntryJsonException.refused(what + " has half of a surrogate pair, which is no character");
                }
                i++;
            }
        }
        return text;
    }

    /**
     * Checks that a value can be stored.
     *
     * @return the value
     * @throws EntryJsonException when it is too deep, has an empty name, or an object with {@code _type} that is none of the
     *     known envelopes
     */
    static EntryValue requireStorable(EntryValue value) {
        check(value, 0);
        return value;
    }

    private static void check(EntryValue value, int depth) {
        if (value instanceof EntryValue.Items list) {
            requireDepth(depth + 1);
            for (EntryValue item : list.items()) {
                check(item, depth + 1);
            }
        } else if (value instanceof EntryValue.Fields object) {
            requireDepth(depth + 1);
            if (object.fields().containsKey(TYPE) || object.fields().containsKey(TYPED)) {
                requireEnvelope(object);
            }
            object.fields().forEach((name, field) -> {
                if (name.isEmpty()) {
                    throw EntryJsonException.refused("a value has an empty name");
                }
                check(field, depth + 1);
            });
        }
    }

    private static void requireDepth(int depth) {
        if (depth > EntryValue.MAX_DEPTH) {
            throw EntryJsonException.refused(
                    "lists and objects are nested at most " + EntryValue.MAX_DEPTH + " deep in a value");
        }
    }

    private static void requireEnvelope(EntryValue.Fields object) {
        switch (EntryType.of(object)) {
            case DECIMAL, DATETIME -> {
                boolean exact = object.fields().size() == 2 && object.fields().get(TYPED) instanceof EntryValue.Text;
                if (!exact) {
                    throw EntryJsonException.refused(
                            "a decimal or datetime is an object of _type and the text _typed, and nothing else");
                }
            }
            case FILE, LEASE -> {}
            default ->
                throw EntryJsonException.refused(
                        "the names _type and _typed are reserved: _type is decimal or datetime together with _typed, or file,"
                                + " or lease");
        }
    }

    // ---- writing ----

    /** A value as text. */
    static String text(EntryValue value, Form form) {
        StringBuilder to = new StringBuilder();
        write(to, value, form);
        return to.toString();
    }

    /** Appends a value. */
    static void write(StringBuilder to, EntryValue value, Form form) {
        if (value instanceof EntryValue.Text(String text)) {
            JsonText.quote(to, text); // before the switch, which costs more until it is compiled for good
            return;
        }
        switch (value) {
            case EntryValue.Null _ -> to.append("null");
            case EntryValue.Bool(boolean truth) -> to.append(truth);
            case EntryValue.Whole(long number) -> to.append(number);
            case EntryValue.Fraction(BigDecimal number) -> write(to, number);
            case EntryValue.Text(String text) -> JsonText.quote(to, text);
            case EntryValue.Items(List<EntryValue> items) -> write(to, items);
            case EntryValue.Fields object -> write(to, object, form);
        }
    }

    /** In a way that is read back as a number of the same kind and with as many digits. */
    private static void write(StringBuilder to, BigDecimal number) {
        to.append(number);
        if (number.scale() == 0) {
            to.append("E0");
        }
    }

    private static void write(StringBuilder to, List<EntryValue> items) {
        to.append('[');
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) {
                to.append(',');
            }
            // An envelope in a list is part of the list's value, not an entry.
            write(to, items.get(i), Form.ENVELOPES);
        }
        to.append(']');
    }

    private static void write(StringBuilder to, EntryValue.Fields object, Form form) {
        if (form == Form.PLAIN
                && object.isWhole()
                && object.fields().get(TYPED) instanceof EntryValue.Text(String text)) {
            JsonText.quote(to, text);
            return;
        }
        Form inside = object.isWhole() ? Form.ENVELOPES : form;
        to.append('{');
        boolean first = true;
        for (Map.Entry<String, EntryValue> field : object.fields().entrySet()) {
            if (!first) {
                to.append(',');
            }
            first = false;
            JsonText.quote(to, field.getKey());
            to.append(':');
            write(to, field.getValue(), inside);
        }
        to.append('}');
    }

    private static String quoted(String name) {
        StringBuilder to = new StringBuilder();
        JsonText.quote(to, name);
        return to.toString();
    }
}
