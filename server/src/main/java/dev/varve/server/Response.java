package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.api.Refusal;
import dev.varve.engine.spi.PartedReads.Parts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An answer on its way out. The head is written as bytes while it is built, so that sending is one copy. Confined to
 * the thread that builds it until it is handed to an {@link Exchange}.
 */
final class Response {

    static final String PROBLEM_JSON = "application/problem+json";

    /** Enough for the head of an append's answer; others grow. */
    private static final int HEAD_BYTES = 320;

    private static final int SMALL_BODY_BYTES = 16 * 1024;
    private static final int MAX_RETRY_SECONDS = 5;
    private static final byte[] NO_BODY = {};
    private static final byte[][] STATUS_LINES = new byte[600][];

    private final int status;
    private byte[] head;
    private int length;
    private ByteBuffer body = ByteBuffer.wrap(NO_BODY);
    private @Nullable Parts page;
    private boolean closes;

    private Response(int status) {
        this.status = status;
        byte[] line = statusLine(status);
        this.head = Arrays.copyOf(line, HEAD_BYTES);
        this.length = line.length;
    }

    static Response of(int status) {
        return new Response(status);
    }

    static Response json(int status, String json) {
        return of(status)
                .header(HeaderName.CONTENT_TYPE, "application/json")
                .body(json.getBytes(StandardCharsets.UTF_8));
    }

