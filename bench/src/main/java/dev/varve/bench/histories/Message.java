package dev.varve.bench.histories;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message. Its text follows from its name and its length, and no two messages of a history share a name. Immutable.
 *
 * @param name a number; or, for bytes that are no message, those bytes in hexadecimal behind {@code !}
 * @param length how far it moves the stream's tail
 */
record Message(String name, int length) {

    /** The shortest that can be told apart, quotes and separator of JSON included. */
    static final int MIN_LENGTH = 16;

    private static final int SHOWN_BYTES = 24;

    /** Text as it lies in a text stream: {@code <name:filler>}. */
    private String text(int bytes) {
        StringBuilder text = new StringBuilder(bytes).append('<').append(name).append(':');
        for (int i = Integer.parseInt(name); text.length() < bytes - 1; i++) {
            text.append((char) ('a' + i % 26));
        }
        return text.append('>').toString();
    }

    /** The body of an append of these messages: one of text, or any number in a JSON array. */
    static byte[] body(List<Message> messages, boolean json) {
        if (!json) {
            StringBuilder body = new StringBuilder();
            messages.forEach(message -> body.append(message.text(message.length())));
            return body.toString().getBytes(StandardCharsets.US_ASCII);
        }
        StringBuilder body = new StringBuilder("[");
        for (Message message : messages) {
            // In JSON a message counts one more than its bytes, and here the bytes include the quotes.
            body.append(body.length() > 1 ? "," : "")
                    .append('"')
                    .append(message.text(message.length() - 3))
                    .append('"');
        }
        return body.append(']').toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** What a page holds. Bytes that are no whole message come out as one message that nobody ever sent. */
    static List<Message> parse(byte[] page, boolean json) {
        String text = new String(page, StandardCharsets.ISO_8859_1);
        List<Message> messages = new ArrayList<>();
        int at = 0;
        int end = text.length();
        if (json) {
            if (end < 2 || text.charAt(0) != '[' || text.charAt(end - 1) != ']') {
                return List.of(torn(text, 0));
            }
            at = 1;
            end--;
        }
        while (at < end) {
            if (json && !messages.isEmpty()) {
                if (text.charAt(at) != ',') {
                    messages.add(torn(text, at));
                    return messages;
                }
                at++;
            }
            int close = text.indexOf('>', at);
            int length = close < 0 ? 0 : close + 1 - at + (json ? 1 : 0);
            Message found = length == 0 || at + length > end ? null : read(text.substring(at, at + length), json);
            if (found == null) {
                messages.add(torn(text, at));
                return messages;
            }
            messages.add(found);
            at += length;
        }
        return messages;
    }

    private static @Nullable Message read(String text, boolean json) {
        int open = json ? 2 : 1;
        int colon = text.indexOf(':');
        if (colon <= open || colon > open + 9) {
            return null;
        }
        String name = text.substring(open, colon);
        if (!name.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        Message message = new Message(name, text.length() + (json ? 1 : 0));
        String expected = json ? '"' + message.text(text.length() - 2) + '"' : message.text(text.length());
        return text.equals(expected) ? message : null;
    }

    private static Message torn(String text, int from) {
        byte[] rest = text.substring(from).getBytes(StandardCharsets.ISO_8859_1);
        return new Message(
                "!" + HexFormat.of().formatHex(rest, 0, Math.min(rest.length, SHOWN_BYTES)), Math.max(1, rest.length));
    }
}
