package dev.varve.testkit;

import static dev.varve.testkit.SubscriptionProbe.A;
import static dev.varve.testkit.SubscriptionProbe.GROUP;
import static dev.varve.testkit.SubscriptionProbe.SETTINGS;
import static dev.varve.testkit.SubscriptionProbe.TIMEOUT;
import static dev.varve.testkit.SubscriptionProbe.attempts;
import static dev.varve.testkit.SubscriptionProbe.types;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.DeliveredEvent;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptionStorage;
import dev.varve.api.ParkedEvent;
import dev.varve.api.Settlement;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings.Distribution;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What becomes of events that consumers settle, give back, or forget. */
interface SubscriptionSettlementRules {

    @Test
    default void the_checkpoint_is_the_highest_position_below_which_everything_is_settled(SubscriptionProbe probe) {
        probe.append(A, "one", "two", "three", "four");
        assertThat(probe.make(SETTINGS).checkpoint()).isEqualTo(EventStore.EMPTY);
        List<DeliveredEvent> all = probe.next("c");
        assertThat(probe.checkpoint()).isEqualTo(EventStore.EMPTY);
        probe.ack(all.get(1));
        probe.settle(Settlement.park("no"), all.get(3));
        assertThat(probe.checkpoint()).isEqualTo(EventStore.EMPTY);
        probe.settle(Settlement.SKIP, all.get(0));
        assertThat(probe.checkpoint()).isEqualTo(1);
        probe.ack(all.get(2));
        assertThat(probe.checkpoint()).isEqualTo(3);
        assertThat(probe.next("c")).isEmpty();
    }

    @Test
    default void settling_again_changes_nothing(SubscriptionProbe probe) {
        probe.append(A, "one");
        probe.make(SETTINGS);
        DeliveredEvent one = probe.one("c");
        probe.ack(one);
        assertThat(probe.all().ack(GROUP, one)).isZero();
        assertThat(probe.all().settle(GROUP, Settlement.park("no"), one)).isZero();
        assertThat(probe.all().settle(GROUP, Settlement.ACK, List.of("nothing", "7-7", "-", "")))
                .isZero();
        assertThat(probe.info().parked()).isZero();
    }

    @Test
    default void a_retry_is_handed_out_again_until_it_was_tried_too_often(SubscriptionProbe probe) {
        probe.append(A, "one", "two");
        probe.make(SETTINGS);
        List<DeliveredEvent> all = probe.next("c");
        probe.settle(Settlement.retry("first"), all.get(0));
        DeliveredEvent second = probe.one("d");
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(probe.all().ack(GROUP, all.get(0))).as("an old token").isZero();
        probe.settle(Settlement.retry("second"), second);
        DeliveredEvent third = probe.one("c");
        assertThat(third.attempt()).isEqualTo(3);
        probe.settle(Settlement.retry("third"), third);
        assertThat(probe.next("c")).isEmpty();
        assertThat(parked(probe))
                .extracting(ParkedEvent::position, ParkedEvent::attempts, ParkedEvent::reason)
                .containsExactly(org.assertj.core.api.Assertions.tuple(0L, 3, "third"));
        assertThat(probe.checkpoint()).isZero();
    }

    @Test
    default void a_retry_waits_for_a_pause_that_grows(SubscriptionProbe probe) {
        probe.append(A, "one");
        probe.make(SETTINGS.withRetries(5, Duration.ofSeconds(3)));
        for (int pause : new int[] {3, 6, 10}) {
            probe.settle(Settlement.retry(""), probe.one("c"));
            assertThat(probe.next("c")).isEmpty();
            probe.advance(Duration.ofSeconds(pause).minusMillis(1));
            assertThat(probe.next("c")).isEmpty();
            probe.advance(Duration.ofMillis(1));
        }
        assertThat(probe.one("c").attempt()).isEqualTo(4);
    }

    @Test
    default void a_timeout_counts_as_a_retry(SubscriptionProbe probe) {
        probe.append(A, "one");
        probe.make(SETTINGS);
        for (int attempt = 1; attempt <= 3; attempt++) {
            DeliveredEvent one = probe.one("c");
            assertThat(one.attempt()).isEqualTo(attempt);
            probe.advance(TIMEOUT);
        }
        assertThat(probe.next("c")).isEmpty();
        List<ParkedEvent> parked = parked(probe);
        assertThat(parked).hasSize(1);
        assertThat(parked.get(0).attempts()).isEqualTo(3);
        assertThat(parked.get(0).reason()).contains("PT10S");
    }