    static Response text(int status, String text) {
        return of(status)
                .header(HeaderName.CONTENT_TYPE, "text/plain; charset=utf-8")
                .body(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The answer for a problem, with the headers that belong to its kind. */
    static Response of(Problem problem, RandomGenerator random) {
        Response response = of(problem.status());
        JsonText json = fields(problem);
        Refusal refusal = problem.refusal();
        if (refusal != null) {
            response.refusalFields(refusal, json);
        }
        if (problem.kind().retryable() || problem.retryAfter() != null) {
            response.header(HeaderName.RETRY_AFTER, Long.toString(retrySeconds(problem, random)));
        }
        response.closes = problem.closes();
        return response.header(HeaderName.CONTENT_TYPE, PROBLEM_JSON)
                .body(json.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** What is told of every problem. */
    static JsonText fields(Problem problem) {
        ErrorKind kind = problem.kind();
        JsonText json = new JsonText()
                .field("type", "urn:varve:error:" + kind.wireName())
                .field("title", title(kind.wireName()))
                .field("status", problem.status())
                .field("detail", problem.detail())
                .field("kind", kind.wireName())
                .field("retryable", kind.retryable())
                .field("outcome", kind.outcomeUnknown() ? "unknown" : "not_applied");
        Integer index = problem.index();
        return index == null ? json : json.field("index", index);
    }

    private void refusalFields(Refusal refusal, JsonText json) {
        var offset = refusal.offset();
        if (offset != null) {
            boolean compacted = refusal.kind() == ErrorKind.COMPACTED;
            header(compacted ? HeaderName.STREAM_EARLIEST_OFFSET : HeaderName.STREAM_NEXT_OFFSET, offset.toString());
            json.field(compacted ? "earliest_offset" : "next_offset", offset.toString());
        }
        if (refusal.kind() == ErrorKind.CLOSED) {
            header(HeaderName.STREAM_CLOSED, "true");
        }
        Long epoch = refusal.producerEpoch();
        if (epoch != null) {
            header(HeaderName.PRODUCER_EPOCH, epoch.toString());
            json.field("producer_epoch", epoch);
        }
        Long expected = refusal.expectedSequence();
        if (expected != null) {
            header(HeaderName.PRODUCER_EXPECTED_SEQ, expected.toString());
            json.field("producer_expected_seq", expected);
        }
        Long received = refusal.receivedSequence();
        if (received != null) {
            header(HeaderName.PRODUCER_RECEIVED_SEQ, received.toString());
            json.field("producer_received_seq", received);
        }
    }

    /** Whole seconds, spread so that clients do not come back all at once. */
    static long retrySeconds(Problem problem, RandomGenerator random) {
        var asked = problem.retryAfter();
        return asked != null ? Math.max(1, asked.plusMillis(999).toSeconds()) : 1 + random.nextInt(MAX_RETRY_SECONDS);
    }

    private static String title(String wireName) {
        String words = wireName.replace('_', ' ');
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    int status() {
        return status;
    }

    boolean closes() {
        return closes;
    }

    /** Has the connection closed after this answer. */
    Response closing() {
        closes = true;
        return this;
    }

    /**
     * Adds a header. Whatever could end the line or the head is replaced by a space, so that no text of a user ever
     * becomes a header of its own.
     */
    Response header(HeaderName name, String value) {
        int valueLength = value.length();
        ensure(name.prefix.length + valueLength + 2);
        System.arraycopy(name.prefix, 0, head, length, name.prefix.length);
        length += name.prefix.length;
        for (int i = 0; i < valueLength; i++) {
            char c = value.charAt(i);
            byte b;
            if ((c < 0x20 && c != '\t') || c == 0x7f) {
                b = ' ';
            } else {
                b = c > 0xff ? (byte) '?' : (byte) c;
            }
            head[length++] = b;
        }
        head[length++] = '\r';
        head[length++] = '\n';
        return this;
    }

    /** Adds whole header lines that were prepared before. */
    Response lines(byte[] prepared) {
        ensure(prepared.length);
        System.arraycopy(prepared, 0, head, length, prepared.length);
        length += prepared.length;
        return this;
    }

    Response body(byte[] bytes) {
        return body(ByteBuffer.wrap(bytes));
    }

    /** The remaining bytes of the buffer; they must not change until they are sent. */
    Response body(ByteBuffer bytes) {
        this.body = bytes;
        return this;
    }

    ByteBuffer body() {
        return body;
    }

    /** A page as the body, sent in parts after the head. */
    Response page(Parts parts) {
        this.page = parts;
        return this;
    }

    @Nullable Parts page() {
        return page;
    }

    private long bodyLength() {
        Parts parts = page;
        return parts == null ? body.remaining() : parts.length();
    }

    /**
     * The answer as bytes: all of it, or the head alone when the body is a page.
     *
     * @param withBody false for an answer to HEAD
     * @param close whether to announce that the connection closes
     * @param date the header line with the time, or null
     */
    ByteBuf encode(ByteBufAllocator allocator, boolean withBody, boolean close, byte @Nullable [] date) {
        if (date != null) {
            lines(date);
        }
        boolean noBodyEver = status == 204 || status == 304;
        if (!noBodyEver && (withBody || bodyLength() > 0)) {
            header(HeaderName.CONTENT_LENGTH, Long.toString(bodyLength()));
        }
        if (close) {
            header(HeaderName.CONNECTION, "close");
        }
        ensure(2);
        head[length++] = '\r';
        head[length++] = '\n';
        if (noBodyEver || !withBody || !body.hasRemaining()) {
            return allocator.ioBuffer(length).writeBytes(head, 0, length);
        }
        if (body.remaining() <= SMALL_BODY_BYTES) {
            return allocator
                    .ioBuffer(length + body.remaining())
                    .writeBytes(head, 0, length)
                    .writeBytes(body.duplicate());
        }
        ByteBuf first = allocator.ioBuffer(length).writeBytes(head, 0, length);
        return allocator.compositeBuffer(2).addComponents(true, first, Unpooled.wrappedBuffer(body.duplicate()));
    }

    private void ensure(int more) {
        if (head.length - length < more) {
            head = Arrays.copyOf(head, Math.max(head.length * 2, length + more));
        }
    }

    private static byte[] statusLine(int status) {
        // A race fills a slot twice with equal bytes, which is harmless.
        byte[] line = STATUS_LINES[status];
        if (line == null) {
            line = ("HTTP/1.1 " + status + " "
                            + HttpResponseStatus.valueOf(status).reasonPhrase() + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            STATUS_LINES[status] = line;
        }
        return line;
    }
}
