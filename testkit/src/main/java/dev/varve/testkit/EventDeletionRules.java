package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.A;
import static dev.varve.testkit.EventProbe.B;
import static dev.varve.testkit.EventProbe.any;
import static dev.varve.testkit.EventProbe.exactly;
import static dev.varve.testkit.EventProbe.failure;
import static dev.varve.testkit.EventProbe.noStream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Violation;
import dev.varve.api.EventData;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.StoredEvent;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What deletions of aggregates and of single events leave, and what redaction does. */
interface EventDeletionRules {

    @ParameterizedTest
    @EnumSource
    default void the_events_of_a_deleted_aggregate_are_in_no_read(AggregateDeletion deletion, EventProbe events) {
        events.append(EventAppend.builder()
                .event(A, events.event("a0", "t"))
                .event(B, events.event("b0", "t"))
                .event(A, events.event("a1", "t"))
                .build());
        events.append(A, "a2");
        events.append(B, "b1");

        AggregateInfo info = events.store().delete(A, any(), deletion);

        AggregateStatus status = switch (deletion) {
            case SOFT -> AggregateStatus.SOFT_DELETED;
            case TOMBSTONE -> AggregateStatus.TOMBSTONED;
            case REMOVE -> AggregateStatus.EMPTY;
        };
        assertThat(info.status()).isEqualTo(status);
        assertThat(events.info(A)).isEqualTo(info);
        if (deletion == AggregateDeletion.REMOVE) {
            assertThat(info).isEqualTo(AggregateInfo.empty(A));
        } else {
            assertThat(info.version()).isEqualTo(2);
            assertThat(info.firstVersion()).isEqualTo(3);
            assertThat(info.lastPosition()).isEqualTo(3);
        }
        EventSlice slice = events.store().fetch(A, EventStore.EMPTY);
        assertThat(slice.events()).isEmpty();
        assertThat(slice.status()).isEqualTo(status);
        assertThat(slice.version()).isEqualTo(EventStore.EMPTY);
        assertThat(slice.more()).isFalse();
        assertThat(slice.head()).isEqualTo(4);
        assertThat(events.types(EventRead.of(A).backward())).isEmpty();
        assertThat(events.types(EventRead.all())).containsExactly("b0", "b1");
        assertThat(events.types(EventRead.all().backward())).containsExactly("b1", "b0");
        assertThat(events.types(EventRead.category("order"))).containsExactly("b0", "b1");
        assertThat(events.types(EventRead.all().matching(EventQuery.tags("t")))).containsExactly("b0");
        assertThat(events.types(EventRead.all().matching(EventQuery.types("a2"))))
                .isEmpty();
        assertThat(events.store().count(EventRead.all())).isEqualTo(2);
        assertThat(events.store().exists(EventRead.of(A))).isFalse();
        assertThat(events.store().head()).isEqualTo(4);
        assertThat(events.store()
                        .aggregates(null)
                        .map(AggregateInfo::id)
                        .toList()
                        .contains(A))
                .isEqualTo(deletion != AggregateDeletion.REMOVE);
        assertThat(events.all()).extracting(StoredEvent::position).containsExactly(1L, 4L);
        assertThat(events.version(B)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    default void deleting_again_changes_nothing(AggregateDeletion deletion, EventProbe events) {
        events.append(A, "1");
        AggregateInfo info = events.store().delete(A, exactly(0), deletion);

        assertThat(events.store().delete(A, exactly(0), deletion)).isEqualTo(info);
        assertThat(events.store().delete(A, any(), deletion)).isEqualTo(info);
        assertThat(events.info(A)).isEqualTo(info);
    }

    @ParameterizedTest
    @EnumSource
    default void what_was_never_written_is_deleted_without_failure(AggregateDeletion deletion, EventProbe events) {
        events.append(B, "1");

        AggregateInfo info = events.store().delete(A, any(), deletion);

        if (deletion == AggregateDeletion.TOMBSTONE) {
            assertThat(info)
                    .isEqualTo(new AggregateInfo(
                            A,
                            AggregateStatus.TOMBSTONED,
                            EventStore.EMPTY,
                            0,
                            EventStore.EMPTY,
                            AggregateSettings.NONE,
                            0));
            events.refused(Reason.TOMBSTONED, A, any(), events.event("1"));
        } else {
            assertThat(info).isEqualTo(AggregateInfo.empty(A));
            events.append(EventAppend.to(A, noStream(), events.events("1")));
        }
    }

    @ParameterizedTest
    @EnumSource
    default void a_deletion_may_expect_a_version(AggregateDeletion deletion, EventProbe events) {
        events.append(A, "1", "2");

        for (ExpectedVersion other : List.of(noStream(), exactly(0), exactly(2), ExpectedVersion.softDeleted())) {
            EventsRefusedException refused = catchThrowableOfType(
                    EventsRefusedException.class, () -> events.store().delete(A, other, deletion));
            assertThat(refused).hasMessage("wrong expected version");
            assertThat(refused.refusal().violations())
                    .containsExactly(new Violation(0, A, other, AggregateStatus.LIVE, 1));
        }
        assertThat(events.types(A)).containsExactly("1", "2");
        events.store().delete(A, exactly(1), deletion);
        assertThat(events.types(A)).isEmpty();
    }

    @Test
    default void a_soft_deleted_aggregate_goes_on_where_it_ended(EventProbe events) {
        events.append(A, "1", "2");
        events.store().delete(A, any(), AggregateDeletion.SOFT);

        events.append(EventAppend.to(A, noStream(), events.events("3")));

        assertThat(events.types(A)).containsExactly("3");
        EventSlice slice = events.store().fetch(A, EventStore.EMPTY);
        assertThat(slice.events()).extracting(StoredEvent::version).containsExactly(2L);
        assertThat(slice.version()).isEqualTo(2);
        assertThat(slice.status()).isEqualTo(AggregateStatus.LIVE);
        assertThat(events.info(A).firstVersion()).isEqualTo(2);
        assertThat(events.types(EventRead.all())).containsExactly("3");
        assertThat(events.types(EventRead.of(A).upTo(1))).isEmpty();
        assertThat(events.types(EventRead.of(A).after(1))).containsExactly("3");
        assertThat(events.types(EventRead.of(A).backward())).containsExactly("3");
        events.store().delete(A, exactly(2), AggregateDeletion.SOFT);
        events.append(EventAppend.to(A, ExpectedVersion.softDeleted(), events.events("4")));
        assertThat(events.types(EventRead.all())).containsExactly("4");
        assertThat(events.info(A).version()).isEqualTo(3);
    }

    @Test
    default void a_removed_aggregate_begins_anew(EventProbe events) {
        events.append(A, "1");
        events.append(B, "1");
        events.append(A, "2");
        events.store().configure(A, AggregateSettings.NONE.withMaxCount(1));
        events.store().remove(A);
        assertThat(events.info(A)).isEqualTo(AggregateInfo.empty(A));

        events.append(EventAppend.to(A, noStream(), events.events("3", "4")));

        assertThat(events.all(EventRead.of(A))).extracting(StoredEvent::version).containsExactly(0L, 1L);
        assertThat(events.all(EventRead.of(A)))
                .extracting(StoredEvent::position)
                .containsExactly(3L, 4L);
        assertThat(events.types(EventRead.all())).containsExactly("1", "3", "4");
    }

    @Test
    default void the_head_never_goes_back(EventProbe events) {
        events.append(B, "1");
        events.append(A, "1", "2", "3");
        events.store().remove(A);
        events.store().scavenge();

        assertThat(events.store().head()).isEqualTo(3);
        assertThat(events.store().fetch(EventStore.EMPTY).head()).isEqualTo(3);
        assertThat(events.append(B, "2").firstPosition()).isEqualTo(4);
    }

    @Test
    default void other_deletions_of_deleted_aggregates(EventProbe events) {
        events.append(A, "1");
        events.append(B, "1");
        events.store().delete(A, any(), AggregateDeletion.SOFT);
        assertThat(events.store().delete(A, any(), AggregateDeletion.TOMBSTONE).status())
                .isEqualTo(AggregateStatus.TOMBSTONED);
        for (AggregateDeletion other : List.of(AggregateDeletion.SOFT, AggregateDeletion.REMOVE)) {
            EventsRefusedException gone = catchThrowableOfType(
                    EventsRefusedException.class, () -> events.store().delete(A, any(), other));
            assertThat(gone.kind()).isEqualTo(ErrorKind.GONE);
            assertThat(gone.refusal().reason()).isEqualTo(Reason.TOMBSTONED);
        }
        events.store().delete(B, any(), AggregateDeletion.SOFT);
        assertThat(events.store().delete(B, ExpectedVersion.softDeleted(), AggregateDeletion.REMOVE))
                .isEqualTo(AggregateInfo.empty(B));
        assertThat(events.append(B, "2").version(B)).isZero();
    }

    @Test
    default void a_tombstone_stays_after_scavenging(EventProbe events) {
        events.append(A, "1", "2");
        events.append(B, "1");
        events.store().delete(A, any(), AggregateDeletion.TOMBSTONE);
        AggregateInfo info = events.info(A);
        events.store().scavenge();

        assertThat(events.info(A)).isEqualTo(info);
        assertThat(events.store().fetch(A, EventStore.EMPTY).status()).isEqualTo(AggregateStatus.TOMBSTONED);
        events.refused(Reason.TOMBSTONED, A, any(), events.event("3"));
    }

    @Test
    default void a_soft_deleted_aggregate_goes_on_after_scavenging(EventProbe events) {
        events.append(A, "1", "2");
        events.append(B, "1");
        events.store().delete(A, any(), AggregateDeletion.SOFT);
        events.store().scavenge();

        assertThat(events.info(A).version()).isEqualTo(1);
        assertThat(events.append(A, "3").version(A)).isEqualTo(2);
        assertThat(events.types(EventRead.all())).containsExactly("1", "3");
    }

    @Test
    default void reads_are_the_same_before_and_after_scavenging(EventProbe events) {
        for (int i = 0; i < 20; i++) {
            events.append(new AggregateId("x", "" + i % 5), "e" + i);
        }
        events.store().remove(new AggregateId("x", "0"));
        events.store().delete(new AggregateId("x", "1"), any(), AggregateDeletion.SOFT);
        events.store().delete(new AggregateId("x", "2"), any(), AggregateDeletion.TOMBSTONE);
        events.store().configure(new AggregateId("x", "3"), AggregateSettings.NONE.withTruncateBefore(2));
        events.store().deleteEvents(List.of(4L, 19L));
        List<StoredEvent> all = events.all();
        List<AggregateInfo> infos = events.store().aggregates(null).toList();
        assertThat(all).hasSize(4);

        assertThat(events.store().scavenge()).isBetween(0L, 16L);
        events.store().scavenge();

        assertThat(events.all()).isEqualTo(all);
        assertThat(events.store().aggregates(null)).isEqualTo(infos);
        assertThat(events.types(EventRead.category("x").backward())).hasSize(4);
        assertThat(events.version(new AggregateId("x", "4"))).isEqualTo(3);
    }

    @Test
    default void single_events_are_deleted(EventProbe events) {
        events.append(A, "0", "1", "2", "3");
        events.append(B, "0");

        assertThat(events.store().deleteEvents(List.of(1L, 3L, 1L))).isEqualTo(2);

        assertThat(events.types(A)).containsExactly("0", "2");
        assertThat(events.all(EventRead.of(A))).extracting(StoredEvent::version).containsExactly(0L, 2L);
        assertThat(events.types(EventRead.all())).containsExactly("0", "2", "0");
        assertThat(events.types(EventRead.all().matching(EventQuery.types("1", "2"))))
                .containsExactly("2");
        assertThat(events.version(A)).isEqualTo(3);
        assertThat(events.info(A).status()).isEqualTo(AggregateStatus.LIVE);
        assertThat(events.store().deleteEvents(List.of(1L, 3L, 99L, -1L))).isZero();
        assertThat(events.store().deleteEvents(List.of())).isZero();
        assertThat(events.store().append(A, exactly(3), events.event("4")).version(A))
                .isEqualTo(4);
    }

    @Test
    default void an_aggregate_of_which_every_event_was_deleted_keeps_its_version(EventProbe events) {
        events.append(A, "0", "1");
        assertThat(events.store().deleteEvents(LongStream.range(0, 2).boxed().toList()))
                .isEqualTo(2);

        assertThat(events.types(A)).isEmpty();
        assertThat(events.version(A)).isEqualTo(1);
        assertThat(events.info(A).firstVersion()).isEqualTo(2);
        events.refused(Reason.WRONG_EXPECTED_VERSION, A, noStream(), events.event("2"));
        assertThat(events.store().append(A, exactly(1), events.event("2")).version(A))
                .isEqualTo(2);
    }

    @Test
    default void events_of_no_aggregate_are_deleted(EventProbe events) {
        events.append(EventAppend.builder().event(events.event("1", "t")).build());
        events.append(EventAppend.builder().event(events.event("2", "t")).build());

        assertThat(events.store().deleteEvents(List.of(0L))).isEqualTo(1);

        assertThat(events.types(EventRead.all())).containsExactly("2");
        assertThat(events.types(EventRead.all().matching(EventQuery.tags("t")))).containsExactly("2");
    }

    @Test
    default void a_redacted_event_is_the_same_but_for_its_data(EventProbe events) {
        events.append(A, events.event("1", "t").withMetadata("m", "x"), events.event("2"));
        List<StoredEvent> before = events.all();
        EventData replacement = EventData.of("text/plain", "gone".getBytes(java.nio.charset.StandardCharsets.UTF_8));

        assertThat(events.store().redact(0, replacement)).isTrue();

        StoredEvent was = before.get(0);
        StoredEvent is = events.at(0);
        assertThat(is)
                .isEqualTo(new StoredEvent(
                        was.position(),
                        was.aggregate(),
                        was.version(),
                        was.id(),
                        was.type(),
                        replacement,
                        was.tags(),
                        was.metadata(),
                        was.time(),
                        was.recordedAt(),
                        was.appendFirst(),
                        was.appendLast(),
                        true));
        assertThat(events.all(EventRead.of(A)).get(0)).isEqualTo(is);
        assertThat(events.all(EventRead.all().matching(EventQuery.tags("t")))).containsExactly(is);
        assertThat(events.all().get(1)).isEqualTo(before.get(1));
        EventData longer = EventData.json("\"" + "x".repeat(100_000) + "\"");
        assertThat(events.store().redact(0, longer)).isTrue();
        assertThat(events.at(0).data()).isEqualTo(longer);
        events.store().scavenge();
        assertThat(events.at(0).data()).isEqualTo(longer);
    }

    @Test
    default void an_event_that_is_not_there_is_not_redacted(EventProbe events) {
        events.append(A, "1", "2");
        events.append(B, "1");
        events.store().deleteEvents(List.of(0L));
        events.store().delete(B, any(), AggregateDeletion.SOFT);

        for (long position : List.of(0L, 2L, 3L, 99L, -1L)) {
            assertThat(events.store().redact(position, EventData.json("{}"))).isFalse();
        }
        assertThat(events.all()).extracting(StoredEvent::redacted).containsExactly(false);
    }

    @Test
    default void what_would_change_a_store_that_is_not_there_does_not_find_it(EventProbe events) {
        EventStore nothing = events.store("acme/nothing");

        failure(ErrorKind.NOT_FOUND, () -> nothing.delete(A, any(), AggregateDeletion.SOFT));
        failure(ErrorKind.NOT_FOUND, () -> nothing.configure(A, AggregateSettings.NONE));
        failure(ErrorKind.NOT_FOUND, () -> nothing.redact(0, EventData.json("{}")));
        failure(ErrorKind.NOT_FOUND, () -> nothing.deleteEvents(List.of(0L)));
        failure(ErrorKind.NOT_FOUND, () -> nothing.scavenge());
        failure(ErrorKind.NOT_FOUND, () -> nothing.saveCheckpoint("p", 0));
        assertThat(nothing.head()).isEqualTo(EventStore.EMPTY);
        assertThat(nothing.fetch(EventStore.EMPTY).events()).isEmpty();
        assertThat(nothing.aggregates(null)).isEmpty();
        assertThat(nothing.checkpoints()).isEmpty();
        assertThat(nothing.checkpoint("p")).isEmpty();
        assertThat(nothing.snapshot(A)).isEmpty();
        assertThat(nothing.load(A, "s").tail().events()).isEmpty();
    }
}
