package dev.varve.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendCondition;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventQuery;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.LimitExceededException;
import dev.varve.api.NewEvent;
import dev.varve.api.Offset;
import dev.varve.api.StoreInfo;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.api.TransactionResult.Failure;
import dev.varve.api.TransactionResult.Refused;
import dev.varve.api.TransactionStorage;
import dev.varve.api.VarveException;
import dev.varve.server.EntriesApi.StoreCalls;
import dev.varve.server.TokenServer.Made;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The route of transactions: what is read out of a body, what is refused and by which op, and what is answered. What commits is a stand-in. */
final class TransactionsTest {

    private static final String ID = "0f6e9a52-7c1d-4d0e-9d58-0a4f8e2b6c11";
    private static final String ENTRY = "{\"entry\":{\"op\":\"set\",\"path\":\"a\",\"value\":1}}";
    private static final String EVENT = "{\"event\":{\"aggregate\":\"order/1\",\"type\":\"T\",\"data\":1}}";

    /** Answers what it is told to. */
    private static final class StandIn implements TransactionStorage {
        private final List<Transaction> committed = new CopyOnWriteArrayList<>();
        private volatile CompletableFuture<TransactionResult> answer = new CompletableFuture<>();

        @Override
        public CompletableFuture<TransactionResult> commit(String store, Transaction transaction) {
            committed.add(transaction);
            return answer;
        }

        Transaction last() {
            return committed.getLast();
        }
    }

    private static final StandIn STORAGE = new StandIn();
    private static final Committed NOTHING = new Committed(TransactionResult.NO_COMMIT, null, null, List.of(), false);

    private static EntriesApi api;
    private StoreCalls store;

    @BeforeAll
    static void start() {
        api = EntriesApi.start(builder -> builder.transactions(STORAGE));
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void freshStore() {
        store = api.freshStore();
        STORAGE.committed.clear();
        STORAGE.answer = CompletableFuture.completedFuture(NOTHING);
    }

    private HttpResponse<String> commit(String body, String... headers) throws Exception {
        return store.send("POST", "/transactions", body, headers);
    }

    private static String ops(String... ops) {
        return "{\"ops\":[" + String.join(",", ops) + "]}";
    }

    private static void assertStatus(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    }

    // ---- what is read

    @Test
    void every_face_is_read_as_its_own_routes_read_it() throws Exception {
        HttpResponse<String> response = commit("""
                {"key":"k-1","ops":[
                  {"entry":{"op":"set","path":"links/dust","value":{"n":1.50},"if_match":7}},
                  {"entry":{"op":"increment","path":"hits","value":2}},
                  {"event":{"aggregate":"order/1/2","id":"%s","type":"Placed","data": {"total": 1.0} ,"tags":["a"]}},
                  {"event":{"type":"Alone","data_base64":"AAE="}},
                  {"check":{"aggregate":{"type":"order","id":"9"},"expected":"noStream"}},
                  {"condition":{"fail_if_events_match":{"items":[{"types":["X"]}]},"after":3}},
                  {"tracking":{"source":"other","position":4}},
                  {"stream":{"path":"%s/out","content_type":"application/json","json": [1, 2.0] ,"close":true}}]}""".formatted(ID, store.name()));
        assertStatus(response, 200);

        Transaction read = STORAGE.last();
        assertThat(read.key()).isEqualTo("k-1");
        assertThat(read.deviceId()).isEqualTo("http:anonymous");
        assertThat(read.createStore()).isTrue();
        assertThat(read.parts()).hasSize(8);
        assertThat(read.parts().get(0))
                .isEqualTo(new Transaction.Entry(
                        EntryOp.set(EntryPath.parse("links/dust"), EntryJson.parse("{\"n\":1.50}".getBytes(UTF_8)))
                                .ifMatch(7)));
        assertThat(read.parts().get(1))
                .isEqualTo(new Transaction.Entry(
                        EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.parse("hits"), EntryValue.of(2))));
        assertThat(read.parts().get(2))
                .isEqualTo(new Transaction.Event(
                        new AggregateId("order", "1/2"),
                        NewEvent.json("Placed", "{\"total\": 1.0}")
                                .withId(UUID.fromString(ID))
                                .withTags("a")));
        assertThat(read.parts().get(3)).isInstanceOfSatisfying(Transaction.Event.class, event -> {
            assertThat(event.aggregate()).isNull();
            assertThat(event.event().data().bytes()).containsExactly(0, 1);
        });
        assertThat(read.parts().get(4))
                .isEqualTo(new Transaction.Check(new AggregateId("order", "9"), ExpectedVersion.noStream()));
        assertThat(read.parts().get(5))
                .isEqualTo(new Transaction.Condition(new AppendCondition(EventQuery.types("X"), 3)));
        assertThat(read.parts().get(6)).isEqualTo(new Transaction.Tracking(new EventAppend.Tracking("other", 4)));
        assertThat(read.parts().get(7)).isInstanceOfSatisfying(Transaction.Append.class, append -> {
            AppendRequest request = append.request();
            assertThat(request.path()).isEqualTo(store.name() + "/out");
            assertThat(request.body()).asString().isEqualTo("[1, 2.0]");
            assertThat(request.close()).isTrue();
        });
    }

