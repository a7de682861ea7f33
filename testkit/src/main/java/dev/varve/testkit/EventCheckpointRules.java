package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.A;
import static dev.varve.testkit.EventProbe.B;
import static dev.varve.testkit.EventProbe.any;
import static dev.varve.testkit.EventProbe.appended;
import static dev.varve.testkit.EventProbe.failure;
import static dev.varve.testkit.EventProbe.noStream;
import static dev.varve.testkit.StreamProbe.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventRead;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.EventStore.AwaitedAppend;
import dev.varve.api.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How far readers have come, and waiting for them. */
interface EventCheckpointRules {

    @Test
    default void checkpoints_never_go_back(EventProbe events) {
        events.append(A, "1", "2", "3");

        assertThat(events.store().checkpoint("p")).isEmpty();
        assertThat(events.store().saveCheckpoint("p", EventStore.EMPTY)).isEqualTo(EventStore.EMPTY);
        assertThat(events.store().checkpoint("p")).hasValue(EventStore.EMPTY);
        assertThat(events.store().saveCheckpoint("p", 2)).isEqualTo(2);
        assertThat(events.store().saveCheckpoint("p", 1)).isEqualTo(2);
        assertThat(events.store().saveCheckpoint("p", 2)).isEqualTo(2);
        assertThat(events.store().checkpoint("p")).hasValue(2);
        assertThat(events.store().head()).isEqualTo(2);
    }

