package dev.varve.bench;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Reads a stream as fast as it comes and throws the bytes away, without copying them to the heap: a server that sends
 * straight from its files should not wait for its reader. Confined to one thread.
 */
final class BulkReader implements Closeable {

    private static final int BUFFER_BYTES = 1 << 20;
    private static final byte[] HEAD_END = {'\r', '\n', '\r', '\n'};

    private final SocketChannel channel;
    private final int port;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).limit(0);

    BulkReader(int port) throws IOException {
        this.port = port;
        this.channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
    }

    /** Reads the whole stream over and over for some time. Returns the bytes of all bodies. */
    long read(String path, double seconds) throws IOException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        long total = 0;
        String offset = "-1";
        while (System.nanoTime() < end) {
            String request = "GET " + path + "?offset=" + offset + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n";
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            Map<String, String> headers = head();
            String next = headers.get("stream-next-offset");
            if (!headers.getOrDefault("", "").startsWith("HTTP/1.1 200") || next == null) {
                throw new IOException("the server answers " + headers);
            }
            total += "chunked".equalsIgnoreCase(headers.get("transfer-encoding"))
                    ? chunks()
                    : body(Long.parseLong(headers.getOrDefault("content-length", "0")));
            offset = headers.containsKey("stream-up-to-date") ? "-1" : next;
        }
        return total;
    }

    /** Reads a head; the status line stands under the empty name. */
    private Map<String, String> head() throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (String line : until(HEAD_END).split("\r\n")) {
            int colon = line.indexOf(':');
            if (headers.isEmpty()) {
                headers.put("", line);
            } else if (colon > 0) {
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        return headers;
    }

    private String until(byte[] end) throws IOException {
        StringBuilder text = new StringBuilder();
        int matched = 0;
        while (matched < end.length) {
            if (!buffer.hasRemaining()) {
                more();
            }
            byte b = buffer.get();
            matched = b == end[matched] ? matched + 1 : b == end[0] ? 1 : 0;
            text.append((char) b);
        }
        return text.toString();
    }

    private long body(long length) throws IOException {
        long left = length;
        while (left > 0) {
            if (!buffer.hasRemaining()) {
                more();
            }
            int taken = (int) Math.min(left, buffer.remaining());
            buffer.position(buffer.position() + taken);
            left -= taken;
        }
        return length;
    }

    private long chunks() throws IOException {
        byte[] lineEnd = {'\r', '\n'};
        long total = 0;
        while (true) {
            long size = Long.parseLong(until(lineEnd).strip(), 16);
            total += body(size);
            until(lineEnd);
            if (size == 0) {
                return total;
            }
        }
    }

    private void more() throws IOException {
        buffer.clear();
        if (channel.read(buffer) < 0) {
            throw new EOFException("the server closed the connection");
        }
        buffer.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