    @Test
    void a_key_comes_in_the_head_or_in_the_body() throws Exception {
        assertStatus(commit(ops(ENTRY), "Idempotency-Key", "k"), 200);
        assertThat(STORAGE.last().key()).isEqualTo("k");
        assertStatus(commit("{\"ops\":[" + ENTRY + "],\"key\":\"k\"}", "Idempotency-Key", "k"), 200);
        assertStatus(commit(ops(ENTRY)), 200);
        assertThat(STORAGE.last().key()).isNull();
        assertStatus(commit("{\"create_store\":false,\"ops\":[" + ENTRY + "]}"), 200);
        assertThat(STORAGE.last().createStore()).isFalse();

        assertRefused(commit("{\"ops\":[" + ENTRY + "],\"key\":\"l\"}", "Idempotency-Key", "k"), "invalid_params");
        assertRefused(commit("{\"ops\":[" + ENTRY + "],\"key\":\"\"}"), "invalid_params");
        assertRefused(commit(ops(ENTRY), "Idempotency-Key", "k".repeat(257)), "invalid_params");
        assertRefused(commit(ops(ENTRY), "Idempotency-Key", "k", "Idempotency-Key", "k"), "invalid_params");
    }

    // ---- what makes no sense

    private static void assertRefused(HttpResponse<String> response, String kind) {
        assertThat(TestServer.header(response, "content-type"))
                .as(response.body())
                .isEqualTo(Response.PROBLEM_JSON);
        assertThat(EntriesApi.json(response).at("/kind").asString())
                .as(response.body())
                .isEqualTo(kind);
        assertThat(EntriesApi.json(response).at("/outcome").asString()).isEqualTo("not_applied");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "7 | 400 | invalid_params",
                "{} | 400 | invalid_params",
                "{\"other\":{}} | 400 | invalid_params",
                "{\"entry\":{\"op\":\"set\",\"path\":\"a\",\"value\":1},\"check\":{\"aggregate\":\"a/1\",\"expected\":0}} | 400 | invalid_params",
                "{\"entry\":7} | 400 | invalid_params",
                "{\"lease\":{\"op\":\"acquire\"}} | 400 | invalid_params",
                "{\"lease\":{\"op\":\"renew\",\"path\":\"a\"}} | 400 | invalid_params",
                "{\"stream\":{\"path\":\"acme/none\",\"content_type\":\"text/plain\",\"data\":\"x\"}} | 400 | cross_shard",
                "{\"stream\":{\"path\":\"__x/y\",\"content_type\":\"text/plain\",\"data\":\"x\"}} | 400 | cross_shard",
                "{\"entry\":{\"op\":\"lease\",\"path\":\"a\"}} | 400 | invalid_params",
                "{\"entry\":{\"op\":\"check\",\"path\":\"a\"}} | 400 | invalid_params",
                "{\"entry\":{\"op\":\"set\",\"path\":\"a\",\"value\":1e400}} | 400 | invalid_params",
                "{\"entry\":{\"op\":\"set\",\"path\":\"a\",\"value\":{\"b\":1,\"b\":2}}} | 400 | invalid_params",
                "{\"entry\":{\"op\":\"set\",\"path\":\"a\",\"value\":{\"_type\":\"x\"}}} | 400 | invalid_params",
                "{\"entry\":{\"op\":\"set\",\"path\":\"\",\"value\":1}} | 400 | invalid_params",
                "{\"event\":{\"type\":\"T\"}} | 400 | invalid_params",
                "{\"event\":{\"type\":\"T\",\"data\":null}} | 400 | invalid_params",
                "{\"event\":{\"type\":\"T\",\"data\":1,\"aggregate\":\"order\"}} | 400 | invalid_params",
                "{\"event\":{\"type\":\"T\",\"data\":1,\"typo\":1}} | 400 | invalid_params",
                "{\"check\":{\"aggregate\":\"a/1\"}} | 400 | invalid_params",
                "{\"check\":{\"aggregate\":\"a/1\",\"expected\":-7}} | 400 | invalid_params",
                "{\"condition\":{\"after\":1}} | 400 | invalid_params",
                "{\"tracking\":{\"position\":1}} | 400 | invalid_params",
                "{\"stream\":{\"content_type\":\"text/plain\",\"data\":\"x\"}} | 400 | invalid_params",
                "{\"stream\":{\"path\":\"$STORE/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"typo\":1}} | 400 | invalid_params",
                "{\"stream\":{\"path\":\"$STORE/a\",\"content_type\":\"text/plain\",\"data\":\"x\",\"if_match\":\"now\"}} | 400 | invalid_offset",
                "{\"stream\":[]} | 400 | invalid_params"
            })
    void an_op_that_makes_no_sense_is_named(String op, int status, String kind) throws Exception {
        HttpResponse<String> response = commit(ops(ENTRY, EVENT, op.replace("$STORE", store.name())));
        assertStatus(response, status);
        assertRefused(response, kind);
        assertThat(EntriesApi.json(response).at("/index").asInt(-1))
                .as(response.body())
                .isEqualTo(2);
        assertThat(STORAGE.committed).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "7",
                "[]",
                "{}",
                "{\"ops\":[]}",
                "{\"ops\":{}}",
                "{\"ops\":[" + ENTRY + "],\"ops\":[" + ENTRY + "]}",
                "{\"ops\":[" + ENTRY + "],\"wait_for\":[]}",
                "{\"ops\":[" + ENTRY + "],\"key\":7}",
                "{\"ops\":[" + ENTRY + "]",
                "{\"ops\":[" + ENTRY + "]} {}",
                "{\"ops\":[{\"check\":{\"aggregate\":\"a/1\",\"expected\":\"any\"}}]}",
                "{\"ops\":[{\"tracking\":{\"source\":\"a\",\"position\":1}},{\"tracking\":{\"source\":\"a\",\"position\":2}}]}"
            })
    void a_body_that_is_no_transaction(String body) throws Exception {
        HttpResponse<String> response = commit(body);
        assertStatus(response, 400);
        assertThat(EntriesApi.json(response).at("/kind").asString()).isIn("invalid_params", "invalid_json");
        assertThat(STORAGE.committed).isEmpty();
    }

    @Test
    void what_is_too_much() throws Exception {
        String[] most = new String[Transaction.MAX_PARTS];
        java.util.Arrays.fill(most, EVENT);
        assertStatus(commit(ops(most)), 200);
        String[] more = new String[Transaction.MAX_PARTS + 1];
        java.util.Arrays.fill(more, EVENT);
        HttpResponse<String> tooMany = commit(ops(more));
        assertStatus(tooMany, 413);
        assertRefused(tooMany, "too_large");

        String empty = "[" + "[],".repeat(1_100_000) + "[]]";
        HttpResponse<String> values =
                commit(ops("{\"entry\":{\"op\":\"set\",\"path\":\"a\",\"value\":" + empty + "}}"));
        assertStatus(values, 413);
        assertThat(EntriesApi.json(values).at("/index").asInt(-1)).isZero();
        String half = "[" + "[],".repeat(600_000) + "[]]";
        String op = "{\"entry\":{\"op\":\"set\",\"path\":\"a\",\"value\":" + half + "}}";
        assertThat(EntriesApi.json(commit(ops(op, op))).at("/index").asInt(-1)).isEqualTo(1);

        HttpResponse<String> bytes = commit("{\"ops\":[], \"x\":\"" + "x".repeat(16 << 20) + "\"}");
        assertStatus(bytes, 413);
        assertRefused(bytes, "too_large");
    }

    @Test
    void who_asks_otherwise_is_told_so() throws Exception {
        assertStatus(commit(ops(ENTRY), "Origin", "https://elsewhere.example"), 403);
        assertStatus(store.get("/transactions"), 405);
        assertStatus(api.http.send("POST", "/api/stores/A/b/transactions", ops(ENTRY)), 404);
        HttpResponse<String> text =
                api.http.send("POST", store.url("/transactions"), ops(ENTRY), "Content-Type", "text/plain");
        assertStatus(text, 400);
        assertRefused(text, "invalid_params");
        try (EntriesServer server = EntriesServer.start()) {
            RawConnection connection = server.connect();
            connection.send("POST /api/stores/acme/x/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                    + " application/json\r\nContent-Length: 2\r\n\r\n{}");
            assertThat(connection.answer().text()).contains("not_supported");
            connection.close();
        }
    }

    // ---- what is answered

    @Test
    void a_commit_tells_what_became_of_every_face() throws Exception {
        EntryPath a = EntryPath.parse("a");
        EntryPath hits = EntryPath.parse("hits");
        STORAGE.answer = CompletableFuture.completedFuture(new Committed(
                4711,
                new EntryWriteResult.Written(
                        List.of(
                                new EntryWriteResult.Applied(a, 7, true, EntryValue.of(1)),
                                new EntryWriteResult.Applied(hits, 8, true, EntryValue.of(3)),
                                new EntryWriteResult.Applied(a, 8, false, null)),
                        8),
                new EventAppendResult.Appended(
                        5, 5, List.of(new EventAppendResult.Written(new AggregateId("order", "1"), 2, 3)), false),
                List.of(
                        new AppendResult.Appended(Offset.parse("0000000000000000_0000000000000002"), false, null),
                        new AppendResult.Duplicate(Offset.parse("0000000000000000_0000000000000002"), true, null)),
                true));
        String append =
                "{\"stream\":{\"path\":\"" + store.name() + "/out\",\"content_type\":\"text/plain\",\"data\":\"x\"}}";

        HttpResponse<String> response = commit(ops(
                ENTRY,
                append,
                "{\"entry\":{\"op\":\"increment\",\"path\":\"hits\",\"value\":2}}",
                EVENT,
                append,
                "{\"entry\":{\"op\":\"check\",\"path\":\"a\",\"if_match\":7}}"));

        assertStatus(response, 200);
        assertThat(EntriesApi.json(response)).isEqualTo(EntriesApi.json("""
                {"commit":4711,
                 "entries":{"ops":[{"path":"a","revision":7,"store_seq":7},
                                   {"path":"hits","revision":8,"store_seq":8,"value":3},
                                   {"path":"a","revision":null,"store_seq":8}],"store_seq":8},
                 "events":{"first_position":5,"last_position":5,"append_id":5,
                   "aggregates":[{"aggregate":{"type":"order","id":"1"},"version_before":2,"version":3}],"idempotent":false},
                 "streams":[{"path":"%1$s/out","next_offset":"0000000000000000_0000000000000002","closed":false,"duplicate":false},
                            {"path":"%1$s/out","next_offset":"0000000000000000_0000000000000002","closed":true,"duplicate":true}],
                 "replayed":true}""".formatted(store.name())));
    }

    @Test
    void what_a_transaction_has_no_ops_of_is_absent() throws Exception {
        HttpResponse<String> response = commit(ops(ENTRY));
        assertStatus(response, 200);
        assertThat(response.body()).isEqualTo("{\"commit\":null,\"replayed\":false}");
    }

    @Test
    void a_refusal_tells_of_every_op_that_stood_in_the_way() throws Exception {
        STORAGE.answer = CompletableFuture.completedFuture(new Refused(List.of(
                new Failure(0, "conflict", EntryValue.of(3), EntryValue.of(7)),
                new Failure(2, "wrong_expected_version", EntryValue.of("noStream"), null))));

        HttpResponse<String> response = commit(ops(ENTRY, EVENT, EVENT));

        assertStatus(response, 409);
        assertThat(TestServer.header(response, "content-type")).isEqualTo(Response.PROBLEM_JSON);
        assertThat(EntriesApi.json(response)).isEqualTo(EntriesApi.json("""
                {"type":"urn:varve:error:conflict","title":"Conflict","status":409,
                 "detail":"refused: conflict at op 0, and 1 more","kind":"conflict","retryable":false,
                 "outcome":"not_applied","index":0,"failures":[
                   {"index":0,"kind":"conflict","expected":3,"actual":7},
                   {"index":2,"kind":"wrong_expected_version","expected":"noStream","actual":null}]}"""));

        STORAGE.answer = CompletableFuture.completedFuture(
                new Refused(List.of(new Failure(-1, TransactionResult.KEY_REUSED, null, EntryValue.of(9)))));
        HttpResponse<String> reused = commit(ops(ENTRY), "Idempotency-Key", "k");
        assertStatus(reused, 409);
        assertThat(EntriesApi.json(reused).at("/detail").asString()).isEqualTo("refused: idempotency_key_reused");
        assertThat(EntriesApi.json(reused).has("index")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "cross_shard,400,not_applied",
        "not_found,404,not_applied",
        "closed,409,not_applied",
        "too_large,413,not_applied",
        "overloaded,503,not_applied",
        "outcome_unknown,500,unknown"
    })
    void a_failure_has_its_status(String kind, int status, String outcome) throws Exception {
        ErrorKind failed = ErrorKind.valueOf(kind.toUpperCase(java.util.Locale.ROOT));
        STORAGE.answer = CompletableFuture.failedFuture(new VarveException(failed, "so it is"));
        HttpResponse<String> response = commit(ops(ENTRY));
        assertStatus(response, status);
        assertThat(EntriesApi.json(response).at("/kind").asString()).isEqualTo(kind);
        assertThat(EntriesApi.json(response).at("/outcome").asString()).isEqualTo(outcome);
    }

    @Test
    void a_limit_is_told_with_what_it_is() throws Exception {
        STORAGE.answer = CompletableFuture.failedFuture(
                new LimitExceededException("acme/x", LimitExceededException.Dimension.KEYS, 10, 10));
        HttpResponse<String> response = commit(ops(ENTRY));
        assertStatus(response, 402);
        assertRefused(response, "limit_exceeded");
        assertThat(EntriesApi.json(response).at("/dimension").asString()).isEqualTo("keys");
        assertThat(EntriesApi.json(response).at("/limit").asInt()).isEqualTo(10);
    }

    // ---- tokens

    @Test
    void a_token_needs_the_scope_of_every_face_that_is_written() throws Exception {
        try (TokenServer server = TokenServer.start(builder -> builder.transactions(STORAGE))) {
            StoreInfo mine = server.store("acme/mine");
            StoreInfo other = server.store("acme/other");
            String append = "{\"stream\":{\"path\":\"%s/out\",\"content_type\":\"text/plain\",\"data\":\"x\"}}";
            String path = "/api/stores/acme/mine/transactions";
            String all = ops(ENTRY, EVENT, append.formatted("acme/mine"));
            for (String lacking : Scope.named(Scope.ANY_WRITE)) {
                List<String> scopes = Scope.named(Scope.ANY_WRITE).stream()
                        .filter(scope -> !scope.equals(lacking))
                        .toList();
                Made made = server.selected("acme", scopes, mine);
                HttpResponse<String> response = server.send(made, "POST", path, all);
                assertStatus(response, 403);
                assertThat(response.body()).contains(lacking);
            }
            Made writer = server.selected("acme", Scope.named(Scope.ANY_WRITE), mine);
            assertStatus(server.send(writer, "POST", path, all), 200);
            assertThat(STORAGE.last().createStore()).isFalse();
            assertThat(STORAGE.last().deviceId()).startsWith("http:");
            assertStatus(server.send(writer, "POST", path, ops(append.formatted("acme/other"))), 400);
            assertStatus(
                    server.send(server.selected("acme", List.of(Scope.EVENTS_WRITE), mine), "POST", path, ops(EVENT)),
                    200);
            assertStatus(server.send(server.selected("acme", Scope.ALL, other), "POST", path, ops(EVENT)), 403);
        }
    }
}
