package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.A;
import static dev.varve.testkit.EventProbe.B;
import static dev.varve.testkit.EventProbe.C;
import static dev.varve.testkit.EventProbe.any;
import static dev.varve.testkit.EventProbe.failure;
import static dev.varve.testkit.StreamProbe.PATIENCE;
import static dev.varve.testkit.StreamProbe.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventFilter;
import dev.varve.api.EventHandler;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.api.Subscription;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What those who follow are told: everything that is meant, in order, each once, and no more. */
interface EventFollowRules {

    /** Keeps what it is told. */
    class Follower implements EventHandler {
        private final BlockingQueue<StoredEvent> events = new LinkedBlockingQueue<>();
        private final BlockingQueue<Long> caughtUp = new LinkedBlockingQueue<>();
        private volatile long checkpoint = Long.MIN_VALUE;
        private volatile @Nullable RuntimeException end;

        @Override
        public void handle(StoredEvent event) {
            events.add(event);
        }

        @Override
        public void caughtUp(long position) {
            caughtUp.add(position);
        }

        @Override
        public void checkpoint(long position) {
            assertThat(position).isGreaterThan(checkpoint);
            checkpoint = position;
        }

        @Override
        public void ended(RuntimeException cause) {
            end = cause;
        }

        List<StoredEvent> take(int count) {
            List<StoredEvent> taken = new ArrayList<>();
            while (taken.size() < count) {
                taken.add(EventFollowRules.next(events));
            }
            return taken;
        }

        List<String> types(int count) {
            return take(count).stream().map(StoredEvent::type).toList();
        }

        long awaitCaughtUp() {
            return next(caughtUp);
        }

