package dev.varve.bench.crowds;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Takes answers with a length, or without a body, one after the other. Confined to its member. */
final class AnswerReader {

    private static final int MAX_ANSWER_BYTES = 64 * 1024;

    private final StringBuilder text = new StringBuilder();
    private final boolean withBodies;

    AnswerReader(boolean withBodies) {
        this.withBodies = withBodies;
    }

    /**
     * Takes what came.
     *
     * @return a whole answer, head and body; null while it is not whole
     */
    @Nullable String take(ByteBuffer bytes) throws IOException {
        text.append(StandardCharsets.ISO_8859_1.decode(bytes));
        if (text.length() > MAX_ANSWER_BYTES) {
            throw new IOException("an answer is longer than " + MAX_ANSWER_BYTES + " bytes");
        }
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return null;
        }
        String length = withBodies ? header(text, "Content-Length") : null;
        int whole = end + 4 + (length == null ? 0 : Integer.parseInt(length));
        if (text.length() < whole) {
            return null;
        }
        String answer = text.substring(0, whole);
        text.delete(0, whole);
        return answer;
    }

    static int status(String answer) throws IOException {
        if (answer.length() < 12 || !answer.startsWith("HTTP/1.1 ")) {
            throw new IOException("not an answer: " + answer.substring(0, Math.min(40, answer.length())));
        }
        return Integer.parseInt(answer, 9, 12, 10);
    }

    static @Nullable String header(CharSequence answer, String name) {
        String head = answer.toString();
        int end = head.indexOf("\r\n\r\n");
        String lower = head.substring(0, end < 0 ? head.length() : end + 2).toLowerCase(Locale.ROOT);
        int at = lower.indexOf("\r\n" + name.toLowerCase(Locale.ROOT) + ":");
        if (at < 0) {
            return null;
        }
        int from = at + 2 + name.length() + 1;
        return head.substring(from, lower.indexOf("\r\n", from)).strip();
    }
}
