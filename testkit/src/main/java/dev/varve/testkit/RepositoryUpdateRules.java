package dev.varve.testkit;

import static dev.varve.testkit.Samples.FLAT;
import static dev.varve.testkit.Samples.MAP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.ErrorKind;
import dev.varve.api.InvalidRecordException;
import dev.varve.api.RecordReceipt;
import dev.varve.api.Repository;
import dev.varve.api.StoredRecord;
import dev.varve.api.UpdatedRecord;
import dev.varve.api.VarveException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What updates do. */
interface RepositoryUpdateRules {

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void an_update_changes_the_record_and_says_its_revision(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        T before = samples.full("dust");
        records.insert(before);
        T after = before.withTitle("Dust!").withNote(null).withVisits(4);
        RecordReceipt receipt = records.update(before, after);
        StoredRecord<T> found = records.findRecord("dust").orElseThrow();
        assertThat(found.value()).isEqualTo(after);
        assertThat(receipt.written()).isTrue();
        assertThat(receipt.revision()).isEqualTo(found.revision());
        assertThat(receipt.storeSeq()).isEqualTo(store.storeSeq());
    }

    @Test
    default void a_flat_update_writes_only_fields_that_differ(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        FlatSample before = FLAT.full("dust");
        records.insert(before);
        store.set(FLAT, "dust/title", "by somebody else");
        long seq = store.storeSeq();
        records.update(before, before.withVisits(4).withNote("new"));
        assertThat(store.storeSeq()).isEqualTo(seq + 2);
        assertThat(records.get("dust"))
                .isEqualTo(before.withVisits(4).withNote("new").withTitle("by somebody else"));
    }

    @Test
    default void a_whole_update_writes_all_fields(RepositoryProbe store) {
        Repository<WholeSample> records = store.of(MAP);
        WholeSample before = MAP.full("dust");
        records.insert(before);
        store.set(MAP, "dust/title", "by somebody else");
        records.update(before, before.withVisits(4));
        assertThat(records.get("dust")).isEqualTo(before.withVisits(4));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void an_update_that_changes_nothing_writes_nothing(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        T record = samples.full("dust");
        RecordReceipt inserted = records.insert(record);
        long seq = store.storeSeq();
        RecordReceipt receipt = records.update(record, samples.full("dust"));
        assertThat(receipt).isEqualTo(new RecordReceipt(inserted.path(), 0, 0, false));
        UpdatedRecord<T> updated = records.update("dust", found -> found);
        assertThat(updated)
                .isEqualTo(
                        new UpdatedRecord<>(record, new RecordReceipt(inserted.path(), inserted.revision(), 0, false)));
        assertThat(store.storeSeq()).isEqualTo(seq);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void fields_that_the_type_does_not_have_stay(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        T record = samples.full("dust");
        records.insert(record);
        store.set(samples, "dust/more", Map.of("of", "it"));
        records.update(record, record.withVisits(4).withTitle("new"));
        records.update("dust", found -> found.withNote("new"));
        assertThat(store.exists(samples, "dust/more/of")).isTrue();
        assertThat(records.get("dust"))
                .isEqualTo(record.withVisits(4).withTitle("new").withNote("new"));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void what_an_object_lost_is_gone_from_the_store(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        T full = samples.full("dust");
        records.insert(full);
        T fewer = full.withLabels(Map.of("b", "2"));
        records.update(full, fewer);
        assertThat(store.exists(samples, "dust/labels/a")).isFalse();
        assertThat(records.get("dust")).isEqualTo(fewer);

        T none = fewer.withLabels(Map.of()).withAuthor(null);
        RecordReceipt receipt = records.update(fewer, none);
        assertThat(store.exists(samples, "dust/labels")).isFalse();
        assertThat(store.exists(samples, "dust/author/name")).isFalse();
        StoredRecord<T> found = records.findRecord("dust").orElseThrow();
        assertThat(found.value()).isEqualTo(none);
        assertThat(found.revision()).isEqualTo(receipt.revision());
        assertThat(records.all()).containsExactly(none);

        records.update(none, full);
        assertThat(records.get("dust")).as("what was null is an object again").isEqualTo(full);
        assertThat(records.all()).containsExactly(full);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void an_update_by_key_says_what_it_stored(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.full("dust"));
        UpdatedRecord<T> updated = records.update("dust", record -> record.withVisits(record.visits() + 1));
        assertThat(updated.value()).isEqualTo(samples.full("dust").withVisits(4));
        assertThat(updated.receipt().storeSeq()).isEqualTo(store.storeSeq());
        StoredRecord<T> found = records.findRecord("dust").orElseThrow();
        assertThat(found.value()).isEqualTo(updated.value());
        assertThat(found.revision()).isEqualTo(updated.receipt().revision());
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void an_update_by_key_needs_a_record(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        VarveException thrown =
                store.wrong(VarveException.class, () -> records.update("dust", record -> record.withVisits(1)));
        assertThat(thrown.kind()).isEqualTo(ErrorKind.NOT_FOUND);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void an_update_by_key_that_was_overtaken_is_tried_again(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.full("dust"));
        AtomicInteger attempts = new AtomicInteger();
        UpdatedRecord<T> updated = records.update("dust", record -> {
            if (attempts.getAndIncrement() < 3) {
                store.set(samples, "dust/remark", "by somebody else " + attempts);
            }
            return record.withVisits(record.visits() + 1);
        });
        assertThat(attempts).hasValue(4);
        assertThat(updated.value().note()).isEqualTo("by somebody else 3");
        assertThat(records.get("dust")).isEqualTo(updated.value());
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void an_update_by_key_that_is_always_overtaken_gives_up(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.full("dust"));
        AtomicInteger attempts = new AtomicInteger();
        assertThat(catchThrowableOfType(
                                EntryRefusedException.class,
                                () -> records.update("dust", record -> {
                                    store.set(samples, "dust/more", attempts.incrementAndGet());
                                    return record.withVisits(record.visits() + 1);
                                }))
                        .refusal()
                        .reason())
                .isEqualTo(Reason.CONFLICT);
        assertThat(attempts).hasValue(Repository.UPDATE_ATTEMPTS);
        assertThat(records.get("dust")).isEqualTo(samples.full("dust"));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void an_update_that_is_wrong_sends_nothing(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        T record = samples.full("dust");
        records.insert(record);
        store.wrong(InvalidRecordException.class, () -> records.update(record, record.withTitle(null)));
        store.wrong(InvalidRecordException.class, () -> records.update("dust", found -> found.withTitle("")));
        assertThat(store.wrong(IllegalArgumentException.class, () -> records.update(record, samples.full("other"))))
                .hasMessageContaining("another key");
        store.wrong(IllegalArgumentException.class, () -> records.update("dust", found -> samples.full("other")));
        store.wrong(
                IllegalStateException.class,
                () -> records.update("dust", found -> {
                    throw new IllegalStateException("the program's");
                }));
        assertThat(records.all()).containsExactly(record);
    }
}
