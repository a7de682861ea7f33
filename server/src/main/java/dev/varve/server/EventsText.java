package dev.varve.server;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.Snapshot;
import dev.varve.api.StoredEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.time.Duration;
import java.util.Base64;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What routes of events answer with, as JSON. Data that is JSON is written byte for byte as it came. Stateless. */
final class EventsText {

    private EventsText() {}

    // ---- events

    /** Writes an event. */
    static void write(ByteBuf to, StoredEvent event) {
        begin(to, event);
        data(to, event.data());
        to.writeByte('}');
    }

    /**
     * Writes an event without a line break. Where its data has some, between its parts, spaces stand for them, and beside it the data
     * as it came in base64.
     */
    static void writeLine(ByteBuf to, StoredEvent event) {
        begin(to, event);
        EventData data = event.data();
        int from = to.writerIndex();
        data(to, data);
        if (data.isJson() && flatten(to, from)) {
            ByteBufUtil.writeAscii(to, ",\"data_base64\":\"");
            to.writeBytes(Base64.getEncoder().encode(data.bytes())).writeByte('"');
        }
        to.writeByte('}');
    }

    private static void begin(ByteBuf to, StoredEvent event) {
        JsonText json = new JsonText().field("position", event.position());
        AggregateId aggregate = event.aggregate();
        if (aggregate != null) {
            json.raw("aggregate", aggregate(aggregate).toString()).field("version", event.version());
        }
        json.field("id", event.id().toString())
                .field("type", event.type())
                .raw("tags", texts(event.tags()))
                .raw("metadata", texts(event.metadata()))
                .field("time", event.time())
                .field("recorded_at", event.recordedAt())
                .field("append_id", event.appendFirst())
                .field("append_last", event.appendLast());
        if (event.redacted()) {
            json.field("redacted", true);
        }
        open(to, json.field("content_type", event.data().contentType()));
    }

    /** Writes an object that is to get further fields. */
    private static void open(ByteBuf to, JsonText json) {
        String text = json.toString();
        ByteBufUtil.writeUtf8(to, text, 0, text.length() - 1);
    }

    private static void data(ByteBuf to, EventData data) {
        if (data.isJson()) {
            ByteBufUtil.writeAscii(to, ",\"data\":");
            to.writeBytes(data.buffer());
        } else {
            ByteBufUtil.writeAscii(to, ",\"data_base64\":\"");
            to.writeBytes(Base64.getEncoder().encode(data.buffer())).writeByte('"');
        }
    }

    /** Puts spaces for line breaks, which stand between the parts of a value only; false when there were none. */
    static boolean flatten(ByteBuf text, int from) {
        boolean found = false;
        for (int i = from; i < text.writerIndex(); i++) {
            byte b = text.getByte(i);
            if (b == '\n' || b == '\r') {
                text.setByte(i, ' ');
                found = true;
            }
        }
        return found;
    }

    // ---- snapshots

    static void write(ByteBuf to, Snapshot snapshot) {
        open(
                to,
                new JsonText()
                        .field("version", snapshot.version())
                        .field("schema", snapshot.schema())
                        .raw("metadata", texts(snapshot.metadata()))
                        .field("time", snapshot.time())
                        .field("content_type", snapshot.state().contentType()));
        data(to, snapshot.state());
        to.writeByte('}');
    }

    // ---- aggregates

    static JsonText aggregate(AggregateId aggregate) {
        return new JsonText().field("type", aggregate.type()).field("id", aggregate.id());
    }

    static JsonText info(AggregateInfo info) {
        return new JsonText()
                .raw("aggregate", aggregate(info.id()).toString())
                .field("status", info.status().wireName())
                .field("version", info.version())
                .field("first_version", info.firstVersion())
                .field("last_position", info.lastPosition())
                .raw("settings", settings(info.settings()).toString())
                .field("settings_revision", info.settingsRevision());
    }

    private static JsonText settings(AggregateSettings settings) {
        Duration maxAge = settings.maxAge();
        return new JsonText()
                .fieldOrNull("max_age_ms", maxAge == null ? null : (Long) maxAge.toMillis())
                .fieldOrNull("max_count", settings.maxCount())
                .field("truncate_before", settings.truncateBefore())
                .raw("custom", texts(settings.custom()));
    }

    // ---- appends

    /** What an append came to, with whether the readers that it waits for have come so far; null when it waits for none. */
    static JsonText appended(EventAppendResult.Appended appended, @Nullable Boolean reached) {
        JsonText json = new JsonText();
        if (appended.firstPosition() != EventStore.EMPTY) {
            json.field("first_position", appended.firstPosition())
                    .field("last_position", appended.lastPosition())
                    .field("append_id", appended.firstPosition());
        }
        json.raw(
                        "aggregates",
                        list(
                                appended.aggregates(),
                                written -> new JsonText()
                                        .raw(
                                                "aggregate",
                                                aggregate(written.aggregate()).toString())
                                        .field("version_before", written.versionBefore())
                                        .field("version", written.version())))
                .field("idempotent", appended.idempotent());
        return reached == null ? json : json.field("reached", reached);
    }

    /** An expected version as bodies have it. */
    static String expected(ExpectedVersion expected) {
        return switch (expected) {
            case ExpectedVersion.Any _ -> "\"any\"";
            case ExpectedVersion.NoStream _ -> "\"noStream\"";
            case ExpectedVersion.Exists _ -> "\"exists\"";
            case ExpectedVersion.SoftDeleted _ -> "\"softDeleted\"";
            case ExpectedVersion.Exactly(long version) -> Long.toString(version);
            case ExpectedVersion.Compared(ExpectedVersion.Comparison comparison, long version) ->
                new JsonText().field(comparison.wireName(), version).toString();
            case ExpectedVersion.OneOf oneOf ->
                new JsonText().raw("in", oneOf.versions().toString()).toString();
            case ExpectedVersion.AllOf all ->
                new JsonText()
                        .raw("and", list(all.parts(), EventsText::expected))
                        .toString();
            case ExpectedVersion.AnyOf any ->
                new JsonText()
                        .raw("or", list(any.parts(), EventsText::expected))
                        .toString();
            case ExpectedVersion.Not(ExpectedVersion part) ->
                new JsonText().raw("not", expected(part)).toString();
        };
    }

    // ---- lists and maps

    static <T> StringBuilder list(Collection<T> items, Function<? super T, ?> asJson) {
        StringBuilder list = new StringBuilder("[");
        for (T item : items) {
            if (list.length() > 1) {
                list.append(',');
            }
            list.append(asJson.apply(item));
        }
        return list.append(']');
    }

    static StringBuilder texts(Collection<String> texts) {
        StringBuilder list = new StringBuilder("[");
        for (String text : texts) {
            if (list.length() > 1) {
                list.append(',');
            }
            JsonText.quote(list, text);
        }
        return list.append(']');
    }

    static String texts(Map<String, String> texts) {
        JsonText json = new JsonText();
        texts.forEach(json::field);
        return json.toString();
    }
}