    @Test
    default void the_deadline_is_the_end_of_the_timeout(SubscriptionProbe probe) {
        probe.append(A, "one");
        SubscriptionInfo made = probe.make(SETTINGS);
        probe.advance(Duration.ofSeconds(5));
        assertThat(probe.one("c").deadline())
                .isBetween(
                        made.createdAt().plus(TIMEOUT).plusSeconds(5),
                        made.createdAt().plus(TIMEOUT).plusSeconds(6));
    }

    @Test
    default void a_late_acknowledgement_counts_until_the_event_is_handed_out_again(SubscriptionProbe probe) {
        probe.append(A, "one", "two");
        probe.make(SETTINGS);
        List<DeliveredEvent> late = probe.next("c");
        probe.advance(TIMEOUT);
        probe.ack(late.get(0));
        DeliveredEvent again = probe.one("d");
        assertThat(again.event().type()).isEqualTo("two");
        assertThat(probe.all().ack(GROUP, late.get(1))).isZero();
        probe.ack(again);
        assertThat(probe.checkpoint()).isEqualTo(1);
    }

    @Test
    default void no_more_retries_than_none(SubscriptionProbe probe) {
        probe.append(A, "one");
        probe.make(SETTINGS.withRetries(0, Duration.ZERO));
        probe.settle(Settlement.retry("once is enough"), probe.one("c"));
        assertThat(parked(probe)).extracting(ParkedEvent::reason).containsExactly("once is enough");
    }

    @Test
    default void parked_events_are_listed_and_replayed(SubscriptionProbe probe) {
        probe.append(A, "one", "two", "three", "four");
        SubscriptionInfo made = probe.make(SETTINGS);
        List<DeliveredEvent> all = probe.next("c");
        probe.settle(Settlement.park("because"), all.get(2), all.get(0), all.get(1));
        probe.ack(all.get(3));
        assertThat(probe.checkpoint()).isEqualTo(3);
        assertThat(probe.info().parked()).isEqualTo(3);
        List<ParkedEvent> parked = parked(probe);
        assertThat(parked).extracting(ParkedEvent::position).containsExactly(0L, 1L, 2L);
        assertThat(parked).extracting(ParkedEvent::reason).containsOnly("because");
        assertThat(parked).extracting(ParkedEvent::attempts).containsOnly(1);
        assertThat(parked.get(0).event()).isEqualTo(all.get(0).event());
        assertThat(parked.get(0).parkedAt())
                .isBetween(made.createdAt(), made.createdAt().plusSeconds(60));
        assertThat(probe.all().parked(GROUP, 0, 1))
                .extracting(ParkedEvent::position)
                .containsExactly(1L);

        assertThat(probe.all().replayParked(GROUP, 2)).isEqualTo(2);
        assertThat(probe.info().parked()).isEqualTo(1);
        List<DeliveredEvent> again = probe.next("c");
        assertThat(types(again)).containsExactly("one", "two");
        assertThat(attempts(again)).containsExactly(1, 1);
        assertThat(probe.checkpoint()).as("what is replayed does not count").isEqualTo(3);
        probe.ack(again.get(0));
        probe.settle(Settlement.park("still"), again.get(1));
        assertThat(parked(probe)).extracting(ParkedEvent::reason).containsExactly("still", "because");
        assertThat(probe.all().replayParked(GROUP, 0)).isZero();
        assertThat(probe.all().replayParked(GROUP, Integer.MAX_VALUE)).isEqualTo(2);
        probe.ack(probe.next("c"));
        assertThat(probe.all().replayParked(GROUP, Integer.MAX_VALUE)).isZero();
    }

    @Test
    default void a_parked_event_that_is_gone_is_listed_and_passed_over(SubscriptionProbe probe) {
        probe.append(A, "one", "two");
        probe.make(SETTINGS);
        probe.settle(Settlement.park(""), probe.next("c").toArray(DeliveredEvent[]::new));
        probe.store().deleteEvents(List.of(0L));
        assertThat(parked(probe).get(0).event()).isNull();
        assertThat(probe.all().replayParked(GROUP, 2)).isEqualTo(2);
        assertThat(types(probe.next("c"))).containsExactly("two");
    }

    @Test
    default void replayed_events_keep_the_order_of_their_key(SubscriptionProbe probe) {
        probe.append(A, "one", "two");
        probe.make(SETTINGS.withDistribution(Distribution.BY_AGGREGATE));
        probe.settle(Settlement.park(""), probe.one("c"));
        probe.settle(Settlement.park(""), probe.one("c"));
        assertThat(probe.all().replayParked(GROUP, 2)).isEqualTo(2);
        DeliveredEvent one = probe.one("c");
        assertThat(one.event().type()).isEqualTo("one");
        probe.ack(one);
        assertThat(probe.one("c").event().type()).isEqualTo("two");
    }

