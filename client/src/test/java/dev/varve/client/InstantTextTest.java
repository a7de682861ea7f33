package dev.varve.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InstantTextTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1970-01-01T00:00:00Z",
                "2024-02-29T23:59:59.999Z",
                "2026-11-22T01:02:03.5Z",
                "2026-11-22T01:02:03.000000005Z",
                "0000-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999Z",
                "2026-11-22T24:00:00Z",
                "2016-12-31T23:59:60Z",
                "2026-11-22T01:02:03+01:00",
                "2026-11-22t01:02:03z",
                "2026-11-22T01:02:03.Z",
                "-0001-12-31T23:59:59Z",
                "+10000-01-01T00:00:00Z",
            })
    void a_moment_is_read_as_by_the_library(String text) {
        assertThat(InstantText.read(text)).isEqualTo(Instant.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Z",
                "2026-11-22T01:02:03",
                "2026-11-22T01:02:03.1234567890Z",
                "2026-11-22T01:02:03.12a4Z",
                "2026-11-22T01:02:61Z",
                "2026-11-22T25:02:03Z",
                "2026-11-22T24:02:03Z",
                "2026-02-29T01:02:03Z",
                "2026-13-01T01:02:03Z",
                "2026-11-22 01:02:03Z",
            })
    void what_is_no_moment_is_refused(String text) {
        assertThatThrownBy(() -> Instant.parse(text)).isInstanceOf(DateTimeException.class);
        assertThatThrownBy(() -> InstantText.read(text)).isInstanceOf(DateTimeException.class);
    }

    @Test
    void any_moment_is_read_from_its_text() {
        SplittableRandom random = new SplittableRandom(7);
        int[] units = {1_000_000_000, 1_000_000, 1_000, 1};
        for (int i = 0; i < 100_000; i++) {
            int unit = units[i % units.length];
            long second = random.nextLong(-70_000_000_000L, 260_000_000_000L);
            Instant moment = Instant.ofEpochSecond(second, random.nextInt(1_000_000_000 / unit) * (long) unit);
            assertThat(InstantText.read(moment.toString())).isEqualTo(moment);
        }
    }
}
