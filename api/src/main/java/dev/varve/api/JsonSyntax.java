package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.BitSet;

/**
 * Tells whether bytes are one JSON value in UTF-8, as RFC 8259 has it, and makes nothing of it. What the grammar allows is allowed: names
 * that come twice, half characters in escapes; only how deep values may be nested has a bound. Confined to one call.
 */
final class JsonSyntax {

    private final byte[] text;
    private final int maxDepth;
    private int at;

    /** How many arrays and objects are open. */
    private int depth;

    /** Which of them are objects. */
    private final BitSet objects = new BitSet();

    /** Below 0 when a string has more than ASCII. */
    private int bits;

    private JsonSyntax(byte[] text, int maxDepth) {
        this.text = text;
        this.maxDepth = maxDepth;
    }

    /** Tells it of a text in which at most so many arrays and objects stand within each other. */
    static boolean isValue(byte[] text, int maxDepth) {
        JsonSyntax syntax = new JsonSyntax(text, maxDepth);
        return syntax.value() && (syntax.bits >= 0 || isUtf8(text));
    }

    private static boolean isUtf8(byte[] text) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).hasRemaining();
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private boolean value() {
        while (true) {
            skipSpace();
            byte first = at < text.length ? text[at] : 0;
            if (first == '{' || first == '[') {
                if (depth == maxDepth) {
                    return false;
                }
                at++;
                objects.set(depth++, first == '{');
                skipSpace();
                if (!isAt(end())) {
                    if (first == '{' && !name()) {
                        return false;
                    }
                    continue;
                }
            } else if (!scalar(first)) {
                return false;
            }
            // A value ends here; so may those around it.
            skipSpace();
            while (depth > 0 && takes(end())) {
                depth--;
                skipSpace();
            }
            if (depth == 0) {
                return at == text.length;
            }
            if (!takes(',') || (objects.get(depth - 1) && !name())) {
                return false;
            }
        }
    }

    /** What the innermost that is open ends with. */
    private char end() {
        return objects.get(depth - 1) ? '}' : ']';
    }

    private boolean name() {
        skipSpace();
        if (!string()) {
            return false;
        }
        skipSpace();
        return takes(':');
    }

    private boolean scalar(byte first) {
        return switch (first) {
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        };
    }

    private boolean string() {
        if (!takes('"')) {
            return false;
        }
        while (at < text.length) {
            byte next = text[at++];
            bits |= next;
            if (next == '"') {
                return true;
            }
            if ((next >= 0 && next < ' ') || (next == '\\' && !escape())) {
                return false;
            }
        }
        return false;
    }

    private boolean escape() {
        if (!takes('u')) {
            return at < text.length && "\"\\/bfnrt".indexOf(text[at++]) >= 0;
        }
        for (int end = at + 4; at < end; at++) {
            if (at >= text.length || Character.digit(text[at], 16) < 0) {
                return false;
            }
        }
        return true;
    }

    private boolean number() {
        takes('-');
        if (!takes('0') && !digits()) {
            return false;
        }
        if (takes('.') && !digits()) {
            return false;
        }
        if (takes('e') || takes('E')) {
            if (!takes('+')) {
                takes('-');
            }
            return digits();
        }
        return true;
    }

    private boolean digits() {
        int from = at;
        while (at < text.length && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
        return at > from;
    }

    private boolean word(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (!takes(word.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean isAt(char wanted) {
        return at < text.length && text[at] == wanted;
    }

    private boolean takes(char wanted) {
        if (!isAt(wanted)) {
            return false;
        }
        at++;
        return true;
    }

    private void skipSpace() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
            at++;
        }
    }
}
