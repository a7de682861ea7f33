package dev.varve.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.ErrorKind;
import dev.varve.api.FollowOptions;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.RefusedException;
import dev.varve.api.StreamReader;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.client.StubServer.Reply;
import dev.varve.client.StubServer.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpStreamReaderTest {

    private static final Duration LONG = Duration.ofMinutes(2);

    private final ArrayDeque<AutoCloseable> open = new ArrayDeque<>();
    private final List<VarveException> retried = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    @Test
    void it_catches_up_then_waits_at_the_tail_and_ends_when_the_stream_is_closed() throws IOException {
        StubServer server = script(
                page("ab", 2, "Stream-Cursor", "10"),
                page("cd", 4, "Stream-Up-To-Date", "true", "Stream-Cursor", "11"),
                Reply.of(204, "Stream-Next-Offset", offset(4), "Stream-Up-To-Date", "true", "Stream-Cursor", "12"),
                page("e", 5, "Stream-Up-To-Date", "true", "Stream-Closed", "true"));
        StreamReader reader = follow(server, Offset.ZERO);

        assertThat(readToEnd(reader)).containsExactly("ab", "cd", "e");
        assertThat(reader.position()).isEqualTo(Offset.at(5));
        assertThat(reader.next(LONG)).isEmpty();
        assertThat(server.requests())
                .extracting(Request::target)
                .containsExactly(
                        "/v1/stream/a?offset=" + offset(0),
                        "/v1/stream/a?offset=" + offset(2),
                        "/v1/stream/a?cursor=11&live=long-poll&offset=" + offset(4),
                        "/v1/stream/a?cursor=12&live=long-poll&offset=" + offset(4));
    }

    @Test
    void whatever_fails_on_the_way_nothing_is_skipped_and_nothing_given_twice() throws IOException {
        StubServer server = script(
                page("ab", 2),
                Reply.cut(),
                Reply.of(503),
                page("cd", 4, "Stream-Up-To-Date", "true"),
                Reply.of(500),
                Reply.of(429, "Retry-After", "0"),
                Reply.of(502),
                page("e", 5, "Stream-Up-To-Date", "true", "Stream-Closed", "true"));
        assertThat(readToEnd(follow(server, Offset.ZERO))).containsExactly("ab", "cd", "e");
        // The JDK's client by itself repeats a GET that found its connection cut.
        assertThat(retried)
                .extracting(VarveException::kind)
                .containsExactly(ErrorKind.UNAVAILABLE, ErrorKind.HTTP, ErrorKind.RATE_LIMITED, ErrorKind.UNAVAILABLE);
    }

    @Test
    void an_empty_answer_never_moves_the_position() throws IOException {
        StubServer server = script(
                page("ab", 2, "Stream-Up-To-Date", "true"),
                Reply.of(204, "Stream-Next-Offset", offset(9)),
                page("cd", 4, "Stream-Up-To-Date", "true", "Stream-Closed", "true"));
        assertThat(readToEnd(follow(server, Offset.ZERO))).containsExactly("ab", "cd");
        assertThat(server.requests().get(2).target()).endsWith("offset=" + offset(2));
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 204})
    void a_closed_stream_ends_at_its_tail(int status) throws IOException {
        StubServer server = script(
                page("ab", 2, "Stream-Up-To-Date", "true"),
                Reply.of(
                        status, "Stream-Next-Offset", offset(2), "Stream-Up-To-Date", "true", "Stream-Closed", "true"));
        StreamReader reader = follow(server, Offset.ZERO);
        assertThat(readToEnd(reader)).containsExactly("ab");
        assertThat(reader.atEnd()).isTrue();
    }

    @Test
    void from_now_on_it_gives_only_what_comes() throws IOException {
        StubServer server = script(
                page("", 7, "Stream-Up-To-Date", "true"),
                page("x", 8, "Stream-Up-To-Date", "true", "Stream-Closed", "true"));
        StreamReader reader = follow(server, Offset.NOW);
        assertThat(reader.position()).isEqualTo(Offset.at(7));
        assertThat(readToEnd(reader)).containsExactly("x");
        assertThat(server.requests().get(0).target()).isEqualTo("/v1/stream/a?offset=now");
        assertThat(server.requests().get(1).target()).isEqualTo("/v1/stream/a?live=long-poll&offset=" + offset(7));
    }

    @Test
    void a_wait_that_is_over_loses_nothing_and_asks_no_second_time() throws IOException {
        CountDownLatch appended = new CountDownLatch(1);
        StubServer server = serve(request -> {
            if (!request.target().contains("live")) {
                return page("", 0, "Stream-Up-To-Date", "true");
            }
            await(appended);
            return page("x", 1, "Stream-Up-To-Date", "true", "Stream-Closed", "true");
        });
        StreamReader reader = follow(server, Offset.ZERO);

        assertThat(reader.next(Duration.ofMillis(50))).isEmpty();
        assertThat(reader.next(Duration.ZERO)).isEmpty();
        appended.countDown();

        assertThat(readToEnd(reader)).containsExactly("x");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void closing_ends_a_wait_of_another_thread() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        StubServer server = serve(request -> {
            if (request.target().contains("live")) {
                asked.countDown();
                await(never);
            }
            return page("", 0, "Stream-Up-To-Date", "true");
        });
        StreamReader reader = follow(server, Offset.ZERO);
        CompletableFuture<Optional<ReadResult.Page>> waiting =
                CompletableFuture.supplyAsync(() -> reader.next(Duration.ofDays(1)));
        asked.await();

        reader.close();
        reader.close();

        assertThat(waiting).succeedsWithin(LONG).isEqualTo(Optional.empty());
        never.countDown();
    }

    @Test
    void closing_the_connection_ends_its_readers() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        StubServer server = serve(request -> {
            if (request.target().contains("live")) {
                asked.countDown();
                await(never);
            }
            return page("", 0, "Stream-Up-To-Date", "true");
        });
        Varve varve = VarveClient.builder(server.url()).connect();
        StreamReader reader = varve.streams().follow("a", Offset.ZERO);
        CompletableFuture<Optional<ReadResult.Page>> waiting =
                CompletableFuture.supplyAsync(() -> reader.next(Duration.ofDays(1)));
        asked.await();

        varve.close();

        assertThat(waiting).succeedsWithin(LONG).isEqualTo(Optional.empty());
        never.countDown();
    }

    @Test
    void an_interrupt_ends_a_wait_and_stays() throws IOException {
        StubServer server = script(page("", 0, "Stream-Up-To-Date", "true"));
        StreamReader reader = follow(server, Offset.ZERO);
        Thread.currentThread().interrupt();
        assertThat(reader.next(LONG)).isEmpty();
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void a_stream_that_is_deleted_ends_it_with_a_refusal() throws IOException {
        StubServer server = script(page("ab", 2, "Stream-Up-To-Date", "true"), Reply.of(404));
        StreamReader reader = follow(server, Offset.ZERO);
        assertThat(reader.next(LONG)).isPresent();
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> reader.next(LONG))
                .satisfies(refused -> assertThat(refused.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    }

    @Test
    void a_missing_stream_is_refused_at_once() throws IOException {
        StubServer server = script(Reply.of(404));
        assertThatExceptionOfType(RefusedException.class).isThrownBy(() -> follow(server, Offset.ZERO));
    }

    // ---- by events

    @Test
    void events_go_on_where_the_last_control_event_was() throws IOException {
        StubServer server = script(
                page("ab", 2, "Stream-Up-To-Date", "true"),
                events(data("cd") + control(4, "7", false) + data("lost")),
                Reply.cut(),
                events(data("e") + control(5, "8", false) + data("f") + control(6, null, true)));
        StreamReader reader = followEvents(server);
        assertThat(readToEnd(reader)).containsExactly("ab", "cd", "e", "f");
        assertThat(reader.position()).isEqualTo(Offset.at(6));
        assertThat(server.requests().get(1).target()).isEqualTo("/v1/stream/a?live=sse&offset=" + offset(2));
        assertThat(server.requests().get(1).header("Accept")).isEqualTo("text/event-stream");
        Request last = server.requests().get(server.requests().size() - 1);
        assertThat(last.target()).isEqualTo("/v1/stream/a?cursor=7&live=sse&offset=" + offset(4));
    }

    @Test
    void failures_of_events_pass_and_a_deleted_stream_is_told() throws IOException {
        StubServer server = script(
                page("", 0, "Stream-Up-To-Date", "true"),
                Reply.of(503),
                events(data("a") + control(1, "1", false)),
                Reply.of(429, "Retry-After", "0"),
                Reply.of(404));
        StreamReader reader = followEvents(server);
        assertThat(reader.next(LONG)).isPresent();
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> reader.next(LONG))
                .satisfies(refused -> assertThat(refused.kind()).isEqualTo(ErrorKind.NOT_FOUND));
        assertThat(retried)
                .extracting(VarveException::kind)
                .containsExactly(ErrorKind.UNAVAILABLE, ErrorKind.RATE_LIMITED);
    }

    @Test
    void a_server_without_events_is_followed_by_long_polls() throws IOException {
        StubServer server = script(
                page("", 0, "Stream-Up-To-Date", "true"),
                page("ab", 2, "Stream-Up-To-Date", "true"),
                page("ab", 2, "Stream-Up-To-Date", "true", "Stream-Closed", "true"));
        assertThat(readToEnd(followEvents(server))).containsExactly("ab");
        assertThat(server.requests().get(2).target()).contains("live=long-poll");
    }

    @Test
    void events_that_stop_coming_are_asked_for_again() throws IOException {
        StubServer server = script(
                page("", 0, "Stream-Up-To-Date", "true"),
                events(data("a") + control(1, "1", false)).withUnsentBytes(100),
                events(data("b") + control(2, null, true)));
        Varve varve = VarveClient.builder(server.url())
                .liveTimeout(Duration.ofMillis(300))
                .onRetry((failure, wait) -> retried.add(failure))
                .connect();
        open.push(varve);
        assertThat(readToEnd(varve.streams().follow("a", Offset.ZERO, FollowOptions.EVENTS)))
                .containsExactly("a", "b");
        assertThat(retried).extracting(VarveException::kind).containsExactly(ErrorKind.TIMEOUT);
    }

    private StreamReader followEvents(StubServer server) {
        Varve varve = VarveClient.builder(server.url())
                .onRetry((failure, wait) -> retried.add(failure))
                .connect();
        open.push(varve);
        return varve.streams().follow("a", Offset.ZERO, FollowOptions.EVENTS);
    }

    private static Reply events(String body) {
        return Reply.of(200, "Content-Type", "text/event-stream").withBody(body);
    }

    private static String data(String text) {
        return "event: data\ndata:" + text + "\n\n";
    }

    private static String control(long next, @Nullable String cursor, boolean closed) {
        return "event: control\ndata:{\"streamNextOffset\":\"" + offset(next) + "\""
                + (cursor == null ? "" : ",\"streamCursor\":\"" + cursor + "\"")
                + (closed ? ",\"streamClosed\":true" : ",\"upToDate\":true") + "}\n\n";
    }

    private static Reply page(String body, long next, String... headers) {
        Reply plain = Reply.of(200, headers);
        plain.headers().put("Stream-Next-Offset", offset(next));
        plain.headers().put("Content-Type", "text/plain");
        return plain.withBody(body);
    }

    private static String offset(long position) {
        return Offset.at(position).toString();
    }

    private static List<String> readToEnd(StreamReader reader) {
        List<String> bodies = new ArrayList<>();
        while (!reader.atEnd()) {
            ReadResult.Page page = reader.next(LONG).orElse(null);
            if (page == null) {
                assertThat(reader.atEnd())
                        .as("a page or the end within %s", LONG)
                        .isTrue();
                break;
            }
            bodies.add(UTF_8.decode(page.data()).toString());
        }
        return bodies;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Answers one after another; after the last one no answer comes. */
    private StubServer script(Reply... replies) throws IOException {
        ArrayDeque<Reply> left = new ArrayDeque<>(List.of(replies));
        return serve(request -> {
            Reply next;
            synchronized (left) {
                next = left.poll();
            }
            if (next == null) {
                await(new CountDownLatch(1));
            }
            return next == null ? Reply.cut() : next;
        });
    }

    private StubServer serve(Function<Request, Reply> script) throws IOException {
        StubServer server = new StubServer(script);
        open.push(server);
        return server;
    }

    private StreamReader follow(StubServer server, Offset from) {
        Varve varve = VarveClient.builder(server.url())
                .onRetry((failure, wait) -> retried.add(failure))
                .connect();
        open.push(varve);
        return varve.streams().follow("a", from);
    }
}
