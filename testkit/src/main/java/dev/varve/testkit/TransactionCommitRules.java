package dev.varve.testkit;

import static dev.varve.testkit.TransactionProbe.A;
import static dev.varve.testkit.TransactionProbe.B;
import static dev.varve.testkit.TransactionProbe.X;
import static dev.varve.testkit.TransactionProbe.Y;
import static dev.varve.testkit.TransactionProbe.check;
import static dev.varve.testkit.TransactionProbe.committed;
import static dev.varve.testkit.TransactionProbe.increment;
import static dev.varve.testkit.TransactionProbe.set;
import static dev.varve.testkit.TransactionProbe.transaction;
import static dev.varve.testkit.TransactionProbe.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AppendCondition;
import dev.varve.api.AppendResult;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventQuery;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.Producer;
import dev.varve.api.StoreTransaction;
import dev.varve.api.StoredEvent;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionRefusedException;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Committed;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What transactions come to when nothing stands in the way. */
interface TransactionCommitRules {

    @Test
    default void parts_of_all_faces_are_made(TransactionProbe probe) {
        Committed done = probe.commit(transaction()
                .entry(set(X, "hello"))
                .event(A, probe.event("Opened"))
                .append(probe.line("log", "one"))
                .entry(increment(Y))
                .event(probe.event("Said"))
                .append(probe.line("other", "two")));

        EntryWriteResult.Written entries = done.entries();
        EventAppendResult.Appended events = done.events();
        assertThat(entries).isNotNull();
        assertThat(entries.storeSeq()).isEqualTo(2);
        assertThat(entries.ops()).extracting(EntryWriteResult.Applied::path).containsExactly(X, Y);
        assertThat(entries.ops().get(1).value()).isEqualTo(EntryValue.of(1));
        assertThat(events)
                .isEqualTo(new EventAppendResult.Appended(
                        0, 1, List.of(new EventAppendResult.Written(A, EventStore.EMPTY, 0)), false));
        assertThat(done.streams())
                .hasSize(2)
                .allSatisfy(result -> assertThat(result).isInstanceOf(AppendResult.Appended.class));
        assertThat(probe.at(X)).isEqualTo(value("hello"));
        assertThat(probe.types()).containsExactly("Opened", "Said");
        assertThat(probe.lines("log")).containsExactly("one");
        assertThat(probe.lines("other")).containsExactly("two");
    }

    @Test
    default void parts_of_one_face_see_those_before_them(TransactionProbe probe) {
        probe.commit(transaction()
                .entry(set(X, "one").onlyIfAbsent())
                .entry(set(X, "two").ifMatch(1))
                .append(probe.line("log", "a"))
                .append(probe.line("log", "b").withClose()));

        assertThat(probe.at(X)).isEqualTo(value("two"));
        assertThat(probe.lines("log")).containsExactly("a", "b");
    }

    @Test
    default void one_transaction_is_one_write_of_each_face(TransactionProbe probe) {
        probe.commit(transaction()
                .entry(set(X, "one"))
                .event(A, probe.event("1"))
                .entry(set(Y, "two"))
                .event(B, probe.event("2"))
                .key("k"));
        probe.commit(transaction().entry(set(X, "three")).event(A, probe.event("3")));

        assertThat(probe.everything().events())
                .extracting(StoredEvent::appendFirst)
                .containsExactly(0L, 0L, 2L);
        assertThat(probe.changes()).extracting(EntryEvent::first).containsExactly(true, false, true);
    }

    @Test
    default void the_store_is_created_once_whichever_face_comes_first(TransactionProbe probe) {
        assertThat(probe.store().info()).isEmpty();
        probe.commit(transaction().append(probe.line("log", "one")));
        assertThat(probe.store().info()).isPresent();
        probe.commit(transaction().event(probe.event("1")));
        probe.commit(transaction().entry(set(X, "one")));
        assertThat(probe.store().info().orElseThrow().storeSeq()).isEqualTo(1);
    }

