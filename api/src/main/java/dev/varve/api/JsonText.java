package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values as JSON text and back, numbers with all their digits. Refuses what is no JSON, and names that come twice in an object. */
final class JsonText {

    /** The longest number that is read, in characters, inclusive: reading one takes time that grows faster than its length. */
    private static final int MAX_NUMBER = 1_000;

    private static final String HEX = "0123456789abcdef";

    private final String text;
    private int at;

    private JsonText(String text) {
        this.text = text;
    }

    // ---- writing

    static byte[] write(EntryValue value) {
        StringBuilder to = new StringBuilder();
        write(value, to);
        return to.toString().getBytes(UTF_8);
    }

    static void write(EntryValue value, StringBuilder to) {
        if (value instanceof EntryValue.Text text) {
            writeText(text.value(), to);
        } else if (value instanceof EntryValue.Whole whole) {
            to.append(whole.value());
        } else if (value instanceof EntryValue.Fraction fraction) {
            to.append(fraction.value());
        } else if (value instanceof EntryValue.Bool bool) {
            to.append(bool.value());
        } else if (value instanceof EntryValue.Items list) {
            String separator = "[";
            for (EntryValue item : list.items()) {
                to.append(separator);
                write(item, to);
                separator = ",";
            }
            to.append(list.items().isEmpty() ? "[]" : "]");
        } else if (value instanceof EntryValue.Fields object) {
            String separator = "{";
            for (Map.Entry<String, EntryValue> field : object.fields().entrySet()) {
                to.append(separator);
                writeText(field.getKey(), to);
                to.append(':');
                write(field.getValue(), to);
                separator = ",";
            }
            to.append(object.fields().isEmpty() ? "{}" : "}");
        } else {
            to.append("null");
        }
    }

    private static void writeText(String value, StringBuilder to) {
        to.append('"');
        for (int i = 0; i < value.length(); i++) {
            char unit = value.charAt(i);
            switch (unit) {
                case '"' -> to.append("\\\"");
                case '\\' -> to.append("\\\\");
                case '\n' -> to.append("\\n");
                case '\r' -> to.append("\\r");
                case '\t' -> to.append("\\t");
                default -> {
                    if (unit < ' ' || isHalf(value, i)) {
                        to.append("\\u");
                        for (int shift = 12; shift >= 0; shift -= 4) {
                            to.append(HEX.charAt(unit >> shift & 15));
                        }
                    } else {
                        to.append(unit);
                    }
                }
            }
        }
        to.append('"');
    }

    /** Whether half a character stands there, which has no bytes in UTF-8. */
    private static boolean isHalf(String text, int i) {
        char unit = text.charAt(i);
        if (Character.isHighSurrogate(unit)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(unit) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }

    // ---- reading

    /**
     * Reads one value.
     *
     * @throws IllegalArgumentException when the bytes are no JSON value in UTF-8, or one that no entry can be
     */
    static EntryValue read(ByteBuffer json) {
        String text;
        try {
            text = UTF_8.newDecoder().decode(json.duplicate()).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("no JSON: the bytes are no UTF-8", e);
        }
        JsonText reader = new JsonText(text);
        EntryValue value = reader.value(0);
        reader.space();
        if (reader.at < text.length()) {
            throw reader.wrong("the end");
        }
        return value;
    }

    private IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException("no JSON: expected " + expected + " at character " + at);
    }

    private void space() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    /** Steps over white space and then over a character, if it is this one. */
    private boolean skips(char wanted) {
        space();
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void require(char wanted) {
        if (!skips(wanted)) {
            throw wrong("a " + wanted);
        }
    }

    private EntryValue value(int depth) {
        if (depth > EntryValue.MAX_DEPTH) {
            throw wrong("at most " + EntryValue.MAX_DEPTH + " lists and objects in one another, and not one more");
        }
        if (skips('{')) {
            return object(depth);
        }
        if (skips('[')) {
            return list(depth);
        }
        if (skips('"')) {
            return EntryValue.of(text());
        }
        if (skips("true")) {
            return EntryValue.of(true);
        }
        if (skips("false")) {
            return EntryValue.of(false);
        }
        return skips("null") ? ValueMapping.NULL : number();
    }

    private boolean skips(String word) {
        if (text.startsWith(word, at)) {
            at += word.length();
            return true;
        }
        return false;
    }

    private EntryValue object(int depth) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        if (skips('}')) {
            return new EntryValue.Fields(fields);
        }
        do {
            require('"');
            int start = at;
            String name = text();
            require(':');
            if (fields.put(name, value(depth + 1)) != null) {
                at = start;
                throw wrong("another name than \"" + Misfit.shortened(name) + "\", which is there");
            }
        } while (skips(','));
        require('}');
        return new EntryValue.Fields(fields);
    }

    private EntryValue list(int depth) {
        List<EntryValue> items = new ArrayList<>();
        if (skips(']')) {
            return new EntryValue.Items(items);
        }
        do {
            items.add(value(depth + 1));
        } while (skips(','));
        require(']');
        return new EntryValue.Items(items);
    }

    /** The rest of a text behind its first quotation mark. */
    private String text() {
        StringBuilder read = new StringBuilder();
        while (at < text.length()) {
            char unit = text.charAt(at);
            if (unit == '"') {
                at++;
                return read.toString();
            }
            if (unit < ' ') {
                break;
            }
            at++;
            read.append(unit == '\\' ? escaped() : unit);
        }
        throw wrong("a \"");
    }

    private char escaped() {
        int known = at < text.length() ? "\"\\/bfnrtu".indexOf(text.charAt(at)) : -1;
        if (known < 0) {
            throw wrong("what can be escaped");
        }
        at++;
        return known < 8 ? "\"\\/\b\f\n\r\t".charAt(known) : unit();
    }

    private char unit() {
        int unit = 0;
        for (int end = at + 4; at < end; at++) {
            int digit = at < text.length() && text.charAt(at) < 128 ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) {
                throw wrong("a hexadecimal digit");
            }
            unit = unit << 4 | digit;
        }
        return (char) unit;
    }

    private EntryValue number() {
        int start = at;
        boolean whole = true;
        skips("-");
        if (!skips("0")) {
            digits();
        }
        if (skips(".")) {
            whole = false;
            digits();
        }
        if (skips("e") || skips("E")) {
            whole = false;
            if (!skips("+")) {
                skips("-");
            }
            digits();
        }
        String number = text.substring(start, at);
        try {
            if (number.length() <= MAX_NUMBER) {
                return whole && number.length() < 19
                        ? EntryValue.of(Long.parseLong(number))
                        : exact(new BigDecimal(number), whole);
            }
        } catch (NumberFormatException e) {
            at = start;
            throw wrong("a number with an exponent that can be counted with");
        }
        at = start;
        throw wrong("a number of at most " + MAX_NUMBER + " characters");
    }

    private static EntryValue exact(BigDecimal number, boolean whole) {
        return whole && number.toBigInteger().bitLength() < Long.SIZE
                ? EntryValue.of(number.longValue())
                : new EntryValue.Fraction(number);
    }

    private void digits() {
        int start = at;
        while (at < text.length() && '0' <= text.charAt(at) && text.charAt(at) <= '9') {
            at++;
        }
        if (at == start) {
            throw wrong(start == 0 || "-.eE+".indexOf(text.charAt(start - 1)) < 0 ? "a value" : "a digit");
        }
    }
}
