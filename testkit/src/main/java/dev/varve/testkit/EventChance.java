package dev.varve.testkit;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AppendCondition;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppend.Addressed;
import dev.varve.api.EventData;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventQuery.Item;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.ExpectedVersion.Compared;
import dev.varve.api.ExpectedVersion.Comparison;
import dev.varve.api.NewEvent;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What may be asked of a store of events, at random: all operations, mostly of a kind that has to do with what is there. Confined to one
 * thread.
 */
public final class EventChance {

    /** Few, so that appends meet. */
    static final List<AggregateId> AGGREGATES = List.of(
            new AggregateId("order", "a"),
            new AggregateId("order", "a/b"),
            new AggregateId("order", "\u00e9"),
            new AggregateId("orders", "a"),
            new AggregateId("cart", "%"));

    static final List<String> TYPES = List.of("Opened", "Open", "Closed", "Paid \u00e9");
    static final List<String> TAGS = List.of("a", "b", "c:1", "c:1,a");
    static final List<String> NAMES = List.of("p", "q", "r/1");
    private static final Instant NOON = Instant.parse("2020-11-21T12:00:00Z");

    /** Longer than any clock of a test jumps. */
    private static final Duration LONG = Duration.ofDays(100_000);

    private final RandomGenerator random;
    private final EventStore model;
    private final boolean ahead;
    private final List<EventAppend> sent = new ArrayList<>();
    private final Map<AggregateId, AggregateSettings> asked = new HashMap<>();
    private boolean redacted;

    /**
     * Chances.
     *
     * @param random decides
     * @param model what is there, as far as that is known
     * @param ahead whether changes are asked for before it is known what became of earlier ones, and the model's clock is another
     */
    public EventChance(RandomGenerator random, EventStore model, boolean ahead) {
        this.random = random;
        this.model = model;
        this.ahead = ahead;
    }

    /**
     * A change. The first ones create the store. What the contract leaves open does not occur, but for appends from before a call of
     * {@link #forget}.
     *
     * @return the change
     */
    public EventOperation anyChange() {
        if (model.head() == EventStore.EMPTY) {
            return new EventOperation.Append(
                    EventAppend.builder().event(anyEvent()).build());
        }
        int dice = random.nextInt(100);
        if (dice < 45) {
            EventAppend append = anyAppend();
            sent.add(append);
            return new EventOperation.Append(append);
        }
        if (dice < 60 && !sent.isEmpty()) {
            EventAppend again = any(sent);
            // Whether another type of an event that was redacted is noticed is left open.
            return new EventOperation.Append(redacted || random.nextBoolean() ? again : nearly(again));
        }
        if (dice < 66) {
            return anyDeletion();
        }
        if (dice < 73) {
            return anySettings();
        }
        if (dice < 78) {
            redacted = true;
            return new EventOperation.Redact(anyKnownPosition(), anyData());
        }
        if (dice < 81) {
            return new EventOperation.DeleteEvents(List.of(anyKnownPosition(), anyKnownPosition()));
        }
        return dice < 91 ? anySnapshotChange() : anyCheckpointChange();
    }

    /** Sends nothing again that was sent so far: what was scavenged is not recognised. */
    public void forget() {
        sent.clear();
    }

    // ---- all but appends

    EventOperation anyDeletion() {
        ExpectedVersion expected = random.nextInt(3) == 0 ? anyExpected() : ExpectedVersion.any();
        // Tombstones stay for ever: not too many of them.
        AggregateDeletion deletion = random.nextInt(30) == 0
                ? AggregateDeletion.TOMBSTONE
                : random.nextBoolean() ? AggregateDeletion.SOFT : AggregateDeletion.REMOVE;
        return new EventOperation.Delete(any(AGGREGATES), expected, deletion);
    }

