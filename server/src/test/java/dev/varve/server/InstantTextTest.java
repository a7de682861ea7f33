package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

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
                "2026-11-22T01:02:03.000400Z",
                "2026-11-22T01:02:03.000000005Z",
                "1969-12-31T23:59:59.999999999Z",
                "0000-01-01T00:00:00Z",
                "9999-12-31T23:59:59.999Z",
                "-0001-12-31T23:59:59Z",
                "+10000-01-01T00:00:00Z",
                "-1000000000-01-01T00:00:00Z",
            })
    void a_moment_is_written_as_its_own_text(String text) {
        assertThat(written(Instant.parse(text))).isEqualTo(text);
    }

    @Test
    void so_is_any_other() {
        SplittableRandom random = new SplittableRandom(7);
        int[] units = {1_000_000_000, 1_000_000, 1_000, 1};
        for (int i = 0; i < 100_000; i++) {
            int unit = units[i % units.length];
            long second = random.nextLong(-70_000_000_000L, 260_000_000_000L);
            Instant moment = Instant.ofEpochSecond(second, random.nextInt(1_000_000_000 / unit) * (long) unit);
            assertThat(written(moment)).isEqualTo(moment.toString());
        }
    }

    private static String written(Instant moment) {
        StringBuilder text = new StringBuilder();
        InstantText.write(text, moment);
        return text.toString();
    }
}
