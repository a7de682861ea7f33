package dev.varve.engine.transactions;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Written;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.Offset;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult.Committed;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Answers as they were stored before those to checks alone had names in them. */
final class AnswerFormatTest {

    private static final AggregateId A = new AggregateId("order", "a");
    private static final AppendResult APPENDED = new AppendResult.Appended(Offset.at(42), false, null);

    private static Transaction.Builder append() {
        return Transaction.builder().append(AppendRequest.of("acme/shop/log", "text/plain", "line".getBytes(UTF_8)));
    }

    private static ByteBuffer putAppended(ByteBuffer out) {
        return out.put((byte) 0).putLong(42);
    }

    private static Committed decoded(ByteBuffer stored, Transaction.Builder asking) {
        byte[] bytes = new byte[stored.position()];
        stored.flip().get(bytes);
        return AnswerFormat.decode(bytes, new Split(asking.build()), 7);
    }

    private static Committed told(Written... aggregates) {
        Appended events = new Appended(EventStore.EMPTY, EventStore.EMPTY, List.of(aggregates), false);
        return new Committed(7, null, events, List.of(APPENDED), true);
    }

    private static ByteBuffer ofOneCheck() {
        return putAppended(ByteBuffer.allocate(100)
                .putLong(EventStore.EMPTY)
                .putLong(EventStore.EMPTY)
                .putLong(3)
                .putLong(3));
    }

    @Test
    void one_check_is_told_of_its_aggregate() {
        assertThat(decoded(ofOneCheck(), append().check(A, ExpectedVersion.exactly(3))))
                .isEqualTo(told(new Written(A, 3, 3)));
    }

    @Test
    void who_does_not_say_which_aggregate_is_told_of_none() {
        assertThat(decoded(ofOneCheck(), append())).isEqualTo(told());
    }

    @Test
    void several_checks_are_told_of_none() {
        ByteBuffer stored =
                putAppended(ByteBuffer.allocate(100).putLong(EventStore.EMPTY).putLong(EventStore.EMPTY));
        assertThat(decoded(stored, append().check(A, ExpectedVersion.exactly(3))))
                .isEqualTo(told());
    }

    @Test
    void without_checks_there_is_nothing_to_tell() {
        ByteBuffer stored = putAppended(ByteBuffer.allocate(100));
        assertThat(decoded(stored, append().check(A, ExpectedVersion.exactly(3))))
                .isEqualTo(new Committed(7, null, null, List.of(APPENDED), true));
    }
}
