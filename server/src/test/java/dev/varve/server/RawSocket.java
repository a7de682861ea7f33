package dev.varve.server;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A WebSocket that sends the frames which a test wants, right or wrong. Confined to the test's thread. */
final class RawSocket implements AutoCloseable {

    static final int CONTINUATION = 0x0;
    static final int TEXT = 0x1;
    static final int BINARY = 0x2;
    static final int CLOSE = 0x8;
    static final int PING = 0x9;
    static final int PONG = 0xa;
    static final int FINAL = 0x80;

    static final String TARGET = "/ws/sync/websocket?token=t&device_id=raw&capver=3&vsn=";
    static final String[] UPGRADE = {
        "Upgrade: websocket",
        "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    };

    private static final int[] MASK = {0x37, 0xfa, 0x21, 0x3d};

    private final RawConnection connection;
    private final DataInputStream in;

    /** A frame from the server. */
    record Frame(int opcode, byte[] payload) {

        String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        /** The code of a close frame; -1 when it has none. */
        int closeCode() {
            return payload.length < 2 ? -1 : ByteBuffer.wrap(payload).getShort() & 0xffff;
        }
    }

    private RawSocket(RawConnection connection) {
        this.connection = connection;
        this.in = new DataInputStream(connection.input());
    }

    static RawSocket open(VarveServer server) throws IOException {
        return open(RawConnection.open(server.port()), "2.0.0");
    }

    static RawSocket open(RawConnection connection, String version) throws IOException {
        connection.request("GET", TARGET + version, "", UPGRADE);
        RawConnection.Answer answer = connection.answer();
        if (answer.status() != 101) {
            throw new IOException(answer.status() + " " + answer.text());
        }
        return new RawSocket(connection);
    }

    /** A frame as clients send it. */
    static byte[] masked(int firstByte, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(firstByte);
        if (payload.length < 126) {
            out.write(0x80 | payload.length);
        } else if (payload.length <= 0xffff) {
            out.write(0x80 | 126);
            out.writeBytes(
                    ByteBuffer.allocate(2).putShort((short) payload.length).array());
        } else {
            out.write(0x80 | 127);
            out.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
        }
        for (int b : MASK) {
            out.write(b);
        }
        for (int i = 0; i < payload.length; i++) {
            out.write(payload[i] ^ MASK[i % 4]);
        }
        return out.toByteArray();
    }

    RawSocket sendBytes(byte[] bytes) throws IOException {
        connection.send(bytes);
        return this;
    }

    RawSocket send(int firstByte, byte[] payload) throws IOException {
        return sendBytes(masked(firstByte, payload));
    }

    RawSocket send(int firstByte, String payload) throws IOException {
        return send(firstByte, payload.getBytes(StandardCharsets.UTF_8));
    }

    RawSocket text(String text) throws IOException {
        return send(FINAL | TEXT, text);
    }

    Frame read() throws IOException {
        int first = in.readUnsignedByte();
        int length = in.readUnsignedByte();
        long bytes = length < 126 ? length : length == 126 ? in.readUnsignedShort() : in.readLong();
        byte[] payload = in.readNBytes((int) bytes);
        return new Frame(first & 0xf, payload);
    }

    /** Reads up to a close frame. */
    int closeCode() throws IOException {
        Frame frame = read();
        while (frame.opcode() != CLOSE) {
            frame = read();
        }
        return frame.closeCode();
    }

    boolean endsHere() {
        return connection.endsHere();
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
