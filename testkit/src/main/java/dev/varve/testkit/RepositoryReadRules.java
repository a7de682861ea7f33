package dev.varve.testkit;

import static dev.varve.testkit.Samples.FLAT;
import static dev.varve.testkit.Samples.MAP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.ErrorKind;
import dev.varve.api.InvalidRecordException;
import dev.varve.api.Repository;
import dev.varve.api.StoredRecord;
import dev.varve.api.VarveException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How single records are read. */
interface RepositoryReadRules {

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_record_comes_back_as_it_was_inserted(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.full("dust"));
        records.insert(samples.of("plain"));

        assertThat(records.find("dust")).contains(samples.full("dust"));
        assertThat(records.get("dust")).isEqualTo(samples.full("dust"));
        assertThat(records.exists("dust")).isTrue();
        assertThat(records.get("plain"))
                .as("empty maps and lists come back empty, nulls as null")
                .isEqualTo(samples.of("plain"));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void what_is_not_there_is_not_found(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        assertThat(records.find("dust")).isEmpty();
        assertThat(records.findRecord("dust")).isEmpty();
        assertThat(records.exists("dust")).isFalse();
        VarveException thrown = store.wrong(VarveException.class, () -> records.get("dust"));
        assertThat(thrown.kind()).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(thrown).hasMessageContaining(samples.type().getSimpleName() + " \"dust\"");
        assertThat(store.isUntouched()).as("reading creates nothing").isTrue();
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void keys_are_any_text(Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        List<String> keys =
                List.of("a", "a.b", "a/b", "a-b", "~", "~0", "~1", "*", "**", "\\*", "\\**", " ", "\u00e4", "_type");
        keys.forEach(key -> records.insert(samples.of(key)));
        assertThat(records.all()).extracting(Sample::slug).containsExactlyInAnyOrderElementsOf(keys);
        for (String key : keys) {
            assertThat(records.get(key)).isEqualTo(samples.of(key));
            assertThat(records.update(key, record -> record.withVisits(1))
                            .value()
                            .visits())
                    .isEqualTo(1);
            assertThat(records.findRecord(key))
                    .map(StoredRecord::value)
                    .contains(samples.of(key).withVisits(1));
        }
        for (int i = 0; i < keys.size(); i++) {
            records.delete(keys.get(i));
            assertThat(records.exists(keys.get(i))).isFalse();
            assertThat(records.count()).isEqualTo(keys.size() - i - 1);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_key_that_is_none_is_refused(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        for (String key : List.of("", "a\u0000")) {
            store.wrong(IllegalArgumentException.class, () -> records.find(key));
            store.wrong(IllegalArgumentException.class, () -> records.findRecord(key));
            store.wrong(IllegalArgumentException.class, () -> records.exists(key));
            store.wrong(IllegalArgumentException.class, () -> records.delete(key));
            store.wrong(IllegalArgumentException.class, () -> records.update(key, record -> record));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_record_that_lacks_a_field_is_told(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        store.set(samples, "dust", Map.of("titel", "Dust", "visits", 1));
        InvalidRecordException thrown = store.wrong(InvalidRecordException.class, () -> records.get("dust"));
        assertThat(thrown.type()).isEqualTo(samples.type().getSimpleName());
        assertThat(thrown.key()).isEqualTo("dust");
        assertThat(thrown.missing()).containsExactly("title");
        assertThat(thrown.unrecognized()).containsExactly("titel");
        assertThat(thrown).hasMessageContaining("missing [title], unrecognized [titel]");
        store.wrong(InvalidRecordException.class, () -> records.find("dust"));
        store.wrong(InvalidRecordException.class, () -> records.findRecord("dust"));
        store.wrong(InvalidRecordException.class, () -> records.update("dust", record -> record.withVisits(2)));
        assertThat(records.exists("dust")).isTrue();
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_record_that_cannot_be_read_is_told(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        store.set(samples, "dust", Map.of("title", "Dust", "visits", "many"));
        InvalidRecordException thrown = store.wrong(InvalidRecordException.class, () -> records.find("dust"));
        assertThat(thrown)
                .hasMessageContaining("visits: expected a whole number")
                .hasMessageContaining("\"many\"");
        assertThat(thrown.missing()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_value_at_the_path_of_a_record_is_no_record(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        store.set(samples, "dust", "something");
        assertThat(store.wrong(InvalidRecordException.class, () -> records.find("dust")))
                .hasMessageContaining("expected an object, was string");
        store.wrong(InvalidRecordException.class, () -> records.findRecord("dust"));
        assertThat(records.exists("dust")).isFalse();
        assertThat(records.count()).isZero();
        assertThat(store.warnings(() -> assertThat(records.all()).isEmpty())).isEmpty();
    }

    @Test
    default void each_field_of_a_flat_record_has_a_revision(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        records.insert(FLAT.full("dust"));
        store.set(FLAT, "dust/visits", 9);
        store.set(FLAT, "dust/author/town", "Paris");
        store.set(FLAT, "dust/more", 1);
        StoredRecord<FlatSample> found = records.findRecord("dust").orElseThrow();
        assertThat(found.value())
                .isEqualTo(FLAT.full("dust").withVisits(9).withAuthor(new Sample.Author("Ada", "Paris")));
        assertThat(found.revision()).isEqualTo(store.storeSeq());
        assertThat(found.fieldRevisions()).containsOnlyKeys("title", "remark", "visits", "labels", "tags", "author");
        found.fieldRevisions()
                .forEach((field, revision) -> assertThat(store.entries().get(FLAT.path("dust/" + field)))
                        .as(field)
                        .map(Entry::revision)
                        .contains(revision));
    }

    @Test
    default void a_field_that_is_not_there_has_no_revision(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        store.set(FLAT, "dust/title", "Dust");
        assertThat(records.findRecord("dust").orElseThrow().fieldRevisions()).containsOnlyKeys("title");
    }

    @Test
    default void a_whole_record_has_one_revision(RepositoryProbe store) {
        Repository<WholeSample> records = store.of(MAP);
        records.insert(MAP.full("dust"));
        long revision = store.storeSeq();
        records.insert(MAP.full("other"));
        StoredRecord<WholeSample> found = records.findRecord("dust").orElseThrow();
        assertThat(found).isEqualTo(new StoredRecord<>(MAP.full("dust"), revision, Map.of()));
    }
}
