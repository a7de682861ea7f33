package dev.varve.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendCondition;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventQuery;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.LimitExceededException;
import dev.varve.api.NewEvent;
import dev.varve.api.Offset;
import dev.varve.api.StoreTransaction;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.api.TransactionResult.Failure;
import dev.varve.api.TransactionResult.Refused;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.client.StubServer.Reply;
import dev.varve.client.StubServer.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is said to a server of transactions, and what is made of its answers. */
final class HttpTransactionsTest {

    private static final EntryPath A = EntryPath.of("a");
    private static final AggregateId ORDER = new AggregateId("order", "1/2");
    private static final String NOTHING = "{\"commit\":null,\"replayed\":false}";

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

    private StoreTransaction transaction(StubServer server) {
        Varve varve = VarveClient.builder(server.url()).connect();
        open.push(varve);
        return varve.store("acme/app").transaction();
    }

    private static Reply json(int status, String body) {
        return Reply.of(status, "Content-Type", "application/json").withBody(body);
    }

    private static Reply problem(int status, String kind, String more) {
        return Reply.of(status, "Content-Type", "application/problem+json")
                .withBody("{\"type\":\"urn:varve:error:x\",\"title\":\"X\",\"status\":" + status
                        + ",\"detail\":\"so it is\",\"kind\":\"" + kind
                        + "\",\"retryable\":false,\"outcome\":\"not_applied\"" + more + "}");
    }

    private static JsonNode body(Request request) {
        return JsonMapper.shared().readTree(request.body());
    }

    @Test
    void a_transaction_says_every_part_as_the_routes_of_its_face_have_it() throws IOException {
        StubServer server = serve(request -> json(200, """
                {"commit":4711,
                 "entries":{"ops":[{"path":"a","revision":4,"store_seq":4},{"path":"hits","revision":5,"store_seq":5,"value":7},
                                   {"path":"a","revision":null,"store_seq":5}],"store_seq":5},
                 "events":{"first_position":8,"last_position":8,"append_id":8,"aggregates":[
                   {"aggregate":{"type":"order","id":"1/2"},"version_before":-1,"version":0}],"idempotent":false},
                 "streams":[{"path":"acme/app/out","next_offset":"0000000000000000_0000000000000003","closed":true,"duplicate":false}],
                 "replayed":true}"""));
        UUID id = UUID.randomUUID();

        Committed committed = transaction(server)
                .entry(EntryOp.set(A, EntryValue.of(1)).ifMatch(3))
                .event(
                        ORDER,
                        NewEvent.json("Placed", "{\"total\": 1.0}").withId(id).withTags("t"))
                .entry(EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.of("hits"), EntryValue.of(2)))
                .check(ORDER, ExpectedVersion.noStream())
                .condition(new AppendCondition(EventQuery.types("Closed"), 3))
                .tracking("other", 9)
                .append(AppendRequest.of("acme/app/out", "text/plain", "xyz".getBytes(StandardCharsets.UTF_8))
                        .withClose())
                .entry(EntryOp.of(EntryOp.Kind.CHECK, A, null).ifMatch(4))
                .key("ü 1")
                .commit();

