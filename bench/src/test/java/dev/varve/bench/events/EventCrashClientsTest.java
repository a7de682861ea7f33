package dev.varve.bench.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import dev.varve.bench.Findings;
import dev.varve.testkit.ForwardingEventStorage;
import dev.varve.testkit.ModelEventStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The clients of crash tests find what is wrong, and nothing wrong in what is right. */
final class EventCrashClientsTest {

    private static final String LOG = "crash/log";
    private static final int STEPS = 300;

    private final ModelEventStorage model = new ModelEventStorage(System::currentTimeMillis);
    private final Findings findings = new Findings();
    private final SharedLog log = new SharedLog(LOG, findings);
    private final List<LogWriter> writers =
            List.of(new LogWriter(0, log, findings, 7), new LogWriter(1, log, findings, 8));

    private void write(EventStorage storage) {
        EventStore events = EventStore.over(storage, LOG);
        for (int i = 0; i < STEPS; i++) {
            writers.get(i % writers.size()).step(events);
            if (i % 50 == 49) {
                log.read(events, false);
            }
        }
        log.read(events, true);
    }

    @Test
    void a_right_log_is_found_to_be_right() {
        write(model);
        assertThat(findings.words()).isEmpty();
    }

    private static Arguments wrong(String how, UnaryOperator<EventStorage> change) {
        return Arguments.of(how, change);
    }

    static Stream<Arguments> wrongLogs() {
        return Stream.of(
                wrong(
                        "passes over versions",
                        right -> appending(right, append -> List.of(with(append, append.events(), List.of())))),
                wrong(
                        "makes appends in two parts",
                        right -> appending(
                                right,
                                append -> append.events().size() < 2
                                        ? List.of(append)
                                        : List.of(
                                                with(append, append.events().subList(0, 1), append.checks()),
                                                with(append, append.events().subList(1, 2), List.of())))),
                wrong(
                        "makes them again under other ids",
                        right -> appending(
                                right,
                                append -> List.of(
                                        append,
                                        with(
                                                append,
                                                List.of(new EventAppend.Addressed(
                                                        null,
                                                        append.events()
                                                                .getFirst()
                                                                .event()
                                                                .withId(UUID.randomUUID()))),
                                                List.of())))),
                wrong(
                        "leaves out an event",
                        right -> reading(right, events -> events.removeIf(event -> event.position() == 20))),
                wrong(
                        "shows one twice",
                        right -> reading(right, events -> {
                            if (events.size() > 5) {
                                events.add(5, events.get(4));
                            }
                        })),
                wrong(
                        "shows them in another order",
                        right -> reading(right, events -> {
                            if (events.size() > 5) {
                                events.set(5, events.set(4, events.get(5)));
                            }
                        })));
    }

    private static EventAppend with(
            EventAppend append, List<EventAppend.Addressed> events, List<EventAppend.Check> checks) {
        return new EventAppend(checks, events, null, append.tracking());
    }

    private interface Split {
        List<EventAppend> of(EventAppend append);
    }

