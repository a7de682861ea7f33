package dev.varve.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.MessagesResult.Message;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.client.StubServer.Reply;
import dev.varve.client.StubServer.Request;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpStreamsTest {

    private static final String AT_5 = "0000000000000000_0000000000000005";

    private final java.util.ArrayDeque<AutoCloseable> open = new java.util.ArrayDeque<>();

    @AfterEach
    void closeAll() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    @Test
    void a_creation_says_its_configuration_in_headers() throws IOException {
        StubServer server = serve(request -> Reply.of(201, "Stream-Next-Offset", AT_5, "Content-Type", "text/plain"));
        StreamConfig config = StreamConfig.of("text/plain")
                .withExpiresAt(Instant.parse("2030-01-31T12:00:00Z"))
                .withRetention(new Retention(60L, 1_000L, 7L));

        CreateResult result = connect(server)
                .create(CreateRequest.of("logs/a", config)
                        .withBody("hello".getBytes(UTF_8))
                        .withClosed());

        Request put = server.onlyRequest();
        assertThat(put.method()).isEqualTo("PUT");
        assertThat(put.target()).isEqualTo("/v1/stream/logs/a");
        assertThat(put.body()).isEqualTo("hello");
        assertThat(put.headers())
                .containsEntry("content-type", "text/plain")
                .containsEntry("stream-expires-at", "2030-01-31T12:00:00Z")
                .containsEntry("stream-retention-age", "60")
                .containsEntry("stream-retention-bytes", "1000")
                .containsEntry("stream-retention-messages", "7")
                .containsEntry("stream-closed", "true")
                .doesNotContainKey("stream-ttl");
        assertThat(result).isInstanceOf(CreateResult.Created.class);
        assertThat(((CreateResult.Created) result).stream().next()).isEqualTo(Offset.at(5));
    }

    @Test
    void a_time_to_live_of_zero_is_a_value() throws IOException {
        StubServer server = serve(request -> Reply.of(200, "Stream-Next-Offset", AT_5));

        CreateResult result = connect(server).create("a", StreamConfig.DEFAULT.withTtlSeconds(0));

        assertThat(server.onlyRequest().header("stream-ttl")).isEqualTo("0");
        assertThat(result).isInstanceOf(CreateResult.Existing.class);
    }

    @Test
    void a_fork_names_its_source_as_a_path_on_the_server() throws IOException {
        StubServer server = serve(request -> Reply.of(201, "Stream-Next-Offset", AT_5));

        connect(server)
                .create(CreateRequest.of("copy", StreamConfig.DEFAULT).withFork(new Fork("a b/c", Offset.at(5), 2L)));

        assertThat(server.onlyRequest().headers())
                .containsEntry("stream-forked-from", "/v1/stream/a%20b/c")
                .containsEntry("stream-fork-offset", AT_5)
                .containsEntry("stream-fork-sub-offset", "2")
                .doesNotContainKey("content-type");
    }

    @ParameterizedTest
    @CsvSource({
        "plain/path-1.2_x~, /v1/stream/plain/path-1.2_x~",
        "a b?c#d%e, /v1/stream/a%20b%3Fc%23d%25e",
        "grüße, /v1/stream/gr%C3%BC%C3%9Fe"
    })
    void paths_are_percent_encoded(String path, String target) throws IOException {
        StubServer server = serve(request -> Reply.of(200, "Stream-Next-Offset", AT_5));
        connect(server).find(path);
        assertThat(server.onlyRequest().target()).isEqualTo(target);
    }

    @Test
    void an_append_says_its_conditions_in_headers() throws IOException {
        StubServer server = serve(request -> Reply.of(200, "Stream-Next-Offset", AT_5, "Stream-Closed", "true"));

        AppendResult result = connect(server)
                .append(AppendRequest.of("a", "text/plain", "x".getBytes(UTF_8))
                        .withSequence("07")
                        .withProducer(new Producer("p", 0, 0))
                        .withIfMatch(Offset.at(4))
                        .withClose());

        assertThat(server.onlyRequest().headers())
                .containsEntry("content-type", "text/plain")
                .containsEntry("stream-seq", "07")
                .containsEntry("producer-id", "p")
                .containsEntry("producer-epoch", "0")
                .containsEntry("producer-seq", "0")
                .containsEntry("if-match", "\"0000000000000000_0000000000000004\"")
                .containsEntry("stream-closed", "true");
        assertThat(result).isEqualTo(new AppendResult.Appended(Offset.at(5), true, new Producer("p", 0, 0)));
    }

    @Test
    void a_bare_append_takes_the_content_type_of_the_stream_and_remembers_it() throws IOException {
        StubServer server = serve(request -> request.method().equals("HEAD")
                ? Reply.of(200, "Stream-Next-Offset", AT_5, "Content-Type", "text/csv")
                : Reply.of(204, "Stream-Next-Offset", AT_5));
        Streams streams = connect(server);

        streams.append("a", "1".getBytes(UTF_8));
        streams.append("a", "2".getBytes(UTF_8));

        assertThat(server.requests()).extracting(Request::method).containsExactly("HEAD", "POST", "POST");
        assertThat(server.requests().get(2).header("content-type")).isEqualTo("text/csv");
    }

    @Test
    void a_bare_append_looks_again_when_the_remembered_content_type_is_refused() throws IOException {
        AtomicInteger heads = new AtomicInteger();
        StubServer server = serve(request -> {
            if (request.method().equals("HEAD")) {
                String type = heads.getAndIncrement() == 0 ? "text/csv" : "text/plain";
                return Reply.of(200, "Stream-Next-Offset", AT_5, "Content-Type", type);
            }
            boolean first = heads.get() == 1 && request.body().equals("1");
            return first || "text/plain".equals(request.header("content-type"))
                    ? Reply.of(204, "Stream-Next-Offset", AT_5)
                    : Reply.of(409);
        });
        Streams streams = connect(server);
        streams.append("a", "1".getBytes(UTF_8));

        assertThat(streams.append("a", "2".getBytes(UTF_8))).isEqualTo(Offset.at(5));
        assertThat(server.requests())
                .extracting(Request::method)
                .containsExactly("HEAD", "POST", "POST", "HEAD", "POST");
    }

    @Test
    void a_producers_duplicate_tells_the_highest_accepted_sequence() throws IOException {
        StubServer server =
                serve(request -> Reply.of(204, "Stream-Next-Offset", AT_5, "Producer-Epoch", "1", "Producer-Seq", "9"));
        assertThat(connect(server).append(produced(1, 3)))
                .isEqualTo(new AppendResult.Duplicate(Offset.at(5), false, new Producer("p", 1, 9)));
    }

    @Test
    void a_server_that_does_not_know_producers_has_appended() throws IOException {
        StubServer server = serve(request -> Reply.of(204, "Stream-Next-Offset", AT_5));
        assertThat(connect(server).append(produced(1, 3)))
                .isEqualTo(new AppendResult.Appended(Offset.at(5), false, new Producer("p", 1, 3)));
    }

    @Test
    void a_duplicate_without_the_tail_is_completed_by_looking_for_it() throws IOException {
        StubServer server = serve(request -> request.method().equals("HEAD")
                ? Reply.of(200, "Stream-Next-Offset", AT_5)
                : Reply.of(204, "Producer-Epoch", "0", "Producer-Seq", "0"));
        AppendResult expected = new AppendResult.Duplicate(Offset.at(5), false, new Producer("p", 0, 0));
        assertThat(connect(server).append(produced(0, 0))).isEqualTo(expected);
        assertThat(connect(server).appendAsync(produced(0, 0)).join()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 |                          | INVALID_PARAMS       | true",
                "401 |                          | UNAUTHORIZED          | true",
                "403 |                          | FORBIDDEN             | true",
                "403 | Producer-Epoch: 7        | PRODUCER_FENCED       | true",
                "404 |                          | NOT_FOUND             | true",
                "405 |                          | METHOD_NOT_ALLOWED    | true",
                "409 |                          | CONTENT_TYPE_MISMATCH | true",
                "409 | Stream-Closed: true      | CLOSED                | true",
                "409 | Producer-Expected-Seq: 3 | PRODUCER_GAP          | true",
                "410 |                          | GONE                  | true",
                "410 | Stream-Earliest-Offset: 0000000000000000_0000000000000005 | COMPACTED | true",
                "412 |                          | PRECONDITION_FAILED   | true",
                "413 |                          | TOO_LARGE             | true",
                "429 |                          | RATE_LIMITED          | false",
                "500 |                          | HTTP                  | false",
                "501 |                          | NOT_IMPLEMENTED       | false",
                "502 |                          | TIMEOUT               | false",
                "503 |                          | UNAVAILABLE           | false",
                "504 |                          | TIMEOUT               | false",
                "507 |                          | OUT_OF_SPACE          | false",
                "302 | Location: /elsewhere     | HTTP              | false",
                "418 |                          | HTTP              | false"
            })
    void a_status_without_a_known_kind_is_read_with_its_headers(
            int status, String header, ErrorKind kind, boolean refusal) throws IOException {
        StubServer server = serve(request -> header == null
                ? Reply.of(status)
                : Reply.of(status, header.split(": ", 2)[0], header.split(": ", 2)[1]));

        VarveException failure = failureOf(() -> connect(server).append(appended("x")));

        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure instanceof RefusedException).isEqualTo(refusal);
        assertThat(failure).hasMessageContaining("POST /v1/stream/a").hasMessageContaining("" + status);
    }

    @Test
    void the_kind_in_a_problem_body_beats_the_status() throws IOException {
        StubServer server = serve(request -> Reply.of(409, "Content-Type", "application/problem+json")
                .withBody("{\"kind\":\"sequence_conflict\",\"detail\":\"it must be greater\",\"status\":409}"));
        RefusedException refused =
                (RefusedException) failureOf(() -> connect(server).append(appended("x")));
        assertThat(refused.refusal()).isEqualTo(Refusal.of(ErrorKind.SEQUENCE_CONFLICT, "it must be greater"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"kind\":\"from_the_future\"}", "{\"kind\":7}", "{broken", "[]", "null", ""})
    void a_body_that_says_nothing_known_leaves_it_to_the_status(String body) throws IOException {
        StubServer server = serve(request ->
                Reply.of(404, "Content-Type", "application/problem+json").withBody(body));
        assertThat(failureOf(() -> connect(server).append(appended("x"))).kind())
                .isEqualTo(ErrorKind.NOT_FOUND);
    }

    @Test
    void refusals_carry_their_fields() throws IOException {
        StubServer server = serve(request ->
                Reply.of(409, "Producer-Expected-Seq", "3", "Producer-Received-Seq", "8", "Stream-Next-Offset", AT_5));
        RefusedException refused =
                (RefusedException) failureOf(() -> connect(server).append(produced(0, 8)));
        assertThat(refused.refusal().expectedSequence()).isEqualTo(3);
        assertThat(refused.refusal().receivedSequence()).isEqualTo(8);
        assertThat(refused.refusal().offset()).isEqualTo(Offset.at(5));
    }

    @Test
    void an_asynchronous_refusal_is_a_value() throws IOException {
        StubServer server = serve(request -> Reply.of(404));
        assertThat(connect(server).appendAsync(appended("x")).join())
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    }

    @Test
    void a_busy_server_says_when_to_come_back() throws IOException {
        StubServer server = serve(request -> Reply.of(503, "Retry-After", "7"));
        VarveException failure = failureOf(() -> connect(server).append(appended("x")));
        assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
        assertThat(failure.retryable()).isTrue();
    }

    @Test
    void a_server_that_is_not_there_is_a_network_failure_and_nothing_was_applied() throws IOException {
        int port;
        try (ServerSocket taken = new ServerSocket(0)) {
            port = taken.getLocalPort();
        }
        Streams streams = connect(VarveClient.builder(URI.create("http://127.0.0.1:" + port)));
        VarveException failure = failureOf(() -> streams.append(appended("x")));
        assertThat(failure.kind()).isEqualTo(ErrorKind.NETWORK);
        assertThat(failure).hasMessageContaining("cannot reach http://127.0.0.1:" + port);
    }

    @Test
    void a_write_whose_answer_is_lost_may_have_been_applied_and_is_not_repeated() throws IOException {
        StubServer server = serve(request -> Reply.cut());
        VarveException failure = failureOf(() -> connect(server).append(appended("x")));
        assertThat(failure.kind()).isEqualTo(ErrorKind.TIMEOUT);
        assertThat(failure).hasMessageContaining("it may have been applied");
        assertThat(failure.retryable()).isFalse();
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void a_write_on_a_connection_used_before_is_not_repeated_either() throws IOException {
        AtomicInteger count = new AtomicInteger();
        StubServer server = serve(
                request -> count.getAndIncrement() == 0 ? Reply.of(204, "Stream-Next-Offset", AT_5) : Reply.cut());
        Streams streams = connect(server);
        streams.append(appended("x"));
        assertThat(failureOf(() -> streams.append(appended("y"))).kind()).isEqualTo(ErrorKind.TIMEOUT);
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void a_write_without_an_answer_in_time_may_have_been_applied() throws IOException {
        StubServer server = serve(request -> {
            sleep(Duration.ofSeconds(20));
            return Reply.cut();
        });
        Streams streams = connect(VarveClient.builder(server.url()).requestTimeout(Duration.ofMillis(200)));
        VarveException failure = failureOf(() -> streams.append(appended("x")));
        assertThat(failure.kind()).isEqualTo(ErrorKind.TIMEOUT);
        assertThat(failure).hasMessageContaining("did not answer");
    }

    @Test
    void a_producers_append_is_repeated_until_the_answer_comes() throws IOException {
        AtomicInteger count = new AtomicInteger();
        StubServer server = serve(request -> switch (count.getAndIncrement()) {
            case 0 -> Reply.cut();
            case 1 -> Reply.of(503);
            default -> Reply.of(204, "Stream-Next-Offset", AT_5, "Producer-Epoch", "0", "Producer-Seq", "0");
        });
        assertThat(connect(server).append(produced(0, 0))).isInstanceOf(AppendResult.Duplicate.class);
        assertThat(server.requests()).extracting(Request::body).containsExactly("x", "x", "x");
    }

    @Test
    void an_asynchronous_append_of_a_producer_is_repeated_too_and_the_next_waits_for_it() throws IOException {
        AtomicInteger count = new AtomicInteger();
        StubServer server = serve(
                request -> count.getAndIncrement() == 0 ? Reply.cut() : Reply.of(200, "Stream-Next-Offset", AT_5));
        Streams streams = connect(server);
        var first = streams.appendAsync(produced(0, 0));
        var second = streams.appendAsync(produced(0, 1));
        assertThat(first.join()).isInstanceOf(AppendResult.Appended.class);
        assertThat(second.join()).isInstanceOf(AppendResult.Appended.class);
        assertThat(server.requests())
                .extracting(request -> request.header("producer-seq"))
                .containsExactly("0", "0", "1");
    }

    @Test
    void a_failure_is_thrown_with_the_stack_of_the_caller() throws IOException {
        StubServer server = serve(request -> Reply.cut());
        assertThat(failureOf(() -> connect(server).append(appended("x"))).getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(HttpStreamsTest.class.getName()));
    }

    @Test
    void a_read_is_repeated_until_the_answer_comes() throws IOException {
        AtomicInteger count = new AtomicInteger();
        StubServer server = serve(request -> count.getAndIncrement() == 0
                ? Reply.cut()
                : Reply.of(200, "Stream-Next-Offset", AT_5).withBody("hello"));
        assertThat(connect(server).read("a", Offset.ZERO).next()).isEqualTo(Offset.at(5));
    }

    @Test
    void repeating_ends_when_its_time_is_over() throws IOException {
        StubServer server = serve(request -> Reply.of(503));
        Streams streams = connect(VarveClient.builder(server.url()).retryFor(Duration.ZERO));
        assertThat(failureOf(() -> streams.read("a", Offset.ZERO)).kind()).isEqualTo(ErrorKind.UNAVAILABLE);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void a_page_tells_where_it_lies() throws IOException {
        StubServer server = serve(request -> Reply.of(
                        200, "Stream-Next-Offset", AT_5, "Content-Type", "text/plain", "Stream-Up-To-Date", "true")
                .withBody("abc"));
        ReadResult.Page page = connect(server).read("a", Offset.at(2));
        assertThat(server.onlyRequest().target()).isEqualTo("/v1/stream/a?offset=0000000000000000_0000000000000002");
        assertThat(page.start()).isEqualTo(Offset.at(2));
        assertThat(page.next()).isEqualTo(Offset.at(5));
        assertThat(page.hasMore()).isFalse();
        assertThat(page.closed()).isFalse();
        assertThat(UTF_8.decode(page.data()).toString()).isEqualTo("abc");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-1  | text/plain       | abc     | 2",
                "now | text/plain       | ''      | 5",
                "-1  | application/json | [1,2]   | 1",
                "-1  | application/json | []      | 5",
                "now | application/json | []      | 5"
            })
    void sentinels_are_resolved(String from, String type, String body, long start) throws IOException {
        String earliest = Offset.at(start).toString();
        StubServer server = serve(request -> {
            Reply reply = Reply.of(200, "Stream-Next-Offset", AT_5, "Content-Type", type);
            if (request.method().equals("HEAD")) {
                reply.headers().put("Stream-Earliest-Offset", earliest);
            }
            return reply.withBody(body);
        });
        assertThat(connect(server).read("a", Offset.parse(from)).start()).isEqualTo(Offset.at(start));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000000000000000_0000000000000099", "0000000000000003_0000000000000003", "abc.7"})
    void where_a_page_of_another_server_begins_is_not_guessed(String next) throws IOException {
        StubServer server = serve(request -> Reply.of(200, "Stream-Next-Offset", next, "Content-Type", "text/plain")
                .withBody("abc"));
        ReadResult.Page page = connect(server).read("a", Offset.BEGINNING);
        assertThat(page.start()).isEqualTo(Offset.BEGINNING);
        assertThat(page.next()).hasToString(next);
    }

    @Test
    void a_page_from_the_first_byte_needs_no_further_request() throws IOException {
        StubServer server = serve(request -> Reply.of(200, "Stream-Next-Offset", AT_5, "Content-Type", "text/plain")
                .withBody("abcde"));
        assertThat(connect(server).read("a", Offset.BEGINNING).start()).isEqualTo(Offset.ZERO);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void messages_of_a_json_stream_come_each_with_the_offset_after_it() throws IOException {
        StubServer server = serve(request -> Reply.of(
                        200,
                        "Stream-Next-Offset",
                        "0000000000000000_0000000000000022",
                        "Content-Type",
                        "application/json")
                .withBody("[{\"a\":[1,2]},\"],\"]"));
        List<Message> messages = connect(server).readMessages("a", Offset.at(5)).messages();
        assertThat(messages)
                .extracting(message -> UTF_8.decode(message.data().duplicate()).toString())
                .containsExactly("{\"a\":[1,2]}", "\"],\"");
        assertThat(messages).extracting(Message::next).containsExactly(Offset.at(17), Offset.at(22));
    }

    @Test
    void messages_of_a_server_that_counts_otherwise_are_refused_by_name() throws IOException {
        StubServer server = serve(request -> Reply.of(
                        200,
                        "Stream-Next-Offset",
                        "0000000000000000_0000000000000099",
                        "Content-Type",
                        "application/json")
                .withBody("[1]"));
        VarveException failure = failureOf(() -> connect(server).readMessages("a", Offset.at(5)));
        assertThat(failure.kind()).isEqualTo(ErrorKind.NOT_SUPPORTED);
        assertThat(failure).hasMessageContaining("in another way than Varve");
    }

    @ParameterizedTest
    @ValueSource(strings = {"12", "abc", "0000000000000000_000000000000000x", "1-2", "a%b;c"})
    void an_offset_of_another_form_is_kept_as_it_is(String offset) throws IOException {
        StubServer server = serve(request -> Reply.of(200, "Stream-Next-Offset", offset));
        Streams streams = connect(server);
        Offset tail = streams.find("a").orElseThrow().next();
        assertThat(tail).hasToString(offset).isEqualTo(Offset.of(offset));
        assertThat(tail.isOpaque()).isTrue();
        streams.read("a", tail);
        assertThat(server.requests().get(1).target())
                .isEqualTo("/v1/stream/a?offset=" + offset.replace("%", "%25").replace(";", "%3B"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a/b", "a,b", "a&b", "now"})
    void an_offset_that_the_protocol_does_not_allow_is_named(String offset) throws IOException {
        StubServer server = serve(request -> Reply.of(200, "Stream-Next-Offset", offset));
        VarveException failure = failureOf(() -> connect(server).find("a"));
        assertThat(failure.kind()).isEqualTo(ErrorKind.HTTP);
        assertThat(failure).hasMessageContaining("\"" + offset + "\"");
    }

    // ---- tokens

    @Test
    void a_write_that_was_answered_401_is_sent_again_with_another_token() throws IOException {
        StubServer server = serve(request -> "Bearer new".equals(request.header("Authorization"))
                ? Reply.of(204, "Stream-Next-Offset", AT_5)
                : Reply.of(401));
        ArrayDeque<String> tokens = new ArrayDeque<>(List.of("old", "new"));
        Streams streams = connect(VarveClient.builder(server.url()).token(tokens::remove));
        AppendResult result = streams.append(AppendRequest.of("a", "text/plain", "x".getBytes(UTF_8)));
        assertThat(result).isEqualTo(new AppendResult.Appended(Offset.at(5), false, null));
        assertThat(server.requests()).extracting(Request::body).containsExactly("x", "x");
        assertThat(tokens).isEmpty();
    }

    @Test
    void the_same_token_is_not_tried_twice_and_another_one_only_once() throws IOException {
        StubServer server = serve(request -> Reply.of(401));
        Streams same = connect(VarveClient.builder(server.url()).token(() -> "old"));
        assertThat(failureOf(() -> same.find("a")).kind()).isEqualTo(ErrorKind.UNAUTHORIZED);
        assertThat(server.requests()).hasSize(1);
        AtomicInteger number = new AtomicInteger();
        Streams other = connect(VarveClient.builder(server.url()).token(() -> "t" + number.incrementAndGet()));
        assertThat(failureOf(() -> other.append(AppendRequest.closing("a"))).kind())
                .isEqualTo(ErrorKind.UNAUTHORIZED);
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void an_answer_without_an_offset_hints_at_a_wrong_address() throws IOException {
        StubServer server = serve(request -> Reply.of(200).withBody("<html>hello</html>"));
        VarveException failure = failureOf(() -> connect(server).read("a", Offset.ZERO));
        assertThat(failure.kind()).isEqualTo(ErrorKind.HTTP);
        assertThat(failure).hasMessageContaining("is this the address of a Durable Streams server?");
    }

    @Test
    void an_answer_larger_than_the_bound_is_not_taken() throws IOException {
        StubServer server =
                serve(request -> Reply.of(200, "Stream-Next-Offset", AT_5).withBody("x".repeat((1 << 20) + 1)));
        Streams streams = connect(VarveClient.builder(server.url()).maxAnswerBytes(1 << 20));
        VarveException failure = failureOf(() -> streams.read("a", Offset.ZERO));
        assertThat(failure.kind()).isEqualTo(ErrorKind.HTTP);
        assertThat(failure).hasMessageContaining("1048576 bytes");
    }

    @Test
    void metadata_comes_from_headers() throws IOException {
        StubServer server = serve(request -> Reply.of(
                200,
                "Content-Type",
                "Application/JSON; charset=utf-8",
                "Stream-Next-Offset",
                AT_5,
                "Stream-Earliest-Offset",
                "0000000000000000_0000000000000002",
                "Stream-TTL",
                "60",
                "Stream-Expires-At",
                "2030-01-31T13:00:00.5+01:00",
                "Stream-Retention-Age",
                "9",
                "Stream-Closed",
                "TRUE"));
        assertThat(connect(server).find("a"))
                .contains(new StreamMetadata(
                        "a",
                        "Application/JSON; charset=utf-8",
                        60L,
                        Instant.parse("2030-01-31T12:00:00.5Z"),
                        new Retention(9L, null, null),
                        Offset.at(2),
                        Offset.at(5),
                        true,
                        Instant.EPOCH,
                        0));
    }

    @Test
    void what_is_missing_is_empty_or_false() throws IOException {
        StubServer server = serve(request -> Reply.of(404));
        Streams streams = connect(server);
        assertThat(streams.find("a")).isEmpty();
        assertThat(streams.currentOffset("a")).isEmpty();
        assertThat(streams.delete("a")).isFalse();
    }

    @Test
    void closing_sends_no_data_and_tells_the_final_offset() throws IOException {
        StubServer server = serve(request -> Reply.of(204, "Stream-Next-Offset", AT_5, "Stream-Closed", "true"));
        assertThat(connect(server).close("a")).isEqualTo(Offset.at(5));
        assertThat(server.onlyRequest().body()).isEmpty();
        assertThat(server.onlyRequest().header("stream-closed")).isEqualTo("true");
    }

    @ParameterizedTest
    @ValueSource(strings = {"grün", " a", "a ", "a\nb"})
    void a_value_that_a_header_cannot_carry_is_refused_before_it_is_sent(String sequence) throws IOException {
        StubServer server = serve(request -> Reply.of(204, "Stream-Next-Offset", AT_5));
        VarveException failure =
                failureOf(() -> connect(server).append(appended("x").withSequence(sequence)));
        assertThat(failure.kind()).isEqualTo(ErrorKind.INVALID_PARAMS);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void the_token_is_asked_for_before_each_request() throws IOException {
        StubServer server = serve(request -> Reply.of(204, "Stream-Next-Offset", AT_5));
        AtomicInteger number = new AtomicInteger();
        Streams streams = connect(VarveClient.builder(server.url()).token(() -> "token-" + number.incrementAndGet()));
        streams.append(appended("x"));
        streams.append(appended("x"));
        assertThat(server.requests())
                .extracting(request -> request.header("authorization"))
                .containsExactly("Bearer token-1", "Bearer token-2");
    }

    @Test
    void a_listing_is_asked_for_by_prefix_and_place() throws IOException {
        StubServer server = serve(request -> Reply.of(404));
        VarveException failure = failureOf(() -> connect(server).list("a/&b", "a/ c", 10));
        assertThat(server.onlyRequest().target()).isEqualTo("/v1/streams?after=a%2F%20c&limit=10&prefix=a%2F%26b");
        assertThat(failure.kind()).isEqualTo(ErrorKind.NOT_SUPPORTED);
        assertThat(failure).hasMessageContaining("which only a Varve does");
    }

    @Test
    void a_closed_connection_sends_nothing() throws IOException {
        StubServer server = serve(request -> Reply.of(204, "Stream-Next-Offset", AT_5));
        Varve varve = VarveClient.builder(server.url()).connect();
        varve.close();
        varve.close();
        VarveException failure = failureOf(() -> varve.streams().append(appended("x")));
        assertThat(failure.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
        assertThat(server.requests()).isEmpty();
    }

    private static AppendRequest appended(String body) {
        return AppendRequest.of("a", "text/plain", body.getBytes(UTF_8));
    }

    private static AppendRequest produced(long epoch, long sequence) {
        return appended("x").withProducer(new Producer("p", epoch, sequence));
    }

    private static VarveException failureOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        VarveException failure = catchThrowableOfType(VarveException.class, call);
        assertThat(failure).as("a failure").isNotNull();
        return failure;
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private StubServer serve(Function<Request, Reply> script) throws IOException {
        StubServer server = new StubServer(script);
        open.push(server);
        return server;
    }

    private Streams connect(StubServer server) {
        return connect(VarveClient.builder(server.url()));
    }

    private Streams connect(VarveClient.Builder builder) {
        Varve varve = builder.connect();
        open.push(varve);
        return varve.streams();
    }
}
