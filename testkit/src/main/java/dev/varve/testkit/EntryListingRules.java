package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.STORE;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.pattern;
import static dev.varve.testkit.EntryProbe.set;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryQuery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Listing: patterns, ranges, pages, both orders. */
interface EntryListingRules {

    /** Paths that trap those who do not order bytes: around the separator, beyond 16 bits, wildcards of other languages. */
    List<String> TRAPS = List.of(
            "foo",
            "foo-x/a",
            "foo.y/b",
            "foo/c",
            "foo/c/d",
            "foo0/e",
            "foo~0",
            "foo~1bar",
            "a%/b",
            "a_/b",
            "a\\/b",
            "ab/b",
            "*",
            "x/*",
            "x/**",
            "\uffee",
            "\ud83d\ude00/z",
            "\u00e9",
            "e",
            "\u007f",
            "\u0001");

    private static void fill(EntryProbe entries) {
        entries.written(TRAPS.stream().map(path -> set(path, path)).toArray(EntryOp[]::new));
    }

    private static List<String> inOrder() {
        List<String> sorted = new ArrayList<>(TRAPS);
        sorted.sort((a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)));
        return sorted;
    }

    private static EntryQuery query(@Nullable String from, @Nullable String to, boolean descending, int limit) {
        return new EntryQuery(
                STORE,
                pattern("**"),
                from == null ? null : path(from),
                to == null ? null : path(to),
                null,
                descending,
                limit);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 20, 21, 22, 1000})
    default void entries_are_listed_in_the_order_of_bytes_page_by_page(int limit, EntryProbe entries) {
        fill(entries);

        assertThat(entries.paths(query(null, null, false, limit))).isEqualTo(inOrder());
        List<String> reversed = new ArrayList<>(inOrder());
        Collections.reverse(reversed);
        assertThat(entries.paths(query(null, null, true, limit))).isEqualTo(reversed);
    }

    @Test
    default void a_range_takes_in_its_start_but_not_its_end(EntryProbe entries) {
        fill(entries);
        List<String> all = inOrder();

        for (int from = 0; from < all.size(); from++) {
            for (int to = 0; to < all.size(); to++) {
                List<String> expected = from < to ? all.subList(from, to) : List.of();
                assertThat(entries.paths(query(all.get(from), all.get(to), false, 5)))
                        .as(all.get(from) + " to " + all.get(to))
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    default void a_range_is_of_texts_not_of_subtrees(EntryProbe entries) {
        fill(entries);

        assertThat(entries.paths(query("foo", "foo0", false, 100)))
                .containsExactly("foo", "foo-x/a", "foo.y/b", "foo/c", "foo/c/d");
        assertThat(entries.paths(query("foo", "foo0", true, 2)))
                .containsExactly("foo/c/d", "foo/c", "foo.y/b", "foo-x/a", "foo");
        assertThat(entries.paths(query("foo.a", "foo/c", false, 100))).containsExactly("foo.y/b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "foo/**; foo/c,foo/c/d",
                "foo; foo",
                "foo/*; foo/c",
                "*/c; foo/c",
                "*/c/**; foo/c/d",
                "a%/**; a%/b",
                "a_/**; a_/b",
                "a\\/**; a\\/b",
                "*/b; a%/b,a\\/b,a_/b,ab/b,foo.y/b",
                "\\*; *",
                "x/\\*; x/*",
                "x/\\**; x/**",
                "x/*; x/*,x/**",
                "foo~1bar; foo~1bar",
                "\uD83D\uDE00/**; \uD83D\uDE00/z",
                "nothing/**; ''",
                "*/*/*; foo/c/d",
                "*/*/**; foo/c/d",
            })
    default void a_pattern_means_what_it_matches(String pattern, String expected, EntryProbe entries) {
        fill(entries);

        List<String> paths = expected.isEmpty() ? List.of() : List.of(expected.split(","));
        assertThat(entries.paths(pattern)).isEqualTo(paths);
        assertThat(entries.paths(EntryQuery.matching(STORE, pattern(pattern)).withLimit(1)))
                .isEqualTo(paths);
    }

    @Test
    default void a_cursor_need_not_stand_on_an_entry(EntryProbe entries) {
        fill(entries);
        EntryPath between = path("foo.z");

        EntryPage up = entries.page(query(null, null, false, 1).withAfter(between));
        EntryPage down = entries.page(query(null, null, true, 1).withAfter(between));

        assertThat(up.entries().get(0).path()).isEqualTo(path("foo/c"));
        assertThat(down.entries().get(0).path()).isEqualTo(path("foo.y/b"));
    }

    @Test
    default void the_last_page_has_no_cursor(EntryProbe entries) {
        entries.written(set("a", 1), set("b", 2));

        assertThat(entries.page(query(null, null, false, 2)).next()).isNull();
        assertThat(entries.page(query(null, null, false, 1)).next()).isEqualTo(path("a"));
        assertThat(entries.page(query(null, null, true, 1)).next()).isEqualTo(path("b"));
        assertThat(entries.page(query(null, null, true, 2)).next()).isNull();
        assertThat(entries.page(query("c", null, false, 2)).entries()).isEmpty();
        assertThat(entries.page(query("b", "a", false, 2)).storeSeq()).isEqualTo(2);
    }

    @Test
    default void a_page_says_of_which_moment_it_is(EntryProbe entries) {
        entries.written(set("a", 1), set("b", 2), delete("a"));

        EntryPage page = entries.page(query(null, null, false, 10));

        assertThat(page.storeSeq()).isEqualTo(3);
        assertThat(page.entries()).hasSize(1);
        assertThat(page.entries().get(0).revision()).isEqualTo(2);
        assertThat(page.entries().get(0).value()).isEqualTo(EntryProbe.value(2));
    }

    @Test
    default void what_was_replaced_or_removed_is_not_listed(EntryProbe entries) {
        fill(entries);
        entries.written(set("foo", Map.of("new", 1)), delete("x"), set("a%", 1), set("a_/b/c", 1));

        List<String> expected = new ArrayList<>(inOrder());
        expected.removeAll(List.of("foo", "foo/c", "foo/c/d", "x/*", "x/**", "a%/b"));
        expected.addAll(List.of("foo/new", "a%", "a_/b/c"));
        expected.sort((a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)));
        assertThat(entries.paths("**")).isEqualTo(expected);
        Collections.reverse(expected);
        assertThat(entries.paths(query(null, null, true, 4))).isEqualTo(expected);
    }

    @Test
    default void a_narrow_pattern_is_found_among_many_others(EntryProbe entries) {
        List<EntryOp> ops = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            ops.add(set("logs/" + i + "/info/x", i));
        }
        ops.add(set("logs/77/error/x", 1));
        ops.add(set("logs/99/error/y", 1));
        entries.written(ops.toArray(EntryOp[]::new));

        EntryQuery narrow =
                EntryQuery.matching(STORE, pattern("logs/*/error/**")).withLimit(50);
        assertThat(entries.page(narrow).entries()).hasSize(2);
    }

    @Test
    default void listings_come_back(EntryProbe entries) {
        fill(entries);
        entries.written(delete("foo/c"));
        List<String> before = entries.paths("**");

        entries.reopen();

        assertThat(entries.paths("**")).isEqualTo(before).doesNotContain("foo/c", "foo/c/d");
    }
}
