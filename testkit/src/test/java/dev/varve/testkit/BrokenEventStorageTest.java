package dev.varve.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AppendCondition;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppend.Addressed;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Storages that break one rule each: the contract finds it. */
final class BrokenEventStorageTest {

    private static EventStorage model() {
        return new ModelEventStorage(System::currentTimeMillis);
    }

    private static Arguments row(String what, Class<?> rules, Function<EventStorage, EventStorage> broken) {
        return Arguments.of(what, rules, broken);
    }

    /** What is wrong, and rules of which at least one must fail. */
    static Stream<Arguments> broken() {
        return Stream.of(
                row(
                        "expects nothing",
                        EventAppendRules.class,
                        to -> appending(
                                to,
                                append -> new EventAppend(
                                        List.of(), written(append), append.condition(), append.tracking()))),
                row(
                        "checks only the first",
                        EventAppendRules.class,
                        to -> appending(
                                to,
                                append -> new EventAppend(
                                        first(append.checks()),
                                        written(append),
                                        append.condition(),
                                        append.tracking()))),
                row(
                        "knows no conditions",
                        EventConditionRules.class,
                        to -> appending(
                                to,
                                append -> new EventAppend(append.checks(), append.events(), null, append.tracking()))),
                row(
                        "looks a position too far",
                        EventConditionRules.class,
                        to -> conditioned(to, c -> new AppendCondition(c.failIfEventsMatch(), c.after() + 1))),
                row(
                        "looks a position too near",
                        EventConditionRules.class,
                        to -> conditioned(
                                to, c -> new AppendCondition(c.failIfEventsMatch(), Math.max(-1, c.after() - 1)))),
                row(
                        "looks at everything",
                        EventConditionRules.class,
                        to -> conditioned(to, c -> new AppendCondition(EventQuery.ALL, c.after()))),
                row(
                        "forgets ids",
                        EventIdempotencyRules.class,
                        to -> appending(to, append -> eachEvent(append, event -> event.withId(UUID.randomUUID())))),
                row(
                        "forgets tags",
                        EventAppendRules.class,
                        to -> appending(to, append -> eachEvent(append, event -> event.withTags()))),
                row(
                        "rounds times",
                        EventAppendRules.class,
                        to -> appending(
                                to,
                                append -> eachEvent(
                                        append,
                                        event -> event.time() == null
                                                ? event
                                                : event.withTime(event.time().truncatedTo(ChronoUnit.MILLIS))))),
                row(
                        "forgets trackings",
                        EventCheckpointRules.class,
                        to -> appending(
                                to,
                                append -> new EventAppend(append.checks(), append.events(), append.condition(), null))),
                row(
                        "turns events round",
                        EventAppendRules.class,
                        to -> appending(to, append -> {
                            List<Addressed> events = new ArrayList<>(append.events());
                            Collections.reverse(events);
                            return new EventAppend(append.checks(), events, append.condition(), append.tracking());
                        })),
                row(
                        "tells the first violation only",
                        EventAppendRules.class,
                        to -> answering(
                                to,
                                result -> result instanceof Refused refused
                                        ? new Refused(
                                                refused.reason(),
                                                first(refused.violations()),
                                                refused.conflictingPosition(),
                                                refused.eventId())
                                        : result)),
                row(
                        "never says that an append came again",
                        EventIdempotencyRules.class,
                        to -> answering(
                                to,
                                result -> result instanceof Appended appended
                                        ? new Appended(
                                                appended.firstPosition(),
                                                appended.lastPosition(),
                                                appended.aggregates(),
                                                false)
                                        : result)),
                row(
                        "loses an event",
                        EventAppendRules.class,
                        to -> slicing(
                                to,
                                (read, slice) -> events(
                                        slice,
                                        slice.events().stream()
                                                .filter(event -> event.position() != 1)
                                                .toList()))),
                row(
                        "gives an event twice",
                        EventFollowRules.class,
                        to -> reading(to, read -> read.after() == 3 ? read.after(2) : read)),
                row(
                        "tells the version of what it found",
                        EventReadRules.class,
                        to -> slicing(
                                to,
                                (read, slice) -> new EventSlice(
                                        slice.events(),
                                        slice.head(),
                                        slice.status(),
                                        slice.events().isEmpty() || read.aggregate() == null
                                                ? slice.version()
                                                : slice.events()
                                                        .get(slice.events().size() - 1)
                                                        .version(),
                                        slice.next(),
                                        slice.more()))),
                row(
                        "tells the position of the last match as head",
                        EventConditionRules.class,
                        to -> slicing(
                                to,
                                (read, slice) -> new EventSlice(
                                        slice.events(),
                                        slice.events().isEmpty()
                                                ? EventStore.EMPTY
                                                : slice.events()
                                                        .get(slice.events().size() - 1)
                                                        .position(),
                                        slice.status(),
                                        slice.version(),
                                        slice.next(),
                                        slice.more()))),
                row(
                        "includes the lower bound",
                        EventReadRules.class,
                        to -> reading(to, read -> read.after(Math.max(EventStore.EMPTY, read.after() - 1)))),
                row("skips nothing", EventReadRules.class, to -> reading(to, read -> read.skipping(0))),
                row(
                        "filters nothing",
                        EventReadRules.class,
                        to -> reading(to, read -> read.filtered(EventFilter.NONE))),
                row("forgets tombstones", EventDeletionRules.class, to -> new ForwardingEventStorage(to) {
                    @Override
                    public CompletableFuture<AggregateInfo> delete(
                            String store, AggregateId id, ExpectedVersion expected, AggregateDeletion deletion) {
                        return to.delete(
                                store,
                                id,
                                expected,
                                deletion == AggregateDeletion.TOMBSTONE ? AggregateDeletion.SOFT : deletion);
                    }
                }),
                row("deletes whatever is expected", EventDeletionRules.class, to -> new ForwardingEventStorage(to) {
                    @Override
                    public CompletableFuture<AggregateInfo> delete(
                            String store, AggregateId id, ExpectedVersion expected, AggregateDeletion deletion) {
                        return to.delete(store, id, ExpectedVersion.any(), deletion);
                    }
                }),
                row("keeps one snapshot more", EventSnapshotRules.class, to -> new ForwardingEventStorage(to) {
                    @Override
                    public CompletableFuture<Void> saveSnapshot(String store, Snapshot snapshot, int keep) {
                        return to.saveSnapshot(store, snapshot, keep == Snapshot.MAX_KEPT ? keep : keep + 1);
                    }
                }),
                row("finds snapshots of every life", EventSnapshotRules.class, Remembering::new),
                row("lets checkpoints go back", EventCheckpointRules.class, to -> new ForwardingEventStorage(to) {
                    @Override
                    public CompletableFuture<Long> saveCheckpoint(String store, String name, long position) {
                        return to.deleteCheckpoint(store, name)
                                .thenCompose(was -> to.saveCheckpoint(store, name, position));
                    }
                }),
                row(
                        "lets all win",
                        EventRaceRules.class,
                        to -> conditioned(to, c -> new AppendCondition(c.failIfEventsMatch(), Long.MAX_VALUE))));
    }

