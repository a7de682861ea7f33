package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.EventAppend.Addressed;
import dev.varve.api.EventAppend.Check;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What appends and reads can be asked for at all. */
final class EventAppendTest {

    private static final AggregateId A = new AggregateId("order", "a");
    private static final AggregateId B = new AggregateId("order", "b");
    private static final AppendCondition CONDITION = new AppendCondition(EventQuery.ALL, EventStore.EMPTY);

    private static NewEvent event() {
        return NewEvent.json("T", "{}");
    }

    private static void refused(ErrorKind kind, ThrowingCallable call) {
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(call)
                .extracting(VarveException::kind)
                .isEqualTo(kind);
    }

    private static void refused(ThrowingCallable call) {
        refused(ErrorKind.INVALID_PARAMS, call);
    }

    @Test
    void an_id_comes_once() {
        NewEvent event = event();
        refused(() -> EventAppend.to(A, ExpectedVersion.any(), List.of(event, event)));
        refused(() -> EventAppend.builder()
                .event(A, event)
                .event(B, event.withTags("t"))
                .build());
        refused(() -> EventAppend.when(CONDITION, event, event));
    }

    @Test
    void something_is_asked_for() {
        refused(() -> EventAppend.builder().build());
        refused(() -> EventAppend.when(CONDITION));
        refused(() -> EventAppend.builder()
                .check(A, ExpectedVersion.exists())
                .condition(CONDITION)
                .build());
        refused(() -> EventAppend.builder()
                .check(A, ExpectedVersion.exists())
                .tracking("s", 1)
                .build());
        assertThat(EventAppend.builder()
                        .check(A, ExpectedVersion.exists())
                        .build()
                        .events())
                .isEmpty();
    }

    @Test
    void any_version_is_expected_only_of_what_is_written() {
        refused(() -> EventAppend.builder()
                .event(A, event())
                .check(B, ExpectedVersion.any())
                .build());
        refused(() -> EventAppend.builder()
                .check(A, ExpectedVersion.any())
                .check(B, ExpectedVersion.exists())
                .build());
        assertThat(EventAppend.builder()
                        .event(B, event())
                        .event(A, event())
                        .check(A, ExpectedVersion.any())
                        .build()
                        .checks())
                .hasSize(1);
        // An append of nothing to one aggregate, which tells its version.
        assertThat(EventAppend.to(A, ExpectedVersion.any(), List.of()).checks()).hasSize(1);
    }

    @Test
    void appends_are_bounded() {
        List<Addressed> most = IntStream.range(0, EventAppend.MAX_EVENTS)
                .mapToObj(i -> new Addressed(A, event()))
                .toList();
        assertThat(new EventAppend(List.of(), most, null, null).events()).hasSize(EventAppend.MAX_EVENTS);
        refused(
                ErrorKind.TOO_LARGE,
                () -> EventAppend.to(
                        A,
                        ExpectedVersion.any(),
                        IntStream.rangeClosed(0, EventAppend.MAX_EVENTS)
                                .mapToObj(i -> event())
                                .toList()));
        refused(
                ErrorKind.TOO_LARGE,
                () -> new EventAppend(
                        Collections.nCopies(EventAppend.MAX_EVENTS + 1, new Check(A, ExpectedVersion.exists())),
                        List.of(new Addressed(A, event())),
                        null,
                        null));
        EventData half = EventData.of("x", new byte[EventAppend.MAX_BYTES / 2]);
        EventAppend full = EventAppend.builder()
                .event(NewEvent.of("T", half))
                .event(NewEvent.of("T", half))
                .build();
        assertThat(full.events()).hasSize(2);
        refused(
                ErrorKind.TOO_LARGE,
                () -> EventAppend.builder()
                        .event(NewEvent.of("T", half))
                        .event(NewEvent.of("T", half))
                        .event(NewEvent.of("T", EventData.of("x", new byte[1])))
                        .build());
    }

