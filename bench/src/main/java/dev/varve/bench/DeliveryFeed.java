package dev.varve.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** A way from a writer to readers: what is written, and how readers come to hear of it. Stateless. */
enum DeliveryFeed {

    /** Messages of a stream, by server-sent events. */
    STREAM_EVENTS("stream", "stream, events") {
        @Override
        void create(Http writer) throws IOException {
            Http.Answer answer = writer.send("PUT", STREAM, new byte[0], "Content-Type", "text/plain");
            expect(answer.status() == 200 ? 200 : 201, answer); // it may be there
        }

        @Override
        byte[] message(byte[] text) {
            return text;
        }

        @Override
        void write(Http writer, byte[] message) throws IOException {
            writer.write(method(), STREAM, message, 0, "Content-Type", "text/plain");
        }

        @Override
        String method() {
            return "POST";
        }

        @Override
        void connect(SocketChannel channel, int port) throws IOException {
            send(channel, "GET " + STREAM + "?offset=now&live=sse HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n");
        }

        @Override
        byte[] standing() {
            // Ends the head of an answer, and stands in no event before the first one is whole.
            return ascii("streamNextOffset");
        }
    },

    /** Changes of a store of entries, over a WebSocket. */
    ENTRY_SOCKETS("socket", "entries, WebSocket") {
        @Override
        void create(Http writer) throws IOException {
            write(writer, message(new byte[0]));
            expect(200, writer.receive(method()));
        }

        @Override
        byte[] message(byte[] text) {
            return quoted(text);
        }

        @Override
        void write(Http writer, byte[] message) throws IOException {
            writeEntry(writer, STORE, message);
        }

        @Override
        void connect(SocketChannel channel, int port) throws IOException {
            openSocket(channel, port);
            join(channel, "{\"last_store_seq\":" + UNKNOWN_SEQ + "}");
        }

        @Override
        byte[] standing() {
            return ascii("catch_up_complete");
        }
    },

    /** Changes of a store of entries, by server-sent events. */
    ENTRY_EVENTS("events", "entries, events") {
        @Override
        void create(Http writer) throws IOException {
            write(writer, message(new byte[0]));
            expect(200, writer.receive(method()));
        }

        @Override
        byte[] message(byte[] text) {
            return quoted(text);
        }

        @Override
        void write(Http writer, byte[] message) throws IOException {
            writeEntry(writer, WATCHED_STORE, message);
        }

        @Override
        void connect(SocketChannel channel, int port) throws IOException {
            send(
                    channel,
                    "GET " + WATCHED_STORE + "/watch HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nAccept: text/event-stream\r\n\r\n");
        }

        @Override
        byte[] standing() {
            return ascii("catch_up_complete");
        }
    },

    /** Events of a store, by server-sent events. */
    EVENT_LOG("log", "events") {
        @Override
        void create(Http writer) throws IOException {
            write(writer, message(new byte[0]));
            expect(200, writer.receive(method()));
        }

        @Override
        byte[] message(byte[] text) {
            return ascii("{\"events\":[{\"type\":\"Happened\",\"data\":\"" + new String(text, StandardCharsets.US_ASCII)
                    + "\"}]}");
        }

        @Override
        void write(Http writer, byte[] message) throws IOException {
            writer.write(
                    method(), FOLLOWED_STORE + "/aggregates/bench/a", message, 0, "Content-Type", "application/json");
        }

        @Override
        String method() {
            return "POST";
        }

        @Override
        void connect(SocketChannel channel, int port) throws IOException {
            send(
                    channel,
                    "GET " + FOLLOWED_STORE + "/events?after=now HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nAccept: text/event-stream\r\n\r\n");
        }

        @Override
        byte[] standing() {
            return ascii("caught_up");
        }
    };

    private static final String STREAM = "/v1/stream/bench/events";
    private static final String STORE = "/api/stores/bench/delivery";
    /** A store of its own: those who follow the other one are not told of its changes. */
    private static final String WATCHED_STORE = "/api/stores/bench/watched";

    private static final String FOLLOWED_STORE = "/api/stores/bench/followed";

    /** Ahead of every store, so that a join gets a snapshot, which is one entry, and nothing of what was before. */
    private static final long UNKNOWN_SEQ = 1_000_000_000_000L;

    private static final int MAX_HEAD_BYTES = 16 * 1024;

    /** As it is typed. */
    final String word;

    final String label;

    DeliveryFeed(String word, String label) {
        this.word = word;
        this.label = label;
    }

    /** Makes what is written to. */
    abstract void create(Http writer) throws IOException;

    /** What is written so that readers get a text of plain letters: made before the clock runs. May be the text itself. */
    abstract byte[] message(byte[] text);

    /** Sends a message and waits for nothing. */
    abstract void write(Http writer, byte[] message) throws IOException;

    /** What messages are sent with. */
    String method() {
        return "PUT";
    }

    /** Has a new connection, which still blocks, follow what is written from now on. */
    abstract void connect(SocketChannel channel, int port) throws IOException;

    /** What the server sends once a reader follows. */
    abstract byte[] standing();

    private static void expect(int status, Http.Answer answer) throws IOException {
        if (answer.status() != status) {
            throw new IOException("status " + answer.status() + " " + answer.text());
        }
    }

    private static void writeEntry(Http writer, String store, byte[] message) throws IOException {
        writer.write("PUT", store + "/entries/k", message, 0, "Content-Type", "application/json");
    }

    private static byte[] quoted(byte[] text) {
        return ascii('"' + new String(text, StandardCharsets.US_ASCII) + '"');
    }

    /** Makes a WebSocket of a connection and returns when the server has agreed. */
    static void openSocket(SocketChannel channel, int port) throws IOException {
        send(
                channel,
                "GET /ws/sync/websocket?token=t&device_id=bench&capver=3&vsn=2.0.0 HTTP/1.1\r\nHost: 127.0.0.1:" + port
                        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        StringBuilder head = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (head.indexOf("\r\n\r\n") < 0) {
            one.clear();
            if (channel.read(one) < 0 || head.length() > MAX_HEAD_BYTES) {
                throw new IOException("the answer to the handshake ends early: " + head);
            }
            head.append((char) one.get(0));
        }
        if (!head.toString().startsWith("HTTP/1.1 101 ")) {
            throw new IOException("no WebSocket but " + head);
        }
    }

    /** Joins the store. */
    static void join(SocketChannel channel, String payload) throws IOException {
        byte[] message = ascii("[\"1\",\"1\",\"store:bench/delivery\",\"phx_join\"," + payload + "]");
        // A mask of zeros leaves the message as it is. More than 125 and less than 65,536 bytes have a length of two.
        ByteBuffer frame = ByteBuffer.allocate(message.length + 8).put((byte) 0x81);
        if (message.length < 126) {
            frame.put((byte) (0x80 | message.length));
        } else {
            frame.put((byte) (0x80 | 126)).putShort((short) message.length);
        }
        write(channel, frame.putInt(0).put(message).flip());
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        write(channel, ByteBuffer.wrap(ascii(text)));
    }

    private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
