package dev.varve.testkit;

import static dev.varve.testkit.StreamsProbe.PATH;
import static dev.varve.testkit.StreamsProbe.bytes;
import static dev.varve.testkit.StreamsProbe.failure;
import static dev.varve.testkit.StreamsProbe.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.ProducerOptions;
import dev.varve.api.StreamProducer;
import dev.varve.api.VarveException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a producer of many items does. */
interface StreamsProducerRules {

    /** Long enough to gather whatever a test sends before something else ends the batch. */
    ProducerOptions PATIENT = ProducerOptions.DEFAULT.withLinger(Duration.ofMinutes(10));

    ProducerOptions HASTY = ProducerOptions.DEFAULT
            .withLinger(Duration.ZERO)
            .withMaxBatch(100, 7)
            .withRetryFor(Duration.ofSeconds(30));

    @Test
    default void items_become_messages_in_the_order_they_were_sent(StreamsProbe probe) {
        try (StreamProducer producer = probe.json().producer(PATH, HASTY)) {
            numbers(0, 500).forEach(number -> producer.add(bytes(number)));
            producer.flush();
            assertThat(producer.accepted()).isEqualTo(500);
        }
        assertThat(probe.messages()).isEqualTo(numbers(0, 500));
    }

    @Test
    default void an_item_that_is_an_array_stays_one_message(StreamsProbe probe) {
        try (StreamProducer producer = probe.json().producer(PATH, PATIENT)) {
            producer.add(bytes("[1,2]"));
            producer.flush();
            producer.add(bytes("[]"));
            producer.add(bytes("\"a,b\""));
        }
        assertThat(probe.messages()).containsExactly("[1,2]", "[]", "\"a,b\"");
    }

    @Test
    default void elsewhere_the_bytes_of_items_stand_one_after_the_other(StreamsProbe probe) {
        try (StreamProducer producer = probe.text().producer(PATH, HASTY)) {
            numbers(0, 300).forEach(number -> producer.add(bytes(number + "\n")));
        }
        assertThat(probe.content()).isEqualTo(String.join("\n", numbers(0, 300)) + "\n");
    }

    @Test
    default void a_future_is_completed_when_the_item_can_be_read(StreamsProbe probe) {
        try (StreamProducer producer = probe.text().producer(PATH, ProducerOptions.DEFAULT)) {
            Offset first = producer.send(bytes("a")).join();
            assertThat(probe.content()).isEqualTo("a");
            Offset second = producer.send(bytes("b")).join();
            assertThat(second)
                    .isGreaterThan(first)
                    .isEqualTo(probe.streams().currentOffset(PATH).orElseThrow());
        }
    }

    @Test
    default void flush_does_not_wait_for_the_batch_to_fill(StreamsProbe probe) {
        try (StreamProducer producer = probe.text().producer(PATH, PATIENT)) {
            CompletableFuture<Offset> a = producer.send(bytes("a"));
            CompletableFuture<Offset> b = producer.send(bytes("b"));
            producer.flush();
            assertThat(a).isCompletedWithValue(Offset.at(2));
            assertThat(b).isCompletedWithValue(Offset.at(2));
            producer.flush();
        }
    }

    @Test
    default void an_item_that_is_larger_than_a_batch_is_a_batch(StreamsProbe probe) {
        String large = "x".repeat(300_000);
        try (StreamProducer producer =
                probe.text().producer(PATH, HASTY.withMaxBuffered(1_000, ProducerOptions.WhenFull.WAIT))) {
            producer.add(bytes("a"));
            producer.add(bytes(large));
            producer.add(bytes("b"));
        }
        assertThat(probe.content()).isEqualTo("a" + large + "b");
    }

    @Test
    default void the_array_of_an_item_may_be_used_again(StreamsProbe probe) {
        try (StreamProducer producer = probe.text().producer(PATH, PATIENT)) {
            byte[] item = bytes("a");
            producer.add(item);
            item[0] = 'b';
            producer.add(item);
        }
        assertThat(probe.content()).isEqualTo("ab");
    }

