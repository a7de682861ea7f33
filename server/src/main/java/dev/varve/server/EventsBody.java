package dev.varve.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AppendCondition;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventData;
import dev.varve.api.EventQuery;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Snapshot;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the JSON bodies of events' routes. Fields that are unknown or come twice are refused. Data is checked to be JSON and cut out
 * of the body byte for byte, never looked into. Confined to the thread that reads.
 */
final class EventsBody {

    /** The deepest nesting that is read: that of data, with what a message has around it. */
    private static final int MAX_DEPTH = EventData.MAX_DEPTH + 16;

    private static final String OTHER_BYTES = "application/octet-stream";

    /** The body as a whole is bounded by its route. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final JsonParser parser;
    private final byte[] body;

    private EventsBody(JsonParser parser, byte[] body) {
        this.parser = parser;
        this.body = body;
    }

    /**
     * Reads the body of a request.
     *
     * @param reader takes one value, at whose first token the parser is
     * @throws HttpProblem when it is no JSON, or not what the reader wants
     */
    static <T> T read(Exchange exchange, Function<EventsBody, T> reader) {
        if (!EntryBody.isJson(exchange.request.single(HeaderName.CONTENT_TYPE))) {
            throw HttpProblem.invalid("the Content-Type of this body must be application/json");
        }
        return read(exchange.body(), "the body", reader);
    }

