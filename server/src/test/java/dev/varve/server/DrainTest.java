package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.testkit.ForwardingStreamStorage;
import dev.varve.testkit.ModelStreamStorage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closing lets what is under way come to its end. */
@Timeout(60)
final class DrainTest {

    private static final int CLIENTS = 24;
    private static final Duration LONG = Duration.ofMinutes(5);

    private static Thread close(TestServer server) {
        return Thread.ofVirtual().start(server.server::close);
    }

    @Test
    void long_polls_end_with_204_and_events_after_a_control() throws Exception {
        TestServer server = TestServer.start(builder -> builder.longPollTimeout(LONG));
        server.create("drained", "hello");
        Thread closing;
        try (RawConnection poll = server.connect();
                RawConnection events = server.connect()) {
            poll.request("GET", "/v1/stream/drained?offset=now&live=long-poll", "");
            events.request("GET", "/v1/stream/drained?offset=now&live=sse", "");
            events.answer();
            events.chunk();
            await().atMost(TestServer.PATIENCE)
                    .untilAsserted(
                            () -> assertThat(server.get("/metrics").body()).contains("varve_live_readers 2.0"));
            closing = close(server);
            RawConnection.Answer answer = poll.answer();
            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(answer.header("stream-next-offset")).isEqualTo("0000000000000000_0000000000000005");
            assertThat(events.chunkText())
                    .startsWith("event: control\ndata:{\"streamNextOffset\":\"0000000000000000_0000000000000005\"");
            assertThat(events.chunk()).isEmpty();
            assertThat(events.endsHere()).isTrue();
        }
        closing.join();
    }

    @Test
    void an_append_under_way_is_finished_and_answered() throws Exception {
        HeldStorage storage = new HeldStorage();
        TestServer server = TestServer.start(storage, builder -> builder);
        server.create("held", "");
        Thread closing;
        try (RawConnection connection = server.connect()) {
            connection.request("POST", "/v1/stream/held", "x", "Content-Type: text/plain");
            await().atMost(TestServer.PATIENCE).until(storage::holdsOne);
            closing = close(server);
            await().atMost(TestServer.PATIENCE).until(() -> refusesConnections(server));
            storage.letGo();
            RawConnection.Answer answer = connection.answer();
            assertThat(answer.status()).isEqualTo(204);
            assertThat(answer.header("connection")).isEqualTo("close");
        }
        closing.join();
    }

    @Test
    void a_request_that_had_left_before_is_answered_although_nobody_has_read_it_yet() throws Exception {
        BlockingStorage storage = new BlockingStorage();
        TestServer server = TestServer.start(storage, builder -> builder);
        server.create("blocks", "");
        server.create("drained", "");
        List<RawConnection> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            RawConnection client = server.connect();
            clients.add(client);
            client.request("POST", "/v1/stream/drained", "x", "Content-Type: text/plain");
            client.answer();
        }
        clients.getFirst().request("POST", "/v1/stream/blocks", "x", "Content-Type: text/plain");
        storage.entered.await();
        for (RawConnection client : clients.subList(1, CLIENTS)) {
            client.request("POST", "/v1/stream/drained", "x", "Content-Type: text/plain");
        }
        Thread closing = close(server);
        await().atMost(TestServer.PATIENCE).until(() -> refusesConnections(server));
        Thread.sleep(100); // the loop that blocks is being told now
        storage.release.countDown();
        for (RawConnection client : clients) {
            assertThat(client.answer().status()).isEqualTo(204);
            client.close();
        }
        closing.join();
    }

    @Test
    void what_does_not_end_in_time_is_cut() throws Exception {
        HeldStorage storage = new HeldStorage();
        TestServer server =
                TestServer.start(storage, builder -> builder.limits(new Limits().drain(Duration.ofMillis(300))));
        server.create("held", "");
        try (RawConnection connection = server.connect()) {
            connection.request("POST", "/v1/stream/held", "x", "Content-Type: text/plain");
            await().atMost(TestServer.PATIENCE).until(storage::holdsOne);
            close(server).join();
            assertThat(connection.endsHere()).isTrue();
        }
    }

    @Test
    void idle_connections_end_and_nobody_new_is_let_in() throws Exception {
        TestServer server = TestServer.start();
        try (RawConnection idle = server.connect()) {
            idle.request("GET", "/healthz", "");
            idle.answer();
            close(server).join();
            assertThat(idle.endsHere()).isTrue();
            assertThatThrownBy(server::connect).isInstanceOf(IOException.class);
            server.server.awaitTermination();
            server.server.close();
        }
    }

    private static boolean refusesConnections(TestServer server) {
        try (RawConnection _ = server.connect()) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** Appends to one stream block the thread that brings them. Thread-safe. */
    private static final class BlockingStorage extends ForwardingStreamStorage {

        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);

        BlockingStorage() {
            super(new ModelStreamStorage());
        }

        @Override
        public CompletableFuture<AppendResult> append(AppendRequest request) {
            if (request.path().equals("blocks")) {
                entered.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return to.append(request);
        }
    }

    /** Appends are answered only when the test lets them go. Thread-safe. */
    private static final class HeldStorage extends ForwardingStreamStorage {

        private record Held(AppendRequest request, CompletableFuture<AppendResult> result) {}

        private volatile @Nullable Held held;

        HeldStorage() {
            super(new ModelStreamStorage());
        }

        @Override
        public CompletableFuture<AppendResult> append(AppendRequest request) {
            Held waiting = new Held(request, new CompletableFuture<>());
            held = waiting;
            return waiting.result;
        }

        boolean holdsOne() {
            return held != null;
        }

        void letGo() {
            Held waiting = Objects.requireNonNull(held);
            waiting.result.complete(to.append(waiting.request).join());
        }
    }
}
