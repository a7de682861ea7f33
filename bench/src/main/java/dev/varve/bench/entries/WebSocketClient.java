package dev.varve.bench.entries;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * One WebSocket to a server on this machine, as small as can be. Messages are JSON here, and JSON or MessagePack on the wire.
 * Confined to one thread, except {@link #close()}.
 */
public final class WebSocketClient implements Closeable {

    /** How messages stand on the wire. */
    public enum Form {
        JSON("2.0.0", TEXT),
        MESSAGE_PACK("3.0.0", BINARY);

        private final String version;
        private final int opcode;

        Form(String version, int opcode) {
            this.version = version;
            this.opcode = opcode;
        }
    }

    private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
    private static final int MAX_HEAD_BYTES = 16 * 1024;
    private static final int FINAL = 0x80;
    private static final int CONTINUATION = 0x0;
    private static final int TEXT = 0x1;
    private static final int BINARY = 0x2;
    private static final int CLOSE = 0x8;
    private static final int PING = 0x9;
    private static final int PONG = 0xa;

    private final Form form;
    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final OutputStream out;
    private final SplittableRandom masks = new SplittableRandom(1);

    /**
     * Connects.
     *
     * @param device the name of this client
     * @param receiveBytes how much the kernel takes in before it is read; 0 for as much as it likes
     * @throws IOException when the server does not switch protocols
     */
    public WebSocketClient(int port, String device, Form form, int timeoutMillis, int receiveBytes) throws IOException {
        this.form = form;
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMillis);
            if (receiveBytes > 0) {
                socket.setReceiveBufferSize(receiveBytes);
            }
            socket.connect(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port),
                    CONNECT_TIMEOUT_MILLIS);
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 16 * 1024));
            out = socket.getOutputStream();
            out.write(("GET /ws/sync/websocket?token=t&device_id=" + device + "&capver=3&vsn=" + form.version
                            + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            String head = head();
            if (!head.startsWith("HTTP/1.1 101 ")) {
                throw new IOException(
                        "no WebSocket but " + head.lines().findFirst().orElse(""));
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int next = in.read();
            if (next < 0 || head.length() > MAX_HEAD_BYTES) {
                throw new EOFException("the answer to the handshake does not end");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** Sends a message. */
    public void send(String json) throws IOException {
        send(form.opcode, payload(json));
    }

    private byte[] payload(String json) throws IOException {
        return form == Form.JSON ? json.getBytes(StandardCharsets.UTF_8) : PackedJson.pack(json);
    }

    /** Sends a message but for its last byte, and cuts the connection. */
    public void sendInPart(String json) throws IOException {
        byte[] frame = frame(form.opcode, payload(json));
        out.write(frame, 0, frame.length - 1);
        close();
    }

    private void send(int opcode, byte[] payload) throws IOException {
        out.write(frame(opcode, payload));
    }

    private byte[] frame(int opcode, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
        frame.put((byte) (FINAL | opcode));
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length <= 0xffff) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        byte[] mask = ByteBuffer.allocate(4).putInt(masks.nextInt()).array();
        frame.put(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ mask[i % 4]));
        }
        return Arrays.copyOf(frame.array(), frame.position());
    }

    /**
     * The next message as JSON; pings are answered on the way.
     *
     * @throws EOFException when the server has closed the socket
     */
    public String next() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        while (true) {
            int first = in.readUnsignedByte();
            int second = in.readUnsignedByte();
            if ((second & 0x80) != 0) {
                throw new IOException("the server masks what it sends");
            }
            long length = second < 126 ? second : second == 126 ? in.readUnsignedShort() : in.readLong();
            byte[] payload = new byte[Math.toIntExact(length)];
            in.readFully(payload);
            switch (first & 0xf) {
                case TEXT, BINARY, CONTINUATION -> {
                    if ((first & 0xf) != CONTINUATION && (first & 0xf) != form.opcode) {
                        throw new IllegalStateException(
                                "a message of kind " + (first & 0xf) + " to a client of " + form);
                    }
                    message.writeBytes(payload);
                    if ((first & FINAL) != 0) {
                        return form == Form.JSON
                                ? message.toString(StandardCharsets.UTF_8)
                                : PackedJson.text(message.toByteArray());
                    }
                }
                case PING -> send(PONG, payload);
                case PONG -> {}
                case CLOSE ->
                    throw new EOFException("closed with "
                            + (payload.length < 2
                                    ? 1005
                                    : ByteBuffer.wrap(payload).getShort() & 0xffff));
                default -> throw new IOException("a frame of kind " + (first & 0xf));
            }
        }
    }

    /** Cuts the connection. Thread-safe. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no use any more, closed or not.
        }
    }
}