        Request post = server.onlyRequest();
        assertThat(post.method()).isEqualTo("POST");
        assertThat(post.target()).isEqualTo("/api/stores/acme/app/transactions");
        assertThat(post.header("content-type")).isEqualTo("application/json");
        assertThat(post.body()).contains("\"data\":{\"total\": 1.0}");
        assertThat(body(post)).isEqualTo(JsonMapper.shared().readTree("""
                {"key":"ü 1","ops":[
                  {"entry":{"op":"set","path":"a","value":1,"if_match":3}},
                  {"event":{"id":"%s","aggregate":{"type":"order","id":"1/2"},"type":"Placed","tags":["t"],"metadata":{},
                            "content_type":"application/json","data":{"total":1.0}}},
                  {"entry":{"op":"increment","path":"hits","value":2}},
                  {"check":{"aggregate":{"type":"order","id":"1/2"},"expected":"noStream"}},
                  {"condition":{"fail_if_events_match":{"items":[{"types":["Closed"],"tags":[],"excluded_types":[]}]},"after":3}},
                  {"tracking":{"source":"other","position":9}},
                  {"stream":{"path":"acme/app/out","content_type":"text/plain","data_base64":"eHl6","close":true}},
                  {"entry":{"op":"check","path":"a","if_match":4}}]}""".formatted(id)));
        assertThat(committed)
                .isEqualTo(new Committed(
                        4711,
                        new Written(
                                List.of(
                                        new Applied(A, 4, true, EntryValue.of(1)),
                                        new Applied(EntryPath.of("hits"), 5, true, EntryValue.of(7)),
                                        new Applied(A, 5, false, null)),
                                5),
                        new EventAppendResult.Appended(
                                8, 8, List.of(new EventAppendResult.Written(ORDER, -1, 0)), false),
                        List.of(new AppendResult.Appended(
                                Offset.parse("0000000000000000_0000000000000003"), true, null)),
                        true));
    }

    @Test
    void one_without_a_key_gets_one_and_is_sent_again_under_it() throws IOException {
        AtomicInteger sent = new AtomicInteger();
        StubServer server = serve(request -> switch (sent.getAndIncrement()) {
            case 0 -> Reply.cut();
            case 1 -> problem(503, "unavailable", "");
            default ->
                json(
                        200,
                        "{\"commit\":7,\"streams\":[{\"path\":\"acme/app/out\",\"next_offset\":"
                                + "\"0000000000000000_0000000000000000\",\"closed\":true,\"duplicate\":false}],\"replayed\":true}");
        });

        Committed committed = transaction(server)
                .append(AppendRequest.closing("acme/app/out"))
                .commit();

        assertThat(committed.number()).isEqualTo(7);
        assertThat(server.requests()).hasSize(3);
        assertThat(server.requests().stream().map(Request::body).distinct()).hasSize(1);
        assertThat(UUID.fromString(body(server.requests().get(0)).path("key").stringValue()))
                .isNotNull();
    }

    @Test
    void a_refusal_has_its_failures() throws IOException {
        StubServer server = serve(request -> problem(
                409,
                "conflict",
                ",\"index\":0,\"failures\":[{\"index\":0,\"kind\":\"conflict\",\"expected\":3,\"actual\":null},"
                        + "{\"index\":-1,\"kind\":\"idempotency_key_reused\",\"expected\":null,\"actual\":9}]"));

        TransactionResult result = transaction(server).set(A, EntryValue.of(1)).tryCommit();

        assertThat(result)
                .isEqualTo(new Refused(List.of(
                        new Failure(0, "conflict", EntryValue.of(3), null),
                        new Failure(-1, TransactionResult.KEY_REUSED, null, EntryValue.of(9)))));
    }

    @Test
    void a_change_that_every_store_refuses_is_not_sent() throws IOException {
        StubServer server = serve(request -> json(200, NOTHING));
        StoreTransaction merging =
                transaction(server).set(A, EntryValue.of(1)).entry(EntryOp.of(EntryOp.Kind.MERGE, A, EntryValue.of(1)));

        assertThat(merging.tryCommit())
                .isEqualTo(new Refused(List.of(new Failure(1, "merge_requires_map_value", null, null))));
        assertThat(server.requests()).isEmpty();
    }

    private static VarveException failure(StoreTransaction transaction) {
        VarveException failure = catchThrowableOfType(VarveException.class, transaction::commit);
        assertThat(failure).isNotNull();
        return failure;
    }

    @Test
    void what_routes_do_not_take_is_not_supported() throws IOException {
        StubServer server = serve(request -> json(200, NOTHING));
        EntryOp fenced = EntryOp.lease(EntryOp.Kind.LEASE, A, new EntryOp.LeaseTerms(1_000, null, null))
                .fencedBy(new EntryOp.Fence(EntryPath.of("lock"), 7));

        assertThat(failure(transaction(server).entry(fenced)).kind()).isEqualTo(ErrorKind.NOT_SUPPORTED);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void failures_have_their_kinds() throws IOException {
        ArrayDeque<Reply> replies = new ArrayDeque<>(List.of(
                problem(409, "closed", ""),
                problem(400, "cross_shard", ",\"index\":0"),
                problem(402, "limit_exceeded", ",\"dimension\":\"keys\",\"current\":10,\"limit\":10"),
                Reply.of(404, "Content-Type", "text/plain").withBody("no such page"),
                json(200, "{\"commit\":7,\"entries\":{\"ops\":[],\"store_seq\":1},\"replayed\":false}"),
                json(200, NOTHING)));
        StubServer server = serve(request -> replies.pop());

        assertThat(failure(transaction(server).set(A, EntryValue.of(1))).kind()).isEqualTo(ErrorKind.CLOSED);
        assertThat(failure(transaction(server).set(A, EntryValue.of(1))).kind()).isEqualTo(ErrorKind.CROSS_SHARD);
        assertThat(failure(transaction(server).set(A, EntryValue.of(1))))
                .isInstanceOfSatisfying(
                        LimitExceededException.class,
                        over -> assertThat(over.limit()).isEqualTo(10));
        assertThat(failure(transaction(server).set(A, EntryValue.of(1))).kind()).isEqualTo(ErrorKind.NOT_IMPLEMENTED);
        assertThat(failure(transaction(server).set(A, EntryValue.of(1))).kind()).isEqualTo(ErrorKind.HTTP);
        assertThat(failure(transaction(server).set(A, EntryValue.of(1))).kind()).isEqualTo(ErrorKind.HTTP);
    }

    @Test
    void checks_alone_need_no_key_and_a_store_that_is_not_to_be_created_is_not() throws IOException {
        StubServer server = serve(request ->
                json(200, "{\"commit\":null,\"events\":{\"aggregates\":[],\"idempotent\":false},\"replayed\":false}"));
        Varve varve = VarveClient.builder(server.url()).connect();
        open.push(varve);
        Transaction checks = Transaction.builder()
                .check(ORDER, ExpectedVersion.exists())
                .createStore(false)
                .build();

        TransactionResult result = varve.store("acme/app")
                .transactions()
                .commit("acme/app", checks)
                .join();

        assertThat(result)
                .isInstanceOfSatisfying(
                        Committed.class,
                        committed -> assertThat(committed.number()).isEqualTo(TransactionResult.NO_COMMIT));
        assertThat(server.onlyRequest().body())
                .isEqualTo(
                        "{\"create_store\":false,\"ops\":[{\"check\":{\"aggregate\":{\"type\":\"order\",\"id\":\"1/2\"},"
                                + "\"expected\":\"exists\"}}]}");
    }

    @Test
    void a_lease_says_where_it_stands() throws IOException {
        StubServer server = serve(request -> json(
                200,
                "{\"commit\":1,\"entries\":{\"ops\":[{\"path\":\"a\",\"revision\":1,\"store_seq\":1,\"value\":{\"_type\":\"lease\","
                        + "\"holder\":\"me\",\"token\":1,\"expires_at\":9}}],\"store_seq\":1},\"replayed\":false}"));
        EntryOp lease = EntryOp.lease(EntryOp.Kind.LEASE, A, new EntryOp.LeaseTerms(1_000, "me", null));

        Committed committed = transaction(server).entry(lease).key("k").commit();

        assertThat(server.onlyRequest().body())
                .isEqualTo(
                        "{\"key\":\"k\",\"ops\":[{\"lease\":{\"op\":\"acquire\",\"ttl_ms\":1000,\"holder\":\"me\",\"path\":\"a\"}}]}");
        Written written = committed.entries();
        assertThat(written).isNotNull();
        assertThat(written.ops().get(0).value()).isInstanceOf(EntryValue.Fields.class);
    }
}