    private static EventStorage appending(EventStorage right, Split split) {
        return new ForwardingEventStorage(right) {
            @Override
            public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean createStore) {
                List<EventAppendResult> results = new ArrayList<>();
                for (EventAppend part : split.of(append)) {
                    results.add(super.append(store, part, createStore).join());
                }
                return CompletableFuture.completedFuture(results.getFirst());
            }
        };
    }

    private interface Shown {
        void change(List<StoredEvent> events);
    }

    private static EventStorage reading(EventStorage right, Shown shown) {
        return new ForwardingEventStorage(right) {
            @Override
            public CompletableFuture<EventSlice> read(String store, EventRead read) {
                return super.read(store, read).thenApply(slice -> {
                    List<StoredEvent> events = new ArrayList<>(slice.events());
                    shown.change(events);
                    return new EventSlice(
                            events, slice.head(), slice.status(), slice.version(), slice.next(), slice.more());
                });
            }
        };
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongLogs")
    void a_wrong_log_is_found(String how, UnaryOperator<EventStorage> change) {
        write(change.apply(model));
        assertThat(findings.none()).as(how).isFalse();
    }

    @Test
    void an_acknowledged_append_that_is_lost_is_found() {
        ForwardingEventStorage losing = new ForwardingEventStorage(model) {
            private int appends;

            @Override
            public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean createStore) {
                long head = head(store);
                return append.condition() != null && ++appends == 5
                        ? CompletableFuture.completedFuture(new Appended(head + 1, head + 1, List.of(), false))
                        : super.append(store, append, createStore);
            }
        };
        write(losing);
        assertThat(findings.none()).isFalse();
    }

    /** Fails once, before or after it did what was asked. */
    private static EventStorage dying(EventStorage right, boolean before) {
        return new ForwardingEventStorage(right) {
            private int appends;

            @Override
            public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean createStore) {
                appends++;
                if (before ? appends != 30 : appends < 30) {
                    return super.append(store, append, createStore);
                }
                if (!before) {
                    EventAppendResult result =
                            super.append(store, append, createStore).join();
                    if (!(result instanceof Appended appended)
                            || appended.idempotent()
                            || appended.firstPosition() < 0) {
                        return CompletableFuture.completedFuture(result);
                    }
                    appends = Integer.MIN_VALUE;
                }
                return CompletableFuture.failedFuture(new VarveException(ErrorKind.OUTCOME_UNKNOWN, "killed"));
            }
        };
    }

    /** Every tenth append fails, made or not. */
    private EventStorage failing(ErrorKind kind, boolean made) {
        return new ForwardingEventStorage(model) {
            private int appends;

            @Override
            public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean createStore) {
                appends++;
                CompletableFuture<EventAppendResult> result = appends % 10 != 0 || made
                        ? super.append(store, append, createStore)
                        : CompletableFuture.failedFuture(new VarveException(kind, "failed"));
                return appends % 10 != 0
                        ? result
                        : result.thenCompose(_ -> CompletableFuture.failedFuture(new VarveException(kind, "failed")));
            }
        };
    }

    private int writeThough(EventStorage storage) {
        EventStore events = EventStore.over(storage, LOG);
        int failures = 0;
        for (int i = 0; i < STEPS; i++) {
            try {
                writers.get(i % writers.size()).step(events);
            } catch (VarveException e) {
                failures++;
            }
        }
        log.read(EventStore.over(model, LOG), true);
        return failures;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void what_nobody_knows_of_is_sent_again_and_may_have_been_made_or_not(boolean made) {
        assertThat(writeThough(failing(ErrorKind.OUTCOME_UNKNOWN, made))).isPositive();
        assertThat(findings.words()).isEmpty();
        assertThat(writers.getFirst().counts()).containsKey("sent again");
    }

    @ParameterizedTest
    @EnumSource(names = {"OUT_OF_SPACE", "OVERLOADED", "UNAVAILABLE"})
    void what_was_refused_for_now_is_not_there(ErrorKind kind) {
        assertThat(writeThough(failing(kind, false))).isPositive();
        assertThat(findings.words()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"OUT_OF_SPACE", "OVERLOADED", "UNAVAILABLE"})
    void a_refusal_for_now_that_had_an_effect_is_found(ErrorKind kind) {
        assertThat(writeThough(failing(kind, true))).isPositive();
        assertThat(findings.words()).anyMatch(words -> words.startsWith("invented"));
    }

    @Test
    void a_writer_remembers_what_it_wrote_before() {
        EventStore events = EventStore.over(model, LOG);
        for (int i = 0; i < STEPS; i++) {
            writers.getFirst().step(events);
        }
        SharedLog later = new SharedLog(LOG, findings);
        LogWriter same = new LogWriter(0, later, findings, 7);
        same.remember(STEPS);
        for (int i = 0; i < STEPS; i++) {
            same.step(events);
        }
        later.read(events, true);
        assertThat(findings.words()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void what_was_under_way_may_be_there_or_not(boolean before) {
        ModelCrashClient client = new ModelCrashClient(0, "crash", 5);
        EventStore events = EventStore.over(dying(model, before), "crash/all-0-0");
        assertThatThrownBy(() -> {
                    while (true) {
                        assertThat(client.step(events)).isNull();
                    }
                })
                .isInstanceOf(VarveException.class);
        assertThat(client.check(events)).isNull();
        assertThat(client.counts()).containsKey(before ? "under way without effect" : "under way and kept");
    }

    @Test
    void a_snapshot_that_is_lost_is_found() {
        ModelCrashClient client = new ModelCrashClient(0, "crash", 5);
        EventStore events = EventStore.over(
                new ForwardingEventStorage(model) {
                    @Override
                    public CompletableFuture<Void> saveSnapshot(String store, Snapshot snapshot, int keep) {
                        return super.saveSnapshot(store, snapshot, keep)
                                .thenCompose(_ -> super.deleteSnapshots(store, snapshot.aggregate(), SnapshotQuery.ALL))
                                .thenAccept(_ -> {});
                    }
                },
                "crash/all-0-0");
        String wrong = null;
        for (int i = 0; i < STEPS && wrong == null; i++) {
            wrong = client.step(events);
            wrong = wrong == null ? client.check(events) : wrong;
        }
        assertThat(wrong).contains("snapshot");
    }
}