    @Test
    default void many_threads_share_a_producer(StreamsProbe probe) throws InterruptedException {
        try (StreamProducer producer =
                probe.json().producer(PATH, HASTY.withMaxBuffered(500, ProducerOptions.WhenFull.WAIT))) {
            List<Thread> threads = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                int first = thread * 250;
                threads.add(
                        new Thread(() -> numbers(first, first + 250).forEach(number -> producer.add(bytes(number)))));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        List<Integer> read = probe.messages().stream().map(Integer::valueOf).toList();
        assertThat(read.stream().sorted().map(String::valueOf).toList()).isEqualTo(numbers(0, 1_000));
        for (int thread = 0; thread < 4; thread++) {
            int of = thread;
            assertThat(read.stream().filter(number -> number / 250 == of)).isSorted();
        }
    }

    @Test
    default void there_must_be_a_stream(StreamsProbe probe) {
        failure(ErrorKind.NOT_FOUND, () -> probe.streams().producer(PATH, PATIENT));
    }

    @Test
    default void an_empty_item_is_refused_and_a_closed_producer_takes_nothing(StreamsProbe probe) {
        StreamProducer producer = probe.text().producer(PATH, PATIENT);
        assertThatIllegalArgumentException().isThrownBy(() -> producer.add(new byte[0]));
        producer.add(bytes("a"));
        producer.close();
        producer.close();
        failure(ErrorKind.UNAVAILABLE, () -> producer.add(bytes("b")));
        assertThat(probe.content()).isEqualTo("a");
    }

    @Test
    default void a_stream_that_is_closed_meanwhile_ends_the_producer(StreamsProbe probe) {
        try (StreamProducer producer = probe.text().producer(PATH, PATIENT.withMaxBatch(1_000, 2))) {
            producer.add(bytes("a"));
            producer.flush();
            probe.streams().close(PATH);
            CompletableFuture<Offset> refused = producer.send(bytes("b"));
            failure(ErrorKind.CLOSED, producer::flush);
            assertThat(kind(refused)).isEqualTo(ErrorKind.CLOSED);
            failure(ErrorKind.CLOSED, () -> producer.add(bytes("c")));
            assertThat(producer.accepted()).isEqualTo(1);
        }
        assertThat(probe.content()).isEqualTo("a");
    }

    @Test
    default void what_nobody_was_told_of_is_thrown_by_closing(StreamsProbe probe) {
        StreamProducer producer = probe.text().producer(PATH, PATIENT);
        producer.add(bytes("a"));
        probe.streams().delete(PATH);
        failure(ErrorKind.NOT_FOUND, producer::close);
        producer.close();
    }

    @Test
    default void one_item_that_is_not_json_refuses_its_batch(StreamsProbe probe) {
        StreamProducer producer = probe.json().producer(PATH, PATIENT.withMaxBatch(1_000, 2));
        CompletableFuture<Offset> good = producer.send(bytes("1"));
        CompletableFuture<Offset> bad = producer.send(bytes("{"));
        assertThat(kind(good)).isEqualTo(ErrorKind.INVALID_JSON);
        assertThat(kind(bad)).isEqualTo(ErrorKind.INVALID_JSON);
        failure(ErrorKind.INVALID_JSON, producer::close);
        assertThat(probe.messages()).isEmpty();
    }

    @Test
    default void a_later_epoch_fences_an_earlier_one(StreamsProbe probe) {
        StreamProducer first = probe.json().producer(PATH, PATIENT.withId("p", 1));
        first.add(bytes("1"));
        first.flush();
        try (StreamProducer second = probe.streams().producer(PATH, PATIENT.withId("p", 2))) {
            second.add(bytes("2"));
            second.flush();
            first.add(bytes("3"));
            failure(ErrorKind.PRODUCER_FENCED, first::flush);
            first.close();
            second.add(bytes("4"));
        }
        assertThat(probe.messages()).containsExactly("1", "2", "4");
    }

    @Test
    default void a_producer_that_is_opened_later_takes_the_name_over(StreamsProbe probe) throws InterruptedException {
        StreamProducer first = probe.json().producer(PATH, PATIENT.withId("p"));
        first.add(bytes("1"));
        first.flush();
        Thread.sleep(2); // the epoch is the time in milliseconds
        try (StreamProducer second = probe.streams().producer(PATH, PATIENT.withId("p"))) {
            second.add(bytes("2"));
        }
        first.add(bytes("3"));
        failure(ErrorKind.PRODUCER_FENCED, first::close);
        assertThat(probe.messages()).containsExactly("1", "2");
    }

    @Test
    default void an_epoch_that_was_used_before_is_not_taken_for_a_repetition(StreamsProbe probe) {
        ProducerOptions used = PATIENT.withId("p", 7);
        try (StreamProducer first = probe.json().producer(PATH, used)) {
            first.add(bytes("1"));
            first.flush();
            first.add(bytes("2"));
        }
        StreamProducer second = probe.streams().producer(PATH, used);
        second.add(bytes("3"));
        failure(ErrorKind.PRODUCER_FENCED, second::close);
        assertThat(second.accepted()).isZero();
    }

    // ---- the outbox

    @Test
    default void an_outbox_counts_over_all_programs(StreamsProbe probe, @TempDir Path directory) {
        ProducerOptions options = HASTY.withOutbox(directory.resolve("outbox"));
        probe.json();
        for (int run = 0; run < 5; run++) {
            try (StreamProducer producer = probe.streams().producer(PATH, options)) {
                assertThat(producer.accepted()).isEqualTo(run * 20L);
                numbers(run * 20, run * 20 + 20).forEach(number -> producer.add(bytes(number)));
            }
        }
        assertThat(probe.messages()).isEqualTo(numbers(0, 100));
    }

    @Test
    default void an_outbox_is_of_one_producer_at_a_time_and_of_one_stream(StreamsProbe probe, @TempDir Path directory) {
        ProducerOptions options = HASTY.withOutbox(directory.resolve("outbox"));
        try (StreamProducer producer = probe.json().producer(PATH, options)) {
            failure(ErrorKind.UNAVAILABLE, () -> probe.streams().producer(PATH, options));
            producer.add(bytes("1"));
        }
        failure(ErrorKind.INVALID_PARAMS, () -> probe.streams().producer("program/other", options));
        failure(ErrorKind.INVALID_PARAMS, () -> probe.streams().producer(PATH, options.withId("another")));
        assertThat(probe.messages()).containsExactly("1");
    }

    @Test
    default void a_stream_that_was_made_anew_does_not_know_the_outbox(StreamsProbe probe, @TempDir Path directory) {
        ProducerOptions options = HASTY.withOutbox(directory.resolve("outbox"));
        try (StreamProducer producer = probe.json().producer(PATH, options)) {
            producer.add(bytes("1"));
        }
        probe.streams().delete(PATH);
        probe.json();
        StreamProducer producer = probe.streams().producer(PATH, options);
        producer.add(bytes("2"));
        failure(ErrorKind.PRODUCER_GAP, producer::close);
        assertThat(probe.messages()).isEmpty();
    }

    private static ErrorKind kind(CompletableFuture<Offset> future) {
        CompletionException thrown = catchThrowableOfType(CompletionException.class, future::join);
        if (thrown.getCause() instanceof VarveException failure) {
            return failure.kind();
        }
        throw new AssertionError("not a failure of Varve", thrown);
    }
}
