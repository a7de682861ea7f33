package dev.varve.server;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Messages as MessagePack in binary frames: {@code vsn=3.0.0}. Stateless; thread-safe.
 */
final class PhoenixPack extends PhoenixCodec {

    static final PhoenixCodec CODEC = new PhoenixPack();

    private static final byte[] END = {};
    private static final int MESSAGE = MessagePack.FIX_ARRAY | PhoenixMessage.PARTS;

    private PhoenixPack() {
        super(1, WebSocketFrames.BINARY);
    }

    @Override
    PhoenixMessage read(ByteBuf bytes) throws PhoenixMessage.Malformed {
        MessagePack.Reader reader = new MessagePack.Reader(bytes);
        try {
            if (reader.arraySize() != PhoenixMessage.PARTS) {
                throw notAMessage();
            }
            String joinRef = ref(reader.value());
            String ref = ref(reader.value());
            String topic = string(reader.value());
            String event = string(reader.value());
            EntryValue payload = null;
            String fault = null;
            try {
                payload = reader.value();
                if (bytes.isReadable()) {
                    throw new PhoenixMessage.Malformed("something follows the message");
                }
            } catch (EntryJsonException e) {
                fault = e.detail();
            }
            return new PhoenixMessage(joinRef, ref, topic, event, payload, fault);
        } catch (IndexOutOfBoundsException e) {
            throw new PhoenixMessage.Malformed("the MessagePack value is cut off");
        } catch (EntryJsonException e) {
            throw new PhoenixMessage.Malformed(e.detail());
        }
    }

    private static PhoenixMessage.Malformed notAMessage() {
        return new PhoenixMessage.Malformed("a message is [join_ref, ref, topic, event, payload]");
    }

    private static @Nullable String ref(EntryValue value) throws PhoenixMessage.Malformed {
        return value instanceof EntryValue.Null ? null : string(value);
    }

    private static String string(EntryValue value) throws PhoenixMessage.Malformed {
        if (value instanceof EntryValue.Text(String text)) {
            return text;
        }
        throw notAMessage();
    }

    @Override
    byte[] head(@Nullable String joinRef, @Nullable String ref, String topic, String event) {
        return written(out -> {
            out.writeByte(MESSAGE);
            for (String part : new @Nullable String[] {joinRef, ref, topic, event}) {
                if (part == null) {
                    out.writeByte(MessagePack.NIL);
                } else {
                    MessagePack.write(out, part);
                }
            }
        });
    }

    @Override
    byte[] payload(EntryValue value) {
        return written(out -> MessagePack.write(out, value));
    }

    /** The same fields as in JSON. */
    @Override
    byte[] event(ChangePages.Change change) {
        EntryEvent event = change.event();
        List<EntryValue> segments = new ArrayList<>();
        event.path().segments().forEach(segment -> segments.add(EntryValue.of(segment)));
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("store_seq", EntryValue.of(event.storeSeq()));
        fields.put("op", EntryValue.of(event.kind().wireName()));
        fields.put("path", EntryValue.of(event.path().toString()));
        fields.put("path_segments", new EntryValue.Items(segments));
        fields.put("value", Objects.requireNonNullElseGet(event.value(), EntryValue.Null::new));
        fields.put("device_id", EntryValue.of(event.deviceId()));
        fields.put("client_op_id", EntryValue.of(event.clientOpId()));
        if (change.more()) {
            fields.put(MORE, EntryValue.of(true));
        }
        return payload(new EntryValue.Fields(fields));
    }

    private static byte[] written(Consumer<ByteBuf> writer) {
        ByteBuf out = Unpooled.buffer(128);
        writer.accept(out);
        return ByteBufUtil.getBytes(out);
    }

    @Override
    byte[] end() {
        return END;
    }
}
