package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.Entries;
import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.ErrorKind;
import dev.varve.api.Subscription;
import dev.varve.api.UnexpectedAnswerException;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.api.spi.CommitListener;
import dev.varve.api.spi.CommittedWrite;
import dev.varve.api.spi.Transport;
import dev.varve.cli.FaultyProxy.Fault;
import dev.varve.client.VarveClient;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What users of DustEcto rely on of what stands between a program and a store; see {@link RepositoryChecklistTest}.
 *
 * <pre>
 * item of the list                                            tests
 * HTTP: list parameters                                       http_lists_*
 * HTTP: get and exists 200/404                                http_gets_*
 * HTTP: put, If-Match, 412, delete, batch of two              http_writes_*, every_transport_*
 * HTTP: subscribe                                             RepositoryChecklistTest.subscribe_over_http_is_not_supported
 * HTTP: space, plus, ~1 and ~0                                http_paths_are_encoded
 * HTTP: 401, 429, 500                                         http_errors_*, TransportFaultsTest
 * SDK: leaf, subtree, miss, exists, acks, conflict            every_transport_*
 * SDK: rejection for too many requests                        http_errors_*, LiveFaultsTest
 * SDK: subscribe, unsubscribe, a foreign event                telling_transports_tell_what_others_write
 * SDK: batch not supported                                    every_transport_makes_batches
 * choice: facade, HTTP, base URL, token, store                choice_*
 * </pre>
 */
@Timeout(240)
final class TransportChecklistTest extends ReachedTest {

    private static final EntryPath A = EntryPath.of("a");

    private static List<String> requests(Reached reached) {
        String store = "/api/stores/" + reached.store.name();
        return reached.sent().stream()
                .map(one -> one.method() + " " + one.target().replace(store, "")
                        + (one.body().isEmpty() ? "" : " " + one.body()))
                .toList();
    }

    // ---- HTTP

    @Test
    void http_lists_by_pattern_limit_and_cursor_as_of_one_moment() {
        Reached reached = by(Transport.Kind.HTTP);
        reached.others
                .entries()
                .write(EntryOp.set(A, EntryValue.of(1)), EntryOp.set(EntryPath.of("b"), EntryValue.of(2)));
        Entries entries = reached.store.entries();
        assertThat(entries.page(EntryPattern.parse("*"), A, 5).entries()).hasSize(1);
        assertThat(requests(reached))
                .containsExactly("GET /status", "GET /entries?limit=5&pattern=%2A&after=a&at_seq=2");
    }

    @Test
    void http_gets_200_and_404_by_one_request_each() {
        Reached reached = by(Transport.Kind.HTTP);
        reached.others.entries().set(A, EntryValue.of(1));
        Transport transport = reached.store.transport();
        assertThat(transport.get(A)).contains(new Entry(A, EntryValue.of(1), EntryType.INTEGER, 1));
        assertThat(requests(reached)).containsExactly("GET /entries/a");
        assertThat(transport.get(EntryPath.of("b"))).isEmpty();
        assertThat(requests(reached)).containsExactly("GET /entries/b");
    }

    @Test
    void http_writes_put_and_delete_as_batches_with_their_conditions_so_that_one_route_has_all() {
        Reached reached = by(Transport.Kind.HTTP);
        Transport transport = reached.store.transport();
        assertThat(((Written) transport.put(A, EntryValue.of(1))).storeSeq()).isEqualTo(1);
        assertThat(requests(reached))
                .containsExactly("POST /entries/batch_write {\"ops\":[{\"op\":\"set\",\"path\":\"a\",\"value\":1}]}");
        Refused refused = (Refused)
                transport.write(List.of(EntryOp.set(A, EntryValue.of(2)).ifMatch(7)));
        assertThat(refused.reason()).isEqualTo(Reason.CONFLICT);
        assertThat(refused.currentRevision()).isEqualTo(1);
        assertThat(requests(reached))
                .containsExactly("POST /entries/batch_write"
                        + " {\"ops\":[{\"op\":\"set\",\"path\":\"a\",\"value\":2,\"if_match\":7}]}");
        assertThat(((Written) transport.delete(A)).storeSeq()).isEqualTo(2);
        assertThat(requests(reached))
                .containsExactly("POST /entries/batch_write {\"ops\":[{\"op\":\"delete\",\"path\":\"a\"}]}");
    }

    @ParameterizedTest
    @CsvSource({
        "a b,       a%20b",
        "a+b,       a%2Bb",
        "a~1b,      a~1b",
        "a~0b,      a~0b",
        "x/50%/y,   x/50%25/y",
        "ä,         %C3%A4",
        "batch,     batch",
        "a/?&#,     a/%3F&%23"
    })
    void http_paths_are_encoded_and_come_back(String path, String onTheWire) {
        Reached reached = by(Transport.Kind.HTTP);
        EntryPath at = EntryPath.parse(path);
        reached.store.entries().set(at, EntryValue.of(1));
        reached.sent();
        Entry found = reached.store.entries().get(at).orElseThrow();
        assertThat(found.path()).isEqualTo(at);
        assertThat(requests(reached)).containsExactly("GET /entries/" + onTheWire);
    }