    /** Gives snapshots also of aggregates that were deleted. */
    private static final class Remembering extends ForwardingEventStorage {
        private final Map<AggregateId, Snapshot> last = new ConcurrentHashMap<>();

        Remembering(EventStorage to) {
            super(to);
        }

        @Override
        public CompletableFuture<Void> saveSnapshot(String store, Snapshot snapshot, int keep) {
            return to.saveSnapshot(store, snapshot, keep).thenAccept(saved -> last.put(snapshot.aggregate(), snapshot));
        }

        @Override
        public CompletableFuture<List<Snapshot>> snapshots(String store, AggregateId id, SnapshotQuery query) {
            return to.snapshots(store, id, query)
                    .thenApply(found -> found.isEmpty()
                            ? Optional.ofNullable(last.get(id)).stream().toList()
                            : found);
        }
    }

    private static <T> List<T> first(List<T> all) {
        return all.subList(0, Math.min(1, all.size()));
    }

    /** An append needs an event or a check. */
    private static List<Addressed> written(EventAppend append) {
        return append.events().isEmpty()
                ? List.of(new Addressed(null, NewEvent.json("instead", "{}")))
                : append.events();
    }

    private static EventAppend eachEvent(EventAppend append, UnaryOperator<NewEvent> change) {
        return new EventAppend(
                append.checks(),
                append.events().stream()
                        .map(addressed -> new Addressed(addressed.aggregate(), change.apply(addressed.event())))
                        .toList(),
                append.condition(),
                append.tracking());
    }

