package dev.varve.testkit;

import static dev.varve.testkit.EventProbe.A;
import static dev.varve.testkit.EventProbe.B;
import static dev.varve.testkit.EventProbe.C;
import static dev.varve.testkit.EventProbe.any;
import static dev.varve.testkit.EventProbe.appended;
import static dev.varve.testkit.EventProbe.exactly;
import static dev.varve.testkit.EventProbe.exists;
import static dev.varve.testkit.EventProbe.failure;
import static dev.varve.testkit.EventProbe.noStream;
import static dev.varve.testkit.StreamProbe.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventAppendResult.Violation;
import dev.varve.api.EventAppendResult.Written;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.NewEvent;
import dev.varve.api.Snapshot;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an append writes, and where. What it expects has rules of its own in {@link EventVersionRules}. */
interface EventAppendRules {

    @Test
    default void an_empty_store_has_nothing(EventProbe events) {
        EventSlice log = events.store().fetch(EventStore.EMPTY);
        EventSlice aggregate = events.store().fetch(A, EventStore.EMPTY);

        assertThat(log.events()).isEmpty();
        assertThat(log.head()).isEqualTo(EventStore.EMPTY);
        assertThat(log.more()).isFalse();
        assertThat(aggregate.events()).isEmpty();
        assertThat(aggregate.version()).isEqualTo(EventStore.EMPTY);
        assertThat(aggregate.status()).isEqualTo(AggregateStatus.EMPTY);
        assertThat(events.store().head()).isEqualTo(EventStore.EMPTY);
        assertThat(events.info(A)).isEqualTo(AggregateInfo.empty(A));
        assertThat(events.store().aggregates(null)).isEmpty();
        assertThat(events.store().exists(EventRead.all())).isFalse();
        assertThat(events.store().count(EventRead.all())).isZero();
    }

    /** What the tests of Chronik say about its store, in their order. */
    @Test
    default void the_scenario_of_chronik(EventProbe events) {
        EventStore store = events.store();
        List<NewEvent> first = events.events("Created", "Incremented");

        Appended appended = store.append(EventAppend.to(A, any(), first));
        assertThat(store.head()).isNotEqualTo(EventStore.EMPTY);
        assertThat(events.refused(Reason.WRONG_EXPECTED_VERSION, A, noStream(), events.event("Created"))
                        .reason()
                        .words())
                .isEqualTo("wrong expected version");
        store.append(A, exactly(appended.version(A)), events.event("Incremented"));
        events.refused(Reason.WRONG_EXPECTED_VERSION, A, exactly(appended.version(A)), events.event("Incremented"));
        long last = events.append(B, "1", "2", "3").version(B);
        assertThat(store.fetch(B, last).events()).isEmpty();
        assertThat(store.fetch(B, last).version()).isEqualTo(last);
        assertThat(events.types(EventRead.of(B).after(0))).containsExactly("2", "3");
        assertThat(store.fetch(A, EventStore.EMPTY).events())
                .extracting(StoredEvent::data)
                .startsWith(first.get(0).data(), first.get(1).data())
                .hasSize(3);
        assertThat(store.fetch(1000).events()).isEmpty();
        assertThat(store.fetch(1000).head()).isEqualTo(5);
        assertThat(store.stream(EventRead.all())
                        .mapToLong(StoredEvent::position)
                        .sum())
                .isEqualTo(15);
        store.saveSnapshot(Snapshot.of(A, 2, "s", EventData.json("{}")));
        store.remove(A);
        assertThat(store.fetch(A, EventStore.EMPTY).events()).isEmpty();
        assertThat(store.fetch(A, EventStore.EMPTY).version()).isEqualTo(EventStore.EMPTY);
        assertThat(store.snapshot(A)).isEmpty();
        assertThat(store.fetch(B, EventStore.EMPTY).version()).isEqualTo(2);
        assertThat(store.head()).isEqualTo(5);
    }

    @Test
    default void an_event_comes_back_as_it_was_given(EventProbe events) {
        byte[] bytes = new byte[512];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(NewEvent.CORRELATION_ID, "request-17");
        metadata.put(NewEvent.CAUSATION_ID, "command-4");
        metadata.put(NewEvent.SCHEMA_NAME, "placed");
        metadata.put(NewEvent.SCHEMA_VERSION, "2");
        metadata.put("a: \u00e9\ud83d\ude00\"", " b,\n ");
        metadata.put("empty", "");
        NewEvent event = NewEvent.of("Order/Placed \u00e9", EventData.of("application/x-thing; v=1", bytes))
                .withTags("course:c1", "a,b", " \ud83d\ude00 ", "\"quoted\"");
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            event = event.withMetadata(entry.getKey(), entry.getValue());
        }
        event = event.withTime(Instant.parse("2026-11-21T10:11:12.123456789Z"));

