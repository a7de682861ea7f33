package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every pair of versions compares. */
final class VersionComparisonTest {

    @ParameterizedTest
    @CsvSource({
        "-1, -1, EQUAL",
        "-1, 0, NEXT",
        "-1, 1, FUTURE",
        "-1, 9223372036854775807, FUTURE",
        "0, -1, PAST",
        "0, 0, EQUAL",
        "0, 1, NEXT",
        "0, 2, FUTURE",
        "7, -1, PAST",
        "7, 0, PAST",
        "7, 6, PAST",
        "7, 7, EQUAL",
        "7, 8, NEXT",
        "7, 9, FUTURE",
        "9223372036854775806, 9223372036854775807, NEXT",
        "9223372036854775807, 9223372036854775807, EQUAL",
        "9223372036854775807, -1, PAST"
    })
    void compares(long known, long other, VersionComparison comparison) {
        assertThat(VersionComparison.of(known, other)).isEqualTo(comparison);
    }

    @Test
    void agrees_with_the_order_of_numbers() {
        for (long known = EventStore.EMPTY; known < 6; known++) {
            for (long other = EventStore.EMPTY; other < 6; other++) {
                VersionComparison comparison = VersionComparison.of(known, other);
                assertThat(comparison == VersionComparison.EQUAL).isEqualTo(other == known);
                assertThat(comparison == VersionComparison.NEXT).isEqualTo(other == known + 1);
                assertThat(comparison == VersionComparison.FUTURE).isEqualTo(other > known + 1);
                assertThat(comparison == VersionComparison.PAST).isEqualTo(other < known);
            }
        }
    }
}
