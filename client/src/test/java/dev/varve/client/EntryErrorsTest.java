package dev.varve.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.Entries;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.ErrorKind;
import dev.varve.api.UnexpectedAnswerException;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.client.StubServer.Reply;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the answers of a server of entries, Varve's or one that speaks as it, are for a program: kind, detail, whether to try again. */
final class EntryErrorsTest {

    private static final EntryPath A = EntryPath.of("a");

    private final ArrayDeque<AutoCloseable> open = new ArrayDeque<>();

    @AfterEach
    void closeAll() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private Entries entries(URI url) {
        Varve varve = VarveClient.builder(url).retryFor(Duration.ZERO).connect();
        open.push(varve);
        return varve.store("acme/app").entries();
    }

    private Entries answering(Reply reply) throws IOException {
        StubServer server = new StubServer(request -> reply);
        open.push(server);
        return entries(server.url());
    }

    private static Reply json(int status, String body) {
        return Reply.of(status, "Content-Type", "application/json").withBody(body.replace('\'', '"'));
    }

    private static Reply text(int status, String body) {
        return Reply.of(status, "Content-Type", "text/plain").withBody(body);
    }

    private static VarveException failure(ThrowingCallable call) {
        VarveException failure = catchThrowableOfType(VarveException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }

    private static VarveException failedRead(Entries entries) {
        return failure(() -> entries.get(A));
    }

    private static VarveException failedWrite(Entries entries) {
        return failure(() -> entries.set(A, EntryValue.of(1)));
    }

    @Test
    void an_entry_that_is_not_there_is_no_failure() throws IOException {
        assertThat(answering(json(404, "{'error':'not_found'}")).get(A)).isEmpty();
    }

    @Test
    void a_condition_that_does_not_hold_is_a_conflict_with_the_current_revision() throws IOException {
        Entries entries = answering(json(412, "{'error':'conflict','current_revision':7}"));
        for (EntryOp op : new EntryOp[] {
            EntryOp.set(A, EntryValue.of(1)).ifMatch(3), EntryOp.delete(A).ifMatch(3)
        }) {
            EntryRefusedException refused = (EntryRefusedException) failure(() -> entries.write(op));
            assertThat(refused.kind()).isEqualTo(ErrorKind.CONFLICT);
            assertThat(refused.currentRevision()).isEqualTo(7);
            assertThat(refused.retryable()).isFalse();
            assertThat(refused.outcomeUnknown()).isFalse();
        }
    }

    @Test
    void of_several_changes_the_one_whose_condition_does_not_hold_is_told() throws IOException {
        Entries entries = answering(json(412, "{'error':'conflict','op_index':1,'path':'b','current_revision':7}"));
        EntryRefusedException refused = (EntryRefusedException) failure(() -> entries.write(
                EntryOp.delete(A), EntryOp.delete(EntryPath.of("b")).ifMatch(2)));
        assertThat(refused.kind()).isEqualTo(ErrorKind.CONFLICT);
        assertThat(refused.refusal().index()).isEqualTo(1);
        assertThat(refused.refusal().path()).isEqualTo(EntryPath.of("b"));
        assertThat(refused.refusal().reason()).isEqualTo(Reason.CONFLICT);
        assertThat(refused.currentRevision()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource({
        "400, INVALID_PARAMS",
        "401, UNAUTHORIZED",
        "402, LIMIT_EXCEEDED",
        "403, FORBIDDEN",
        "405, NOT_IMPLEMENTED",
        "409, INVALID_PARAMS",
        "412, CONFLICT",
        "413, TOO_LARGE",
        "422, INVALID_PARAMS",
        "426, INVALID_PARAMS",
        "501, NOT_IMPLEMENTED",
        "301, HTTP",
        "418, HTTP"
    })
    void what_a_server_declines_was_not_done_and_is_not_tried_again(int status, ErrorKind kind) throws IOException {
        for (String body : new String[] {"", "no", "{}", "{'error':'some_word'}"}) {
            Entries entries = answering(json(status, body));
            for (VarveException failure : new VarveException[] {failedRead(entries), failedWrite(entries)}) {
                assertThat(failure.kind()).as("%s", failure).isEqualTo(kind);
                assertThat(failure.retryable()).isFalse();
                assertThat(failure.outcomeUnknown()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Not Found", "{'errors':{'detail':'Not Found'},'kind':'not_found'}", ""})
    void a_route_that_is_missing_is_not_a_missing_entry(String body) throws IOException {
        Reply reply = body.startsWith("{") ? json(404, body) : text(404, body);
        for (VarveException failure : new VarveException[] {
            failedWrite(answering(reply)), failure(() -> answering(reply).delete(A)), failedRead(answering(reply))
        }) {
            assertThat(failure).isInstanceOfSatisfying(UnexpectedAnswerException.class, unexpected -> {
                assertThat(unexpected.kind()).isEqualTo(ErrorKind.NOT_IMPLEMENTED);
                assertThat(unexpected.status()).isEqualTo(404);
                assertThat(unexpected.body()).isEqualTo(reply.body());
                assertThat(unexpected.retryable()).isFalse();
                assertThat(unexpected.outcomeUnknown()).isFalse();
            });
            assertThat(failure).hasMessageContaining("it may be older than this client");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 505, 599})
    void a_fault_of_the_server_is_tried_again_by_reads_and_leaves_writes_unknown(int status) throws IOException {
        Entries entries = answering(text(status, "Oops"));
        assertThat(failedRead(entries)).isInstanceOfSatisfying(UnexpectedAnswerException.class, failure -> {
            assertThat(failure.kind()).isEqualTo(ErrorKind.HTTP);
            assertThat(failure.status()).isEqualTo(status);
            assertThat(failure.body()).isEqualTo("Oops");
            assertThat(failure.retryable()).isTrue();
            assertThat(failure.outcomeUnknown()).isFalse();
        });
        assertThat(failedWrite(entries)).satisfies(failure -> {
            assertThat(failure.kind()).isEqualTo(ErrorKind.HTTP);
            assertThat(failure.retryable()).isFalse();
            assertThat(failure.outcomeUnknown()).isTrue();
        });
    }

    @Test
    void varves_own_fault_is_no_foreign_one() throws IOException {
        VarveException failure = failedWrite(answering(json(500, "{'error':'internal','kind':'internal'}")));
        assertThat(failure.kind()).isEqualTo(ErrorKind.INTERNAL);
        assertThat(failure.outcomeUnknown()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "30                            | PT30S",
                " 7                            | PT7S",
                "86400                         | PT24H",
                "999999999999999999            | PT876600H",
                "Wed, 01 Apr 2026 12:01:00 GMT | PT1M",
                "Wed, 01 Apr 2026 11:00:00 GMT | PT0S",
                "soon                          | none",
                "-1                            | none",
                "1.5                           | none"
            })
    void who_asks_too_much_is_told_when_to_come_again(String header, @Nullable Duration wait) throws IOException {
        Reply reply = Reply.of(429, "Retry-After", header, "Date", "Wed, 01 Apr 2026 12:00:00 GMT");
        VarveException failure = failedWrite(answering(reply));
        assertThat(failure.kind()).isEqualTo(ErrorKind.RATE_LIMITED);
        assertThat(failure.retryable()).isTrue();
        assertThat(failure.outcomeUnknown()).isFalse();
        assertThat(failure.retryAfter().orElse(null)).isEqualTo(wait);
    }

    @Test
    void who_is_not_there_was_not_told_anything() throws IOException {
        StubServer gone = new StubServer(request -> Reply.cut());
        gone.close();
        VarveException failure = failedWrite(entries(gone.url()));
        assertThat(failure.kind()).isEqualTo(ErrorKind.NETWORK);
        assertThat(failure.retryable()).isTrue();
        assertThat(failure.outcomeUnknown()).isFalse();
    }

    @Test
    void a_connection_that_breaks_leaves_a_write_unknown() throws IOException {
        Entries entries = answering(Reply.cut());
        assertThat(failedWrite(entries)).satisfies(failure -> {
            assertThat(failure.kind()).isEqualTo(ErrorKind.TIMEOUT);
            assertThat(failure.retryable()).isFalse();
            assertThat(failure.outcomeUnknown()).isTrue();
        });
        assertThat(failedRead(entries)).satisfies(failure -> {
            assertThat(failure.kind()).isEqualTo(ErrorKind.NETWORK);
            assertThat(failure.retryable()).isTrue();
        });
    }

    @Test
    void an_answer_that_cannot_be_read_leaves_a_write_unknown() throws IOException {
        VarveException failure = failedWrite(answering(text(200, "welcome to the guest network")));
        assertThat(failure.kind()).isEqualTo(ErrorKind.HTTP);
        assertThat(failure.retryable()).isFalse();
        assertThat(failure.outcomeUnknown()).isTrue();
    }
}
