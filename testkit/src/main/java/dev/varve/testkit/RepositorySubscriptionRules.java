package dev.varve.testkit;

import static dev.varve.testkit.Samples.FLAT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryChange;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.RecordEvent;
import dev.varve.api.RecordListener;
import dev.varve.api.Repository;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How programs are told of records that change. For transports that tell. */
@SuppressWarnings("try") // a subscription is there to be closed, and not spoken to
interface RepositorySubscriptionRules {

    /** Notes what a listener is told. */
    final class Told<E> implements RecordListener<E>, Flow.Subscriber<E> {

        private final LinkedBlockingQueue<E> events = new LinkedBlockingQueue<>();
        private final LinkedBlockingQueue<VarveException> ends = new LinkedBlockingQueue<>();
        private volatile Flow.@Nullable Subscription subscription;

        @Override
        public void changed(E event) {
            events.add(event);
        }

        @Override
        public void ended(VarveException failure) {
            ends.add(failure);
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
        }

        @Override
        public void onNext(E event) {
            events.add(event);
        }

        @Override
        public void onError(Throwable failure) {
            ends.add((VarveException) failure);
        }

        @Override
        public void onComplete() {
            throw new AssertionError("a store does not end");
        }

        void request(long more) {
            Flow.Subscription given = subscription;
            assertThat(given).isNotNull();
            if (given != null) {
                given.request(more);
            }
        }

        void cancel() {
            Flow.Subscription given = subscription;
            assertThat(given).isNotNull();
            if (given != null) {
                given.cancel();
            }
        }

        E next() {
            return taken(events);
        }

        VarveException end() {
            return taken(ends);
        }

        void nothingElse() {
            assertThat(poll(events, 200)).isNull();
        }

        private static <X> X taken(LinkedBlockingQueue<X> queue) {
            X taken = poll(queue, 20_000);
            assertThat(taken).as("what is told").isNotNull();
            if (taken == null) {
                throw new AssertionError();
            }
            return taken;
        }