    @Test
    void positions_have_bounds() {
        refused(() -> new AppendCondition(EventQuery.ALL, -2));
        refused(() -> new EventAppend.Tracking("s", -1));
        refused(() -> new EventAppend.Tracking("s".repeat(EventAppend.Tracking.MAX_SOURCE_BYTES + 1), 0));
        assertThat(new EventAppend.Tracking("s".repeat(EventAppend.Tracking.MAX_SOURCE_BYTES), 0).position())
                .isZero();
    }

    @Test
    void reads_have_bounds() {
        EventRead all = EventRead.all();
        refused(() -> all.skipping(-1));
        refused(() -> all.withLimit(0));
        refused(() -> all.withLimit(EventRead.MAX_LIMIT + 1));
        refused(() -> all.after(-2));
        refused(() -> all.upTo(-2));
        refused(() -> all.backward().from(Instant.EPOCH));
        refused(() -> all.from(Instant.EPOCH).backward());
        refused(() ->
                new EventRead(A, "order", EventQuery.ALL, EventFilter.NONE, false, -1, Long.MAX_VALUE, null, 0, 1));
        assertThat(all.after(EventStore.EMPTY).upTo(EventStore.EMPTY).withLimit(EventRead.MAX_LIMIT))
                .isEqualTo(all.upTo(EventStore.EMPTY));
    }

    @Test
    void a_read_goes_on_where_it_ended() {
        EventSlice slice = new EventSlice(List.of(), 9, AggregateStatus.LIVE, EventStore.EMPTY, 4, true);
        EventRead forward =
                EventRead.category("order").after(2).upTo(8).skipping(1).withLimit(3);

        assertThat(forward.next(slice))
                .isEqualTo(EventRead.category("order").after(4).upTo(8).withLimit(3));
        assertThat(forward.backward().next(slice))
                .isEqualTo(EventRead.category("order")
                        .after(2)
                        .upTo(4)
                        .withLimit(3)
                        .backward());
        // What a read begins with may not have been come to.
        EventRead from = EventRead.all().from(Instant.EPOCH);
        assertThat(from.next(slice)).isEqualTo(from.after(4));
        EventSlice end = new EventSlice(List.of(), 9, AggregateStatus.LIVE, EventStore.EMPTY, 9, false);
        assertThat(from.next(end)).isEqualTo(EventRead.all().after(9));
    }

    @Test
    void settings_and_snapshots_have_bounds() {
        AggregateSettings none = AggregateSettings.NONE;
        refused(() -> none.withMaxCount(0));
        refused(() -> none.withMaxAge(Duration.ZERO));
        refused(() -> none.withMaxAge(Duration.ofMillis(-1)));
        refused(() -> none.withMaxAge(Duration.ofNanos(1_500_000)));
        refused(() -> none.withMaxAge(Duration.ofSeconds(Long.MAX_VALUE)));
        SubscriptionSettings subscription = SubscriptionSettings.of(EventRead.all());
        refused(() -> subscription.withMessageTimeout(Duration.ofMillis(99)));
        refused(() -> subscription.withMessageTimeout(Duration.ofNanos(200_000_001)));
        refused(() -> subscription.withMessageTimeout(Duration.ofSeconds(Long.MIN_VALUE)));
        refused(() -> subscription.withRetries(1, Duration.ofMillis(-1)));
        refused(() -> none.withTruncateBefore(-1));
        refused(() -> none.withCustom("", "x"));
        refused(() -> none.withCustom("a", "x".repeat(NewEvent.MAX_METADATA_BYTES)));
        refused(() -> Snapshot.of(A, -1, "s", EventData.json("{}")));
        refused(() -> Snapshot.of(A, 0, "s".repeat(NewEvent.MAX_TAG_BYTES + 1), EventData.json("{}")));
        refused(() -> new SnapshotQuery(0, 1, null, null, 0));
        refused(() -> new SnapshotQuery(0, 1, null, null, Snapshot.MAX_KEPT + 1));
    }

    @Test
    void filters_have_bounds() {
        Set<UUID> more = IntStream.rangeClosed(0, EventFilter.MAX_TERMS)
                .mapToObj(i -> new UUID(0, i))
                .collect(Collectors.toSet());
        refused(() -> EventFilter.NONE.withIds(more));
    }
}
