package dev.varve.testkit;

import static dev.varve.testkit.StreamsProbe.NUMBERS;
import static dev.varve.testkit.StreamsProbe.PATH;
import static dev.varve.testkit.StreamsProbe.bytes;
import static dev.varve.testkit.StreamsProbe.failure;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.FollowOptions;
import dev.varve.api.FollowOptions.Live;
import dev.varve.api.ItemPosition;
import dev.varve.api.ItemReader;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.RefusedException;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamItem;
import dev.varve.api.StreamReader;
import dev.varve.api.Streams;
import dev.varve.api.Subscription;
import dev.varve.api.TypedStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What following does: with a reader, as an iterator, for subscribers and for listeners. */
interface StreamsFollowRules {

    Duration LONG = Duration.ofMinutes(1);

    /** Keeps what it hears; asks only when told to. */
    class Hearer<E> implements Flow.Subscriber<E> {
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        private volatile Flow.@Nullable Subscription subscription;
        private final int first;

        Hearer(int first) {
            this.first = first;
        }

        Flow.Subscription subscription() {
            Flow.Subscription known = subscription;
            if (known == null) {
                throw new AssertionError("not subscribed");
            }
            return known;
        }

        @Override
        public void onSubscribe(Flow.Subscription incoming) {
            subscription = incoming;
            heard.add("subscribed");
            if (first != 0) {
                incoming.request(first);
            }
        }

        @Override
        public void onNext(E next) {
            heard.add(next instanceof StreamItem<?> item ? item.value().toString() : "page");
        }

        @Override
        public void onError(Throwable thrown) {
            heard.add(
                    thrown instanceof RefusedException refused
                            ? refused.kind().toString()
                            : thrown.getClass().getSimpleName());
        }

        @Override
        public void onComplete() {
            heard.add("complete");
        }

        List<String> hear(int count) {
            return StreamsFollowRules.take(heard, count);
        }

        void hearsNothing() throws InterruptedException {
            assertThat(heard.poll(100, TimeUnit.MILLISECONDS)).isNull();
        }
    }

