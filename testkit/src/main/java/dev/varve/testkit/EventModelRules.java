package dev.varve.testkit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Agreement with {@link ModelEventStorage} over random operations. */
interface EventModelRules {

    /** How many operations one run takes. */
    int STEPS = 300;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    default void a_store_and_the_model_answer_alike(long seed, EventProbe events) {
        new EventLockStep(events, seed).run(STEPS);
    }

    /** {@code -Dvarve.test.seed=…} repeats a run. */
    @Test
    default void a_store_and_the_model_answer_alike_with_a_seed_never_used_before(EventProbe events) {
        new EventLockStep(events, Long.getLong("varve.test.seed", System.nanoTime())).run(STEPS);
    }
}