    private static <T> T read(byte[] json, String what, Function<EventsBody, T> reader) {
        requireUtf8(json, what);
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() == null) {
                throw HttpProblem.of(ErrorKind.INVALID_JSON, what + " is empty and not JSON");
            }
            T value = reader.apply(new EventsBody(parser, json));
            if (parser.nextToken() != null) {
                throw HttpProblem.of(ErrorKind.INVALID_JSON, what + " goes on behind its JSON value");
            }
            return value;
        } catch (JacksonException e) {
            throw HttpProblem.of(ErrorKind.INVALID_JSON, what + " is not valid JSON: " + e.getOriginalMessage());
        }
    }

    /** The parser looks for other encodings, too, in which bytes would not be where they seem; here there is one. */
    private static void requireUtf8(byte[] json, String what) {
        boolean marked = json.length > 0 && json[0] == (byte) 0xef;
        if (marked || !Utf8.isText(json)) {
            throw HttpProblem.of(ErrorKind.INVALID_JSON, what + " is not JSON in UTF-8, without a byte order mark");
        }
    }

    /**
     * Data that is not part of a body in JSON.
     *
     * @throws VarveException when it should be JSON and is none
     */
    static EventData data(String contentType, byte[] bytes) {
        EventData data = EventData.wrap(contentType, bytes);
        data.check();
        return data;
    }

    // ---- values

    private static HttpProblem invalid(String detail) {
        return HttpProblem.invalid(detail);
    }

    /** Reads an object; the taker says whether it knows the field, at whose value the parser is. */
    void object(String what, Predicate<String> taker) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw invalid(what + " must be an object");
        }
        List<String> seen = new ArrayList<>(8);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            if (seen.contains(name)) {
                throw invalid("the field " + name + " comes twice in " + what);
            }
            seen.add(name);
            parser.nextToken();
            if (!taker.test(name)) {
                throw invalid(what + " has no field " + name);
            }
        }
    }

    void list(String what, Runnable item) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw invalid(what + " must be a list");
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            item.run();
        }
    }

    String text(String what) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw invalid(what + " must be a string");
        }
        return parser.getString();
    }

    long whole(String what) {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw invalid(what + " must be a whole number");
        }
        return EventsRead.number(what, parser.getString());
    }

    Set<String> texts(String what) {
        Set<String> texts = new LinkedHashSet<>();
        list(what, () -> texts.add(text("an item of " + what)));
        return texts;
    }

    private Map<String, String> textsByName(String what) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw invalid(what + " must be an object");
        }
        Map<String, String> texts = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (texts.put(name, text("what stands in " + what)) != null) {
                throw invalid("the name " + name + " comes twice in " + what);
            }
        }
        return texts;
    }

    boolean flag(String what) {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw invalid(what + " must be true or false");
        };
    }

    /** The bytes of any value. */
    byte[] json() {
        return JsonSlice.of(parser, body);
    }

    boolean isText() {
        return parser.currentToken() == JsonToken.VALUE_STRING;
    }

    boolean isNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    // ---- what stands alone in headers

    /** A list of texts in a header. */
    static Set<String> texts(HeaderName header, String json) {
        return read(json.getBytes(UTF_8), header.toString(), body -> body.texts(header.toString()));
    }

    /** Texts by name in a header. */
    static Map<String, String> textsByName(HeaderName header, String json) {
        return read(json.getBytes(UTF_8), header.toString(), body -> body.textsByName(header.toString()));
    }

    /** An expected version that a header or a parameter says: a text form, or an object as bodies have it. */
    static ExpectedVersion expected(String text) {
        return text.startsWith("{")
                ? read(text.getBytes(UTF_8), "an expected version", EventsBody::expected)
                : ExpectedVersion.parse(text);
    }

    // ---- data

    /** The fields that data has wherever it stands. */
    private final class DataFields {

        private byte @Nullable [] json;
        private byte @Nullable [] other;
        private @Nullable String contentType;

        boolean take(String name) {
            switch (name) {
                case "data" -> json = JsonSlice.of(parser, body);
                case "data_base64" -> other = base64(text(name));
                case "content_type" -> contentType = text(name);
                default -> {
                    return false;
                }
            }
            return true;
        }

        EventData get() {
            byte[] value = json;
            byte[] bytes = other;
            if (value != null && bytes != null) {
                throw invalid("there is data, or data_base64, but not both");
            }
            if (bytes != null) {
                return data(contentType == null ? OTHER_BYTES : contentType, bytes);
            }
            if (value == null) {
                throw invalid("there must be data, or data_base64");
            }
            EventData data = EventData.wrap(contentType == null ? EventData.JSON : contentType, value);
            if (!data.isJson()) {
                throw invalid("data of the type " + contentType + " is not JSON: it goes into data_base64");
            }
            return data;
        }
    }

    private static byte[] base64(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw invalid("data_base64 is not base64");
        }
    }

    // ---- appends

    /**
     * What a request to append asks for.
     *
     * @param append the append
     * @param waitFor names of readers that are waited for; none for no wait
     * @param timeout for how long
     */
    record Appending(
            EventAppend append,
            Set<String> waitFor,
            @Nullable Duration timeout) {}

    /**
     * An append.
     *
     * @param target the aggregate that all of its events belong to; null when each says where it does
     * @param random where ids come from that the body does not give
     */
    Appending append(@Nullable AggregateId target, RandomGenerator random) {
        return new AppendFields(target, random).read();
    }

    private final class AppendFields {

        private final @Nullable AggregateId target;
        private final RandomGenerator random;
        private final List<EventAppend.Addressed> events = new ArrayList<>();
        private final List<EventAppend.Check> checks = new ArrayList<>();
        private @Nullable AppendCondition condition;
        private EventAppend.@Nullable Tracking tracking;
        private Set<String> waitFor = Set.of();
        private @Nullable Duration timeout;

        AppendFields(@Nullable AggregateId target, RandomGenerator random) {
            this.target = target;
            this.random = random;
        }

        Appending read() {
            object("the body", this::take);
            AggregateId one = target;
            if (one != null && checks.isEmpty()) {
                checks.add(new EventAppend.Check(one, ExpectedVersion.any()));
            }
            return new Appending(new EventAppend(checks, events, condition, tracking), waitFor, timeout);
        }

        private boolean take(String name) {
            AggregateId one = target;
            switch (name) {
                case "events" -> list(name, this::addEvent);
                case "condition" -> condition = condition();
                case "tracking" -> tracking = tracking();
                case "wait_for" -> waitFor = texts(name);
                case "wait_timeout_ms" -> timeout = ProjectionRoutes.timeout(whole(name));
                case "checks" -> {
                    if (one != null) {
                        return false;
                    }
                    list(name, () -> checks.add(check()));
                }
                case "expected" -> {
                    if (one == null) {
                        return false;
                    }
                    checks.add(new EventAppend.Check(one, expected()));
                }
                default -> {
                    return false;
                }
            }
            return true;
        }

        private void addEvent() {
            if (events.size() == EventAppend.MAX_EVENTS) {
                throw HttpProblem.of(
                        ErrorKind.TOO_LARGE, "an append has at most " + EventAppend.MAX_EVENTS + " events");
            }
            try {
                events.add(new EventFields(target, random).read());
            } catch (HttpProblem e) {
                throw new HttpProblem(e.problem().at(events.size()));
            } catch (VarveException e) {
                throw new HttpProblem(Problem.of(e).at(events.size()));
            }
        }
    }

    /**
     * An event, which says itself which aggregate it belongs to.
     *
     * @param random where its id comes from if it gives none
     */
    EventAppend.Addressed event(RandomGenerator random) {
        return new EventFields(null, random).read();
    }

    private final class EventFields {

        private final boolean addressed;
        private final RandomGenerator random;
        private final DataFields data = new DataFields();
        private @Nullable AggregateId aggregate;
        private @Nullable UUID id;
        private @Nullable String type;
        private Set<String> tags = Set.of();
        private Map<String, String> metadata = Map.of();
        private @Nullable Instant time;

        EventFields(@Nullable AggregateId target, RandomGenerator random) {
            this.random = random;
            this.aggregate = target;
            this.addressed = target != null;
        }

        EventAppend.Addressed read() {
            object("an event", this::take);
            if (type == null) {
                throw invalid("an event needs a type");
            }
            UUID named = id == null ? freshId(random) : id;
            return new EventAppend.Addressed(aggregate, new NewEvent(named, type, data.get(), tags, metadata, time));
        }

        private boolean take(String name) {
            switch (name) {
                case "id" -> id = id(text(name));
                case "aggregate" -> {
                    if (addressed) {
                        throw invalid("the URL says which aggregate the events belong to");
                    }
                    aggregate = aggregate();
                }
                case "type" -> type = text(name);
                case "tags" -> tags = texts(name);
                case "metadata" -> metadata = textsByName(name);
                case "time" -> time = time(name, text(name));
                default -> {
                    return data.take(name);
                }
            }
            return true;
        }
    }

    /** An id for an event whose writer gave none. */
    static UUID freshId(RandomGenerator random) {
        long version = (random.nextLong() & ~0xf000L) | 0x4000L;
        long variant = (random.nextLong() & ~(0b11L << 62)) | (0b10L << 62);
        return new UUID(version, variant);
    }

    /** Reads an event's id: the 36 characters of a UUID. */
    static UUID id(String text) {
        try {
            UUID id = UUID.fromString(text);
            if (text.equalsIgnoreCase(id.toString())) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            // Told below, as what is read too generously.
        }
        throw invalid("the id of an event is a UUID such as 0f6e9a52-7c1d-4d0e-9d58-0a4f8e2b6c11");
    }

    /** Reads a time in UTC. */
    static Instant time(String what, String text) {
        Instant time = StreamHeaders.utc(text);
        if (time == null) {
            throw invalid(what + " is a time in UTC with up to nine digits behind the second, such as"
                    + " 2026-03-31T12:00:00.5Z");
        }
        return time;
    }

    private AggregateId aggregate() {
        if (isText()) {
            return AggregateId.parse(parser.getString());
        }
        String[] names = new String[2];
        object("an aggregate", name -> {
            switch (name) {
                case "type" -> names[0] = text(name);
                case "id" -> names[1] = text(name);
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (names[0] == null || names[1] == null) {
            throw invalid("an aggregate needs a type and an id");
        }
        return new AggregateId(names[0], names[1]);
    }

    /** An aggregate and what is expected of it. */
    EventAppend.Check check() {
        AggregateId[] aggregate = new AggregateId[1];
        ExpectedVersion[] expected = new ExpectedVersion[1];
        object("a check", name -> {
            switch (name) {
                case "aggregate" -> aggregate[0] = aggregate();
                case "expected" -> expected[0] = expected();
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (aggregate[0] == null || expected[0] == null) {
            throw invalid("a check needs an aggregate and what is expected of it");
        }
        return new EventAppend.Check(aggregate[0], expected[0]);
    }

    private ExpectedVersion expected() {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> ExpectedVersion.parse(parser.getString());
            case VALUE_NUMBER_INT -> ExpectedVersion.exactly(whole("an expected version"));
            case START_OBJECT -> combined();
            default -> throw invalid("an expected version is a text, a number or an object");
        };
    }

    private ExpectedVersion combined() {
        List<ExpectedVersion> found = new ArrayList<>(1);
        object("an expected version", name -> {
            switch (name) {
                case "in" -> {
                    Set<Long> versions = new LinkedHashSet<>();
                    list(name, () -> versions.add(version(name)));
                    found.add(new ExpectedVersion.OneOf(versions));
                }
                case "and" -> found.add(new ExpectedVersion.AllOf(parts(name)));
                case "or" -> found.add(new ExpectedVersion.AnyOf(parts(name)));
                case "not" -> found.add(new ExpectedVersion.Not(expected()));
                default -> {
                    ExpectedVersion.Comparison comparison = comparison(name);
                    if (comparison == null) {
                        return false;
                    }
                    found.add(new ExpectedVersion.Compared(comparison, version(name)));
                }
            }
            return true;
        });
        if (found.size() != 1) {
            throw invalid("an expected version that is an object has one field");
        }
        return found.getFirst();
    }

    private List<ExpectedVersion> parts(String name) {
        List<ExpectedVersion> parts = new ArrayList<>();
        list(name, () -> parts.add(expected()));
        return parts;
    }

    private static ExpectedVersion.@Nullable Comparison comparison(String name) {
        for (ExpectedVersion.Comparison comparison : ExpectedVersion.Comparison.values()) {
            if (comparison.wireName().equals(name)) {
                return comparison;
            }
        }
        return null;
    }

    private long version(String what) {
        long version = whole(what);
        if (version < EventStore.EMPTY) {
            throw invalid("versions are -1 or more, " + what + " was " + version);
        }
        return version;
    }

    /** What must not have happened. */
    AppendCondition condition() {
        EventQuery[] query = new EventQuery[1];
        long[] after = {EventStore.EMPTY};
        object("a condition", name -> {
            switch (name) {
                case "fail_if_events_match" -> query[0] = query();
                case "after" -> after[0] = isNull() ? EventStore.EMPTY : whole(name);
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (query[0] == null) {
            throw invalid("a condition needs fail_if_events_match");
        }
        return new AppendCondition(query[0], after[0]);
    }

    private EventQuery query() {
        List<EventQuery.Item> items = new ArrayList<>();
        object("a query", name -> {
            if (!name.equals("items")) {
                return false;
            }
            list(name, () -> items.add(item()));
            return true;
        });
        return new EventQuery(items);
    }

    private EventQuery.Item item() {
        List<Set<String>> terms = new ArrayList<>(List.of(Set.of(), Set.of(), Set.of()));
        List<String> names = List.of("types", "tags", "excluded_types");
        object("an item of a query", name -> {
            int which = names.indexOf(name);
            if (which >= 0) {
                terms.set(which, texts(name));
            }
            return which >= 0;
        });
        return new EventQuery.Item(terms.get(0), terms.get(1), terms.get(2));
    }

    /** How far a reader of another log has come. */
    EventAppend.Tracking tracking() {
        String[] source = new String[1];
        long[] position = {EventStore.EMPTY};
        object("a tracking", name -> {
            switch (name) {
                case "source" -> source[0] = text(name);
                case "position" -> position[0] = whole(name);
                default -> {
                    return false;
                }
            }
            return true;
        });
        if (source[0] == null) {
            throw invalid("a tracking needs a source and a position");
        }
        return new EventAppend.Tracking(source[0], position[0]);
    }

    // ---- reads

    /**
     * What a body says of a read.
     *
     * @param query by type and tag; null when it says nothing of the kind
     * @param parameters the other fields, as a URL would have them
     */
    record Asked(@Nullable EventQuery query, Map<String, List<String>> parameters) {}

    /** A read. */
    Asked asked() {
        return asked("the body");
    }

    /** A read that is said by an object, here or within another one. */
    Asked asked(String what) {
        EventQuery[] query = new EventQuery[1];
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        object(what, name -> {
            switch (name) {
                case "query" -> query[0] = query();
                case "metadata" ->
                    textsByName(name)
                            .forEach((key, value) -> parameters.put(EventsRead.METADATA + key, List.of(value)));
                case "aggregate" -> parameters.put(name, List.of(aggregate().toString()));
                default -> {
                    if (!EventsRead.isParameter(name)) {
                        return false;
                    }
                    parameters.put(name, asParameter(name));
                }
            }
            return true;
        });
        return new Asked(query[0], parameters);
    }

    private List<String> asParameter(String name) {
        return switch (parser.currentToken()) {
            case START_ARRAY -> List.copyOf(texts(name));
            case VALUE_NUMBER_INT -> List.of(Long.toString(whole(name)));
            case VALUE_TRUE, VALUE_FALSE -> List.of(Boolean.toString(flag(name)));
            default -> List.of(text(name));
        };
    }

    // ---- what is said of aggregates and events

    /** A replacement of data, which may be null: nothing is left. */
    EventData replacement() {
        DataFields data = new DataFields();
        object("the body", data::take);
        return data.get();
    }

    /** The positions of single events. */
    List<Long> positions() {
        List<Long> positions = new ArrayList<>();
        object("the body", name -> {
            if (!name.equals("positions")) {
                return false;
            }
            list(name, () -> positions.add(whole("a position")));
            return true;
        });
        return positions;
    }

    /** A position that is all that the body says. */
    long position() {
        List<Long> found = new ArrayList<>();
        object("the body", name -> name.equals("position") && found.add(whole(name)));
        if (found.isEmpty()) {
            throw invalid("the body needs a position");
        }
        return found.getFirst();
    }

    /** How long events are kept; what is not said, or null, is not bounded. */
    AggregateSettings settings() {
        AggregateSettings[] settings = {AggregateSettings.NONE};
        object("the body", name -> {
            switch (name) {
                case "max_age_ms" -> {
                    if (!isNull()) {
                        settings[0] = settings[0].withMaxAge(Duration.ofMillis(whole(name)));
                    }
                }
                case "max_count" -> {
                    if (!isNull()) {
                        settings[0] = settings[0].withMaxCount(whole(name));
                    }
                }
                case "truncate_before" -> settings[0] = settings[0].withTruncateBefore(isNull() ? 0 : whole(name));
                case "custom" -> {
                    AggregateSettings before = settings[0];
                    settings[0] = new AggregateSettings(
                            before.maxAge(), before.maxCount(), before.truncateBefore(), textsByName(name));
                }
                default -> {
                    return false;
                }
            }
            return true;
        });
        return settings[0];
    }

    /**
     * A snapshot.
     *
     * @param now when it was made, if it does not say
     */
    Snapshot snapshot(AggregateId aggregate, Instant now) {
        DataFields state = new DataFields();
        long[] version = {EventStore.EMPTY};
        String[] schema = {""};
        List<Map<String, String>> metadata = new ArrayList<>(1);
        Instant[] time = {now};
        object("the body", name -> {
            switch (name) {
                case "version" -> version[0] = whole(name);
                case "schema" -> schema[0] = text(name);
                case "metadata" -> metadata.add(textsByName(name));
                case "time" -> time[0] = time(name, text(name));
                default -> {
                    return state.take(name);
                }
            }
            return true;
        });
        return new Snapshot(
                aggregate,
                version[0],
                schema[0],
                state.get(),
                metadata.isEmpty() ? Map.of() : metadata.getFirst(),
                time[0]);
    }
}