    /** Bounds only become tighter: whether others bring back what was left out depends on when it was scavenged. */
    EventOperation anySettings() {
        AggregateId id = any(AGGREGATES);
        AggregateInfo info = model.aggregate(id);
        AggregateSettings settings = ahead ? asked.getOrDefault(id, info.settings()) : info.settings();
        AggregateSettings next = switch (random.nextInt(4)) {
            case 0 -> settings.withCustom("c", "" + random.nextInt());
            case 1 -> settings.withMaxAge(LONG);
            case 2 -> {
                Long count = settings.maxCount();
                yield settings.withMaxCount(Math.min(count == null ? Long.MAX_VALUE : count, 1 + random.nextInt(10)));
            }
            default ->
                settings.withTruncateBefore(
                        Math.max(settings.truncateBefore(), info.version() + 1 - random.nextInt(6)));
        };
        asked.put(id, next);
        Long revision = random.nextBoolean() ? null : info.settingsRevision() + random.nextInt(4) / 3;
        return new EventOperation.Configure(id, next, revision);
    }

    EventOperation anySnapshotChange() {
        AggregateId id = any(AGGREGATES);
        if (random.nextInt(4) == 0) {
            return new EventOperation.DeleteSnapshots(id, anySnapshots());
        }
        long version = Math.max(0, model.aggregate(id).version() + 1 - random.nextInt(4));
        return new EventOperation.SaveSnapshot(
                new Snapshot(id, version, "s" + random.nextInt(2), anyData(), Map.of("m", "1"), anyTime()),
                1 + random.nextInt(3));
    }

    SnapshotQuery anySnapshots() {
        return new SnapshotQuery(
                random.nextInt(4),
                random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(20),
                null,
                random.nextBoolean() ? null : anyTime(),
                1 + random.nextInt(3));
    }

    EventOperation anyCheckpointChange() {
        String name = any(NAMES);
        return random.nextInt(4) == 0
                ? new EventOperation.DeleteCheckpoint(name)
                : new EventOperation.SaveCheckpoint(name, random.nextInt(40) - 1L);
    }

    // ---- appends and reads

