package dev.varve.testkit;

import static dev.varve.testkit.Samples.FLAT;
import static dev.varve.testkit.Samples.MAP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Batch;
import dev.varve.api.Repository;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How all records are read. */
interface RepositoryListingRules {

    /** So many that their entries take several pages. */
    int MANY = 300;

    private static <T extends Record & Sample<T>> List<T> insertMany(Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        List<T> many = IntStream.range(0, MANY)
                .mapToObj(i -> samples.full(String.format("k%03d", i)))
                .toList();
        for (int from = 0; from < MANY; from += 100) {
            Batch batch = store.store().batch();
            many.subList(from, from + 100).forEach(record -> batch.insert(records, record));
            batch.commit();
        }
        return many;
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void all_records_are_read_over_several_pages(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        List<T> many = insertMany(samples, store);
        store.set(samples, "k000-", "a value at the path of a record");
        assertThat(records.all()).isEqualTo(many);
        assertThat(records.count()).isEqualTo(MANY);
        try (Stream<T> stream = records.stream()) {
            assertThat(stream).isEqualTo(many);
        }
        try (Stream<T> stream = records.stream()) {
            assertThat(stream.skip(150).findFirst()).contains(many.get(150));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_stream_is_of_the_moment_when_its_first_record_is_asked_for(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        List<T> many = insertMany(samples, store);
        try (Stream<T> stream = records.stream()) {
            records.insert(samples.of("before"));
            Iterator<T> read = stream.iterator();
            assertThat(read.next().slug()).isEqualTo("before");
            records.insert(samples.of("k150-after"));
            records.delete("k200");
            records.update("k250", record -> record.withVisits(99));
            assertThat(read).toIterable().containsExactlyElementsOf(many);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void what_is_no_record_is_skipped_with_one_warning(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.of("first"));
        store.set(samples, "dust", Map.of("titel", "Dust", "visits", 1));
        store.set(samples, "many/title", "Many");
        store.set(samples, "many/visits", "many");
        records.insert(samples.of("zero"));
        String type = samples.type().getSimpleName();
        List<Runnable> reads = List.of(
                () -> assertThat(records.all()).extracting(Sample::slug).containsExactly("first", "zero"),
                () -> assertThat(records.stream()).extracting(Sample::slug).containsExactly("first", "zero"));
        for (Runnable read : reads) {
            assertThat(store.warnings(read))
                    .satisfiesExactly(
                            line -> assertThat(line)
                                    .isEqualTo("WARNING skipping " + type + " \"dust\" at " + samples.prefix()
                                            + "/dust: missing [title], unrecognized [titel]"),
                            line -> assertThat(line)
                                    .startsWith("WARNING skipping " + type + " \"many\" at " + samples.prefix()
                                            + "/many: visits: expected a whole number")
                                    .endsWith("was the text \"many\""));
        }
        assertThat(records.count()).as("readable or not").isEqualTo(4);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void without_records_there_is_nothing_to_list(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        assertThat(records.all()).isEmpty();
        assertThat(records.stream()).isEmpty();
        assertThat(records.count()).isZero();
        assertThat(store.isUntouched()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void records_of_other_types_are_not_listed(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        store.entries().set(EntryProbe.path("app"), EntryProbe.value(1));
        store.of(FLAT).insert(FLAT.of("flat"));
        store.of(MAP).insert(MAP.of("whole"));
        store.entries().set(EntryProbe.path("app/flat-x/k/title"), EntryProbe.value("x"));
        assertThat(records.all()).hasSize(1);
    }
}
