package dev.varve.testkit;

import static dev.varve.testkit.StreamsProbe.PATH;
import static dev.varve.testkit.StreamsProbe.bytes;
import static dev.varve.testkit.StreamsProbe.failure;
import static dev.varve.testkit.StreamsProbe.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.ProducerOptions;
import dev.varve.api.ProducerOptions.WhenFull;
import dev.varve.api.StreamProducer;
import dev.varve.api.Streams;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A producer whose appends fail before they are applied, after they are, or do not end. */
@Timeout(120)
final class StreamProducerFaultsTest {

    private enum Fate {
        APPLIED,
        REFUSED_BUSY,
        LOST_BEFORE,
        LOST_AFTER,
        HANGS_BEFORE,
        HANGS_AFTER
    }

    /** A storage whose answers to appends meet their fate. */
    private static final class FatefulStorage extends ForwardingStreamStorage {
        volatile Supplier<Fate> fates = () -> Fate.APPLIED;
        volatile CountDownLatch arrived = new CountDownLatch(1);

        FatefulStorage() {
            super(new ModelStreamStorage());
        }

        @Override
        public CompletableFuture<AppendResult> append(AppendRequest request) {
            Fate fate = fates.get();
            boolean applied = fate == Fate.APPLIED || fate == Fate.LOST_AFTER || fate == Fate.HANGS_AFTER;
            CompletableFuture<AppendResult> result = applied ? super.append(request) : new CompletableFuture<>();
            arrived.countDown();
            return switch (fate) {
                case APPLIED -> result;
                case REFUSED_BUSY ->
                    CompletableFuture.failedFuture(
                            new VarveException(ErrorKind.OVERLOADED, "busy", null, Duration.ofMillis(1)));
                case LOST_BEFORE, LOST_AFTER ->
                    CompletableFuture.failedFuture(new VarveException(ErrorKind.TIMEOUT, "no answer"));
                case HANGS_BEFORE, HANGS_AFTER -> new CompletableFuture<>();
            };
        }
    }

    private static final ProducerOptions SMALL =
            ProducerOptions.DEFAULT.withLinger(Duration.ZERO).withMaxBatch(1_000, 5);

    @TempDir
    private Path directory;

    private final FatefulStorage storage = new FatefulStorage();
    private final Streams streams = Streams.over(storage);
    private final StreamsProbe probe = new StreamsProbe(streams);

    @Test
    void with_an_id_every_item_stands_there_once_whatever_happens_to_the_answers() {
        long seed = Long.getLong("varve.test.seed", System.nanoTime());
        Random random = new Random(seed);
        probe.json();
        storage.fates = () -> switch (random.nextInt(8)) {
            case 0 -> Fate.REFUSED_BUSY;
            case 1 -> Fate.LOST_BEFORE;
            case 2 -> Fate.LOST_AFTER;
            default -> Fate.APPLIED;
        };
        try (StreamProducer producer = streams.producer(PATH, SMALL.withId("p"))) {
            numbers(0, 200).forEach(number -> producer.add(bytes(number)));
        }
        assertThat(probe.messages()).as("seed %d", seed).isEqualTo(numbers(0, 200));
    }

    @Test
    void without_an_id_what_was_not_applied_is_tried_again() {
        probe.text();
        AtomicBoolean busy = new AtomicBoolean(true);
        storage.fates = () -> busy.getAndSet(false) ? Fate.REFUSED_BUSY : Fate.APPLIED;
        try (StreamProducer producer = streams.producer(PATH, SMALL)) {
            producer.add(bytes("a"));
        }
        assertThat(probe.content()).isEqualTo("a");
    }

    @Test
    void without_an_id_an_unknown_outcome_ends_the_producer() {
        probe.text();
        StreamProducer producer = streams.producer(PATH, SMALL);
        storage.fates = () -> Fate.LOST_AFTER;
        producer.add(bytes("a"));
        failure(ErrorKind.TIMEOUT, producer::close);
        assertThat(probe.content()).as("applied once").isEqualTo("a");
        assertThat(producer.accepted()).isZero();
    }

    @Test
    void items_behind_the_batch_that_failed_were_not_sent() throws InterruptedException {
        probe.text();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        storage.fates = () -> {
            entered.countDown();
            await(go);
            return Fate.LOST_BEFORE;
        };
        StreamProducer producer = streams.producer(PATH, SMALL);
        CompletableFuture<Offset> first = producer.send(bytes("a"));
        entered.await();
        CompletableFuture<Offset> behind = producer.send(bytes("b"));
        go.countDown();
        failure(ErrorKind.TIMEOUT, producer::close);
        assertThat(first).isCompletedExceptionally();
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(behind::join)
                .withMessageContaining("nothing of this one was sent");
        assertThat(probe.content()).isEmpty();
    }

