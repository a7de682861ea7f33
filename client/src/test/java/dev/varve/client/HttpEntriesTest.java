package dev.varve.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.Entries;
import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.LimitExceededException;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.client.StubServer.Reply;
import dev.varve.client.StubServer.Request;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said to a server of entries, and what is made of its answers. */
final class HttpEntriesTest {

    private static final EntryPath A = EntryPath.of("a");
    private static final String JSON = "application/json";

    private final ArrayDeque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void closeAll() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private StubServer serve(Function<Request, Reply> script) throws IOException {
        StubServer server = new StubServer(script);
        open.push(server);
        return server;
    }

    private Entries connect(VarveClient.Builder builder) {
        Varve varve = builder.connect();
        open.push(varve);
        return varve.store("acme/app").entries();
    }

    private Entries connect(StubServer server) {
        return connect(VarveClient.builder(server.url()));
    }

    private static Reply json(int status, String body) {
        return Reply.of(status, "Content-Type", JSON).withBody(body);
    }

    private static VarveException failure(ThrowingCallable call) {
        VarveException failure = catchThrowableOfType(VarveException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }

    @Test
    void a_write_says_everything_in_its_body() throws IOException {
        StubServer server = serve(request -> json(
                200,
                "{\"ops\":[{\"path\":\"a\",\"revision\":4,\"store_seq\":4},{\"path\":\"b\",\"revision\":5,\"store_seq\":5}],"
                        + "\"store_seq\":5}"));

        connect(server)
                .write(
                        EntryOp.set(A, EntryValue.of(1)).ifMatch(3).expiringAfter(60),
                        EntryOp.set(EntryPath.of("b/c"), EntryValue.of("x"))
                                .onlyIfNone()
                                .fencedBy(new EntryOp.Fence(EntryPath.of("lock"), 7)));

        Request post = server.onlyRequest();
        assertThat(post.method()).isEqualTo("POST");
        assertThat(post.target()).isEqualTo("/api/stores/acme/app/entries/batch_write");
        assertThat(post.header("content-type")).isEqualTo(JSON);
        assertThat(post.body())
                .isEqualTo("{\"ops\":[{\"op\":\"set\",\"path\":\"a\",\"value\":1,\"if_match\":3,\"ttl_ms\":60},"
                        + "{\"op\":\"set\",\"path\":\"b~1c\",\"value\":\"x\",\"if_none\":true,"
                        + "\"fence\":{\"key\":\"lock\",\"token\":7}}]}");
    }

    @Test
    void a_write_whose_answer_is_lost_may_have_been_applied_and_is_not_sent_again() throws IOException {
        StubServer server = serve(request -> Reply.cut());
        VarveException failure = failure(() -> connect(server).set(A, EntryValue.of(1)));

        assertThat(failure.kind()).isEqualTo(ErrorKind.TIMEOUT);
        assertThat(failure.kind().outcomeUnknown()).isTrue();
        assertThat(failure.retryable()).isFalse();
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void a_write_that_the_server_had_no_time_for_is_not_sent_again_either() throws IOException {
        StubServer server =
                serve(request -> json(503, "{\"error\":\"overloaded\",\"kind\":\"overloaded\",\"detail\":\"busy\"}"));
        VarveException failure = failure(() -> connect(server).delete(A));

        assertThat(failure.kind()).isEqualTo(ErrorKind.OVERLOADED);
        assertThat(failure).hasMessage("busy");
        assertThat(failure.retryable()).isTrue();
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void a_read_is_repeated_also_one_whose_paths_stand_in_its_body() throws IOException {
        StubServer server = serve(new Function<>() {
            private int cuts;

            @Override
            public Reply apply(Request request) {
                boolean cut = cuts++ % 2 == 0;
                String many = "{\"entries\":{\"a\":{\"value\":1,\"type\":\"integer\",\"revision\":2}},\"missing\":[]}";
                String one = "{\"path\":\"a\",\"value\":1,\"type\":\"integer\",\"revision\":2}";
                return cut ? Reply.cut() : json(200, request.method().equals("POST") ? many : one);
            }
        });
        Entries entries = connect(server);
        assertThat(entries.get(A)).map(Entry::revision).contains(2L);
        assertThat(entries.getAll(List.of(A))).containsOnlyKeys(A);
        assertThat(server.requests()).hasSize(4);
    }

    @Test
    void reads_that_stay_without_an_answer_have_changed_nothing() throws IOException {
        StubServer server = serve(request -> Reply.cut());
        Entries entries = connect(VarveClient.builder(server.url()).retryFor(Duration.ZERO));
        assertThat(failure(() -> entries.get(A)).kind()).isEqualTo(ErrorKind.NETWORK);
        assertThat(failure(() -> entries.getAll(List.of(A))).kind()).isEqualTo(ErrorKind.NETWORK);
    }

    @Test
    void a_file_at_a_path_like_the_route_of_reads_is_a_write() {
        HttpRequest.Builder post = HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.noBody());
        String root = "http://host/api/stores/acme/app/";
        assertThat(Failures.isRead(post.uri(URI.create(root + "entries/batch")).build()))
                .isTrue();
        for (String write : List.of(
                "entries/batch_write", "entries", "files/entries/batch", "leases/api/stores/a/b/entries/batch")) {
            assertThat(Failures.isRead(post.uri(URI.create(root + write)).build()))
                    .as(write)
                    .isFalse();
        }
    }

    @Test
    void a_total_that_cannot_be_read_does_not_look_as_if_nothing_had_been_done() throws IOException {
        StubServer server = serve(request -> request.method().equals("POST")
                ? json(200, "{\"ops\":[{\"path\":\"a\",\"revision\":4,\"store_seq\":4}],\"store_seq\":4}")
                : json(403, "{\"error\":\"forbidden\",\"kind\":\"forbidden\"}"));
        Entries entries = connect(server);
        VarveException failure = failure(() -> entries.increment(A, 1));
        assertThat(failure.kind()).isEqualTo(ErrorKind.TIMEOUT);
        assertThat(failure).hasMessageContaining("change 4 was made");
        assertThat(entries.write(EntryOp.of(EntryOp.Kind.INCREMENT, A, EntryValue.of(1)))
                        .ops()
                        .get(0)
                        .value())
                .isNull();
    }

    @Test
    void what_makes_no_sense_is_not_sent() throws IOException {
        StubServer server = serve(request -> json(500, "{}"));
        assertThat(failure(() -> connect(server).write(EntryOp.set(A, EntryValue.of("\uD83D"))))
                        .kind())
                .isEqualTo(ErrorKind.INVALID_PARAMS);
        assertThat(server.requests()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "401, unauthorized, UNAUTHORIZED",
        "403, forbidden, FORBIDDEN",
        "400, invalid_params, INVALID_PARAMS",
        "409, compacted, COMPACTED",
        "413, whatever, TOO_LARGE",
        "429, rate_limited, RATE_LIMITED",
        "500, whatever, HTTP",
        "302, whatever, HTTP"
    })
    void answers_without_a_kind_are_understood(int status, String error, ErrorKind kind) throws IOException {
        StubServer server = serve(request -> json(status, "{\"error\":\"" + error + "\"}"));
        Entries entries = connect(VarveClient.builder(server.url()).retryFor(Duration.ZERO));
        assertThat(failure(() -> entries.get(A)).kind()).isEqualTo(kind);
        assertThat(failure(() -> entries.set(A, EntryValue.of(1))).kind()).isEqualTo(kind);
    }

    @Test
    void a_limit_is_told_with_its_numbers() throws IOException {
        StubServer server = serve(
                request -> json(
                        402,
                        "{\"error\":\"limit_exceeded\",\"kind\":\"limit_exceeded\",\"dimension\":\"keys\",\"current\":9,\"limit\":10}"));
        VarveException failure = failure(() -> connect(server).set(A, EntryValue.of(1)));
        assertThat(failure).isInstanceOfSatisfying(LimitExceededException.class, over -> {
            assertThat(over.dimension()).isEqualTo(LimitExceededException.Dimension.KEYS);
            assertThat(over.current()).isEqualTo(9);
            assertThat(over.limit()).isEqualTo(10);
        });
    }

    @Test
    void a_server_without_entries_is_not_an_empty_store() throws IOException {
        StubServer server = serve(request ->
                json(404, "{\"errors\":{\"detail\":\"Not Found\"},\"detail\":\"no route\",\"kind\":\"not_found\"}"));
        assertThat(failure(() -> connect(server).get(A)).kind()).isEqualTo(ErrorKind.NOT_IMPLEMENTED);
    }

    @Test
    void an_answer_that_is_none_is_told_as_such() throws IOException {
        for (String body : List.of("", "[]", "{", "{\"path\":\"a\"}", "{\"path\":\"/\",\"type\":\"map\"}")) {
            StubServer server = serve(request -> json(200, body));
            assertThat(failure(() -> connect(server).get(A)).kind()).as(body).isEqualTo(ErrorKind.HTTP);
        }
    }

    @Test
    void pages_that_do_not_go_on_are_told_as_such() throws IOException {
        StubServer server = serve(request -> json(200, "{\"items\":[],\"next_cursor\":\"a\"}"));
        Entries entries = connect(server);
        assertThat(failure(() -> entries.list(EntryPattern.ALL).toList()).kind())
                .isEqualTo(ErrorKind.HTTP);
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void the_answer_has_a_bound() throws IOException {
        StubServer server = serve(request -> json(
                200, "{\"path\":\"a\",\"value\":\"" + "x".repeat(2 << 20) + "\",\"type\":\"string\",\"revision\":2}"));
        Entries entries = connect(VarveClient.builder(server.url()).maxAnswerBytes(1 << 20));
        assertThat(failure(() -> entries.get(A)).kind()).isEqualTo(ErrorKind.HTTP);
    }

    @Test
    void the_types_in_a_subtree_are_read_as_of_its_revision_and_only_when_it_has_texts() throws IOException {
        StubServer server = serve(
                request -> request.target().contains("/entries?")
                        ? json(
                                200,
                                "{\"items\":[{\"path\":\"a/d\",\"value\":\"1.0\",\"type\":\"decimal\",\"revision\":5}],"
                                        + "\"next_cursor\":null}")
                        : request.target().endsWith("/n")
                                ? json(200, "{\"path\":\"n\",\"value\":{\"d\":1},\"type\":\"map\",\"revision\":7}")
                                : json(
                                        200,
                                        "{\"path\":\"a\",\"value\":{\"d\":\"1.0\",\"t\":\"1.0\"},\"type\":\"map\",\"revision\":7}"));
        Entries entries = connect(server);
        entries.get(EntryPath.of("n"));
        assertThat(server.requests()).hasSize(1);

        EntryValue decimal =
                new EntryValue.Fields(Map.of("_type", EntryValue.of("decimal"), "_typed", EntryValue.of("1.0")));
        assertThat(entries.get(A))
                .map(Entry::value)
                .contains(new EntryValue.Fields(Map.of("d", decimal, "t", EntryValue.of("1.0"))));
        assertThat(server.requests())
                .last()
                .extracting(Request::target)
                .isEqualTo("/api/stores/acme/app/entries?limit=1000&pattern=a%2F%2A%2A&at_seq=7");
    }

    @Test
    void a_file_whose_bytes_are_others_is_not_read_to_its_end() throws IOException {
        String hash = "sha256:" + "0".repeat(64);
        StubServer server = serve(request -> request.target().startsWith("/api/files/")
                ? Reply.of(200).withBody("other")
                : json(
                        200,
                        "{\"path\":\"a\",\"value\":{\"_type\":\"file\",\"hash\":\"" + hash
                                + "\",\"size\":5},\"type\":\"file\",\"revision\":2}"));
        try (var content = connect(server).openFile(A).orElseThrow()) {
            assertThat(failure(content::readAllBytes).kind()).isEqualTo(ErrorKind.CORRUPT);
        }
        assertThat(server.requests())
                .last()
                .extracting(Request::target)
                .isEqualTo("/api/files/sha256%3A" + "0".repeat(64));
    }

    @Test
    void what_the_routes_cannot_say_is_not_supported() throws IOException {
        StubServer server = serve(request -> json(500, "{}"));
        Entries entries = connect(server);
        EntryOp.LeaseTerms terms = new EntryOp.LeaseTerms(1_000, null, null);
        EntryOp lease = EntryOp.lease(EntryOp.Kind.LEASE, A, terms);
        List<ThrowingCallable> calls = List.of(
                () -> entries.write(EntryOp.of(EntryOp.Kind.PUT_FILE, A, EntryValue.of(1))),
                () -> entries.write(EntryOp.set(A, EntryValue.of(1)).labelled(EntryType.COUNTER)),
                () -> entries.write(lease, EntryOp.delete(A)),
                () -> entries.write(lease.fencedBy(new EntryOp.Fence(A, 1))),
                () -> entries.list(EntryPattern.below(EntryPath.of("\\*"))).toList());
        for (ThrowingCallable call : calls) {
            VarveException failure = failure(call);
            assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(ErrorKind.NOT_SUPPORTED);
            assertThat(failure).hasMessageContaining("HTTP");
        }
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void a_store_has_a_name() throws IOException {
        StubServer server = serve(request -> json(500, "{}"));
        Varve varve = VarveClient.builder(server.url()).connect();
        open.push(varve);
        for (String name : List.of("", "acme", "acme/", "Acme/app", "acme/app/x", "acme/../x")) {
            assertThat(failure(() -> varve.store(name)).kind()).as(name).isEqualTo(ErrorKind.INVALID_PARAMS);
        }
    }
}
