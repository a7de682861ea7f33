package dev.varve.server;

import dev.varve.api.EntryValue;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A channel that is seen by others in its store and is told who else is there, as Phoenix tells it. What others look at never changes;
 * the rest is confined to the connection's loop.
 */
final class PresenceMember implements StorePresence.Present {

    /** The largest object that a client says of itself, as JSON. */
    static final int MAX_META_BYTES = 1_024;

    private static final String INVALID = "invalid_presence";

    private final PhoenixSocket socket;
    private final String topic;
    private final @Nullable String joinRef;
    private final String ref;
    private final EntryValue meta;

    private @Nullable UUID store;
    private @Nullable StorePresence presence;
    private long known = StorePresence.NOTHING;

    /** Whether there is something to tell. */
    private boolean due;

    private PresenceMember(PhoenixSocket socket, String topic, @Nullable String joinRef, @Nullable EntryValue own) {
        this.socket = socket;
        this.topic = topic;
        this.joinRef = joinRef;
        this.ref = Long.toUnsignedString(socket.server.random.nextLong(), Character.MAX_RADIX);
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("phx_ref", EntryValue.of(ref));
        fields.put("online_at", EntryValue.of(TimeUnit.MILLISECONDS.toSeconds(socket.server.clock.wallMillis())));
        fields.put("device_id", EntryValue.of(socket.deviceId));
        if (own != null) {
            fields.put("meta", own);
        }
        this.meta = new EntryValue.Fields(fields);
    }

    /**
     * What a join asks for.
     *
     * @return who is to be present; null when the client does not want to be
     * @throws PushProblem when it makes no sense
     */
    static @Nullable PresenceMember of(PushFields join, PhoenixSocket socket, String topic, @Nullable String joinRef) {
        return switch (join.get("presence")) {
            case null -> null;
            case EntryValue.Bool(boolean wanted) -> wanted ? new PresenceMember(socket, topic, joinRef, null) : null;
            case EntryValue.Fields wanted ->
                new PresenceMember(socket, topic, joinRef, own(new PushFields(wanted.fields())));
            default -> throw PushProblem.of(INVALID, "presence is true, or an object with meta");
        };
    }

    private static @Nullable EntryValue own(PushFields presence) {
        EntryValue own = presence.get("meta");
        if (own == null) {
            return null;
        }
        if (!(own instanceof EntryValue.Fields)) {
            throw PushProblem.of(INVALID, "meta is an object");
        }
        int bytes = EntryJson.text(own, EntryJson.Form.PLAIN).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_META_BYTES) {
            throw PushProblem.of(INVALID, "meta has at most " + MAX_META_BYTES + " bytes as JSON, it has " + bytes);
        }
        return own;
    }

    // ---- what others look at ----

    @Override
    public String ref() {
        return ref;
    }

    @Override
    public String deviceId() {
        return socket.deviceId;
    }

    @Override
    public EntryValue meta() {
        return meta;
    }

    @Override
    public Loop loop() {
        return socket.loop();
    }

    // ---- on the loop ----

    /**
     * Is seen from now on.
     *
     * @throws PushProblem when as many are present as may be
     */
    void enter(UUID joined) {
        presence = socket.server.presences.enter(joined, this);
        store = joined;
        due = true;
    }

    /** Is not seen any more. */
    void leave() {
        UUID left = store;
        store = null;
        presence = null;
        if (left != null) {
            socket.server.presences.leave(left, this);
        }
    }

    @Override
    public void told() {
        due = true;
        more();
    }

    /** Tells what the client does not know, if the socket takes it. */
    void more() {
        StorePresence there = presence;
        if (!due || there == null || !socket.link.isWritable()) {
            return;
        }
        due = false;
        StorePresence.Update update = there.since(known);
        known = update.through();
        PresenceMessage message = update.message();
        if (message != null) {
            ByteBufAllocator allocator = socket.link.connection().alloc();
            byte[] payload = message.payload(socket.codec);
            byte[] head = socket.codec.head(joinRef, null, topic, message.event);
            socket.link.send(socket.codec.frame(allocator, head, payload));
        }
    }
}
