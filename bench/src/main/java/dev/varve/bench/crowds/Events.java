package dev.varve.bench.crowds;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Follows a text stream of numbered lines by events and checks each byte of them. Confined to the crowd's thread.
 */
final class Events extends Member {

    private static final int NUMBER_DIGITS = 10;
    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CONTROL = "data:{\"streamNextOffset\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT = "event: ".getBytes(StandardCharsets.US_ASCII);

    /** Where it stands in the framing of the answer. */
    private enum Part {
        HEAD,
        SIZE,
        CHUNK,
        CHUNK_END,
        LAST
    }

    private final String path;
    private final byte[] expected;
    private final StringBuilder head = new StringBuilder();
    private byte[] line = new byte[256];
    private int lineLength;
    private Part part = Part.HEAD;
    private long chunkLeft;

    private String offset;
    private int next;
    private boolean told;
    private boolean reads = true;
    private @Nullable String wrong;
    private @Nullable IOException failure;

    /**
     * A reader.
     *
     * @param offset where it starts
     * @param next the number of the first line that comes from there
     * @param lineBytes how long each line is, its end included
     */
    Events(String path, String offset, int next, int lineBytes) {
        this.path = path;
        this.offset = offset;
        this.next = next;
        this.expected = line(next, lineBytes);
    }

    /** The line with that number, its end included. */
    static byte[] line(int number, int bytes) {
        byte[] line = new byte[bytes];
        for (int i = NUMBER_DIGITS; i < bytes - 1; i++) {
            line[i] = (byte) ('a' + i % 26);
        }
        line[bytes - 1] = '\n';
        number(line, number);
        return line;
    }

    private static void number(byte[] line, int number) {
        int rest = number;
        for (int i = NUMBER_DIGITS - 1; i >= 0; i--) {
            line[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    /** Whether it was told where the stream stands. */
    boolean told() {
        return told;
    }

    /** The number of the line it waits for. */
    int next() {
        return next;
    }

    String offset() {
        return offset;
    }

    /** What was wrong with what came, or null. */
    @Nullable String wrong() {
        return wrong;
    }

    /** How the connection ended; null when it is open or ended in order. */
    @Nullable IOException failure() {
        return failure;
    }

    /** From the answer on it takes nothing more. */
    Events stalled() {
        reads = false;
        return this;
    }

    @Override
    void connected() throws IOException {
        send(("GET /v1/stream/" + path + "?offset=" + offset + "&live=sse HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        reading(reads);
    }

    @Override
    void received(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            switch (part) {
                case HEAD -> {
                    head.append((char) bytes.get());
                    if (head.length() >= 4 && head.indexOf("\r\n\r\n", head.length() - 4) >= 0) {
                        if (AnswerReader.status(head.toString()) != 200) {
                            throw new IOException("refused: " + head.substring(0, head.indexOf("\r\n")));
                        }
                        head.setLength(0);
                        part = Part.SIZE;
                    }
                }
                case SIZE -> {
                    char c = (char) bytes.get();
                    if (c == '\n') {
                        chunkLeft = Long.parseLong(head.toString().strip(), 16);
                        head.setLength(0);
                        part = chunkLeft == 0 ? Part.LAST : Part.CHUNK;
                    } else {
                        head.append(c);
                    }
                }
                case CHUNK -> {
                    int take = (int) Math.min(chunkLeft, bytes.remaining());
                    chunkLeft -= take;
                    for (int end = bytes.position() + take; bytes.position() < end; ) {
                        takeLine(bytes, end);
                    }
                    if (chunkLeft == 0) {
                        part = Part.CHUNK_END;
                    }
                }
                case CHUNK_END -> {
                    if (bytes.get() == '\n') {
                        part = Part.SIZE;
                    }
                }
                case LAST -> bytes.position(bytes.limit());
            }
        }
    }

    /** Takes bytes up to the end of a line or of what there is. */
    private void takeLine(ByteBuffer bytes, int end) {
        int from = bytes.position();
        int at = from;
        while (at < end && bytes.get(at) != '\n') {
            at++;
        }
        int length = at - from;
        if (lineLength + length > line.length) {
            line = Arrays.copyOf(line, Math.max(line.length * 2, lineLength + length));
        }
        bytes.get(line, lineLength, length);
        lineLength += length;
        if (at < end) {
            bytes.get();
            lineEnds();
            lineLength = 0;
        }
    }

    private void lineEnds() {
        if (starts(CONTROL)) {
            int from = CONTROL.length;
            int to = from;
            while (to < lineLength && line[to] != '"') {
                to++;
            }
            offset = new String(line, from, to - from, StandardCharsets.US_ASCII);
            told = true;
        } else if (lineLength > DATA.length && starts(DATA)) {
            number(expected, next);
            int length = lineLength - DATA.length;
            if (length != expected.length - 1
                    || !Arrays.equals(line, DATA.length, lineLength, expected, 0, expected.length - 1)) {
                wrong(new String(line, DATA.length, Math.min(40, length), StandardCharsets.ISO_8859_1));
            }
            next++;
        } else if (lineLength > DATA.length && !starts(EVENT)) {
            wrong(new String(line, 0, Math.min(40, lineLength), StandardCharsets.ISO_8859_1));
        }
    }

    private void wrong(String came) {
        if (wrong == null) {
            wrong = "line " + next + " of " + path + " came as " + came;
        }
    }

    private boolean starts(byte[] with) {
        return lineLength >= with.length && Arrays.equals(line, 0, with.length, with, 0, with.length);
    }

    @Override
    void ended(@Nullable IOException because) {
        failure = because;
    }
}