    private static EventSlice events(EventSlice slice, List<StoredEvent> events) {
        return new EventSlice(events, slice.head(), slice.status(), slice.version(), slice.next(), slice.more());
    }

    private static EventStorage appending(EventStorage to, UnaryOperator<EventAppend> change) {
        return new ForwardingEventStorage(to) {
            @Override
            public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean create) {
                return to.append(store, change.apply(append), create);
            }
        };
    }

    private static EventStorage conditioned(EventStorage to, UnaryOperator<AppendCondition> change) {
        return appending(to, append -> {
            AppendCondition condition = append.condition();
            return condition == null
                    ? append
                    : new EventAppend(append.checks(), append.events(), change.apply(condition), append.tracking());
        });
    }

    private static EventStorage answering(EventStorage to, UnaryOperator<EventAppendResult> change) {
        return new ForwardingEventStorage(to) {
            @Override
            public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean create) {
                return to.append(store, append, create).thenApply(change);
            }
        };
    }

    private static EventStorage reading(EventStorage to, UnaryOperator<EventRead> change) {
        return new ForwardingEventStorage(to) {
            @Override
            public CompletableFuture<EventSlice> read(String store, EventRead read) {
                return to.read(store, change.apply(read));
            }
        };
    }

    private static EventStorage slicing(EventStorage to, BiFunction<EventRead, EventSlice, EventSlice> change) {
        return new ForwardingEventStorage(to) {
            @Override
            public CompletableFuture<EventSlice> read(String store, EventRead read) {
                return to.read(store, read).thenApply(slice -> change.apply(read, slice));
            }
        };
    }

    /** Runs the tests of some rules, each with a storage of its own, until one fails. */
    private static @Nullable Throwable firstFailure(Class<?> rules, Function<EventStorage, EventStorage> broken)
            throws ReflectiveOperationException {
        Object tests = new Whole();
        List<Method> methods = Arrays.stream(rules.getMethods())
                .filter(method ->
                        method.isAnnotationPresent(Test.class) || method.isAnnotationPresent(ParameterizedTest.class))
                // Those first that notice without waiting, and always the same.
                .sorted(Comparator.comparing(Method::getName))
                .toList();
        assertThat(methods).isNotEmpty();
        for (Method method : methods) {
            for (@Nullable Object[] arguments : arguments(rules, method)) {
                EventStorage storage = broken.apply(model());
                @Nullable Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
                all[arguments.length] = new EventProbe(name -> EventStore.over(storage, name), () -> {});
                try {
                    method.invoke(tests, all);
                } catch (InvocationTargetException e) {
                    return e.getCause();
                }
            }
        }
        return null;
    }

    /** The rows of a table of tests, or none at all of a test without one. */
    private static List<@Nullable Object[]> arguments(Class<?> rules, Method method)
            throws ReflectiveOperationException {
        MethodSource source = method.getAnnotation(MethodSource.class);
        List<@Nullable Object[]> rows = new ArrayList<>();
        if (source != null) {
            Stream<?> table = (Stream<?>) rules.getMethod(source.value()[0]).invoke(null);
            for (Object row : table.toList()) {
                rows.add(row instanceof Arguments several ? several.get() : new @Nullable Object[] {row});
            }
        } else if (method.isAnnotationPresent(EnumSource.class)) {
            for (Object constant : method.getParameterTypes()[0].getEnumConstants()) {
                rows.add(new @Nullable Object[] {constant});
            }
        } else if (method.getParameterCount() == 1) {
            rows.add(new @Nullable Object[0]);
        }
        return rows;
    }

    /** All rules at once. */
    private static final class Whole extends EventStoreContract {
        @Override
        protected EventStore store(String name) {
            throw new AssertionError("the probe has the store");
        }

        @Override
        protected void close() {}
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void is_found(String what, Class<?> rules, Function<EventStorage, EventStorage> broken)
            throws ReflectiveOperationException {
        assertThat(firstFailure(rules, broken)).as(what).isInstanceOfAny(AssertionError.class, VarveException.class);
    }

    @Test
    void what_is_whole_fails_nowhere() throws ReflectiveOperationException {
        assertThat(firstFailure(EventConditionRules.class, UnaryOperator.identity()))
                .isNull();
        assertThat(firstFailure(EventReadRules.class, UnaryOperator.identity())).isNull();
    }
}
