package dev.varve.client;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AppendCondition;
import dev.varve.api.EntryOp;
import dev.varve.api.EventAppend;
import dev.varve.api.EventData;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Settlement;
import dev.varve.api.Snapshot;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.Transaction;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;

/** The JSON bodies of requests about events, and of transactions. Data that is JSON is written byte for byte. Confined to one thread. */
final class EventBody {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final JsonGenerator to = EventAnswer.JSON.createGenerator(ObjectWriteContext.empty(), out);

    private EventBody() {}

    private static byte[] object(Consumer<EventBody> fields) {
        EventBody body = new EventBody();
        body.to.writeStartObject();
        fields.accept(body);
        body.to.writeEndObject();
        body.to.close();
        return body.out.toByteArray();
    }

    /** What is to be appended. */
    static byte[] append(EventAppend append) {
        return object(body -> body.write(append));
    }

    /** What is to be committed, under a key unless that is null. */
    static byte[] transaction(Transaction transaction, @Nullable String key) {
        return object(body -> {
            if (key != null) {
                body.to.writeStringProperty("key", key);
            }
            if (!transaction.createStore()) {
                body.to.writeBooleanProperty("create_store", false);
            }
            body.to.writeArrayPropertyStart("ops");
            for (Transaction.Part part : transaction.parts()) {
                body.to.writeStartObject();
                body.write(part);
                body.to.writeEndObject();
            }
            body.to.writeEndArray();
        });
    }

    /**
     * Which events to read.
     *
     * @param once whether so many are to be read as the read says, from where it says; else all that come are
     */
    static byte[] read(EventRead read, boolean once) {
        return object(body -> {
            body.select(read);
            if (once) {
                body.to.writeNumberProperty("limit", read.limit());
                body.number("skip", read.skip(), 0);
                if (read.backwards()) {
                    body.to.writeBooleanProperty("backward", true);
                }
            } else {
                body.to.writeBooleanProperty("follow", true);
            }
        });
    }

    /** Which events to count. */
    static byte[] count(EventRead read, long atMost) {
        return object(body -> {
            body.select(read);
            body.number("at_most", atMost, Long.MAX_VALUE);
        });
    }

    static byte[] data(EventData data) {
        return object(body -> body.write(data));
    }

    static byte[] positions(Collection<Long> positions) {
        return object(body -> {
            body.to.writeArrayPropertyStart("positions");
            positions.forEach(body.to::writeNumber);
            body.to.writeEndArray();
        });
    }

    static byte[] position(long position) {
        return object(body -> body.to.writeNumberProperty("position", position));
    }

    static byte[] settings(AggregateSettings settings) {
        return object(body -> {
            Duration maxAge = settings.maxAge();
            if (maxAge != null) {
                body.to.writeNumberProperty("max_age_ms", maxAge.toMillis());
            }
            Long maxCount = settings.maxCount();
            if (maxCount != null) {
                body.to.writeNumberProperty("max_count", maxCount);
            }
            body.number("truncate_before", settings.truncateBefore(), 0);
            body.texts("custom", settings.custom());
        });
    }

    /** All settings of a subscription. */
    static byte[] subscription(SubscriptionSettings settings) {
        return object(body -> {
            EventRead events = settings.events();
            body.to.writeObjectPropertyStart("events");
            if (events.after() == SubscriptionSettings.END) {
                body.select(events.after(EventStore.EMPTY));
                body.to.writeStringProperty("after", "now");
            } else {
                body.select(events);
            }
            body.to.writeEndObject();
            body.to.writeNumberProperty(
                    "message_timeout_ms", settings.messageTimeout().toMillis());
            body.to.writeNumberProperty("max_retries", settings.maxRetries());
            body.to.writeNumberProperty("retry_pause_ms", settings.retryPause().toMillis());
            body.to.writeNumberProperty("max_in_flight", settings.maxInFlight());
            body.to.writeNumberProperty("max_consumers", settings.maxConsumers());
            body.to.writeStringProperty(
                    "distribution", settings.distribution().name().toLowerCase(Locale.ROOT));
        });
    }

    static byte[] asking(String consumer, int max, Duration wait) {
        return object(body -> {
            body.to.writeStringProperty("consumer", consumer);
            body.to.writeNumberProperty("max", max);
            body.to.writeNumberProperty("wait_ms", wait.toMillis());
        });
    }

