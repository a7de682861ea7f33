package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.add;
import static dev.varve.testkit.EntryProbe.check;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.merge;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.remove;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Written;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What changes do and what their answers say. */
interface EntriesWriteRules {

    @Test
    default void a_set_replaces_what_is_at_and_below_its_path(EntriesProbe store) {
        assertThat(store.set("a", Map.of("b", 1, "c", 2))).isEqualTo(1);
        assertThat(store.set("a", Map.of("d", 3))).isEqualTo(2);

        store.holds("a", Map.of("d", 3));
        assertThat(store.revision("a")).isEqualTo(2);
    }

    @Test
    default void an_object_without_fields_leaves_nothing(EntriesProbe store) {
        store.set("a", Map.of("b", 1));
        store.set("a", Map.of());
        assertThat(store.exists("a")).isFalse();
    }

    @Test
    default void a_merge_leaves_fields_alone_that_it_does_not_name(EntriesProbe store) {
        store.set("a", Map.of("b", 1, "c", 2));
        assertThat(store.entries().merge(path("a"), Map.of("c", EntryValue.of(3), "d", EntryValue.of("x"))))
                .isEqualTo(2);
        store.holds("a", Map.of("b", 1, "c", 3, "d", "x"));
    }

    @Test
    default void a_delete_takes_all_below_its_path_and_succeeds_where_nothing_is(EntriesProbe store) {
        store.set("a", Map.of("b", 1, "c", 2));
        assertThat(store.entries().delete(path("a"))).isEqualTo(2);
        assertThat(store.exists("a")).isFalse();
        assertThat(store.entries().delete(path("a"))).isEqualTo(3);
    }

    @Test
    default void a_counter_says_its_total(EntriesProbe store) {
        assertThat(store.entries().increment(path("n"), 5)).isEqualTo(5);
        assertThat(store.entries().increment(path("n"), -7)).isEqualTo(-2);
        assertThat(store.get("n").type()).isEqualTo(EntryType.COUNTER);
    }

    @Test
    default void a_set_says_its_members_the_newest_first(EntriesProbe store) {
        assertThat(store.entries().add(path("s"), value("a"))).containsExactly(value("a"));
        assertThat(store.entries().add(path("s"), value(2))).containsExactly(value(2), value("a"));
        assertThat(store.entries().add(path("s"), value("a"))).containsExactly(value("a"), value(2));
        assertThat(store.entries().remove(path("s"), value("a"))).containsExactly(value(2));
        assertThat(store.get("s").type()).isEqualTo(EntryType.SET);
        assertThat(store.entries().remove(path("none"), value("a"))).isEmpty();
        store.holds("none", List.of());
    }

    @Test
    default void a_write_says_of_each_change_what_stands_there_after_it(EntriesProbe store) {
        store.set("gone", 1);
        Written written = store.entries()
                .write(
                        set("a", Map.of("x", 1)),
                        merge("a", Map.of("y", 2)),
                        increment("n", 2),
                        increment("n", new BigDecimal("0.50")),
                        add("s", "m"),
                        remove("s", "m"),
                        delete("gone"));

        assertThat(written.storeSeq()).isEqualTo(8);
        assertThat(written.ops())
                .containsExactly(
                        new Applied(path("a"), 2, true, value(Map.of("x", 1))),
                        new Applied(path("a"), 3, true, value(Map.of("y", 2))),
                        new Applied(path("n"), 4, true, value(2)),
                        new Applied(path("n"), 5, true, value(new BigDecimal("2.50"))),
                        new Applied(path("s"), 6, true, value(List.of("m"))),
                        new Applied(path("s"), 7, true, value(List.of())),
                        new Applied(path("gone"), 8, true, null));
    }

    @Test
    default void a_check_changes_nothing_and_takes_no_number(EntriesProbe store) {
        store.set("a", 1);
        Written written = store.entries().write(set("b", 2), check("a").ifMatch(1), set("c", 3));

        assertThat(written.storeSeq()).isEqualTo(3);
        assertThat(written.ops().get(1)).isEqualTo(new Applied(path("a"), 2, false, null));
        assertThat(store.revision("a")).isEqualTo(1);
    }

    @Test
    default void a_write_is_made_whole_or_not_at_all(EntriesProbe store) {
        store.set("a", 1);
        assertThat(store.refused(
                                dev.varve.api.EntryWriteResult.Reason.EXISTS,
                                set("b", 1),
                                set("a", 2).onlyIfAbsent())
                        .index())
                .isEqualTo(1);
        assertThat(store.exists("b")).isFalse();
        store.holds("a", 1);
    }

    @Test
    default void a_thousand_changes_are_one_write(EntriesProbe store) {
        EntryOp[] ops = new EntryOp[1_000];
        for (int i = 0; i < ops.length; i++) {
            ops[i] = set("k/" + i, i);
        }
        assertThat(store.entries().write(ops).ops()).hasSize(1_000);
        assertThat(store.paths("k/*")).hasSize(1_000);
    }

    @Test
    default void what_is_set_for_some_time_is_there_meanwhile(EntriesProbe store) {
        store.wrote(set("a", 1).expiringAfter(3_600_000));
        store.holds("a", 1);
    }
}
