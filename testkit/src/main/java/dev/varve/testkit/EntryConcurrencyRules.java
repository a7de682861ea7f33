package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.STORE;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.pattern;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static dev.varve.testkit.StreamProbe.PATIENCE;
import static dev.varve.testkit.StreamProbe.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What holds when many threads are at work. Nothing here depends on how the threads happen to run. */
interface EntryConcurrencyRules {

    int WRITERS = 6;
    int ROUNDS = 80;
    int FIELDS = 5;

    /** One of several tasks that start together. */
    interface Task {
        void run(int thread) throws Exception;
    }

    private static void together(List<Task> tasks) {
        ExecutorService executor = Executors.newFixedThreadPool(tasks.size());
        CyclicBarrier start = new CyclicBarrier(tasks.size());
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < tasks.size(); i++) {
                int thread = i;
                running.add(executor.submit(() -> {
                    start.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                    tasks.get(thread).run(thread);
                    return thread;
                }));
            }
            for (Future<?> one : running) {
                one.get(3 * PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (Exception e) {
            throw new AssertionError("a thread failed", e);
        } finally {
            executor.shutdownNow();
        }
    }

    private static long number(@Nullable EntryValue value) {
        return ((EntryValue.Whole) Objects.requireNonNull(value)).value();
    }

    private static long sum(Map<String, EntryValue> fields) {
        return fields.values().stream().mapToLong(EntryConcurrencyRules::number).sum();
    }

    /** The object has the same number in every field, and the number grows with every write. */
    private static EntryValue uniform(long number) {
        Map<String, Object> fields = new java.util.TreeMap<>();
        for (int i = 0; i < FIELDS; i++) {
            fields.put("f" + i, number);
        }
        return value(fields);
    }

    private static void compareAndSet(EntryProbe entries, int rounds) {
        for (int i = 0; i < rounds; i++) {
            while (true) {
                Entry read = entries.get("record");
                long next = number(((EntryValue.Fields) read.value()).fields().get("f0")) + 1;
                EntryWriteResult result =
                        entries.write(EntryOp.set(read.path(), uniform(next)).ifMatch(read.revision()));
                if (result instanceof Written) {
                    break;
                }
                assertThat(((Refused) result).reason()).isEqualTo(EntryWriteResult.Reason.CONFLICT);
                assertThat(((Refused) result).currentRevision()).isGreaterThan(read.revision());
            }
        }
    }

    /** Moves a number from one account to another, or clears and fills all of them. */
    private static void move(EntryProbe entries, int thread, int rounds) {
        for (int i = 0; i < rounds; i++) {
            entries.written(
                    increment("bank/a" + (thread + i) % 4, -1), increment("bank/a" + (thread * 3 + i + 1) % 4, 1));
        }
    }

    private static void checkReads(EntryProbe entries) {
        Map<String, EntryValue> bank = ((EntryValue.Fields) entries.get("bank").value()).fields();
        assertThat(sum(bank)).as("sum of " + bank).isEqualTo(4_000);
        EntryPage page = entries.page(EntryQuery.matching(STORE, pattern("bank/**")));
        assertThat(page.entries().stream()
                        .mapToLong(entry -> number(entry.value()))
                        .sum())
                .as("sum of " + page)
                .isEqualTo(4_000);
        assertThat(page.entries()).allMatch(entry -> entry.revision() <= page.storeSeq());
        EntryPage descending = entries.page(new EntryQuery(STORE, pattern("record/**"), null, null, null, true, 100));
        assertThat(descending.entries()).hasSize(FIELDS);
        assertThat(descending.entries().stream().map(Entry::value).distinct()).hasSize(1);
        assertThat(descending.entries().stream().map(Entry::revision).distinct())
                .hasSize(1);
        Entry record = entries.get("record");
        assertThat(((EntryValue.Fields) record.value())
                        .fields().values().stream().distinct())
                .hasSize(1);
        List<Entry> many = await(entries.storage()
                .getMany(
                        STORE,
                        List.of(
                                EntryProbe.path("bank/a0"),
                                EntryProbe.path("bank/a1"),
                                EntryProbe.path("bank/a2"),
                                EntryProbe.path("bank/a3"))));
        assertThat(many.stream().mapToLong(entry -> number(entry.value())).sum())
                .isEqualTo(4_000);
    }

    /** Writes of two changes begin at odd numbers in a store that only has such writes. */
    private static void checkEvents(EntryProbe entries, long from) {
        long last = from;
        while (last < entries.storeSeq()) {
            EntryEventPage page = entries.eventPage(last, 1_000);
            for (EntryEvent event : page.events()) {
                assertThat(event.storeSeq()).isEqualTo(++last);
            }
        }
    }

    @Test
    default void totals_are_exact_and_readers_see_one_moment(EntryProbe entries) {
        entries.written(EntryOp.set(EntryProbe.path("record"), uniform(0)));
        entries.written(set("bank/a0", 1_000), set("bank/a1", 1_000), set("bank/a2", 1_000), set("bank/a3", 1_000));
        AtomicInteger busy = new AtomicInteger(WRITERS);
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            tasks.add(thread -> {
                try {
                    switch (thread % 3) {
                        case 0 -> compareAndSet(entries, ROUNDS);
                        case 1 -> move(entries, thread, ROUNDS);
                        default -> {
                            for (int round = 0; round < ROUNDS; round++) {
                                entries.written(increment("count/" + thread % 2, 1));
                            }
                        }
                    }
                } finally {
                    busy.decrementAndGet();
                }
            });
        }
        for (int i = 0; i < 2; i++) {
            tasks.add(thread -> {
                while (busy.get() > 0) {
                    checkReads(entries);
                }
            });
        }
        tasks.add(thread -> {
            while (busy.get() > 0) {
                checkEvents(entries, 0);
            }
        });

        together(tasks);

        checkReads(entries);
        assertThat(((EntryValue.Fields) entries.get("record").value()).fields().get("f0"))
                .isEqualTo(value(2 * ROUNDS));
        assertThat(sum(((EntryValue.Fields) entries.get("count").value()).fields()))
                .isEqualTo(2L * ROUNDS);
        assertThat(entries.storeSeq()).isEqualTo(5 + 2L * ROUNDS + 2 * 2L * ROUNDS + 2L * ROUNDS);
        assertThat(entries.events()).hasSize((int) entries.storeSeq());
    }

