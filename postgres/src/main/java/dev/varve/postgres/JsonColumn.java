package dev.varve.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.EventData;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import org.jspecify.annotations.Nullable;

/**
 * What the column for debugging shows of the data of an event: the data, when it is JSON that {@code jsonb} takes, else nothing. That is less than what is JSON: a
 * NUL, half a character, a number without end or a value nested too deeply would each make the whole append fail.
 */
final class JsonColumn {

    /** Values nested deeper than this are not shown, inclusive. */
    private static final int MAX_DEPTH = 200;

    /** Numbers of more digits are not shown, nor those of exponents of more digits than {@link #MAX_EXPONENT_DIGITS}. */
    private static final int MAX_DIGITS = 1000;

    private static final int MAX_EXPONENT_DIGITS = 3;

    private final String json;
    private int at;

    private JsonColumn(String json) {
        this.json = json;
    }

    static @Nullable String of(EventData data) {
        if (!data.isJson()) {
            return null;
        }
        String json;
        try {
            json = UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(data.buffer())
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
        JsonColumn reader = new JsonColumn(json);
        reader.skipSpace();
        if (!reader.value(0)) {
            return null;
        }
        reader.skipSpace();
        return reader.at == json.length() ? json : null;
    }

    private boolean value(int depth) {
        if (at == json.length() || depth > MAX_DEPTH) {
            return false;
        }
        return switch (json.charAt(at)) {
            case '{' -> members(depth, '}', true);
            case '[' -> members(depth, ']', false);
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        };
    }

    private boolean members(int depth, char end, boolean named) {
        at++;
        skipSpace();
        if (take(end)) {
            return true;
        }
        do {
            skipSpace();
            if (named) {
                if (!string()) {
                    return false;
                }
                skipSpace();
                if (!take(':')) {
                    return false;
                }
                skipSpace();
            }
            if (!value(depth + 1)) {
                return false;
            }
            skipSpace();
        } while (take(','));
        return take(end);
    }

    private boolean string() {
        if (!take('"')) {
            return false;
        }
        while (at < json.length()) {
            char unit = json.charAt(at++);
            if (unit == '"') {
                return true;
            }
            if (unit < ' ' || (unit == '\\' && !escape())) {
                return false;
            }
        }
        return false;
    }

    private boolean escape() {
        if (at == json.length()) {
            return false;
        }
        char unit = json.charAt(at++);
        if (unit != 'u') {
            return "\"\\/bfnrt".indexOf(unit) >= 0;
        }
        int first = hex();
        if (first <= 0 || Character.isLowSurrogate((char) first)) {
            return false;
        }
        if (!Character.isHighSurrogate((char) first)) {
            return true;
        }
        if (!take('\\') || !take('u')) {
            return false;
        }
        int second = hex();
        return second > 0 && Character.isLowSurrogate((char) second);
    }

    /** Four digits, or -1. */
    private int hex() {
        int code = 0;
        for (int end = at + 4; at < end; at++) {
            int digit = at < json.length() && json.charAt(at) < 0x80 ? Character.digit(json.charAt(at), 16) : -1;
            if (digit < 0) {
                return -1;
            }
            code = code << 4 | digit;
        }
        return code;
    }

    private boolean number() {
        int begin = at;
        boolean negative = take('-');
        int whole = digits();
        boolean leadingZero = whole > 1 && json.charAt(begin + (negative ? 1 : 0)) == '0';
        if (whole == 0 || leadingZero || (take('.') && digits() == 0)) {
            return false;
        }
        if (at - begin > MAX_DIGITS) {
            return false;
        }
        if (take('e') || take('E')) {
            if (!take('+')) {
                take('-');
            }
            int exponent = digits();
            return exponent > 0 && exponent <= MAX_EXPONENT_DIGITS;
        }
        return true;
    }

    private int digits() {
        int begin = at;
        while (at < json.length() && json.charAt(at) >= '0' && json.charAt(at) <= '9') {
            at++;
        }
        return at - begin;
    }

    private boolean word(String word) {
        if (!json.startsWith(word, at)) {
            return false;
        }
        at += word.length();
        return true;
    }

    private boolean take(char expected) {
        if (at == json.length() || json.charAt(at) != expected) {
            return false;
        }
        at++;
        return true;
    }

    private void skipSpace() {
        while (at < json.length() && " \t\n\r".indexOf(json.charAt(at)) >= 0) {
            at++;
        }
    }
}
