package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.add;
import static dev.varve.testkit.EntryProbe.check;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.file;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.merge;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.putFile;
import static dev.varve.testkit.EntryProbe.remove;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Reason;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What each change does to the entries. */
interface EntryOpRules {

    static Stream<Arguments> values() {
        return Stream.of(
                Arguments.of("text", EntryType.STRING),
                Arguments.of("", EntryType.STRING),
                Arguments.of("\u00e9\ud83d\ude00\u0000\"\\", EntryType.STRING),
                Arguments.of("x".repeat(100_000), EntryType.STRING),
                Arguments.of(0, EntryType.INTEGER),
                Arguments.of(Long.MIN_VALUE, EntryType.INTEGER),
                Arguments.of(Long.MAX_VALUE, EntryType.INTEGER),
                Arguments.of(new BigDecimal("1.50"), EntryType.FLOAT),
                Arguments.of(new BigDecimal("-0.1e-300"), EntryType.FLOAT),
                Arguments.of(true, EntryType.BOOLEAN),
                Arguments.of(false, EntryType.BOOLEAN),
                Arguments.of(null, EntryType.NULL),
                Arguments.of(List.of(), EntryType.LIST),
                Arguments.of(Arrays.asList(1, null, List.of("x"), Map.of("k", Map.of())), EntryType.LIST),
                Arguments.of(Map.of("_type", "decimal", "_typed", "29.99"), EntryType.DECIMAL),
                Arguments.of(Map.of("_type", "datetime", "_typed", "2026-03-31T12:00:00Z"), EntryType.DATETIME),
                Arguments.of(Map.of("_type", "file", "hash", "sha256:00"), EntryType.FILE));
    }

    @ParameterizedTest
    @MethodSource("values")
    default void a_value_is_read_as_it_was_set(Object plain, EntryType type, EntryProbe entries) {
        Applied applied = entries.written(set("a/b", plain)).ops().get(0);

        assertThat(applied).isEqualTo(new Applied(path("a/b"), 1, true, value(plain)));
        entries.holds("a/b", plain);
        assertThat(entries.get("a/b").type()).isEqualTo(type);
        assertThat(entries.revision("a/b")).isEqualTo(1);
        assertThat(entries.events().get(0).value()).isEqualTo(value(plain));
    }

    @ParameterizedTest
    @MethodSource("values")
    default void values_come_back(Object plain, EntryType type, EntryProbe entries) {
        entries.written(set("a/b", plain));

        entries.reopen();

        entries.holds("a/b", plain);
        assertThat(entries.get("a/b").type()).isEqualTo(type);
        assertThat(entries.events().get(0).value()).isEqualTo(value(plain));
    }

    @Test
    default void an_object_becomes_one_entry_for_each_value_in_it(EntryProbe entries) {
        Map<String, Object> record = Map.of("title", "x", "tags", List.of(1), "by", Map.of("name", "me", "n/a", true));

        entries.written(set("r", record));

        assertThat(entries.paths("**")).containsExactly("r/by/name", "r/by/n~1a", "r/tags", "r/title");
        entries.holds("r", record);
        entries.holds("r/by", Map.of("name", "me", "n/a", true));
        assertThat(entries.get("r").type()).isEqualTo(EntryType.MAP);
        assertThat(Stream.of("r", "r/by", "r/by/name", "r/title").map(entries::revision))
                .containsOnly(1L);
    }

    @Test
    default void setting_a_value_removes_all_below_but_nothing_above_or_beside(EntryProbe entries) {
        entries.written(set("a", 0), set("a/b", Map.of("c", 1, "d", Map.of("e", 2))), set("a/b-", 3), set("a/b0", 4));

        entries.written(set("a/b", 5));

        assertThat(entries.paths("**")).containsExactly("a", "a/b", "a/b-", "a/b0");
    }

