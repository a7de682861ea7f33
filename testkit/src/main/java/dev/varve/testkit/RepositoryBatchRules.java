package dev.varve.testkit;

import static dev.varve.testkit.Samples.FLAT;
import static dev.varve.testkit.Samples.MAP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Batch;
import dev.varve.api.BatchResult;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.InvalidRecordException;
import dev.varve.api.Precondition;
import dev.varve.api.RecordReceipt;
import dev.varve.api.Repository;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Several records in one step. */
interface RepositoryBatchRules {

    @Test
    default void a_batch_writes_records_of_several_types_at_once(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        Repository<WholeSample> whole = store.of(MAP);
        FlatSample old = FLAT.full("old");
        records.insert(old);
        whole.insert(MAP.full("stale"));
        long before = store.storeSeq();
        BatchResult result = store.store()
                .batch()
                .insert(records, FLAT.full("new"), Precondition.ifAbsent())
                .update(records, old, old.withVisits(9))
                .update(records, old, old)
                .insert(whole, MAP.full("new"))
                .delete(whole, "stale", Precondition.ifRevision(before))
                .commit();
        assertThat(result.storeSeq()).isEqualTo(store.storeSeq());
        assertThat(result.changes())
                .extracting(receipt -> receipt.path().toString())
                .containsExactly("app/flat/new", "app/flat/old", "app/flat/old", "app/whole/new", "app/whole/stale");
        assertThat(result.changes()).extracting(RecordReceipt::written).containsExactly(true, true, false, true, true);
        List<RecordReceipt> made =
                result.changes().stream().filter(RecordReceipt::written).toList();
        assertThat(made).extracting(RecordReceipt::storeSeq).containsOnly(result.storeSeq());
        assertThat(made)
                .extracting(RecordReceipt::revision)
                .isSorted()
                .containsExactly(
                        records.findRecord("new").orElseThrow().revision(),
                        records.findRecord("old").orElseThrow().revision(),
                        whole.findRecord("new").orElseThrow().revision(),
                        result.storeSeq());
        assertThat(records.get("old")).isEqualTo(old.withVisits(9));
        assertThat(whole.all()).containsExactly(MAP.full("new"));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_batch_with_a_part_that_is_refused_changes_nothing(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        T there = samples.full("there");
        records.insert(there);
        Batch batch = store.store()
                .batch()
                .insert(records, samples.full("a"))
                .update(records, there, there)
                .update(records, there, there.withVisits(9))
                .delete(records, "there")
                .insert(records, samples.full("there"), Precondition.ifAbsent())
                .insert(records, samples.full("a"), Precondition.ifAbsent())
                .insert(records, samples.full("z"));
        Refused refused = store.refused(Reason.EXISTS, batch::commit);
        assertThat(refused.index()).as("each sees those before it").isEqualTo(5);
        assertThat(refused.path()).hasToString(samples.prefix() + "/a");
        assertThat(records.all()).containsExactly(there);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void nothing_is_sent_before_a_commit(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        Batch batch = store.store().batch().insert(records, samples.full("a"));
        assertThat(store.isUntouched()).isTrue();
        batch.commit();
        assertThat(records.get("a")).isEqualTo(samples.full("a"));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_change_that_is_wrong_is_refused_when_it_is_added(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        Batch batch = store.store().batch().insert(records, samples.full("a"));
        store.wrong(
                InvalidRecordException.class,
                () -> batch.insert(records, samples.full("b").withTitle(null)));
        store.wrong(IllegalArgumentException.class, () -> batch.update(records, samples.full("c"), samples.full("d")));
        store.wrong(IllegalArgumentException.class, () -> batch.delete(records, ""));
        store.wrong(IllegalArgumentException.class, () -> batch.delete(records, "a", Precondition.ifAbsent()));
        batch.commit();
        assertThat(records.all()).containsExactly(samples.full("a"));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_batch_is_committed_once(Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        Batch batch = store.store().batch().insert(records, samples.full("a"));
        batch.commit();
        assertThat(store.wrong(IllegalStateException.class, batch::commit)).hasMessageContaining("was committed");
        store.wrong(IllegalStateException.class, () -> batch.delete(records, "a"));

        Batch lost = store.store().batch().insert(records, samples.full("a"), Precondition.ifAbsent());
        store.refused(Reason.EXISTS, lost::commit);
        store.wrong(IllegalStateException.class, lost::commit);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void an_empty_batch_is_refused(Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        assertThat(store.wrong(
                        IllegalStateException.class, () -> store.store().batch().commit()))
                .hasMessageContaining("the batch is empty");
        records.insert(samples.full("a"));
        long before = store.storeSeq();
        BatchResult result = store.store()
                .batch()
                .update(records, samples.full("a"), samples.full("a"))
                .commit();
        assertThat(result.storeSeq()).as("with nothing to write").isZero();
        assertThat(result.changes()).extracting(RecordReceipt::written).containsExactly(false);
        assertThat(store.storeSeq()).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_batch_takes_so_many_changes_of_entries_and_no_more(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        Batch batch = store.store().batch();
        for (int i = 0; i < EntryWrite.MAX_OPS; i++) {
            batch.delete(records, "k" + i);
        }
        assertThat(store.wrong(IllegalArgumentException.class, () -> batch.delete(records, "more")))
                .hasMessageContaining("at most " + EntryWrite.MAX_OPS);
        assertThat(batch.commit().changes()).hasSize(EntryWrite.MAX_OPS);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_batch_is_of_one_store(Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        Repository<T> other = store.store("acme/other").repository(samples.type());
        assertThat(store.wrong(
                        IllegalArgumentException.class,
                        () -> store.store().batch().insert(other, samples.full("a"))))
                .hasMessageContaining("another store");
        Repository<T> same = store.store(EntryProbe.STORE).repository(samples.type());
        store.store().batch().insert(same, samples.full("a")).commit();
        assertThat(records.exists("a")).isTrue();
    }
}
