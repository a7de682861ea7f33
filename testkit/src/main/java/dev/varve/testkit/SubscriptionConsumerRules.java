package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.eventually;
import static dev.varve.testkit.SubscriptionProbe.A;
import static dev.varve.testkit.SubscriptionProbe.B;
import static dev.varve.testkit.SubscriptionProbe.C;
import static dev.varve.testkit.SubscriptionProbe.GROUP;
import static dev.varve.testkit.SubscriptionProbe.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.DeliveredEvent;
import dev.varve.api.DeliveryHandler;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventStore;
import dev.varve.api.ParkedEvent;
import dev.varve.api.Settlement;
import dev.varve.api.Subscription;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings.Distribution;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Handlers that are handed events by themselves. */
interface SubscriptionConsumerRules {

    /** Keeps what it is told, and fails where it is told to. */
    class Handler implements DeliveryHandler {
        final List<String> told = new CopyOnWriteArrayList<>();
        volatile @Nullable RuntimeException end;

        @Override
        public void subscribed(SubscriptionInfo info) {
            told.add("subscribed " + info.name());
        }

        @Override
        public void handle(DeliveredEvent delivery) {
            told.add(delivery.event().type() + delivery.attempt());
            if (delivery.event().type().equals("bad")) {
                throw new IllegalStateException("bad event");
            }
        }

        @Override
        public void ended(RuntimeException cause) {
            end = cause;
        }
    }

    @Test
    default void a_handler_is_told_of_the_subscription_and_gets_what_is_there_and_what_comes(SubscriptionProbe probe) {
        probe.append(A, "one");
        probe.make(SETTINGS);
        Handler handler = new Handler();
        try (Subscription consuming = probe.all().consume(GROUP, "c", handler)) {
            eventually("one is acknowledged", () -> probe.checkpoint() == 0);
            assertThat(consuming).isNotNull();
            probe.append(A, "two", "three");
            eventually("all are acknowledged", () -> probe.checkpoint() == 2);
        }
        eventually("it has left", () -> probe.info().consumers().isEmpty());
        assertThat(handler.told).containsExactly("subscribed " + GROUP, "one1", "two1", "three1");
        assertThat(handler.end).isNull();
    }

    @Test
    default void what_a_handler_fails_with_is_tried_again_and_then_parked(SubscriptionProbe probe) {
        probe.append(A, "good", "bad", "fine");
        probe.make(SETTINGS);
        Handler handler = new Handler();
        try (Subscription consuming = probe.all().consume(GROUP, "c", handler)) {
            assertThat(consuming).isNotNull();
            eventually("all are done with", () -> probe.checkpoint() == 2);
        }
        assertThat(handler.told).contains("bad1", "bad2", "bad3", "fine1").doesNotContain("bad4");
        assertThat(probe.all().parked(GROUP, EventStore.EMPTY, 10))
                .extracting(ParkedEvent::reason)
                .containsExactly("java.lang.IllegalStateException: bad event");
    }

    @Test
    default void a_handler_says_what_is_to_be_done(SubscriptionProbe probe) {
        probe.append(A, "bad", "one", "bad");
        probe.make(SETTINGS);
        List<Settlement> answers = new ArrayList<>(List.of(Settlement.SKIP, Settlement.stop("enough")));
        Handler handler = new Handler() {
            @Override
            public Settlement failed(DeliveredEvent delivery, RuntimeException cause) {
                return answers.remove(0);
            }
        };
        try (Subscription consuming = probe.all().consume(GROUP, "c", handler)) {
            assertThat(consuming).isNotNull();
            eventually("it is paused", () -> probe.info().paused());
            assertThat(probe.info().pausedReason()).isEqualTo("enough");
            answers.add(Settlement.ACK);
            probe.all().resume(GROUP);
            eventually("all are done with", () -> probe.checkpoint() == 2);
        }
        assertThat(handler.told).containsExactly("subscribed " + GROUP, "bad1", "one1", "bad1", "bad1");
    }

