package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How paths are written, read, ordered and related. */
final class EntryPathTest {

    static Stream<Arguments> written() {
        return Stream.of(
                Arguments.of(List.of("a"), "a"),
                Arguments.of(List.of("a", "b", "c"), "a/b/c"),
                Arguments.of(List.of("hello.world"), "hello.world"),
                Arguments.of(List.of("posts", "hello.world", "title"), "posts/hello.world/title"),
                Arguments.of(List.of("files", "image/file"), "files/image~1file"),
                Arguments.of(List.of("a~b"), "a~0b"),
                Arguments.of(List.of("a/b~c"), "a~1b~0c"),
                Arguments.of(List.of("~~"), "~0~0"),
                Arguments.of(List.of("//"), "~1~1"),
                Arguments.of(List.of("~1"), "~01"),
                Arguments.of(List.of("~0"), "~00"),
                Arguments.of(List.of("packages", "@scope", "name"), "packages/@scope/name"),
                Arguments.of(List.of("a", "b.c", "d/e", "f~g"), "a/b.c/d~1e/f~0g"),
                Arguments.of(List.of("x", "*"), "x/*"),
                Arguments.of(List.of("x", "**", "\\*"), "x/**/\\*"),
                Arguments.of(List.of(" ", "%", "_", "\n"), " /%/_/\n"),
                Arguments.of(List.of("\u00e9", "\ud83d\ude00"), "\u00e9/\ud83d\ude00"));
    }

    @ParameterizedTest
    @MethodSource("written")
    void a_path_is_written_and_read_back(List<String> segments, String written) {
        assertThat(EntryPath.of(segments)).hasToString(written);
        assertThat(EntryPath.parse(written).segments()).isEqualTo(segments);
        assertThat(EntryPath.parse(written))
                .isEqualTo(EntryPath.of(segments))
                .hasSameHashCodeAs(EntryPath.of(segments));
        EntryPath grown = EntryPath.of(segments.get(0));
        for (String segment : segments.subList(1, segments.size())) {
            grown = grown.child(segment);
        }
        assertThat(grown).isEqualTo(EntryPath.of(segments));
    }

    @ParameterizedTest
    @CsvSource({
        "'', empty_path",
        "/, empty_segment",
        "/users, empty_segment",
        "users/, empty_segment",
        "users//alice, empty_segment",
        "a~, invalid_escape",
        "a~b, invalid_escape",
        "a~2b, invalid_escape",
        "~, invalid_escape",
        "~/a, invalid_escape",
        "a/~~, invalid_escape",
        "a/~0~, invalid_escape",
    })
    void what_is_no_path_says_why(String written, String reason) {
        assertThatExceptionOfType(InvalidEntryPathException.class)
                .isThrownBy(() -> EntryPath.parse(written))
                .matches(e -> e.reason().equals(reason), reason);
    }

    @Test
    void segments_are_text_and_not_empty() {
        for (List<String> segments :
                List.of(List.of(""), List.of("a", ""), List.of("\u0000"), List.of("a\ud800"), List.of("\udc00a"))) {
            assertThatExceptionOfType(InvalidEntryPathException.class).isThrownBy(() -> EntryPath.of(segments));
            assertThatExceptionOfType(InvalidEntryPathException.class)
                    .isThrownBy(() -> EntryPath.parse(String.join("/", segments) + "/"));
        }
        assertThatExceptionOfType(InvalidEntryPathException.class)
                .isThrownBy(() -> EntryPath.of(List.of()))
                .matches(e -> e.reason().equals(InvalidEntryPathException.EMPTY_PATH));
        assertThatExceptionOfType(InvalidEntryPathException.class)
                .isThrownBy(() -> EntryPath.of("a").child(""))
                .matches(e -> e.reason().equals(InvalidEntryPathException.EMPTY_SEGMENT));
    }

    @Test
    void a_path_is_only_so_long() {
        String longest = "\u00e9".repeat(EntryPath.MAX_BYTES / 2);
        assertThat(EntryPath.of(longest).segments()).containsExactly(longest);
        List<String> most = Collections.nCopies(EntryPath.MAX_SEGMENTS, "s");
        assertThat(EntryPath.of(most).segments()).hasSize(EntryPath.MAX_SEGMENTS);

        tooLong(() -> EntryPath.of(longest + "x"));
        tooLong(() -> EntryPath.parse(longest + "x"));
        tooLong(() -> EntryPath.of("~".repeat(EntryPath.MAX_BYTES / 2 + 1)));
        tooLong(() -> EntryPath.of(most).child("s"));
        tooLong(() -> EntryPath.of("x".repeat(EntryPath.MAX_BYTES - 1)).child("s"));
        tooLong(() -> EntryPath.parse("s/".repeat(EntryPath.MAX_SEGMENTS) + "s"));
    }

    private static void tooLong(Runnable call) {
        assertThatExceptionOfType(InvalidEntryPathException.class)
                .isThrownBy(call::run)
                .matches(e -> e.reason().equals(InvalidEntryPathException.PATH_TOO_LONG));
    }

    @Test
    void paths_are_ordered_as_their_bytes() {
        List<String> alphabet =
                List.of("a", "b", "-", ".", "0", "/", "~", "%", "\u0001", "\u007f", "\u00e9", "\uffee", "\ud83d\ude00");
        long seed = Long.getLong("varve.test.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            EntryPath first = any(alphabet, random);
            EntryPath second = any(alphabet, random);
            int order = Arrays.compareUnsigned(
                    first.toString().getBytes(UTF_8), second.toString().getBytes(UTF_8));
            assertThat(Integer.signum(first.compareTo(second)))
                    .as("%s and %s, seed %d", first, second, seed)
                    .isEqualTo(Integer.signum(order));
        }
    }

    private static EntryPath any(List<String> alphabet, Random random) {
        StringBuilder written = new StringBuilder("x");
        for (int length = random.nextInt(5); length > 0; length--) {
            String next = alphabet.get(random.nextInt(alphabet.size()));
            written.append(next.equals("~") ? "~0" : next.equals("/") ? "/y" : next);
        }
        return EntryPath.parse(written.toString());
    }

    @Test
    void slugs_are_not_in_natural_order() {
        assertThat(Stream.of("foo0/a", "foo/a", "foo", "foo.y/a", "foo-x/a")
                        .map(EntryPath::parse)
                        .sorted()
                        .map(EntryPath::toString))
                .containsExactly("foo", "foo-x/a", "foo.y/a", "foo/a", "foo0/a");
    }

    @Test
    void an_ancestor_has_the_first_segments() {
        EntryPath path = EntryPath.parse("a/b");

        assertThat(path.isAncestorOf(EntryPath.parse("a/b/c"))).isTrue();
        assertThat(path.isAncestorOf(EntryPath.parse("a/b/c/d"))).isTrue();
        for (String other : List.of("a/b", "a", "a/bc", "a/b-/c", "x/a/b/c", "a/b~1c")) {
            assertThat(path.isAncestorOf(EntryPath.parse(other))).as(other).isFalse();
        }
    }

    @Test
    void a_parent_has_all_segments_but_the_last() {
        assertThat(EntryPath.parse("a/b~1c/d").parent()).isEqualTo(EntryPath.of("a", "b/c"));
        assertThat(EntryPath.parse("a/b~1c").parent()).isEqualTo(EntryPath.of("a"));
        assertThat(EntryPath.parse("a~1b").parent()).isNull();
    }
}