    EventAppend anyAppend() {
        EventAppend.Builder append = EventAppend.builder();
        int kind = random.nextInt(10);
        AggregateId one = any(AGGREGATES);
        if (kind == 0) {
            return EventAppend.to(one, anyExpected(), List.of());
        }
        List<@Nullable AggregateId> written = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            AggregateId id = kind < 6 ? one : kind == 6 ? null : any(AGGREGATES);
            written.add(id);
            if (id == null) {
                append.event(anyEvent());
            } else {
                append.event(id, anyEvent());
            }
        }
        if (kind < 6) {
            append.check(one, anyExpected());
        } else {
            for (int i = random.nextInt(4); i > 0; i--) {
                AggregateId id = any(AGGREGATES);
                ExpectedVersion expected = anyExpected();
                if (!(expected instanceof ExpectedVersion.Any) || written.contains(id)) {
                    append.check(id, expected);
                }
            }
        }
        if (random.nextInt(4) == 0) {
            append.condition(new AppendCondition(anyQuery(), anyPosition()));
        }
        if (random.nextInt(8) == 0) {
            append.tracking(any(NAMES), random.nextInt(40));
        }
        return append.build();
    }

    /** Something between an append that comes again and a new one. */
    EventAppend nearly(EventAppend append) {
        List<Addressed> events = new ArrayList<>(append.events());
        if (events.isEmpty()) {
            return append;
        }
        int at = random.nextInt(events.size());
        Addressed one = events.get(at);
        NewEvent event = one.event();
        switch (random.nextInt(6)) {
            case 0 -> Collections.reverse(events);
            case 1 -> events.set(at, new Addressed(one.aggregate(), anyEvent()));
            case 2 -> events.add(new Addressed(one.aggregate(), anyEvent()));
            case 3 ->
                events.set(
                        at,
                        new Addressed(
                                one.aggregate(),
                                new NewEvent(
                                        event.id(),
                                        event.type(),
                                        anyData(),
                                        event.tags(),
                                        event.metadata(),
                                        event.time())));
            case 4 ->
                events.set(
                        at,
                        new Addressed(
                                one.aggregate(),
                                new NewEvent(
                                        event.id(),
                                        any(TYPES),
                                        event.data(),
                                        event.tags(),
                                        event.metadata(),
                                        event.time())));
            default -> events.add(0, new Addressed(any(AGGREGATES), anyEvent()));
        }
        return new EventAppend(append.checks(), events, append.condition(), append.tracking());
    }

    NewEvent anyEvent() {
        NewEvent event = NewEvent.of(any(TYPES), anyData()).withId(new UUID(random.nextLong(), random.nextLong()));
        event = event.withTags(some(TAGS).toArray(String[]::new));
        if (random.nextInt(3) == 0) {
            event = event.withMetadata("m", "" + random.nextInt(3));
        }
        return ahead || !random.nextBoolean() ? event.withTime(anyTime()) : event;
    }

    EventData anyData() {
        int kind = random.nextInt(6);
        if (kind == 0) {
            byte[] bytes = new byte[random.nextInt(2_000)];
            random.nextBytes(bytes);
            return EventData.of("application/octet-stream", bytes);
        }
        return EventData.json("{\"n\": " + random.nextInt(1_000_000) + "}");
    }

    Instant anyTime() {
        return NOON.plusSeconds(random.nextInt(20)).plusNanos(random.nextInt(2));
    }

    private ExpectedVersion anyExpected() {
        AggregateId id = any(AGGREGATES);
        long version = model.aggregate(id).version() - random.nextInt(3) + random.nextInt(2);
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> ExpectedVersion.any();
            case 3 -> ExpectedVersion.noStream();
            case 4 -> ExpectedVersion.exists();
            case 5 -> ExpectedVersion.softDeleted();
            case 6 -> new Compared(any(List.of(Comparison.values())), Math.max(EventStore.EMPTY, version));
            case 7 -> new ExpectedVersion.Not(ExpectedVersion.exactly(Math.max(EventStore.EMPTY, version)));
            default -> ExpectedVersion.exactly(Math.max(EventStore.EMPTY, version));
        };
    }

    /**
     * A read.
     *
     * @return with a limit
     */
    public EventRead anyRead() {
        EventRead read = switch (random.nextInt(4)) {
            case 0 -> EventRead.all();
            case 1 -> EventRead.category(any(AGGREGATES).type());
            default -> EventRead.of(any(AGGREGATES));
        };
        boolean category = read.category() != null;
        if (random.nextInt(3) == 0) {
            read = read.matching(anyQuery());
        }
        if (random.nextInt(4) == 0) {
            read = read.filtered(anyFilter());
        }
        if (random.nextInt(6) == 0) {
            // Together with other bounds it is left open what comes first.
            return read.from(anyTime()).withLimit(1 + random.nextInt(20));
        }
        if (random.nextInt(3) == 0) {
            read = read.after(anyBound(read));
        }
        if (random.nextInt(4) == 0) {
            read = read.upTo(anyBound(read));
        }
        if (random.nextBoolean()) {
            read = read.backward();
        }
        if (random.nextInt(4) == 0 && !category) {
            read = read.skipping(random.nextInt(12));
        }
        return read.withLimit(1 + random.nextInt(20));
    }

    private long anyBound(EventRead read) {
        return read.aggregate() == null ? anyPosition() : random.nextInt(20) - 1;
    }

    private EventQuery anyQuery() {
        if (random.nextInt(10) == 0) {
            return EventQuery.ALL;
        }
        List<Item> items = new ArrayList<>();
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
            Set<String> types = random.nextBoolean() ? Set.of() : some(TYPES);
            Set<String> excluded = random.nextInt(4) == 0 ? some(TYPES) : Set.of();
            items.add(new Item(types, some(TAGS), excluded));
        }
        return new EventQuery(items);
    }

    private EventFilter anyFilter() {
        EventFilter filter = EventFilter.NONE;
        return switch (random.nextInt(5)) {
            case 0 -> filter.withTypePrefix("Open");
            case 1 -> filter.withIdPrefix("a");
            case 2 -> filter.withMetadata("m", "1");
            case 3 -> filter.withTimes(anyTime(), random.nextBoolean() ? null : anyTime());
            default -> filter.withTimes(null, anyTime());
        };
    }

    /** Of what is known to be there, so that it does not matter whether what is under way is seen already. */
    private long anyKnownPosition() {
        return random.nextInt((int) model.head() + 2) - 1L;
    }

    /** Of what is there, a little beyond it, or {@link EventStore#EMPTY}. */
    long anyPosition() {
        return random.nextInt((int) model.head() + 4) - 1L;
    }

    <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    /** Often none of them. */
    private Set<String> some(List<String> all) {
        Set<String> some = new LinkedHashSet<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            some.add(any(all));
        }
        return some;
    }
}
