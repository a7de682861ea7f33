package dev.varve.engine.streams;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Data plane: checks a body against RFC 8259 and cuts it into messages, in one pass over the bytes. A top-level array
 * gives its elements, one level deep; any other value is one message. A message is kept byte for byte, without the white
 * space around it. Confined to one call.
 *
 * <p>The check is strict: UTF-8 only, without byte order mark, nothing after the value, nothing that the grammar does
 * not have. What the grammar allows is allowed, so a lone surrogate in an escape and a repeated name in an object pass.
 */
final class JsonMessages {

    /** How deep arrays and objects may be nested, the top-level one included; one bit each in {@link #objects}. */
    static final int MAX_DEPTH = 64;

    /** What became of a body. */
    sealed interface Result permits Messages, Invalid {}

    /**
     * The messages of a valid body.
     *
     * @param payload every message followed by a comma
     * @param ends where in the payload each message with its comma ends, exclusive; empty for an empty array
     */
    record Messages(byte[] payload, int[] ends) implements Result {}

    /**
     * Why a body is not valid.
     *
     * @param message what is wrong and where
     * @param offset the first byte that cannot be, counted from 0; the body's length when it ends too early
     */
    record Invalid(String message, int offset) implements Result {}

    private static final int INITIAL_MESSAGES = 16;
    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] body;
    private int at;
    private int depth;
    /** Bit d tells whether the container at depth d is an object. */
    private long objects;

    private byte[] payload = new byte[0];
    private int payloadBytes;
    private int[] ends = new int[0];
    private int messages;

    private @Nullable Invalid invalid;

    private JsonMessages(byte[] body) {
        this.body = body;
    }

    /**
     * Checks and cuts a body.
     *
     * @param body the bytes as they came
     * @return its messages, or why it has none
     */
    static Result split(byte[] body) {
        return new JsonMessages(body).split();
    }

    private Result split() {
        Messages result = cut();
        return result != null ? result : requireNonNull(invalid);
    }

    /** The messages; null when the body is invalid. */
    private @Nullable Messages cut() {
        skipWhiteSpace();
        int start = at;
        boolean array = at < body.length && body[at] == '[';
        if (array) {
            // As long as the elements and their commas if there is no white space around them.
            payload = new byte[trimmedEnd() - start - 1];
            ends = new int[INITIAL_MESSAGES];
        }
        if (!value(array)) {
            return null;
        }
        int end = at;
        skipWhiteSpace();
        if (at < body.length) {
            failing("nothing may follow the value");
            return null;
        }
        if (!array) {
            byte[] single = Arrays.copyOfRange(body, start, end + 1);
            single[end - start] = ',';
            return new Messages(single, new int[] {single.length});
        }
        return new Messages(
                payloadBytes == payload.length ? payload : Arrays.copyOf(payload, payloadBytes),
                messages == ends.length ? ends : Arrays.copyOf(ends, messages));
    }

    /** Goes through one value with all it holds, and hands over the elements if it is the array to be cut. */
    private boolean value(boolean cut) {
        int start = at;
        while (true) {
            if (depth == 1) {
                start = at;
            }
            switch (begin()) {
                case FAILED -> {
                    return false;
                }
                case ENTERED -> {
                    continue;
                }
                case COMPLETE -> {}
            }
            // A value ended here; so may the containers around it.
            while (true) {
                if (depth == 0) {
                    return true;
                }
                int end = at;
                boolean inObject = (objects >>> (depth - 1) & 1) != 0;
                skipWhiteSpace();
                byte next = at < body.length ? body[at] : 0;
                if (next != ',' && next != (inObject ? '}' : ']')) {
                    return failing(inObject ? "a comma or '}' is needed" : "a comma or ']' is needed");
                }
                if (depth == 1 && cut) {
                    add(start, end);
                }
                at++;
                if (next == ',') {
                    skipWhiteSpace();
                    if (inObject && !name()) {
                        return false;
                    }
                    break;
                }
                depth--;
            }
        }
    }

    private enum Begun {
        FAILED,
        /** A container was opened and its first element comes next. */
        ENTERED,
        COMPLETE
    }

    private Begun begin() {
        byte first = at < body.length ? body[at] : 0;
        return switch (first) {
            case '{' -> open(true, '}');
            case '[' -> open(false, ']');
            case '"' -> begun(string());
            case 't' -> begun(word(TRUE));
            case 'f' -> begun(word(FALSE));
            case 'n' -> begun(word(NULL));
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> begun(number());
            default -> begun(failing("a value is needed"));
        };
    }

    private static Begun begun(boolean complete) {
        return complete ? Begun.COMPLETE : Begun.FAILED;
    }

    private Begun open(boolean object, char close) {
        if (depth == MAX_DEPTH) {
            fail(at, "arrays and objects may be nested " + MAX_DEPTH + " deep at most");
            return Begun.FAILED;
        }
        long bit = 1L << depth++;
        objects = object ? objects | bit : objects & ~bit;
        at++;
        skipWhiteSpace();
        if (at < body.length && body[at] == close) {
            at++;
            depth--;
            return Begun.COMPLETE;
        }
        return !object || name() ? Begun.ENTERED : Begun.FAILED;
    }

    /** A name, the colon, and the white space before the value. */
    private boolean name() {
        if (at == body.length || body[at] != '"') {
            return failing("a name in double quotes is needed");
        }
        if (!string()) {
            return false;
        }
        skipWhiteSpace();
        if (at == body.length || body[at] != ':') {
            return failing("a colon is needed");
        }
        at++;
        skipWhiteSpace();
        return true;
    }

    private boolean string() {
        at++;
        while (true) {
            skipPlain();
            if (at == body.length) {
                return failing("the end of the string is needed");
            }
            byte next = body[at];
            if (next == '"') {
                at++;
                return true;
            }
            if (next == '\\') {
                if (!escape()) {
                    return false;
                }
            } else if (next < 0) {
                int length = sequence(body, at);
                if (length == 0) {
                    fail(at, "the bytes from 0x%02x on are not UTF-8".formatted(next & 0xff));
                    return false;
                }
                at += length;
            } else if (next < ' ') {
                fail(at, "the control character 0x%02x must be escaped in a string".formatted(next));
                return false;
            } else {
                at++;
            }
        }
    }

    /** Skips bytes that stand for themselves in a string, eight at a time; the rest is left to the caller. */
    private void skipPlain() {
        int i = at;
        for (int last = body.length - Long.BYTES; i <= last; i += Long.BYTES) {
            long eight = (long) LONGS.get(body, i);
            long quote = eight ^ ONES * '"';
            long backslash = eight ^ ONES * '\\';
            // The high bit of each byte: set in the lowest byte that is a quote, a backslash, a control character or
            // not
            // ASCII. Bytes above the lowest may be marked wrongly, for subtraction borrows.
            long special =
                    (((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | (eight - ONES * ' ') | eight)
                            & HIGHS;
            if (special != 0) {
                at = i + (Long.numberOfTrailingZeros(special) >>> 3);
                return;
            }
        }
        at = i;
    }

    private boolean escape() {
        at++;
        byte kind = at < body.length ? body[at] : 0;
        return switch (kind) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
                at++;
                yield true;
            }
            case 'u' -> hexadecimal();
            default -> failing("one of \" \\ / b f n r t u is needed after a backslash");
        };
    }

    private boolean hexadecimal() {
        at++;
        for (int i = 0; i < 4; i++) {
            if (at == body.length || Character.digit(body[at], 16) < 0) {
                return failing("four hexadecimal digits are needed in an escape");
            }
            at++;
        }
        return true;
    }

    /** The length of the well-formed UTF-8 sequence of two to four bytes at a place, or 0 (RFC 3629, section 4). */
    private static int sequence(byte[] bytes, int from) {
        int first = bytes[from] & 0xff;
        int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4 || bytes.length - from < length) {
            return 0;
        }
        // The second byte has a narrower range after four of the first ones: no overlong form, no surrogate, no code
        // point above 0x10ffff.
        int second = bytes[from + 1] & 0xff;
        int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (second < low || second > high) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if ((bytes[from + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        return length;
    }

    private boolean number() {
        if (body[at] == '-') {
            at++;
        }
        if (at < body.length && body[at] == '0') {
            at++;
            if (at < body.length && isDigit(body[at])) {
                return failing("a number must not begin with a zero");
            }
        } else if (!digits()) {
            return false;
        }
        if (at < body.length && body[at] == '.') {
            at++;
            if (!digits()) {
                return false;
            }
        }
        if (at < body.length && (body[at] == 'e' || body[at] == 'E')) {
            at++;
            if (at < body.length && (body[at] == '+' || body[at] == '-')) {
                at++;
            }
            return digits();
        }
        return true;
    }

    private boolean digits() {
        if (at == body.length || !isDigit(body[at])) {
            return failing("a digit is needed");
        }
        while (at < body.length && isDigit(body[at])) {
            at++;
        }
        return true;
    }

    private static boolean isDigit(byte value) {
        return value >= '0' && value <= '9';
    }

    private boolean word(byte[] word) {
        for (byte letter : word) {
            if (at == body.length || body[at] != letter) {
                return failing("a value is needed: true, false or null");
            }
            at++;
        }
        return true;
    }

    private void skipWhiteSpace() {
        while (at < body.length && isWhiteSpace(body[at])) {
            at++;
        }
    }

    private static boolean isWhiteSpace(byte value) {
        return value == ' ' || value == '\n' || value == '\r' || value == '\t';
    }

    /** The end of the body without the white space there. */
    private int trimmedEnd() {
        int end = body.length;
        while (isWhiteSpace(body[end - 1])) {
            end--;
        }
        return end;
    }

    private void add(int from, int to) {
        int length = to - from;
        System.arraycopy(body, from, payload, payloadBytes, length);
        payloadBytes += length;
        payload[payloadBytes++] = ',';
        if (messages == ends.length) {
            ends = Arrays.copyOf(ends, messages * 2);
        }
        ends[messages++] = payloadBytes;
    }

    /** Says what is needed and what is there instead. */
    private boolean failing(String needed) {
        if (at == body.length) {
            fail(at, needed + ", but the body ends");
        } else {
            int found = body[at] & 0xff;
            fail(
                    at,
                    needed + ", but there is "
                            + (found > ' ' && found < 0x7f ? "'" + (char) found + "'" : "0x%02x".formatted(found)));
        }
        return false;
    }

    private void fail(int offset, String what) {
        invalid = new Invalid("not valid JSON at byte " + offset + ": " + what, offset);
    }
}
