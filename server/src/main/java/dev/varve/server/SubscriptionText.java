package dev.varve.server;

import dev.varve.api.AggregateId;
import dev.varve.api.DeliveredEvent;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.ParkedEvent;
import dev.varve.api.StoredEvent;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What routes of subscriptions of events answer with, as JSON. Stateless. */
final class SubscriptionText {

    private SubscriptionText() {}

    static JsonText info(SubscriptionInfo info) {
        return new JsonText()
                .field("name", info.name())
                .raw("settings", settings(info.settings()).toString())
                .field("created_at", info.createdAt())
                .field("checkpoint", info.checkpoint())
                .field("head", info.head())
                .field("in_flight", info.inFlight())
                .field("waiting", info.waiting())
                .field("parked", info.parked())
                .field("paused", info.paused())
                .field("paused_reason", info.pausedReason())
                .raw("consumers", EventsText.texts(info.consumers()));
    }

    private static JsonText settings(SubscriptionSettings settings) {
        return new JsonText()
                .raw("events", events(settings.events()).toString())
                .field("message_timeout_ms", settings.messageTimeout().toMillis())
                .field("max_retries", settings.maxRetries())
                .field("retry_pause_ms", settings.retryPause().toMillis())
                .field("max_in_flight", settings.maxInFlight())
                .field("max_consumers", settings.maxConsumers())
                .field("distribution", SubscriptionBody.wireName(settings.distribution()));
    }

    /** A read as bodies say it. */
    private static JsonText events(EventRead read) {
        JsonText json = new JsonText();
        if (read.after() == SubscriptionSettings.END) {
            json.field("after", "now");
        } else {
            json.field("after", read.after());
        }
        AggregateId aggregate = read.aggregate();
        if (aggregate != null) {
            json.raw("aggregate", EventsText.aggregate(aggregate).toString());
        }
        text(json, "category", read.category());
        text(json, "from_time", read.from());
        if (!read.query().items().isEmpty()) {
            StringBuilder items = EventsText.list(read.query().items(), SubscriptionText::item);
            json.raw("query", new JsonText().raw("items", items).toString());
        }
        EventFilter filter = read.filter();
        if (!filter.typePrefix().isEmpty()) {
            json.field("type_prefix", filter.typePrefix());
        }
        if (!filter.idPrefix().isEmpty()) {
            json.field("id_prefix", filter.idPrefix());
        }
        if (!filter.ids().isEmpty()) {
            json.raw(
                    "event_id",
                    EventsText.texts(filter.ids().stream().map(Object::toString).toList()));
        }
        text(json, "since", filter.since());
        text(json, "before", filter.before());
        if (!filter.metadata().isEmpty()) {
            json.raw("metadata", EventsText.texts(filter.metadata()));
        }
        return json;
    }

    private static void text(JsonText json, String name, @Nullable Object value) {
        if (value != null) {
            json.field(name, value.toString());
        }
    }

    private static JsonText item(EventQuery.Item item) {
        return new JsonText()
                .raw("types", EventsText.texts(item.types()))
                .raw("tags", EventsText.texts(item.tags()))
                .raw("excluded_types", EventsText.texts(item.excludedTypes()));
    }

    // ---- events

    static ByteBuf deliveries(ByteBuf to, List<DeliveredEvent> deliveries) {
        ByteBufUtil.writeAscii(to, "{\"deliveries\":[");
        for (int i = 0; i < deliveries.size(); i++) {
            DeliveredEvent delivery = deliveries.get(i);
            item(
                    to,
                    i,
                    new JsonText()
                            .field("token", delivery.token())
                            .field("attempt", delivery.attempt())
                            .field("deadline", delivery.deadline().toString()),
                    delivery.event());
        }
        return to.writeByte(']').writeByte('}');
    }

    static ByteBuf parked(ByteBuf to, List<ParkedEvent> parked) {
        ByteBufUtil.writeAscii(to, "{\"parked\":[");
        for (int i = 0; i < parked.size(); i++) {
            ParkedEvent event = parked.get(i);
            item(
                    to,
                    i,
                    new JsonText()
                            .field("position", event.position())
                            .field("reason", event.reason())
                            .field("attempts", event.attempts())
                            .field("parked_at", event.parkedAt()),
                    event.event());
        }
        return to.writeByte(']').writeByte('}');
    }

    private static void item(ByteBuf to, int index, JsonText json, @Nullable StoredEvent event) {
        if (index > 0) {
            to.writeByte(',');
        }
        String text = json.toString();
        ByteBufUtil.writeUtf8(to, text, 0, text.length() - 1);
        if (event != null) {
            ByteBufUtil.writeAscii(to, ",\"event\":");
            EventsText.write(to, event);
        }
        to.writeByte('}');
    }
}
