package dev.varve.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One kind of request of one protocol, and how to tell where its answer ends. Every connection has one request
 * outstanding. Immutable; thread-safe.
 */
interface Protocol {

    /** How many digits name a stream. */
    int DIGITS = 7;

    /** The place of the stream's number, before it is known. */
    String STREAM = "0000000";

    /** Stands for a length that is not said in advance. */
    int CHUNKED = -1;

    /** The place of a number that the answer before gave, before it is known. */
    String NUMBER = "           0";

    /**
     * A request; the digits of the stream's number stand at {@code digitsAt}, those of a number from the answer before at {@code
     * numberAt}; -1 where there are none.
     */
    record Request(byte[] bytes, int digitsAt, int numberAt) {

        static Request of(String head, byte[] body, String tail) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(ascii(head));
            bytes.writeBytes(body);
            bytes.writeBytes(ascii(tail));
            return new Request(bytes.toByteArray(), head.indexOf(STREAM), head.indexOf(NUMBER));
        }
    }

    /** The request that a connection sends again and again. */
    Request request(int connection, byte[] body);

    /** What is sent once when a connection is new; nothing by default. */
    default byte[] greeting(int connection) {
        return new byte[0];
    }

    /** What is sent before the first request, and answered like one; null for nothing. */
    default @Nullable Request first(int connection, byte[] body) {
        return null;
    }

    /**
     * Takes the number out of a whole answer that the next request has to name.
     *
     * @throws IOException when there is none
     */
    default long number(ByteBuffer in) throws IOException {
        return 0;
    }

    /**
     * Looks for a whole answer.
     *
     * @param in the bytes that came, from 0 to the buffer's position
     * @return whether the answer is whole; the buffer is then free for the next
     * @throws IOException when the answer is not a success
     */
    boolean answered(ByteBuffer in) throws IOException;

    /** Appends over HTTP. */
    record HttpAppend(int port) implements Protocol {

        @Override
        public Request request(int connection, byte[] body) {
            return Request.of(
                    "POST /v1/stream/bench/" + STREAM + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nContent-Type: application/octet-stream\r\nContent-Length: " + body.length
                            + "\r\n\r\n",
                    body,
                    "");
        }

        @Override
        public boolean answered(ByteBuffer in) throws IOException {
            return httpAnswered(in);
        }
    }

    /** Creates streams over HTTP. */
    record HttpCreate(int port) implements Protocol {

        @Override
        public Request request(int connection, byte[] body) {
            return Request.of(
                    "PUT /v1/stream/bench/" + STREAM + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nContent-Type: application/octet-stream\r\nContent-Length: 0\r\n\r\n",
                    new byte[0],
                    "");
        }

        @Override
        public boolean answered(ByteBuffer in) throws IOException {
            return httpAnswered(in);
        }
    }

    /** {@code XADD} of Redis. */
    record RedisXadd() implements Protocol {

        @Override
        public Request request(int connection, byte[] body) {
            return Request.of(
                    "*5\r\n$4\r\nXADD\r\n$" + DIGITS + "\r\n" + STREAM + "\r\n$1\r\n*\r\n$1\r\nd\r\n$" + body.length
                            + "\r\n",
                    body,
                    "\r\n");
        }

        @Override
        public boolean answered(ByteBuffer in) throws IOException {
            int end = in.position();
            if (in.get(0) != '$') {
                throw new IOException("Redis answers " + text(in));
            }
            // Two lines: the length of the id, the id.
            return end > 5 && in.get(end - 1) == '\n' && lines(in) == 2;
        }
    }

    /** A publish to a JetStream stream of NATS, answered by a message. */
    record NatsPublish() implements Protocol {

        @Override
        public byte[] greeting(int connection) {
            return ascii(
                    "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"varve-bench\",\"version\":\"0\"}\r\nSUB _INBOX."
                            + connection + " 1\r\n");
        }

        @Override
        public Request request(int connection, byte[] body) {
            return Request.of(
                    "PUB bench." + STREAM + " _INBOX." + connection + " " + body.length + "\r\n", body, "\r\n");
        }

        @Override
        public boolean answered(ByteBuffer in) throws IOException {
            // INFO and PING may stand before the message; pings are left alone, runs are shorter than their patience.
            int end = in.position();
            if (end < 4 || in.get(end - 1) != '\n' || in.get(end - 3) != '}') {
                return false;
            }
            String text = text(in);
            int message = text.indexOf("MSG _INBOX.");
            if (text.startsWith("-ERR") || text.contains("\"error\"")) {
                throw new IOException("NATS answers " + text);
            }
            return message >= 0 && text.indexOf("\"seq\"", message) > 0;
        }
    }

    static boolean httpAnswered(ByteBuffer in) throws IOException {
        int end = in.position();
        for (int i = 12; i + 3 < end; i++) {
            if (in.get(i) == '\r' && in.get(i + 1) == '\n' && in.get(i + 2) == '\r' && in.get(i + 3) == '\n') {
                if (in.get(9) != '2') {
                    throw new IOException("the server answers " + text(in));
                }
                boolean noBody = in.get(10) == '0' && in.get(11) == '4';
                int length = noBody ? 0 : contentLength(in, i);
                return length == CHUNKED ? in.get(end - 5) == '0' && in.get(end - 1) == '\n' : end >= i + 4 + length;
            }
        }
        return false;
    }

    private static int contentLength(ByteBuffer in, int headEnd) {
        byte[] head = new byte[headEnd];
        in.get(0, head);
        for (String line : new String(head, StandardCharsets.ISO_8859_1).split("\r\n")) {
            if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                return Integer.parseInt(line.substring(15).strip());
            }
        }
        return CHUNKED;
    }

    private static int lines(ByteBuffer in) {
        int lines = 0;
        for (int i = 0; i < in.position(); i++) {
            if (in.get(i) == '\n') {
                lines++;
            }
        }
        return lines;
    }

    static String text(ByteBuffer in) {
        byte[] bytes = new byte[in.position()];
        in.get(0, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The number after a word, up to what is no digit. */
    static long numberAfter(ByteBuffer in, String word) throws IOException {
        String text = text(in);
        int at = text.indexOf(word);
        if (at < 0) {
            throw new IOException("no " + word + " in the answer " + text);
        }
        long number = 0;
        for (int i = at + word.length(); i < text.length() && Character.isDigit(text.charAt(i)); i++) {
            number = number * 10 + text.charAt(i) - '0';
        }
        return number;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
