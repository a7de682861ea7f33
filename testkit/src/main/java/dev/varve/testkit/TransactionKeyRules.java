package dev.varve.testkit;

import static dev.varve.testkit.TransactionProbe.A;
import static dev.varve.testkit.TransactionProbe.B;
import static dev.varve.testkit.TransactionProbe.X;
import static dev.varve.testkit.TransactionProbe.Y;
import static dev.varve.testkit.TransactionProbe.committed;
import static dev.varve.testkit.TransactionProbe.failure;
import static dev.varve.testkit.TransactionProbe.increment;
import static dev.varve.testkit.TransactionProbe.set;
import static dev.varve.testkit.TransactionProbe.transaction;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Producer;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult.Committed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Transactions that come again under a key. */
interface TransactionKeyRules {

    /** The same at every call, but for what a program that tries again makes anew: ids of events. */
    private static Transaction.Builder simple(TransactionProbe probe, String key) {
        return transaction()
                .entry(increment(X))
                .event(A, NewEvent.json("Sent", "{}"))
                .append(probe.line("log", "line"))
                .key(key);
    }

    private static void again(TransactionProbe probe, Transaction.Builder transaction, Committed first) {
        TransactionProbe.Everything before = probe.everything();
        Committed answer = committed(probe.send(transaction.build()));
        assertThat(answer.replayed()).as("replayed").isTrue();
        assertThat(answer)
                .isEqualTo(new Committed(first.number(), first.entries(), first.events(), first.streams(), true));
        assertThat(probe.everything()).isEqualTo(before);
    }

    @Test
    default void the_same_gets_the_first_answer(TransactionProbe probe) {
        Committed first = probe.commit(simple(probe, "k").check(A, ExpectedVersion.noStream()));
        again(probe, simple(probe, "k").check(A, ExpectedVersion.noStream()), first);

        probe.commit(simple(probe, "other"));
        again(probe, simple(probe, "k"), first);
    }

    @Test
    default void the_first_answer_has_all_it_had(TransactionProbe probe) {
        Transaction.Builder lease = transaction()
                .entry(EntryOp.lease(
                        EntryOp.Kind.LEASE, EntryPath.of("l"), new EntryOp.LeaseTerms(3_600_000, "me", null)))
                .entry(EntryOp.of(EntryOp.Kind.ADD, EntryPath.of("set"), EntryValue.of("member")))
                .entry(EntryOp.delete(EntryPath.of("none")))
                .entry(EntryOp.of(EntryOp.Kind.CHECK, EntryPath.of("none"), null)
                        .onlyIfNone())
                .entry(set(Y, "hello"))
                .event(NewEvent.json("Said", "{}"))
                .check(A, ExpectedVersion.noStream())
                .append(probe.line("produced", "line").withProducer(new Producer("p", 0, 0)))
                .append(probe.line("produced", "line").withProducer(new Producer("p", 0, 0)))
                .append(probe.line("log", "line").withClose())
                .tracking("other", 3)
                .key("k");
        again(probe, lease, probe.commit(lease));
    }

    @Test
    default void what_must_hold_may_be_another_when_it_comes_again(TransactionProbe probe) {
        Supplier<Transaction.Builder> writes =
                () -> transaction().entry(increment(X)).append(probe.line("log", "line"));
        for (boolean checksFirst : new boolean[] {false, true}) {
            String key = "writes-" + checksFirst;
            Transaction.Builder bare = writes.get().key(key);
            Transaction.Builder one =
                    writes.get().check(A, ExpectedVersion.noStream()).key(key);
            Transaction.Builder two = writes.get()
                    .check(A, ExpectedVersion.noStream())
                    .check(B, ExpectedVersion.noStream())
                    .key(key);
            Committed first = probe.commit(checksFirst ? one : bare);
            for (Transaction.Builder other : List.of(bare, one, two)) {
                again(probe, other, first);
            }
        }
        Transaction.Builder checkOfA =
                transaction().check(A, ExpectedVersion.noStream()).key("checks");
        Transaction.Builder checkOfB =
                transaction().check(B, ExpectedVersion.noStream()).key("checks");
        Transaction.Builder checksOfBoth = transaction()
                .check(A, ExpectedVersion.noStream())
                .check(B, ExpectedVersion.noStream())
                .key("checks");
        Committed first = probe.commit(checkOfA);
        again(probe, checkOfB, first);
        again(probe, checksOfBoth, first);
        probe.commit(simple(probe, "after"));
    }

    @Test
    default void another_under_the_same_key_is_refused(TransactionProbe probe) {
        Committed first = probe.commit(simple(probe, "k"));

        for (Transaction.Builder other : List.of(
                transaction().entry(increment(X)),
                simple(probe, "k").entry(increment(X)),
                simple(probe, "k").append(probe.line("log", "line")),
                transaction()
                        .entry(increment(X))
                        .event(A, NewEvent.json("Sent", "{\"to\":\"ann\"}"))
                        .append(probe.line("log", "line")))) {
            probe.refused(other.key("k"), failure(-1, "idempotency_key_reused", null, first.number()));
        }
    }

    @Test
    default void a_refused_transaction_leaves_no_key(TransactionProbe probe) {
        probe.refused(
                simple(probe, "k").check(A, ExpectedVersion.exists()),
                failure(3, "wrong_expected_version", "exists", "empty"));
        probe.commit(simple(probe, "k"));
    }

    @Test
    default void keys_belong_to_their_store(TransactionProbe probe) {
        probe.commit(transaction().entry(increment(X)).key("k"));
        String other = probe.name() + "-other";
        Committed there = committed(probe.store()
                .transactions()
                .commit(other, transaction().entry(increment(X)).key("k").build())
                .join());
        assertThat(there.replayed()).isFalse();

        probe.varve().store(other).delete();
        Committed anew = committed(probe.store()
                .transactions()
                .commit(other, transaction().entry(increment(X)).key("k").build())
                .join());
        assertThat(anew.replayed()).isFalse();
    }

    @Test
    default void a_key_may_come_with_checks_alone(TransactionProbe probe) {
        Transaction.Builder checks =
                transaction().check(A, ExpectedVersion.noStream()).key("k");
        Committed first = probe.commit(checks);
        probe.commit(transaction().event(A, probe.event("1")));
        again(probe, checks, first);
    }

    @Test
    default void keys_are_remembered_when_the_varve_comes_back(TransactionProbe probe) {
        List<Committed> firsts = new ArrayList<>();
        for (int life = 0; life < 4; life++) {
            for (int i = 0; i < 5; i++) {
                firsts.add(probe.commit(simple(probe, "k" + firsts.size())));
            }
            probe.reopen();
            for (int i = 0; i < firsts.size(); i++) {
                again(probe, simple(probe, "k" + i), firsts.get(i));
            }
            probe.refused(
                    transaction().entry(increment(Y)).key("k0"),
                    failure(-1, "idempotency_key_reused", null, firsts.get(0).number()));
        }
    }

    @Test
    default void the_same_from_many_threads_is_made_once(TransactionProbe probe) {
        probe.stream("log");
        for (int round = 0; round < 10; round++) {
            Transaction one = simple(probe, "k" + round).build();
            List<Committed> answers = EventProbe.together(Collections.nCopies(8, () -> committed(probe.send(one))));
            assertThat(answers).filteredOn(answer -> !answer.replayed()).hasSize(1);
            assertThat(answers)
                    .extracting(Committed::number)
                    .containsOnly(answers.get(0).number());
            assertThat(probe.at(X)).isEqualTo(EntryValue.of(round + 1));
        }
    }
}
