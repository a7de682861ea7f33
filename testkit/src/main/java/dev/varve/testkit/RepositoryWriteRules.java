package dev.varve.testkit;

import static dev.varve.testkit.Samples.FLAT;
import static dev.varve.testkit.Samples.MAP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.InvalidRecordException;
import dev.varve.api.RecordReceipt;
import dev.varve.api.Repository;
import dev.varve.api.StoredRecord;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What inserts and deletes do. */
interface RepositoryWriteRules {

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void an_insert_says_where_and_at_what_revision(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        RecordReceipt first = records.insert(samples.of("a"));
        RecordReceipt second = records.insert(samples.full("b"));
        assertThat(first.path()).hasToString(samples.prefix() + "/a");
        assertThat(first.written()).isTrue();
        for (RecordReceipt receipt : List.of(first, second)) {
            String key = receipt.path().segments().get(2);
            assertThat(records.findRecord(key)).map(StoredRecord::revision).contains(receipt.revision());
            assertThat(receipt.storeSeq()).isEqualTo(receipt.revision());
        }
        assertThat(second.storeSeq()).isEqualTo(store.storeSeq());
    }

    @Test
    default void a_flat_insert_writes_all_fields_nulls_too_and_leaves_others_alone(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        store.set(FLAT, "dust/more", 1);
        store.set(FLAT, "dust/author/name", "Bob");
        store.set(FLAT, "dust/labels/old", "x");
        records.insert(FLAT.of("dust"));
        assertThat(store.entries().list(EntryPattern.below(FLAT.path("dust"))))
                .extracting(Entry::path)
                .extracting(EntryPath::toString)
                .containsExactly(
                        "app/flat/dust/author",
                        "app/flat/dust/more",
                        "app/flat/dust/remark",
                        "app/flat/dust/tags",
                        "app/flat/dust/title",
                        "app/flat/dust/visits");
        assertThat(records.get("dust")).isEqualTo(FLAT.of("dust"));
    }

    @Test
    default void a_whole_insert_is_one_change_and_takes_the_place_of_all_that_was_there(RepositoryProbe store) {
        Repository<WholeSample> records = store.of(MAP);
        store.set(MAP, "dust", "a value at the path of the record");
        store.set(MAP, "dust/more", 1);
        store.set(MAP, "dust/author/name", "Bob");
        long before = store.storeSeq();
        records.insert(MAP.of("dust"));
        assertThat(store.storeSeq()).isEqualTo(before + 1);
        assertThat(store.exists(MAP, "dust/more")).isFalse();
        assertThat(records.get("dust")).isEqualTo(MAP.of("dust"));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_record_that_lacks_something_is_not_written(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        for (String title : new String[] {"", null}) {
            InvalidRecordException thrown = store.wrong(
                    InvalidRecordException.class,
                    () -> records.insert(samples.of("dust").withTitle(title)));
            assertThat(thrown.missing()).containsExactly("title");
            assertThat(thrown).hasMessageContaining("\"dust\" cannot be written: missing [title]");
        }
        assertThat(store.wrong(InvalidRecordException.class, () -> records.insert(samples.of("")))
                        .missing())
                .containsExactly("slug");
        store.wrong(InvalidRecordException.class, () -> records.delete(samples.of("")));
        assertThat(store.isUntouched()).as("nothing was sent").isTrue();
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_delete_takes_all_of_a_record_and_succeeds_where_nothing_is(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.full("a"));
        records.insert(samples.full("b"));
        store.set(samples, "a/more/of/it", 1);
        RecordReceipt receipt = records.delete("a");
        assertThat(receipt.path()).hasToString(samples.prefix() + "/a");
        assertThat(receipt.storeSeq()).isEqualTo(store.storeSeq());
        assertThat(store.exists(samples, "a")).isFalse();
        assertThat(records.all()).containsExactly(samples.full("b"));
        records.delete("a");
        records.delete(samples.of("b").withTitle(null));
        assertThat(records.count()).isZero();
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void all_records_are_deleted_at_once(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.full("a"));
        records.insert(samples.full("b"));
        store.entries().set(EntryProbe.path("app/other"), EntryProbe.value(1));
        long before = store.storeSeq();
        RecordReceipt receipt = records.deleteAll();
        assertThat(receipt.path()).hasToString(samples.prefix());
        assertThat(receipt.storeSeq()).isEqualTo(before + 1);
        assertThat(records.all()).isEmpty();
        assertThat(store.entries().get(EntryProbe.path("app/other"))).isPresent();
    }
}