    @Test
    default void setting_an_object_replaces_the_leaf_and_all_below(EntryProbe entries) {
        entries.written(set("a", 0), set("a/b", 1), set("a/c/d", 2));

        entries.written(set("a", Map.of("x", 1, "y", Map.of())));

        assertThat(entries.paths("**")).containsExactly("a/x");
    }

    @Test
    default void setting_an_empty_object_removes_everything(EntryProbe entries) {
        entries.written(set("a", 0), set("a/b", 1), set("a0", 2));

        Applied applied = entries.written(set("a", Map.of())).ops().get(0);

        assertThat(applied.made()).isTrue();
        assertThat(entries.paths("**")).containsExactly("a0");
        assertThat(entries.exists("a")).isFalse();
        assertThat(entries.events().get(3).value()).isEqualTo(value(Map.of()));
    }

    @Test
    default void an_entry_and_others_below_it_stand_together(EntryProbe entries) {
        entries.written(set("a", "leaf"));
        entries.written(set("a/b", "below"));

        entries.holds("a", "leaf");
        entries.holds("a/b", "below");
        assertThat(entries.paths("**")).containsExactly("a", "a/b");
        assertThat(entries.revision("a")).isEqualTo(1);

        entries.written(set("x/a", 1), set("x/a/b", 2), set("x/a/b/c", 3), set("x/c", 4));
        entries.holds("x", Map.of("a", 1, "c", 4));
    }

    @Test
    default void a_delete_removes_all_at_and_below(EntryProbe entries) {
        entries.written(set("a", 0), set("a/b", 1), set("a/c/d", 2), set("a-", 3), set("a.", 4), set("a0", 5));

        entries.written(delete("a"));

        assertThat(entries.paths("**")).containsExactly("a-", "a.", "a0");
        assertThat(entries.exists("a")).isFalse();
        assertThat(entries.exists("a/b")).isFalse();
        assertThat(entries.exists("a/c")).isFalse();
    }

    @Test
    default void a_delete_of_nothing_is_a_change_all_the_same(EntryProbe entries) {
        assertThat(entries.written(delete("a")).ops().get(0)).isEqualTo(new Applied(path("a"), 1, true, null));

        assertThat(entries.storeSeq()).isEqualTo(1);
        assertThat(entries.events().get(0).kind()).isEqualTo(EntryOp.Kind.DELETE);
        assertThat(entries.events().get(0).value()).isNull();
    }

    @Test
    default void what_was_deleted_can_be_written_again(EntryProbe entries) {
        entries.written(set("a", Map.of("b", 1, "c", 2)));
        entries.written(delete("a"));
        entries.written(set("a/c", 3));

        assertThat(entries.paths("**")).containsExactly("a/c");
        entries.holds("a", Map.of("c", 3));
    }

    @Test
    default void a_merge_sets_fields_and_leaves_the_others(EntryProbe entries) {
        entries.written(set("a", "leaf"), set("a/keep", 1), set("a/old/x", 2), set("a/old/y", 3), set("a/v/w", 4));

        Map<String, Object> fields = Map.of("old", Map.of("z", 5), "v", 6, "n/w", 7);
        Applied applied = entries.written(merge("a", fields)).ops().get(0);

        assertThat(applied.value()).isEqualTo(value(fields));
        assertThat(entries.paths("**")).containsExactly("a", "a/keep", "a/n~1w", "a/old/z", "a/v", "a/v/w");
        assertThat(entries.revision("a/keep")).isEqualTo(2);
        assertThat(entries.revision("a/old")).isEqualTo(6);
        assertThat(entries.events().get(5).path()).isEqualTo(path("a"));
    }

    @Test
    default void a_merge_with_an_empty_object_removes_that_field(EntryProbe entries) {
        entries.written(set("a/x", 1), set("a/x/y", 2), set("a/z", 3));

        entries.written(merge("a", Map.of("x", Map.of())));

        assertThat(entries.paths("**")).containsExactly("a/z");
        assertThat(entries.revision("a")).isEqualTo(4);
    }