    @Test
    void a_batch_is_given_up_after_its_time() {
        probe.text();
        StreamProducer producer = streams.producer(PATH, SMALL.withRetryFor(Duration.ofMillis(300)));
        storage.fates = () -> Fate.REFUSED_BUSY;
        producer.add(bytes("a"));
        failure(ErrorKind.OVERLOADED, producer::close);
        assertThat(probe.content()).isEmpty();
    }

    @Test
    void when_it_holds_as_much_as_it_may_it_waits_or_says_so() throws InterruptedException {
        probe.text();
        storage.fates = () -> Fate.HANGS_BEFORE;
        StreamProducer failing = streams.producer(PATH, SMALL.withMaxBuffered(10, WhenFull.FAIL));
        failing.add(bytes("0123456789"));
        failure(ErrorKind.OVERLOADED, () -> failing.add(bytes("x")));

        StreamProducer waiting = streams.producer(PATH, SMALL.withMaxBuffered(10, WhenFull.WAIT));
        waiting.add(bytes("0123456789"));
        Thread.currentThread().interrupt();
        failure(ErrorKind.TIMEOUT, () -> waiting.add(bytes("x")));
        assertThat(Thread.interrupted()).isTrue();
        Thread closer = new Thread(waiting::close);
        closer.setUncaughtExceptionHandler((thread, thrown) -> {});
        closer.start();
        failure(ErrorKind.UNAVAILABLE, () -> waiting.add(bytes("x")));
        closer.interrupt();
        closer.join();
    }

    @Test
    void an_action_of_a_future_never_waits_for_its_own_thread() {
        probe.text();
        StreamProducer producer = streams.producer(PATH, SMALL.withMaxBuffered(1, WhenFull.WAIT));
        CompletableFuture<String> told = producer.send(bytes("a")).thenApply(offset -> {
            try {
                producer.flush();
                return "flushed";
            } catch (IllegalStateException e) {
                return "refused";
            }
        });
        assertThat(told.join()).isIn("refused", "flushed");
        producer.close();
        assertThat(probe.content()).isEqualTo("a");
    }

    @Test
    void a_shared_future_cannot_be_completed_by_who_waits_for_it() {
        probe.text();
        try (StreamProducer producer = streams.producer(PATH, SMALL.withLinger(Duration.ofMinutes(10)))) {
            CompletableFuture<Offset> a = producer.send(bytes("a"));
            assertThat(a.cancel(true)).isFalse();
            assertThat(a.complete(Offset.ZERO)).isFalse();
            assertThat(a.copy().cancel(true)).isTrue();
            CompletableFuture<Offset> b = producer.send(bytes("b"));
            producer.flush();
            assertThat(b).isCompletedWithValue(Offset.at(2));
            assertThat(a).isCompletedWithValue(Offset.at(2));
        }
    }

    /** The program dies while a batch is under way: another one opens the file as it was at that moment. */
    @Test
    void a_batch_in_doubt_stands_there_once_whether_it_was_applied_or_not() throws IOException, InterruptedException {
        for (Fate fate : new Fate[] {Fate.HANGS_BEFORE, Fate.HANGS_AFTER}) {
            streams.delete(PATH);
            probe.json();
            Path file = directory.resolve(fate + ".outbox");
            ProducerOptions options = SMALL.withOutbox(file);
            storage.fates = () -> Fate.APPLIED;
            StreamProducer dying = streams.producer(PATH, options);
            numbers(0, 10).forEach(number -> dying.add(bytes(number)));
            dying.flush();
            storage.arrived = new CountDownLatch(1);
            storage.fates = () -> fate;
            dying.add(bytes("10"));
            storage.arrived.await();
            dying.add(bytes("11")); // gathered only, and lost with the program
            Path found = directory.resolve(fate + ".found");
            Files.copy(file, found);
            storage.fates = () -> Fate.APPLIED;
            try (StreamProducer next = streams.producer(PATH, SMALL.withOutbox(found))) {
                assertThat(next.accepted()).isEqualTo(11);
                numbers(Math.toIntExact(next.accepted()), 20).forEach(number -> next.add(bytes(number)));
            }
            assertThat(probe.messages()).as(fate.toString()).isEqualTo(numbers(0, 20));
        }
    }

    @Test
    void an_old_copy_of_an_outbox_does_not_lose_what_is_sent_with_it() throws IOException {
        probe.json();
        Path file = directory.resolve("outbox");
        Path old = directory.resolve("old");
        try (StreamProducer producer = streams.producer(PATH, SMALL.withOutbox(file))) {
            producer.add(bytes("1"));
            producer.flush();
            Files.copy(file, old);
            producer.add(bytes("2"));
            producer.flush();
            producer.add(bytes("3"));
        }
        StreamProducer mistaken = streams.producer(PATH, SMALL.withOutbox(old));
        // What the old file holds may be found out before there is more to send.
        failure(ErrorKind.PRODUCER_FENCED, () -> {
            try {
                mistaken.add(bytes("2"));
            } finally {
                mistaken.close();
            }
        });
        assertThat(probe.messages()).containsExactly("1", "2", "3");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
