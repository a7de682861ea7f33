package dev.varve.server.subscriptions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GlobTest {

    @ParameterizedTest
    @CsvSource({
        "events/*, events/a, true",
        "events/*, events, false",
        "events/*, events/a/b, false",
        "events/*, eventsx/a, false",
        "*, a, true",
        "*, a/b, false",
        "a/*/c, a/b/c, true",
        "a/*/c, a/c, false",
        "**, a, true",
        "**, a/b/c, true",
        "a/**, a, true",
        "a/**, a/b/c, true",
        "a/**, ab, false",
        "**/c, c, true",
        "**/c, a/b/c, true",
        "**/c, a/b/cd, false",
        "a/**/z, a/z, true",
        "a/**/z, a/b/z/z, true",
        "a/**/z, a/b, false",
        "a/**/b/*/c, a/b/x/b/y/c, true",
        "**/**, a, true",
        "a/b, a/b, true",
        "a/b, a/c, false",
        "a/%2A, a/*, true",
        "a/%2a, a/*, true",
        "a/%2A, a/b, false",
        "a/*, a/*, true",
    })
    void matches_whole_segments(String pattern, String path, boolean expected) {
        assertThat(Glob.parse(pattern).matches(path)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "events/*, events/",
        "a/**, a",
        "a/b/**, a/b",
        "a/b, a/b",
        "*, ''",
        "**, ''",
        "a/*/b, a/",
        "a%2A/b/*, a*/b/",
    })
    void every_match_starts_with_the_literal_prefix(String pattern, String prefix) {
        assertThat(Glob.parse(pattern).literalPrefix()).isEqualTo(prefix);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a*", "*a", "a/b*/c", "***", "a/**b"})
    void a_wildcard_that_shares_a_segment_is_refused(String pattern) {
        assertThatIllegalArgumentException().isThrownBy(() -> Glob.parse(pattern));
    }

    @Test
    void many_wildcards_take_no_longer_than_a_few() {
        Glob glob = Glob.parse("**/a/".repeat(15) + "b");
        assertThat(glob.matches("a/".repeat(31) + "a")).isFalse();
    }
}
