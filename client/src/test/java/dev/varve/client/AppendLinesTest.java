package dev.varve.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

final class AppendLinesTest {

    /** What was sent, and the futures to answer it with. */
    private final List<AppendRequest> sent = new ArrayList<>();

    private final List<CompletableFuture<AppendResult>> answers = new ArrayList<>();
    private final AppendLines lines = new AppendLines(request -> {
        sent.add(request);
        CompletableFuture<AppendResult> answer = new CompletableFuture<>();
        answers.add(answer);
        return answer;
    });

    @Test
    void appends_to_one_stream_are_sent_one_after_another_in_order() {
        CompletableFuture<AppendResult> first = lines.add(append("a", 1));
        CompletableFuture<AppendResult> second = lines.add(append("a", 2));
        assertThat(sent).extracting(request -> request.body().length).containsExactly(1);

        answers.get(0).complete(appended(1));
        assertThat(first).isCompletedWithValue(appended(1));
        assertThat(sent).extracting(request -> request.body().length).containsExactly(1, 2);
        assertThat(second).isNotDone();

        answers.get(1).complete(appended(3));
        assertThat(second).isCompletedWithValue(appended(3));
        assertThat(lines.isIdle("a")).isTrue();
    }

    @Test
    void streams_do_not_wait_for_each_other() {
        assertThat(lines.add(append("a", 1))).isNotDone();
        assertThat(lines.add(append("b", 2))).isNotDone();
        assertThat(sent).extracting(AppendRequest::path).containsExactly("a", "b");
    }

    @Test
    void a_refusal_and_a_failure_that_applied_nothing_let_the_next_go() {
        CompletableFuture<AppendResult> refused = lines.add(append("a", 1));
        CompletableFuture<AppendResult> failed = lines.add(append("a", 2));
        CompletableFuture<AppendResult> last = lines.add(append("a", 3));

        answers.get(0).complete(Refusal.notFound("a"));
        answers.get(1).completeExceptionally(new VarveException(ErrorKind.NETWORK, "gone"));
        answers.get(2).complete(appended(3));

        assertThat(refused).isCompletedWithValue(Refusal.notFound("a"));
        assertThat(failed).isCompletedExceptionally();
        assertThat(last).isCompletedWithValue(appended(3));
    }

    @Test
    void behind_an_unknown_outcome_nothing_that_waits_is_sent() {
        CompletableFuture<AppendResult> unknown = lines.add(append("a", 1));
        CompletableFuture<AppendResult> behind = lines.add(append("a", 2));

        answers.get(0).completeExceptionally(new VarveException(ErrorKind.TIMEOUT, "late"));

        assertThat(kindOf(unknown)).isEqualTo(ErrorKind.TIMEOUT);
        assertThat(kindOf(behind)).isEqualTo(ErrorKind.UNAVAILABLE);
        assertThat(sent).hasSize(1);

        assertThat(lines.add(append("a", 3))).isNotDone();
        assertThat(sent).extracting(request -> request.body().length).containsExactly(1, 3);
    }

    @Test
    void more_than_the_bound_does_not_wait() {
        for (int i = 0; i <= AppendLines.MAX_WAITING; i++) {
            assertThat(lines.add(append("a", 1))).isNotDone();
        }
        CompletableFuture<AppendResult> tooMuch = lines.add(append("a", 1));
        assertThat(kindOf(tooMuch)).isEqualTo(ErrorKind.OVERLOADED);
        assertThat(lines.add(append("b", 1))).isNotDone();

        // Those that wait are sent all the same; the one of the other stream is among the answers.
        for (int i = 0; i <= AppendLines.MAX_WAITING + 1; i++) {
            answers.get(i).complete(appended(1));
        }
        assertThat(lines.isIdle("a")).isTrue();
    }

    @Test
    void more_bytes_than_the_bound_do_not_wait() {
        int large = (int) AppendLines.MAX_WAITING_BYTES;
        assertThat(lines.add(append("a", 1))).isNotDone();
        byte[] body = new byte[large];
        assertThat(lines.add(AppendRequest.of("a", "text/plain", body))).isNotDone();
        assertThat(kindOf(lines.add(append("a", 1)))).isEqualTo(ErrorKind.OVERLOADED);
    }

    private static AppendRequest append(String path, int bytes) {
        return AppendRequest.of(path, "text/plain", new byte[bytes]);
    }

    private static AppendResult appended(long next) {
        return new AppendResult.Appended(Offset.at(next), false, null);
    }

    private static ErrorKind kindOf(CompletableFuture<AppendResult> future) {
        assertThat(future).isCompletedExceptionally();
        var failed = assertThatExceptionOfType(CompletionException.class).isThrownBy(future::join);
        ErrorKind[] kind = new ErrorKind[1];
        failed.satisfies(thrown -> assertThat(thrown.getCause())
                .isInstanceOfSatisfying(VarveException.class, known -> kind[0] = known.kind()));
        return kind[0];
    }
}
