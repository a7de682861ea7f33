package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.A;
import static dev.varve.testkit.EventProbe.B;
import static dev.varve.testkit.EventProbe.any;
import static dev.varve.testkit.EventProbe.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.LoadedAggregate;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoredEvent;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** States of aggregates that are kept beside their events. */
interface EventSnapshotRules {

    Instant NOON = Instant.parse("2026-11-21T12:00:00.123456789Z");

    private static Snapshot snapshot(AggregateId aggregate, long version, String schema) {
        return new Snapshot(
                aggregate,
                version,
                schema,
                EventData.json("{\"version\":" + version + "}"),
                Map.of("m", "" + version),
                NOON.plusSeconds(version));
    }

    private static List<Long> versions(EventProbe events, SnapshotQuery query) {
        return events.store().snapshots(A, query).stream()
                .map(Snapshot::version)
                .toList();
    }

    /** Ten events, and snapshots of some versions. */
    private static void fill(EventProbe events, int... versions) {
        events.append(A, IntStream.range(0, 10).mapToObj(i -> "e" + i).toArray(String[]::new));
        for (int version : versions) {
            events.store().saveSnapshot(snapshot(A, version, "s"), Snapshot.MAX_KEPT);
        }
    }

    @Test
    default void a_snapshot_comes_back_as_it_was_given(EventProbe events) {
        events.append(A, "1", "2");
        byte[] state = new byte[100_000];
        state[17] = -1;
        Snapshot snapshot =
                new Snapshot(A, 1, "state \u00e9/2", EventData.of("application/x", state), Map.of("m", "\u00e9"), NOON);

        events.store().saveSnapshot(snapshot);

        assertThat(events.store().snapshot(A)).contains(snapshot);
        assertThat(events.store().snapshots(A, SnapshotQuery.ALL)).containsExactly(snapshot);
        assertThat(events.store().snapshot(B)).isEmpty();
        assertThat(events.store().head()).isEqualTo(1);
    }

    @Test
    default void a_snapshot_may_have_no_schema_and_any_version_up_to_the_last(EventProbe events) {
        fill(events);
        for (int version : new int[] {9, 0, 5}) {
            events.store().saveSnapshot(snapshot(A, version, ""), 10);
        }

        assertThat(versions(events, SnapshotQuery.ALL)).containsExactly(9L, 5L, 0L);
    }

    @Test
    default void one_snapshot_is_kept_if_nothing_else_is_said(EventProbe events) {
        fill(events);
        events.store().saveSnapshot(snapshot(A, 3, "s"));
        events.store().saveSnapshot(snapshot(A, 7, "s"));

        assertThat(versions(events, SnapshotQuery.ALL)).containsExactly(7L);
    }

    @Test
    default void as_many_are_kept_as_is_said(EventProbe events) {
        fill(events);
        for (int version = 0; version < 8; version++) {
            events.store().saveSnapshot(snapshot(A, version, "s"), 3);
        }
        assertThat(versions(events, SnapshotQuery.ALL)).containsExactly(7L, 6L, 5L);

        events.store().saveSnapshot(snapshot(A, 8, "s"), 2);

        assertThat(versions(events, SnapshotQuery.ALL)).containsExactly(8L, 7L);
    }

    @Test
    default void a_snapshot_of_the_same_version_is_replaced(EventProbe events) {
        fill(events, 3, 5);
        Snapshot other = new Snapshot(A, 3, "other", EventData.json("[]"), Map.of(), NOON);

        events.store().saveSnapshot(other, 10);

        assertThat(versions(events, SnapshotQuery.ALL)).containsExactly(5L, 3L);
        assertThat(events.store().snapshots(A, SnapshotQuery.ALL).get(1)).isEqualTo(other);
    }

    @Test
    default void a_snapshot_above_the_version_is_refused(EventProbe events) {
        events.append(A, "1", "2");

        failure(ErrorKind.INVALID_PARAMS, () -> events.store().saveSnapshot(snapshot(A, 2, "s")));
        failure(ErrorKind.INVALID_PARAMS, () -> events.store().saveSnapshot(snapshot(B, 0, "s")));
        failure(ErrorKind.INVALID_PARAMS, () -> events.store().saveSnapshot(snapshot(A, 1, "s"), 0));
        failure(
                ErrorKind.INVALID_PARAMS,
                () -> events.store().saveSnapshot(snapshot(A, 1, "s"), Snapshot.MAX_KEPT + 1));
        assertThat(events.store().snapshot(A)).isEmpty();
        assertThat(events.store().snapshot(B)).isEmpty();
    }

