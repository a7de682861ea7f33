package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What patterns mean. */
final class EntryPatternTest {

    static Stream<Arguments> table() {
        return Stream.of(
                row("**", true, "a"),
                row("**", true, "a", "b", "c"),
                row("*", true, "a"),
                row("*", false, "a", "b"),
                row("posts/*", true, "posts", "hello"),
                row("posts/*", false, "posts", "hello", "title"),
                row("posts/*", false, "posts"),
                row("posts/**", true, "posts", "hello", "title"),
                row("posts/**", true, "posts", "hello"),
                row("posts/**", false, "posts"),
                row("posts/**", false, "posts-", "hello"),
                row("a/b/c", true, "a", "b", "c"),
                row("a/b/c", false, "a", "b", "d"),
                row("a/b/c", false, "a", "b"),
                row("a/b/c", false, "a", "b", "c", "d"),
                row("a/*/c", true, "a", "b", "c"),
                row("a/*/c", false, "a", "b", "d"),
                row("a/*/**", true, "a", "b", "c"),
                row("a/*/**", true, "a", "b", "c", "d"),
                row("a/*/**", false, "a", "b"),
                row("*/*", true, "a", "b"),
                row("hello.world", true, "hello.world"),
                row("hello.world", false, "hello", "world"),
                row("files/image~1file", true, "files", "image/file"),
                row("files/image~1file", false, "files", "image", "file"),
                row("a/\\*", true, "a", "*"),
                row("a/\\*", false, "a", "x"),
                row("a/\\**", true, "a", "**"),
                row("a/\\**", false, "a", "x", "y"),
                row("a/\\**", false, "a", "x"),
                row("a/\\**/b", true, "a", "**", "b"),
                row("enum_*", true, "enum_*"),
                row("enum_*", false, "enum_x"),
                row("a*", false, "ab"),
                row("***", true, "***"),
                row("***", false, "a"),
                row("\\x", true, "\\x"),
                row("~0", true, "~"),
                row("a/*", true, "a", "\ud83d\ude00/"));
    }

    private static Arguments row(String pattern, boolean matches, String... segments) {
        return Arguments.of(pattern, List.of(segments), matches);
    }

    @ParameterizedTest
    @MethodSource("table")
    void a_pattern_matches_what_it_means(String pattern, List<String> segments, boolean matches) {
        assertThat(EntryPattern.parse(pattern).matches(EntryPath.of(segments))).isEqualTo(matches);
        assertThat(EntryPattern.parse(pattern)).hasToString(pattern).isEqualTo(EntryPattern.parse(pattern));
    }

    @ParameterizedTest
    @CsvSource({
        "'', empty_path",
        "a/**/z, wildcard_many_not_tail",
        "**/z, wildcard_many_not_tail",
        "**/**, wildcard_many_not_tail",
        "**/, wildcard_many_not_tail",
        "a//b, empty_segment",
        "/a, empty_segment",
        "*/, empty_segment",
        "a~, invalid_escape",
        "a/~2/*, invalid_escape",
    })
    void what_is_no_pattern_says_why(String written, String reason) {
        assertThatExceptionOfType(InvalidEntryPathException.class)
                .isThrownBy(() -> EntryPattern.parse(written))
                .matches(e -> e.reason().equals(reason), reason);
    }

    @ParameterizedTest
    @CsvSource({
        "**, , false, true, 0",
        "*, , false, false, 1",
        "a, a, true, false, 1",
        "a/b~1c, a/b~1c, true, false, 2",
        "a/**, a, false, true, 1",
        "a/b/*, a/b, false, false, 3",
        "a/*/c/**, a, false, false, 3",
        "*/a, , false, false, 2",
        "a/\\*, a/*, true, false, 2",
        "a/\\**/**, a/**, false, true, 2",
    })
    void a_pattern_knows_where_to_look(String pattern, String base, boolean literal, boolean subtree, int depth) {
        EntryPattern parsed = EntryPattern.parse(pattern);

        assertThat(parsed.base()).isEqualTo(base == null ? null : EntryPath.parse(base));
        assertThat(parsed.isLiteral()).isEqualTo(literal);
        assertThat(parsed.isSubtree()).isEqualTo(subtree);
        assertThat(parsed.depth()).isEqualTo(depth);
    }

