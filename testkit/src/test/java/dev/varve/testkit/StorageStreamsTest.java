package dev.varve.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamListener;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamReader;
import dev.varve.api.StreamStorage;
import dev.varve.api.Streams;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link Streams} over a storage. Waits that should end at once are given a minute, which no test ever uses up. */
@Timeout(120)
final class StorageStreamsTest {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration NO_WAIT = Duration.ZERO;
    private static final StreamConfig TEXT = StreamConfig.of("text/plain");

    private final ModelStreamStorage storage = new ModelStreamStorage();
    private final Streams streams = Streams.over(storage);

    @Test
    void create_tells_a_new_stream_from_one_that_was_there() {
        assertThat(streams.create("log", TEXT)).isInstanceOf(CreateResult.Created.class);
        assertThat(streams.create("log", TEXT)).isInstanceOf(CreateResult.Existing.class);
    }

    @Test
    void a_refusal_is_thrown_with_its_fields() {
        streams.create(CreateRequest.of("log", TEXT).withBody(bytes("abc")).withClosed());

        assertThatThrownBy(() -> streams.append("log", bytes("d")))
                .isInstanceOf(RefusedException.class)
                .asInstanceOf(type(RefusedException.class))
                .satisfies(e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.CLOSED);
                    assertThat(e.refusal().offset()).isEqualTo(Offset.at(3));
                });
    }

    @Test
    void every_call_on_a_missing_stream_says_so() {
        refuses(ErrorKind.NOT_FOUND, () -> streams.append("none", bytes("x")));
        refuses(ErrorKind.NOT_FOUND, () -> streams.append(AppendRequest.of("none", "text/plain", bytes("x"))));
        refuses(ErrorKind.NOT_FOUND, () -> streams.close("none"));
        refuses(ErrorKind.NOT_FOUND, () -> streams.read("none", Offset.BEGINNING));
        refuses(ErrorKind.NOT_FOUND, () -> streams.readMessages("none", Offset.BEGINNING));
        refuses(ErrorKind.NOT_FOUND, () -> streams.follow("none", Offset.BEGINNING));
        assertThat(streams.find("none")).isEmpty();
        assertThat(streams.currentOffset("none")).isEmpty();
        assertThat(streams.delete("none")).isFalse();
    }

    @Test
    void append_without_a_content_type_uses_that_of_the_stream() {
        streams.create("numbers", StreamConfig.of("application/json"));

        assertThat(streams.append("numbers", bytes("[1, 2]"))).isEqualTo(Offset.at(4));

        assertThat(text(streams.read("numbers", Offset.BEGINNING))).isEqualTo("[1,2]");
        assertThat(streams.readMessages("numbers", Offset.at(2)).messages()).hasSize(1);
    }

    @Test
    void delete_tells_whether_there_was_a_stream() {
        streams.create("log", TEXT);
        streams.create(CreateRequest.of("branch", StreamConfig.DEFAULT).withFork(Fork.atTailOf("log")));

        assertThat(streams.delete("log")).isTrue();
        assertThat(streams.delete("log")).as("kept for its fork").isFalse();
        assertThat(streams.find("log")).isEmpty();
    }

    @Test
    void close_gives_the_final_offset_each_time() {
        streams.create(CreateRequest.of("log", TEXT).withBody(bytes("abc")));

        assertThat(streams.close("log")).isEqualTo(Offset.at(3));
        assertThat(streams.close("log")).isEqualTo(Offset.at(3));
        assertThat(streams.find("log")).get().extracting(StreamMetadata::closed).isEqualTo(true);
    }

    @Test
    void append_all_gives_a_refusal_as_a_value() {
        streams.create("a/one", TEXT);

        AppendAllResult result = streams.appendAll(List.of(
                AppendRequest.of("a/one", "text/plain", bytes("x")),
                AppendRequest.of("a/two", "text/plain", bytes("y"))));

        assertThat(result).isInstanceOf(AppendAllResult.RefusedAt.class);
        assertThat(streams.currentOffset("a/one")).contains(Offset.ZERO);
    }

    @Test
    void append_async_gives_a_refusal_as_a_value() {
        assertThat(streams.appendAsync(AppendRequest.closing("none")))
                .isCompletedWithValueMatching(result -> result instanceof Refusal);
    }

    @Test
    void list_gives_a_page_of_streams() {
        streams.create("a", TEXT);
        streams.create("b", TEXT);

        assertThat(streams.list("", null, 1).hasMore()).isTrue();
        assertThat(streams.list("", "a", 1).streams())
                .extracting(StreamMetadata::path)
                .containsExactly("b");
        refuses(ErrorKind.INVALID_PARAMS, () -> streams.list("", null, 0));
    }

    @Test
    void a_page_holds_about_a_mebibyte() {
        streams.create("log", TEXT);
        for (int i = 0; i < 5; i++) {
            streams.append("log", new byte[300 << 10]);
        }

        ReadResult.Page page = streams.read("log", Offset.BEGINNING);

        assertThat(page.next()).isEqualTo(Offset.at(900 << 10));
        assertThat(page.hasMore()).isTrue();
    }

    @Test
    void a_failure_of_the_storage_is_thrown_as_it_is() {
        VarveException failure = new VarveException(ErrorKind.OUT_OF_SPACE, "no space");
        Streams failing = Streams.over(new ForwardingStreamStorage(storage) {
            @Override
            public CompletableFuture<AppendResult> append(AppendRequest request) {
                return CompletableFuture.failedFuture(new CompletionException(failure))
                        .thenApply(x -> {
                            throw new AssertionError();
                        });
            }
        });

        assertThatThrownBy(() -> failing.append(AppendRequest.closing("log"))).isSameAs(failure);
    }

    @Test
    void a_storage_that_breaks_its_contract_gives_an_internal_failure() {
        Streams broken = Streams.over(new ForwardingStreamStorage(storage) {
            @Override
            public CompletableFuture<MetadataResult> metadata(String path) {
                return CompletableFuture.failedFuture(new IllegalStateException("broken"));
            }

            @Override
            public CompletableFuture<DeleteResult> delete(String path) {
                CompletableFuture<DeleteResult> cancelled = new CompletableFuture<>();
                cancelled.cancel(false);
                return cancelled;
            }
        });

        fails(ErrorKind.INTERNAL, () -> broken.find("log"));
        fails(ErrorKind.INTERNAL, () -> broken.delete("log"));
    }

    @Test
    void an_interrupted_call_stops_waiting_and_keeps_the_interrupt() {
        Streams stuck = Streams.over(new ForwardingStreamStorage(storage) {
            @Override
            public CompletableFuture<AppendResult> append(AppendRequest request) {
                return new CompletableFuture<>();
            }
        });

        Thread.currentThread().interrupt();

        fails(ErrorKind.TIMEOUT, () -> stuck.append(AppendRequest.closing("log")));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void a_follower_gets_what_is_there_and_then_waits_in_vain() {
        streams.create(CreateRequest.of("log", TEXT).withBody(bytes("abc")));

        try (StreamReader reader = streams.follow("log", Offset.BEGINNING)) {
            assertThat(reader.position()).isEqualTo(Offset.ZERO);
            assertThat(reader.next(NO_WAIT)).map(StorageStreamsTest::text).contains("abc");
            assertThat(reader.position()).isEqualTo(Offset.at(3));
            assertThat(reader.next(Duration.ofMillis(1))).isEmpty();
            assertThat(reader.atEnd()).isFalse();
        }
    }

    @Test
    void a_follower_of_json_sees_no_empty_pages() {
        streams.create("numbers", StreamConfig.of("application/json"));

        try (StreamReader reader = streams.follow("numbers", Offset.BEGINNING)) {
            assertThat(reader.next(NO_WAIT)).isEmpty();
            streams.append("numbers", bytes("7"));
            assertThat(reader.next(NO_WAIT)).map(StorageStreamsTest::text).contains("[7]");
        }
    }

    @Test
    void a_follower_from_now_sees_only_what_comes() {
        streams.create(CreateRequest.of("log", TEXT).withBody(bytes("old")));

        try (StreamReader reader = streams.follow("log", Offset.NOW)) {
            assertThat(reader.position()).isEqualTo(Offset.at(3));
            streams.append("log", bytes("new"));
            assertThat(reader.next(LONG)).map(StorageStreamsTest::text).contains("new");
        }
    }

    @Test
    void an_append_wakes_a_waiting_follower() throws Exception {
        streams.create("log", TEXT);
        try (StreamReader reader = streams.follow("log", Offset.BEGINNING)) {
            Future<Optional<ReadResult.Page>> next = elsewhere(() -> reader.next(LONG));
            streams.append("log", bytes("x"));
            assertThat(next.get()).map(StorageStreamsTest::text).contains("x");
        }
    }

    @Test
    void closing_the_stream_ends_a_waiting_follower() throws Exception {
        streams.create("log", TEXT);
        try (StreamReader reader = streams.follow("log", Offset.BEGINNING)) {
            Future<Optional<ReadResult.Page>> next = elsewhere(() -> reader.next(LONG));
            streams.close("log");
            assertThat(next.get()).isEmpty();
            assertThat(reader.atEnd()).isTrue();
            assertThat(reader.next(LONG)).isEmpty();
        }
    }

    @Test
    void the_last_data_comes_before_the_end() {
        streams.create(CreateRequest.of("log", TEXT).withBody(bytes("abc")).withClosed());

        try (StreamReader reader = streams.follow("log", Offset.BEGINNING)) {
            assertThat(reader.atEnd()).isFalse();
            assertThat(reader.next(LONG)).map(StorageStreamsTest::text).contains("abc");
            assertThat(reader.atEnd()).isTrue();
            assertThat(reader.next(LONG)).isEmpty();
        }
    }

    @Test
    void a_follower_at_the_end_of_a_closed_stream_is_at_its_end_at_once() {
        streams.create(CreateRequest.of("log", TEXT).withBody(bytes("abc")).withClosed());

        try (StreamReader reader = streams.follow("log", Offset.at(3))) {
            assertThat(reader.atEnd()).isTrue();
            assertThat(reader.next(LONG)).isEmpty();
        }
    }

    @Test
    void deleting_the_stream_fails_a_waiting_follower() throws Exception {
        streams.create("log", TEXT);
        try (StreamReader reader = streams.follow("log", Offset.BEGINNING)) {
            Future<Optional<ReadResult.Page>> next = elsewhere(() -> reader.next(LONG));
            streams.delete("log");
            assertThatThrownBy(next::get).hasCauseInstanceOf(RefusedException.class);
        }
    }

    @Test
    void a_follower_does_not_slip_into_a_new_stream_of_the_same_path() {
        streams.create("log", TEXT);
        try (StreamReader reader = streams.follow("log", Offset.BEGINNING)) {
            streams.delete("log");
            streams.create(CreateRequest.of("log", TEXT).withBody(bytes("other")));
            refuses(ErrorKind.NOT_FOUND, () -> reader.next(LONG));
        }
    }

    @Test
    void closing_a_follower_ends_its_waiting_call_and_its_subscription() throws Exception {
        AtomicInteger subscriptions = new AtomicInteger();
        Streams counted = Streams.over(counting(subscriptions));
        counted.create("log", TEXT);
        StreamReader reader = counted.follow("log", Offset.BEGINNING);
        Future<Optional<ReadResult.Page>> next = elsewhere(() -> reader.next(LONG));

        reader.close();
        reader.close();

        assertThat(next.get()).isEmpty();
        assertThat(reader.next(LONG)).isEmpty();
        assertThat(subscriptions).hasValue(0);
    }

    @Test
    void a_refused_follower_leaves_no_subscription() {
        AtomicInteger subscriptions = new AtomicInteger();

        refuses(ErrorKind.NOT_FOUND, () -> Streams.over(counting(subscriptions)).follow("log", Offset.BEGINNING));

        assertThat(subscriptions).hasValue(0);
    }

    @Test
    void an_interrupt_ends_the_wait_of_a_follower() {
        streams.create("log", TEXT);
        try (StreamReader reader = streams.follow("log", Offset.BEGINNING)) {
            Thread.currentThread().interrupt();
            fails(ErrorKind.TIMEOUT, () -> reader.next(LONG));
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void followers_miss_nothing_of_what_many_threads_append() throws Exception {
        int writers = 4;
        int each = 250;
        streams.create("log", TEXT);
        List<Future<String>> followers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            followers.add(elsewhere(() -> {
                StringBuilder seen = new StringBuilder();
                try (StreamReader reader = streams.follow("log", Offset.BEGINNING)) {
                    while (!reader.atEnd()) {
                        reader.next(LONG).map(StorageStreamsTest::text).ifPresent(seen::append);
                    }
                }
                return seen.toString();
            }));
        }
        List<Future<Optional<ReadResult.Page>>> appends = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
            appends.add(elsewhere(() -> {
                for (int i = 0; i < each; i++) {
                    streams.append("log", bytes("x" + i + "\n"));
                }
                return Optional.empty();
            }));
        }
        for (Future<?> append : appends) {
            append.get();
        }
        streams.close("log");

        StringBuilder all = new StringBuilder();
        streams.readMessages("log", Offset.BEGINNING)
                .messages()
                .forEach(message -> all.append(UTF_8.decode(message.data())));
        for (Future<String> follower : followers) {
            assertThat(follower.get()).isEqualTo(all.toString());
        }
    }

    private StreamStorage counting(AtomicInteger subscriptions) {
        return new ForwardingStreamStorage(storage) {
            @Override
            public Subscription subscribe(String path, StreamListener listener) {
                subscriptions.incrementAndGet();
                Subscription subscription = super.subscribe(path, listener);
                boolean[] open = {true};
                return () -> {
                    subscription.close();
                    if (open[0]) {
                        open[0] = false;
                        subscriptions.decrementAndGet();
                    }
                };
            }
        };
    }

    private static <T> Future<T> elsewhere(Callable<T> call) {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            return thread.submit(call);
        } finally {
            thread.shutdown();
        }
    }

    private static void refuses(ErrorKind kind, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOf(RefusedException.class)
                .asInstanceOf(type(RefusedException.class))
                .extracting(VarveException::kind)
                .isEqualTo(kind);
    }

    private static void fails(ErrorKind kind, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOf(VarveException.class)
                .isNotInstanceOf(RefusedException.class)
                .asInstanceOf(type(VarveException.class))
                .extracting(VarveException::kind)
                .isEqualTo(kind);
    }

    private static String text(ReadResult.Page page) {
        return UTF_8.decode(page.data().duplicate()).toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
