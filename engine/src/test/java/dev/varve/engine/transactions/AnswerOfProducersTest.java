package dev.varve.engine.transactions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult.Committed;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is kept of appends of producers, and what that needs of the transaction that comes again. */
final class AnswerOfProducersTest {

    private static final Producer PRODUCER = new Producer("p", 1, 2);
    private static final AppendRequest LINE = AppendRequest.of("acme/app/log", "text/plain", new byte[] {'x'});
    private static final AppendResult SECOND = new AppendResult.Duplicate(Offset.at(9), true, null);

    private static Split split(AppendRequest first) {
        return new Split(Transaction.builder().append(first).append(LINE).build());
    }

    private static Committed answer(boolean replayed, AppendResult first) {
        return new Committed(7, null, null, List.of(first, SECOND), replayed);
    }

    @Test
    void who_comes_again_without_a_producer_is_told_the_rest() {
        AppendResult first = new AppendResult.Appended(Offset.at(3), false, PRODUCER);
        byte[] encoded = AnswerFormat.encode(answer(false, first), split(LINE.withProducer(PRODUCER)));

        assertThat(AnswerFormat.decode(encoded, split(LINE.withProducer(PRODUCER)), 7))
                .isEqualTo(answer(true, first));
        assertThat(AnswerFormat.decode(encoded, split(LINE), 7))
                .isEqualTo(answer(true, new AppendResult.Appended(Offset.at(3), false, null)));
    }

    @Test
    void who_comes_again_with_a_producer_is_told_of_none_where_there_was_none() {
        AppendResult first = new AppendResult.Appended(Offset.at(3), false, null);
        byte[] encoded = AnswerFormat.encode(answer(false, first), split(LINE));

        assertThat(AnswerFormat.decode(encoded, split(LINE.withProducer(PRODUCER)), 7))
                .isEqualTo(answer(true, first));
    }
}
