package dev.varve.bench.crowds;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A client that takes its time on purpose. Confined to the crowd's thread. */
final class Slow extends Member {

    /** What it is slow at. */
    enum Kind {
        /** Sends the head of a request byte by byte. */
        HEAD,
        /** Sends a body byte by byte. */
        BODY,
        /** Asks for much and takes nothing. */
        READ
    }

    private static final int PAGES = 12;
    private static final int MAX_HEAD_BYTES = 16 * 1024;

    final Kind kind;
    private final String path;
    private long connectedAt;
    private long endedAt;
    private final StringBuilder head = new StringBuilder();
    private long bodyLeft;
    private boolean inPage;
    private int pages;
    private int refusals;
    private @Nullable String wrong;

    Slow(Kind kind, String path) {
        this.kind = kind;
        this.path = path;
    }

    @Override
    void connected() throws IOException {
        connectedAt = System.nanoTime();
        switch (kind) {
            case HEAD -> send(ascii("GET /v1/stream/" + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "));
            case BODY ->
                send(ascii("POST /v1/stream/" + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
                        + "Content-Length: 100000\r\n\r\n"));
            case READ -> {
                send(ascii(
                        ("GET /v1/stream/" + path + "?offset=-1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").repeat(PAGES)));
                reading(false);
            }
        }
    }

    /** Sends one more byte, if that is its way. */
    void crawl() {
        if (!isOpen() || connectedAt == 0 || kind == Kind.READ || isSending()) {
            return;
        }
        try {
            send(new byte[] {'x'});
        } catch (IOException e) {
            close(e);
        }
    }

    /** Takes what there is, to find out whether the connection has ended. */
    void wake() {
        if (isOpen() && connectedAt > 0) {
            reading(true);
        }
    }

    /** How long it was there, in seconds; 0 while it is. */
    double seconds() {
        return endedAt == 0 ? 0 : (endedAt - connectedAt) / 1e9;
    }

    /** How many pages it was refused for now, in words that say when to come again. */
    int refusals() {
        return refusals;
    }

    /** Whether it has an answer to everything that it asked for. */
    boolean isAnswered() {
        return pages + refusals == PAGES;
    }

    /** What is not as it should be in its answers, or null. */
    @Nullable String wrong() {
        return wrong;
    }

    @Override
    void received(ByteBuffer bytes) {
        if (kind != Kind.READ) {
            bytes.position(bytes.limit());
            return;
        }
        while (bytes.hasRemaining()) {
            if (bodyLeft > 0) {
                int some = (int) Math.min(bodyLeft, bytes.remaining());
                bytes.position(bytes.position() + some);
                bodyLeft -= some;
                answeredIfWhole();
            } else {
                head.append((char) (bytes.get() & 0xff));
                takeHead();
            }
        }
    }

    private void takeHead() {
        int length = head.length();
        if (length > MAX_HEAD_BYTES) {
            wrong = "a head of more than " + MAX_HEAD_BYTES + " bytes";
            head.setLength(0);
        }
        if (length < 4 || !head.substring(length - 4).equals("\r\n\r\n")) {
            return;
        }
        String answer = head.toString();
        head.setLength(0);
        String bodyLength = AnswerReader.header(answer, "Content-Length");
        inPage = answer.startsWith("HTTP/1.1 200 ");
        boolean isRefusal = answer.startsWith("HTTP/1.1 503 ") && AnswerReader.header(answer, "Retry-After") != null;
        if (bodyLength == null || !(inPage || isRefusal)) {
            wrong = answer.lines().findFirst().orElse("");
        }
        bodyLeft = bodyLength == null ? 0 : Long.parseLong(bodyLength);
        answeredIfWhole();
    }

    private void answeredIfWhole() {
        if (bodyLeft == 0) {
            pages += inPage ? 1 : 0;
            refusals += inPage ? 0 : 1;
        }
    }

    @Override
    void ended(@Nullable IOException because) {
        endedAt = System.nanoTime();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
