package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket that speaks Phoenix Channels: hands messages to the stores that it has joined and sends their answers.
 * Messages are handled in the order in which they come; while a join is being answered, or too much is under way, later
 * ones wait. Confined to the connection's loop.
 */
final class PhoenixSocket implements WebSocketLink.Receiver {

    /** Pushes of one socket that are not answered yet. */
    static final int MAX_UNDER_WAY = 256;

    private static final String HEARTBEAT_TOPIC = "phoenix";
    private static final String STORE_TOPIC = "store:";
    private static final EntryValue NOTHING = new EntryValue.Fields(Map.of());

    final ServerContext server;
    final EntryStorage entries;
    final WebSocketLink link;
    final PhoenixCodec codec;
    final Access access;
    final String deviceId;
    final StorePushes pushes = new StorePushes(this);

    private final Runnable whenGone;
    private final Map<String, StoreChannel> channels = new HashMap<>();
    /** What was read together with a message after which reading had to stop. */
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    private int underWay;
    private long bytesUnderWay;
    private int joining;
    private boolean handling;

    /** A message and its size. */
    private record Waiting(PhoenixMessage message, int bytes) {}

    PhoenixSocket(
            ServerContext server,
            EntryStorage entries,
            WebSocketLink link,
            PhoenixCodec codec,
            Access access,
            String deviceId,
            Runnable whenGone) {
        this.server = server;
        this.entries = entries;
        this.link = link;
        this.codec = codec;
        this.access = access;
        this.deviceId = deviceId;
        this.whenGone = whenGone;
    }

    Loop loop() {
        return link.connection().loop();
    }

    /** Has the storage commit what was submitted. */
    void commitSoon() {
        link.connection().writeLoop().commitSoon();
    }

    // ---- what comes ----

    @Override
    public void message(ByteBuf payload, boolean text) {
        PhoenixCodec reader = text ? PhoenixJson.CODEC : codec;
        if (!text && codec == PhoenixJson.CODEC) {
            link.close(WebSocketLink.UNSUPPORTED, "binary messages need vsn=3.0.0");
            return;
        }
        int bytes = payload.readableBytes();
        try {
            waiting.add(new Waiting(reader.read(payload), bytes));
        } catch (PhoenixMessage.Malformed e) {
            link.close(WebSocketLink.INVALID_PAYLOAD, String.valueOf(e.getMessage()));
            return;
        }
        handleWaiting();
    }

    private void handleWaiting() {
        if (handling) {
            return;
        }
        handling = true;
        try {
            while (!waiting.isEmpty() && mayHandle() && link.isOpen()) {
                if (!access.isLive()) {
                    link.revoked();
                    return;
                }
                Waiting next = waiting.remove();
                handle(next.message(), next.bytes());
            }
        } finally {
            handling = false;
        }
    }

    private boolean mayHandle() {
        return joining == 0 && underWay < MAX_UNDER_WAY && bytesUnderWay < server.limits.socketMessageBytes;
    }

    @Override
    public boolean ready() {
        return waiting.isEmpty() && mayHandle();
    }

    /** Something that later messages waited for is done. */
    private void goOn() {
        handleWaiting();
        link.regulate();
    }

    private void handle(PhoenixMessage message, int bytes) {
        if (message.topic().equals(HEARTBEAT_TOPIC)) {
            if (message.event().equals("heartbeat")) {
                ok(message, NOTHING);
            } else {
                error(message, PushProblem.of("unmatched topic"));
            }
            return;
        }
        StoreChannel channel = channels.get(message.topic());
        switch (message.event()) {
            case PhoenixMessage.JOIN -> join(message, channel);
            case PhoenixMessage.LEAVE -> leave(message, channel);
            default -> {
                if (channel == null) {
                    error(message, PushProblem.of("unmatched topic"));
                } else if (message.fault() != null) {
                    error(message, PushProblem.of("invalid_value", message.fault()));
                } else {
                    channel.push(message, bytes);
                }
            }
        }
    }

    private void join(PhoenixMessage message, @Nullable StoreChannel old) {
        if (old != null) {
            old.close(PhoenixMessage.CLOSE);
        }
        String joinRef = message.joinRef() == null ? message.ref() : message.joinRef();
        if (!message.topic().startsWith(STORE_TOPIC)) {
            error(message, PushProblem.of("unmatched topic"));
        } else if (channels.size() >= server.limits.socketChannels) {
            error(
                    message,
                    PushProblem.of(
                            "limit_exceeded",
                            "one socket joins at most " + server.limits.socketChannels + " stores; open another"));
        } else {
            joining++;
            StoreChannel channel = new StoreChannel(this, message, joinRef);
            channels.put(message.topic(), channel);
            channel.join(message.topic().substring(STORE_TOPIC.length()));
        }
    }

    /** A join has been answered. */
    void joined() {
        joining--;
        goOn();
    }

    private void leave(PhoenixMessage message, @Nullable StoreChannel channel) {
        if (channel == null) {
            ok(message, NOTHING); // it crossed with our own closing
        } else if (message.joinRef() == null || message.joinRef().equals(channel.joinRef())) {
            ok(message, NOTHING);
            channel.close(PhoenixMessage.CLOSE);
        }
    }

    void remove(StoreChannel channel) {
        channels.remove(channel.topic(), channel);
    }

    // ---- pushes under way ----

    /**
     * Takes a place for a push that is answered later.
     *
     * @return false when the server has no memory for it
     */
    boolean begin(long bytes) {
        if (!server.admission.tryAcquire(bytes)) {
            return false;
        }
        underWay++;
        bytesUnderWay += bytes;
        return true;
    }

    /** Gives it back once the answer was given or nobody waits for it. */
    void end(long bytes) {
        server.admission.release(bytes);
        underWay--;
        bytesUnderWay -= bytes;
        goOn();
    }

    // ---- what goes ----

    void ok(PhoenixMessage to, EntryValue response) {
        reply(to, "ok", response);
    }

    void error(PhoenixMessage to, PushProblem problem) {
        reply(to, "error", problem.response());
    }

    private void reply(PhoenixMessage to, String status, EntryValue response) {
        if (to.ref() == null || !link.isOpen()) {
            return;
        }
        Map<String, EntryValue> payload = new LinkedHashMap<>();
        payload.put("status", EntryValue.of(status));
        payload.put("response", response);
        send(to.joinRef(), to.ref(), to.topic(), PhoenixMessage.REPLY, new EntryValue.Fields(payload));
    }

    void send(@Nullable String joinRef, @Nullable String ref, String topic, String event, EntryValue payload) {
        if (link.isOpen()) {
            link.send(codec.frame(link.connection().alloc(), joinRef, ref, topic, event, payload));
        }
    }

    // ---- time and fate ----

    @Override
    public void writable() {
        for (StoreChannel channel : List.copyOf(channels.values())) {
            channel.more();
        }
    }

    @Override
    public void second() {
        if (!channels.isEmpty()) {
            List.copyOf(channels.values()).forEach(StoreChannel::second);
        }
    }

    @Override
    public void revoked() {
        List.copyOf(channels.values()).forEach(channel -> channel.close(PhoenixMessage.CLOSE));
    }

    @Override
    public boolean finished() {
        return underWay == 0;
    }

    @Override
    public void gone() {
        waiting.clear();
        List.copyOf(channels.values()).forEach(StoreChannel::gone);
        channels.clear();
        whenGone.run();
    }
}
