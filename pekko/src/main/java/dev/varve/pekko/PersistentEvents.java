package dev.varve.pekko;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.EventData;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.Tagged;
import org.apache.pekko.serialization.Serialization;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** What a journal is given, as events, and back. Sequence numbers begin at 1, versions at 0. Thread-safe. */
final class PersistentEvents {

    private static final String WRITER = "pekko_writer";
    private static final String EVENT_MANIFEST = "pekko_event_manifest";
    private static final String SENDER = "pekko_sender";
    private static final String REJECTED = "pekko_rejected";

    private final ExtendedActorSystem system;
    private final Payloads payloads;

    PersistentEvents(ExtendedActorSystem system) {
        this.system = system;
        this.payloads = new Payloads(system);
    }

    /** Throws what the serializer throws, or what tells that the event is larger than one may be: then it is rejected. */
    NewEvent write(PersistentRepr message) {
        Object payload = message.payload();
        Set<String> tags = Set.of();
        if (payload instanceof Tagged tagged) {
            payload = tagged.payload();
            tags = CollectionConverters.asJava(tagged.tags());
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        EventData data = payloads.write(payload, metadata);
        payloads.writeExtra(message.metadata(), metadata);
        putUnlessEmpty(metadata, WRITER, message.writerUuid());
        putUnlessEmpty(metadata, EVENT_MANIFEST, message.manifest());
        if (message.sender() != null) {
            metadata.put(SENDER, Serialization.serializedActorPath(message.sender()));
        }
        String type = type(metadata.getOrDefault(Payloads.MANIFEST, ""), payload);
        Instant time = message.timestamp() == 0 ? null : Instant.ofEpochMilli(message.timestamp());
        return new NewEvent(UUID.randomUUID(), type, data, tags, metadata, time);
    }

    /**
     * Stands for one that was rejected, so that those after it have the versions that go with their sequence numbers. Read as
     * nothing.
     */
    static NewEvent rejected() {
        return NewEvent.json("PersistRejected", "{}").withMetadata(REJECTED, "true");
    }

    /** Null for one that was rejected. */
    @Nullable PersistentRepr read(String persistenceId, StoredEvent event) {
        Map<String, String> metadata = event.metadata();
        if (metadata.containsKey(REJECTED)) {
            return null;
        }
        PersistentRepr message = PersistentRepr.apply(
                        payloads.read(event.data(), metadata),
                        event.version() + 1,
                        persistenceId,
                        metadata.getOrDefault(EVENT_MANIFEST, ""),
                        false,
                        sender(metadata.get(SENDER)),
                        metadata.getOrDefault(WRITER, ""))
                .withTimestamp(event.time().toEpochMilli());
        Object extra = payloads.readExtra(metadata);
        return extra == null ? message : message.withMetadata(extra);
    }

    private ActorRef sender(@Nullable String path) {
        return path == null ? ActorRef.noSender() : system.provider().resolveActorRef(path);
    }

    private static void putUnlessEmpty(Map<String, String> metadata, String name, String text) {
        if (!text.isEmpty()) {
            metadata.put(name, text);
        }
    }

    /** What others find the event by: what its serializer calls it, or its class. */
    private static String type(String manifest, Object payload) {
        return Stream.of(
                        manifest,
                        payload.getClass().getName(),
                        payload.getClass().getSimpleName())
                .filter(PersistentEvents::canBeType)
                .findFirst()
                .orElse("PersistentEvent");
    }

    private static boolean canBeType(String name) {
        return !name.isEmpty()
                && name.getBytes(UTF_8).length <= NewEvent.MAX_TYPE_BYTES
                && name.chars().noneMatch(Character::isISOControl);
    }
}
