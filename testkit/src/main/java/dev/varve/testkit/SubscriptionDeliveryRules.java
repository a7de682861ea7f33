package dev.varve.testkit;

import static dev.varve.testkit.SubscriptionProbe.A;
import static dev.varve.testkit.SubscriptionProbe.B;
import static dev.varve.testkit.SubscriptionProbe.C;
import static dev.varve.testkit.SubscriptionProbe.GROUP;
import static dev.varve.testkit.SubscriptionProbe.SETTINGS;
import static dev.varve.testkit.SubscriptionProbe.TIMEOUT;
import static dev.varve.testkit.SubscriptionProbe.attempts;
import static dev.varve.testkit.SubscriptionProbe.refused;
import static dev.varve.testkit.SubscriptionProbe.types;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.DeliveredEvent;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventData;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Settlement;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.SubscriptionSettings.Distribution;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which events are handed out, in which order, and to whom. */
interface SubscriptionDeliveryRules {

    // ---- which events

    @Test
    default void what_was_appended_before_is_handed_out_and_then_what_comes(SubscriptionProbe probe) {
        probe.append(A, "one", "two");
        probe.make(SETTINGS);
        assertThat(types(probe.next("c"))).containsExactly("one", "two");
        assertThat(probe.next("c")).isEmpty();
        probe.append(B, "three");
        DeliveredEvent three = probe.one("c");
        assertThat(three.event())
                .isEqualTo(probe.store().read(EventRead.all()).events().get(2));
        assertThat(three.attempt()).isEqualTo(1);
    }

    @Test
    default void events_come_in_order_however_few_are_asked_for(SubscriptionProbe probe) {
        String[] types = IntStream.range(0, 30).mapToObj(i -> "e" + i).toArray(String[]::new);
        probe.append(A, types);
        probe.make(SETTINGS);
        for (int i = 0; i < types.length; i += 3) {
            List<DeliveredEvent> some = probe.next("c", 3);
            assertThat(types(some)).containsExactly(types[i], types[i + 1], types[i + 2]);
            probe.ack(some);
        }
        assertThat(probe.next("c")).isEmpty();
        assertThat(probe.checkpoint()).isEqualTo(29);
    }

    @Test
    default void from_the_end_only_what_comes(SubscriptionProbe probe) {
        probe.append(A, "one", "two");
        probe.make(SETTINGS.withEvents(EventRead.all().after(SubscriptionSettings.END)));
        assertThat(probe.checkpoint()).isEqualTo(1);
        assertThat(probe.next("c")).isEmpty();
        probe.append(A, "three");
        assertThat(types(probe.next("c"))).containsExactly("three");
    }

    @Test
    default void from_a_position_what_follows_it(SubscriptionProbe probe) {
        probe.append(A, "one", "two", "three");
        assertThat(probe.make(SETTINGS.withEvents(EventRead.all().after(0))).checkpoint())
                .isZero();
        assertThat(types(probe.next("c"))).containsExactly("two", "three");
    }

    @Test
    default void from_a_time_on_whatever_follows(SubscriptionProbe probe) {
        Instant noon = Instant.parse("2026-01-01T12:00:00Z");
        probe.store()
                .append(
                        A,
                        ExpectedVersion.any(),
                        NewEvent.json("early", "{}").withTime(noon.minusSeconds(1)),
                        NewEvent.json("noon", "{}").withTime(noon),
                        NewEvent.json("late", "{}").withTime(noon.minusSeconds(5)));
        probe.make(SETTINGS.withEvents(EventRead.all().from(noon)));
        assertThat(types(probe.next("c"))).containsExactly("noon", "late");
        probe.all().create("later", SETTINGS.withEvents(EventRead.all().from(Instant.parse("2999-01-01T00:00:00Z"))));
        assertThat(probe.all().next("later", "c", 10, Duration.ZERO)).isEmpty();
        probe.store()
                .append(
                        A,
                        ExpectedVersion.any(),
                        NewEvent.json("then", "{}").withTime(Instant.parse("2999-01-01T00:00:00Z")));
        assertThat(types(probe.all().next("later", "c", 10, Duration.ZERO))).containsExactly("then");
    }

