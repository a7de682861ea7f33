package dev.varve.testkit;

import static dev.varve.testkit.SubscriptionProbe.A;
import static dev.varve.testkit.SubscriptionProbe.C;
import static dev.varve.testkit.SubscriptionProbe.GROUP;
import static dev.varve.testkit.SubscriptionProbe.SETTINGS;
import static dev.varve.testkit.SubscriptionProbe.refused;
import static dev.varve.testkit.SubscriptionProbe.types;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.DeliveredEvent;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptionStorage;
import dev.varve.api.EventSubscriptions;
import dev.varve.api.Settlement;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.SubscriptionSettings.Distribution;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Making, changing, pausing, resetting and deleting subscriptions. */
interface SubscriptionCommandRules {

    @Test
    default void a_subscription_is_as_it_was_made(SubscriptionProbe probe) {
        probe.append(A, "one");
        EventRead read = EventRead.category("order")
                .after(0)
                .from(Instant.parse("2020-01-01T00:00:00.123456789Z"))
                .matching(EventQuery.of(
                        EventQuery.Item.types("a", "b").tagged("x", "y"),
                        EventQuery.Item.tags("z").without("c")))
                .filtered(EventFilter.NONE
                        .withTypePrefix("O")
                        .withIdPrefix("1/")
                        .withIds(Set.of(new UUID(1, 2)))
                        .withTimes(Instant.parse("2021-01-01T00:00:00Z"), Instant.parse("2022-01-01T00:00:00Z"))
                        .withMetadata("_type", "p")
                        .withMetadata("é", ""));
        SubscriptionSettings settings = new SubscriptionSettings(
                read, Duration.ofMillis(1500), 7, Duration.ofMillis(20), 3, 4, Distribution.BY_CORRELATION);
        SubscriptionInfo made = probe.all().create("ä b~c%2F?", settings);
        assertThat(made)
                .isEqualTo(new SubscriptionInfo(
                        "ä b~c%2F?", settings, made.createdAt(), 0, 0, 0, 0, 0, false, "", List.of()));
        probe.all().create("a", SETTINGS.withEvents(EventRead.of(A)));
        assertThat(probe.all().info("ä b~c%2F?")).isEqualTo(made);
        assertThat(probe.all().list()).containsExactly(probe.all().info("a"), made);
        probe.reopen();
        assertThat(probe.all().info("ä b~c%2F?")).isEqualTo(made);
    }

    @Test
    default void a_name_is_taken_once_and_free_when_it_is_deleted(SubscriptionProbe probe) {
        probe.append(A, "one", "two");
        probe.make(SETTINGS);
        refused(ErrorKind.ALREADY_EXISTS, () -> probe.make(SETTINGS));
        probe.ack(probe.next("c", 1));
        probe.settle(Settlement.park(""), probe.one("c"));
        assertThat(probe.all().delete(GROUP)).isTrue();
        assertThat(probe.all().delete(GROUP)).isFalse();
        assertThat(probe.all().list()).isEmpty();
        assertThat(probe.make(SETTINGS).parked()).isZero();
        assertThat(types(probe.next("c"))).containsExactly("one", "two");
    }

    @Test
    default void what_is_not_there_is_not_found(SubscriptionProbe probe) {
        EventSubscriptions nowhere = probe.store("acme/nowhere").subscriptions();
        refused(ErrorKind.NOT_FOUND, () -> nowhere.create(GROUP, SETTINGS));
        refused(ErrorKind.NOT_FOUND, nowhere::list);
        probe.append(A, "one");
        EventSubscriptions all = probe.all();
        refused(ErrorKind.NOT_FOUND, () -> all.info(GROUP));
        refused(ErrorKind.NOT_FOUND, () -> all.update(GROUP, SETTINGS));
        refused(ErrorKind.NOT_FOUND, () -> all.next(GROUP, "c", 1, Duration.ZERO));
        refused(ErrorKind.NOT_FOUND, () -> all.settle(GROUP, Settlement.ACK, List.of("0-1")));
        refused(ErrorKind.NOT_FOUND, () -> all.leave(GROUP, "c"));
        refused(ErrorKind.NOT_FOUND, () -> all.parked(GROUP, EventStore.EMPTY, 1));
        refused(ErrorKind.NOT_FOUND, () -> all.replayParked(GROUP, 1));
        refused(ErrorKind.NOT_FOUND, () -> all.pause(GROUP));
        refused(ErrorKind.NOT_FOUND, () -> all.resume(GROUP));
        refused(ErrorKind.NOT_FOUND, () -> all.reset(GROUP, 0));
    }

