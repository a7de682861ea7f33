package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.A;
import static dev.varve.testkit.EventProbe.B;
import static dev.varve.testkit.EventProbe.any;
import static dev.varve.testkit.EventProbe.exactly;
import static dev.varve.testkit.EventProbe.failure;
import static dev.varve.testkit.EventProbe.noStream;
import static dev.varve.testkit.StreamProbe.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How long the events of an aggregate are kept, and the other settings of it. */
interface EventRetentionRules {

    private static Arguments row(AggregateSettings settings, String... types) {
        return Arguments.of(settings, List.of(types));
    }

    /** What is left of five events. */
    static Stream<Arguments> settings() {
        AggregateSettings none = AggregateSettings.NONE;
        return Stream.of(
                row(none, "0", "1", "2", "3", "4"),
                row(none.withMaxCount(1), "4"),
                row(none.withMaxCount(3), "2", "3", "4"),
                row(none.withMaxCount(5), "0", "1", "2", "3", "4"),
                row(none.withMaxCount(Long.MAX_VALUE), "0", "1", "2", "3", "4"),
                row(none.withTruncateBefore(1), "1", "2", "3", "4"),
                row(none.withTruncateBefore(4), "4"),
                row(none.withTruncateBefore(5)),
                row(none.withTruncateBefore(Long.MAX_VALUE)),
                row(none.withMaxCount(2).withTruncateBefore(1), "3", "4"),
                row(none.withMaxCount(4).withTruncateBefore(3), "3", "4"),
                row(none.withMaxAge(Duration.ofDays(1)), "0", "1", "2", "3", "4"),
                row(none.withMaxAge(Duration.ofDays(1)).withMaxCount(1), "4"),
                row(none.withCustom("owner", "\u00e9").withCustom("empty", ""), "0", "1", "2", "3", "4"));
    }

    @ParameterizedTest
    @MethodSource("settings")
    default void settings_leave(AggregateSettings settings, List<String> types, EventProbe events) {
        for (int i = 0; i < 5; i++) {
            events.append(A, events.event("" + i, "t"));
            events.append(B, events.event("b", "u"));
        }

        AggregateInfo info = events.store().configure(A, settings);

        assertThat(info).isEqualTo(events.info(A));
        assertThat(info.settings()).isEqualTo(settings);
        assertThat(info.settingsRevision()).isEqualTo(1);
        assertThat(info.status()).isEqualTo(AggregateStatus.LIVE);
        assertThat(info.version()).isEqualTo(4);
        assertThat(info.firstVersion()).isEqualTo(5 - types.size());
        assertThat(events.types(A)).isEqualTo(types);
        assertThat(events.types(EventRead.all().matching(EventQuery.tags("t")))).isEqualTo(types);
        assertThat(events.types(EventRead.all())).hasSize(5 + types.size());
        assertThat(events.types(EventRead.category("order"))).hasSize(5 + types.size());
        assertThat(events.store().count(EventRead.of(A))).isEqualTo(types.size());
        EventSlice slice = events.store().fetch(A, EventStore.EMPTY);
        assertThat(slice.version()).isEqualTo(4);
        assertThat(slice.status()).isEqualTo(AggregateStatus.LIVE);
        assertThat(events.all(EventRead.of(A)))
                .extracting(StoredEvent::version)
                .isEqualTo(Stream.iterate(5L - types.size(), version -> version + 1)
                        .limit(types.size())
                        .toList());
        events.store().scavenge();
        assertThat(events.types(A)).isEqualTo(types);
        assertThat(events.info(A)).isEqualTo(info);
        events.refused(Reason.WRONG_EXPECTED_VERSION, A, noStream(), events.event("5"));
        assertThat(events.store().append(A, exactly(4), events.event("5")).version(A))
                .isEqualTo(5);
        assertThat(events.types(B)).hasSize(5);
    }

