package dev.varve.server;

import static dev.varve.server.TestServer.header;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamCapability;
import dev.varve.api.VarveException;
import dev.varve.engine.spi.InlineCommits;
import dev.varve.testkit.ForwardingStreamStorage;
import dev.varve.testkit.ModelStreamStorage;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the server makes of storages that can little, fail, answer late or from other threads, or commit inline. */
final class StorageSeamTest {

    /** A storage without any capability. */
    private static final class BareStorage extends ForwardingStreamStorage {
        BareStorage() {
            super(new ModelStreamStorage());
        }

        @Override
        public Set<StreamCapability> capabilities() {
            return Set.of();
        }
    }

    static Stream<Arguments> needs() {
        return Stream.of(
                Arguments.of("PUT", "/v1/stream/bare", "Stream-TTL", "60"),
                Arguments.of("PUT", "/v1/stream/bare", "Stream-Expires-At", "2100-01-01T00:00:00Z"),
                Arguments.of("PUT", "/v1/stream/bare", "Stream-Retention-Age", "60"),
                Arguments.of("PUT", "/v1/stream/bare", "Stream-Forked-From", "/v1/stream/other"),
                Arguments.of("POST", "/v1/stream/bare", "If-Match", "\"0000000000000000_0000000000000000\""),
                Arguments.of("GET", "/v1/streams", "X-None", ""),
                Arguments.of("POST", "/v1/streams/append", "X-None", ""));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("needs")
    void what_a_storage_cannot_do_is_501(String method, String path, String name, String value) throws Exception {
        try (TestServer server = TestServer.start(new BareStorage(), builder -> builder)) {
            HttpResponse<String> response = server.send(method, path, "", "Content-Type", "text/plain", name, value);
            assertThat(response.statusCode()).isEqualTo(501);
            assertThat(response.body()).contains("\"kind\":\"not_supported\"");
        }
    }

    @Test
    void producers_need_their_capability_and_the_rest_works_without_any() throws Exception {
        try (TestServer server = TestServer.start(new BareStorage(), builder -> builder)) {
            server.create("bare", "hello");
            server.append("bare", " world");
            assertThat(server.get("/v1/stream/bare").body()).isEqualTo("hello world");
            HttpResponse<String> produced = server.send(
                    "POST",
                    "/v1/stream/bare",
                    "x",
                    "Content-Type",
                    "text/plain",
                    "Producer-Id",
                    "p",
                    "Producer-Epoch",
                    "0",
                    "Producer-Seq",
                    "0");
            assertThat(produced.statusCode()).isEqualTo(501);
        }
    }

    /** Every append fails. */
    private static final class FailingStorage extends ForwardingStreamStorage {
        private final RuntimeException failure;

        FailingStorage(RuntimeException failure) {
            super(new ModelStreamStorage());
            this.failure = failure;
        }

        @Override
        public CompletableFuture<AppendResult> append(AppendRequest request) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    @ParameterizedTest
    @EnumSource(ErrorKind.class)
    void every_kind_of_failure_has_its_status_and_says_whether_anything_was_applied(ErrorKind kind) throws Exception {
        VarveException failure = new VarveException(kind, "for \"people\"");
        try (TestServer server = TestServer.start(new FailingStorage(failure), builder -> builder)) {
            HttpResponse<String> response = server.send("POST", "/v1/stream/x", "x", "Content-Type", "text/plain");
            assertThat(response.statusCode()).isEqualTo(Problem.status(kind)).isBetween(400, 599);
            assertThat(response.body())
                    .contains(
                            "\"kind\":\"" + kind.wireName() + '"',
                            "\"detail\":\"for \\\"people\\\"\"",
                            "\"retryable\":" + kind.retryable(),
                            "\"outcome\":\"" + (kind.outcomeUnknown() ? "unknown" : "not_applied") + '"');
            if (kind.retryable()) {
                assertThat(Integer.parseInt(header(response, "retry-after"))).isBetween(1, 5);
            }
        }
    }

    @Test
    void a_storage_that_says_when_to_come_back_is_quoted() throws Exception {
        VarveException failure = new VarveException(ErrorKind.OVERLOADED, "busy", null, Duration.ofMillis(12_100));
        try (TestServer server = TestServer.start(new FailingStorage(failure), builder -> builder)) {
            HttpResponse<String> response = server.send("POST", "/v1/stream/x", "x", "Content-Type", "text/plain");
            assertThat(header(response, "retry-after")).isEqualTo("13");
        }
    }

    @Test
    void a_fault_of_the_storage_is_500_without_its_words() throws Exception {
        try (TestServer server =
                TestServer.start(new FailingStorage(new IllegalStateException("secret")), builder -> builder)) {
            HttpResponse<String> response = server.send("POST", "/v1/stream/x", "x", "Content-Type", "text/plain");
            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.body()).doesNotContain("secret").contains("\"outcome\":\"unknown\"");
        }
    }

    /** Appends wait until somebody runs the sequencer. */
    private static final class InlineStorage extends ForwardingStreamStorage implements InlineCommits {

        private record Waiting(AppendRequest request, CompletableFuture<AppendResult> result) {}

        private final ConcurrentLinkedQueue<Waiting> queue = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<String> threads = new ConcurrentLinkedQueue<>();
        volatile boolean stalled;

        InlineStorage() {
            super(new ModelStreamStorage());
        }

        @Override
        public CompletableFuture<AppendResult> append(AppendRequest request) {
            Waiting waiting = new Waiting(request, new CompletableFuture<>());
            queue.add(waiting);
            return waiting.result;
        }

        @Override
        public boolean isStalled() {
            return stalled;
        }

        @Override
        public synchronized void runPending() {
            threads.add(Thread.currentThread().getName());
            List<Waiting> group = new ArrayList<>();
            for (Waiting next = queue.poll(); next != null; next = queue.poll()) {
                group.add(next);
            }
            for (Waiting waiting : group) {
                waiting.result.complete(to.append(waiting.request).join());
            }
        }
    }

    @Test
    void a_storage_that_commits_inline_is_run_by_the_loops_for_writes_only() throws Exception {
        InlineStorage storage = new InlineStorage();
        try (TestServer server = TestServer.start(storage, builder -> builder)) {
            server.create("inline", "");
            List<RawConnection> writers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                writers.add(server.connect());
            }
            int rounds = 20;
            for (int round = 0; round < rounds; round++) {
                for (RawConnection writer : writers) {
                    writer.request("POST", "/v1/stream/inline", "x", "Content-Type: text/plain");
                }
                for (RawConnection writer : writers) {
                    assertThat(writer.answer().status()).isEqualTo(204);
                }
            }
            for (RawConnection writer : writers) {
                writer.close();
            }
            assertThat(storage.threads).allMatch(name -> name.startsWith("varve-write"));
            assertThat(server.get("/v1/stream/inline").body()).hasSize(20 * rounds);
        }
    }

