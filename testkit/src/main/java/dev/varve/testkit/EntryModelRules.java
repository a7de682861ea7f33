package dev.varve.testkit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Agreement with {@link ModelEntryStorage} over random operations. */
interface EntryModelRules {

    /** How many operations one run takes. */
    int STEPS = 400;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    default void a_storage_and_the_model_answer_alike(long seed, EntryProbe entries) {
        new EntryLockStep(entries, seed).run(STEPS);
    }

    /** {@code -Dvarve.test.seed=…} repeats a run. */
    @Test
    default void a_storage_and_the_model_answer_alike_with_a_seed_never_used_before(EntryProbe entries) {
        new EntryLockStep(entries, Long.getLong("varve.test.seed", System.nanoTime())).run(STEPS);
    }
}
