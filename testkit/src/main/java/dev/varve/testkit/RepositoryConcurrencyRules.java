package dev.varve.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.Precondition;
import dev.varve.api.Repository;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds when several threads write the same record. */
interface RepositoryConcurrencyRules {

    int ROUNDS = 40;
    int WRITERS = 4;

    /** Has several threads do the same at the same time. */
    private static <R> List<R> together(int threads, Callable<R> task) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        CyclicBarrier start = new CyclicBarrier(threads);
        try {
            List<Future<R>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                running.add(executor.submit(() -> {
                    start.await(1, TimeUnit.MINUTES);
                    return task.call();
                }));
            }
            List<R> results = new ArrayList<>();
            for (Future<R> one : running) {
                results.add(one.get(2, TimeUnit.MINUTES));
            }
            return results;
        } finally {
            executor.shutdownNow();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void of_inserts_that_race_one_is_made(
            Samples<T> samples, RepositoryProbe store) throws Exception {
        Repository<T> records = store.of(samples);
        for (int round = 0; round < ROUNDS; round++) {
            T record = samples.full("k" + round);
            List<Boolean> won = together(2, () -> {
                try {
                    records.insert(record, Precondition.ifAbsent());
                    return true;
                } catch (EntryRefusedException e) {
                    assertThat(e.refusal().reason()).isEqualTo(Reason.EXISTS);
                    return false;
                }
            });
            assertThat(won).containsExactlyInAnyOrder(true, false);
        }
        assertThat(records.count()).isEqualTo(ROUNDS);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void updates_by_key_lose_no_increment(
            Samples<T> samples, RepositoryProbe store) throws Exception {
        Repository<T> records = store.of(samples);
        records.insert(samples.of("dust"));
        together(WRITERS, () -> {
            for (int i = 0; i < ROUNDS; i++) {
                records.update("dust", record -> record.withVisits(record.visits() + 1));
            }
            return true;
        });
        assertThat(records.get("dust")).isEqualTo(samples.of("dust").withVisits(WRITERS * ROUNDS));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void revisions_belong_to_the_record_that_was_found(
            Samples<T> samples, RepositoryProbe store) throws Exception {
        Repository<T> records = store.of(samples);
        records.insert(samples.full("dust"));
        List<Boolean> consistent = together(2, () -> {
            for (int i = 0; i < ROUNDS; i++) {
                var found = records.findRecord("dust").orElseThrow();
                assertThat(found.fieldRevisions().values()).allMatch(revision -> revision <= found.revision());
                records.update("dust", record -> record.withVisits(record.visits() + 1));
            }
            return true;
        });
        assertThat(consistent).containsOnly(true);
        assertThat(records.get("dust").visits()).isEqualTo(3 + 2 * ROUNDS);
    }
}
