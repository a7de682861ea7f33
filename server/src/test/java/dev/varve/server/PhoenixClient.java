package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** A client that speaks JSON over the JDK's WebSocket and shows every message in its order. Confined to the test's thread. */
final class PhoenixClient implements AutoCloseable {

    static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** What came, in parts of a message and its end. */
    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();

    private final Deque<Message> skipped = new ArrayDeque<>();
    private final WebSocket socket;
    private int refs;

    /** A message. */
    record Message(JsonNode parts) {

        @Nullable String joinRef() {
            return parts.get(0).isNull() ? null : parts.get(0).asString();
        }

        @Nullable String ref() {
            return parts.get(1).isNull() ? null : parts.get(1).asString();
        }

        String topic() {
            return parts.get(2).asString();
        }

        String event() {
            return parts.get(3).asString();
        }

        JsonNode payload() {
            return parts.get(4);
        }

        JsonNode response() {
            return payload().get("response");
        }

        String status() {
            return payload().get("status").asString();
        }
    }

    /** A text, or how the socket was closed. */
    private record Received(@Nullable String text, int closeCode, String closeReason) {}

    private PhoenixClient(URI uri) {
        this.socket = HTTP.newWebSocketBuilder()
                .buildAsync(uri, new Listener())
                .orTimeout(TestServer.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
        this.socket.request(Long.MAX_VALUE);
    }

    static PhoenixClient connect(VarveServer server) {
        return connect(server, "dev_test");
    }

    static PhoenixClient connect(VarveServer server, String device) {
        return new PhoenixClient(uri(server, "token=t&device_id=" + device + "&capver=3&vsn=2.0.0"));
    }

    /** As the holder of a token. */
    static PhoenixClient connectAs(VarveServer server, String token) {
        return new PhoenixClient(uri(server, "token=" + token + "&device_id=dev_test&capver=3&vsn=2.0.0"));
    }

    static URI uri(VarveServer server, String query) {
        return URI.create("ws://127.0.0.1:" + server.port() + "/ws/sync/websocket?" + query);
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                received.add(new Received(text.toString(), 0, ""));
                text.setLength(0);
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            throw new IllegalStateException("a binary message");
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            received.add(new Received(null, code, reason));
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            received.add(new Received(null, -1, error.toString()));
        }
    }

    String nextRef() {
        return Integer.toString(++refs);
    }

    /** Sends a message as it is. */
    void sendText(String text) {
        socket.sendText(text, true)
                .orTimeout(TestServer.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    /** Sends a message whose payload is JSON with single quotes. */
    String send(@Nullable String joinRef, String topic, String event, String payload) {
        String ref = nextRef();
        sendText("[" + (joinRef == null ? "null" : "\"" + joinRef + "\"") + ",\"" + ref + "\",\"" + topic + "\",\""
                + event + "\"," + payload.replace('\'', '"') + "]");
        return ref;
    }

    /** Joins and returns the reply. */
    Message join(String topic, String payload) {
        String ref = Integer.toString(refs + 1);
        send(ref, topic, "phx_join", payload);
        return reply(ref);
    }

    /** Joins from the beginning and waits until all has come that was there. */
    String joined(String topic) {
        Message reply = join(topic, "{'last_store_seq':0}");
        assertThat(reply.status()).isEqualTo("ok");
        await("catch_up_complete");
        return String.valueOf(reply.joinRef());
    }

    /** Pushes and returns the reply; what comes before it is kept. */
    Message push(@Nullable String joinRef, String topic, String event, String payload) {
        return reply(send(joinRef, topic, event, payload));
    }

    Message reply(String ref) {
        return await(message -> message.event().equals("phx_reply") && ref.equals(message.ref()));
    }

    /** The next message that has not been looked at. */
    Message next() {
        Message kept = skipped.poll();
        return kept == null ? receive() : kept;
    }

    Message await(String event) {
        return await(message -> message.event().equals(event));
    }

    /** The first message like this; earlier ones are kept. */
    Message await(Predicate<Message> wanted) {
        for (Message kept : skipped) {
            if (wanted.test(kept)) {
                skipped.remove(kept);
                return kept;
            }
        }
        while (true) {
            Message message = receive();
            if (wanted.test(message)) {
                return message;
            }
            skipped.add(message);
        }
    }

    private Message receive() {
        Received next = take();
        String text = next.text();
        if (text == null) {
            throw new AssertionError("closed: " + next.closeCode() + " " + next.closeReason());
        }
        return new Message(JSON.readTree(text));
    }

    /** Whether the server has not closed the socket. */
    boolean isOpen() {
        return received.stream().noneMatch(message -> message.text() == null);
    }

    /** How the server closed the socket, after messages that are dropped. */
    int closeCode() {
        while (true) {
            Received next = take();
            if (next.text() == null) {
                return next.closeCode();
            }
        }
    }

    private Received take() {
        try {
            Received next = received.poll(TestServer.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            if (next == null) {
                throw new AssertionError("nothing came; kept: " + skipped);
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Whether nothing has come that was not looked at, after a heartbeat's answer. */
    boolean quiet() {
        push(null, "phoenix", "heartbeat", "{}");
        return skipped.isEmpty();
    }

    @Override
    public void close() throws IOException {
        socket.abort();
    }
}
