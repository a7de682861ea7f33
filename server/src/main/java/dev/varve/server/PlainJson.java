package dev.varve.server;

import dev.varve.api.EntryValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON that most clients send most of the time: short, of ASCII, without escapes and fractions. It gives what the
 * parser for all JSON would give, or nothing: whatever is unusual or wrong is for that one to read or to refuse. Confined to the
 * thread that reads.
 */
final class PlainJson {

    /** Longer texts gain nothing. */
    private static final int MAX_BYTES = 64 * 1024;

    private static final int MAX_DEPTH = 16;

    /** So many digits always fit. */
    private static final int MAX_DIGITS = 18;

    private final byte[] json;
    private int at;

    private PlainJson(byte[] json) {
        this.json = json;
    }

    /** The value that a text is; null when another parser has to look. */
    static @Nullable EntryValue parse(byte[] json) {
        if (json.length > MAX_BYTES) {
            return null;
        }
        PlainJson reader = new PlainJson(json);
        EntryValue value = reader.value(0);
        reader.next();
        return reader.at == json.length ? value : null;
    }

    /** The next byte that is no white space, -1 at the end. */
    private int next() {
        while (at < json.length) {
            byte b = json[at];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return b;
            }
            at++;
        }
        return -1;
    }

    private @Nullable EntryValue value(int depth) {
        int first = next();
        if (depth > MAX_DEPTH) {
            return null;
        }
        return switch (first) {
            case '"' -> textValue();
            case '{' -> object(depth);
            case '[' -> list(depth);
            case 't' -> word("true", EntryJson.TRUE);
            case 'f' -> word("false", EntryJson.FALSE);
            case 'n' -> word("null", EntryJson.NULL);
            default -> number();
        };
    }

    private @Nullable EntryValue textValue() {
        String text = text();
        if (text == null) {
            return null;
        }
        return new EntryValue.Text(text);
    }

    /** The text at whose quotation mark the reader stands. */
    private @Nullable String text() {
        int from = ++at;
        for (int i = from; i < json.length; i++) {
            byte b = json[i];
            if (b == '"') {
                at = i + 1;
                return new String(json, from, i - from, StandardCharsets.ISO_8859_1);
            }
            if (b < ' ' || b == '\\') { // what is not ASCII is negative
                return null;
            }
        }
        return null;
    }

    private @Nullable EntryValue word(String word, EntryValue meaning) {
        for (int i = 0; i < word.length(); i++) {
            if (at == json.length || json[at++] != word.charAt(i)) {
                return null;
            }
        }
        return meaning;
    }

    /** What follows a number shows whether it was all of it: a fraction or an exponent ends no value. */
    private @Nullable EntryValue number() {
        boolean negative = at < json.length && json[at] == '-';
        int from = negative ? ++at : at;
        long number = 0;
        while (at < json.length && json[at] >= '0' && json[at] <= '9') {
            number = 10 * number + (json[at++] - '0');
            if (at - from > MAX_DIGITS) {
                return null;
            }
        }
        boolean plain = at > from && (json[from] != '0' || (at - from == 1 && !negative));
        if (!plain) {
            return null;
        }
        return EntryJson.whole(negative ? -number : number);
    }

    private @Nullable EntryValue object(int depth) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        at++;
        if (next() == '}') {
            at++;
            return new EntryValue.Fields(fields);
        }
        while (next() == '"') {
            String name = text();
            if (name == null || next() != ':') {
                return null;
            }
            at++;
            EntryValue field = value(depth + 1);
            if (field == null || fields.put(name, field) != null) {
                return null;
            }
            int after = next();
            at++;
            if (after == '}') {
                return new EntryValue.Fields(fields);
            }
            if (after != ',') {
                return null;
            }
        }
        return null;
    }

    private @Nullable EntryValue list(int depth) {
        List<EntryValue> items = new ArrayList<>();
        at++;
        if (next() == ']') {
            at++;
            return new EntryValue.Items(items);
        }
        while (true) {
            EntryValue item = value(depth + 1);
            if (item == null) {
                return null;
            }
            items.add(item);
            int after = next();
            at++;
            if (after == ']') {
                return new EntryValue.Items(items);
            }
            if (after != ',') {
                return null;
            }
        }
    }
}