    @Test
    default void only_what_is_meant_is_handed_out_and_the_checkpoint_passes_over_the_rest(SubscriptionProbe probe) {
        probe.append(A, "one");
        probe.append(C, "two");
        probe.append(B, "three");
        probe.append(C, "four", "one");
        probe.all().create("category", SETTINGS.withEvents(EventRead.category("other")));
        probe.all().create("query", SETTINGS.withEvents(EventRead.all().matching(EventQuery.types("one"))));
        probe.all()
                .create("filter", SETTINGS.withEvents(EventRead.all().filtered(EventFilter.NONE.withTypePrefix("t"))));
        probe.all().create("nothing", SETTINGS.withEvents(EventRead.category("none")));
        assertThat(types(probe.all().next("category", "c", 10, Duration.ZERO))).containsExactly("two", "four", "one");
        assertThat(types(probe.all().next("query", "c", 10, Duration.ZERO))).containsExactly("one", "one");
        assertThat(types(probe.all().next("filter", "c", 10, Duration.ZERO))).containsExactly("two", "three");
        assertThat(probe.all().next("nothing", "c", 10, Duration.ZERO)).isEmpty();
        assertThat(probe.all().info("category").checkpoint()).isZero();
        assertThat(probe.all().info("nothing").checkpoint()).isEqualTo(4);
        assertThat(probe.all().info("nothing").head()).isEqualTo(4);
    }

    @Test
    default void of_one_aggregate_all_its_events_also_when_it_begins_anew(SubscriptionProbe probe) {
        probe.append(A, "a0");
        probe.append(B, "b0");
        probe.append(A, "a1", "a2");
        probe.make(SETTINGS.withEvents(EventRead.of(A)));
        List<DeliveredEvent> first = probe.next("c", 2);
        assertThat(types(first)).containsExactly("a0", "a1");
        probe.ack(first.get(1));
        assertThat(probe.checkpoint()).isEqualTo(-1);
        probe.ack(first.get(0));
        probe.ack(probe.one("c"));
        assertThat(probe.checkpoint()).isEqualTo(3);
        probe.append(B, "b1");
        probe.store().delete(A, ExpectedVersion.any(), AggregateDeletion.REMOVE);
        probe.append(A, "again");
        assertThat(types(probe.next("c"))).containsExactly("again");
        probe.all().create("end", SETTINGS.withEvents(EventRead.of(A).after(SubscriptionSettings.END)));
        assertThat(probe.all().next("end", "c", 10, Duration.ZERO)).isEmpty();
        probe.append(A, "last");
        assertThat(types(probe.all().next("end", "c", 10, Duration.ZERO))).containsExactly("last");
    }

    @Test
    default void an_event_is_read_when_it_is_handed_out(SubscriptionProbe probe) {
        probe.append(A, "one", "two", "three");
        probe.make(SETTINGS);
        List<DeliveredEvent> all = probe.next("c");
        probe.settle(Settlement.retry(""), all.toArray(DeliveredEvent[]::new));
        probe.store().redact(0, EventData.json("{\"redacted\":true}"));
        probe.store().deleteEvents(List.of(1L));
        List<DeliveredEvent> again = probe.next("c");
        assertThat(types(again)).containsExactly("one", "three");
        assertThat(again.get(0).event().data().text()).isEqualTo("{\"redacted\":true}");
        probe.ack(again);
        assertThat(probe.checkpoint()).isEqualTo(2);
    }

    @Test
    default void two_stores_have_nothing_to_do_with_each_other(SubscriptionProbe probe) {
        EventStore other = probe.store("acme/other");
        probe.append(A, "here");
        other.append(A, ExpectedVersion.any(), NewEvent.json("there", "{}"));
        probe.make(SETTINGS);
        other.subscriptions().create(GROUP, SETTINGS);
        assertThat(types(probe.next("c"))).containsExactly("here");
        assertThat(types(other.subscriptions().next(GROUP, "c", 10, Duration.ZERO)))
                .containsExactly("there");
        assertThat(other.subscriptions().delete(GROUP)).isTrue();
        assertThat(probe.info().inFlight()).isEqualTo(1);
    }