    @Test
    default void a_merge_of_no_fields_changes_no_entry(EntryProbe entries) {
        entries.written(set("a/x", 1));

        assertThat(entries.wrote(merge("a", Map.of()))).isEqualTo(2);

        entries.holds("a", Map.of("x", 1));
        assertThat(entries.revision("a")).isEqualTo(1);
    }

    @Test
    default void only_objects_are_merged(EntryProbe entries) {
        for (Object plain : List.of(1, "x", List.of(), Map.of("_type", "decimal", "_typed", "1"))) {
            entries.refused(Reason.MERGE_REQUIRES_MAP_VALUE, EntryOp.of(EntryOp.Kind.MERGE, path("a"), value(plain)));
        }
        entries.refused(Reason.MERGE_REQUIRES_MAP_VALUE, EntryOp.of(EntryOp.Kind.MERGE, path("a"), null));
        assertThat(entries.storage().stores(null)).allMatch(store -> store.storeSeq() == 0);
    }

    @Test
    default void increments_add_up(EntryProbe entries) {
        assertThat(entries.written(increment("n", 5)).ops().get(0).value()).isEqualTo(value(5));
        assertThat(entries.written(increment("n", 3)).ops().get(0).value()).isEqualTo(value(8));
        entries.written(increment("n", -10));

        entries.holds("n", -2);
        assertThat(entries.get("n").type()).isEqualTo(EntryType.COUNTER);
        assertThat(entries.events().stream().map(event -> event.value()))
                .containsExactly(value(5), value(8), value(-2));

        entries.written(set("n", 100));
        assertThat(entries.get("n").type()).isEqualTo(EntryType.INTEGER);
        entries.written(increment("n", new BigDecimal("0.25")));
        entries.holds("n", new BigDecimal("100.25"));
        assertThat(entries.get("n").type()).isEqualTo(EntryType.COUNTER);
    }

    @Test
    default void an_increment_leaves_what_is_below(EntryProbe entries) {
        entries.written(set("n/x", 1), increment("n", 1));

        assertThat(entries.paths("**")).containsExactly("n", "n/x");
    }

    @Test
    default void an_increment_that_does_not_fit_is_refused(EntryProbe entries) {
        entries.written(set("n", Long.MAX_VALUE - 1), set("m", Long.MIN_VALUE));
        entries.written(increment("n", 1));

        entries.refused(Reason.INCREMENT_OVERFLOW, increment("n", 1));
        entries.refused(Reason.INCREMENT_OVERFLOW, increment("m", -1));

        entries.holds("n", Long.MAX_VALUE);
        assertThat(entries.storeSeq()).isEqualTo(3);
    }

    @Test
    default void a_sum_of_numbers_of_very_different_size_is_refused(EntryProbe entries) {
        entries.written(set("n", new BigDecimal("1e1000000000")));

        entries.refused(Reason.INCREMENT_OVERFLOW, increment("n", new BigDecimal("1e-1000000000")));
        entries.refused(Reason.INCREMENT_OVERFLOW, increment("n", 1));
        entries.refused(Reason.INCREMENT_OVERFLOW, increment("n", new BigDecimal("1e-2147483000")));
    }

    @Test
    default void only_numbers_are_incremented_and_by_numbers(EntryProbe entries) {
        entries.written(set("text", "1"), set("list", List.of()), set("null", null));

        entries.refused(Reason.INCREMENT_REQUIRES_NUMBER_VALUE, increment("new", "1"));
        entries.refused(Reason.INCREMENT_REQUIRES_NUMBER_VALUE, EntryOp.of(EntryOp.Kind.INCREMENT, path("n"), null));
        for (String path : List.of("text", "list", "null")) {
            entries.refused(Reason.INCREMENT_REQUIRES_NUMBER_VALUE, increment(path, 1));
        }
    }

    @Test
    default void a_set_holds_each_member_once_the_newest_first(EntryProbe entries) {
        entries.written(add("s", "a"), add("s", "b"), add("s", "a"), add("s", List.of(1)));

        entries.holds("s", List.of(List.of(1), "a", "b"));
        assertThat(entries.get("s").type()).isEqualTo(EntryType.SET);
        assertThat(entries.events().get(1).value()).isEqualTo(value(List.of("b", "a")));
    }

