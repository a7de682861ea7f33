package dev.varve.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to a server on this machine. It never sends a request a second time by itself, which clients in
 * libraries do and which would spoil every check of exactly-once. Confined to one thread, except {@link #close()}.
 */
public final class Http implements Closeable {

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
    private static final long NOT_WRITTEN = Long.MAX_VALUE;
    private static final int MAX_LINE_BYTES = 64 * 1024;

    /** The whole answer. */
    public record Answer(int status, Map<String, String> headers, byte[] body) {

        public @Nullable String header(String lowerCaseName) {
            return headers.get(lowerCaseName);
        }

        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /** The head of an answer and its body as it arrives. The body ends with -1 where the answer ends. */
    public record Live(int status, Map<String, String> headers, InputStream body) {}

    private final int port;
    private final int timeoutMillis;
    private int receiveBytes;
    private volatile @Nullable Socket socket;
    private @Nullable BufferedInputStream in;
    private long writtenNanos = NOT_WRITTEN;

    public Http(int port, int timeoutMillis) {
        this.port = port;
        this.timeoutMillis = timeoutMillis;
    }

    /** Limits how much the kernel takes in for the next connection before it is read. */
    public void receiveBytes(int bytes) {
        receiveBytes = bytes;
    }

    /**
     * Sends a request and waits for the whole answer.
     *
     * @param headers name, value, name, value …
     * @throws IOException when no whole answer came; the server may or may not have done what was asked
     */
    public Answer send(String method, String path, byte[] body, String... headers) throws IOException {
        try {
            return whole(method, open(method, path, body, headers));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Waits for the whole answer to a request that {@link #write} has sent. */
    Answer receive(String method) throws IOException {
        return whole(method, answer());
    }

    private Answer whole(String method, Live live) throws IOException {
        byte[] all = method.equals("HEAD") || live.status() == 204 || live.status() == 304
                ? new byte[0]
                : live.body().readAllBytes();
        if ("close".equalsIgnoreCase(live.headers().get("connection"))) {
            close();
        }
        return new Answer(live.status(), live.headers(), all);
    }

    /** Sends a request and returns once the head of the answer is there. */
    public Live open(String method, String path, byte[] body, String... headers) throws IOException {
        writtenNanos = NOT_WRITTEN;
        write(method, path, body, 0, headers);
        writtenNanos = System.nanoTime();
        return answer();
    }

    /** Whether the last request had left as a whole before a moment. */
    boolean wroteBefore(long nanos) {
        return writtenNanos != NOT_WRITTEN && writtenNanos - nanos < 0;
    }

    /**
     * Sends a request and waits for nothing.
     *
     * @param heldBack how many bytes at its end are held back
     */
    public void write(String method, String path, byte[] body, int heldBack, String... headers) throws IOException {
        OutputStream out = connected().getOutputStream();
        ByteArrayOutputStream request = new ByteArrayOutputStream(256 + body.length);
        StringBuilder head = new StringBuilder(256)
                .append(method)
                .append(' ')
                .append(path)
                .append(" HTTP/1.1\r\nHost: 127.0.0.1:")
                .append(port)
                .append("\r\n");
        for (int i = 0; i < headers.length; i += 2) {
            head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
        }
        if (body.length > 0 || method.equals("POST") || method.equals("PUT")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        request.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        out.write(request.toByteArray(), 0, request.size() - heldBack);
    }

    private Live answer() throws IOException {
        String status = line();
        if (!status.startsWith("HTTP/1.1 ") || status.length() < 12) {
            throw new IOException("not an HTTP/1.1 status line: " + status);
        }
        Map<String, String> answered = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("not a header line: " + line);
            }
            answered.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return new Live(Integer.parseInt(status.substring(9, 12)), answered, body(answered));
    }

    /** Connects, unless that was done before. Nothing is sent. */
    public void connect() throws IOException {
        var _ = connected();
    }

    private Socket connected() throws IOException {
        Socket open = socket;
        if (open == null) {
            open = new Socket();
            open.setTcpNoDelay(true);
            open.setSoTimeout(timeoutMillis);
            if (receiveBytes > 0) {
                open.setReceiveBufferSize(receiveBytes);
            }
            socket = open;
            open.connect(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port),
                    CONNECT_TIMEOUT_MILLIS);
            in = new BufferedInputStream(open.getInputStream(), 64 * 1024);
        }
        return open;
    }

    private InputStream body(Map<String, String> headers) throws IOException {
        if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
            return new Chunked();
        }
        String length = headers.get("content-length");
        return length == null ? input() : new Sized(Long.parseLong(length));
    }

    private BufferedInputStream input() throws IOException {
        BufferedInputStream open = in;
        if (open == null) {
            throw new IOException("the connection is closed");
        }
        return open;
    }

    private String line() throws IOException {
        BufferedInputStream from = input();
        StringBuilder line = new StringBuilder(64);
        for (int b = from.read(); b != '\n'; b = from.read()) {
            if (b < 0) {
                throw new EOFException("the server closed the connection");
            }
            if (line.length() > MAX_LINE_BYTES) {
                throw new IOException("a header line is longer than " + MAX_LINE_BYTES + " bytes");
            }
            line.append((char) b);
        }
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }

    /** Closes the connection; the next request opens a new one. Thread-safe: a reader that waits in it fails. */
    @Override
    public void close() {
        Socket open = socket;
        socket = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // It is of no use any more, closed or not.
            }
        }
    }

    /** A body of known length. */
    private final class Sized extends InputStream {
        private long left;

        Sized(long length) {
            left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int got = input().read(into, from, (int) Math.min(length, left));
            if (got < 0) {
                throw new EOFException("the answer ends " + left + " bytes early");
            }
            left -= got;
            return got;
        }
    }

    /** A body in chunks. */
    private final class Chunked extends InputStream {
        private long left;
        private boolean first = true;
        private boolean ended;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            if (left == 0 && !ended) {
                next();
            }
            if (ended) {
                return -1;
            }
            int got = input().read(into, from, (int) Math.min(length, left));
            if (got < 0) {
                throw new EOFException("a chunk ends " + left + " bytes early");
            }
            left -= got;
            return got;
        }

        private void next() throws IOException {
            if (!first && !line().isEmpty()) {
                throw new IOException("a chunk is longer than it said");
            }
            first = false;
            String size = line();
            int semicolon = size.indexOf(';');
            left = Long.parseLong((semicolon < 0 ? size : size.substring(0, semicolon)).strip(), 16);
            if (left == 0) {
                ended = true;
                while (!line().isEmpty()) {
                    // Trailers say nothing here.
                }
            }
        }
    }
}