    static byte[] settling(Settlement settlement, Collection<String> tokens) {
        return object(body -> {
            body.texts("tokens", tokens);
            if (settlement.action() != Settlement.Action.ACK) {
                body.to.writeStringProperty("action", settlement.action().name().toLowerCase(Locale.ROOT));
                body.to.writeStringProperty("reason", settlement.reason());
            }
        });
    }

    static byte[] consumer(String consumer) {
        return object(body -> body.to.writeStringProperty("consumer", consumer));
    }

    static byte[] stopAt(int stopAt) {
        return object(body -> body.to.writeNumberProperty("stop_at", stopAt));
    }

    static byte[] end() {
        return object(body -> body.to.writeStringProperty("position", "now"));
    }

    static byte[] snapshot(Snapshot snapshot) {
        return object(body -> {
            body.to.writeNumberProperty("version", snapshot.version());
            body.to.writeStringProperty("schema", snapshot.schema());
            body.texts("metadata", snapshot.metadata());
            body.to.writeStringProperty("time", snapshot.time().toString());
            body.write(snapshot.state());
        });
    }

    /** What is expected of a version, as JSON, or as text where it has such a form. */
    static String text(ExpectedVersion expected) {
        EventBody body = new EventBody();
        body.write(expected);
        body.to.close();
        String json = body.out.toString(java.nio.charset.StandardCharsets.UTF_8);
        return json.startsWith("\"") ? json.substring(1, json.length() - 1) : json;
    }

    // ---- appends

    private void write(EventAppend append) {
        to.writeArrayPropertyStart("events");
        append.events().forEach(this::write);
        to.writeEndArray();
        to.writeArrayPropertyStart("checks");
        append.checks().forEach(check -> check(check.aggregate(), check.expected()));
        to.writeEndArray();
        AppendCondition condition = append.condition();
        if (condition != null) {
            write(condition);
        }
        EventAppend.Tracking tracking = append.tracking();
        if (tracking != null) {
            write(tracking);
        }
    }

    private void check(AggregateId aggregate, ExpectedVersion expected) {
        to.writeStartObject();
        aggregate(aggregate);
        to.writeName("expected");
        write(expected);
        to.writeEndObject();
    }

    private void write(AppendCondition condition) {
        to.writeObjectPropertyStart("condition");
        query("fail_if_events_match", condition.failIfEventsMatch());
        number("after", condition.after(), EventStore.EMPTY);
        to.writeEndObject();
    }

    private void write(EventAppend.Tracking tracking) {
        to.writeObjectPropertyStart("tracking");
        to.writeStringProperty("source", tracking.source());
        to.writeNumberProperty("position", tracking.position());
        to.writeEndObject();
    }

    private void write(Transaction.Part part) {
        if (part instanceof Transaction.Entry entry) {
            EntryOp op = entry.op();
            EntryOp.LeaseTerms lease = op.lease();
            to.writeName(lease == null ? "entry" : "lease");
            raw(lease == null ? EntryJson.bytes(EntryOpText.op(op)) : EntryOpText.lease(op.kind(), op.path(), lease));
        } else if (part instanceof Transaction.Event event) {
            to.writeName("event");
            write(new EventAppend.Addressed(event.aggregate(), event.event()));
        } else if (part instanceof Transaction.Check check) {
            to.writeName("check");
            check(check.aggregate(), check.expected());
        } else if (part instanceof Transaction.Condition condition) {
            write(condition.condition());
        } else if (part instanceof Transaction.Tracking tracking) {
            write(tracking.tracking());
        } else if (part instanceof Transaction.Append append) {
            to.writeName("stream");
            raw(ListRoutes.appendItem(append.request()));
        }
    }

    private void write(EventAppend.Addressed addressed) {
        NewEvent event = addressed.event();
        to.writeStartObject();
        to.writeStringProperty("id", event.id().toString());
        AggregateId aggregate = addressed.aggregate();
        if (aggregate != null) {
            aggregate(aggregate);
        }
        to.writeStringProperty("type", event.type());
        texts("tags", event.tags());
        texts("metadata", event.metadata());
        time("time", event.time());
        write(event.data());
        to.writeEndObject();
    }

    private void write(EventData data) {
        to.writeStringProperty("content_type", data.contentType());
        byte[] bytes = data.bytes();
        if (data.isJson() && isOneValue(bytes)) {
            to.writeName("data");
            raw(bytes);
        } else {
            to.writeName("data_base64");
            to.writeBinary(bytes);
        }
    }

    /** Writes a value that is JSON already, byte for byte. */
    private void raw(byte[] json) {
        to.writeRawValue("");
        to.flush();
        out.writeBytes(json);
    }

