package dev.varve.axon;

import dev.varve.api.EventData;
import dev.varve.api.EventQuery;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.axonframework.eventsourcing.eventstore.TaggedEventMessage;
import org.axonframework.messaging.core.MessageType;
import org.axonframework.messaging.core.QualifiedName;
import org.axonframework.messaging.eventhandling.EventMessage;
import org.axonframework.messaging.eventhandling.GenericEventMessage;
import org.axonframework.messaging.eventhandling.conversion.EventConverter;
import org.axonframework.messaging.eventstreaming.EventCriteria;
import org.axonframework.messaging.eventstreaming.Tag;

/** Axon's events as Varve's, and back, and what criteria mean. Thread-safe. */
final class AxonEvents {

    private static final String VERSION = "axon_version";
    private static final String IDENTIFIER = "axon_identifier";
    private static final String NO_PAYLOAD = "axon_no_payload";
    private static final Set<String> OWN = Set.of(VERSION, IDENTIFIER, NO_PAYLOAD);

    /** No event has it: criteria that take it without tags take every event. */
    private static final QualifiedName UNHEARD_OF = new QualifiedName("dev.varve.axon." + UUID.randomUUID());

    private final EventConverter converter;
    private final String contentType;

    AxonEvents(EventConverter converter, String contentType) {
        this.converter = converter;
        this.contentType = contentType;
    }

    NewEvent write(TaggedEventMessage<?> tagged) {
        EventMessage message = tagged.event();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : message.metadata().entrySet()) {
            if (OWN.contains(entry.getKey())) {
                throw new IllegalArgumentException(entry.getKey() + " is taken in the metadata of events in a Varve");
            }
            if (entry.getValue() != null) {
                metadata.put(entry.getKey(), entry.getValue());
            }
        }
        metadata.put(VERSION, message.type().version());
        UUID id = id(message.identifier());
        if (!id.toString().equals(message.identifier())) {
            metadata.put(IDENTIFIER, message.identifier());
        }
        byte[] payload = message.payload() == null ? null : message.payloadAs(byte[].class, converter);
        if (payload == null) {
            metadata.put(NO_PAYLOAD, "true");
        }
        return new NewEvent(
                id,
                message.type().name(),
                payload == null ? EventData.json("{}") : EventData.of(contentType, payload),
                texts(tagged.tags()),
                metadata,
                message.timestamp());
    }

    /** The identifier where it is a UUID, as Axon makes them, else one that is made of it. */
    private static UUID id(String identifier) {
        try {
            return UUID.fromString(identifier);
        } catch (IllegalArgumentException e) {
            return UUID.nameUUIDFromBytes(identifier.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The payload are the bytes: whoever handles the event converts them. */
    static EventMessage read(StoredEvent event) {
        Map<String, String> metadata = new LinkedHashMap<>(event.metadata());
        metadata.keySet().removeAll(OWN);
        return new GenericEventMessage(
                event.metadata().getOrDefault(IDENTIFIER, event.id().toString()),
                new MessageType(event.type(), event.metadata().getOrDefault(VERSION, MessageType.DEFAULT_VERSION)),
                event.metadata().containsKey(NO_PAYLOAD) ? null : event.data().bytes(),
                metadata,
                event.time());
    }

    static EventQuery query(EventCriteria criteria) {
        if (criteria.matches(UNHEARD_OF, Set.of())) {
            return EventQuery.ALL;
        }
        List<EventQuery.Item> items = criteria.flatten().stream()
                .map(criterion -> new EventQuery.Item(types(criterion.types()), texts(criterion.tags()), Set.of()))
                .toList();
        return new EventQuery(items);
    }

    static Set<String> types(Set<QualifiedName> types) {
        return types.stream().map(QualifiedName::name).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Set<String> texts(Set<Tag> tags) {
        return tags.stream().map(AxonEvents::text).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Key, colon, value. Where the key holds colons they are escaped, so that no two tags are the same text. */
    private static String text(Tag tag) {
        return tag.key().replace("\\", "\\\\").replace(":", "\\:") + ":" + tag.value();
    }
}