        events.append(A, "First");
        events.append(B, event);

        StoredEvent stored = events.at(1);
        assertThat(stored.position()).isEqualTo(1);
        assertThat(stored.aggregate()).isEqualTo(B);
        assertThat(stored.version()).isZero();
        assertThat(stored.id()).isEqualTo(event.id());
        assertThat(stored.type()).isEqualTo(event.type());
        assertThat(stored.data()).isEqualTo(event.data());
        assertThat(stored.tags()).containsExactlyElementsOf(event.tags());
        assertThat(List.copyOf(stored.metadata().entrySet())).isEqualTo(List.copyOf(metadata.entrySet()));
        assertThat(stored.time()).isEqualTo(event.time());
        assertThat(stored.appendFirst()).isEqualTo(1);
        assertThat(stored.appendLast()).isEqualTo(1);
        assertThat(stored.redacted()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "\"\"",
                "[ null ]",
                "{\"b\" : 1.10, \"a\":1e3,\n\"b\": 2 }",
                "{\"\\u00e9\": \"\u00e9\\ud83d\\ude00\"}",
                "123456789012345678901234567890.12345678901234567890"
            })
    default void json_comes_back_byte_for_byte(String json, EventProbe events) {
        events.append(A, NewEvent.json("Happened", json));

        assertThat(events.at(0).data()).isEqualTo(EventData.json(json));
        assertThat(events.at(0).data().text()).isEqualTo(json);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "{\"a\":1,}", "[1 2]", "nul", "01", "1 2", "\"\n\"", "\"\\x\"", "\ufeff{}"})
    default void what_says_it_is_json_and_is_not_is_never_kept(String text, EventProbe events) {
        events.append(A, "1");
        for (String type : List.of("application/json", "application/json; charset=utf-8", "application/vnd.x+json")) {
            failure(ErrorKind.INVALID_JSON, () -> events.append(A, NewEvent.of("2", data(type, text))));
            failure(ErrorKind.INVALID_JSON, () -> events.store().redact(0, data(type, text)));
            failure(
                    ErrorKind.INVALID_JSON,
                    () -> events.store().saveSnapshot(Snapshot.of(A, 0, "s", data(type, text))));
        }
        failure(ErrorKind.INVALID_JSON, () -> EventData.json(text));
        events.append(A, NewEvent.of("2", data("text/plain", text)));

        assertThat(events.types(EventRead.all())).containsExactly("1", "2");
        assertThat(events.at(0).redacted()).isFalse();
    }

    @Test
    default void json_is_nested_up_to_a_bound(EventProbe events) {
        String deepest = "[".repeat(EventData.MAX_DEPTH) + "]".repeat(EventData.MAX_DEPTH);
        events.append(A, NewEvent.json("Happened", deepest));
        events.store().redact(0, EventData.json(deepest));
        events.store().saveSnapshot(Snapshot.of(A, 0, "s", EventData.json(deepest)));

        assertThat(events.at(0).data().text()).isEqualTo(deepest);
        failure(ErrorKind.INVALID_JSON, () -> events.store().redact(0, data(EventData.JSON, "[" + deepest + "]")));
        failure(ErrorKind.INVALID_JSON, () -> EventData.json("[" + deepest + "]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", " null", "null\r\n"})
    default void nothing_is_no_data_of_an_event(String json, EventProbe events) {
        events.append(A, "1");
        failure(ErrorKind.INVALID_PARAMS, () -> events.append(A, NewEvent.json("2", json)));
        failure(ErrorKind.INVALID_PARAMS, () -> events.append(A, NewEvent.of("2", data("application/x+json", json))));
        events.append(A, NewEvent.of("2", data("text/plain", json)));
        assertThat(events.types(EventRead.all())).containsExactly("1", "2");

        // It is what a redaction may leave, and a state.
        events.store().redact(0, data(EventData.JSON, json));
        events.store().saveSnapshot(Snapshot.of(A, 0, "s", data(EventData.JSON, json)));
        assertThat(events.at(0).data().text()).isEqualTo("null");
        assertThat(events.store().snapshot(A))
                .map(snapshot -> snapshot.state().text())
                .contains("null");
    }

    @Test
    default void space_around_json_is_left_out(EventProbe events) {
        events.append(A, NewEvent.of("1", data("application/vnd.x+json", "\n {\"a\": [ ]}\r\n")));
        events.append(A, NewEvent.of("2", data("text/plain", " 1\n")));

        assertThat(events.all()).extracting(event -> event.data().text()).containsExactly("{\"a\": [ ]}", " 1\n");
    }

    private static EventData data(String type, String text) {
        return EventData.wrap(type, text.getBytes(UTF_8));
    }

    @Test
    default void an_event_without_data_is_one(EventProbe events) {
        events.append(A, NewEvent.of("Happened", EventData.of("application/octet-stream", new byte[0])));

        assertThat(events.at(0).data().size()).isZero();
    }

    @Test
    default void an_event_without_a_time_happened_when_it_was_recorded(EventProbe events) {
        events.append(A, "1");
        events.append(A, NewEvent.json("2", "{}").withTime(Instant.parse("2001-01-01T00:00:00Z")));
        events.append(A, "3");

        List<StoredEvent> all = events.all();
        assertThat(all.get(0).time()).isEqualTo(all.get(0).recordedAt());
        assertThat(all.get(1).time()).isBefore(all.get(1).recordedAt());
        assertThat(all).extracting(StoredEvent::recordedAt).isSorted();
        assertThat(all)
                .extracting(StoredEvent::recordedAt)
                .isEqualTo(all.stream()
                        .map(event -> event.recordedAt().truncatedTo(ChronoUnit.MILLIS))
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1970-01-01T00:00:00Z",
                "1969-12-31T23:59:59.999999999Z",
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999999999Z",
                "2026-11-21T10:11:12.001Z",
                "2026-11-21T10:11:12.000001Z"
            })
    default void times_keep_their_nanoseconds(Instant time, EventProbe events) {
        events.append(A, NewEvent.json("Happened", "{}").withTime(time));

        assertThat(events.at(0).time()).isEqualTo(time);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1000000000-01-01T00:00:00Z",
                "+1000000000-12-31T23:59:59.999999999Z",
                "-0001-06-01T00:00:00.000000001Z",
                "+10000-01-01T00:00:00.5Z"
            })
    default void far_times_are_kept_or_refused_but_never_changed(Instant time, EventProbe events) {
        NewEvent event = NewEvent.json("Happened", "{}").withTime(time);
        try {
            events.store().append(A, any(), event);
        } catch (VarveException e) {
            assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_PARAMS);
            assertThat(events.all()).isEmpty();
            return;
        }
        assertThat(events.at(0).time()).isEqualTo(time);
    }

    @Test
    default void events_keep_their_order_within_an_append_and_along_appends(EventProbe events) {
        events.append(A, "1", "2", "3");
        events.append(A, "4");
        events.append(A, "5", "6");

        assertThat(events.types(A)).containsExactly("1", "2", "3", "4", "5", "6");
        assertThat(events.types(EventRead.all())).containsExactly("1", "2", "3", "4", "5", "6");
        assertThat(events.all()).extracting(StoredEvent::position).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(events.all()).extracting(StoredEvent::version).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
    }

    @Test
    default void aggregates_do_not_leak_into_each_other(EventProbe events) {
        List<AggregateId> aggregates = List.of(
                A,
                B,
                C,
                new AggregateId("order", "a/b"),
                new AggregateId("order", "a/"),
                new AggregateId("order", "A"),
                new AggregateId("order", "a "),
                new AggregateId("order", "%61"),
                new AggregateId("order", "a?b#c=d&e+f"),
                new AggregateId("order", "."),
                new AggregateId("order", "../a"),
                new AggregateId("ord er", "\u00e9\ud83d\ude00"));
        for (AggregateId aggregate : aggregates) {
            events.append(aggregate, "1 of " + aggregate);
        }
        for (AggregateId aggregate : aggregates) {
            events.append(aggregate, "2 of " + aggregate);
        }

        for (AggregateId aggregate : aggregates) {
            List<StoredEvent> found = events.all(EventRead.of(aggregate));
            assertThat(found).extracting(StoredEvent::type).containsExactly("1 of " + aggregate, "2 of " + aggregate);
            assertThat(found).extracting(StoredEvent::version).containsExactly(0L, 1L);
            assertThat(found).extracting(StoredEvent::aggregate).containsOnly(aggregate);
            assertThat(events.info(aggregate).version()).isEqualTo(1);
        }
        assertThat(events.store().aggregates(null)).hasSize(aggregates.size());
    }

    @Test
    default void stores_do_not_leak_into_each_other(EventProbe events) {
        EventStore other = events.store("acme/other");
        NewEvent event = events.event("1", "t");

        events.append(A, event);
        Appended there = other.append(A, noStream(), event);

        assertThat(there.firstPosition()).isZero();
        assertThat(there.idempotent()).isFalse();
        other.append(A, exactly(0), events.event("2"));
        assertThat(events.types(A)).containsExactly("1");
        assertThat(events.store().head()).isZero();
        assertThat(other.head()).isEqualTo(1);
        other.delete(A, any(), AggregateDeletion.TOMBSTONE);
        other.saveCheckpoint("p", 1);
        assertThat(events.info(A).status()).isEqualTo(AggregateStatus.LIVE);
        assertThat(events.store().checkpoints()).isEmpty();
        assertThat(events.store("acme/nothing").fetch(EventStore.EMPTY).head()).isEqualTo(EventStore.EMPTY);
    }

    @Test
    default void versions_before_and_after_are_told(EventProbe events) {
        assertThat(events.append(A, "1", "2").aggregates()).containsExactly(new Written(A, EventStore.EMPTY, 1));
        assertThat(events.append(A, "3").aggregates()).containsExactly(new Written(A, 1, 2));
        assertThat(events.append(EventAppend.to(A, exactly(2), List.of())).aggregates())
                .containsExactly(new Written(A, 2, 2));
        assertThat(events.append(EventAppend.to(B, any(), List.of())).aggregates())
                .containsExactly(new Written(B, EventStore.EMPTY, EventStore.EMPTY));

        assertThat(events.info(B).status()).isEqualTo(AggregateStatus.EMPTY);
        assertThat(events.store().exists(EventRead.of(A))).isTrue();
        assertThat(events.store().exists(EventRead.of(B))).isFalse();
    }

    @Test
    default void an_append_of_nothing_still_expects(EventProbe events) {
        events.append(A, "1");

        events.refused(Reason.WRONG_EXPECTED_VERSION, EventAppend.to(A, noStream(), List.of()));
        events.refused(Reason.WRONG_EXPECTED_VERSION, EventAppend.to(A, exactly(1), List.of()));
        events.refused(Reason.WRONG_EXPECTED_VERSION, EventAppend.to(B, exists(), List.of()));
        events.append(EventAppend.to(A, exists(), List.of()));
        events.append(EventAppend.to(B, noStream(), List.of()));
    }

    @Test
    default void an_append_is_one_block_that_no_other_shares(EventProbe events) {
        Appended first = events.append(A, "1");
        Appended second = events.append(B, "2", "3", "4");
        Appended third = events.append(A, "5", "6");

        for (Appended appended : List.of(first, second, third)) {
            List<StoredEvent> block = events.all(
                    EventRead.all().after(appended.firstPosition() - 1).upTo(appended.lastPosition()));
            assertThat(block).hasSize((int) (appended.lastPosition() - appended.firstPosition() + 1));
            assertThat(block).extracting(StoredEvent::appendFirst).containsOnly(appended.firstPosition());
            assertThat(block).extracting(StoredEvent::appendLast).containsOnly(appended.lastPosition());
        }
        assertThat(second.firstPosition()).isEqualTo(first.lastPosition() + 1);
        assertThat(third.firstPosition()).isEqualTo(second.lastPosition() + 1);
    }

    @Test
    default void events_of_several_aggregates_go_into_the_log_as_they_were_given(EventProbe events) {
        events.append(B, "0");
        Appended appended = events.append(EventAppend.builder()
                .event(B, events.event("b1"))
                .event(A, events.event("a0"))
                .event(events.event("none"))
                .event(B, events.event("b2"))
                .event(C, events.event("c0"))
                .event(A, events.event("a1"))
                .check(A, noStream())
                .check(B, exactly(0))
                .build());

        assertThat(appended.aggregates())
                .containsExactly(
                        new Written(B, 0, 2), new Written(A, EventStore.EMPTY, 1), new Written(C, EventStore.EMPTY, 0));
        assertThat(events.types(EventRead.all())).containsExactly("0", "b1", "a0", "none", "b2", "c0", "a1");
        assertThat(events.all())
                .extracting(StoredEvent::version)
                .containsExactly(0L, 1L, 0L, EventStore.EMPTY, 2L, 0L, 1L);
        assertThat(events.types(A)).containsExactly("a0", "a1");
        assertThat(events.types(B)).containsExactly("0", "b1", "b2");
    }

    @Test
    default void one_check_that_does_not_hold_refuses_all(EventProbe events) {
        events.append(A, "1");

        Refused refused = events.refused(
                Reason.WRONG_EXPECTED_VERSION,
                EventAppend.builder()
                        .event(A, events.event("2"))
                        .event(B, events.event("1"))
                        .check(A, exactly(0))
                        .check(B, exists())
                        .build());

        assertThat(refused.violations())
                .containsExactly(new Violation(1, B, exists(), AggregateStatus.EMPTY, EventStore.EMPTY));
        assertThat(events.version(A)).isZero();
        assertThat(events.info(B)).isEqualTo(AggregateInfo.empty(B));
        assertThat(events.append(A, "2").firstPosition()).isEqualTo(1);
    }

    @Test
    default void all_checks_that_do_not_hold_are_told(EventProbe events) {
        events.append(A, "1", "2");
        events.append(B, "1");
        events.store().delete(B, any(), AggregateDeletion.SOFT);

        Refused refused = events.refused(
                Reason.WRONG_EXPECTED_VERSION,
                EventAppend.builder()
                        .check(C, noStream())
                        .check(A, exactly(0))
                        .check(A, exists())
                        .check(B, exactly(0))
                        .check(C, exists())
                        .event(C, events.event("1"))
                        .event(A, events.event("3"))
                        .build());

        assertThat(refused.violations())
                .containsExactly(
                        new Violation(1, A, exactly(0), AggregateStatus.LIVE, 1),
                        new Violation(3, B, exactly(0), AggregateStatus.SOFT_DELETED, EventStore.EMPTY),
                        new Violation(4, C, exists(), AggregateStatus.EMPTY, EventStore.EMPTY));
    }

    @Test
    default void checks_are_made_against_what_stood_before_the_append(EventProbe events) {
        events.append(EventAppend.builder()
                .event(A, events.event("1"))
                .event(A, events.event("2"))
                .check(A, noStream())
                .build());

        events.refused(
                Reason.WRONG_EXPECTED_VERSION,
                EventAppend.builder()
                        .event(A, events.event("3"))
                        .check(A, exactly(2))
                        .build());
    }

    @Test
    default void an_append_of_checks_alone_writes_nothing(EventProbe events) {
        events.append(A, "1");

        Appended appended = appended(events.store()
                .tryAppend(EventAppend.builder()
                        .check(A, exactly(0))
                        .check(B, noStream())
                        .build()));

        assertThat(appended.firstPosition()).isEqualTo(EventStore.EMPTY);
        assertThat(appended.idempotent()).isFalse();
        assertThat(events.store().head()).isZero();
        events.refused(
                Reason.WRONG_EXPECTED_VERSION,
                EventAppend.builder().check(A, exactly(0)).check(B, exists()).build());
    }

    @Test
    default void an_id_that_is_there_is_written_by_no_other_append(EventProbe events) {
        NewEvent known = events.event("1");
        events.append(A, known);
        events.append(A, "2");

        events.refused(Reason.EVENT_ID_CONFLICT, A, exactly(1), known);
        events.refused(Reason.EVENT_ID_CONFLICT, B, any(), known);
        Refused refused = events.refused(Reason.EVENT_ID_CONFLICT, A, any(), events.event("3"), known);

        assertThat(refused.eventId()).isEqualTo(known.id());
        assertThat(refused.conflictingPosition()).isZero();
        assertThat(refused.violations()).isEmpty();
        assertThat(events.version(A)).isEqualTo(1);
    }

    @Test
    default void an_event_may_belong_to_no_aggregate(EventProbe events) {
        events.append(A, "1");
        Appended appended =
                events.append(EventAppend.builder().event(events.event("2")).build());

        assertThat(appended.aggregates()).isEmpty();
        assertThat(events.at(1).aggregate()).isNull();
        assertThat(events.at(1).version()).isEqualTo(EventStore.EMPTY);
        assertThat(events.append(A, "3").aggregates()).containsExactly(new Written(A, 0, 1));
        assertThat(events.types(EventRead.all())).containsExactly("1", "2", "3");
        assertThat(events.store().aggregates(null)).hasSize(1);
    }

    @Test
    default void an_append_may_be_large(EventProbe events) {
        int count = 2_500;
        List<NewEvent> several =
                IntStream.range(0, count).mapToObj(i -> events.event("e" + i)).toList();

        Appended appended = events.append(EventAppend.to(A, noStream(), several));

        assertThat(appended.version(A)).isEqualTo(count - 1);
        List<StoredEvent> all = events.all();
        assertThat(all).extracting(StoredEvent::id).isEqualTo(EventProbe.ids(several));
        assertThat(all).extracting(StoredEvent::appendFirst).containsOnly(0L);
        assertThat(all).extracting(StoredEvent::appendLast).containsOnly(count - 1L);
        assertThat(events.all(EventRead.of(A).withLimit(100))).isEqualTo(all);
    }

    @Test
    default void everything_may_be_as_long_as_it_may(EventProbe events) {
        AggregateId aggregate =
                new AggregateId("t".repeat(AggregateId.MAX_TYPE_BYTES), "i".repeat(AggregateId.MAX_ID_BYTES));
        String[] tags = IntStream.range(0, NewEvent.MAX_TAGS)
                .mapToObj(i -> i + "t".repeat(NewEvent.MAX_TAG_BYTES - 2))
                .toArray(String[]::new);
        byte[] bytes = "x".repeat(EventData.MAX_BYTES).getBytes(UTF_8);
        NewEvent event = NewEvent.of("y".repeat(NewEvent.MAX_TYPE_BYTES), EventData.of("text/plain", bytes))
                .withTags(tags)
                .withMetadata("m", "v".repeat(NewEvent.MAX_METADATA_BYTES - 1));

        events.append(aggregate, event);

        StoredEvent stored = events.all(EventRead.of(aggregate)).get(0);
        assertThat(stored.data()).isEqualTo(event.data());
        assertThat(stored.tags()).isEqualTo(event.tags());
        assertThat(stored.metadata()).isEqualTo(event.metadata());
        assertThat(stored.type()).isEqualTo(event.type());
        assertThat(events.store().aggregates(aggregate.type()).toList())
                .extracting(AggregateInfo::id)
                .containsExactly(aggregate);
    }

    @Test
    default void appends_may_be_under_way_together(EventProbe events) {
        List<NewEvent> several = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            several.add(events.event("e" + i));
        }
        List<Appended> answers = several.stream()
                .map(event -> events.store().appendAsync(EventAppend.to(A, any(), List.of(event))))
                .toList()
                .stream()
                .map(answer -> appended(await(answer)))
                .toList();

        assertThat(answers.stream().map(Appended::firstPosition).distinct()).hasSize(50);
        assertThat(events.all())
                .extracting(StoredEvent::id)
                .containsExactlyInAnyOrderElementsOf(EventProbe.ids(several));
    }

    @Test
    default void what_was_answered_is_there_when_the_store_comes_back(EventProbe events) {
        NewEvent event = events.event("1", "t");
        EventAppend append = EventAppend.to(A, noStream(), List.of(event, events.event("2")));
        Appended then = events.append(append);
        List<StoredEvent> before = events.all();
        events.store().saveCheckpoint("p", 1);
        events.store().saveSnapshot(Snapshot.of(A, 1, "s", EventData.json("{}")));
        events.append(B, "1");
        events.store().delete(B, any(), AggregateDeletion.TOMBSTONE);

        events.reopen();

        assertThat(events.all()).isEqualTo(before);
        assertThat(events.store().head()).isEqualTo(2);
        assertThat(events.store().checkpoint("p")).hasValue(1);
        assertThat(events.store().snapshot(A)).isPresent();
        events.again(append, then);
        events.again(
                EventAppend.builder()
                        .event(A, event)
                        .event(A, append.events().get(1).event())
                        .build(),
                then);
        events.refused(Reason.TOMBSTONED, B, any(), events.event("2"));
        events.append(A, "3");
        failure(ErrorKind.GONE, () -> events.store().append(B, any(), events.event("2")));
    }
}
