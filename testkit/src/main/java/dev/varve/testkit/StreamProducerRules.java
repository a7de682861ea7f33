package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.await;
import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Refusal;
import dev.varve.api.StreamCapability;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Idempotent producers. */
interface StreamProducerRules {

    @ParameterizedTest
    @CsvSource({"0", "1", "7", "9007199254740991"})
    default void an_unknown_producer_starts_at_sequence_0_in_any_epoch(long epoch, StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);

        assertThat(streams.appended(streams.request("t/log", "a", "p", epoch, 0)))
                .isEqualTo(new AppendResult.Appended(Offset.at(1), false, new Producer("p", epoch, 0)));
    }

    @Test
    default void an_unknown_producer_that_starts_later_has_a_gap(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);

        Refusal refusal = refused(streams.append(streams.request("t/log", "a", "p", 0, 3)), ErrorKind.PRODUCER_GAP);

        assertThat(refusal.expectedSequence()).isEqualTo(0);
        assertThat(refusal.receivedSequence()).isEqualTo(3);
        streams.appended(streams.request("t/log", "a", "p", 0, 0));
    }

    @Test
    default void the_next_sequence_is_accepted_and_a_gap_is_refused(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "a", "p", 0, 0));
        streams.appended(streams.request("t/log", "b", "p", 0, 1));

        Refusal refusal = refused(streams.append(streams.request("t/log", "d", "p", 0, 3)), ErrorKind.PRODUCER_GAP);

        assertThat(refusal.expectedSequence()).isEqualTo(2);
        assertThat(refusal.receivedSequence()).isEqualTo(3);
        assertThat(streams.appended(streams.request("t/log", "c", "p", 0, 2)).producer())
                .isEqualTo(new Producer("p", 0, 2));
        assertThat(streams.content("t/log")).isEqualTo("abc");
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "2"})
    default void a_repeated_request_is_a_duplicate_and_names_the_highest_sequence(long sequence, StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        for (int i = 0; i < 3; i++) {
            streams.appended(streams.request("t/log", "x", "p", 4, i));
        }
        streams.appended("t/log", "other");

        assertThat(streams.duplicate(streams.request("t/log", "x", "p", 4, sequence)))
                .isEqualTo(new AppendResult.Duplicate(Offset.at(8), false, new Producer("p", 4, 2)));
        assertThat(streams.content("t/log")).isEqualTo("xxxother");
    }

    @Test
    default void an_older_epoch_is_fenced(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "a", "p", 5, 0));

        for (long sequence = 0; sequence < 3; sequence++) {
            Refusal refusal =
                    refused(streams.append(streams.request("t/log", "b", "p", 4, sequence)), ErrorKind.PRODUCER_FENCED);
            assertThat(refusal.producerEpoch()).isEqualTo(5);
        }
        assertThat(streams.content("t/log")).isEqualTo("a");
    }

    @Test
    default void a_newer_epoch_takes_over_at_sequence_0(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "a", "p", 0, 0));
        streams.appended(streams.request("t/log", "b", "p", 0, 1));

        refused(streams.append(streams.request("t/log", "c", "p", 1, 2)), ErrorKind.PRODUCER_EPOCH_START);
        refused(streams.append(streams.request("t/log", "c", "p", 1, 1)), ErrorKind.PRODUCER_EPOCH_START);
        streams.appended(streams.request("t/log", "c", "p", 1, 0));
        refused(streams.append(streams.request("t/log", "d", "p", 0, 2)), ErrorKind.PRODUCER_FENCED);
        streams.appended(streams.request("t/log", "d", "p", 1, 1));

        assertThat(streams.content("t/log")).isEqualTo("abcd");
    }

    @Test
    default void producers_and_streams_do_not_share_state(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/a", TEXT);
        streams.created("t/b", TEXT);
        streams.appended(streams.request("t/a", "1", "p", 3, 0));

        streams.appended(streams.request("t/a", "2", "q", 0, 0));
        streams.appended(streams.request("t/a", "3", "P", 0, 0));
        streams.appended(streams.request("t/b", "4", "p", 0, 0));
        streams.appended(streams.request("t/a", "5", "p", 3, 1));

        assertThat(streams.content("t/a")).isEqualTo("1235");
    }

    @Test
    default void a_sequence_counts_requests_not_messages(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", JSON);
        streams.appended(streams.request("t/log", "[1,2,3]", "p", 0, 0));

        streams.appended(streams.request("t/log", "[4,5]", "p", 0, 1));
        streams.duplicate(streams.request("t/log", "[4,5]", "p", 0, 1));

        assertThat(streams.content("t/log")).isEqualTo("[1,2,3,4,5]");
    }

    @Test
    default void a_refused_request_leaves_no_producer_state(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", JSON);
        Producer first = new Producer("p", 0, 0);

        refused(streams.append(streams.request("t/log", "{").withProducer(first)), ErrorKind.INVALID_JSON);
        refused(streams.append(streams.request("t/log", "").withProducer(first)), ErrorKind.EMPTY_BODY);
        refused(
                streams.append(
                        AppendRequest.of("t/log", "text/plain", bytes("1")).withProducer(first)),
                ErrorKind.CONTENT_TYPE_MISMATCH);
        refused(
                streams.append(
                        AppendRequest.of("t/none", "text/plain", bytes("1")).withProducer(first)),
                ErrorKind.NOT_FOUND);
        streams.appended(streams.request("t/log", "0").withSequence("b"));
        refused(
                streams.append(streams.request("t/log", "1").withProducer(first).withSequence("a")),
                ErrorKind.SEQUENCE_CONFLICT);

        streams.appended(streams.request("t/log", "1").withProducer(first));
    }

    @Test
    default void a_duplicate_comes_before_sequence_and_condition(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS, StreamCapability.CONDITIONAL_APPEND);
        streams.created("t/log", TEXT);
        AppendRequest request =
                streams.request("t/log", "a", "p", 0, 0).withSequence("1").withIfMatch(Offset.ZERO);
        streams.appended(request);

        assertThat(streams.duplicate(request).next()).isEqualTo(Offset.at(1));
    }

    @Test
    default void a_gap_comes_before_the_sequence(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "a", "p", 0, 0).withSequence("b"));

        refused(streams.append(streams.request("t/log", "b", "p", 0, 2).withSequence("a")), ErrorKind.PRODUCER_GAP);
    }

    @Test
    default void checks_of_the_body_come_before_duplicates_and_gaps(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", JSON);
        streams.appended(streams.request("t/log", "1", "p", 0, 0));

        for (long sequence : new long[] {0, 5}) {
            Producer producer = new Producer("p", 0, sequence);
            refused(streams.append(streams.request("t/log", "").withProducer(producer)), ErrorKind.EMPTY_BODY);
            refused(streams.append(streams.request("t/log", "[]").withProducer(producer)), ErrorKind.INVALID_JSON);
            refused(
                    streams.append(
                            AppendRequest.of("t/log", "text/plain", bytes("{")).withProducer(producer)),
                    ErrorKind.CONTENT_TYPE_MISMATCH);
        }
    }

    @Test
    default void a_stale_epoch_comes_before_everything_but_an_empty_body(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", JSON);
        streams.appended(streams.request("t/log", "1", "p", 2, 0));
        Producer stale = new Producer("p", 1, 0);

        refused(streams.append(streams.request("t/log", "").withProducer(stale)), ErrorKind.EMPTY_BODY);
        refused(streams.append(streams.request("t/log", "{").withProducer(stale)), ErrorKind.PRODUCER_FENCED);
        refused(
                streams.append(
                        AppendRequest.of("t/log", "text/plain", bytes("x")).withProducer(stale)),
                ErrorKind.PRODUCER_FENCED);
        streams.closed("t/log");
        refused(streams.append(streams.request("t/log", "1").withProducer(stale)), ErrorKind.PRODUCER_FENCED);
        refused(streams.append(AppendRequest.closing("t/log").withProducer(stale)), ErrorKind.PRODUCER_FENCED);
    }

    @Test
    default void closed_comes_before_the_checks_of_the_body(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", JSON);
        streams.appended(streams.request("t/log", "1", "p", 0, 0));
        streams.closed("t/log");

        refused(streams.append(streams.request("t/log", "{")), ErrorKind.CLOSED);
        refused(streams.append(AppendRequest.of("t/log", "text/plain", bytes("x"))), ErrorKind.CLOSED);
        refused(streams.append(streams.request("t/log", "1", "p", 0, 0)), ErrorKind.CLOSED);
        refused(streams.append(streams.request("t/log", "1", "p", 0, 9)), ErrorKind.CLOSED);
        refused(streams.append(streams.request("t/log", "1", "p", 1, 5)), ErrorKind.CLOSED);
    }

    @Test
    default void closing_takes_part_in_the_sequence(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "a", "p", 0, 0));
        AppendRequest closing = AppendRequest.closing("t/log");

        refused(streams.append(closing.withProducer(new Producer("p", 0, 2))), ErrorKind.PRODUCER_GAP);
        assertThat(streams.appended(closing.withProducer(new Producer("p", 0, 1))))
                .isEqualTo(new AppendResult.Appended(Offset.at(1), true, new Producer("p", 0, 1)));
    }

    @Test
    default void a_repeated_old_request_with_close_does_not_close(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "a", "p", 0, 0));

        AppendResult.Duplicate result =
                streams.duplicate(AppendRequest.closing("t/log").withProducer(new Producer("p", 0, 0)));

        assertThat(result.closed()).isFalse();
        assertThat(streams.metadata("t/log").closed()).isFalse();
    }

    @Test
    default void the_request_that_closed_the_stream_is_a_duplicate_whatever_its_body(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", JSON);
        streams.appended(streams.request("t/log", "1", "p", 3, 0));
        streams.appended(streams.request("t/log", "2", "p", 3, 1).withClose());
        AppendResult.Duplicate duplicate = new AppendResult.Duplicate(Offset.at(4), true, new Producer("p", 3, 1));

        for (String body : List.of("2", "{", "[]", "[7,8,9]")) {
            AppendRequest retry = streams.request("t/log", body, "p", 3, 1);
            assertThat(streams.duplicate(retry)).isEqualTo(duplicate);
            assertThat(streams.duplicate(retry.withClose())).isEqualTo(duplicate);
        }
        assertThat(streams.duplicate(
                        AppendRequest.of("t/log", "text/html", bytes("x")).withProducer(new Producer("p", 3, 1))))
                .isEqualTo(duplicate);
        assertThat(streams.duplicate(AppendRequest.closing("t/log").withProducer(new Producer("p", 3, 1))))
                .isEqualTo(duplicate);
        assertThat(streams.content("t/log")).isEqualTo("[1,2]");
    }

    @ParameterizedTest
    @CsvSource({"p, 3, 0", "p, 3, 2", "p, 4, 0", "q, 3, 1", "q, 0, 0"})
    default void any_other_request_finds_the_stream_closed(String id, long epoch, long sequence, StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "a", "p", 3, 0));
        streams.appended(AppendRequest.closing("t/log").withProducer(new Producer("p", 3, 1)));
        Producer other = new Producer(id, epoch, sequence);

        Refusal refusal = refused(streams.append(streams.request("t/log", "b").withProducer(other)), ErrorKind.CLOSED);
        assertThat(refusal.offset()).isEqualTo(Offset.at(1));
        refused(streams.append(AppendRequest.closing("t/log").withProducer(other)), ErrorKind.CLOSED);
        assertThat(streams.duplicate(AppendRequest.closing("t/log")).producer())
                .as("closing without a producer")
                .isNull();
    }

    @Test
    default void a_new_stream_knows_nothing_of_the_producers_of_the_old_one(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "a", "p", 7, 0));
        streams.deleted("t/log");
        streams.created("t/log", TEXT);

        streams.appended(streams.request("t/log", "b", "p", 0, 0));

        assertThat(streams.content("t/log")).isEqualTo("b");
    }

    @Test
    default void requests_of_one_producer_may_be_started_without_waiting(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        List<CompletableFuture<AppendResult>> started = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 200; i++) {
                started.add(streams.storage()
                        .append(AppendRequest.of("t/log", "text/plain", bytes("x"))
                                .withProducer(new Producer("p", 0, i))));
            }
        }

        started.subList(0, 200).forEach(append -> assertThat(await(append)).isInstanceOf(AppendResult.Appended.class));
        started.subList(200, 400)
                .forEach(append -> assertThat(await(append)).isInstanceOf(AppendResult.Duplicate.class));
        assertThat(streams.tail("t/log")).isEqualTo(Offset.at(200));
    }

    @Test
    default void a_stream_knows_ten_thousand_producers_and_not_one_more(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT);
        List<CompletableFuture<AppendResult>> started = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            started.add(streams.storage()
                    .append(AppendRequest.of("t/log", "text/plain", bytes("x"))
                            .withProducer(new Producer("p" + i, 0, 0))));
        }
        started.forEach(append -> assertThat(await(append)).isInstanceOf(AppendResult.Appended.class));

        refused(streams.append(streams.request("t/log", "x", "one more", 0, 0)), ErrorKind.PRODUCER_LIMIT);
        streams.appended(streams.request("t/log", "x", "p17", 0, 1));
        streams.duplicate(streams.request("t/log", "x", "p17", 0, 1));
        streams.appended("t/log", "x");
        assertThat(streams.tail("t/log")).isEqualTo(Offset.at(10_002));
    }
}