    @Test
    void a_pattern_of_a_path_means_it_whatever_it_is_called() {
        for (List<String> segments : List.of(
                List.of("a"),
                List.of("*"),
                List.of("a", "**"),
                List.of("**", "b"),
                List.of("\\*"),
                List.of("\\**", "x"),
                List.of("a/b", "~", "c"))) {
            EntryPath path = EntryPath.of(segments);
            EntryPattern exactly = EntryPattern.exactly(path);
            EntryPattern below = EntryPattern.below(path);

            assertThat(exactly.matches(path)).as("" + path).isTrue();
            assertThat(exactly.isLiteral()).isTrue();
            assertThat(exactly.base()).isEqualTo(path);
            assertThat(exactly.matches(path.child("x"))).isFalse();
            assertThat(below.matches(path)).isFalse();
            assertThat(below.matches(path.child("x").child("y"))).isTrue();
            assertThat(below.base()).isEqualTo(path);
            assertThat(below).isEqualTo(EntryPattern.below(path)).isNotEqualTo(exactly);
            EntryPath other = EntryPath.of("other", segments.get(0));
            assertThat(exactly.matches(other)).isFalse();
        }
        assertThat(EntryPattern.exactly(EntryPath.of("\\*"))).isNotEqualTo(EntryPattern.exactly(EntryPath.of("*")));
        assertThat(EntryPattern.exactly(EntryPath.of("\\*")).matches(EntryPath.of("*")))
                .isFalse();
    }

    @Test
    void patterns_of_the_longest_paths_are_patterns() {
        EntryPath longest = EntryPath.of("x".repeat(EntryPath.MAX_BYTES));
        EntryPath deepest = EntryPath.of(Collections.nCopies(EntryPath.MAX_SEGMENTS, "*"));
        for (EntryPath path : List.of(longest, deepest)) {
            assertThat(EntryPattern.exactly(path).matches(path)).isTrue();
            assertThat(EntryPattern.parse(EntryPattern.exactly(path).toString()))
                    .isEqualTo(EntryPattern.exactly(path));
            assertThat(EntryPattern.parse(EntryPattern.below(path).toString()).base())
                    .isEqualTo(path);
        }
    }

    @Test
    void a_pattern_is_only_so_long() {
        for (String written : List.of(
                "x".repeat(EntryPath.MAX_BYTES + 1),
                "\u00e9".repeat(EntryPath.MAX_BYTES / 2) + "/x",
                "s/".repeat(EntryPath.MAX_SEGMENTS) + "s",
                "*/".repeat(EntryPath.MAX_SEGMENTS) + "*",
                "s/".repeat(EntryPath.MAX_SEGMENTS + 1) + "**")) {
            assertThatExceptionOfType(InvalidEntryPathException.class)
                    .isThrownBy(() -> EntryPattern.parse(written))
                    .matches(e -> e.reason().equals(InvalidEntryPathException.PATH_TOO_LONG));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "links/**, links, true",
        "links/**, links/a/b, true",
        "links/**, link, false",
        "links/*/title, links, true",
        "links/*/title, links/a, true",
        "links/*/title, links/a/title, true",
        "links/*/title, links/a/url, false",
        "links/*/title, links/a/title/b, false",
        "**, a, true",
        "a, a, true",
        "a, a/b, false",
    })
    void a_change_concerns_what_it_is_at_or_above(String pattern, String path, boolean concerned) {
        assertThat(EntryPattern.parse(pattern).concerns(EntryPath.parse(path))).isEqualTo(concerned);
    }
}