    @Test
    default void parts_may_only_check(TransactionProbe probe) {
        probe.commit(transaction().entry(set(X, "one")).event(A, probe.event("Opened", "t")));

        Committed checks = committed(probe.send(transaction()
                .entry(check(X).ifMatch(1))
                .check(A, ExpectedVersion.exactly(0))
                .check(B, ExpectedVersion.noStream())
                .condition(new AppendCondition(EventQuery.tags("t"), 0))
                .build()));
        assertThat(checks.number()).isEqualTo(TransactionResult.NO_COMMIT);

        probe.commit(transaction()
                .entry(check(X).ifMatch(1))
                .check(A, ExpectedVersion.exactly(0))
                .condition(new AppendCondition(EventQuery.tags("t"), 0))
                .append(probe.line("log", "all of that holds")));
        assertThat(probe.lines("log")).containsExactly("all of that holds");
        assertThat(probe.types()).containsExactly("Opened");
    }

    @Test
    default void a_tracking_goes_without_events(TransactionProbe probe) {
        probe.commit(transaction().entry(increment(X)).tracking("other", 7));

        assertThat(probe.store().events().checkpoint("other")).hasValue(7);
        assertThat(probe.at(X)).isEqualTo(EntryValue.of(1));
        assertThat(probe.types()).isEmpty();
    }

    @Test
    default void commits_have_rising_numbers(TransactionProbe probe) {
        for (int i = 0; i < 10; i++) {
            probe.commit(transaction().entry(increment(X)));
            probe.commit(transaction().event(probe.event("1")));
            probe.commit(transaction().append(probe.line("log", "x")));
        }
    }

    @Test
    default void a_producer_that_comes_again_is_recognised_and_the_rest_is_made(TransactionProbe probe) {
        Producer producer = new Producer("p", 0, 0);
        probe.commit(transaction()
                .append(probe.line("log", "one").withProducer(producer))
                .entry(increment(X)));
        Committed again = probe.commit(transaction()
                .append(probe.line("log", "one").withProducer(producer))
                .entry(increment(X)));

        assertThat(again.streams().get(0)).isInstanceOf(AppendResult.Duplicate.class);
        assertThat(probe.lines("log")).containsExactly("one");
        assertThat(probe.at(X)).isEqualTo(EntryValue.of(2));
    }

    @Test
    default void a_thousand_parts_are_one_commit(TransactionProbe probe) {
        Transaction.Builder many = transaction();
        for (int i = 0; i < Transaction.MAX_PARTS; i++) {
            switch (i % 3) {
                case 0 -> many.entry(increment(X));
                case 1 -> many.event(A, probe.event("1"));
                default -> many.append(probe.line("log", "x"));
            }
        }
        probe.commit(many);
        assertThat(probe.at(X)).isEqualTo(EntryValue.of(334));
        assertThat(probe.store().events().aggregate(A).version()).isEqualTo(332);
        assertThat(probe.lines("log")).hasSize(333);
    }

    @Test
    default void what_was_committed_is_there_when_the_varve_comes_back(TransactionProbe probe) {
        for (int i = 0; i < 20; i++) {
            probe.commit(transaction()
                    .entry(increment(X))
                    .event(A, probe.event("1"))
                    .append(probe.line("log", "x"))
                    .tracking("other", i));
            if (i % 5 == 4) {
                TransactionProbe.Everything before = probe.everything();
                probe.reopen();
                assertThat(probe.everything()).isEqualTo(before);
                assertThat(probe.store().events().checkpoint("other")).hasValue(i);
            }
        }
    }

    @Test
    default void programs_put_a_transaction_together_step_by_step(TransactionProbe probe) {
        StoreTransaction transaction = probe.store()
                .transaction()
                .set(X, value("one"))
                .set(Y, value("two"))
                .delete(Y)
                .check(A, ExpectedVersion.noStream())
                .event(A, probe.event("1"))
                .event(probe.event("2"))
                .append(probe.line("log", "x"))
                .tracking("other", 1);
        Committed done = transaction.commit();

        assertThat(done.entries()).isNotNull();
        assertThat(probe.at(X)).isEqualTo(value("one"));
        assertThat(probe.at(Y)).isNull();
        assertThat(probe.types()).containsExactly("1", "2");
        assertThatThrownBy(transaction::commit).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> probe.store()
                        .transaction()
                        .check(A, ExpectedVersion.noStream())
                        .set(X, value("three"))
                        .commit())
                .isInstanceOf(TransactionRefusedException.class)
                .hasMessageContaining("wrong_expected_version at part 0");
        assertThat(probe.at(X)).isEqualTo(value("one"));
    }
}