        /** Nothing came; only for what can no longer come, as nothing is waited for. */
        void heardNothingMore() {
            assertThat(events).isEmpty();
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

    @Test
    default void a_follower_hears_what_is_there_and_what_comes(EventProbe events) {
        events.append(A, "1", "2");
        Follower follower = new Follower();
        try (Subscription following = events.store().follow(EventRead.all(), follower)) {
            assertThat(following).isNotNull();
            assertThat(follower.types(2)).containsExactly("1", "2");
            assertThat(follower.awaitCaughtUp()).isEqualTo(1);
            events.append(B, "3");
            events.append(EventAppend.builder().event(events.event("4")).build());
            assertThat(follower.take(2)).isEqualTo(events.all(EventRead.all().after(1)));
        }
    }

    @Test
    default void a_follower_of_an_empty_store_is_caught_up_at_once(EventProbe events) {
        Follower follower = new Follower();
        try (Subscription following = events.store().follow(EventRead.all(), follower)) {
            assertThat(following).isNotNull();
            assertThat(follower.awaitCaughtUp()).isEqualTo(EventStore.EMPTY);
            events.append(A, "1");
            assertThat(follower.types(1)).containsExactly("1");
        }
    }

    @Test
    default void a_follower_begins_where_it_wants(EventProbe events) {
        Instant noon = Instant.parse("2026-11-21T12:00:00Z");
        events.append(A, events.event("1").withTime(noon), events.event("2").withTime(noon.plusSeconds(1)));
        Follower all = new Follower();
        Follower after = new Follower();
        Follower end = new Follower();
        Follower from = new Follower();
        try (Subscription one = events.store().follow(EventRead.all(), all);
                Subscription two = events.store().follow(EventRead.all().after(0), after);
                Subscription three = events.store()
                        .follow(EventRead.all().after(events.store().head()), end);
                Subscription four = events.store().follow(EventRead.all().from(noon.plusNanos(1)), from)) {
            assertThat(List.of(one, two, three, four)).doesNotContainNull();
            assertThat(from.types(1)).containsExactly("2");
            events.append(A, "3");
            assertThat(all.types(3)).containsExactly("1", "2", "3");
            assertThat(after.types(2)).containsExactly("2", "3");
            assertThat(end.types(1)).containsExactly("3");
            assertThat(from.types(1)).containsExactly("3");
        }
    }

    @Test
    default void a_follower_hears_only_what_is_meant(EventProbe events) {
        Follower aggregate = new Follower();
        Follower category = new Follower();
        Follower query = new Follower();
        Follower filter = new Follower();
        events.append(A, "a0");
        EventRead all = EventRead.all();
        try (Subscription one = events.store().follow(EventRead.of(A), aggregate);
                Subscription two = events.store().follow(EventRead.category("order"), category);
                Subscription three = events.store().follow(all.matching(EventQuery.tags("t")), query);
                Subscription four = events.store().follow(all.filtered(EventFilter.NONE.withTypePrefix("c")), filter)) {
            assertThat(List.of(one, two, three, four)).doesNotContainNull();
            events.append(B, events.event("b0", "t"));
            events.append(C, events.event("c0"));
            events.append(A, events.event("a1", "t"), events.event("a2"));
            events.append(C, events.event("c1", "t"));
            events.append(B, events.event("b1"));
            assertThat(aggregate.types(3)).containsExactly("a0", "a1", "a2");
            assertThat(category.types(5)).containsExactly("a0", "b0", "a1", "a2", "b1");
            assertThat(query.types(3)).containsExactly("b0", "a1", "c1");
            assertThat(filter.types(2)).containsExactly("c0", "c1");
            // All that was appended has been looked at by then.
            eventually("looked at all", () -> query.checkpoint >= 6 && filter.checkpoint >= 6);
            query.heardNothingMore();
            filter.heardNothingMore();
        }
    }

    @Test
    default void checkpoints_move_on_where_nothing_matches(EventProbe events) {
        Follower follower = new Follower();
        try (Subscription following =
                events.store().follow(EventRead.all().matching(EventQuery.types("x")), follower)) {
            assertThat(following).isNotNull();
            for (int i = 0; i < 10; i++) {
                events.append(A, "y");
            }
            eventually("checkpoint", () -> follower.checkpoint == 9);
            follower.heardNothingMore();
        }
        Follower later = new Follower();
        try (Subscription following = events.store()
                .follow(EventRead.all().matching(EventQuery.types("x")).after(follower.checkpoint), later)) {
            assertThat(following).isNotNull();
            events.append(A, "x");
            assertThat(later.types(1)).containsExactly("x");
        }
    }

    @Test
    default void a_follower_goes_on_from_any_position_it_heard(EventProbe events) {
        for (int i = 0; i < 10; i++) {
            events.append(i % 2 == 0 ? A : B, "e" + i);
        }
        for (int from = 0; from < 10; from++) {
            Follower follower = new Follower();
            try (Subscription following =
                    events.store().follow(EventRead.all().after(from).withLimit(3), follower)) {
                assertThat(following).isNotNull();
                List<StoredEvent> rest = follower.take(9 - from);
                assertThat(rest)
                        .extracting(StoredEvent::position)
                        .isEqualTo(LongStream.range(from + 1, 10).boxed().toList());
                assertThat(follower.awaitCaughtUp()).isEqualTo(9);
                follower.heardNothingMore();
            }
        }
    }

    @Test
    default void a_follower_hears_everything_once_and_in_order_while_many_write(EventProbe events) {
        int writers = 4;
        int appends = 40;
        Follower small = new Follower();
        Follower large = new Follower();
        Follower late = new Follower();
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
            tasks.add(() -> {
                for (int i = 0; i < appends; i++) {
                    events.store().append(i % 2 == 0 ? A : B, any(), events.event("x"), events.event("y"));
                }
                return true;
            });
        }
        try (Subscription one = events.store().follow(EventRead.all().withLimit(3), small);
                Subscription two = events.store().follow(EventRead.of(A), large)) {
            assertThat(List.of(one, two)).doesNotContainNull();
            EventProbe.together(tasks);
            try (Subscription three = events.store().follow(EventRead.category("order"), late)) {
                assertThat(three).isNotNull();
                int count = writers * appends * 2;
                List<StoredEvent> all = events.all();
                assertThat(all).hasSize(count);
                assertThat(small.take(count)).isEqualTo(all);
                assertThat(late.take(count)).isEqualTo(all);
                assertThat(large.take(count / 2))
                        .extracting(StoredEvent::version)
                        .isEqualTo(LongStream.range(0, count / 2).boxed().toList());
            }
        }
    }

