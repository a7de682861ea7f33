package dev.varve.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts the body of a JSON append into its messages: the elements when it is an array, else the one value. Strict
 * (RFC 8259, well-formed UTF-8, no byte order mark), and verbatim: a message keeps its bytes without the white space
 * around it. Written apart from the engine's own parser, so that each can find the other's faults. Confined to one
 * call.
 */
final class ModelJson {

    /** Arrays and objects inside one another, the outermost of the body included. */
    static final int MAX_DEPTH = 64;

    private final byte[] text;
    private int at;
    private int depth;

    private ModelJson(byte[] text) {
        this.text = text;
    }

    /** Why a body is not JSON. */
    static final class Invalid extends Exception {
        private Invalid(String what, int at) {
            super(what + " at byte " + at + " of the body");
        }
    }

    /** The messages of a body, none for an empty array. */
    static List<byte[]> messages(byte[] body) throws Invalid {
        checkUtf8(body);
        return new ModelJson(body).document();
    }

    /** A JSON string with the given content. */
    static String quote(String content) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < content.length(); i++) {
            char c = content.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    private static void checkUtf8(byte[] body) throws Invalid {
        ByteBuffer bytes = ByteBuffer.wrap(body);
        try {
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(bytes);
        } catch (CharacterCodingException e) {
            throw new Invalid("bytes that are not UTF-8", bytes.position());
        }
    }

    private List<byte[]> document() throws Invalid {
        List<byte[]> messages = new ArrayList<>();
        skipSpace();
        if (peek() == '[') {
            open();
            if (!closes(']')) {
                do {
                    messages.add(slice());
                } while (more(']'));
            }
        } else {
            messages.add(slice());
        }
        skipSpace();
        if (at < text.length) {
            throw new Invalid("something after the end of the value", at);
        }
        return messages;
    }

    /** Reads one value and gives its bytes. */
    private byte[] slice() throws Invalid {
        skipSpace();
        int start = at;
        value();
        return Arrays.copyOfRange(text, start, at);
    }

    private void value() throws Invalid {
        skipSpace();
        switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        }
    }

    private void object() throws Invalid {
        open();
        if (!closes('}')) {
            do {
                skipSpace();
                string();
                skipSpace();
                expect(':');
                value();
            } while (more('}'));
        }
    }

    private void array() throws Invalid {
        open();
        if (!closes(']')) {
            do {
                value();
            } while (more(']'));
        }
    }

    private void string() throws Invalid {
        expect('"');
        while (peek() != '"') {
            if ((peek() & 0xFF) < ' ') {
                throw new Invalid("a control character inside a string", at);
            }
            if (text[at++] == '\\') {
                escape();
            }
        }
        at++;
    }

    private void escape() throws Invalid {
        int escaped = peek();
        if (escaped == 'u') {
            at++;
            for (int i = 0; i < 4; i++) {
                if (Character.digit(peek(), 16) < 0) {
                    throw new Invalid("four hexadecimal digits are missing after \\u", at);
                }
                at++;
            }
        } else if ("\"\\/bfnrt".indexOf(escaped) >= 0) {
            at++;
        } else {
            throw new Invalid("an unknown escape inside a string", at);
        }
    }

    private void number() throws Invalid {
        if (peek() == '-') {
            at++;
        }
        if (peek() == '0') {
            at++;
        } else {
            digits();
        }
        if (at < text.length && text[at] == '.') {
            at++;
            digits();
        }
        if (at < text.length && (text[at] == 'e' || text[at] == 'E')) {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            digits();
        }
    }

    private void digits() throws Invalid {
        if (!isDigit(peek())) {
            throw new Invalid("no JSON value", at);
        }
        while (at < text.length && isDigit(text[at])) {
            at++;
        }
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private void word(String word) throws Invalid {
        for (int i = 0; i < word.length(); i++) {
            expect(word.charAt(i));
        }
    }

    private void open() throws Invalid {
        if (++depth > MAX_DEPTH) {
            throw new Invalid("more than " + MAX_DEPTH + " nested arrays and objects", at);
        }
        at++;
    }

    /** Whether an array or object ends here; then its end is taken. */
    private boolean closes(char end) throws Invalid {
        skipSpace();
        if (peek() != end) {
            return false;
        }
        at++;
        depth--;
        return true;
    }

    /** Takes the comma before a further element, or the end. */
    private boolean more(char end) throws Invalid {
        if (closes(end)) {
            return false;
        }
        expect(',');
        return true;
    }

    private void expect(char c) throws Invalid {
        if (peek() != c) {
            throw new Invalid("'" + c + "' is missing", at);
        }
        at++;
    }

    private byte peek() throws Invalid {
        if (at == text.length) {
            throw new Invalid("an unexpected end", at);
        }
        return text[at];
    }

    private void skipSpace() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) {
            at++;
        }
    }
}
