package dev.varve.cli;

import dev.varve.api.AggregateId;
import dev.varve.api.DeliveredEvent;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.ParkedEvent;
import dev.varve.api.StoredEvent;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the commands of subscriptions write as JSON, one object a line, named as on the wire. Stateless. */
final class EventSubscriptionJson {

    private EventSubscriptionJson() {}

    /** A name of Java as the wire has it. */
    static String word(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT);
    }

    static String info(SubscriptionInfo info) {
        ObjectNode node = EventJson.MAPPER.createObjectNode();
        node.put("name", info.name());
        node.set("settings", settings(info.settings()));
        node.put("created_at", info.createdAt().toString());
        node.put("checkpoint", info.checkpoint());
        node.put("head", info.head());
        node.put("in_flight", info.inFlight());
        node.put("waiting", info.waiting());
        node.put("parked", info.parked());
        node.put("paused", info.paused());
        node.put("paused_reason", info.pausedReason());
        texts(node, "consumers", info.consumers());
        return EventJson.MAPPER.writeValueAsString(node);
    }

    private static ObjectNode settings(SubscriptionSettings settings) {
        ObjectNode node = EventJson.MAPPER.createObjectNode();
        node.set("events", events(settings.events()));
        node.put("message_timeout_ms", settings.messageTimeout().toMillis());
        node.put("max_retries", settings.maxRetries());
        node.put("retry_pause_ms", settings.retryPause().toMillis());
        node.put("max_in_flight", settings.maxInFlight());
        node.put("max_consumers", settings.maxConsumers());
        node.put("distribution", word(settings.distribution()));
        return node;
    }

    private static ObjectNode events(EventRead read) {
        ObjectNode node = EventJson.MAPPER.createObjectNode();
        if (read.after() == SubscriptionSettings.END) {
            node.put("after", "now");
        } else {
            node.put("after", read.after());
        }
        AggregateId aggregate = read.aggregate();
        if (aggregate != null) {
            node.set("aggregate", EventJson.aggregate(aggregate));
        }
        text(node, "category", read.category());
        text(node, "from_time", read.from());
        if (!read.query().items().isEmpty()) {
            ArrayNode items = node.putObject("query").putArray("items");
            for (EventQuery.Item item : read.query().items()) {
                ObjectNode one = items.addObject();
                texts(one, "types", item.types());
                texts(one, "tags", item.tags());
                texts(one, "excluded_types", item.excludedTypes());
            }
        }
        EventFilter filter = read.filter();
        if (!filter.metadata().isEmpty()) {
            ObjectNode metadata = node.putObject("metadata");
            filter.metadata().forEach(metadata::put);
        }
        if (!filter.typePrefix().isEmpty()) {
            node.put("type_prefix", filter.typePrefix());
        }
        if (!filter.idPrefix().isEmpty()) {
            node.put("id_prefix", filter.idPrefix());
        }
        if (!filter.ids().isEmpty()) {
            texts(node, "event_id", filter.ids().stream().map(Object::toString).toList());
        }
        text(node, "since", filter.since());
        text(node, "before", filter.before());
        return node;
    }

    private static void text(ObjectNode node, String name, @Nullable Object value) {
        if (value != null) {
            node.put(name, value.toString());
        }
    }

    private static void texts(ObjectNode node, String name, Collection<String> texts) {
        ArrayNode array = node.putArray(name);
        texts.forEach(array::add);
    }

    static String delivery(DeliveredEvent delivery) {
        ObjectNode node = EventJson.MAPPER.createObjectNode();
        node.put("token", delivery.token());
        node.put("attempt", delivery.attempt());
        node.put("deadline", delivery.deadline().toString());
        return with(node, delivery.event());
    }

    static String parked(ParkedEvent parked) {
        ObjectNode node = EventJson.MAPPER.createObjectNode();
        node.put("position", parked.position());
        node.put("reason", parked.reason());
        node.put("attempts", parked.attempts());
        node.put("parked_at", parked.parkedAt().toString());
        return with(node, parked.event());
    }

    /** Puts an event behind the other fields, whose data stays as it came. */
    private static String with(ObjectNode node, @Nullable StoredEvent event) {
        String fields = EventJson.MAPPER.writeValueAsString(node);
        return event == null
                ? fields
                : fields.substring(0, fields.length() - 1) + ",\"event\":" + EventJson.event(event) + "}";
    }
}