    @Test
    default void a_closed_follower_hears_nothing_more_and_the_others_do(EventProbe events) {
        Follower closed = new Follower();
        Follower other = new Follower();
        Subscription following = events.store().follow(EventRead.all(), closed);
        try (Subscription open = events.store().follow(EventRead.all(), other)) {
            assertThat(open).isNotNull();
            events.append(A, "1");
            assertThat(closed.types(1)).containsExactly("1");
            following.close();
            following.close();
            // What was under way may still come; it is over once another follower has come further.
            events.append(A, "2");
            assertThat(other.types(2)).containsExactly("1", "2");
            int heard = closed.events.size();
            assertThat(heard).isLessThanOrEqualTo(1);
            events.append(A, "3");
            assertThat(other.types(1)).containsExactly("3");
            assertThat(closed.events).noneMatch(event -> event.type().equals("3"));
            assertThat(closed.end).isNull();
        }
        Follower again = new Follower();
        try (Subscription later = events.store().follow(EventRead.all().after(2), again)) {
            assertThat(later).isNotNull();
            events.append(A, "4");
            assertThat(again.types(1)).containsExactly("4");
        }
    }

    @Test
    default void a_slow_follower_hears_everything_and_delays_nobody(EventProbe events) throws InterruptedException {
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        Follower slow = new Follower() {
            @Override
            public void handle(StoredEvent event) {
                begun.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                super.handle(event);
            }
        };
        Follower fast = new Follower();
        int count = 50;
        try (Subscription one = events.store().follow(EventRead.all().withLimit(5), slow);
                Subscription two = events.store().follow(EventRead.all(), fast)) {
            assertThat(List.of(one, two)).doesNotContainNull();
            events.append(A, "first");
            begun.await();
            for (int i = 1; i < count; i++) {
                events.append(A, "e");
            }
            assertThat(fast.take(count)).hasSize(count);
            go.countDown();
            assertThat(slow.take(count))
                    .extracting(StoredEvent::position)
                    .isEqualTo(LongStream.range(0, count).boxed().toList());
        }
    }

    @Test
    default void a_follower_may_append(EventProbe events) {
        Follower echo = new Follower() {
            @Override
            public void handle(StoredEvent event) {
                if (event.type().equals("ping")) {
                    events.store().append(B, any(), events.event("pong"));
                }
                super.handle(event);
            }
        };
        try (Subscription following = events.store().follow(EventRead.all(), echo)) {
            assertThat(following).isNotNull();
            events.store().append(A, any(), events.event("ping"));
            assertThat(echo.types(2)).containsExactly("ping", "pong");
        }
    }

    @Test
    default void what_a_handler_throws_is_retried_skipped_or_told(EventProbe events) {
        events.append(A, "good", "retried", "skipped", "good", "fatal", "never");
        AtomicInteger attempts = new AtomicInteger();
        Follower follower = new Follower() {
            @Override
            public void handle(StoredEvent event) {
                boolean retried = event.type().equals("retried") && attempts.incrementAndGet() < 3;
                if (retried || event.type().equals("skipped") || event.type().equals("fatal")) {
                    throw new IllegalStateException(event.type());
                }
                super.handle(event);
            }

            @Override
            public Failure failed(StoredEvent event, RuntimeException cause, int attempt) {
                return switch (event.type()) {
                    case "retried" -> Failure.RETRY;
                    case "skipped" -> Failure.SKIP;
                    default -> Failure.STOP;
                };
            }
        };
        try (Subscription following = events.store().follow(EventRead.all(), follower)) {
            assertThat(following).isNotNull();
            assertThat(follower.types(3)).containsExactly("good", "retried", "good");
            eventually("ended", () -> follower.end != null);
            assertThat(follower.end).hasMessage("fatal");
            assertThat(attempts).hasValue(3);
            follower.heardNothingMore();
        }
    }