    // ---- waiting

    @Test
    default void a_call_that_waits_ends_with_an_append(SubscriptionProbe probe) throws Exception {
        probe.append(A, "one");
        probe.make(SETTINGS.withEvents(EventRead.category("other")));
        CompletableFuture<List<DeliveredEvent>> waiting = probe.waiting("c", 10);
        probe.append(A, "two");
        assertThat(waiting).isNotDone();
        probe.append(C, "three");
        assertThat(types(waiting.get(60, TimeUnit.SECONDS))).containsExactly("three");
    }

    @Test
    default void a_call_that_waits_ends_with_its_time_or_when_its_consumer_leaves(SubscriptionProbe probe)
            throws Exception {
        probe.append(A, "one");
        probe.make(SETTINGS.withEvents(EventRead.category("other")));
        CompletableFuture<List<DeliveredEvent>> patient = probe.waiting("c", 10);
        CompletableFuture<List<DeliveredEvent>> leaving = probe.waiting("d", 10);
        probe.all().leave(GROUP, "d");
        assertThat(leaving.get(60, TimeUnit.SECONDS)).isEmpty();
        assertThat(patient).isNotDone();
        probe.advance(Duration.ofMinutes(3));
        assertThat(patient.get(60, TimeUnit.SECONDS)).isEmpty();
    }

    // ---- distribution

    @Test
    default void consumers_share_events(SubscriptionProbe probe) {
        probe.append(A, "one", "two", "three", "four", "five");
        probe.make(SETTINGS);
        assertThat(types(probe.next("c", 2))).containsExactly("one", "two");
        assertThat(types(probe.next("d", 2))).containsExactly("three", "four");
        assertThat(types(probe.next("c", 2))).containsExactly("five");
        assertThat(probe.info().consumers()).containsExactly("c", "d");
        assertThat(probe.info().inFlight()).isEqualTo(5);
    }

    @Test
    default void consumers_that_wait_get_events_in_turn(SubscriptionProbe probe) throws Exception {
        probe.append(A, "zero");
        probe.make(SETTINGS.withEvents(EventRead.all().after(0)));
        CompletableFuture<List<DeliveredEvent>> c = probe.waiting("c", 10);
        CompletableFuture<List<DeliveredEvent>> d = probe.waiting("d", 10);
        probe.append(A, "one", "two", "three", "four");
        assertThat(types(c.get(60, TimeUnit.SECONDS))).containsExactly("one", "three");
        assertThat(types(d.get(60, TimeUnit.SECONDS))).containsExactly("two", "four");
    }

    @Test
    default void a_consumer_has_no_more_than_it_may(SubscriptionProbe probe) {
        probe.append(A, "one", "two", "three", "four");
        probe.make(SETTINGS.withMaxInFlight(2));
        List<DeliveredEvent> first = probe.next("c");
        assertThat(types(first)).containsExactly("one", "two");
        assertThat(probe.next("c")).isEmpty();
        assertThat(types(probe.next("d", 1))).containsExactly("three");
        probe.ack(first.get(0));
        assertThat(types(probe.next("c"))).containsExactly("four");
    }

    @Test
    default void one_consumer_alone_gets_events_until_it_is_gone(SubscriptionProbe probe) {
        probe.append(A, "one", "two", "three", "four");
        probe.make(SETTINGS.withDistribution(Distribution.SINGLE));
        assertThat(types(probe.next("c", 1))).containsExactly("one");
        assertThat(probe.next("d")).isEmpty();
        assertThat(types(probe.next("c", 1))).containsExactly("two");
        probe.all().leave(GROUP, "c");
        assertThat(types(probe.next("d", 3))).containsExactly("one", "two");
        assertThat(types(probe.next("d", 1))).containsExactly("three");
        assertThat(probe.next("c")).isEmpty();
        probe.advance(TIMEOUT);
        assertThat(types(probe.next("c", 2))).as("d was not heard of").containsExactly("one", "two");
    }