    @Test
    default void what_makes_no_sense_is_refused(SubscriptionProbe probe) {
        probe.append(A, "one");
        EventSubscriptions all = probe.all();
        for (String name : List.of("", "a/b", "a\u0001", "x".repeat(EventSubscriptionStorage.MAX_NAME_BYTES + 1))) {
            // A name that cannot stand in a URL is not found there.
            assertThatThrownBy(() -> all.create(name, SETTINGS))
                    .as(name)
                    .isInstanceOf(dev.varve.api.VarveException.class);
        }
        probe.make(SETTINGS);
        refused(ErrorKind.INVALID_PARAMS, () -> all.next(GROUP, "", 1, Duration.ZERO));
        refused(ErrorKind.INVALID_PARAMS, () -> all.next(GROUP, "c\n", 1, Duration.ZERO));
        refused(ErrorKind.INVALID_PARAMS, () -> all.next(GROUP, "c", 0, Duration.ZERO));
        refused(
                ErrorKind.INVALID_PARAMS,
                () -> all.next(GROUP, "c", SubscriptionSettings.MAX_IN_FLIGHT + 1, Duration.ZERO));
        refused(ErrorKind.INVALID_PARAMS, () -> all.next(GROUP, "c", 1, Duration.ofSeconds(-1)));
        refused(
                ErrorKind.INVALID_PARAMS,
                () -> all.next(GROUP, "c", 1, EventSubscriptionStorage.MAX_WAIT.plusMillis(1)));
        refused(ErrorKind.INVALID_PARAMS, () -> all.parked(GROUP, EventStore.EMPTY, 0));
        refused(
                ErrorKind.INVALID_PARAMS,
                () -> all.parked(GROUP, EventStore.EMPTY, EventSubscriptionStorage.MAX_PARKED_PAGE + 1));
        refused(ErrorKind.INVALID_PARAMS, () -> all.replayParked(GROUP, -1));
        refused(ErrorKind.INVALID_PARAMS, () -> all.reset(GROUP, 1));
        refused(ErrorKind.INVALID_PARAMS, () -> all.reset(GROUP, -2));
        assertThat(probe.info().consumers()).isEmpty();
    }

    @Test
    default void a_paused_subscription_hands_out_nothing(SubscriptionProbe probe) throws Exception {
        probe.append(A, "one", "two");
        probe.make(SETTINGS);
        List<DeliveredEvent> first = probe.next("c", 1);
        assertThat(probe.all().pause(GROUP).paused()).isTrue();
        refused(ErrorKind.CONFLICT, () -> probe.all().pause(GROUP));
        assertThat(probe.next("c")).isEmpty();
        CompletableFuture<List<DeliveredEvent>> waiting = probe.waiting("d", 10);
        probe.append(A, "three");
        probe.ack(first);
        assertThat(probe.checkpoint()).isZero();
        assertThat(waiting).isNotDone();
        assertThat(probe.all().resume(GROUP).paused()).isFalse();
        refused(ErrorKind.CONFLICT, () -> probe.all().resume(GROUP));
        assertThat(types(waiting.get(60, TimeUnit.SECONDS))).containsExactly("two", "three");
    }

    @Test
    default void pausing_one_does_not_pause_another(SubscriptionProbe probe) {
        probe.append(A, "one");
        probe.make(SETTINGS);
        probe.all().create("other", SETTINGS);
        probe.all().pause(GROUP);
        assertThat(types(probe.all().next("other", "c", 10, Duration.ZERO))).containsExactly("one");
    }

    @Test
    default void a_reset_begins_anew_after_a_position(SubscriptionProbe probe) {
        probe.append(A, "one", "two", "three", "four");
        probe.make(SETTINGS);
        List<DeliveredEvent> all = probe.next("c", 3);
        probe.ack(all.get(0));
        probe.settle(Settlement.park("early"), all.get(1));
        assertThat(probe.all().reset(GROUP, 1).checkpoint()).isEqualTo(1);
        assertThat(probe.all().ack(GROUP, all.get(2))).as("a token of before").isZero();
        assertThat(probe.info().parked()).isEqualTo(1);
        List<DeliveredEvent> again = probe.next("c");
        assertThat(types(again)).containsExactly("three", "four");
        probe.settle(Settlement.park("late"), again.get(0));
        SubscriptionInfo anew = probe.all().reset(GROUP, EventStore.EMPTY);
        assertThat(anew.checkpoint()).isEqualTo(EventStore.EMPTY);
        assertThat(anew.parked()).isZero();
        assertThat(anew.inFlight()).isZero();
        assertThat(types(probe.next("c"))).containsExactly("one", "two", "three", "four");
        assertThat(probe.all().reset(GROUP, SubscriptionSettings.END).checkpoint())
                .isEqualTo(3);
        assertThat(probe.next("c")).isEmpty();
        probe.append(A, "five");
        assertThat(types(probe.next("c"))).containsExactly("five");
        probe.all().create("one", SETTINGS.withEvents(EventRead.of(A)));
        probe.all().reset("one", 2);
        assertThat(types(probe.all().next("one", "c", 10, Duration.ZERO))).containsExactly("four", "five");
    }

    @Test
    default void settings_can_be_changed(SubscriptionProbe probe) {
        probe.append(A, "one", "two");
        probe.append(C, "three");
        probe.append(A, "four");
        probe.make(SETTINGS.withMaxInFlight(1));
        DeliveredEvent one = probe.one("c");
        assertThat(probe.next("c")).isEmpty();
        probe.all().update(GROUP, SETTINGS.withMaxInFlight(2));
        DeliveredEvent two = probe.one("c");
        assertThat(two.event().type()).isEqualTo("two");
        SubscriptionSettings other =
                SETTINGS.withEvents(EventRead.category("other")).withMaxInFlight(10);
        assertThat(probe.all().update(GROUP, other).settings()).isEqualTo(other);
        assertThat(types(probe.next("c"))).containsExactly("three");
        probe.ack(one, two);
        assertThat(probe.checkpoint()).isEqualTo(1);
    }

    @Test
    default void those_who_wait_hear_of_a_deletion(SubscriptionProbe probe) throws Exception {
        probe.append(A, "one");
        probe.make(SETTINGS.withEvents(EventRead.category("other")));
        CompletableFuture<List<DeliveredEvent>> waiting = probe.waiting("c", 10);
        probe.all().delete(GROUP);
        assertThatThrownBy(() -> waiting.get(60, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(dev.varve.api.VarveException.class)
                .hasMessageContaining(GROUP);
    }
}