    private static Arguments row(SnapshotQuery query, Long... versions) {
        return Arguments.of(query, List.of(versions));
    }

    /** What is found of the versions 1, 3, 5, 7 and 9. */
    static Stream<Arguments> snapshotQueries() {
        long max = Long.MAX_VALUE;
        return Stream.of(
                row(SnapshotQuery.ALL, 9L, 7L, 5L, 3L, 1L),
                row(SnapshotQuery.LAST, 9L),
                row(new SnapshotQuery(0, max, null, null, 2), 9L, 7L),
                row(new SnapshotQuery(3, 7, null, null, 10), 7L, 5L, 3L),
                row(new SnapshotQuery(4, 6, null, null, 10), 5L),
                row(new SnapshotQuery(0, 6, null, null, 1), 5L),
                row(new SnapshotQuery(7, 3, null, null, 10)),
                row(new SnapshotQuery(10, max, null, null, 10)),
                row(new SnapshotQuery(0, max, NOON.plusSeconds(5), null, 10), 9L, 7L, 5L),
                row(new SnapshotQuery(0, max, NOON.plusSeconds(5).plusNanos(1), null, 10), 9L, 7L),
                row(new SnapshotQuery(0, max, null, NOON.plusSeconds(5), 10), 5L, 3L, 1L),
                row(new SnapshotQuery(0, max, null, NOON.plusSeconds(5).minusNanos(1), 10), 3L, 1L),
                row(new SnapshotQuery(3, 5, NOON.plusSeconds(4), NOON.plusSeconds(9), 10), 5L));
    }

    @ParameterizedTest
    @MethodSource("snapshotQueries")
    default void snapshots_are_found_by_version_and_time(SnapshotQuery query, List<Long> versions, EventProbe events) {
        fill(events, 5, 1, 9, 3, 7);

        assertThat(versions(events, query)).isEqualTo(versions);
    }

