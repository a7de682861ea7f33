package dev.varve.api;

import java.io.Flushable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Events as lines of text.
 *
 * <pre>{@code
 * store.events().append(
 *         new AggregateId("counter", "11"), ExpectedVersion.any(), NewEvent.json("Incremented", "{\"by\": 3}"));
 * StringWriter seen = new StringWriter();
 * try (ProjectionRun dump =
 *         ProjectionRun.builder(store.events(), "dump", EventDump.lines(seen)).replaying().start()) {
 *     dump.await(store.events().head(), Duration.ofSeconds(10));
 * }
 * System.out.println(seen); // Incremented{"by": 3}
 * }</pre>
 *
 * <p>Line breaks between the tokens of JSON become spaces; inside of texts there are none. Data that is no JSON is written in base64.
 */
public final class EventDump {

    private EventDump() {}

    /**
     * The form for people: the type, and behind it the data.
     *
     * @param event the event
     * @return for example {@code Incremented{"by":3}}, without a line break
     */
    public static String line(StoredEvent event) {
        return event.type() + (event.data().isJson() ? onOneLine(event.data()) : '"' + base64(event.data()) + '"');
    }

    /**
     * The form for programs: a JSON object with everything, as events are read over HTTP.
     *
     * @param event the event
     * @return without a line break, so that such lines are NDJSON
     */
    public static String json(StoredEvent event) {
        // What stands before the data, and what behind it; the data itself is copied byte for byte.
        Map<String, EntryValue> before = new LinkedHashMap<>();
        before.put("position", EntryValue.of(event.position()));
        AggregateId aggregate = event.aggregate();
        if (aggregate != null) {
            Map<String, EntryValue> which = new LinkedHashMap<>();
            which.put("type", EntryValue.of(aggregate.type()));
            which.put("id", EntryValue.of(aggregate.id()));
            before.put("aggregate", new EntryValue.Fields(which));
            before.put("version", EntryValue.of(event.version()));
        }
        before.put("id", EntryValue.of(event.id().toString()));
        before.put("type", EntryValue.of(event.type()));
        Map<String, EntryValue> behind = new LinkedHashMap<>();
        behind.put("content_type", EntryValue.of(event.data().contentType()));
        behind.put(
                "tags",
                new EntryValue.Items(event.tags().stream().map(EntryValue::of).toList()));
        Map<String, EntryValue> metadata = new LinkedHashMap<>();
        event.metadata().forEach((name, text) -> metadata.put(name, EntryValue.of(text)));
        behind.put("metadata", new EntryValue.Fields(metadata));
        behind.put("time", EntryValue.of(event.time().toString()));
        behind.put("recorded_at", EntryValue.of(event.recordedAt().toString()));
        behind.put("append_id", EntryValue.of(event.appendFirst()));
        behind.put("append_last", EntryValue.of(event.appendLast()));
        if (event.redacted()) {
            behind.put("redacted", EntryValue.of(true));
        }
        String data = event.data().isJson()
                ? "\"data\":" + onOneLine(event.data())
                : "\"data_base64\":\"" + base64(event.data()) + '"';
        return '{' + fields(before) + ',' + data + ',' + fields(behind) + '}';
    }

    private static String fields(Map<String, EntryValue> fields) {
        StringBuilder text = new StringBuilder();
        JsonText.write(new EntryValue.Fields(fields), text);
        return text.substring(1, text.length() - 1);
    }

    private static String onOneLine(EventData json) {
        return json.text().replace('\n', ' ').replace('\r', ' ').strip();
    }

    private static String base64(EventData data) {
        return Base64.getEncoder().encodeToString(data.bytes());
    }

    /**
     * A projection that writes {@link #line} for each event, and flushes after each.
     *
     * @param to where it writes; not closed
     * @return the projection; what it throws where nothing can be written is an {@link UncheckedIOException}
     */
    public static Projection lines(Appendable to) {
        return dump(to, EventDump::line);
    }

    /**
     * A projection that writes {@link #json} for each event, and flushes after each.
     *
     * @param to where it writes; not closed
     * @return the projection; what it throws where nothing can be written is an {@link UncheckedIOException}
     */
    public static Projection ndjson(Appendable to) {
        return dump(to, EventDump::json);
    }

    private static Projection dump(Appendable to, Function<StoredEvent, String> form) {
        return event -> {
            try {
                to.append(form.apply(event)).append('\n');
                if (to instanceof Flushable flushable) {
                    flushable.flush();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }
}
