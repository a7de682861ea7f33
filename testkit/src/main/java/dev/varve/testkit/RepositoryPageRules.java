package dev.varve.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Batch;
import dev.varve.api.InvalidRecordException;
import dev.varve.api.RecordPage;
import dev.varve.api.Repository;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Some records at once: by their keys, and page by page. */
interface RepositoryPageRules {

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void several_are_found_by_their_keys(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        assertThat(records.findAll(List.of("a"))).isEmpty();
        assertThat(records.findAll(List.of())).isEmpty();
        for (String key : List.of("a", "b", "x/y", "*")) {
            records.insert(samples.full(key));
        }
        store.set(samples, "value", "a value at the path of a record");
        Map<String, T> found = records.findAll(List.of("x/y", "gone", "b", "value", "*", "b"));
        assertThat(found.keySet()).containsExactly("x/y", "b", "*");
        assertThat(found).allSatisfy((key, record) -> assertThat(record).isEqualTo(samples.full(key)));
        store.set(samples, "broken/visits", 1);
        assertThat(store.wrong(InvalidRecordException.class, () -> records.findAll(List.of("a", "broken")))
                        .key())
                .isEqualTo("broken");
        List<String> many = IntStream.range(0, 1_001).mapToObj(String::valueOf).toList();
        store.wrong(IllegalArgumentException.class, () -> records.findAll(many));
        store.wrong(IllegalArgumentException.class, () -> records.findAll(List.of("a", "")));
        records.delete("b");
        assertThat(records.findAll(List.of("a", "b"))).containsOnlyKeys("a");
    }

    @Test
    default void several_of_plain_fields_are_found_by_their_keys(RepositoryProbe store) {
        Repository<Twins.Plain> records = store.store().repository(Twins.Plain.class);
        List<String> keys = IntStream.range(0, 300).mapToObj(String::valueOf).toList();
        assertThat(records.findAll(keys)).isEmpty();
        Batch batch = store.store().batch();
        keys.subList(0, 200)
                .forEach(key -> batch.insert(records, new Twins.Plain(key, "T" + key, null, 1, Set.of("a"))));
        batch.commit();
        for (int asked : new int[] {1, 250, 251}) {
            assertThat(records.findAll(keys.subList(0, asked)).values())
                    .extracting(Twins.Plain::title)
                    .containsExactlyElementsOf(keys.subList(0, Math.min(asked, 200)).stream()
                            .map(key -> "T" + key)
                            .toList());
        }
        store.entries().delete(EntryProbe.path("app/twins/7/tags"));
        assertThat(records.findAll(List.of("8", "7")).get("7"))
                .as("of what is there")
                .isEqualTo(new Twins.Plain("7", "T7", null, 1, Set.of()));
        store.entries().set(EntryProbe.path("app/twins/6/title/below"), EntryProbe.value(1));
        assertThat(records.findAll(List.of("6")).get("6"))
                .as("an entry is seen before what is below it")
                .isEqualTo(records.get("6"));
        store.entries().delete(EntryProbe.path("app/twins/6/title"));
        store.entries().set(EntryProbe.path("app/twins/6/title/below"), EntryProbe.value(1));
        store.wrong(InvalidRecordException.class, () -> records.findAll(List.of("5", "6")));
        store.entries().set(EntryProbe.path("app/twins/other/unknown"), EntryProbe.value(1));
        assertThat(records.findAll(List.of("other", "5"))).containsOnlyKeys("5");
    }

