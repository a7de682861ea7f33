package dev.varve.testkit;

import static dev.varve.testkit.TransactionProbe.A;
import static dev.varve.testkit.TransactionProbe.X;
import static dev.varve.testkit.TransactionProbe.increment;
import static dev.varve.testkit.TransactionProbe.transaction;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryValue;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.TransactionResult.Committed;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** Transactions beside each other, and readers beside them. */
interface TransactionRaceRules {

    /** Every face tells how many transactions there were; whoever has seen one in a face sees it in the others. */
    @Test
    default void no_reader_of_any_face_sees_a_part(TransactionProbe probe) {
        String log = probe.stream("log");
        probe.commit(
                transaction().entry(increment(X)).event(A, probe.event("1")).append(probe.line("log", "x")));
        List<LongSupplier> faces = List.of(
                () -> ((EntryValue.Whole) Objects.requireNonNull(probe.at(X))).value(),
                () -> probe.store().info().orElseThrow().storeSeq(),
                () -> probe.store().events().head() + 1,
                () -> probe.store().events().aggregate(A).version() + 1,
                () -> probe.varve().streams().currentOffset(log).orElseThrow().position()
                        / 2); // a letter and the end of its line

        AtomicBoolean over = new AtomicBoolean();
        List<Callable<Integer>> tasks = new ArrayList<>();
        tasks.add(() -> {
            try {
                for (int i = 0; i < 300; i++) {
                    probe.send(transaction()
                            .entry(increment(X))
                            .event(A, probe.event("1"))
                            .append(probe.line("log", "x"))
                            .build());
                }
            } finally {
                over.set(true);
            }
            return 0;
        });
        for (int reader = 0; reader < 3; reader++) {
            int step = reader;
            tasks.add(() -> {
                int looks = 0;
                while (!over.get()) {
                    LongSupplier first = faces.get((looks + step) % faces.size());
                    LongSupplier second = faces.get((looks * 3 + step + 1) % faces.size());
                    long seen = first.getAsLong();
                    assertThat(second.getAsLong()).as("seen by the later read").isGreaterThanOrEqualTo(seen);
                    looks++;
                }
                return looks;
            });
        }
        EventProbe.together(tasks);
        assertThat(faces).allSatisfy(face -> assertThat(face.getAsLong()).isEqualTo(301));
    }

    /** Each adds one to a counter if nobody else did since it looked, in three faces. */
    @Test
    default void of_those_that_expect_the_same_one_is_made(TransactionProbe probe) {
        probe.stream("log");
        AtomicInteger made = new AtomicInteger();
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            tasks.add(() -> {
                for (int i = 0; i < 25; i++) {
                    long version = probe.store().events().aggregate(A).version();
                    boolean committed = probe.send(transaction()
                                    .check(A, ExpectedVersion.exactly(version))
                                    .event(A, probe.event("1"))
                                    .entry(increment(X))
                                    .append(probe.line("log", "x"))
                                    .build())
                            instanceof Committed;
                    if (committed) {
                        made.incrementAndGet();
                    }
                }
                return 0;
            });
        }
        EventProbe.together(tasks);
        assertThat(made.get()).isPositive();
        assertThat(probe.at(X)).isEqualTo(EntryValue.of(made.get()));
        assertThat(probe.types()).hasSize(made.get());
        assertThat(probe.lines("log")).hasSize(made.get());
    }

    /** Other writes go on beside transactions, in an order that all of them agree on. */
    @Test
    default void writes_of_single_faces_go_on_beside(TransactionProbe probe) {
        probe.stream("log");
        EventProbe.together(List.of(
                () -> repeat(() -> probe.send(transaction()
                        .entry(increment(X))
                        .event(A, probe.event("1"))
                        .append(probe.line("log", "x"))
                        .build())),
                () -> repeat(() -> probe.store().entries().increment(X, 1)),
                () -> repeat(() -> probe.store().events().append(A, ExpectedVersion.any(), probe.event("2"))),
                () -> repeat(() -> probe.varve().streams().append(probe.line("log", "y")))));

        assertThat(probe.at(X)).isEqualTo(EntryValue.of(100));
        assertThat(probe.types()).hasSize(100);
        assertThat(probe.lines("log")).hasSize(100);
    }

    private static int repeat(Runnable write) {
        for (int i = 0; i < 50; i++) {
            write.run();
        }
        return 0;
    }
}
