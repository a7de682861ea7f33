package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class TransactionTest {

    private static final AggregateId ORDER = new AggregateId("order", "1");
    private static final Transaction.Part SET =
            new Transaction.Entry(EntryOp.set(EntryPath.of("a"), EntryValue.of("hello")));

    private static Transaction of(List<Transaction.Part> parts) {
        return new Transaction(parts, "test", null, true);
    }

    private static void assertRefused(ErrorKind kind, String words, ThrowingCallable making) {
        assertThatThrownBy(making)
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(words);
    }

    @Test
    void has_1_to_1_000_parts() {
        assertThat(of(Collections.nCopies(Transaction.MAX_PARTS, SET)).parts()).hasSize(1_000);
        assertRefused(ErrorKind.INVALID_PARAMS, "needs a part", () -> of(List.of()));
        assertRefused(ErrorKind.TOO_LARGE, "1001", () -> of(Collections.nCopies(Transaction.MAX_PARTS + 1, SET)));
    }

    @Test
    void the_data_of_all_faces_counts_together() {
        byte[] body = new byte[Transaction.MAX_BYTES - 5 - 2];
        Transaction.Part event = new Transaction.Event(null, NewEvent.json("Said", "{}"));
        Transaction.Part append = new Transaction.Append(AppendRequest.of("a/b/c", "text/plain", body));
        assertThat(of(List.of(SET, event, append)).parts()).hasSize(3);
        assertRefused(
                ErrorKind.TOO_LARGE,
                "bytes",
                () -> of(List.of(
                        SET,
                        event,
                        append,
                        new Transaction.Entry(EntryOp.set(EntryPath.of("b"), EntryValue.of("x"))))));
    }

    @Test
    void has_one_condition_and_one_tracking_at_most() {
        Transaction.Part condition =
                new Transaction.Condition(new AppendCondition(EventQuery.tags("course:c1"), EventStore.EMPTY));
        Transaction.Part tracking = new Transaction.Tracking(new EventAppend.Tracking("other", 0));
        assertThat(of(List.of(condition, tracking)).parts()).hasSize(2);
        assertRefused(ErrorKind.INVALID_PARAMS, "one condition", () -> of(List.of(condition, condition)));
        assertRefused(ErrorKind.INVALID_PARAMS, "one tracking", () -> of(List.of(tracking, tracking)));
    }

    @Test
    void events_and_checks_are_looked_at_as_those_of_an_append_are() {
        NewEvent event = NewEvent.json("Said", "{}");
        Transaction.Part any = new Transaction.Check(ORDER, ExpectedVersion.any());
        assertRefused(
                ErrorKind.INVALID_PARAMS,
                "comes twice",
                () -> of(List.of(new Transaction.Event(null, event), new Transaction.Event(ORDER, event))));
        assertRefused(ErrorKind.INVALID_PARAMS, "checks nothing", () -> of(List.of(any)));
        assertThat(of(List.of(any, new Transaction.Event(ORDER, event))).parts())
                .hasSize(2);
    }

    @Test
    void a_key_is_a_short_text() {
        assertThat(Transaction.builder().part(SET).key("k".repeat(256)).build().key())
                .hasSize(256);
        for (String key : List.of("", "a\nb", "k".repeat(257))) {
            assertRefused(
                    ErrorKind.INVALID_PARAMS,
                    "the key of a transaction",
                    () -> Transaction.builder().part(SET).key(key).build());
        }
    }
}