    @Test
    default void a_list_becomes_a_set_and_anything_else_counts_as_empty(EntryProbe entries) {
        entries.written(set("list", List.of(1, 2, 1)), set("text", "x"), set("text2", "x"));

        entries.written(add("list", 3), add("text", 1), remove("text2", 1));

        entries.holds("list", List.of(3, 1, 2));
        entries.holds("text", List.of(1));
        entries.holds("text2", List.of());
    }

    @Test
    default void a_member_is_removed_once(EntryProbe entries) {
        entries.written(set("s", List.of(1, 2, 1)));

        assertThat(entries.written(remove("s", 1)).ops().get(0).value()).isEqualTo(value(List.of(2, 1)));
        entries.written(remove("s", 9));

        entries.holds("s", List.of(2, 1));
        assertThat(entries.get("s").type()).isEqualTo(EntryType.SET);
    }

    @Test
    default void removing_from_nothing_makes_an_empty_set(EntryProbe entries) {
        entries.written(remove("s", 1));

        entries.holds("s", List.of());
        assertThat(entries.get("s").type()).isEqualTo(EntryType.SET);
    }

    @Test
    default void sets_take_no_null(EntryProbe entries) {
        entries.refused(Reason.ADD_REQUIRES_VALUE, EntryOp.of(EntryOp.Kind.ADD, path("s"), new EntryValue.Null()));
        entries.refused(Reason.ADD_REQUIRES_VALUE, EntryOp.of(EntryOp.Kind.ADD, path("s"), null));
        entries.refused(
                Reason.REMOVE_REQUIRES_VALUE, EntryOp.of(EntryOp.Kind.REMOVE, path("s"), new EntryValue.Null()));
        entries.refused(Reason.REMOVE_REQUIRES_VALUE, EntryOp.of(EntryOp.Kind.REMOVE, path("s"), null));
    }

    @Test
    default void a_file_replaces_all_below(EntryProbe entries) {
        entries.written(set("f/x", 1));

        entries.store("00");
        entries.written(putFile("f", "00"));

        assertThat(entries.paths("**")).containsExactly("f");
        assertThat(entries.get("f").type()).isEqualTo(EntryType.FILE);
        assertThat(entries.get("f").value()).isEqualTo(file("00"));
        assertThat(entries.events().get(1).kind()).isEqualTo(EntryOp.Kind.PUT_FILE);
    }

    @Test
    default void only_a_reference_is_put_as_a_file(EntryProbe entries) {
        for (Object plain : List.of("x", Map.of("a", 1), Map.of())) {
            entries.refused(Reason.INVALID_VALUE, EntryOp.of(EntryOp.Kind.PUT_FILE, path("f"), value(plain)));
        }
        entries.refused(Reason.SET_REQUIRES_VALUE, EntryOp.of(EntryOp.Kind.PUT_FILE, path("f"), null));
    }

    @Test
    default void a_counter_and_a_set_are_put_back_as_what_they_were(EntryProbe entries) {
        entries.written(
                set("c", 5).labelled(EntryType.COUNTER), set("s", List.of(2, 1)).labelled(EntryType.SET));

        assertThat(entries.get("c").type()).isEqualTo(EntryType.COUNTER);
        assertThat(entries.get("s").type()).isEqualTo(EntryType.SET);
        assertThat(entries.events()).map(EntryEvent::label).containsExactly(EntryType.COUNTER, EntryType.SET);
        entries.written(increment("c", 2), add("s", 3));
        entries.holds("c", 7);
        entries.holds("s", List.of(3, 2, 1));
        entries.written(set("c", 5).labelled(EntryType.STRING));
        assertThat(entries.get("c").type()).isEqualTo(EntryType.INTEGER);
    }

