package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.failure;
import static dev.varve.testkit.StreamProbe.PATIENCE;
import static dev.varve.testkit.TransactionProbe.A;
import static dev.varve.testkit.TransactionProbe.X;
import static dev.varve.testkit.TransactionProbe.increment;
import static dev.varve.testkit.TransactionProbe.transaction;
import static dev.varve.testkit.TransactionProbe.value;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Commit;
import dev.varve.api.ErrorKind;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.Subscription;
import dev.varve.api.TransactionResult.Committed;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/** What those are told who want to hear of commits from now on. */
interface TransactionTellingRules {

    /** Keeps what it is told; asked by one thread. */
    class Told implements LongConsumer {
        private final BlockingQueue<Long> numbers = new LinkedBlockingQueue<>();
        private long last;

        @Override
        public void accept(long number) {
            numbers.add(number);
        }

        /** Waits until this is told: of several commits at once only the last need be, and never of one before. */
        void hears(long number) {
            while (last != number) {
                Long next = next(numbers);
                assertThat(next).isBetween(last, number);
                last = next;
            }
        }

        /** Nothing came; only for what can no longer come, as nothing is waited for. */
        void heardNothingMore() {
            assertThat(numbers).isEmpty();
        }
    }

    private static <T> T next(BlockingQueue<T> queue) {
        try {
            T next = queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("nothing came");
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static Subscription subscribe(TransactionProbe probe, LongConsumer listener) {
        return probe.store().transactions().subscribeCommits(probe.name(), listener);
    }

    @Test
    default void a_listener_hears_of_what_every_face_commits(TransactionProbe probe) {
        probe.commit(transaction().entry(increment(X)).append(probe.line("log", "x")));
        Told told = new Told();
        try (Subscription subscription = subscribe(probe, told)) {
            assertThat(subscription).isNotNull();
            Committed done = probe.commit(
                    transaction().entry(increment(X)).event(A, probe.event("1")).append(probe.line("log", "y")));
            told.hears(done.number());
            probe.store().entries().set(X, value("one"));
            told.hears(probe.newestCommit());
            probe.store().events().append(A, ExpectedVersion.any(), probe.event("2"));
            told.hears(probe.newestCommit());
            probe.varve().streams().append(probe.stream("log"), "z\n".getBytes(UTF_8));
            told.hears(probe.newestCommit());
            assertThat(probe.newestCommit()).isGreaterThan(done.number());
        }
    }

    @Test
    default void a_listener_hears_that_the_store_is_deleted_and_nothing_after_that(TransactionProbe probe) {
        Committed done = probe.commit(transaction().entry(increment(X)));
        Told told = new Told();
        try (Subscription subscription = subscribe(probe, told)) {
            assertThat(subscription).isNotNull();
            probe.store().delete();
            told.hears(Long.MAX_VALUE);
            Told again = new Told();
            probe.store().create();
            try (Subscription next = subscribe(probe, again)) {
                assertThat(next).isNotNull();
                Committed anew = probe.commit(transaction().entry(increment(X)));
                assertThat(anew.number()).isGreaterThan(done.number());
                again.hears(anew.number());
            }
            told.heardNothingMore();
        }
    }

    @Test
    default void a_listener_that_was_closed_hears_nothing_more(TransactionProbe probe) {
        probe.commit(transaction().entry(increment(X)));
        Told closed = new Told();
        Told told = new Told();
        Subscription first = subscribe(probe, closed);
        try (Subscription second = subscribe(probe, told)) {
            assertThat(second).isNotNull();
            long before = probe.commit(transaction().entry(increment(X))).number();
            closed.hears(before);
            told.hears(before);
            first.close();
            first.close();
            told.hears(probe.commit(transaction().entry(increment(X))).number());
            closed.heardNothingMore();
        }
    }

    @Test
    default void a_store_that_is_not_there_has_no_commits_to_tell_of(TransactionProbe probe) {
        assertThat(failure(ErrorKind.NOT_FOUND, () -> subscribe(probe, number -> {})))
                .hasMessageContaining(probe.name());
        assertThat(failure(ErrorKind.NOT_FOUND, probe::lastCommit)).hasMessageContaining(probe.name());
        assertThat(failure(ErrorKind.NOT_FOUND, () -> probe.store().commits(0, 1)))
                .hasMessageContaining(probe.name());
    }

    @Test
    default void the_last_commit_is_where_others_go_on(TransactionProbe probe) throws InterruptedException {
        probe.store().create();
        long none = probe.lastCommit();
        assertThat(none).isNotNegative();
        Committed first = probe.commit(transaction().entry(increment(X)));
        assertThat(first.number()).isGreaterThan(none);
        assertThat(probe.store().commits(none, 10).commits())
                .extracting(Commit::number)
                .containsExactly(first.number());
        assertThat(probe.lastCommit()).isEqualTo(first.number());

        BlockingQueue<Commit> seen = new LinkedBlockingQueue<>();
        BlockingQueue<RuntimeException> ended = new LinkedBlockingQueue<>();
        try (Subscription following = probe.store().followCommits(probe.lastCommit(), seen::add, ended::add)) {
            assertThat(following).isNotNull();
            Committed second = probe.commit(transaction().event(A, probe.event("1")));
            assertThat(next(seen).number()).isEqualTo(second.number());
        }
        assertThat(ended).isEmpty();
    }

    @Test
    default void a_listener_beside_writers_hears_of_the_last_commit_in_the_end(TransactionProbe probe) {
        probe.commit(transaction().entry(increment(X)));
        Told told = new Told();
        try (Subscription subscription = subscribe(probe, told)) {
            assertThat(subscription).isNotNull();
            List<Callable<Boolean>> writers = new ArrayList<>();
            for (int writer = 0; writer < 3; writer++) {
                writers.add(() -> {
                    for (int i = 0; i < 50; i++) {
                        probe.send(transaction().entry(increment(X)).build());
                    }
                    return true;
                });
            }
            EventProbe.together(writers);
            told.hears(probe.newestCommit());
        }
    }
}