    @Test
    default void a_count_keeps_the_last_events_as_more_come(EventProbe events) {
        events.store().append(B, any(), events.event("x"));
        events.store().configure(A, AggregateSettings.NONE.withMaxCount(2));
        for (int i = 0; i < 6; i++) {
            events.append(A, "" + i);
        }

        assertThat(events.types(A)).containsExactly("4", "5");
        assertThat(events.types(EventRead.of(A).backward())).containsExactly("5", "4");
        assertThat(events.types(EventRead.of(A).after(1))).containsExactly("4", "5");
        assertThat(events.types(EventRead.all())).containsExactly("x", "4", "5");
    }

    /** With an age of a millisecond everything is too old soon, however long this takes. */
    @Test
    default void events_go_when_they_are_too_old(EventProbe events) {
        events.append(A, events.event("0").withTime(Instant.parse("2999-01-01T00:00:00Z")));
        events.append(A, "1");
        events.append(B, events.event("b").withTime(Instant.parse("1999-01-01T00:00:00Z")));
        events.store().configure(B, AggregateSettings.NONE.withMaxAge(Duration.ofDays(1)));
        events.store().configure(A, AggregateSettings.NONE.withMaxAge(Duration.ofMillis(1)));

        eventually("too old", () -> events.types(A).isEmpty());

        assertThat(events.types(EventRead.all())).containsExactly("b");
        assertThat(events.version(A)).isEqualTo(1);
        assertThat(events.info(A).firstVersion()).isEqualTo(2);
        assertThat(events.store().head()).isEqualTo(2);
        assertThat(events.store().append(A, exactly(1), events.event("2")).version(A))
                .isEqualTo(2);
    }

    @Test
    default void settings_have_a_revision(EventProbe events) {
        events.append(A, "1");
        AggregateSettings first = AggregateSettings.NONE.withCustom("a", "1");
        AggregateSettings second = AggregateSettings.NONE.withCustom("a", "2");

        assertThat(events.store().configure(A, first, 0L).settingsRevision()).isEqualTo(1);
        failure(ErrorKind.CONFLICT, () -> events.store().configure(A, second, 0L));
        failure(ErrorKind.CONFLICT, () -> events.store().configure(A, second, 2L));
        assertThat(events.info(A).settings()).isEqualTo(first);
        assertThat(events.info(A).settingsRevision()).isEqualTo(1);
        assertThat(events.store().configure(A, second, 1L).settingsRevision()).isEqualTo(2);
        assertThat(events.store().configure(A, AggregateSettings.NONE).settingsRevision())
                .isEqualTo(3);
        assertThat(events.info(A).settings()).isEqualTo(AggregateSettings.NONE);
        assertThat(events.store().head()).isZero();
    }

    @Test
    default void settings_may_come_before_the_first_event(EventProbe events) {
        events.append(B, "1");
        AggregateSettings settings =
                AggregateSettings.NONE.withTruncateBefore(1).withCustom("a", "1");

        AggregateInfo info = events.store().configure(A, settings);

        assertThat(info)
                .isEqualTo(new AggregateInfo(
                        A, AggregateStatus.EMPTY, EventStore.EMPTY, 0, EventStore.EMPTY, settings, 1));
        assertThat(events.store().aggregates(null).map(AggregateInfo::id)).containsExactly(B);
        events.store().append(A, noStream(), events.event("0"), events.event("1"));
        assertThat(events.types(A)).containsExactly("1");
    }

    @Test
    default void settings_stay_over_a_soft_delete_and_go_with_a_tombstone(EventProbe events) {
        AggregateSettings settings = AggregateSettings.NONE.withMaxCount(1);
        events.append(A, "1");
        events.store().configure(A, settings);
        events.store().delete(A, any(), AggregateDeletion.SOFT);

        assertThat(events.info(A).settings()).isEqualTo(settings);
        events.append(A, "2", "3");
        assertThat(events.types(A)).containsExactly("3");
        events.store().delete(A, any(), AggregateDeletion.TOMBSTONE);
        failure(ErrorKind.GONE, () -> events.store().configure(A, settings));
    }
}