    @Test
    default void checkpoints_are_independent(EventProbe events) {
        events.append(A, "1", "2", "3");
        events.store().saveCheckpoint("p/a", 1);
        events.store().saveCheckpoint("o \u00e9?&#%", 2);
        events.store().saveCheckpoint("p", 0);

        assertThat(events.store().checkpoints()).isEqualTo(Map.of("o \u00e9?&#%", 2L, "p", 0L, "p/a", 1L));
        assertThat(events.store().checkpoints().keySet()).containsExactly("o \u00e9?&#%", "p", "p/a");
        assertThat(events.store().deleteCheckpoint("p/a")).isTrue();
        assertThat(events.store().deleteCheckpoint("p/a")).isFalse();
        assertThat(events.store().checkpoint("p/a")).isEmpty();
        assertThat(events.store().checkpoint("o \u00e9?&#%")).hasValue(2);
        assertThat(events.store().saveCheckpoint("p/a", 0)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\ud83d"})
    default void names_that_cannot_be_are_refused(String name, EventProbe events) {
        events.append(A, "1");

        failure(ErrorKind.INVALID_PARAMS, () -> events.store().saveCheckpoint(name, 0));
        failure(ErrorKind.INVALID_PARAMS, () -> events.store().saveCheckpoint("x".repeat(257), 0));
        failure(ErrorKind.INVALID_PARAMS, () -> events.store().saveCheckpoint("p", -2));
        events.store().saveCheckpoint("x".repeat(256), 0);
        assertThat(events.store().checkpoints()).hasSize(1);
    }

    @Test
    default void a_wait_is_over_when_all_have_come_so_far(EventProbe events) {
        events.append(A, "1", "2");
        events.store().saveCheckpoint("p", 1);
        events.store().saveCheckpoint("q", 0);

        assertThat(events.store().awaitCheckpoints(Set.of("p"), 1, Duration.ZERO))
                .isTrue();
        assertThat(events.store().awaitCheckpoints(Set.of("p", "q"), 0, PATIENCE))
                .isTrue();
        assertThat(events.store().awaitCheckpoints(Set.of(), 99, Duration.ZERO)).isTrue();
        assertThat(events.store().awaitCheckpoints(Set.of("p", "q"), 1, Duration.ZERO))
                .isFalse();
        assertThat(events.store().awaitCheckpoints(Set.of("p"), 2, Duration.ofMillis(20)))
                .isFalse();
        List<Boolean> results = EventProbe.together(List.of(
                () -> events.store().awaitCheckpoints(Set.of("p", "q"), 1, PATIENCE),
                () -> events.store().saveCheckpoint("q", 1) == 1));
        assertThat(results).containsExactly(true, true);
    }

    @Test
    default void nobody_waits_for_whom_nobody_knows(EventProbe events) {
        events.append(A, "1");
        events.store().saveCheckpoint("p", 0);

        failure(ErrorKind.INVALID_PARAMS, () -> events.store().awaitCheckpoints(Set.of("p", "unknown"), 0, PATIENCE));
        failure(
                ErrorKind.INVALID_PARAMS,
                () -> events.store().awaitCheckpoints(Set.of("p"), 0, EventStorage.MAX_WAIT.plusNanos(1)));
        failure(
                ErrorKind.INVALID_PARAMS,
                () -> events.store()
                        .appendAndAwait(EventAppend.to(A, any(), events.events("2")), Set.of("unknown"), PATIENCE));
        assertThat(events.types(A)).containsExactly("1");
    }

    @Test
    default void an_append_waits_for_projections(EventProbe events) {
        events.append(A, "1");
        events.store().saveCheckpoint("projection", EventStore.EMPTY);
        try (Subscription projection = events.store()
                .follow(EventRead.all(), event -> events.store().saveCheckpoint("projection", event.position()))) {
            assertThat(projection).isNotNull();

            AwaitedAppend awaited = events.store()
                    .appendAndAwait(EventAppend.to(A, any(), events.events("2", "3")), Set.of("projection"), PATIENCE);

            assertThat(awaited.reached()).isTrue();
            assertThat(appended(awaited.result()).lastPosition()).isEqualTo(2);
            assertThat(events.store().checkpoint("projection").orElseThrow()).isEqualTo(2);
        }
    }

    @Test
    default void an_append_stays_when_a_projection_is_late(EventProbe events) {
        events.append(A, "1");
        events.store().saveCheckpoint("slow", 0);

        AwaitedAppend awaited = events.store()
                .appendAndAwait(EventAppend.to(A, any(), events.events("2")), Set.of("slow"), Duration.ofMillis(10));

        assertThat(awaited.reached()).isFalse();
        assertThat(appended(awaited.result()).lastPosition()).isEqualTo(1);
        assertThat(events.types(A)).containsExactly("1", "2");
        AwaitedAppend refused = events.store()
                .appendAndAwait(
                        EventAppend.to(A, noStream(), events.events("3")), Set.of("slow"), Duration.ofMillis(10));
        assertThat(refused.result()).isInstanceOf(Refused.class);
        assertThat(refused.reached()).isFalse();
    }

    private static EventAppend tracked(EventProbe events, String source, long position) {
        return EventAppend.builder()
                .event(A, events.event("x"))
                .tracking(source, position)
                .build();
    }

    @Test
    default void a_tracking_is_kept_with_its_events_and_only_grows(EventProbe events) {
        events.append(tracked(events, "s", 0));
        assertThat(events.store().checkpoint("s")).hasValue(0);
        events.append(tracked(events, "s", 7));
        assertThat(events.store().checkpoint("s")).hasValue(7);

        for (long position : new long[] {0, 6, 7}) {
            Refused refused = events.refused(Reason.TRACKING_NOT_INCREASING, tracked(events, "s", position));
            assertThat(refused.conflictingPosition()).isEqualTo(7);
        }
        events.append(tracked(events, "other", 3));
        events.append(tracked(events, "s", 8));
        assertThat(events.store().checkpoints()).isEqualTo(Map.of("other", 3L, "s", 8L));
    }

    @Test
    default void a_refused_append_tracks_nothing(EventProbe events) {
        events.append(tracked(events, "s", 1));

        events.refused(
                Reason.WRONG_EXPECTED_VERSION,
                EventAppend.builder()
                        .event(B, events.event("x"))
                        .check(A, noStream())
                        .tracking("s", 2)
                        .build());

        assertThat(events.store().checkpoint("s")).hasValue(1);
        events.append(tracked(events, "s", 2));
    }

    @Test
    default void trackings_and_checkpoints_are_one(EventProbe events) {
        events.append(tracked(events, "s", 5));
        assertThat(events.store().saveCheckpoint("s", 9)).isEqualTo(9);
        events.refused(Reason.TRACKING_NOT_INCREASING, tracked(events, "s", 9));
        events.append(tracked(events, "s", 10));
        assertThat(events.store().saveCheckpoint("s", 9)).isEqualTo(10);
        List<Boolean> results = EventProbe.together(List.of(
                () -> events.store().awaitCheckpoints(Set.of("s"), 11, PATIENCE),
                () -> !appended(events.store().tryAppend(tracked(events, "s", 11)))
                        .idempotent()));
        assertThat(results).containsExactly(true, true);
        assertThat(events.store().deleteCheckpoint("s")).isTrue();
        events.append(tracked(events, "s", 0));
    }
}