    @ParameterizedTest
    @MethodSource("snapshotQueries")
    default void snapshots_are_deleted_by_version_and_time(
            SnapshotQuery query, List<Long> versions, EventProbe events) {
        fill(events, 5, 1, 9, 3, 7);
        SnapshotQuery all = new SnapshotQuery(
                query.minVersion(), query.maxVersion(), query.since(), query.until(), Snapshot.MAX_KEPT);
        List<Long> gone = versions(events, all);

        // The limit does not matter.
        assertThat(events.store().deleteSnapshots(A, query)).isEqualTo(gone.size());

        assertThat(versions(events, SnapshotQuery.ALL))
                .isEqualTo(Stream.of(9L, 7L, 5L, 3L, 1L)
                        .filter(version -> !gone.contains(version))
                        .toList());
        assertThat(events.store().deleteSnapshots(A, query)).isZero();
        assertThat(events.store().deleteSnapshots(B, query)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    default void a_snapshot_does_not_outlive_its_aggregate(AggregateDeletion deletion, EventProbe events) {
        fill(events, 3, 5);
        events.append(B, "1");
        events.store().saveSnapshot(snapshot(B, 0, "s"));
        events.store().delete(A, any(), deletion);

        assertThat(events.store().snapshot(A)).isEmpty();
        assertThat(events.store().load(A, "s").snapshot()).isEmpty();
        failure(ErrorKind.INVALID_PARAMS, () -> events.store().saveSnapshot(snapshot(A, 3, "s")));
        if (deletion != AggregateDeletion.TOMBSTONE) {
            fill(events);
            assertThat(events.store().snapshots(A, SnapshotQuery.ALL)).isEmpty();
            LoadedAggregate loaded = events.store().load(A, "s");
            assertThat(loaded.snapshot()).isEmpty();
            assertThat(loaded.tail().events()).hasSize(10);
            if (deletion == AggregateDeletion.SOFT) {
                // One that comes late, of what was deleted.
                failure(ErrorKind.INVALID_PARAMS, () -> events.store().saveSnapshot(snapshot(A, 9, "s")));
            }
            long version = events.version(A);
            events.store().saveSnapshot(snapshot(A, version, "s"));
            assertThat(events.store().snapshot(A)).map(Snapshot::version).contains(version);
        }
        assertThat(events.store().snapshot(B)).isPresent();
    }

    @Test
    default void a_snapshot_is_loaded_with_what_follows_it(EventProbe events) {
        fill(events, 3, 6);

        LoadedAggregate loaded = events.store().load(A, "s");

        assertThat(loaded.snapshot()).contains(snapshot(A, 6, "s"));
        assertThat(loaded.tail().events()).extracting(StoredEvent::type).containsExactly("e7", "e8", "e9");
        assertThat(loaded.tail().version()).isEqualTo(9);
        assertThat(loaded.tail().status()).isEqualTo(AggregateStatus.LIVE);
        assertThat(loaded.tail().head()).isEqualTo(9);
        assertThat(loaded.tail().more()).isFalse();
    }

    @Test
    default void a_snapshot_of_another_schema_is_passed_over(EventProbe events) {
        fill(events, 3);
        events.store().saveSnapshot(snapshot(A, 6, "other"), 10);

        assertThat(events.store().load(A, "s").snapshot()).contains(snapshot(A, 3, "s"));
        assertThat(events.store().load(A, "s").tail().events()).hasSize(6);
        assertThat(events.store().load(A, "other").snapshot()).contains(snapshot(A, 6, "other"));
        LoadedAggregate none = events.store().load(A, "unknown");
        assertThat(none.snapshot()).isEmpty();
        assertThat(none.tail().events()).hasSize(10);
    }

    @Test
    default void a_snapshot_of_the_last_version_has_an_empty_tail(EventProbe events) {
        fill(events, 9);

        LoadedAggregate loaded = events.store().load(A, "s");

        assertThat(loaded.snapshot()).isPresent();
        assertThat(loaded.tail().events()).isEmpty();
        assertThat(loaded.tail().version()).isEqualTo(9);
        assertThat(loaded.tail().more()).isFalse();
    }

    @Test
    default void nothing_is_loaded_of_what_is_not_there(EventProbe events) {
        events.append(B, "1");

        LoadedAggregate loaded = events.store().load(A, "s");

        assertThat(loaded.snapshot()).isEmpty();
        assertThat(loaded.tail().events()).isEmpty();
        assertThat(loaded.tail().version()).isEqualTo(EventStore.EMPTY);
        assertThat(loaded.tail().status()).isEqualTo(AggregateStatus.EMPTY);
    }

    @Test
    default void a_snapshot_stays_where_the_events_before_it_are_no_longer_kept(EventProbe events) {
        fill(events, 6);

        events.store().configure(A, AggregateSettings.NONE.withTruncateBefore(7));
        events.store().scavenge();

        LoadedAggregate loaded = events.store().load(A, "s");
        assertThat(loaded.snapshot()).contains(snapshot(A, 6, "s"));
        assertThat(loaded.tail().events()).extracting(StoredEvent::type).containsExactly("e7", "e8", "e9");
        events.store().configure(A, AggregateSettings.NONE.withTruncateBefore(10));
        events.store().saveSnapshot(snapshot(A, 9, "s"));
        assertThat(events.store().load(A, "s").snapshot()).contains(snapshot(A, 9, "s"));
    }

    @Test
    default void a_long_tail_is_read_on(EventProbe events) {
        int count = EventRead.MAX_LIMIT + 20;
        events.append(A, IntStream.range(0, count).mapToObj(i -> "e" + i).toArray(String[]::new));
        events.store().saveSnapshot(snapshot(A, 9, "s"));

        LoadedAggregate loaded = events.store().load(A, "s");

        assertThat(loaded.tail().more()).isTrue();
        assertThat(loaded.tail().version()).isEqualTo(count - 1);
        List<StoredEvent> rest = events.all(EventRead.of(A).after(loaded.tail().next()));
        assertThat(loaded.tail().events().size() + rest.size()).isEqualTo(count - 10);
    }
}