    @Test
    default void a_follower_does_not_hear_what_was_deleted(EventProbe events) {
        events.append(A, "a0");
        events.append(B, "b0", "b1", "b2");
        events.append(C, "c0");
        events.store().delete(A, any(), AggregateDeletion.SOFT);
        events.store().deleteEvents(List.of(2L));
        Follower follower = new Follower();
        try (Subscription following = events.store().follow(EventRead.all(), follower)) {
            assertThat(following).isNotNull();
            events.append(A, "a1");
            assertThat(follower.take(4)).extracting(StoredEvent::position).containsExactly(1L, 3L, 4L, 5L);
        }
    }

    @Test
    default void only_what_goes_on_can_be_followed(EventProbe events) {
        Follower follower = new Follower();

        failure(
                ErrorKind.INVALID_PARAMS,
                () -> events.store().follow(EventRead.all().backward(), follower));
        failure(
                ErrorKind.INVALID_PARAMS,
                () -> events.store().follow(EventRead.all().upTo(7), follower));
    }

    @Test
    default void a_publisher_tells_each_subscriber_as_much_as_it_asks_for(EventProbe events) {
        events.append(A, IntStream.range(0, 5).mapToObj(i -> "e" + i).toArray(String[]::new));
        Flow.Publisher<StoredEvent> publisher = events.store().publisher(EventRead.of(A));
        Subscriber some = new Subscriber(2);
        Subscriber all = new Subscriber(Long.MAX_VALUE);

        publisher.subscribe(some);
        publisher.subscribe(all);

        assertThat(List.of(next(all.heard), next(all.heard), next(all.heard), next(all.heard), next(all.heard)))
                .containsExactly("e0", "e1", "e2", "e3", "e4");
        assertThat(List.of(next(some.heard), next(some.heard))).containsExactly("e0", "e1");
        assertThat(some.heard).isEmpty();
        some.subscription().request(1);
        assertThat(next(some.heard)).isEqualTo("e2");
        assertThat(some.heard).isEmpty();
        some.subscription().cancel();
        events.append(A, "e5");
        assertThat(next(all.heard)).isEqualTo("e5");
        assertThat(some.heard).isEmpty();
        all.subscription().cancel();
    }

    @Test
    default void a_publisher_of_what_cannot_be_followed_tells_its_subscriber(EventProbe events) {
        Flow.Publisher<StoredEvent> publisher =
                events.store().publisher(EventRead.all().backward());
        Subscriber subscriber = new Subscriber(1);

        publisher.subscribe(subscriber);

        assertThat(next(subscriber.heard)).startsWith("failed: ").contains("forward");
    }

    /** Asks for so much in the beginning. */
    class Subscriber implements Flow.Subscriber<StoredEvent> {
        private final long first;
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private volatile Flow.@Nullable Subscription subscription;

        Subscriber(long first) {
            this.first = first;
        }

        Flow.Subscription subscription() {
            Flow.Subscription known = subscription;
            if (known == null) {
                throw new AssertionError("not subscribed");
            }
            return known;
        }

        @Override
        public void onSubscribe(Flow.Subscription incoming) {
            subscription = incoming;
            incoming.request(first);
        }

        @Override
        public void onNext(StoredEvent event) {
            heard.add(event.type());
        }

        @Override
        public void onError(Throwable thrown) {
            heard.add("failed: " + thrown);
        }

        @Override
        public void onComplete() {
            heard.add("complete");
        }
    }
}
