package dev.varve.testkit;

import static dev.varve.testkit.EntriesProbe.typed;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryType;
import dev.varve.api.ErrorKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What reads show. */
interface EntriesReadRules {

    @Test
    default void an_entry_is_read_with_type_and_revision(EntriesProbe store) {
        store.set("a", "x");
        store.set("b", 1);
        assertThat(store.get("b")).isEqualTo(new Entry(path("b"), value(1), EntryType.INTEGER, 2));
        assertThat(store.get("a")).isEqualTo(new Entry(path("a"), value("x"), EntryType.STRING, 1));
    }

    @Test
    default void a_subtree_is_read_as_one_object(EntriesProbe store) {
        store.set("a", Map.of("b", Map.of("c", 1, "d/e~f", "x"), "g", List.of(1, "y")));
        assertThat(store.get("a"))
                .isEqualTo(new Entry(
                        path("a"),
                        value(Map.of("b", Map.of("c", 1, "d/e~f", "x"), "g", List.of(1, "y"))),
                        EntryType.MAP,
                        1));
    }

    @Test
    default void a_subtree_keeps_what_its_values_are(EntriesProbe store) {
        Map<String, Object> record = Map.of(
                "price",
                typed("decimal", "29.90"),
                "text",
                "29.90",
                "list",
                List.of(typed("decimal", "1.0"), "1.0"),
                "deep",
                Map.of("at/once", typed("datetime", "2026-03-31T12:00:00Z"), "not", "2026-03-31T12:00:00Z"));
        store.set("a/b", record);
        store.set("a/c", "29.90");
        store.holds("a/b", record);
        store.holds("a", Map.of("b", record, "c", "29.90"));
        store.holds("a/b/deep", value(record.get("deep")));
    }

    @Test
    default void an_entry_hides_what_stands_below_it(EntriesProbe store) {
        store.set("a", "leaf");
        store.set("a/b", typed("decimal", "1"));
        store.holds("a", "leaf");
        store.holds("a/b", typed("decimal", "1"));
    }

    @Test
    default void nothing_is_read_where_nothing_is(EntriesProbe store) {
        assertThat(store.entries().get(path("a"))).isEmpty();
        store.set("b", 1);
        assertThat(store.entries().get(path("a"))).isEmpty();
        assertThat(store.entries().get(path("b/c"))).isEmpty();
        assertThat(store.entries().openFile(path("a"))).isEmpty();
    }

    @Test
    default void several_are_read_at_once(EntriesProbe store) {
        store.set("a", typed("decimal", "1.50"));
        store.set("b/c", "x");
        store.set("d e", 3);
        Map<EntryPath, Entry> found = store.entries()
                .getAll(List.of(path("d e"), path("b"), path("a"), path("b/c"), path("none"), path("a")));

        assertThat(found.keySet()).containsExactlyInAnyOrder(path("d e"), path("a"), path("b/c"));
        assertThat(found)
                .containsEntry(path("a"), new Entry(path("a"), typed("decimal", "1.50"), EntryType.DECIMAL, 1))
                .containsEntry(path("b/c"), new Entry(path("b/c"), value("x"), EntryType.STRING, 2));
        assertThat(store.entries().getAll(List.of())).isEmpty();
    }

    @Test
    default void a_store_that_is_not_there_is_empty(EntriesProbe store) {
        assertThat(store.entries().getAll(List.of(path("a")))).isEmpty();
        assertThat(store.entries().list(EntryPattern.ALL)).isEmpty();
        assertThat(store.entries().range(path("a"), path("b"))).isEmpty();
        assertThat(store.entries().page(EntryPattern.ALL, null, 10).entries()).isEmpty();
        assertThat(store.store().info()).isEmpty();
    }

    @Test
    default void too_many_are_not_read_at_once(EntriesProbe store) {
        store.set("a", 1);
        List<EntryPath> paths = new ArrayList<>();
        for (int i = 0; i <= 1_000; i++) {
            paths.add(EntryPath.of("k", "" + i));
        }
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().getAll(paths));
    }

    @Test
    default void a_large_subtree_is_read_whole(EntriesProbe store) {
        for (int batch = 0; batch < 2; batch++) {
            EntryOp[] ops = new EntryOp[1_000];
            for (int i = 0; i < ops.length; i++) {
                int n = batch * ops.length + i;
                ops[i] = set("a/" + n, n % 2 == 0 ? typed("decimal", "" + n) : "" + n);
            }
            store.entries().write(ops);
        }
        Map<String, Object> all = new HashMap<>();
        for (int n = 0; n < 2_000; n++) {
            all.put("" + n, n % 2 == 0 ? typed("decimal", "" + n) : "" + n);
        }
        store.holds("a", all);
    }
}