    @Test
    default void several_of_plain_fields_are_found_as_of_one_moment(RepositoryProbe store) throws InterruptedException {
        Repository<Twins.Plain> records = store.store().repository(Twins.Plain.class);
        keepsOneMoment(store, records, (key, i) -> new Twins.Plain(key, "x", null, i, Set.of()), Twins.Plain::visits);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void several_are_found_as_of_one_moment(
            Samples<T> samples, RepositoryProbe store) throws InterruptedException {
        keepsOneMoment(
                store, store.of(samples), (key, i) -> samples.of(key).withVisits(i), record -> (long) record.visits());
    }

    private static <T extends Record> void keepsOneMoment(
            RepositoryProbe store, Repository<T> records, BiFunction<String, Integer, T> make, ToLongFunction<T> visits)
            throws InterruptedException {
        List<String> keys = List.of("a", "b", "c");
        AtomicBoolean over = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            for (int i = 1; !over.get(); i++) {
                Batch batch = store.store().batch();
                for (String key : keys) {
                    if (i % 3 == 0) {
                        batch.delete(records, key);
                    } else {
                        batch.insert(records, make.apply(key, i));
                    }
                }
                batch.commit();
            }
        });
        writer.start();
        try {
            for (int i = 0; i < 50; i++) {
                Map<String, T> found = records.findAll(keys);
                assertThat(found.size()).isIn(0, keys.size());
                assertThat(found.values().stream().mapToLong(visits).distinct().toArray())
                        .hasSizeLessThanOrEqualTo(1);
            }
        } finally {
            over.set(true);
            writer.join();
        }
    }

    private static <T extends Record & Sample<T>> List<String> pages(
            Repository<T> records, String keyPrefix, int limit) {
        List<String> keys = new ArrayList<>();
        String after = null;
        do {
            RecordPage<T> page = records.page(keyPrefix, after, limit);
            assertThat(page.records()).hasSizeLessThanOrEqualTo(limit);
            page.records().forEach(record -> keys.add(record.slug()));
            after = page.next();
        } while (after != null);
        return keys;
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void pages_go_through_all_whose_keys_begin_alike(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        assertThat(records.page("", null, 10)).isEqualTo(new RecordPage<>(List.of(), null));
        List<String> keys = List.of(
                "a",
                "a-b",
                "a/b",
                "a.b",
                "ab",
                "a~",
                "a*",
                "b",
                "b1",
                "b2",
                "b\uD83D\uDE00",
                "b\uFFFF",
                "*",
                "**",
                "-",
                "~");
        Batch batch = store.store().batch();
        keys.forEach(key -> batch.insert(records, samples.full(key)));
        batch.commit();
        store.set(samples, "a-", "a value at the path of a record");
        List<String> inOrder = records.all().stream().map(Sample::slug).toList();
        assertThat(inOrder).containsExactlyInAnyOrderElementsOf(keys);
        for (String prefix : List.of("", "a", "b", "a-", "a/", "a~", "*", "**", "none", "~", "b\uFFFF")) {
            List<String> expected =
                    inOrder.stream().filter(key -> key.startsWith(prefix)).toList();
            for (int limit : new int[] {1, 2, 3, expected.size() + 1}) {
                assertThat(pages(records, prefix, limit))
                        .as("%s by %s", prefix, limit)
                        .isEqualTo(expected);
            }
            assertThat(records.page(prefix, null, Math.max(1, expected.size())).next())
                    .as("the last page says so")
                    .isNull();
        }
        assertThat(records.page("b", "b1x", 1).records())
                .as("after a key that is not there")
                .extracting(Sample::slug)
                .containsExactly("b2");
        store.wrong(IllegalArgumentException.class, () -> records.page("a", "b", 1));
        for (int limit : new int[] {0, 1_001}) {
            store.wrong(IllegalArgumentException.class, () -> records.page("", null, limit));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void pages_skip_what_is_no_record(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.of("a"));
        store.set(samples, "b/visits", 1);
        records.insert(samples.of("c"));
        assertThat(store.warnings(() -> {
                    RecordPage<T> page = records.page("", null, 2);
                    assertThat(page.records()).containsExactly(samples.of("a"));
                    assertThat(page.next()).isEqualTo("b");
                    assertThat(records.page("", "b", 2)).isEqualTo(new RecordPage<>(List.of(samples.of("c")), null));
                }))
                .singleElement()
                .satisfies(line -> assertThat(line).startsWith("WARNING skipping"));
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void pages_hold_records_whole_however_large(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        Map<String, Map<String, String>> labels = new HashMap<>();
        for (String key : List.of("a", "b", "c", "d")) {
            int size = key.equals("b") ? 900 : key.equals("c") ? 2_500 : 3;
            labels.put(
                    key,
                    IntStream.range(0, size)
                            .boxed()
                            .collect(Collectors.toMap(i -> String.format("l%04d", i), String::valueOf)));
        }
        labels.forEach((key, of) -> records.insert(samples.of(key).withLabels(of)));
        for (int limit : new int[] {1, 2, 10}) {
            List<T> found = new ArrayList<>();
            for (@Nullable String after = null; found.size() < 4; ) {
                RecordPage<T> page = records.page("", after, limit);
                found.addAll(page.records());
                after = page.next();
            }
            assertThat(found).extracting(Sample::slug).containsExactly("a", "b", "c", "d");
            assertThat(found).allSatisfy(record -> assertThat(record.labels()).isEqualTo(labels.get(record.slug())));
        }
    }

    /** What goes through pages sees every record that is there all the time. */
    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void pages_by_prefix_are_what_a_stream_gives(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        Batch batch = store.store().batch();
        IntStream.range(0, 100).forEach(i -> batch.insert(records, samples.of(String.format("k%02d", i))));
        batch.commit();
        try (Stream<T> all = records.stream()) {
            assertThat(pages(records, "k", 7)).isEqualTo(all.map(Sample::slug).toList());
        }
        assertThat(pages(records, "k4", 7)).hasSize(10);
    }
}
