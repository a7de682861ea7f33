package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.StoreInfo;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/** What entries routes answer with, as JSON. Stateless. */
final class EntryText {

    private EntryText() {}

    static JsonText entry(Entry entry) {
        return new JsonText()
                .field("path", entry.path().toString())
                .field("value", entry.value(), EntryJson.Form.PLAIN)
                .field("type", entry.type().wireName())
                .field("revision", entry.revision());
    }

    /** An entry under whose path it is a field. */
    static JsonText valueOf(Entry entry) {
        return new JsonText()
                .field("value", entry.value(), EntryJson.Form.PLAIN)
                .field("type", entry.type().wireName())
                .field("revision", entry.revision());
    }

    /** An entry as a snapshot and an export show it. */
    static JsonText whole(Entry entry) {
        return new JsonText()
                .field("value", entry.value(), EntryJson.Form.ENVELOPES)
                .field("type", entry.type().wireName());
    }

    static JsonText written(Applied applied) {
        return new JsonText().field("revision", applied.storeSeq()).field("store_seq", applied.storeSeq());
    }

    /** One change of a batch; a check has no revision of its own. */
    static JsonText batched(Applied applied) {
        JsonText json = new JsonText().field("path", applied.path().toString());
        return (applied.made() ? json.field("revision", applied.storeSeq()) : json.raw("revision", "null"))
                .field("store_seq", applied.storeSeq());
    }

    /** A change as live feeds show it. */
    static JsonText event(EntryEvent event) {
        JsonText json = new JsonText(event.value() instanceof EntryValue.Text(String text) ? text.length() : 0)
                .field("store_seq", event.storeSeq())
                .field("op", event.kind().wireName())
                .field("path", event.path().toString())
                .field("path_segments", event.path().segments());
        return value(json, event).field("device_id", event.deviceId()).field("client_op_id", event.clientOpId());
    }

    /** The same, and what the value is called that is put back, where that is not clear from the value. */
    static JsonText labelled(EntryEvent event) {
        EntryType label = event.label();
        JsonText json = event(event);
        return label == null ? json : json.field("label", label.wireName());
    }

    /** A change with all that is known of it. */
    static JsonText whole(EntryEvent event) {
        JsonText json = labelled(event).field("time", time(event.timeMillis()));
        return event.first() ? json.field("first", true) : json;
    }

    /** A change as the log shows it. */
    static JsonText logged(EntryEvent event) {
        JsonText json = new JsonText()
                .field("store_seq", event.storeSeq())
                .field("op", event.kind().wireName())
                .field("path", event.path().toString());
        return value(json, event).field("device_id", event.deviceId()).field("inserted_at", time(event.timeMillis()));
    }

    /** A change in short. */
    static JsonText recent(EntryEvent event) {
        return new JsonText()
                .field("store_seq", event.storeSeq())
                .field("op", event.kind().wireName())
                .field("path", event.path().toString())
                .field("inserted_at", time(event.timeMillis()));
    }

    /** The value of a change in the form of live feeds, null when it has none. */
    static JsonText value(JsonText json, EntryEvent event) {
        EntryValue value = event.value();
        return value == null ? json.raw("value", "null") : json.field("value", value, EntryJson.Form.ENVELOPES);
    }

    static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    static JsonText store(StoreInfo store) {
        return new JsonText()
                .field("id", store.id().toString())
                .field("name", store.shortName())
                .field("full_name", store.name())
                .field("status", store.archived() ? "archived" : "active")
                .field("inserted_at", store.createdAt())
                .raw("expires_at", "null");
    }

    static String paths(Collection<EntryPath> paths) {
        StringBuilder json = new StringBuilder();
        JsonText.quoteAll(json, paths.stream().map(EntryPath::toString).toList());
        return json.toString();
    }

    static String list(List<JsonText> items) {
        StringBuilder json = new StringBuilder("[");
        for (JsonText item : items) {
            if (json.length() > 1) {
                json.append(',');
            }
            json.append(item);
        }
        return json.append(']').toString();
    }
}
