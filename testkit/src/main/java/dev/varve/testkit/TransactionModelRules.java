package dev.varve.testkit;

import static dev.varve.testkit.TransactionProbe.A;
import static dev.varve.testkit.TransactionProbe.B;
import static dev.varve.testkit.TransactionProbe.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendCondition;
import dev.varve.api.AppendRequest;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EventQuery;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.StoredEvent;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.api.TransactionResult.Refused;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/** Agreement with {@link ModelTransactions} over random transactions. */
interface TransactionModelRules {

    /** How many transactions one run takes. */
    int STEPS = 120;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    default void transactions_and_the_models_of_all_faces_answer_alike(long seed, TransactionProbe probe) {
        new LockStep(probe, seed).run();
    }

    /** {@code -Dvarve.test.seed=…} repeats a run. */
    @Test
    default void transactions_and_the_models_answer_alike_with_a_seed_never_used_before(TransactionProbe probe) {
        new LockStep(probe, Long.getLong("varve.test.seed", System.nanoTime())).run();
    }

    /** One run. Confined to one test. */
    final class LockStep {

        private static final List<EntryPath> PATHS =
                List.of(EntryPath.of("a"), EntryPath.of("a", "b"), EntryPath.of("c"));
        private static final List<AggregateId> AGGREGATES = List.of(A, B);
        private static final List<String> TAGS = List.of("s", "t");

        private final TransactionProbe probe;
        private final long seed;
        private final Random random;
        private final ModelTransactions model;
        private final List<String> streams;
        private final Map<String, Committed> answers = new HashMap<>();
        private final List<Transaction> keyed = new ArrayList<>();

        LockStep(TransactionProbe probe, long seed) {
            this.probe = probe;
            this.seed = seed;
            this.random = new Random(seed);
            this.streams = List.of(probe.stream("one"), probe.stream("two"));
            this.model = new ModelTransactions(probe.name(), streams);
        }

        void run() {
            for (int step = 1; step <= STEPS; step++) {
                try {
                    step();
                    if (step % 20 == 0) {
                        compareEverything();
                    }
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError("disagreement at step " + step + " of seed " + seed, e);
                }
            }
        }

        private void step() {
            int dice = random.nextInt(100);
            if (dice < 8 && !keyed.isEmpty()) {
                again(any(keyed));
            } else if (dice < 10) {
                try {
                    probe.reopen();
                } catch (TestAbortedException e) {
                    // This one keeps nothing.
                }
            } else {
                commit(anyTransaction());
            }
        }

        private void commit(Transaction transaction) {
            ModelTransactions.Outcome expected = model.commit(transaction);
            TransactionResult actual = probe.send(transaction);
            Committed committed = expected.committed();
            if (committed == null) {
                assertThat(actual).as("%s", transaction).isInstanceOf(Refused.class);
                assertThat(ModelTransactions.indexes((Refused) actual)).isEqualTo(expected.inTheWay());
                return;
            }
            assertThat(actual).as("%s", transaction).isInstanceOf(Committed.class);
            Committed done = (Committed) actual;
            assertThat(done)
                    .isEqualTo(new Committed(
                            done.number(), committed.entries(), committed.events(), committed.streams(), false));
            if (transaction.key() != null) {
                keyed.add(transaction);
                answers.put(transaction.key(), done);
            }
        }

        private void again(Transaction transaction) {
            Committed first = answers.get(transaction.key());
            assertThat(first).isNotNull();
            assertThat(probe.send(transaction))
                    .isEqualTo(new Committed(first.number(), first.entries(), first.events(), first.streams(), true));
            Transaction.Builder other = Transaction.builder().key(Objects.requireNonNull(transaction.key()));
            transaction.parts().forEach(other::part);
            assertThat(probe.send(
                            other.entry(EntryOp.delete(EntryPath.of("never"))).build()))
                    .isEqualTo(new Refused(List.of(failure(-1, TransactionResult.KEY_REUSED, null, first.number()))));
        }

        private void compareEverything() {
            TransactionProbe.Everything expected = model.everything(probe);
            TransactionProbe.Everything actual = probe.everything();
            assertThat(actual.entries()).isEqualTo(expected.entries());
            assertThat(actual.streams()).isEqualTo(expected.streams());
            assertThat(withoutTimes(actual.events())).isEqualTo(withoutTimes(expected.events()));
        }

        private static List<StoredEvent> withoutTimes(List<StoredEvent> events) {
            return events.stream()
                    .map(event -> new StoredEvent(
                            event.position(),
                            event.aggregate(),
                            event.version(),
                            event.id(),
                            event.type(),
                            event.data(),
                            event.tags(),
                            event.metadata(),
                            Instant.EPOCH,
                            Instant.EPOCH,
                            event.appendFirst(),
                            event.appendLast(),
                            event.redacted()))
                    .toList();
        }

        // ---- at random

        private Transaction anyTransaction() {
            Transaction.Builder builder = Transaction.builder();
            int events = random.nextInt(3);
            for (int i = 0; i < events; i++) {
                builder.event(any(AGGREGATES), probe.event("Happened", any(TAGS)));
            }
            if (events > 0 && random.nextInt(6) == 0) {
                builder.condition(new AppendCondition(EventQuery.tags(any(TAGS)), random.nextInt(60) - 1L));
            }
            if (events > 0 && random.nextInt(6) == 0) {
                builder.tracking("other", random.nextInt(50));
            }
            int ops = random.nextInt(4);
            for (int i = 0; i < ops; i++) {
                builder.entry(anyOp());
            }
            int appends = random.nextInt(3);
            for (int i = 0; i < appends; i++) {
                builder.append(anyAppend());
            }
            if (random.nextInt(4) == 0) {
                builder.check(
                        any(AGGREGATES),
                        random.nextBoolean()
                                ? ExpectedVersion.noStream()
                                : ExpectedVersion.exactly(random.nextInt(40)));
            }
            if (random.nextInt(4) == 0) {
                builder.key("k" + random.nextLong());
            }
            return builder.entry(EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.of("steps"), EntryValue.of(1)))
                    .build();
        }

        private EntryOp anyOp() {
            EntryPath path = any(PATHS);
            EntryOp op = switch (random.nextInt(4)) {
                case 0 -> EntryOp.delete(path);
                case 1 -> EntryOp.of(EntryOp.Kind.CHECK, path, null).onlyIfNone();
                default -> EntryOp.set(path, EntryValue.of(random.nextInt(100)));
            };
            return op.kind() == EntryOp.Kind.SET && random.nextInt(5) == 0 ? op.ifMatch(1L + random.nextInt(100)) : op;
        }

        private AppendRequest anyAppend() {
            String below = random.nextBoolean() ? "one" : "two";
            AppendRequest append = probe.line(below, "line " + random.nextInt(1_000));
            return switch (random.nextInt(8)) {
                case 0 -> append.withIfMatch(Offset.at(random.nextInt(200)));
                case 1 -> append.withProducer(new Producer("p", 0, random.nextInt(3)));
                default -> append;
            };
        }

        private <T> T any(List<T> items) {
            return items.get(random.nextInt(items.size()));
        }
    }
}