    @ParameterizedTest
    @CsvSource({
        "401, UNAUTHORIZED, false, false",
        "403, FORBIDDEN, false, false",
        "429, RATE_LIMITED, true, false",
        "500, HTTP, false, true",
    })
    void http_errors_have_a_kind_and_say_whether_to_try_again(
            int status, ErrorKind kind, boolean retryable, boolean unknown) {
        Reached reached = by(Transport.Kind.HTTP);
        world().proxy().once(any -> true, new Fault.Answer(status, Map.of("Retry-After", "30"), "{}"));
        VarveException failure = failure(() -> reached.store.entries().set(A, EntryValue.of(1)));
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.retryable()).isEqualTo(retryable);
        assertThat(failure.outcomeUnknown()).isEqualTo(unknown);
        if (kind == ErrorKind.RATE_LIMITED) {
            assertThat(failure.retryAfter()).contains(Duration.ofSeconds(30));
        }
        assertThat(reached.storeSeq()).isZero();
        if (failure instanceof UnexpectedAnswerException unexpected) {
            assertThat(unexpected.status()).isEqualTo(status);
            assertThat(unexpected.body()).isEqualTo("{}");
        }
    }

    // ---- every transport

    @ParameterizedTest
    @MethodSource("kinds")
    void every_transport_reads_a_leaf_a_subtree_and_what_is_not_there(Transport.Kind kind) {
        Reached reached = by(kind);
        reached.others.entries().set(EntryPath.parse("a/b"), EntryValue.of(1));
        reached.settle();
        Transport transport = reached.store.transport();
        assertThat(transport.kind()).isEqualTo(kind);
        EntryPath leaf = EntryPath.parse("a/b");
        assertThat(transport.get(leaf)).contains(new Entry(leaf, EntryValue.of(1), EntryType.INTEGER, 1));
        assertThat(transport.get(A))
                .contains(new Entry(A, new EntryValue.Fields(Map.of("b", EntryValue.of(1))), EntryType.MAP, 1));
        assertThat(transport.read(A)).contains(new EntryValue.Fields(Map.of("b", EntryValue.of(1))));
        assertThat(transport.get(EntryPath.of("none"))).isEmpty();
        assertThat(transport.exists(A)).isTrue();
        assertThat(transport.exists(EntryPath.of("none"))).isFalse();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void every_transport_answers_writes_with_their_seq_and_conflicts_with_the_current_revision(Transport.Kind kind) {
        Reached reached = by(kind);
        Transport transport = reached.store.transport();
        assertThat(((Written) transport.put(A, EntryValue.of(1))).storeSeq()).isEqualTo(1);
        Refused refused = (Refused) transport.write(List.of(EntryOp.delete(A).ifMatch(9)));
        assertThat(refused.reason()).isEqualTo(Reason.CONFLICT);
        assertThat(refused.currentRevision()).isEqualTo(1);
        assertThat(((Written) transport.delete(A)).storeSeq()).isEqualTo(2);
        assertThatThrownBy(() -> reached.store.entries().write(EntryOp.delete(A).ifMatch(9)))
                .isInstanceOf(EntryRefusedException.class);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void every_transport_makes_batches_the_live_one_too(Transport.Kind kind) {
        Reached reached = by(kind);
        Written written = (Written) reached.store
                .transport()
                .write(List.of(EntryOp.set(A, EntryValue.of(1)), EntryOp.delete(EntryPath.of("b"))));
        assertThat(written.storeSeq()).isEqualTo(2);
        assertThat(written.ops())
                .extracting(op -> op.path() + " " + op.storeSeq())
                .containsExactly("a 1", "b 2");
    }

    @ParameterizedTest
    @MethodSource("telling")
    void telling_transports_tell_what_others_write(Transport.Kind kind) {
        Reached reached = by(kind);
        List<Long> told = new CopyOnWriteArrayList<>();
        CommitListener listener = new CommitListener() {
            @Override
            public void committed(CommittedWrite write) {
                told.add(write.storeSeq());
            }

            @Override
            public void ended(VarveException failure) {
                told.add(-1L);
            }
        };
        Subscription subscription = reached.store.transport().subscribe(EntryPattern.ALL, listener);
        reached.others.entries().set(A, EntryValue.of(1));
        Patience.await().until(() -> told.equals(List.of(1L)));
        subscription.close();
        subscription.close();
        reached.others.entries().set(A, EntryValue.of(2));
        reached.settle();
        assertThat(told).containsExactly(1L);
    }

    // ---- choice

    @ParameterizedTest
    @MethodSource("kinds")
    void choice_is_made_for_each_call(Transport.Kind kind) {
        Reached reached = by(kind);
        assertThat(reached.store.transport().kind()).isEqualTo(kind);
        reached.close();
        assertThat(reached.store.transport().kind())
                .isEqualTo(kind == Transport.Kind.LIVE ? Transport.Kind.HTTP : kind);
    }

    @Test
    void choice_of_the_server_is_this_machine_unless_said_otherwise() {
        assertThat(VarveClient.DEFAULT_URL).isEqualTo(URI.create("http://127.0.0.1:4437"));
    }

    @Test
    void choice_without_a_token_is_refused_for_a_server_elsewhere_and_says_what_to_set() {
        VarveException failure = failure(() -> {
            try (Varve varve = VarveClient.fromEnvironment(Map.of("VARVE_URL", "https://example.org"))
                    .connect()) {
                assertThat(varve).isNull();
            }
        });
        assertThat(failure.kind()).isEqualTo(ErrorKind.UNAUTHORIZED);
        assertThat(failure).hasMessageContaining("VARVE_TOKEN");
    }

    @Test
    void choice_of_the_store_is_the_configured_one_and_without_one_it_says_so() {
        try (Varve varve = VarveClient.builder(world().proxy().url())
                        .store("acme/chosen")
                        .connect();
                Varve none = VarveClient.builder(world().proxy().url()).connect()) {
            assertThat(varve.store().name()).isEqualTo("acme/chosen");
            assertThatThrownBy(none::store).hasMessageContaining("VARVE_STORE");
        }
        assertThatThrownBy(() -> VarveClient.builder(VarveClient.DEFAULT_URL).store("no-slash"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("organisation/name");
    }
}