    @Test
    void while_a_commit_hangs_nobody_new_is_handed_to_the_loop_that_hangs_with_it() throws Exception {
        InlineStorage storage = new InlineStorage();
        try (TestServer server = TestServer.start(storage, builder -> builder);
                RawConnection writer = server.connect();
                RawConnection newcomer = server.connect()) {
            server.create("inline", "");
            writer.request("POST", "/v1/stream/inline", "a", "Content-Type: text/plain");
            assertThat(writer.answer().status()).isEqualTo(204);
            storage.stalled = true;
            newcomer.request("POST", "/v1/stream/inline", "b", "Content-Type: text/plain");
            RawConnection.Answer refused = newcomer.answer();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("retry-after")).isNotEmpty();
            storage.stalled = false;
            newcomer.request("POST", "/v1/stream/inline", "c", "Content-Type: text/plain");
            assertThat(newcomer.answer().status()).isEqualTo(204);
            assertThat(server.get("/v1/stream/inline").body()).isEqualTo("ac");
        }
    }

    /** Every answer comes from another thread, a little later. */
    private static final class LateStorage extends ForwardingStreamStorage {
        private final ExecutorService threads = Executors.newFixedThreadPool(4);

        LateStorage() {
            super(new ModelStreamStorage());
        }

        @Override
        public CompletableFuture<AppendResult> append(AppendRequest request) {
            return CompletableFuture.supplyAsync(() -> to.append(request).join(), threads);
        }

        @Override
        public CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes) {
            return CompletableFuture.supplyAsync(
                    () -> to.read(path, from, maxBytes).join(), threads);
        }

        @Override
        public void close() {
            threads.close();
        }
    }

    @Test
    void answers_from_other_threads_reach_their_connections() throws Exception {
        try (LateStorage storage = new LateStorage();
                TestServer server = TestServer.start(storage, builder -> builder)) {
            server.create("late", "");
            List<Thread> clients = new ArrayList<>();
            int each = 100;
            ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < 16; i++) {
                clients.add(Thread.ofVirtual().start(() -> {
                    try (RawConnection connection = server.connect()) {
                        for (int n = 0; n < each; n++) {
                            connection.request("POST", "/v1/stream/late", "x", "Content-Type: text/plain");
                            assertThat(connection.answer().status()).isEqualTo(204);
                            connection.request("GET", "/v1/stream/late", "");
                            assertThat(connection.answer().status()).isEqualTo(200);
                        }
                    } catch (Throwable e) {
                        failures.add(e);
                    }
                }));
            }
            for (Thread client : clients) {
                client.join();
            }
            assertThat(failures).isEmpty();
            assertThat(server.get("/v1/stream/late").body()).hasSize(16 * each);
        }
    }
}