    @Test
    default void a_closed_consumer_is_handed_nothing_more_and_another_goes_on(SubscriptionProbe probe) {
        probe.append(A, "one");
        probe.make(SETTINGS);
        Handler first = new Handler();
        Handler second = new Handler();
        Subscription consuming = probe.all().consume(GROUP, "c", first);
        eventually("one is acknowledged", () -> probe.checkpoint() == 0);
        consuming.close();
        consuming.close();
        eventually("it has left", () -> probe.info().consumers().isEmpty());
        probe.append(A, "two");
        try (Subscription other = probe.all().consume(GROUP, "d", second)) {
            assertThat(other).isNotNull();
            eventually("two is acknowledged", () -> probe.checkpoint() == 1);
        }
        assertThat(first.told).containsExactly("subscribed " + GROUP, "one1");
        assertThat(second.told).containsExactly("subscribed " + GROUP, "two1");
    }

    @Test
    default void a_consumer_ends_when_there_is_nothing_to_consume(SubscriptionProbe probe) {
        probe.append(A, "one");
        Handler none = new Handler();
        probe.all().consume(GROUP, "c", none);
        eventually("it has ended", () -> none.end != null);
        assertThat(((VarveException) Objects.requireNonNull(none.end)).kind()).isEqualTo(ErrorKind.NOT_FOUND);
        probe.make(SETTINGS.withMaxConsumers(1));
        Handler handler = new Handler();
        probe.all().consume(GROUP, "c", handler);
        eventually("one is acknowledged", () -> probe.checkpoint() == 0);
        Handler tooMany = new Handler();
        probe.all().consume(GROUP, "d", tooMany);
        eventually("the other one is refused", () -> tooMany.end != null);
        assertThat(((VarveException) Objects.requireNonNull(tooMany.end)).kind())
                .isEqualTo(ErrorKind.CONSUMER_LIMIT);
        assertThat(handler.end).isNull();
        probe.all().delete(GROUP);
        eventually("it has ended, too", () -> handler.end != null);
    }

    @Test
    default void a_handler_that_breaks_ends_its_consumer_and_not_the_subscription(SubscriptionProbe probe) {
        probe.append(A, "bad", "one");
        probe.make(SETTINGS.withRetries(100, Duration.ZERO));
        Handler broken = new Handler() {
            @Override
            public Settlement failed(DeliveredEvent delivery, RuntimeException cause) {
                throw new IllegalArgumentException("broken");
            }
        };
        probe.all().consume(GROUP, "c", broken);
        eventually("it has ended", () -> broken.end != null);
        assertThat(broken.end).hasMessage("broken");
        eventually("it has left", () -> probe.info().consumers().isEmpty());
        assertThat(SubscriptionProbe.types(probe.next("d"))).containsExactly("bad", "one");
    }

    @Test
    default void many_consumers_process_everything_and_each_aggregate_in_its_order(SubscriptionProbe probe) {
        int rounds = 40;
        List<AggregateId> aggregates = List.of(A, B, C);
        probe.append(A, "e0");
        probe.append(B, "e0");
        probe.append(C, "e0");
        probe.make(SETTINGS.withDistribution(Distribution.BY_AGGREGATE).withRetries(1000, Duration.ZERO));
        Map<AggregateId, List<String>> processed = new ConcurrentHashMap<>();
        AtomicInteger calls = new AtomicInteger();
        DeliveryHandler handler = delivery -> {
            if (calls.incrementAndGet() % 7 == 0) {
                throw new IllegalStateException("now and then");
            }
            processed
                    .computeIfAbsent(
                            Objects.requireNonNull(delivery.event().aggregate()), id -> new CopyOnWriteArrayList<>())
                    .add(delivery.event().type());
        };
        List<Subscription> consumers = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                consumers.add(probe.all().consume(GROUP, "c" + i, handler));
            }
            List<String> all = new ArrayList<>(List.of("e0"));
            for (int i = 1; i < rounds; i++) {
                all.add("e" + i);
                for (AggregateId aggregate : aggregates) {
                    probe.append(aggregate, "e" + i);
                }
            }
            eventually("all are done with", () -> probe.checkpoint() == 3L * rounds - 1);
            for (AggregateId aggregate : aggregates) {
                assertThat(processed.get(aggregate)).containsExactlyElementsOf(all);
            }
        } finally {
            consumers.forEach(Subscription::close);
        }
    }
}
