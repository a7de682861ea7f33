package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.PATIENCE;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.await;
import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.text;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamChange;
import dev.varve.api.Subscription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds when many threads are at work. Nothing here depends on how the threads happen to run. */
interface StreamConcurrencyRules {

    int THREADS = 8;

    /** One of several tasks that start together. */
    interface Task<T> {
        T run(int thread) throws Exception;
    }

    private static <T> List<T> together(int threads, Task<T> task) {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        CyclicBarrier start = new CyclicBarrier(threads);
        try {
            List<Future<T>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                running.add(executor.submit(() -> {
                    start.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                    return task.run(thread);
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> one : running) {
                results.add(one.get(2 * PATIENCE.toSeconds(), TimeUnit.SECONDS));
            }
            return results;
        } catch (Exception e) {
            throw new AssertionError("a thread failed", e);
        } finally {
            executor.shutdownNow();
        }
    }

    private static <T> long count(List<T> results, Class<? extends T> type) {
        return results.stream().filter(type::isInstance).count();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    default void producers_that_send_everything_twice_are_stored_once_and_in_order(
            int streamCount, StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        int each = 200;
        for (int i = 0; i < streamCount; i++) {
            streams.created("t/" + i, TEXT);
        }

        together(THREADS, thread -> {
            String path = "t/" + thread % streamCount;
            List<CompletableFuture<AppendResult>> started = new ArrayList<>();
            for (int i = 0; i < each; i++) {
                AppendRequest request = AppendRequest.of(path, "text/plain", bytes(thread + ":" + i))
                        .withProducer(new Producer("p" + thread, 0, i));
                started.add(streams.storage().append(request));
                started.add(streams.storage().append(request));
            }
            for (int i = 0; i < started.size(); i++) {
                assertThat(await(started.get(i)))
                        .isInstanceOf(i % 2 == 0 ? AppendResult.Appended.class : AppendResult.Duplicate.class);
            }
            return thread;
        });

        List<String> all = new ArrayList<>();
        for (int i = 0; i < streamCount; i++) {
            all.addAll(streams.messages("t/" + i));
        }
        Map<String, List<String>> byThread = all.stream().collect(groupingBy(item -> item.split(":")[0]));
        assertThat(byThread).hasSize(THREADS);
        byThread.forEach((thread, items) -> assertThat(items)
                .isEqualTo(
                        IntStream.range(0, each).mapToObj(i -> thread + ":" + i).toList()));
    }

    @Test
    default void two_threads_that_play_the_same_producer_store_each_request_once(StreamProbe streams) {
        streams.needs(StreamCapability.PRODUCERS);
        int each = 200;
        streams.created("t/log", TEXT);

        List<Integer> accepted = together(2, thread -> {
            int appended = 0;
            for (int i = 0; i < each; i++) {
                AppendResult result = streams.append(
                        AppendRequest.of("t/log", "text/plain", bytes(i + "\n")).withProducer(new Producer("p", 0, i)));
                assertThat(result).isNotInstanceOf(Refusal.class);
                appended += result instanceof AppendResult.Appended ? 1 : 0;
            }
            return appended;
        });

        assertThat(accepted.stream().mapToInt(Integer::intValue).sum()).isEqualTo(each);
        assertThat(streams.messages("t/log"))
                .isEqualTo(IntStream.range(0, each).mapToObj(i -> i + "\n").toList());
    }

    @Test
    default void answers_to_the_appends_of_one_thread_to_one_stream_come_in_order(StreamProbe streams)
            throws InterruptedException {
        int each = 500;
        streams.created("t/log", TEXT);
        List<Integer> answered = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(each);
        for (int i = 0; i < each; i++) {
            int number = i;
            CompletableFuture<Void> unused = streams.storage()
                    .append(AppendRequest.of("t/log", "text/plain", bytes("x")))
                    .thenAccept(result -> {
                        synchronized (answered) {
                            answered.add(number);
                        }
                        all.countDown();
                    });
            assertThat(unused).isNotNull();
        }

        assertThat(all.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        synchronized (answered) {
            assertThat(answered).isSorted();
        }
    }

    @Test
    default void an_answered_append_can_be_read_at_once_by_everybody(StreamProbe streams) {
        streams.created("t/log", TEXT);

        together(THREADS, thread -> {
            for (int i = 0; i < 100; i++) {
                Offset next = ((AppendResult.Appended)
                                streams.append(AppendRequest.of("t/log", "text/plain", bytes(thread + ":" + i + "\n"))))
                        .next();
                assertThat(streams.tail("t/log")).isGreaterThanOrEqualTo(next);
                assertThat(streams.page("t/log", Offset.NOW).start()).isGreaterThanOrEqualTo(next);
            }
            return thread;
        });

        assertThat(streams.messages("t/log")).hasSize(THREADS * 100).doesNotHaveDuplicates();
    }

    @Test
    default void subscribe_then_read_misses_nothing(StreamProbe streams) throws Exception {
        int total = 1_000;
        streams.created("t/log", TEXT);

        List<String> seen = together(THREADS, thread -> {
            if (thread == 0) {
                for (int i = 0; i < total; i++) {
                    streams.append(AppendRequest.of("t/log", "text/plain", bytes(i + "\n")));
                }
                streams.append(AppendRequest.closing("t/log"));
                return streams.content("t/log");
            }
            StringBuilder content = new StringBuilder();
            Semaphore woken = new Semaphore(0);
            try (Subscription subscription = streams.storage().subscribe("t/log", change -> woken.release())) {
                assertThat(subscription).isNotNull();
                Offset at = Offset.BEGINNING;
                while (true) {
                    ReadResult.Page page = streams.page("t/log", at, 100);
                    content.append(text(page.data()));
                    at = page.next();
                    if (page.closed()) {
                        return content.toString();
                    }
                    if (!page.hasMore()) {
                        assertThat(woken.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                                .as("woken at " + at)
                                .isTrue();
                        woken.drainPermits();
                    }
                }
            }
        });

        assertThat(seen).allMatch(content -> content.equals(seen.get(0)));
        assertThat(seen.get(0).split("\n")).hasSize(total);
    }

    @Test
    default void readers_see_whole_messages_and_a_growing_prefix(StreamProbe streams) {
        streams.created("t/log", JSON);
        AtomicBoolean done = new AtomicBoolean();
        String message = "{\"text\":\"" + "x".repeat(500) + "\"}";

        together(4, thread -> {
            if (thread == 0) {
                try {
                    for (int i = 0; i < 300; i++) {
                        streams.append(AppendRequest.of("t/log", "application/json", bytes("[" + message + ",1]")));
                    }
                } finally {
                    done.set(true);
                }
                return 0;
            }
            Offset tail = Offset.ZERO;
            boolean last;
            do {
                last = done.get();
                ReadResult.Page page = streams.page("t/log", tail);
                String body = text(page.data());
                String inner = body.substring(1, body.length() - 1);
                assertThat(inner.replace(message, "m")).matches("((m|1),)*(m|1)?");
                assertThat(page.next().position() - page.start().position())
                        .as("each message counts its bytes plus one")
                        .isEqualTo(inner.isEmpty() ? 0 : inner.length() + 1);
                tail = page.next();
            } while (!last);
            return 0;
        });

        assertThat(streams.messages("t/log")).hasSize(600);
    }

    @Test
    default void of_appends_with_the_same_condition_one_wins(StreamProbe streams) {
        streams.needs(StreamCapability.CONDITIONAL_APPEND);
        streams.created("t/log", TEXT);

        for (int round = 0; round < 50; round++) {
            Offset tail = Offset.at(round);
            List<AppendResult> results = together(
                    4,
                    thread -> streams.append(
                            AppendRequest.of("t/log", "text/plain", bytes("x")).withIfMatch(tail)));
            assertThat(count(results, AppendResult.Appended.class)).isEqualTo(1);
            assertThat(count(results, Refusal.class)).isEqualTo(3);
        }
    }

    @Test
    default void of_creations_and_deletions_of_one_path_one_wins(StreamProbe streams) {
        for (int round = 0; round < 50; round++) {
            List<CreateResult> creations = together(4, thread -> streams.create(CreateRequest.of("t/log", TEXT)));
            assertThat(count(creations, CreateResult.Created.class)).isEqualTo(1);
            assertThat(count(creations, CreateResult.Existing.class)).isEqualTo(3);

            List<DeleteResult> deletions = together(4, thread -> streams.delete("t/log"));
            assertThat(count(deletions, DeleteResult.Deleted.class)).isEqualTo(1);
        }
    }

    @Test
    default void a_closing_comes_after_every_accepted_append_and_before_every_refused_one(StreamProbe streams) {
        for (int round = 0; round < 20; round++) {
            String path = "t/" + round;
            streams.created(path, TEXT);
            AtomicInteger accepted = new AtomicInteger();

            together(4, thread -> {
                for (int i = 0; i < 50; i++) {
                    boolean closing = thread == 0 && i == 25;
                    AppendResult result = streams.append(
                            closing ? AppendRequest.closing(path) : AppendRequest.of(path, "text/plain", bytes("x")));
                    if (!closing && result instanceof AppendResult.Appended) {
                        accepted.incrementAndGet();
                    }
                }
                return thread;
            });

            assertThat(streams.tail(path)).isEqualTo(Offset.at(accepted.get()));
            assertThat(streams.metadata(path).closed()).isTrue();
        }
    }

    @Test
    default void an_atomic_append_is_never_half_visible(StreamProbe streams) {
        streams.needs(StreamCapability.ATOMIC_APPEND);
        streams.created("t/a", TEXT);
        streams.created("t/b", TEXT);
        AtomicBoolean done = new AtomicBoolean();

        together(4, thread -> {
            if (thread == 0) {
                try {
                    for (int i = 0; i < 500; i++) {
                        streams.appendAll(
                                AppendRequest.of("t/a", "text/plain", bytes("x")),
                                AppendRequest.of("t/b", "text/plain", bytes("x")));
                    }
                } finally {
                    done.set(true);
                }
                return 0;
            }
            String first = thread % 2 == 0 ? "t/a" : "t/b";
            String second = thread % 2 == 0 ? "t/b" : "t/a";
            do {
                Offset seen = thread == 3 ? streams.page(first, Offset.NOW).next() : streams.tail(first);
                assertThat(streams.tail(second))
                        .as("the other half of what %s shows", first)
                        .isGreaterThanOrEqualTo(seen);
            } while (!done.get());
            return 0;
        });
    }

    @Test
    default void a_listener_to_all_hears_an_unbroken_story_before_each_writer(StreamProbe streams) {
        streams.needs(StreamCapability.SUBSCRIBE_ALL);
        Map<String, StreamChange> latest = new HashMap<>();
        List<String> breaks = new ArrayList<>();
        streams.storage().subscribeAll(change -> {
            synchronized (latest) {
                StreamChange before = latest.put(change.path(), change);
                if (before != null && !before.next().equals(change.from())) {
                    breaks.add(before + " then " + change);
                }
            }
        });
        streams.created("t/a", TEXT);
        streams.created("t/b", TEXT);

        together(THREADS, thread -> {
            String path = thread % 2 == 0 ? "t/a" : "t/b";
            for (int i = 0; i < 200; i++) {
                AppendResult.Appended result =
                        (AppendResult.Appended) streams.append(AppendRequest.of(path, "text/plain", bytes("x")));
                synchronized (latest) {
                    StreamChange heard = latest.get(path);
                    assertThat(heard).isNotNull();
                    assertThat(heard.next()).isGreaterThanOrEqualTo(result.next());
                }
            }
            return thread;
        });

        synchronized (latest) {
            assertThat(breaks).isEmpty();
        }
    }

    @Test
    default void appends_race_with_deletion_and_recreation(StreamProbe streams) {
        together(4, thread -> {
            for (int i = 0; i < 100; i++) {
                switch (thread) {
                    case 0 -> streams.create(CreateRequest.of("t/log", TEXT));
                    case 1 -> streams.delete("t/log");
                    case 2 -> streams.append(AppendRequest.of("t/log", "text/plain", bytes("x")));
                    default -> await(streams.storage().readMessages("t/log", Offset.BEGINNING, 100));
                }
            }
            return thread;
        });
        streams.create(CreateRequest.of("t/log", TEXT));

        List<MessagesResult.Message> messages = streams.messagesFrom("t/log", Offset.BEGINNING, 100);
        assertThat(streams.tail("t/log")).isEqualTo(Offset.at(messages.size()));
    }
}
