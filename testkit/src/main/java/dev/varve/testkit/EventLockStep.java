package dev.varve.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AppendCondition;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppend.Addressed;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventData;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventQuery.Item;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.ExpectedVersion.Compared;
import dev.varve.api.ExpectedVersion.Comparison;
import dev.varve.api.LoadedAggregate;
import dev.varve.api.NewEvent;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * Gives a store under test and the model the same random operations and compares every answer, and from time to time everything that is
 * stored. What the contract leaves open is not compared: when an event was recorded, where slices end, how much scavenging
 * found to do, what becomes of an append that comes again after it, and of one that gives an event that was redacted another type. Confined
 * to one test.
 */
final class EventLockStep {

    /** Few, so that appends meet. */
    private static final List<AggregateId> AGGREGATES = List.of(
            new AggregateId("order", "a"),
            new AggregateId("order", "a/b"),
            new AggregateId("order", "\u00e9"),
            new AggregateId("orders", "a"),
            new AggregateId("cart", "%"));

    private static final List<String> TYPES = List.of("Opened", "Open", "Closed", "Paid \u00e9");
    private static final List<String> TAGS = List.of("a", "b", "c:1", "c:1,a");
    private static final List<String> NAMES = List.of("p", "q", "r/1");
    private static final Instant NOON = Instant.parse("2020-11-21T12:00:00Z");
    private static final int CHECK_EVERY = 30;
    private static final int REMEMBERED = 25;

    private final EventProbe probe;
    private final EventStore model =
            EventStore.over(new ModelEventStorage(System::currentTimeMillis), EventProbe.STORE);
    private final long seed;
    private final Random random;
    private final boolean comesBack;
    private final ArrayDeque<String> latest = new ArrayDeque<>();
    private final List<EventAppend> sent = new ArrayList<>();
    private final Map<UUID, String> redacted = new HashMap<>();

    EventLockStep(EventProbe probe, long seed) {
        this.probe = probe;
        this.seed = seed;
        this.random = new Random(seed);
        this.comesBack = comesBack();
    }

    private boolean comesBack() {
        try {
            probe.reopen();
            return true;
        } catch (TestAbortedException e) {
            return false;
        }
    }

