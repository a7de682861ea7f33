package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever happens to the disk, the engine keeps what it acknowledged, whole and in order, and nothing else. */
@ExtendWith(SilentEngine.class)
final class EngineSimulationTest {

    private static final int SEEDS = 2_000;
    private static final int REPEATED_SEEDS = 20;

    @Test
    void no_seed_loses_invents_tears_or_reorders_anything() {
        SimulationCounts all = new SimulationCounts();
        LongStream.range(0, SEEDS).parallel().forEach(seed -> {
            SimulationCounts counts = new SimulationCounts();
            EngineSimulation.run(seed, counts);
            synchronized (all) {
                all.add(counts);
            }
        });
        assertThat(all.all())
                .allSatisfy((what, times) ->
                        assertThat(times).as("times of: %s", what).isPositive());
    }

    @Test
    void one_seed_gives_one_run() {
        for (long seed = 0; seed < REPEATED_SEEDS; seed++) {
            assertThat(EngineSimulation.run(seed, new SimulationCounts()))
                    .as("seed %s", seed)
                    .isEqualTo(EngineSimulation.run(seed, new SimulationCounts()));
        }
    }
}
