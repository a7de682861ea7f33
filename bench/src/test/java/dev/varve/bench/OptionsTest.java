package dev.varve.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Words on the command line are understood or refused. */
final class OptionsTest {

    @Test
    void what_is_not_given_has_its_default() {
        assertThat(parse().number("--count")).isEqualTo(3);
    }

    @Test
    void a_switch_needs_no_value() {
        assertThat(parse("--loud", "--count", "5").on("--loud")).isTrue();
        assertThat(parse("--loud", "off").on("--loud")).isFalse();
    }

    @Test
    void a_repeatable_option_keeps_all_its_values() {
        assertThat(parse("--peer", "a", "--peer", "b").repeated()).containsExactly("a", "b");
    }

    @Test
    void unknown_names_missing_values_and_wrong_numbers_are_refused() {
        assertThatThrownBy(() -> parse("--what")).hasMessageContaining("unknown option --what");
        assertThatThrownBy(() -> parse("--count")).hasMessage("--count needs a value");
        assertThatThrownBy(() -> parse("--count", "1.5").number("--count")).hasMessageContaining("whole number");
        assertThatThrownBy(() -> parse("--count", "-1").number("--count")).hasMessageContaining("not negative");
    }

    private static Options parse(String... words) {
        return Options.parse(List.of(words), "--peer", "--count", "3", "--loud", "off");
    }
}
