package dev.varve.client;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AggregateStatus;
import dev.varve.api.Commit;
import dev.varve.api.CommitPage;
import dev.varve.api.DeliveredEvent;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventData;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.LoadedAggregate;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.ParkedEvent;
import dev.varve.api.Snapshot;
import dev.varve.api.StoredEvent;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.VarveException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads what servers answer about events. Data that is JSON is cut out byte for byte. Fields that are not known are passed over; what is not as it
 * must be is {@link ErrorKind#HTTP}. Confined to the thread that reads.
 */
final class EventAnswer {

    /** How large an answer is that is taken at all is bounded elsewhere, and nothing here recurses. */
    static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final JsonParser parser;
    private final byte[] body;

    private EventAnswer(JsonParser parser, byte[] body) {
        this.parser = parser;
        this.body = body;
    }

    /**
     * Reads JSON.
     *
     * @param where what it is, for failures
     * @param reader takes one value, at whose first token the parser is
     */
    static <T> T read(String where, byte[] json, Function<EventAnswer, T> reader) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            return reader.apply(new EventAnswer(parser, json));
        } catch (JacksonException | IllegalArgumentException | DateTimeException e) {
            throw new VarveException(ErrorKind.HTTP, where + " cannot be understood: " + e.getMessage(), e);
        } catch (VarveException e) {
            // No aggregate, event or snapshot can be as it says.
            throw new VarveException(ErrorKind.HTTP, where + " cannot be understood: " + e.getMessage(), e);
        }
    }

    // ---- values

    /** Reads an object; the taker reads the value of a field, at whose first token the parser is, or leaves it. */
    private void object(Consumer<String> taker) {
        require(JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            taker.accept(name);
            parser.skipChildren();
        }
    }

    private <T> List<T> list(Supplier<T> item) {
        require(JsonToken.START_ARRAY);
        List<T> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(item.get());
        }
        return items;
    }

    private Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        object(name -> texts.put(name, text()));
        return texts;
    }

    private void require(JsonToken token) {
        if (parser.currentToken() != token) {
            throw new IllegalArgumentException(
                    "there is " + parser.currentToken() + " instead of " + token + " at " + parser.streamReadContext());
        }
    }

    private String text() {
        require(JsonToken.VALUE_STRING);
        return parser.getString();
    }

    private long number() {
        require(JsonToken.VALUE_NUMBER_INT);
        return parser.getLongValue();
    }

    private Instant time() {
        return InstantText.read(text());
    }

    private boolean flag() {
        return parser.currentToken() == JsonToken.VALUE_TRUE;
    }

    private boolean isNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    /** The bytes of the value that the parser is at, with all that stands between it and what is before and behind it. */
    private byte[] slice() {
        int from = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            // A string is read lazily; its end is known only afterwards.
            parser.getStringLength();
        }
        int to = (int) parser.currentLocation().getByteOffset();
        while (from > 0 && isBlank(body[from - 1])) {
            from--;
        }
        while (isBlank(body[to - 1]) || body[to - 1] == ',') {
            to--; // the parser may have looked at it behind a number
        }
        while (to < body.length && isBlank(body[to])) {
            to++;
        }
        return Arrays.copyOfRange(body, from, to);
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }

    private static <T> T present(@Nullable T value, String name) {
        if (value == null) {
            throw new IllegalArgumentException("there is no " + name);
        }
        return value;
    }

    private static AggregateStatus status(String wireName) {
        for (AggregateStatus status : AggregateStatus.values()) {
            if (status.wireName().equals(wireName)) {
                return status;
            }
        }
        throw new IllegalArgumentException("an aggregate cannot be " + wireName);
    }

    private AggregateId aggregate() {
        String[] names = new String[2];
        object(name -> {
            switch (name) {
                case "type" -> names[0] = text();
                case "id" -> names[1] = text();
                default -> {}
            }
        });
        return new AggregateId(present(names[0], "type"), present(names[1], "id"));
    }

    /** The fields that data has wherever it stands. */
    private final class DataFields {

        private byte @Nullable [] json;
        private byte @Nullable [] encoded;
        private @Nullable String contentType;

        void take(String name) {
            switch (name) {
                case "data" -> json = slice();
                case "data_base64" -> encoded = Base64.getDecoder().decode(text());
                case "content_type" -> contentType = text();
                default -> {}
            }
        }

        EventData get() {
            // Where both are there, the JSON is written otherwise than it came.
            byte[] bytes = encoded != null ? encoded : present(json, "data");
            return EventData.wrap(contentType == null ? EventData.JSON : contentType, bytes);
        }
    }

    // ---- events

    /** A page of events. */
    EventSlice slice(boolean ofAggregate) {
        return new Page().read(ofAggregate).tail();
    }

    /** A snapshot and what follows it. */
    LoadedAggregate loaded(AggregateId aggregate) {
        Page page = new Page();
        page.of = aggregate;
        return page.read(true);
    }

    private final class Page {
        private @Nullable AggregateId of;
        private Optional<Snapshot> snapshot = Optional.empty();
        private List<StoredEvent> events = List.of();
        private @Nullable Long head;
        private @Nullable Long next;
        private boolean more;
        private long version = EventStore.EMPTY;
        private AggregateStatus status = AggregateStatus.LIVE;

        LoadedAggregate read(boolean ofAggregate) {
            object(this::take);
            return new LoadedAggregate(
                    snapshot,
                    new EventSlice(
                            events,
                            present(head, "head"),
                            ofAggregate ? status : AggregateStatus.LIVE,
                            ofAggregate ? version : EventStore.EMPTY,
                            present(next, "next"),
                            more));
        }

        private void take(String name) {
            AggregateId aggregate = of;
            switch (name) {
                case "events" -> events = list(EventAnswer.this::event);
                case "head" -> head = number();
                case "next" -> next = number();
                case "more" -> more = flag();
                case "version" -> version = number();
                case "status" -> status = status(text());
                case "snapshot" -> {
                    if (aggregate != null) {
                        snapshot = Optional.of(snapshot(aggregate));
                    }
                }
                default -> {}
            }
        }
    }

    /** An event. */
    StoredEvent event() {
        return new EventFields().read();
    }

    private final class EventFields {
        private final DataFields data = new DataFields();
        private @Nullable Long position;
        private @Nullable AggregateId aggregate;
        private long version = EventStore.EMPTY;
        private @Nullable UUID id;
        private @Nullable String type;
        private Set<String> tags = Set.of();
        private Map<String, String> metadata = Map.of();
        private @Nullable Instant time;
        private @Nullable Instant recordedAt;
        private @Nullable Long first;
        private @Nullable Long last;
        private boolean redacted;

        StoredEvent read() {
            object(this::take);
            return new StoredEvent(
                    present(position, "position"),
                    aggregate,
                    version,
                    present(id, "id"),
                    present(type, "type"),
                    data.get(),
                    tags,
                    metadata,
                    present(time, "time"),
                    present(recordedAt, "recorded_at"),
                    present(first, "append_id"),
                    present(last, "append_last"),
                    redacted);
        }

        private void take(String name) {
            switch (name) {
                case "position" -> position = number();
                case "aggregate" -> aggregate = aggregate();
                case "version" -> version = number();
                case "id" -> id = UUID.fromString(text());
                case "type" -> type = text();
                case "tags" -> tags = new LinkedHashSet<>(list(EventAnswer.this::text));
                case "metadata" -> metadata = texts();
                case "time" -> time = time();
                case "recorded_at" -> recordedAt = time();
                case "append_id" -> first = number();
                case "append_last" -> last = number();
                case "redacted" -> redacted = flag();
                default -> data.take(name);
            }
        }
    }

    /**
     * A line of an answer that goes on.
     *
     * @param event an event, or null
     * @param caughtUp up to where everything was sent that was there, or null
     * @param checkpoint up to where everything was looked at, or null
     * @param fellBehind up to where everything was sent, when more was there than was sent in time, or null
     * @param failed why the answer ends, or null
     * @param closed whether it ends because nothing more can come
     */
    record Line(
            @Nullable StoredEvent event,
            @Nullable Long caughtUp,
            @Nullable Long checkpoint,
            @Nullable Long fellBehind,
            @Nullable VarveException failed,
            boolean closed) {}

    Line line() {
        StoredEvent[] event = new StoredEvent[1];
        Long[] places = new Long[3];
        VarveException[] failed = new VarveException[1];
        boolean[] closed = new boolean[1];
        object(name -> {
            switch (name) {
                case "event" -> event[0] = event();
                case "caught_up" -> places[0] = number();
                case "checkpoint" -> places[1] = number();
                case "fell_behind" -> places[2] = number();
                case "failed" -> failed[0] = failure();
                case "closed" -> closed[0] = true;
                default -> {}
            }
        });
        return new Line(event[0], places[0], places[1], places[2], failed[0], closed[0]);
    }

    private VarveException failure() {
        ErrorKind[] kind = {ErrorKind.INTERNAL};
        String[] detail = {"the server failed"};
        object(name -> {
            switch (name) {
                case "kind" -> kind[0] = Failures.kindNamed(text()).orElse(ErrorKind.INTERNAL);
                case "detail" -> detail[0] = text();
                default -> {}
            }
        });
        return new VarveException(kind[0], detail[0]);
    }

    // ---- commits

    /** A page of commits. */
    CommitPage commits() {
        List<Commit> commits = new ArrayList<>();
        Long[] next = new Long[1];
        boolean[] more = new boolean[1];
        object(name -> {
            switch (name) {
                case "commits" -> commits.addAll(list(this::commit));
                case "next" -> next[0] = number();
                case "more" -> more[0] = flag();
                default -> {}
            }
        });
        return new CommitPage(commits, present(next[0], "next"), more[0]);
    }

    private Commit commit() {
        CommitFields fields = new CommitFields();
        object(fields::take);
        return fields.get();
    }

    /**
     * A line of an answer that goes on.
     *
     * @param commit a commit, or null
     * @param failed why the answer ends, or null
     * @param closed whether it ends because nothing more can come
     */
    record CommitLine(
            @Nullable Commit commit,
            @Nullable Long caughtUp,
            @Nullable VarveException failed,
            boolean closed) {}

    CommitLine commitLine() {
        CommitFields fields = new CommitFields();
        Long[] caughtUp = new Long[1];
        VarveException[] failed = new VarveException[1];
        boolean[] closed = new boolean[1];
        object(name -> {
            switch (name) {
                case "caught_up" -> caughtUp[0] = number();
                case "failed" -> failed[0] = failure();
                case "closed" -> closed[0] = true;
                default -> fields.take(name);
            }
        });
        return new CommitLine(fields.number == null ? null : fields.get(), caughtUp[0], failed[0], closed[0]);
    }

    /** A line of those who follow changes of entries: which store it is, a change and whether more of its write follow, why it ends, or nothing of these. */
    record ChangeLine(
            @Nullable String storeId,
            @Nullable EntryEvent change,
            boolean more,
            @Nullable VarveException failed,
            boolean closed) {}

    ChangeLine changeLine() {
        ChangeFields fields = new ChangeFields();
        String[] storeId = new String[1];
        VarveException[] failed = new VarveException[1];
        boolean[] closed = new boolean[1];
        object(name -> {
            switch (name) {
                case "store_id" -> storeId[0] = text();
                case "failed" -> failed[0] = failure();
                case "closed" -> closed[0] = true;
                default -> fields.take(name);
            }
        });
        return new ChangeLine(
                storeId[0], fields.storeSeq == null ? null : fields.get(), fields.more, failed[0], closed[0]);
    }

    /** A line of changes that there are: a change, or in the end the number of the store's last one. */
    record ReadChange(@Nullable EntryEvent change, @Nullable Long currentSeq) {}

    ReadChange readChange() {
        ChangeFields fields = new ChangeFields();
        Long[] currentSeq = new Long[1];
        object(name -> {
            if (name.equals("current_seq")) {
                currentSeq[0] = number();
            } else {
                fields.take(name);
            }
        });
        return new ReadChange(fields.storeSeq == null ? null : fields.get(), currentSeq[0]);
    }

    private final class CommitFields {
        private @Nullable Long number;
        private @Nullable Instant time;
        private final List<ChangeFields> entries = new ArrayList<>();
        private List<StoredEvent> events = List.of();
        private List<Commit.Appended> streams = List.of();

        void take(String name) {
            switch (name) {
                case "commit" -> number = number();
                case "time" -> time = time();
                case "entries" ->
                    entries.addAll(list(() -> {
                        ChangeFields change = new ChangeFields();
                        object(change::take);
                        return change;
                    }));
                case "events" -> events = list(EventAnswer.this::event);
                case "streams" ->
                    streams = list(() -> {
                        AppendFields append = new AppendFields();
                        object(append::take);
                        return append.get();
                    });
                default -> {}
            }
        }

        Commit get() {
            long millis = present(time, "time").toEpochMilli();
            List<EntryEvent> changes = new ArrayList<>();
            for (ChangeFields change : entries) {
                changes.add(change.get(changes.isEmpty(), millis));
            }
            return new Commit(present(number, "commit"), millis, changes, events, streams);
        }
    }

    private final class ChangeFields {
        private @Nullable Long storeSeq;
        private EntryOp.@Nullable Kind kind;
        private @Nullable EntryPath path;
        private @Nullable EntryValue value;
        private @Nullable EntryType label;
        private @Nullable String device;
        private @Nullable String clientOpId;
        private @Nullable Instant time;
        private boolean first;
        private boolean more;

        void take(String name) {
            switch (name) {
                case "store_seq" -> storeSeq = number();
                case "op" -> kind = named(EntryOp.Kind.values(), EntryOp.Kind::wireName, text());
                case "path" -> path = EntryPath.parse(text());
                case "value" -> value = EntryJson.parse(slice());
                case "label" -> label = named(EntryType.values(), EntryType::wireName, text());
                case "device_id" -> device = text();
                case "client_op_id" -> clientOpId = text();
                case "time" -> time = time();
                case "first" -> first = flag();
                case "more" -> more = flag();
                default -> {}
            }
        }

        EntryEvent get() {
            return get(first, present(time, "time").toEpochMilli());
        }

        /** A commit has one write of entries at most. */
        EntryEvent get(boolean first, long millis) {
            EntryOp.Kind what = present(kind, "op");
            boolean takesAway = what == EntryOp.Kind.DELETE || what == EntryOp.Kind.RELEASE;
            return new EntryEvent(
                    present(storeSeq, "store_seq"),
                    what,
                    present(path, "path"),
                    takesAway ? null : present(value, "value"),
                    label,
                    present(device, "device_id"),
                    present(clientOpId, "client_op_id"),
                    first,
                    millis);
        }
    }

    private static <T> T named(T[] all, Function<T, String> wireName, String name) {
        for (T one : all) {
            if (wireName.apply(one).equals(name)) {
                return one;
            }
        }
        throw new IllegalArgumentException("nothing is called " + name);
    }

    private final class AppendFields {
        private @Nullable String path;
        private @Nullable Offset from;
        private @Nullable Offset next;
        private boolean closed;
        private @Nullable String contentType;
        private List<MessagesResult.Message> messages = List.of();

        void take(String name) {
            switch (name) {
                case "path" -> path = text();
                case "from" -> from = Offset.of(text());
                case "next" -> next = Offset.of(text());
                case "closed" -> closed = flag();
                case "content_type" -> contentType = isNull() ? null : text();
                case "messages" -> messages = list(EventAnswer.this::message);
                default -> {}
            }
        }

        Commit.Appended get() {
            return new Commit.Appended(
                    present(path, "path"), present(from, "from"), present(next, "next"), closed, contentType, messages);
        }
    }

    private MessagesResult.Message message() {
        Offset[] next = new Offset[1];
        byte[][] forms = new byte[3][];
        object(name -> {
            switch (name) {
                case "next" -> next[0] = Offset.of(text());
                // Where JSON is there twice, the other is as it came.
                case "data_base64" -> forms[0] = Base64.getDecoder().decode(text());
                case "text" -> forms[1] = text().getBytes(StandardCharsets.UTF_8);
                case "data" -> forms[2] = slice();
                default -> {}
            }
        });
        byte[] bytes = forms[0] != null ? forms[0] : forms[1] != null ? forms[1] : forms[2];
        return new MessagesResult.Message(ByteBuffer.wrap(present(bytes, "data")), present(next[0], "next"));
    }

    // ---- appends

    /** What an append came to. */
    EventAppendResult.Appended appended() {
        long[] positions = {EventStore.EMPTY, EventStore.EMPTY};
        List<EventAppendResult.Written> written = new ArrayList<>();
        boolean[] idempotent = new boolean[1];
        object(name -> {
            switch (name) {
                case "first_position" -> positions[0] = number();
                case "last_position" -> positions[1] = number();
                case "aggregates" -> written.addAll(list(this::written));
                case "idempotent" -> idempotent[0] = flag();
                default -> {}
            }
        });
        return new EventAppendResult.Appended(positions[0], positions[1], written, idempotent[0]);
    }

    private EventAppendResult.Written written() {
        AggregateId[] aggregate = new AggregateId[1];
        Long[] versions = new Long[2];
        object(name -> {
            switch (name) {
                case "aggregate" -> aggregate[0] = aggregate();
                case "version_before" -> versions[0] = number();
                case "version" -> versions[1] = number();
                default -> {}
            }
        });
        return new EventAppendResult.Written(
                present(aggregate[0], "aggregate"),
                present(versions[0], "version_before"),
                present(versions[1], "version"));
    }

    /**
     * Why an append or a deletion was refused; nothing when the answer tells of something else.
     *
     * @param checks what was to hold
     */
    Optional<EventAppendResult.Refused> refused(List<EventAppend.Check> checks) {
        List<EventAppendResult.Reason> reasons = new ArrayList<>(1);
        List<EventAppendResult.Violation> violations = new ArrayList<>();
        long[] position = {EventStore.EMPTY};
        UUID[] id = new UUID[1];
        object(name -> {
            switch (name) {
                case "reason" -> reason(text()).ifPresent(reasons::add);
                case "violations" -> violations.addAll(list(() -> violation(checks)));
                case "position" -> position[0] = number();
                case "event_id" -> id[0] = UUID.fromString(text());
                default -> {}
            }
        });
        return reasons.stream()
                .findFirst()
                .map(reason -> new EventAppendResult.Refused(reason, violations, position[0], id[0]));
    }

    private static Optional<EventAppendResult.Reason> reason(String wireName) {
        return Arrays.stream(EventAppendResult.Reason.values())
                .filter(reason -> reason.wireName().equals(wireName))
                .findFirst();
    }

    private EventAppendResult.Violation violation(List<EventAppend.Check> checks) {
        Long[] numbers = new Long[2];
        AggregateId[] aggregate = new AggregateId[1];
        AggregateStatus[] status = new AggregateStatus[1];
        object(name -> {
            switch (name) {
                case "index" -> numbers[0] = number();
                case "aggregate" -> aggregate[0] = aggregate();
                case "status" -> status[0] = status(text());
                case "actual" -> numbers[1] = number();
                default -> {}
            }
        });
        int index = Math.toIntExact(present(numbers[0], "index"));
        return new EventAppendResult.Violation(
                index,
                present(aggregate[0], "aggregate"),
                index >= 0 && index < checks.size() ? checks.get(index).expected() : ExpectedVersion.any(),
                present(status[0], "status"),
                present(numbers[1], "actual"));
    }

    // ---- aggregates

    List<AggregateInfo> infos() {
        List<AggregateInfo> infos = new ArrayList<>();
        object(name -> {
            if (name.equals("aggregates")) {
                infos.addAll(list(this::info));
            }
        });
        return infos;
    }

    AggregateInfo info() {
        AggregateId[] aggregate = new AggregateId[1];
        AggregateStatus[] status = new AggregateStatus[1];
        Map<String, Long> numbers = new LinkedHashMap<>();
        AggregateSettings[] settings = {AggregateSettings.NONE};
        object(name -> {
            switch (name) {
                case "aggregate" -> aggregate[0] = aggregate();
                case "status" -> status[0] = status(text());
                case "settings" -> settings[0] = settings();
                case "version", "first_version", "last_position", "settings_revision" -> numbers.put(name, number());
                default -> {}
            }
        });
        return new AggregateInfo(
                present(aggregate[0], "aggregate"),
                present(status[0], "status"),
                present(numbers.get("version"), "version"),
                present(numbers.get("first_version"), "first_version"),
                present(numbers.get("last_position"), "last_position"),
                settings[0],
                present(numbers.get("settings_revision"), "settings_revision"));
    }

    private AggregateSettings settings() {
        AggregateSettings[] settings = {AggregateSettings.NONE};
        Map<String, String> custom = new LinkedHashMap<>();
        object(name -> {
            if (isNull()) {
                return;
            }
            switch (name) {
                case "max_age_ms" -> settings[0] = settings[0].withMaxAge(Duration.ofMillis(number()));
                case "max_count" -> settings[0] = settings[0].withMaxCount(number());
                case "truncate_before" -> settings[0] = settings[0].withTruncateBefore(number());
                case "custom" -> custom.putAll(texts());
                default -> {}
            }
        });
        return new AggregateSettings(
                settings[0].maxAge(), settings[0].maxCount(), settings[0].truncateBefore(), custom);
    }

    // ---- snapshots

    List<Snapshot> snapshots(AggregateId aggregate) {
        List<Snapshot> snapshots = new ArrayList<>();
        object(name -> {
            if (name.equals("snapshots")) {
                snapshots.addAll(list(() -> snapshot(aggregate)));
            }
        });
        return snapshots;
    }

    private Snapshot snapshot(AggregateId aggregate) {
        DataFields state = new DataFields();
        Long[] version = new Long[1];
        String[] schema = {""};
        Map<String, String> metadata = new LinkedHashMap<>();
        Instant[] time = new Instant[1];
        object(name -> {
            switch (name) {
                case "version" -> version[0] = number();
                case "schema" -> schema[0] = text();
                case "metadata" -> metadata.putAll(texts());
                case "time" -> time[0] = time();
                default -> state.take(name);
            }
        });
        return new Snapshot(
                aggregate, present(version[0], "version"), schema[0], state.get(), metadata, present(time[0], "time"));
    }

    // ---- checkpoints, and what is only a number

    Map<String, Long> checkpoints() {
        Map<String, Long> positions = new LinkedHashMap<>();
        object(name -> {
            if (name.equals("projections")) {
                object(reader -> positions.put(reader, number()));
            }
        });
        return positions;
    }

    // ---- subscriptions

    /** What is known of a subscription. */
    SubscriptionInfo subscription() {
        return new SubscriptionFields().read();
    }

    /** What is known of all subscriptions. */
    List<SubscriptionInfo> subscriptions() {
        return listed("subscriptions", this::subscription);
    }

    List<DeliveredEvent> deliveries() {
        return listed("deliveries", () -> new DeliveryFields().delivery());
    }

    List<ParkedEvent> parked() {
        return listed("parked", () -> new DeliveryFields().parked());
    }

    /** A list that stands in a field. */
    private <T> List<T> listed(String field, Supplier<T> item) {
        List<List<T>> found = new ArrayList<>(1);
        object(name -> {
            if (name.equals(field)) {
                found.add(list(item));
            }
        });
        return present(found.isEmpty() ? null : found.get(0), field);
    }

    private final class SubscriptionFields {
        private final Map<String, Long> numbers = new LinkedHashMap<>();
        private @Nullable String name;
        private @Nullable SubscriptionSettings settings;
        private @Nullable Instant createdAt;
        private boolean paused;
        private String pausedReason = "";
        private List<String> consumers = List.of();

        SubscriptionInfo read() {
            object(this::take);
            return new SubscriptionInfo(
                    present(name, "name"),
                    present(settings, "settings"),
                    present(createdAt, "created_at"),
                    number("checkpoint"),
                    number("head"),
                    (int) number("in_flight"),
                    (int) number("waiting"),
                    (int) number("parked"),
                    paused,
                    pausedReason,
                    consumers);
        }

        private long number(String field) {
            return present(numbers.get(field), field);
        }

        private void take(String field) {
            switch (field) {
                case "name" -> name = text();
                case "settings" -> settings = subscriptionSettings();
                case "created_at" -> createdAt = time();
                case "paused" -> paused = flag();
                case "paused_reason" -> pausedReason = text();
                case "consumers" -> consumers = list(EventAnswer.this::text);
                default -> {
                    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
                        numbers.put(field, EventAnswer.this.number());
                    }
                }
            }
        }
    }

    private SubscriptionSettings subscriptionSettings() {
        SubscriptionSettings[] settings = {SubscriptionSettings.of(EventRead.all())};
        object(name -> {
            SubscriptionSettings before = settings[0];
            settings[0] = switch (name) {
                case "events" -> before.withEvents(new ReadFields().read());
                case "message_timeout_ms" -> before.withMessageTimeout(Duration.ofMillis(number()));
                case "max_retries" -> before.withRetries((int) number(), before.retryPause());
                case "retry_pause_ms" -> before.withRetries(before.maxRetries(), Duration.ofMillis(number()));
                case "max_in_flight" -> before.withMaxInFlight((int) number());
                case "max_consumers" -> before.withMaxConsumers((int) number());
                case "distribution" ->
                    before.withDistribution(SubscriptionSettings.Distribution.valueOf(text().toUpperCase(Locale.ROOT)));
                default -> before;
            };
        });
        return settings[0];
    }

    /** A read as requests say it. */
    private final class ReadFields {
        private @Nullable AggregateId aggregate;
        private @Nullable String category;
        private @Nullable Instant from;
        private @Nullable Instant since;
        private @Nullable Instant before;
        private long after = EventStore.EMPTY;
        private List<EventQuery.Item> query = List.of();
        private String typePrefix = "";
        private String idPrefix = "";
        private List<UUID> ids = List.of();
        private Map<String, String> metadata = Map.of();

        EventRead read() {
            object(this::take);
            return new EventRead(
                    aggregate,
                    category,
                    new EventQuery(query),
                    new EventFilter(typePrefix, idPrefix, new LinkedHashSet<>(ids), since, before, metadata),
                    false,
                    after,
                    Long.MAX_VALUE,
                    from,
                    0,
                    EventRead.MAX_LIMIT);
        }

        private void take(String name) {
            switch (name) {
                case "aggregate" -> aggregate = aggregate();
                case "category" -> category = text();
                case "from_time" -> from = time();
                case "since" -> since = time();
                case "before" -> before = time();
                case "after" ->
                    after = parser.currentToken() == JsonToken.VALUE_STRING ? SubscriptionSettings.END : number();
                case "query" -> query = listed("items", this::item);
                case "type_prefix" -> typePrefix = text();
                case "id_prefix" -> idPrefix = text();
                case "event_id" -> ids = list(() -> UUID.fromString(text()));
                case "metadata" -> metadata = texts();
                default -> {}
            }
        }

        private EventQuery.Item item() {
            Map<String, Set<String>> terms = new LinkedHashMap<>();
            object(name -> terms.put(name, new LinkedHashSet<>(list(EventAnswer.this::text))));
            return new EventQuery.Item(
                    terms.getOrDefault("types", Set.of()),
                    terms.getOrDefault("tags", Set.of()),
                    terms.getOrDefault("excluded_types", Set.of()));
        }
    }

    /** An event with what a subscription says of it. */
    private final class DeliveryFields {
        private final Map<String, String> texts = new LinkedHashMap<>();
        private final Map<String, Long> numbers = new LinkedHashMap<>();
        private @Nullable StoredEvent event;

        private void take(String name) {
            if (name.equals("event")) {
                event = EventAnswer.this.event();
            } else if (parser.currentToken() == JsonToken.VALUE_STRING) {
                texts.put(name, text());
            } else if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
                numbers.put(name, number());
            }
        }

        DeliveredEvent delivery() {
            object(this::take);
            return new DeliveredEvent(
                    present(event, "event"),
                    present(numbers.get("attempt"), "attempt").intValue(),
                    present(texts.get("token"), "token"),
                    InstantText.read(present(texts.get("deadline"), "deadline")));
        }

        ParkedEvent parked() {
            object(this::take);
            return new ParkedEvent(
                    present(numbers.get("position"), "position"),
                    event,
                    present(texts.get("reason"), "reason"),
                    present(numbers.get("attempts"), "attempts").intValue(),
                    InstantText.read(present(texts.get("parked_at"), "parked_at")));
        }
    }

    /** The number that a field is. */
    long number(String field) {
        Long[] found = new Long[1];
        object(name -> {
            if (name.equals(field)) {
                found[0] = number();
            }
        });
        return present(found[0], field);
    }

    /** Whether a field is true. */
    boolean flag(String field) {
        boolean[] found = new boolean[1];
        object(name -> found[0] |= name.equals(field) && flag());
        return found[0];
    }
}
