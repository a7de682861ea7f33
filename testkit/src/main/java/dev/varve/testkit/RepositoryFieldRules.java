package dev.varve.testkit;

import static dev.varve.testkit.Samples.FLAT;
import static dev.varve.testkit.Twins.FULL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.Repository;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Counters and sets among fields, and what the modes have in common. */
interface RepositoryFieldRules {

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.Samples#both")
    default <T extends Record & Sample<T>> void a_field_counts_whatever_others_add(
            Samples<T> samples, RepositoryProbe store) {
        Repository<T> records = store.of(samples);
        records.insert(samples.full("dust"));
        assertThat(records.increment("dust", "visits", 2)).isEqualTo(5);
        assertThat(records.increment("dust", "visits", -6)).isEqualTo(-1);
        assertThat(records.get("dust")).isEqualTo(samples.full("dust").withVisits(-1));
        records.update("dust", record -> record.withVisits(record.visits() + 2));
        assertThat(records.increment("dust", "visits", 1)).isEqualTo(2);

        assertThat(records.increment("none", "visits", 1)).isEqualTo(1);
        assertThat(records.findAll(List.of("dust"))).hasSize(1);
        assertThat(records.exists("none"))
                .as("a field alone, which is no record yet")
                .isTrue();
        records.increment("dust", "visits", Long.MAX_VALUE - 2);
        long before = store.storeSeq();
        store.wrong(EntryRefusedException.class, () -> records.increment("dust", "visits", 1));
        assertThat(store.storeSeq()).isEqualTo(before);
    }

    @Test
    default void members_come_and_go_whatever_others_do(RepositoryProbe store) {
        for (boolean whole : new boolean[] {false, true}) {
            store.entries().delete(EntryProbe.path("app/twins"));
            store.store().repository(Twins.Flat.class).insert(FULL);
            Repository<?> records = whole
                    ? store.store().repository(Twins.Whole.class)
                    : store.store().repository(Twins.Flat.class);
            assertThat(records.add("dust", "tags", "b")).isEqualTo(Set.of("a", "b"));
            assertThat(List.copyOf(records.add("dust", "tags", "c"))).isEqualTo(List.of("c", "b", "a"));
            assertThat(records.add("dust", "tags", "b")).isEqualTo(Set.of("a", "b", "c"));
            assertThat(records.remove("dust", "tags", "a")).isEqualTo(Set.of("b", "c"));
            assertThat(records.remove("dust", "tags", "x")).isEqualTo(Set.of("b", "c"));
            assertThat(records.add("new", "tags", "x")).isEqualTo(Set.of("x"));
            assertThat(store.store().repository(Twins.Flat.class).get("dust").tags())
                    .isEqualTo(Set.of("b", "c"));
        }
    }

    @Test
    default void only_what_counts_is_counted_and_only_sets_have_members(RepositoryProbe store) {
        Repository<FlatSample> records = store.of(FLAT);
        Repository<Twins.Flat> twins = store.store().repository(Twins.Flat.class);
        Map<String, ThrowingCallable> wrong = new TreeMap<>(Map.of(
                "\"title\" of FlatSample is of type String, which is not counted",
                        () -> records.increment("dust", "title", 1),
                "\"tags\" of FlatSample is of type List, which has no members", () -> records.add("dust", "tags", "x"),
                "\"labels\" of FlatSample is of type Map", () -> records.remove("dust", "labels", "x"),
                "FlatSample has no field \"titel\"", () -> records.increment("dust", "titel", 1),
                "FlatSample has no field \"slug\"", () -> records.increment("dust", "slug", 1),
                "is empty; every record has one", () -> records.increment("", "visits", 1),
                "no such member: expected a text", () -> twins.add("dust", "tags", 5)));
        wrong.forEach((words, call) ->
                assertThat(store.wrong(IllegalArgumentException.class, call)).hasMessageContaining(words));
        assertThat(store.isUntouched()).as("nothing was sent").isTrue();
        twins.insert(FULL);
        store.wrong(EntryRefusedException.class, () -> twins.increment("dust", "rank", 1));
    }

    /** Fields are entries of their own in both modes, so that records need no conversion from one to the other. */
    @Test
    default void both_modes_keep_the_same_entries(RepositoryProbe store) {
        Repository<Twins.Flat> flat = store.store().repository(Twins.Flat.class);
        Repository<Twins.Whole> whole = store.store().repository(Twins.Whole.class);
        flat.insert(FULL);
        Map<String, Map.Entry<EntryType, EntryValue>> asFlat = entries(store);
        Twins.Whole read = whole.get("dust");
        assertThat(read).isEqualTo(flat.get("dust").whole());
        assertThat(whole.all()).containsExactly(read);

        whole.insert(read);
        assertThat(entries(store)).isEqualTo(asFlat);
        assertThat(flat.get("dust").whole()).isEqualTo(read);
        assertThat(flat.all()).hasSize(1);

        flat.update(
                "dust",
                one -> new Twins.Flat(one.slug(), "by fields", 7L, 4, one.tags(), one.numbers(), one.labels(), null));
        assertThat(whole.get("dust").title()).isEqualTo("by fields");
        whole.update(
                "dust",
                one -> new Twins.Whole(
                        one.slug(),
                        "as one",
                        one.rank(),
                        one.visits(),
                        one.tags(),
                        one.numbers(),
                        one.labels(),
                        one.author()));
        assertThat(flat.get("dust").title()).isEqualTo("as one");
        assertThat(flat.get("dust").visits()).isEqualTo(4);
    }

    private static Map<String, Map.Entry<EntryType, EntryValue>> entries(RepositoryProbe store) {
        Map<String, Map.Entry<EntryType, EntryValue>> entries = new TreeMap<>();
        for (Entry entry : store.entries()
                .list(EntryPattern.below(EntryProbe.path("app/twins")))
                .toList()) {
            entries.put(entry.path().toString(), Map.entry(entry.type(), entry.value()));
        }
        return entries;
    }
}
