package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cursors count intervals of 20 seconds and never stand still for a client that has the current one. */
final class CursorTest {

    private static final long START = Instant.parse("2024-10-09T00:00:00Z").toEpochMilli();
    private static final long NOW = START + 100 * 20_000 + 19_999;

    @Test
    void intervals_are_counted_from_the_protocols_epoch() {
        assertThat(Cursor.current(START)).isZero();
        assertThat(Cursor.current(START + 19_999)).isZero();
        assertThat(Cursor.current(START + 20_000)).isEqualTo(1);
        assertThat(Cursor.current(START - 1_000_000)).isZero();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "0", "99", "x", "-1", "1.5", "999999999999999999999999"})
    void without_a_current_cursor_the_client_gets_the_interval(String sent) {
        assertThat(Cursor.next(sent, NOW, new Random(1))).isEqualTo(100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"100", "101", "5000"})
    void a_cursor_that_is_current_or_ahead_is_answered_by_a_greater_one(String sent) {
        Random random = new Random(1);
        long client = Long.parseLong(sent);
        for (int i = 0; i < 1_000; i++) {
            assertThat(Cursor.next(sent, NOW, random)).isBetween(client + 1, client + 180);
        }
    }
}