    @Test
    default void of_an_aggregate_one_event_at_a_time(SubscriptionProbe probe) {
        probe.append(A, "a0", "a1", "a2");
        probe.append(B, "b0", "b1");
        probe.make(SETTINGS.withDistribution(Distribution.BY_AGGREGATE));
        List<DeliveredEvent> first = probe.next("c");
        assertThat(types(first)).containsExactly("a0", "b0");
        assertThat(probe.next("d")).isEmpty();
        probe.settle(Settlement.retry(""), first.get(0));
        probe.ack(first.get(1));
        List<DeliveredEvent> second = probe.next("d");
        assertThat(types(second)).containsExactly("a0", "b1");
        assertThat(attempts(second)).containsExactly(2, 1);
        probe.settle(Settlement.park("no"), second.get(0));
        assertThat(types(probe.next("c"))).containsExactly("a1");
        probe.advance(TIMEOUT);
        assertThat(types(probe.next("e"))).containsExactly("a1", "b1");
    }

    @Test
    default void of_a_correlation_one_event_at_a_time_and_of_none_as_they_come(SubscriptionProbe probe) {
        probe.store()
                .append(
                        A,
                        ExpectedVersion.any(),
                        NewEvent.json("x0", "{}").withMetadata(NewEvent.CORRELATION_ID, "x"),
                        NewEvent.json("x1", "{}").withMetadata(NewEvent.CORRELATION_ID, "x"),
                        NewEvent.json("free", "{}"),
                        NewEvent.json("free", "{}"));
        probe.make(SETTINGS.withDistribution(Distribution.BY_CORRELATION));
        List<DeliveredEvent> first = probe.next("c");
        assertThat(types(first)).containsExactly("x0", "free", "free");
        probe.ack(first.get(0));
        assertThat(types(probe.next("d"))).containsExactly("x1");
    }

    // ---- consumers that come and go

    @Test
    default void one_consumer_too_many_is_refused(SubscriptionProbe probe) {
        probe.append(A, "one");
        probe.make(SETTINGS.withMaxConsumers(2));
        probe.next("c");
        probe.next("d");
        refused(ErrorKind.CONSUMER_LIMIT, () -> probe.next("e"));
        assertThat(probe.next("d")).isEmpty();
        probe.all().leave(GROUP, "c");
        assertThat(types(probe.next("e"))).containsExactly("one");
        refused(ErrorKind.CONSUMER_LIMIT, () -> probe.next("c"));
        probe.advance(TIMEOUT);
        assertThat(types(probe.next("c"))).containsExactly("one");
        assertThat(probe.info().consumers()).containsExactly("c");
    }

    @Test
    default void what_a_consumer_has_that_leaves_is_handed_to_others(SubscriptionProbe probe) {
        probe.append(A, "one", "two");
        probe.make(SETTINGS);
        List<DeliveredEvent> had = probe.next("c", 1);
        assertThat(types(probe.next("d", 1))).containsExactly("two");
        probe.all().leave(GROUP, "c");
        assertThat(types(probe.next("d"))).containsExactly("one");
        assertThat(probe.all().ack(GROUP, had.get(0))).isZero();
        probe.all().leave(GROUP, "nobody");
    }

    @Test
    default void what_a_consumer_has_that_is_lost_is_handed_to_others_and_the_others_go_on(SubscriptionProbe probe) {
        probe.append(A, "one", "two", "three");
        probe.make(SETTINGS);
        probe.next("lost", 1);
        probe.ack(probe.next("c", 1));
        probe.advance(TIMEOUT.minusMillis(1));
        assertThat(types(probe.next("c"))).containsExactly("three");
        probe.advance(Duration.ofMillis(1));
        List<DeliveredEvent> again = probe.next("c");
        assertThat(types(again)).containsExactly("one");
        assertThat(attempts(again)).containsExactly(2);
        assertThat(probe.info().consumers()).containsExactly("c");
    }
}
