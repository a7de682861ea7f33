package dev.varve.testkit;

import static dev.varve.testkit.Samples.FLAT;
import static dev.varve.testkit.Samples.MAP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.Precondition;
import dev.varve.api.RecordReceipt;
import dev.varve.api.Repository;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What preconditions mean, and which go with which write. */
interface RepositoryConditionRules {

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void an_insert_if_absent_is_made_only_where_nothing_is(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        RecordReceipt receipt = records.insert(samples.of("dust"), Precondition.ifAbsent());
        Refused refused =
                store.refused(Reason.EXISTS, () -> records.insert(samples.full("dust"), Precondition.ifAbsent()));
        assertThat(refused.index()).isZero();
        assertThat(refused.path()).hasToString(samples.prefix() + "/dust");
        assertThat(refused.currentRevision()).isEqualTo(receipt.revision());
        assertThat(records.get("dust")).isEqualTo(samples.of("dust"));

        store.set(samples, "other/more", 1);
        store.refused(Reason.EXISTS, () -> records.insert(samples.of("other"), Precondition.ifAbsent()));
        records.delete("dust");
        records.insert(samples.full("dust"), Precondition.ifAbsent());
        assertThat(records.get("dust")).isEqualTo(samples.full("dust"));
    }

    @Test
    default void a_whole_record_is_written_over_its_revision_only(RepositoryProbe store) {
        Repository<WholeSample> records = store.of(MAP);
        WholeSample first = MAP.full("dust");
        RecordReceipt inserted = records.insert(first);
        Precondition old = Precondition.ifRevision(inserted.revision());
        WholeSample second = first.withVisits(10);
        RecordReceipt updated = records.update(first, second, old);
        Refused refused = store.refused(Reason.CONFLICT, () -> records.update(first, first.withVisits(11), old));
        assertThat(refused.currentRevision()).isEqualTo(updated.revision());
        store.refused(Reason.CONFLICT, () -> records.insert(first, old));
        store.refused(Reason.CONFLICT, () -> records.delete("dust", old));
        assertThat(records.get("dust")).isEqualTo(second);
        assertThat(records.update(second, second, old).written())
                .as("what changes nothing is not even compared")
                .isFalse();

        RecordReceipt again = records.insert(first, Precondition.ifRevision(updated.revision()));
        assertThat(records.get("dust")).isEqualTo(first);
        records.delete(first, Precondition.ifRevision(again.revision()));
        assertThat(records.exists("dust")).isFalse();
        store.refused(Reason.CONFLICT, () -> records.update(second, first, old));
    }

    @Test
    default void a_flat_record_is_written_over_revisions_of_its_fields_only(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        FlatSample first = FLAT.full("dust");
        records.insert(first);
        Map<String, Long> revisions = records.findRecord("dust").orElseThrow().fieldRevisions();
        store.set(FLAT, "dust/title", "by somebody else");

        Map<String, Long> visits = Map.of("visits", revisions.get("visits"), "labels", revisions.get("labels"));
        records.update(first, first.withVisits(4), Precondition.ifFields(visits));
        assertThat(records.get("dust")).isEqualTo(first.withVisits(4).withTitle("by somebody else"));
        for (String field : List.of("visits", "title")) {
            Precondition old = Precondition.ifFields(Map.of(field, revisions.get(field)));
            Refused refused = store.refused(Reason.CONFLICT, () -> records.update(first, first.withNote("lost"), old));
            assertThat(refused.path()).hasToString("app/flat/dust/" + field);
            assertThat(refused.index()).isZero();
            store.refused(Reason.CONFLICT, () -> records.insert(first, old));
            store.refused(Reason.CONFLICT, () -> records.delete("dust", old));
        }
        records.delete("dust", Precondition.ifFields(Map.of("tags", revisions.get("tags"))));
        assertThat(records.exists("dust")).isFalse();
    }

    @Test
    default void a_field_may_have_to_be_absent(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        FlatSample record = FLAT.of("dust");
        store.set(FLAT, "dust/title", "Title");
        Precondition none = Precondition.ifFields(Map.of("labels", 0L));
        records.update(record, record.withLabels(Map.of("a", "1")), none);
        store.refused(Reason.EXISTS, () -> records.update(record, record.withLabels(Map.of("b", "2")), none));
        assertThat(records.get("dust").labels()).isEqualTo(Map.of("a", "1"));
    }

    @Test
    default void a_flat_record_has_no_revision_of_the_whole_but_to_be_deleted(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        FlatSample record = FLAT.full("dust");
        RecordReceipt receipt = records.insert(record);
        Precondition current = Precondition.ifRevision(receipt.revision());
        List<ThrowingCallable> writes = List.of(
                () -> records.insert(record, current), () -> records.update(record, record.withVisits(9), current));
        for (ThrowingCallable write : writes) {
            assertThat(store.wrong(IllegalArgumentException.class, write))
                    .hasMessageContaining("FlatSample is kept field by field")
                    .hasMessageContaining("use Precondition.ifFields");
        }
        store.set(FLAT, "dust/more", 1);
        store.refused(Reason.CONFLICT, () -> records.delete("dust", current));
        records.delete("dust", Precondition.ifRevision(store.storeSeq()));
        assertThat(records.exists("dust")).isFalse();
    }

    @Test
    default void a_whole_record_has_no_revisions_of_fields(RepositoryProbe store) {
        Repository<WholeSample> records = store.of(MAP);
        WholeSample record = MAP.full("dust");
        records.insert(record);
        Precondition fields = Precondition.ifFields(Map.of("title", 1L));
        List<ThrowingCallable> writes = List.of(
                () -> records.insert(record, fields),
                () -> records.update(record, record.withVisits(9), fields),
                () -> records.delete("dust", fields));
        for (ThrowingCallable write : writes) {
            assertThat(store.wrong(IllegalArgumentException.class, write))
                    .hasMessageContaining("WholeSample is kept as one value")
                    .hasMessageContaining("use Precondition.ifRevision");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void only_inserts_can_be_made_where_nothing_is(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        T record = samples.full("dust");
        assertThat(store.wrong(
                        IllegalArgumentException.class,
                        () -> records.update(record, record.withVisits(9), Precondition.ifAbsent())))
                .hasMessageContaining("ifAbsent is for inserts");
        store.wrong(IllegalArgumentException.class, () -> records.delete("dust", Precondition.ifAbsent()));
    }

    @Test
    default void conditions_are_about_revisions_and_fields_that_there_are(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        store.wrong(IllegalArgumentException.class, () -> Precondition.ifRevision(0));
        store.wrong(IllegalArgumentException.class, () -> Precondition.ifFields(Map.of()));
        store.wrong(IllegalArgumentException.class, () -> Precondition.ifFields(Map.of("title", -1L)));
        FlatSample record = FLAT.full("dust");
        assertThat(store.wrong(
                        IllegalArgumentException.class,
                        () -> records.insert(record, Precondition.ifFields(Map.of("note", 1L)))))
                .hasMessageContaining("FlatSample has no field \"note\", but [title, remark,");
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void without_a_condition_a_write_is_made_whatever_is_there(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        T record = samples.full("dust");
        records.insert(record, Precondition.any());
        records.insert(record.withVisits(5));
        records.update(record, record.withVisits(6), Precondition.any());
        assertThat(records.get("dust").visits()).isEqualTo(6);
        records.delete("dust", Precondition.any());
        assertThat(records.exists("dust")).isFalse();
    }
}