    void run(int steps) {
        // The store is there from the beginning.
        append(EventAppend.builder().event(anyEvent()).build());
        for (int step = 1; step <= steps; step++) {
            try {
                step();
                if (step % CHECK_EVERY == 0 || step == steps) {
                    compareEverything();
                }
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "disagreement at step " + step + " of seed " + seed + " (run again with -Dvarve.test.seed="
                                + seed + "), after\n  " + String.join("\n  ", latest) + "\n" + e,
                        e);
            }
        }
    }

    private void step() {
        int dice = random.nextInt(100);
        if (dice < 40) {
            append(anyAppend());
        } else if (dice < 48 && !sent.isEmpty()) {
            appendKnown(any(sent));
        } else if (dice < 54 && !sent.isEmpty()) {
            appendKnown(nearly(any(sent)));
        } else if (dice < 70) {
            read(anyRead());
        } else if (dice < 75) {
            AggregateId id = any(AGGREGATES);
            ExpectedVersion expected = random.nextInt(3) == 0 ? anyExpected() : ExpectedVersion.any();
            // Tombstones stay for ever: not too many of them.
            AggregateDeletion deletion = random.nextInt(30) == 0
                    ? AggregateDeletion.TOMBSTONE
                    : random.nextBoolean() ? AggregateDeletion.SOFT : AggregateDeletion.REMOVE;
            same("delete " + id + " " + expected + " " + deletion, store -> store.delete(id, expected, deletion));
        } else if (dice < 79) {
            configure();
        } else if (dice < 82) {
            long position = anyPosition();
            EventData data = anyData();
            model.stream(EventRead.all().after(Math.max(position, 0) - 1).upTo(Math.max(position, 0)))
                    .forEach(event -> redacted.put(event.id(), event.type()));
            same("redact " + position, store -> store.redact(position, data));
        } else if (dice < 84) {
            List<Long> positions = List.of(anyPosition(), anyPosition());
            same("delete events " + positions, store -> store.deleteEvents(positions));
        } else if (dice < 90) {
            snapshots();
        } else if (dice < 97) {
            checkpoints();
        } else if (dice < 99) {
            note("scavenge");
            probe.store().scavenge();
            model.scavenge();
            sent.clear();
        } else if (comesBack) {
            note("reopen");
            probe.reopen();
        }
    }

    // ---- appends

    private void append(EventAppend append) {
        note("append " + append.checks() + " " + addresses(append) + " " + append.condition() + " "
                + append.tracking());
        Object expected = answer(() -> model.tryAppend(append));
        Object actual = answer(() -> probe.store().tryAppend(append));
        sent.add(append);
        if (expected instanceof Refused mine && actual instanceof Refused theirs) {
            note("  refused: " + mine);
            compareRefusals(append, mine, theirs);
        } else {
            note("  " + expected);
            assertThat(actual).isEqualTo(expected);
        }
        assertThat(probe.store().head()).isEqualTo(model.head());
    }

    /** Of an event that was redacted it is left open whether another type is still noticed. */
    private void appendKnown(EventAppend append) {
        for (Addressed addressed : append.events()) {
            String type = redacted.get(addressed.event().id());
            if (type != null && !type.equals(addressed.event().type())) {
                return;
            }
        }
        append(append);
    }

    private static List<String> addresses(EventAppend append) {
        return append.events().stream()
                .map(addressed -> addressed.event().type() + addressed.event().tags() + "@" + addressed.aggregate())
                .toList();
    }

    private void compareRefusals(EventAppend append, Refused mine, Refused theirs) {
        assertThat(theirs.reason()).isEqualTo(mine.reason());
        assertThat(theirs.violations()).isEqualTo(mine.violations());
        AppendCondition condition = append.condition();
        if (mine.reason() == Reason.CONDITION_FAILED && condition != null) {
            // Any event that is ruled out may be told.
            List<Long> ruledOut = model.stream(EventRead.all()
                            .matching(condition.failIfEventsMatch())
                            .after(condition.after()))
                    .map(StoredEvent::position)
                    .toList();
            assertThat(theirs.conflictingPosition()).isIn(ruledOut);
            return;
        }
        if (mine.eventId() != null && !mine.eventId().equals(theirs.eventId())) {
            // Of several ids that are there any may be told.
            assertThat(append.events())
                    .anyMatch(addressed -> addressed.event().id().equals(theirs.eventId()));
            return;
        }
        assertThat(theirs).isEqualTo(mine);
    }

    private EventAppend anyAppend() {
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
    private EventAppend nearly(EventAppend append) {
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
                                        event.id(), event.type(), anyData(), event.tags(), event.metadata(), null)));
            case 4 ->
                events.set(
                        at,
                        new Addressed(
                                one.aggregate(),
                                new NewEvent(
                                        event.id(), any(TYPES), event.data(), event.tags(), event.metadata(), null)));
            default -> events.add(0, new Addressed(any(AGGREGATES), anyEvent()));
        }
        return new EventAppend(append.checks(), events, append.condition(), append.tracking());
    }

    private NewEvent anyEvent() {
        NewEvent event = NewEvent.of(any(TYPES), anyData()).withId(new UUID(random.nextLong(), random.nextLong()));
        event = event.withTags(some(TAGS).toArray(String[]::new));
        if (random.nextInt(3) == 0) {
            event = event.withMetadata("m", "" + random.nextInt(3));
        }
        return random.nextBoolean() ? event : event.withTime(anyTime());
    }

    private EventData anyData() {
        int kind = random.nextInt(6);
        if (kind == 0) {
            byte[] bytes = new byte[random.nextInt(2_000)];
            random.nextBytes(bytes);
            return EventData.of("application/octet-stream", bytes);
        }
        return EventData.json("{\"n\": " + random.nextInt(1_000_000) + "}");
    }

    private Instant anyTime() {
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

    // ---- reads

    private void read(EventRead read) {
        if (random.nextInt(4) == 0) {
            same("count " + read, store -> store.count(read));
            same("exists " + read, store -> store.exists(read));
            return;
        }
        same("read " + read, store -> whole(store, read));
    }

    /** A read to its end, whatever its slices are; what slices tell besides is in the first one. */
    private static List<Object> whole(EventStore store, EventRead read) {
        EventSlice first = store.read(read);
        List<Object> whole = new ArrayList<>();
        whole.add(first.head());
        whole.add(first.status());
        whole.add(first.version());
        EventSlice slice = first;
        EventRead at = read;
        while (true) {
            slice.events().forEach(event -> whole.add(plain(event)));
            if (!slice.more()) {
                return whole;
            }
            at = at.next(slice);
            slice = store.read(at);
        }
    }

    /** Without when it was recorded. */
    private static StoredEvent plain(StoredEvent event) {
        return new StoredEvent(
                event.position(),
                event.aggregate(),
                event.version(),
                event.id(),
                event.type(),
                event.data(),
                event.tags(),
                event.metadata(),
                event.time().equals(event.recordedAt()) ? Instant.EPOCH : event.time(),
                Instant.EPOCH,
                event.appendFirst(),
                event.appendLast(),
                event.redacted());
    }

    private EventRead anyRead() {
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

    /** Of what is there, a little beyond it, or {@link EventStore#EMPTY}. */
    private long anyPosition() {
        return random.nextInt((int) model.head() + 4) - 1L;
    }

    // ---- all else

    /** Bounds only become tighter: whether others bring back what was left out depends on when it was scavenged. */
    private void configure() {
        AggregateId id = any(AGGREGATES);
        AggregateInfo info = model.aggregate(id);
        AggregateSettings settings = info.settings();
        AggregateSettings next = switch (random.nextInt(4)) {
            case 0 -> settings.withCustom("c", "" + random.nextInt());
            case 1 -> settings.withMaxAge(Duration.ofDays(1_000));
            case 2 -> {
                Long count = settings.maxCount();
                yield settings.withMaxCount(Math.min(count == null ? Long.MAX_VALUE : count, 1 + random.nextInt(10)));
            }
            default ->
                settings.withTruncateBefore(
                        Math.max(settings.truncateBefore(), info.version() + 1 - random.nextInt(6)));
        };
        Long revision = random.nextBoolean() ? null : info.settingsRevision() + random.nextInt(4) / 3;
        same("configure " + id + " " + next + " " + revision, store -> store.configure(id, next, revision));
    }

    private void snapshots() {
        AggregateId id = any(AGGREGATES);
        SnapshotQuery query = new SnapshotQuery(
                random.nextInt(4),
                random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(20),
                null,
                random.nextBoolean() ? null : anyTime(),
                1 + random.nextInt(3));
        switch (random.nextInt(6)) {
            case 0 -> same("snapshots " + id + " " + query, store -> store.snapshots(id, query));
            case 1 -> same("delete snapshots " + id + " " + query, store -> store.deleteSnapshots(id, query));
            case 2 -> load(id);
            default -> {
                long version = Math.max(0, model.aggregate(id).version() + 1 - random.nextInt(4));
                Snapshot snapshot =
                        new Snapshot(id, version, "s" + random.nextInt(2), anyData(), Map.of("m", "1"), anyTime());
                int keep = 1 + random.nextInt(3);
                same("save snapshot " + id + " " + version + " " + snapshot.schema() + " " + keep, store -> {
                    store.saveSnapshot(snapshot, keep);
                    return true;
                });
            }
        }
    }

    private void load(AggregateId id) {
        same("load " + id, store -> {
            LoadedAggregate loaded = store.load(id, "s0");
            List<Object> plain = new ArrayList<>();
            plain.add(loaded.snapshot());
            plain.add(loaded.tail().version());
            plain.add(loaded.tail().status());
            loaded.tail().events().forEach(event -> plain.add(plain(event)));
            return plain;
        });
    }

    private void checkpoints() {
        String name = any(NAMES);
        long position = random.nextInt(40) - 1L;
        switch (random.nextInt(5)) {
            case 0 -> same("checkpoint " + name, store -> store.checkpoint(name));
            case 1 -> same("delete checkpoint " + name, store -> store.deleteCheckpoint(name));
            case 2 ->
                same(
                        "await " + name + " " + position,
                        store -> store.awaitCheckpoints(new TreeSet<>(List.of(name, "p")), position, Duration.ZERO));
            default -> same("save checkpoint " + name + " " + position, store -> store.saveCheckpoint(name, position));
        }
    }

    private void compareEverything() {
        same("all", store -> whole(store, EventRead.all()));
        same("all backward", store -> whole(store, EventRead.all().backward().withLimit(7)));
        same("aggregates", store -> store.aggregates(null).toList());
        same("checkpoints", EventStore::checkpoints);
        for (AggregateId id : AGGREGATES) {
            same("aggregate " + id, store -> store.aggregate(id));
            same("events of " + id, store -> whole(store, EventRead.of(id)));
            same("snapshots of " + id, store -> store.snapshots(id, SnapshotQuery.ALL));
            same("aggregates like " + id, store -> store.aggregates(id.type()).toList());
            same("category of " + id, store -> whole(store, EventRead.category(id.type())));
            load(id);
        }
        for (String tag : TAGS) {
            same("tag " + tag, store -> whole(store, EventRead.all().matching(EventQuery.tags(tag))));
        }
        for (String type : TYPES) {
            same("type " + type, store -> whole(store, EventRead.all().matching(EventQuery.types(type))));
        }
    }

    // ---- comparing

    private interface Call {
        Object make();
    }

    private static Object answer(Call call) {
        try {
            return call.make();
        } catch (EventsRefusedException e) {
            return List.of(e.kind(), e.refusal());
        } catch (VarveException e) {
            return e.kind();
        }
    }

    private void same(String what, Function<EventStore, Object> call) {
        note(what);
        assertThat(answer(() -> call.apply(probe.store()))).as(what).isEqualTo(answer(() -> call.apply(model)));
    }

    private void note(String what) {
        if (latest.size() == REMEMBERED) {
            latest.removeFirst();
        }
        latest.addLast(what);
    }

    private <T> T any(List<T> all) {
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