        private static <X> @Nullable X poll(LinkedBlockingQueue<X> queue, long millis) {
            try {
                return queue.poll(millis, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void each_write_of_a_record_is_told_once_as_it_left_the_record(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        Told<RecordEvent<T>> told = new Told<>();
        Subscription subscription = records.subscribe(told);

        long inserted = records.insert(samples.full("dust")).storeSeq();
        long updated =
                records.update("dust", record -> record.withVisits(7)).receipt().storeSeq();
        long deleted = records.delete("dust").storeSeq();

        assertThat(told.next()).isEqualTo(new RecordEvent.Upserted<>("dust", samples.full("dust"), inserted));
        assertThat(told.next())
                .isEqualTo(
                        new RecordEvent.Upserted<>("dust", samples.full("dust").withVisits(7), updated));
        assertThat(told.next()).isEqualTo(new RecordEvent.Deleted<T>("dust", deleted));
        told.nothingElse();
        records.unsubscribe(subscription);
        records.unsubscribe(subscription);
        records.insert(samples.of("dust"));
        told.nothingElse();
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_batch_tells_each_record_once_under_one_number(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.of("old"));
        Told<RecordEvent<T>> told = new Told<>();
        try (Subscription subscription = records.subscribe(told)) {
            long storeSeq = store.store()
                    .batch()
                    .insert(records, samples.of("a"))
                    .delete(records, "old")
                    .insert(records, samples.full("a"))
                    .commit()
                    .storeSeq();
            assertThat(List.of(told.next(), told.next()))
                    .containsExactlyInAnyOrder(
                            new RecordEvent.Upserted<>("a", samples.full("a"), storeSeq),
                            new RecordEvent.Deleted<>("old", storeSeq));
            told.nothingElse();
        }
    }

    @Test
    default void a_write_is_told_as_it_left_the_record_however_late(RepositoryProbe store) throws InterruptedException {
        Repository<FlatSample> records = store.of(FLAT);
        CountDownLatch held = new CountDownLatch(1);
        Told<RecordEvent<FlatSample>> told = new Told<>();
        RecordListener<RecordEvent<FlatSample>> slow = event -> {
            try {
                assertThat(held.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            told.changed(event);
        };
        try (Subscription subscription = records.subscribe(slow)) {
            List<RecordEvent<FlatSample>> written = new ArrayList<>();
            for (int visits = 0; visits < 50; visits++) {
                FlatSample value = FLAT.of("dust").withVisits(visits);
                written.add(new RecordEvent.Upserted<>(
                        "dust", value, records.insert(value).storeSeq()));
            }
            held.countDown();
            for (RecordEvent<FlatSample> event : written) {
                assertThat(told.next()).isEqualTo(event);
            }
        }
    }

    @Test
    default void what_is_no_record_is_not_told_and_what_ceases_to_be_one_is_deleted(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        records.insert(FLAT.of("dust"));
        Told<RecordEvent<FlatSample>> told = new Told<>();
        try (Subscription subscription = records.subscribe(told)) {
            store.set(FLAT, "half/visits", 3);
            store.entries().delete(FLAT.path("half"));
            store.entries().delete(FLAT.path("never"));
            long ceased = store.entries().delete(FLAT.path("dust/title"));
            assertThat(told.next()).isEqualTo(new RecordEvent.Deleted<FlatSample>("dust", ceased));
            store.set(FLAT, "dust/title", "Dust");
            assertThat(told.next().key()).isEqualTo("dust");
            told.nothingElse();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void deleting_all_tells_each_record_that_was_there(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.of("a"));
        records.insert(samples.of("b"));
        Told<RecordEvent<T>> told = new Told<>();
        try (Subscription subscription = records.subscribe(told)) {
            long storeSeq = records.deleteAll().storeSeq();
            assertThat(List.of(told.next(), told.next()))
                    .containsExactlyInAnyOrder(
                            new RecordEvent.Deleted<>("a", storeSeq), new RecordEvent.Deleted<>("b", storeSeq));
            told.nothingElse();
        }
    }

    @Test
    default void a_write_of_many_changes_is_told_whole(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        Told<RecordEvent<FlatSample>> told = new Told<>();
        try (Subscription subscription = records.subscribe(told)) {
            List<EntryOp> ops = IntStream.range(0, 999)
                    .mapToObj(i -> EntryOp.set(FLAT.path("dust/visits"), EntryValue.of(i)))
                    .toList();
            records.insert(FLAT.of("dust"));
            EntryWriteResult result = store.entries().write(ops);
            assertThat(result).isInstanceOf(EntryWriteResult.Written.class);
            told.next();
            assertThat(told.next())
                    .isEqualTo(
                            new RecordEvent.Upserted<>("dust", FLAT.of("dust").withVisits(998), store.storeSeq()));
            told.nothingElse();
        }
    }

    @Test
    default void changes_themselves_are_told_one_by_one(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        Told<EntryChange> told = new Told<>();
        try (Subscription subscription = records.subscribeRaw(told)) {
            EntryPath title = FLAT.path("dust/title");
            long set = store.entries().set(title, EntryValue.of("Dust"));
            store.entries().set(EntryPath.of("elsewhere"), EntryValue.of(1));
            long deleted = store.entries().delete(FLAT.path("dust"));
            EntryChange first = told.next();
            assertThat(first.storeSeq()).isEqualTo(set);
            assertThat(first.kind()).isEqualTo(EntryOp.Kind.SET);
            assertThat(first.path()).isEqualTo(title);
            assertThat(first.value()).isEqualTo(EntryValue.of("Dust"));
            EntryChange second = told.next();
            assertThat(second.storeSeq()).isEqualTo(deleted);
            assertThat(second.kind()).isEqualTo(EntryOp.Kind.DELETE);
            assertThat(second.value()).isNull();
            told.nothingElse();
        }
    }

    @Test
    default void a_listener_that_throws_is_told_the_next_change(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        Told<RecordEvent<FlatSample>> told = new Told<>();
        RecordListener<RecordEvent<FlatSample>> failing = event -> {
            told.changed(event);
            throw new IllegalStateException("as listeners do");
        };
        try (Subscription subscription = records.subscribe(failing)) {
            records.insert(FLAT.of("a"));
            records.insert(FLAT.of("b"));
            assertThat(told.next().key()).isEqualTo("a");
            assertThat(told.next().key()).isEqualTo("b");
        }
    }

    @Test
    default void a_blocked_listener_delays_nobody_and_is_ended_when_too_much_waits(RepositoryProbe store)
            throws InterruptedException {
        Repository<FlatSample> records = store.of(FLAT);
        CountDownLatch held = new CountDownLatch(1);
        Told<RecordEvent<FlatSample>> blocked = new Told<>();
        RecordListener<RecordEvent<FlatSample>> blocking = new RecordListener<>() {
            @Override
            public void changed(RecordEvent<FlatSample> event) {
                try {
                    held.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }

            @Override
            public void ended(VarveException failure) {
                blocked.ended(failure);
            }
        };
        Told<RecordEvent<FlatSample>> told = new Told<>();
        try (Subscription one = records.subscribe(blocking);
                Subscription other = records.subscribe(told)) {
            for (int i = 0; i < 3; i++) {
                int from = i * 400;
                store.entries()
                        .write(IntStream.range(from, from + 400)
                                .boxed()
                                .flatMap(n -> Stream.of(
                                        EntryOp.set(FLAT.path("r" + n + "/title"), EntryValue.of("t")),
                                        EntryOp.set(FLAT.path("r" + n + "/visits"), EntryValue.of(n))))
                                .toList());
                for (int n = from; n < from + 400; n++) {
                    assertThat(told.next().key()).isEqualTo("r" + n);
                }
            }
            held.countDown();
            assertThat(blocked.end().kind()).isEqualTo(ErrorKind.OVERLOADED);
        }
    }

    @Test
    default void a_subscriber_is_told_as_much_as_it_asks_for(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        Told<RecordEvent<FlatSample>> told = new Told<>();
        records.publisher().subscribe(told);
        for (String key : List.of("a", "b", "c")) {
            records.insert(FLAT.of(key));
        }
        told.nothingElse();
        told.request(1);
        assertThat(told.next().key()).isEqualTo("a");
        told.nothingElse();
        told.request(Long.MAX_VALUE);
        assertThat(told.next().key()).isEqualTo("b");
        assertThat(told.next().key()).isEqualTo("c");
        told.request(0);
        assertThat(told.end().kind()).isEqualTo(ErrorKind.INVALID_PARAMS);
    }

    @Test
    default void a_subscriber_is_told_nothing_before_it_has_its_subscription(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        Told<RecordEvent<FlatSample>> told = new Told<>();
        records.publisher().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription given) {
                told.onSubscribe(given);
                given.request(Long.MAX_VALUE);
                records.insert(FLAT.of("a"));
                told.nothingElse();
            }

            @Override
            public void onNext(RecordEvent<FlatSample> event) {
                told.onNext(event);
            }

            @Override
            public void onError(Throwable failure) {
                told.onError(failure);
            }

            @Override
            public void onComplete() {
                told.onComplete();
            }
        });
        assertThat(told.next().key()).isEqualTo("a");
        told.cancel();
        records.insert(FLAT.of("b"));
        told.nothingElse();
    }
}
