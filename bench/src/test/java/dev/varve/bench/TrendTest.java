package dev.varve.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What grows is told from what only moves. */
final class TrendTest {

    private static final int SAMPLES = 360;
    private static final double TOLERANCE = 16;

    @Test
    void a_slow_leak_is_not_flat() {
        assertThat(flat(i -> 300 + i * 0.1)).isFalse();
    }

    @Test
    void noise_is_flat() {
        SplittableRandom random = new SplittableRandom(1);
        assertThat(flat(i -> 300 + random.nextInt(40))).isTrue();
    }

    @Test
    void a_leak_under_noise_is_not_flat() {
        SplittableRandom random = new SplittableRandom(1);
        assertThat(flat(i -> 300 + i * 0.15 + random.nextInt(40))).isFalse();
    }

    @Test
    void growth_while_warming_up_is_flat() {
        assertThat(flat(i -> 300 + Math.min(i, SAMPLES / 4))).isTrue();
    }

    @Test
    void the_teeth_of_a_saw_are_flat() {
        assertThat(flat(i -> 100 + i % 37)).isTrue();
    }

    @Test
    void a_few_outliers_are_flat() {
        assertThat(flat(i -> i % 50 == 0 ? 5_000 : 100)).isTrue();
    }

    private static boolean flat(IntToDoubleFunction figure) {
        List<Double> samples =
                IntStream.range(0, SAMPLES).mapToDouble(figure).boxed().toList();
        return Trend.of(samples, TOLERANCE).flat();
    }
}