    /** Whether these bytes are one value of JSON and nothing around it, so that they can stand in a body. */
    private static boolean isOneValue(byte[] bytes) {
        if (bytes.length == 0 || isBlank(bytes[0]) || isBlank(bytes[bytes.length - 1])) {
            return false;
        }
        try (JsonParser parser = EventAnswer.JSON.createParser(ObjectReadContext.empty(), bytes)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (JacksonException e) {
            return false; // the server says what is wrong with it
        }
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }

    private void write(ExpectedVersion expected) {
        if (expected instanceof ExpectedVersion.NoStream) {
            to.writeString("noStream");
        } else if (expected instanceof ExpectedVersion.Exists) {
            to.writeString("exists");
        } else if (expected instanceof ExpectedVersion.SoftDeleted) {
            to.writeString("softDeleted");
        } else if (expected instanceof ExpectedVersion.Exactly exactly) {
            to.writeNumber(exactly.version());
        } else if (expected instanceof ExpectedVersion.Compared compared) {
            to.writeStartObject();
            to.writeNumberProperty(compared.comparison().wireName(), compared.version());
            to.writeEndObject();
        } else if (expected instanceof ExpectedVersion.OneOf oneOf) {
            to.writeStartObject();
            to.writeArrayPropertyStart("in");
            oneOf.versions().forEach(version -> to.writeNumber(version));
            to.writeEndArray();
            to.writeEndObject();
        } else if (expected instanceof ExpectedVersion.AllOf all) {
            parts("and", all.parts());
        } else if (expected instanceof ExpectedVersion.AnyOf any) {
            parts("or", any.parts());
        } else if (expected instanceof ExpectedVersion.Not not) {
            to.writeStartObject();
            to.writeName("not");
            write(not.part());
            to.writeEndObject();
        } else {
            to.writeString("any");
        }
    }

    private void parts(String name, Collection<ExpectedVersion> parts) {
        to.writeStartObject();
        to.writeArrayPropertyStart(name);
        parts.forEach(this::write);
        to.writeEndArray();
        to.writeEndObject();
    }

    // ---- reads

    private void select(EventRead read) {
        AggregateId aggregate = read.aggregate();
        if (aggregate != null) {
            aggregate(aggregate);
        }
        String category = read.category();
        if (category != null) {
            to.writeStringProperty("category", category);
        }
        if (!read.query().items().isEmpty()) {
            query("query", read.query());
        }
        EventFilter filter = read.filter();
        if (!filter.typePrefix().isEmpty()) {
            to.writeStringProperty("type_prefix", filter.typePrefix());
        }
        if (!filter.idPrefix().isEmpty()) {
            to.writeStringProperty("id_prefix", filter.idPrefix());
        }
        if (!filter.ids().isEmpty()) {
            to.writeArrayPropertyStart("event_id");
            filter.ids().forEach(id -> to.writeString(id.toString()));
            to.writeEndArray();
        }
        time("since", filter.since());
        time("before", filter.before());
        if (!filter.metadata().isEmpty()) {
            texts("metadata", filter.metadata());
        }
        number("after", read.after(), EventStore.EMPTY);
        number("up_to", read.upTo(), Long.MAX_VALUE);
        time("from_time", read.from());
    }

    private void query(String name, EventQuery query) {
        to.writeObjectPropertyStart(name);
        to.writeArrayPropertyStart("items");
        for (EventQuery.Item item : query.items()) {
            to.writeStartObject();
            texts("types", item.types());
            texts("tags", item.tags());
            texts("excluded_types", item.excludedTypes());
            to.writeEndObject();
        }
        to.writeEndArray();
        to.writeEndObject();
    }

    // ---- fields

    private void aggregate(AggregateId aggregate) {
        to.writeObjectPropertyStart("aggregate");
        to.writeStringProperty("type", aggregate.type());
        to.writeStringProperty("id", aggregate.id());
        to.writeEndObject();
    }

    private void texts(String name, Collection<String> texts) {
        to.writeArrayPropertyStart(name);
        texts.forEach(to::writeString);
        to.writeEndArray();
    }

    private void texts(String name, Map<String, String> texts) {
        to.writeObjectPropertyStart(name);
        texts.forEach(to::writeStringProperty);
        to.writeEndObject();
    }

    private void time(String name, @Nullable Instant time) {
        if (time != null) {
            to.writeStringProperty(name, time.toString());
        }
    }

    private void number(String name, long value, long unsaid) {
        if (value != unsaid) {
            to.writeNumberProperty(name, value);
        }
    }
}
