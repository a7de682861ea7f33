package dev.varve.testkit;

import static dev.varve.testkit.TransactionProbe.A;
import static dev.varve.testkit.TransactionProbe.B;
import static dev.varve.testkit.TransactionProbe.X;
import static dev.varve.testkit.TransactionProbe.Y;
import static dev.varve.testkit.TransactionProbe.check;
import static dev.varve.testkit.TransactionProbe.failure;
import static dev.varve.testkit.TransactionProbe.increment;
import static dev.varve.testkit.TransactionProbe.set;
import static dev.varve.testkit.TransactionProbe.transaction;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AppendCondition;
import dev.varve.api.AppendRequest;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventQuery;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Transaction;
import org.junit.jupiter.api.Test;

/** What stands in the way of a transaction, of which nothing is made then. */
interface TransactionRefusalRules {

    /** Parts of all faces with nothing against them. */
    private static Transaction.Builder good(TransactionProbe probe) {
        return transaction()
                .entry(set(Y, "never"))
                .event(B, probe.event("Never"))
                .append(probe.line("other", "never"));
    }

    @Test
    default void an_entry_refuses_all(TransactionProbe probe) {
        probe.commit(transaction().entry(set(X, "one")).event(A, probe.event("1")));

        probe.refused(good(probe).entry(set(X, "two").ifMatch(7)), failure(3, "conflict", 7, 1));
        probe.refused(good(probe).entry(check(EntryPath.of("z")).ifMatch(2)), failure(3, "conflict", 2, null));
        probe.refused(good(probe).entry(set(X, "two").onlyIfNone()), failure(3, "exists", null, 1));
        probe.refused(good(probe).entry(increment(X)), failure(3, "increment_requires_number_value", null, null));
        probe.refused(
                good(probe).entry(EntryOp.of(EntryOp.Kind.MERGE, X, null)),
                failure(3, "merge_requires_map_value", null, null));
    }

    @Test
    default void an_aggregate_refuses_all_and_every_check_that_fails_is_told(TransactionProbe probe) {
        probe.commit(transaction().event(A, probe.event("1")).event(A, probe.event("2")));

        probe.refused(good(probe).check(A, ExpectedVersion.exactly(0)), failure(3, "wrong_expected_version", 0, 1));
        probe.refused(
                good(probe)
                        .check(A, ExpectedVersion.noStream())
                        .entry(set(X, "never"))
                        .check(B, ExpectedVersion.exists()),
                failure(3, "wrong_expected_version", "noStream", 1),
                failure(5, "wrong_expected_version", "exists", "empty"));
        probe.store().events().delete(B, ExpectedVersion.any(), AggregateDeletion.TOMBSTONE);
        probe.refused(good(probe), failure(1, "tombstoned", "any", "tombstoned"));
    }

    @Test
    default void a_condition_and_a_tracking_refuse_all(TransactionProbe probe) {
        probe.commit(transaction().event(A, probe.event("1", "t")).tracking("other", 5));

        probe.refused(
                good(probe).condition(new AppendCondition(EventQuery.tags("t"), -1)),
                failure(3, "condition_failed", -1, 0));
        probe.refused(
                transaction().entry(set(X, "never")).condition(new AppendCondition(EventQuery.tags("t"), -1)),
                failure(1, "condition_failed", -1, 0));
        probe.refused(good(probe).tracking("other", 5), failure(3, "tracking_not_increasing", 5, 5));
        probe.refused(
                transaction().tracking("other", 4).entry(set(X, "never")), failure(0, "tracking_not_increasing", 4, 5));
    }

    @Test
    default void events_that_are_there_already_refuse_all(TransactionProbe probe) {
        NewEvent event = probe.event("1");
        probe.commit(transaction().entry(increment(X)).event(A, event));

        probe.refused(transaction().entry(increment(X)).event(A, event), failure(1, "event_id_conflict", null, 0));
        probe.refused(
                good(probe).event(A, probe.event("2").withId(event.id())), failure(3, "event_id_reused", null, 0));
    }

    @Test
    default void a_stream_refuses_all(TransactionProbe probe) {
        probe.commit(transaction().append(probe.line("log", "one")).append(probe.line("done", "x")));
        String tail = probe.varve()
                .streams()
                .currentOffset(probe.stream("log"))
                .orElseThrow()
                .toString();
        String end = probe.varve().streams().close(probe.stream("done")).toString();

        probe.refused(
                good(probe).append(probe.line("log", "two").withIfMatch(Offset.ZERO)),
                failure(3, "precondition_failed", Offset.ZERO, tail));
        probe.refused(good(probe).append(probe.line("done", "two")), failure(3, "closed", null, end));
        probe.refused(
                good(probe).append(AppendRequest.of(probe.name() + "/none", "text/plain", new byte[] {1})),
                failure(3, "not_found", null, null));
        probe.refused(
                good(probe).append(AppendRequest.of(probe.stream("log"), "image/png", new byte[] {1})),
                failure(3, "content_type_mismatch", null, null));
        probe.refused(
                good(probe).append(probe.line("log", "two").withProducer(new Producer("p", 0, 3))),
                failure(3, "producer_gap", 3, 0));
    }

    @Test
    default void one_refusal_tells_of_all_faces(TransactionProbe probe) {
        probe.commit(transaction().entry(set(X, "one")).event(A, probe.event("1")));

        probe.refused(
                transaction()
                        .append(AppendRequest.of(probe.name() + "/none", "text/plain", new byte[] {1}))
                        .check(A, ExpectedVersion.exactly(3))
                        .entry(set(X, "two").onlyIfAbsent()),
                failure(2, "exists", null, 1),
                failure(1, "wrong_expected_version", 3, 0),
                failure(0, "not_found", null, null));
    }

    @Test
    default void of_a_refused_transaction_not_even_the_store_stays(TransactionProbe probe) {
        probe.refused(
                good(probe).check(A, ExpectedVersion.exists()),
                failure(3, "wrong_expected_version", "exists", "empty"));
        assertThat(probe.store().info()).isEmpty();

        probe.fails(ErrorKind.NOT_FOUND, good(probe).createStore(false));
        assertThat(probe.store().info()).isEmpty();
    }

    @Test
    default void an_archived_store_takes_no_transactions(TransactionProbe probe) {
        probe.commit(good(probe));
        probe.store().archive();
        probe.fails(ErrorKind.CLOSED, good(probe));
        probe.fails(ErrorKind.CLOSED, transaction().append(probe.line("other", "never")));
    }

    @Test
    default void a_stream_of_another_store_is_refused_at_once(TransactionProbe probe) {
        for (String path : new String[] {"log", probe.name() + "2/log", "acme/log", probe.name() + "/", "__x/y"}) {
            probe.fails(
                    ErrorKind.CROSS_SHARD, good(probe).append(AppendRequest.of(path, "text/plain", new byte[] {1})));
        }
    }
}
