package dev.varve.pekko;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.VarveException;
import dev.varve.testkit.ModelEventStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class GatheredAppendsTest {

    private record Call(EventAppend append, CompletableFuture<EventAppendResult> answer) {}

    private final EventStore events = EventStore.over(new ModelEventStorage(System::currentTimeMillis), "acme/notes");
    private final List<Call> calls = new ArrayList<>();
    private final List<CompletableFuture<EventAppendResult>> answers = new ArrayList<>();
    private final GatheredAppends gathered = new GatheredAppends(this::held, Runnable::run);

    private CompletableFuture<EventAppendResult> held(EventAppend append) {
        Call call = new Call(append, new CompletableFuture<>());
        calls.add(call);
        return call.answer();
    }

    private static AggregateId aggregate(int number) {
        return new AggregateId("note", "n" + number);
    }

    private void append(int number) {
        append(number, ExpectedVersion.noStream(), 1);
    }

    /** The answer is the next one of {@link #answers}. */
    private void append(int number, ExpectedVersion expected, int count) {
        List<NewEvent> written = IntStream.range(0, count)
                .mapToObj(i -> NewEvent.json("Noted", "{}"))
                .toList();
        answers.add(gathered.append(EventAppend.to(aggregate(number), expected, written)));
    }

    /** The storage does what it was asked in this call. */
    private void answer(int call) {
        calls.get(call).answer().complete(events.tryAppend(calls.get(call).append()));
    }

    private List<AggregateId> written(int call) {
        return calls.get(call).append().events().stream()
                .map(EventAppend.Addressed::aggregate)
                .toList();
    }

    @Test
    void an_append_that_finds_nothing_under_way_goes_at_once_and_alone() {
        append(1);
        assertThat(calls).hasSize(1);
        assertThat(written(0)).containsExactly(aggregate(1));

        answer(0);
        assertThat(answers.get(0).join()).isInstanceOf(EventAppendResult.Appended.class);
    }

    @Test
    void what_comes_while_requests_are_under_way_goes_together_in_order() {
        IntStream.range(0, 6).forEach(this::append);
        assertThat(calls).hasSize(GatheredAppends.MOST_UNDER_WAY);

        answer(0);
        assertThat(calls).hasSize(3);
        assertThat(written(2)).containsExactly(aggregate(2), aggregate(3), aggregate(4), aggregate(5));
        assertThat(calls.get(2).append().checks()).hasSize(4);
        assertThat(answers.subList(1, 6)).noneMatch(CompletableFuture::isDone);

        answer(2);
        assertThat(answers.subList(2, 6)).allMatch(CompletableFuture::isDone);
        assertThat(answers.get(1)).isNotDone();
    }

    @Test
    void a_request_has_so_many_events_and_no_more() {
        append(0);
        append(1);
        append(2, ExpectedVersion.noStream(), WriteBatch.FULL_EVENTS - 1);
        append(3);
        append(4);

        answer(0);
        assertThat(calls.get(2).append().events()).hasSize(WriteBatch.FULL_EVENTS);
        answer(1);
        assertThat(written(3)).containsExactly(aggregate(4));
    }

    @Test
    void one_that_has_more_alone_goes_alone() {
        append(0);
        append(1);
        append(2, ExpectedVersion.noStream(), 2 * WriteBatch.FULL_EVENTS);
        append(3);

        answer(0);
        assertThat(calls.get(2).append().events()).hasSize(2 * WriteBatch.FULL_EVENTS);
        answer(1);
        assertThat(written(3)).containsExactly(aggregate(3));
    }

    @Test
    void where_one_is_refused_the_others_are_not() {
        append(0);
        append(1);
        append(2);
        append(3, ExpectedVersion.exactly(7), 1);
        append(4);

        for (int call = 0; call < calls.size(); call++) {
            answer(call);
        }
        assertThat(calls).hasSize(6);
        assertThat(answers.get(2).join()).isInstanceOf(EventAppendResult.Appended.class);
        assertThat(answers.get(3).join()).isInstanceOf(EventAppendResult.Refused.class);
        assertThat(answers.get(4).join()).isInstanceOf(EventAppendResult.Appended.class);
        assertThat(events.aggregate(aggregate(3)).version()).isEqualTo(EventStore.EMPTY);
        assertThat(events.aggregate(aggregate(4)).version()).isZero();
    }

    @Test
    void what_fails_fails_for_all_that_went_together_and_the_next_go_on() {
        append(0);
        append(1);
        append(2);
        append(3);
        answer(0);

        VarveException lost = new VarveException(ErrorKind.UNAVAILABLE, "the connection was lost");
        calls.get(2).answer().completeExceptionally(lost);
        assertThatThrownBy(answers.get(2)::join).hasCause(lost);
        assertThatThrownBy(answers.get(3)::join).hasCause(lost);

        append(4);
        answer(3);
        assertThat(answers.get(4).join()).isInstanceOf(EventAppendResult.Appended.class);
    }
}