    private static <E> List<E> take(BlockingQueue<E> queue, int count) {
        List<E> taken = new ArrayList<>();
        try {
            while (taken.size() < count) {
                E next = queue.poll(60, TimeUnit.SECONDS);
                assertThat(next).as("after %s", taken).isNotNull();
                if (next != null) {
                    taken.add(next);
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return taken;
    }

    private static TypedStream<Integer> typed(StreamsProbe probe) {
        return probe.json().typed(PATH, NUMBERS);
    }

    private static List<Integer> upTo(int end) {
        return IntStream.range(0, end).boxed().toList();
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void a_reader_gives_what_is_there_then_what_comes_until_the_end(Live live, StreamsProbe probe)
            throws InterruptedException {
        TypedStream<Integer> stream = typed(probe);
        stream.appendAll(upTo(10));
        try (ItemReader<Integer> reader = stream.follow(ItemPosition.BEGINNING, new FollowOptions(live))) {
            List<Integer> read = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                read.add(reader.next().value());
            }
            assertThat(reader.next(Duration.ZERO)).isEmpty();
            Thread writer = new Thread(() -> {
                for (int i = 10; i < 60; i++) {
                    stream.append(i);
                }
                probe.streams().close(PATH);
            });
            writer.start();
            reader.forEachRemaining(item -> read.add(item.value()));
            writer.join();
            assertThat(read).isEqualTo(upTo(60));
            assertThat(reader.atEnd()).isTrue();
            assertThat(reader.position())
                    .isEqualTo(
                            ItemPosition.at(probe.streams().currentOffset(PATH).orElseThrow()));
        }
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void bytes_come_as_they_are(Live live, StreamsProbe probe) {
        Streams streams = probe.streams();
        streams.create(PATH, StreamConfig.of("application/octet-stream"));
        byte[] every = new byte[256];
        for (int i = 0; i < every.length; i++) {
            every[i] = (byte) i;
        }
        try (StreamReader reader = streams.follow(PATH, Offset.NOW, new FollowOptions(live))) {
            assertThat(reader.next(Duration.ofMillis(20))).isEmpty();
            ByteArrayOutputStream written = new ByteArrayOutputStream();
            ByteArrayOutputStream read = new ByteArrayOutputStream();
            for (int i = 0; i < 5; i++) {
                streams.append(PATH, every);
                written.writeBytes(every);
                ReadResult.Page page = reader.next(LONG).orElseThrow();
                assertThat(page.start()).isEqualTo(Offset.at(read.size()));
                byte[] data = new byte[page.data().remaining()];
                page.data().duplicate().get(data);
                read.writeBytes(data);
                assertThat(page.next()).isEqualTo(reader.position()).isEqualTo(Offset.at(read.size()));
            }
            assertThat(read.toByteArray()).isEqualTo(written.toByteArray());
        }
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void text_comes_line_by_line(Live live, StreamsProbe probe) {
        Streams streams = probe.text();
        try (StreamReader reader = streams.follow(PATH, Offset.BEGINNING, new FollowOptions(live))) {
            StringBuilder read = new StringBuilder();
            for (String text : List.of("a\nb\n\n", "event: control\ndata: x\n", "ü\n", " \n", "no end", ":\n")) {
                streams.append(PATH, bytes(text));
                ReadResult.Page page = reader.next(LONG).orElseThrow();
                read.append(UTF_8.decode(page.data()));
            }
            assertThat(read).hasToString("a\nb\n\nevent: control\ndata: x\nü\n \nno end:\n");
        }
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void from_now_on_only_what_comes_is_given(Live live, StreamsProbe probe) {
        TypedStream<Integer> stream = typed(probe);
        stream.append(1);
        try (ItemReader<Integer> reader = stream.follow(ItemPosition.at(Offset.NOW), new FollowOptions(live))) {
            assertThat(reader.position().skip()).isZero();
            stream.append(2);
            assertThat(reader.next().value()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void closing_a_reader_ends_its_wait(Live live, StreamsProbe probe) throws InterruptedException {
        ItemReader<Integer> reader = typed(probe).follow(ItemPosition.BEGINNING, new FollowOptions(live));
        List<Boolean> had = new ArrayList<>();
        Thread waiting = new Thread(() -> had.add(reader.hasNext()));
        waiting.start();
        Thread.sleep(50);
        reader.close();
        waiting.join();
        assertThat(had).containsExactly(false);
        assertThat(reader.atEnd()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void a_deleted_stream_cannot_be_followed_any_more(Live live, StreamsProbe probe) {
        TypedStream<Integer> stream = typed(probe);
        stream.append(1);
        try (ItemReader<Integer> reader = stream.follow(ItemPosition.BEGINNING, new FollowOptions(live))) {
            assertThat(reader.next().value()).isEqualTo(1);
            probe.streams().delete(PATH);
            failure(ErrorKind.NOT_FOUND, reader::hasNext);
        }
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void a_subscriber_hears_as_many_as_it_asked_for(Live live, StreamsProbe probe) throws InterruptedException {
        TypedStream<Integer> stream = typed(probe);
        stream.appendAll(upTo(5));
        Hearer<StreamItem<Integer>> hearer = new Hearer<>(2);
        stream.publisher(ItemPosition.BEGINNING, new FollowOptions(live)).subscribe(hearer);
        assertThat(hearer.hear(3)).containsExactly("subscribed", "0", "1");
        hearer.hearsNothing();
        hearer.subscription().request(Long.MAX_VALUE);
        assertThat(hearer.hear(3)).containsExactly("2", "3", "4");
        stream.append(5);
        assertThat(hearer.hear(1)).containsExactly("5");
        probe.streams().close(PATH);
        assertThat(hearer.hear(1)).containsExactly("complete");
        hearer.hearsNothing();
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void every_subscriber_reads_for_itself_and_may_leave(Live live, StreamsProbe probe)
            throws InterruptedException {
        TypedStream<Integer> stream = typed(probe);
        stream.appendAll(upTo(2));
        Flow.Publisher<StreamItem<Integer>> publisher =
                stream.publisher(ItemPosition.BEGINNING, new FollowOptions(live));
        Hearer<StreamItem<Integer>> leaving = new Hearer<>(100);
        Hearer<StreamItem<Integer>> staying = new Hearer<>(100);
        publisher.subscribe(leaving);
        publisher.subscribe(staying);
        assertThat(leaving.hear(3)).containsExactly("subscribed", "0", "1");
        leaving.subscription().cancel();
        leaving.subscription().cancel();
        stream.append(2);
        assertThat(staying.hear(4)).containsExactly("subscribed", "0", "1", "2");
        leaving.hearsNothing();
        staying.subscription().cancel();
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void what_is_wrong_comes_to_on_error(Live live, StreamsProbe probe) {
        Hearer<StreamItem<Integer>> missing = new Hearer<>(1);
        probe.streams()
                .typed("program/none", NUMBERS)
                .publisher(ItemPosition.BEGINNING, new FollowOptions(live))
                .subscribe(missing);
        assertThat(missing.hear(2)).containsExactly("subscribed", "NOT_FOUND");

        TypedStream<Integer> stream = typed(probe);
        Hearer<StreamItem<Integer>> modest = new Hearer<>(-1);
        stream.publisher(ItemPosition.BEGINNING, new FollowOptions(live)).subscribe(modest);
        assertThat(modest.hear(2)).containsExactly("subscribed", "IllegalArgumentException");

        probe.streams().append(AppendRequest.of(PATH, "application/json", bytes("null")));
        Hearer<StreamItem<Integer>> confused = new Hearer<>(1);
        stream.publisher(ItemPosition.BEGINNING, new FollowOptions(live)).subscribe(confused);
        assertThat(confused.hear(2)).containsExactly("subscribed", "NumberFormatException");
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void a_subscriber_that_throws_hears_nothing_more(Live live, StreamsProbe probe)
            throws InterruptedException {
        TypedStream<Integer> stream = typed(probe);
        stream.appendAll(upTo(5));
        Hearer<StreamItem<Integer>> hearer = new Hearer<>(100) {
            @Override
            public void onNext(StreamItem<Integer> next) {
                super.onNext(next);
                throw new IllegalStateException("on purpose");
            }
        };
        stream.publisher(ItemPosition.BEGINNING, new FollowOptions(live)).subscribe(hearer);
        assertThat(hearer.hear(2)).containsExactly("subscribed", "0");
        hearer.hearsNothing();
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void a_listener_that_throws_hears_what_follows_and_the_end(Live live, StreamsProbe probe) {
        TypedStream<Integer> stream = typed(probe);
        stream.appendAll(upTo(3));
        BlockingQueue<Integer> heard = new LinkedBlockingQueue<>();
        BlockingQueue<Optional<RuntimeException>> ended = new LinkedBlockingQueue<>();
        Subscription subscription = stream.subscribe(
                ItemPosition.BEGINNING,
                new FollowOptions(live),
                item -> {
                    heard.add(item.value());
                    if (item.value() == 1) {
                        throw new IllegalStateException("on purpose");
                    }
                },
                ended::add);
        assertThat(take(heard, 3)).containsExactly(0, 1, 2);
        stream.append(3);
        assertThat(take(heard, 1)).containsExactly(3);
        probe.streams().close(PATH);
        assertThat(take(ended, 1)).containsExactly(Optional.empty());
        subscription.close();
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void a_listener_hears_why_it_ended_and_nothing_after_it_left(Live live, StreamsProbe probe)
            throws InterruptedException {
        failure(
                ErrorKind.NOT_FOUND,
                () -> probe.streams()
                        .subscribe("program/none", Offset.BEGINNING, FollowOptions.DEFAULT, page -> {}, end -> {}));
        Streams streams = probe.text();
        BlockingQueue<ReadResult.Page> pages = new LinkedBlockingQueue<>();
        BlockingQueue<Optional<RuntimeException>> ended = new LinkedBlockingQueue<>();
        Subscription left = streams.subscribe(PATH, Offset.BEGINNING, new FollowOptions(live), pages::add, ended::add);
        streams.append(PATH, bytes("a"));
        assertThat(take(pages, 1).get(0).next()).isEqualTo(Offset.at(1));
        left.close();
        left.close();
        streams.append(PATH, bytes("b"));
        assertThat(pages.poll(100, TimeUnit.MILLISECONDS)).isNull();
        assertThat(ended).isEmpty();

        Subscription subscription =
                streams.subscribe(PATH, Offset.NOW, new FollowOptions(live), pages::add, ended::add);
        streams.delete(PATH);
        assertThat(take(ended, 1).get(0))
                .get()
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
        subscription.close();
    }

    @ParameterizedTest
    @EnumSource(Live.class)
    default void pages_are_published_too(Live live, StreamsProbe probe) {
        Streams streams = probe.text();
        streams.append(PATH, bytes("a"));
        Hearer<ReadResult.Page> hearer = new Hearer<>(10);
        streams.publisher(PATH, Offset.BEGINNING, new FollowOptions(live)).subscribe(hearer);
        assertThat(hearer.hear(2)).containsExactly("subscribed", "page");
        streams.append(PATH, bytes("b"));
        assertThat(hearer.hear(1)).containsExactly("page");
        streams.close(PATH);
        assertThat(hearer.hear(1)).containsExactly("complete");
    }
}
