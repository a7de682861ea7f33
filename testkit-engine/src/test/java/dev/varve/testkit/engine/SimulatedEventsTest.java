package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AggregateId;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventData;
import dev.varve.api.EventStorage;
import dev.varve.api.Snapshot;
import dev.varve.testkit.ForwardingEventStorage;
import dev.varve.testkit.ModelEventStorage;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever changes events in simulations finds a storage that is wrong. */
final class SimulatedEventsTest {

    private static final int SEEDS = 10;
    private static final int CHANGES = 300;
    private static final String STORE = "sim/events";

    private static final SimulatedEntries.Await AT_ONCE = new SimulatedEntries.Await() {
        @Override
        public <T> T of(CompletableFuture<T> future) {
            return future.join();
        }
    };

    private static void run(UnaryOperator<EventStorage> change, long seed) {
        EventStorage storage = change.apply(new ModelEventStorage(() -> 0));
        SimulatedUsers.Excuses none = new SimulatedUsers.Excuses();
        SimulatedEvents events =
                new SimulatedEvents(new SplittableRandom(seed), new SimulationCounts(), SimulatedEventsTest::ignore);
        for (int i = 1; i <= CHANGES; i++) {
            events.ask(storage, none);
            events.settle(none);
            if (i % 50 == 0) {
                events.crashed();
                events.compare(storage, AT_ONCE);
            }
        }
    }

    private static void ignore(String words) {
        // Nobody reads them here.
    }

    @Test
    void what_is_right_passes() {
        for (long seed = 0; seed < SEEDS; seed++) {
            long one = seed;
            assertThatCode(() -> run(right -> right, one)).doesNotThrowAnyException();
        }
    }

    private static Arguments wrong(String how, UnaryOperator<EventStorage> change) {
        return Arguments.of(how, change);
    }

    private static EventAppend of(EventAppend append, boolean checks, boolean condition, int events) {
        return new EventAppend(
                checks ? append.checks() : List.of(),
                append.events().subList(0, events),
                condition ? append.condition() : null,
                append.tracking());
    }

    static Stream<Arguments> wrongs() {
        return Stream.of(
                wrong(
                        "passes over versions",
                        right -> appending(
                                right,
                                append -> append.events().isEmpty()
                                        ? append
                                        : of(
                                                append,
                                                false,
                                                true,
                                                append.events().size()))),
                wrong(
                        "passes over conditions",
                        right -> appending(
                                right,
                                append ->
                                        of(append, true, false, append.events().size()))),
                wrong(
                        "loses the end of an append",
                        right -> appending(
                                right,
                                append -> of(
                                        append,
                                        true,
                                        true,
                                        Math.min(2, append.events().size())))),
                wrong("loses an acknowledged append", LosingEvents::new),
                wrong("loses snapshots", right -> new ForwardingEventStorage(right) {
                    @Override
                    public CompletableFuture<Void> saveSnapshot(String store, Snapshot snapshot, int keep) {
                        return super.snapshots(store, snapshot.aggregate(), dev.varve.api.SnapshotQuery.ALL)
                                .thenAccept(_ -> {});
                    }
                }),
                wrong("forgets what was redacted", right -> new ForwardingEventStorage(right) {
                    @Override
                    public CompletableFuture<Boolean> redact(String store, long position, EventData replacement) {
                        return CompletableFuture.completedFuture(true);
                    }
                }),
                wrong("deletes nothing", right -> new ForwardingEventStorage(right) {
                    @Override
                    public CompletableFuture<dev.varve.api.AggregateInfo> delete(
                            String store,
                            AggregateId aggregate,
                            dev.varve.api.ExpectedVersion expected,
                            dev.varve.api.AggregateDeletion deletion) {
                        return aggregate(store, aggregate);
                    }
                }));
    }

    private static EventStorage appending(EventStorage right, UnaryOperator<EventAppend> change) {
        return new ForwardingEventStorage(right) {
            @Override
            public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean createStore) {
                return super.append(store, change.apply(append), createStore);
            }
        };
    }

    /** Answers the hundredth append from what came of the one before, and does not make it. */
    private static final class LosingEvents extends ForwardingEventStorage {
        private int appends;

        LosingEvents(EventStorage right) {
            super(right);
        }

        @Override
        public CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean createStore) {
            boolean plain = append.checks().isEmpty()
                    && append.condition() == null
                    && append.tracking() == null
                    && append.events().stream().allMatch(one -> one.aggregate() == null);
            long head = head(STORE);
            return plain && head >= 0 && ++appends % 2 == 0
                    ? CompletableFuture.completedFuture(
                            new Appended(head + 1, head + append.events().size(), List.of(), false))
                    : super.append(store, append, createStore);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongs")
    void what_is_wrong_is_found(String how, UnaryOperator<EventStorage> change) {
        assertThatThrownBy(() -> {
                    for (long seed = 0; seed < SEEDS; seed++) {
                        run(change, seed);
                    }
                })
                .as(how)
                .isInstanceOf(AssertionError.class);
    }
}
