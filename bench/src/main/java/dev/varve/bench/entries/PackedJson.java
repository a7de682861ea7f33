package dev.varve.bench.entries;

import java.io.IOException;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;
import tools.jackson.databind.JsonNode;

/** JSON as MessagePack and back, by another implementation than the server's. Stateless. */
final class PackedJson {

    private PackedJson() {}

    /** The message of a text. */
    static byte[] pack(String json) throws IOException {
        try (MessageBufferPacker out = MessagePack.newDefaultBufferPacker()) {
            pack(out, WatchCalls.JSON.readTree(json));
            return out.toByteArray();
        }
    }

    private static void pack(MessageBufferPacker out, JsonNode value) throws IOException {
        switch (value.getNodeType()) {
            case NULL -> out.packNil();
            case BOOLEAN -> out.packBoolean(value.booleanValue());
            case STRING -> out.packString(value.stringValue());
            case NUMBER -> {
                if (value.isIntegralNumber()) {
                    out.packLong(value.longValue());
                } else {
                    out.packDouble(value.doubleValue());
                }
            }
            case ARRAY -> {
                out.packArrayHeader(value.size());
                for (JsonNode item : value) {
                    pack(out, item);
                }
            }
            case OBJECT -> {
                out.packMapHeader(value.size());
                for (var field : value.properties()) {
                    out.packString(field.getKey());
                    pack(out, field.getValue());
                }
            }
            default -> throw new IllegalArgumentException("no JSON: " + value);
        }
    }

    /**
     * The text of a message.
     *
     * @throws IOException when it is not one value and nothing else
     */
    static String text(byte[] packed) throws IOException {
        try (MessageUnpacker in = MessagePack.newDefaultUnpacker(packed)) {
            String text = in.unpackValue().toJson();
            if (in.hasNext()) {
                throw new IOException("something follows the message " + text);
            }
            return text;
        } catch (MessagePackException e) {
            throw new IOException("a message that is no MessagePack", e);
        }
    }
}
