package dev.varve.pekko;

import dev.varve.api.EventData;
import java.util.Base64;
import java.util.Map;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * Values as bytes, by the serializers of the actor system. Which one wrote them, and its manifest, stands in the metadata. Thread-safe.
 */
final class Payloads {

    static final String SERIALIZER = "pekko_serializer";
    static final String MANIFEST = "pekko_manifest";
    private static final String EXTRA = "pekko_metadata";
    private static final String CONTENT_TYPE = "application/octet-stream";

    private final Serialization serialization;

    Payloads(ActorSystem system) {
        this.serialization = SerializationExtension.get(system);
    }

    /** Throws what the serializer throws, a checked {@link java.io.NotSerializableException} among it. */
    EventData write(Object value, Map<String, String> metadata) {
        return EventData.wrap(CONTENT_TYPE, write(value, SERIALIZER, MANIFEST, metadata));
    }

    Object read(EventData data, Map<String, String> metadata) {
        return read(data.bytes(), SERIALIZER, MANIFEST, metadata);
    }

    /** What comes along with an event or a snapshot, as replicated actors have it. */
    void writeExtra(Option<Object> extra, Map<String, String> metadata) {
        if (extra.isDefined()) {
            byte[] bytes = write(extra.get(), EXTRA + "_serializer", EXTRA + "_manifest", metadata);
            metadata.put(EXTRA, Base64.getEncoder().encodeToString(bytes));
        }
    }

    @Nullable Object readExtra(Map<String, String> metadata) {
        String bytes = metadata.get(EXTRA);
        return bytes == null
                ? null
                : read(Base64.getDecoder().decode(bytes), EXTRA + "_serializer", EXTRA + "_manifest", metadata);
    }

    private byte[] write(Object value, String serializerName, String manifestName, Map<String, String> metadata) {
        byte[] bytes = serialization.serialize(value).get();
        org.apache.pekko.serialization.Serializer serializer = serialization.findSerializerFor(value);
        metadata.put(serializerName, Integer.toString(serializer.identifier()));
        String manifest = Serializers.manifestFor(serializer, value);
        if (!manifest.isEmpty()) {
            metadata.put(manifestName, manifest);
        }
        return bytes;
    }

    private Object read(byte[] bytes, String serializerName, String manifestName, Map<String, String> metadata) {
        String serializer = metadata.get(serializerName);
        if (serializer == null) {
            throw new IllegalStateException("this was not written by Pekko: its metadata has no " + serializerName);
        }
        return serialization
                .deserialize(bytes, Integer.parseInt(serializer), metadata.getOrDefault(manifestName, ""))
                .get();
    }
}
