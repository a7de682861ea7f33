package dev.varve.server;

import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Messages as JSON in text frames: {@code vsn=2.0.0}. Stateless; thread-safe. */
final class PhoenixJson extends PhoenixCodec {

    static final PhoenixCodec CODEC = new PhoenixJson();

    private static final JsonFactory HEADS = JsonFactory.builder().build();
    private static final byte[] END = {']'};

    private PhoenixJson() {
        super(0, WebSocketFrames.TEXT);
    }

    @Override
    PhoenixMessage read(ByteBuf bytes) throws PhoenixMessage.Malformed {
        byte[] text = ByteBufUtil.getBytes(bytes);
        try {
            if (EntryJson.parse(text) instanceof EntryValue.Items(List<EntryValue> parts)
                    && parts.size() == PhoenixMessage.PARTS) {
                return new PhoenixMessage(
                        ref(parts.get(0)),
                        ref(parts.get(1)),
                        string(parts.get(2)),
                        string(parts.get(3)),
                        parts.get(4),
                        null);
            }
            throw notAMessage();
        } catch (EntryJsonException e) {
            if (e.kind() == ErrorKind.INVALID_JSON) {
                throw new PhoenixMessage.Malformed(e.detail());
            }
            return refused(text, e.detail());
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

    /** A message whose payload cannot be taken is read as far as is needed to answer it. */
    private static PhoenixMessage refused(byte[] text, String why) throws PhoenixMessage.Malformed {
        try (JsonParser parser = HEADS.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw notAMessage();
            }
            String joinRef = nextString(parser, true);
            String ref = nextString(parser, true);
            String topic = nextString(parser, false);
            String event = nextString(parser, false);
            if (topic == null || event == null) {
                throw notAMessage();
            }
            return new PhoenixMessage(joinRef, ref, topic, event, null, why);
        } catch (JacksonException e) {
            throw notAMessage();
        }
    }

    private static @Nullable String nextString(JsonParser parser, boolean orNull) throws PhoenixMessage.Malformed {
        JsonToken token = parser.nextToken();
        if (token == JsonToken.VALUE_STRING) {
            return parser.getString();
        }
        if (orNull && token == JsonToken.VALUE_NULL) {
            return null;
        }
        throw notAMessage();
    }

    @Override
    byte[] head(@Nullable String joinRef, @Nullable String ref, String topic, String event) {
        StringBuilder to = new StringBuilder(64).append('[');
        quote(to, joinRef);
        quote(to.append(','), ref);
        quote(to.append(','), topic);
        quote(to.append(','), event);
        return to.append(',').toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void quote(StringBuilder to, @Nullable String text) {
        if (text == null) {
            to.append("null");
        } else {
            JsonText.quote(to, text);
        }
    }

    @Override
    byte[] payload(EntryValue value) {
        return EntryJson.text(value, EntryJson.Form.ENVELOPES).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    byte[] event(ChangePages.Change change) {
        JsonText json = EntryText.event(change.event());
        return (change.more() ? json.raw(MORE, "true") : json).toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    byte[] end() {
        return END;
    }
}
