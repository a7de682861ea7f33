package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SizesTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "4096, 4096",
        "17B, 17",
        "64KiB, 65536",
        "16MiB, 16777216",
        "2GiB, 2147483648",
        "1TiB, 1099511627776"
    })
    void a_whole_number_of_bytes_or_of_a_unit_is_a_size(String text, long expected) {
        assertThat(Sizes.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "64MB", "64mib", "1.5MiB", "-1", "64 MiB", "KiB", "999999999999TiB"})
    void anything_else_is_refused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sizes.parse(text))
                .withMessageContaining("\"" + text + "\"");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "10239, 10239 B",
        "10240, 10.0 KiB",
        "1572864, 1.5 MiB",
        "1073741824, 1.0 GiB",
        "9223372036854775807, 8388608.0 TiB"
    })
    void people_are_shown_few_digits(long bytes, String expected) {
        assertThat(Sizes.show(bytes)).isEqualTo(expected);
    }
}