    @Test
    default void only_a_number_is_a_counter_and_only_different_members_are_a_set(EntryProbe entries) {
        for (Object plain : List.of("x", List.of(1), Map.of("a", 1), new EntryValue.Null())) {
            entries.refused(Reason.INVALID_VALUE, set("c", plain).labelled(EntryType.COUNTER));
        }
        for (Object plain : List.of(1, List.of(1, 1), List.of(new EntryValue.Null()), Map.of())) {
            entries.refused(Reason.INVALID_VALUE, set("s", plain).labelled(EntryType.SET));
        }
        entries.refused(Reason.INVALID_VALUE, increment("c", 1).labelled(EntryType.COUNTER));
    }

    @Test
    default void a_set_takes_a_value(EntryProbe entries) {
        entries.refused(Reason.SET_REQUIRES_VALUE, EntryOp.of(EntryOp.Kind.SET, path("a"), null));
    }

    @Test
    default void a_check_changes_nothing(EntryProbe entries) {
        entries.written(set("a", 1));

        Applied applied = entries.written(check("a").ifMatch(1)).ops().get(0);

        assertThat(applied).isEqualTo(new Applied(path("a"), 1, false, null));
        assertThat(entries.storeSeq()).isEqualTo(1);
        assertThat(entries.events()).hasSize(1);
    }

    @Test
    default void names_that_no_path_can_have_are_refused(EntryProbe entries) {
        Map<String, Object> deep = new LinkedHashMap<>();
        deep.put("k".repeat(5_000), 1);
        for (Map<String, ?> plain : List.of(
                Map.of("", 1),
                Map.of("a", Map.of("", Map.of())),
                Map.of("\u0000", 1),
                Map.of("x\ud800", Map.of()),
                deep)) {
            entries.refused(Reason.INVALID_VALUE, set("a", plain));
            entries.refused(Reason.INVALID_VALUE, merge("a", plain));
        }
        entries.written(set("a", List.of(Map.of("", 1))));
    }

    @Test
    default void text_that_is_not_unicode_is_refused(EntryProbe entries) {
        for (Object plain :
                List.of("\ud800", "x\udc00", List.of("\ud800"), Map.of("k", "\ud800"), List.of(Map.of("\ud800", 1)))) {
            entries.refused(Reason.INVALID_VALUE, set("a", plain));
        }
        entries.refused(Reason.INVALID_VALUE, add("a", "\ud800"));
    }

    @Test
    default void a_value_is_nested_only_so_deep(EntryProbe entries) {
        EntryValue list = value(1);
        EntryValue object = value(1);
        for (int depth = 0; depth < EntryValue.MAX_DEPTH; depth++) {
            list = new EntryValue.Items(List.of(list));
            object = new EntryValue.Fields(Map.of("k", object));
        }
        entries.written(EntryOp.set(path("l"), list), EntryOp.set(path("o"), object));
        assertThat(entries.get("l").value()).isEqualTo(list);
        assertThat(entries.get("o").value()).isEqualTo(object);

        entries.refused(Reason.INVALID_VALUE, EntryOp.set(path("l"), new EntryValue.Items(List.of(list))));
        entries.refused(Reason.INVALID_VALUE, EntryOp.set(path("o"), new EntryValue.Fields(Map.of("k", object))));
        for (int depth = 0; depth < 100_000; depth++) {
            list = new EntryValue.Items(List.of(list));
        }
        entries.refused(Reason.INVALID_VALUE, EntryOp.set(path("l"), list));
    }

    @Test
    default void revisions_are_those_of_the_last_write(EntryProbe entries) {
        List<Long> revisions = new ArrayList<>();
        for (EntryOp op : List.of(set("a", 1), set("a", 1), increment("a", 0), add("a", 1), remove("a", 1))) {
            revisions.add(entries.wrote(op));
            assertThat(entries.revision("a")).isEqualTo(revisions.get(revisions.size() - 1));
        }
        assertThat(revisions).containsExactly(1L, 2L, 3L, 4L, 5L);
    }
}
