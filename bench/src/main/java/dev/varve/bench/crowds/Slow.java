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

    final Kind kind;
    private final String path;
    private long connectedAt;
    private long endedAt;
    private long sent;

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
            sent++;
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

    long sent() {
        return sent;
    }

    @Override
    void received(ByteBuffer bytes) {
        bytes.position(bytes.limit());
    }

    @Override
    void ended(@Nullable IOException because) {
        endedAt = System.nanoTime();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