    @Test
    default void changes_of_one_write_are_seen_together(EntryProbe entries) {
        entries.written(set("a", 0), set("b", 0));
        AtomicInteger busy = new AtomicInteger(2);
        Task writer = thread -> {
            try {
                for (int i = 0; i < 2 * ROUNDS; i++) {
                    entries.written(set("a", i), set("b", i));
                }
            } finally {
                busy.decrementAndGet();
            }
        };
        Task reader = thread -> {
            while (busy.get() > 0) {
                assertThat(entries.storeSeq() % 2).as("half a write").isZero();
                long after = entries.storeSeq();
                EntryEventPage page = entries.eventPage(Math.max(0, after - 2), 1_000);
                assertThat(page.storeSeq() % 2).as("half a write in " + page).isZero();
                assertThat(page.events().size() % 2)
                        .as("half a write in " + page)
                        .isZero();
                EntryPage list = entries.page(EntryQuery.matching(STORE, pattern("*")));
                assertThat(list.storeSeq() % 2).as("half a write").isZero();
                assertThat(list.entries().get(0).value())
                        .isEqualTo(list.entries().get(1).value());
            }
        };
        together(List.of(writer, writer, reader, reader));

        assertThat(entries.storeSeq()).isEqualTo(2 + 8L * ROUNDS);
    }

    @Test
    default void listeners_hear_of_whole_writes(EntryProbe entries) {
        entries.written(set("a", 0), set("b", 0));
        List<Long> heard = new java.util.concurrent.CopyOnWriteArrayList<>();
        entries.storage().subscribe(STORE, heard::add);
        Task writer = thread -> {
            for (int i = 0; i < ROUNDS; i++) {
                entries.written(set("a", i), set("b", i));
            }
        };
        together(List.of(writer, writer, writer));

        StreamProbe.eventually("all is told", () -> heard.contains(2 + 6L * ROUNDS));
        assertThat(heard).isSorted().allMatch(seq -> seq % 2 == 0);
    }
}
