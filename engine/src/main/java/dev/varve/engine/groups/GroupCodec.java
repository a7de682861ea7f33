package dev.varve.engine.groups;

import dev.varve.api.AggregateId;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a group has in the log, as values of entries: lists, so that each is one entry. */
final class GroupCodec {

    private static final long VERSION = 1;

    private GroupCodec() {}

    /** Reads a list from its beginning. */
    private static final class Reader {
        private final List<EntryValue> items;
        private int next;

        Reader(EntryValue value) {
            if (!(value instanceof EntryValue.Items(List<EntryValue> list))) {
                throw corrupt();
            }
            items = list;
        }

        boolean isAtEnd() {
            return next == items.size();
        }

        EntryValue value() {
            if (isAtEnd()) {
                throw corrupt();
            }
            return items.get(next++);
        }

        long number() {
            if (value() instanceof EntryValue.Whole(long number)) {
                return number;
            }
            throw corrupt();
        }

        int count() {
            return (int) number();
        }

        boolean bool() {
            if (value() instanceof EntryValue.Bool(boolean bool)) {
                return bool;
            }
            throw corrupt();
        }

        @Nullable String textOrNull() {
            return switch (value()) {
                case EntryValue.Text(String text) -> text;
                case EntryValue.Null() -> null;
                default -> throw corrupt();
            };
        }

        String text() {
            String text = textOrNull();
            if (text == null) {
                throw corrupt();
            }
            return text;
        }

        Set<String> texts() {
            Reader texts = new Reader(value());
            Set<String> all = new LinkedHashSet<>();
            while (!texts.isAtEnd()) {
                all.add(texts.text());
            }
            return all;
        }

        @Nullable Instant timeOrNull() {
            String text = textOrNull();
            return text == null ? null : Instant.parse(text);
        }
    }

    private static VarveException corrupt() {
        return new VarveException(ErrorKind.CORRUPT, "what is kept of a subscription of events cannot be read");
    }

    private static EntryValue items(EntryValue... items) {
        return new EntryValue.Items(List.of(items));
    }

    private static EntryValue text(@Nullable Object text) {
        return text == null ? new EntryValue.Null() : EntryValue.of(text.toString());
    }

    private static EntryValue texts(Collection<?> texts) {
        return new EntryValue.Items(texts.stream().map(GroupCodec::text).toList());
    }

    // ---- settings

    /** The settings of a group, and when it was made. */
    record Made(SubscriptionSettings settings, long createdAtMillis) {}

    static EntryValue settings(Made made) {
        SubscriptionSettings settings = made.settings;
        EventRead read = settings.events();
        return items(
                EntryValue.of(VERSION),
                EntryValue.of(made.createdAtMillis),
                text(settings.messageTimeout()),
                EntryValue.of(settings.maxRetries()),
                text(settings.retryPause()),
                EntryValue.of(settings.maxInFlight()),
                EntryValue.of(settings.maxConsumers()),
                text(settings.distribution()),
                text(read.aggregate()),
                text(read.category()),
                EntryValue.of(read.after()),
                text(read.from()),
                new EntryValue.Items(
                        read.query().items().stream().map(GroupCodec::item).toList()),
                filter(read.filter()));
    }

    private static EntryValue item(EventQuery.Item item) {
        return items(texts(item.types()), texts(item.tags()), texts(item.excludedTypes()));
    }

    private static EntryValue filter(EventFilter filter) {
        List<String> metadata = new ArrayList<>();
        filter.metadata().forEach((name, value) -> {
            metadata.add(name);
            metadata.add(value);
        });
        return items(
                text(filter.typePrefix()),
                text(filter.idPrefix()),
                texts(filter.ids()),
                text(filter.since()),
                text(filter.before()),
                texts(metadata));
    }

    static Made settings(EntryValue value) {
        Reader reader = new Reader(value);
        if (reader.number() != VERSION) {
            throw corrupt();
        }
        long createdAtMillis = reader.number();
        Duration timeout = Duration.parse(reader.text());
        int retries = reader.count();
        Duration pause = Duration.parse(reader.text());
        int inFlight = reader.count();
        int consumers = reader.count();
        SubscriptionSettings.Distribution distribution = SubscriptionSettings.Distribution.valueOf(reader.text());
        return new Made(
                new SubscriptionSettings(read(reader), timeout, retries, pause, inFlight, consumers, distribution),
                createdAtMillis);
    }

    private static EventRead read(Reader reader) {
        String aggregate = reader.textOrNull();
        String category = reader.textOrNull();
        long after = reader.number();
        Instant from = reader.timeOrNull();
        List<EventQuery.Item> query = new ArrayList<>();
        Reader items = new Reader(reader.value());
        while (!items.isAtEnd()) {
            Reader item = new Reader(items.value());
            query.add(new EventQuery.Item(item.texts(), item.texts(), item.texts()));
        }
        return new EventRead(
                aggregate == null ? null : AggregateId.parse(aggregate),
                category,
                new EventQuery(query),
                filter(new Reader(reader.value())),
                false,
                after,
                Long.MAX_VALUE,
                from,
                0,
                EventRead.MAX_LIMIT);
    }

    private static EventFilter filter(Reader reader) {
        String typePrefix = reader.text();
        String idPrefix = reader.text();
        Set<UUID> ids = new LinkedHashSet<>();
        reader.texts().forEach(id -> ids.add(UUID.fromString(id)));
        Instant since = reader.timeOrNull();
        Instant before = reader.timeOrNull();
        Map<String, String> metadata = new LinkedHashMap<>();
        Reader pairs = new Reader(reader.value());
        while (!pairs.isAtEnd()) {
            metadata.put(pairs.text(), pairs.text());
        }
        return new EventFilter(typePrefix, idPrefix, ids, since, before, metadata);
    }

    // ---- progress

    static EntryValue progress(Progress progress, Collection<Message> unsettled) {
        List<EntryValue> items = new ArrayList<>(8 + 4 * unsettled.size());
        items.add(EntryValue.of(VERSION));
        items.add(EntryValue.of(progress.cursor));
        items.add(EntryValue.of(progress.floor));
        items.add(EntryValue.of(progress.reached));
        items.add(EntryValue.of(progress.begun));
        items.add(EntryValue.of(progress.paused));
        items.add(text(progress.pausedReason));
        for (Message message : unsettled) {
            items.add(EntryValue.of(message.position));
            items.add(EntryValue.of(message.attempts));
            items.add(EntryValue.of(message.key));
            items.add(EntryValue.of(message.replayed));
        }
        return new EntryValue.Items(items);
    }

    static Progress progress(EntryValue value, List<Message> unsettled) {
        Reader reader = new Reader(value);
        if (reader.number() != VERSION) {
            throw corrupt();
        }
        Progress progress = new Progress(reader.number());
        progress.floor = reader.number();
        progress.reached = reader.number();
        progress.begun = reader.bool();
        progress.paused = reader.bool();
        progress.pausedReason = reader.text();
        while (!reader.isAtEnd()) {
            long position = reader.number();
            int attempts = reader.count();
            long key = reader.number();
            unsettled.add(new Message(position, key, reader.bool(), attempts));
        }
        return progress;
    }
}