    @Test
    default void a_stop_pauses_the_subscription_and_does_not_count(SubscriptionProbe probe) {
        probe.append(A, "one", "two");
        probe.make(SETTINGS);
        List<DeliveredEvent> all = probe.next("c");
        probe.settle(Settlement.stop("unknown schema"), all.get(0));
        assertThat(probe.info().paused()).isTrue();
        assertThat(probe.info().pausedReason()).isEqualTo("unknown schema");
        probe.ack(all.get(1));
        assertThat(probe.next("c")).isEmpty();
        assertThat(probe.all().resume(GROUP).pausedReason()).isEmpty();
        assertThat(probe.one("c").attempt()).isEqualTo(1);
    }

    @Test
    default void no_more_is_read_than_may_be_unsettled(SubscriptionProbe probe) {
        int most = EventSubscriptionStorage.MAX_UNSETTLED;
        for (int i = 0; i < most + 10; i += 505) {
            probe.append(A, IntStream.range(i, i + 505).mapToObj(n -> "e" + n).toArray(String[]::new));
        }
        probe.make(SETTINGS.withEvents(EventRead.all()).withDistribution(Distribution.BY_AGGREGATE));
        DeliveredEvent first = probe.one("c");
        assertThat(probe.next("d")).isEmpty();
        assertThat(probe.info().inFlight() + probe.info().waiting()).isEqualTo(most);
        for (int i = 0; i < 25; i++) {
            probe.ack(first);
            first = probe.one("c");
            assertThat(first.event().type()).isEqualTo("e" + (i + 1));
        }
    }

    // ---- coming back

    @Test
    default void what_was_settled_stays_so_and_the_rest_is_handed_out_again(SubscriptionProbe probe) {
        probe.append(A, "one", "two", "three", "four", "five");
        probe.make(SETTINGS.withMaxInFlight(4));
        List<DeliveredEvent> all = probe.next("c");
        probe.ack(all.get(0), all.get(2));
        probe.settle(Settlement.park("no"), all.get(3));
        SubscriptionInfo before = probe.info();
        probe.reopen();
        SubscriptionInfo after = probe.info();
        assertThat(after.settings()).isEqualTo(before.settings());
        assertThat(after.createdAt()).isEqualTo(before.createdAt());
        assertThat(after.checkpoint()).isEqualTo(before.checkpoint()).isZero();
        assertThat(after.parked()).isEqualTo(1);
        assertThat(after.consumers()).isEmpty();
        assertThat(probe.all().ack(GROUP, all.get(1))).as("a token of before").isZero();
        List<DeliveredEvent> again = new ArrayList<>(probe.next("d", 1));
        again.addAll(probe.next("d"));
        assertThat(types(again)).containsExactly("two", "five");
        probe.ack(again);
        assertThat(probe.checkpoint()).isEqualTo(4);
        assertThat(parked(probe)).extracting(ParkedEvent::reason).containsExactly("no");
        assertThat(probe.all().replayParked(GROUP, 1)).isEqualTo(1);
        probe.reopen();
        assertThat(probe.info().parked()).isZero();
        assertThat(probe.one("c").event().type()).isEqualTo("four");
    }

    @Test
    default void settings_pauses_and_deletions_stay(SubscriptionProbe probe) {
        probe.append(A, "one");
        probe.make(SETTINGS);
        probe.all().create("gone", SETTINGS);
        probe.all().create("stopped", SETTINGS);
        probe.settle(Settlement.retry(""), probe.one("c"));
        probe.all().update(GROUP, SETTINGS.withMaxInFlight(1));
        probe.all().pause(GROUP);
        assertThat(probe.all().delete("gone")).isTrue();
        probe.reopen();
        assertThat(probe.all().list()).extracting(SubscriptionInfo::name).containsExactly(GROUP, "stopped");
        assertThat(probe.info().settings()).isEqualTo(SETTINGS.withMaxInFlight(1));
        assertThat(probe.info().paused()).isTrue();
        probe.all().resume(GROUP);
        assertThat(probe.one("c").attempt()).isEqualTo(2);
    }

    private static List<ParkedEvent> parked(SubscriptionProbe probe) {
        return probe.all().parked(GROUP, EventStore.EMPTY, EventSubscriptionStorage.MAX_PARKED_PAGE);
    }
}
