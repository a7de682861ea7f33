package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.testkit.engine.SimulatedDisk.Failure;
import java.io.IOException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whichever single operation of a script fails, the engine comes back with what it acknowledged. */
@ExtendWith(SilentEngine.class)
final class EngineSweepTest {

    /** Of the operations of an opening every so-and-so-manieth is cut short; {@code ./check simulate --sweep} takes each. */
    private static final int OPENING_STRIDE = 13;

    private static final int LEAST_OPERATIONS = 80;

    @ParameterizedTest
    @ValueSource(longs = 6)
    void no_operation_is_the_wrong_one_to_fail(long script) throws IOException {
        long operations = new EngineSweep(script, new SimulationCounts()).operations();
        assertThat(operations).isGreaterThan(LEAST_OPERATIONS);

        LongStream.range(0, operations).parallel().forEach(operation -> {
            EngineSweep sweep = new EngineSweep(script, new SimulationCounts());
            sweep.cutAt(operation, OPENING_STRIDE);
            for (Failure how : Failure.values()) {
                if (how != Failure.POWER_CUT) {
                    sweep.failAt(operation, how);
                }
            }
        });
    }
}
