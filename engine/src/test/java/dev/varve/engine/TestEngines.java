package dev.varve.engine;

import dev.varve.engine.entries.HistoryPolicy;
import dev.varve.engine.entries.StoreQuotas;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.io.SystemRandom;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.shard.SequencerOptions;
import dev.varve.engine.spi.MetricSource;
import java.nio.file.Path;

/** Engines for tests: small, and quick with upkeep. */
final class TestEngines {

    // Moving the clock is not a stalled disk.
    static final EngineOptions OPTIONS =
            with(new SequencerOptions(64L << 20, Long.MAX_VALUE, 1 << 20, 1 << 20, 2_000_000L, 4));

    private TestEngines() {}

    /** The same with other bounds of waiting work. */
    static EngineOptions with(SequencerOptions sequencer) {
        return new EngineOptions(
                JournalOptions.DEFAULTS.withSegmentBytes(32 << 20, 1 << 20).withMinFreeBytes(1 << 20),
                sequencer,
                64L << 20,
                8L << 20,
                16L << 20,
                100_000,
                2,
                10_000,
                5,
                20,
                HistoryPolicy.DEFAULT,
                StoreQuotas.NONE);
    }

    /** One of an engine's figures. */
    static double figure(Engine engine, String wanted) {
        double[] found = {Double.NaN};
        engine.report(new MetricSource.Sink() {
            @Override
            public void counter(String name, String help, double value) {
                take(name, value);
            }

            @Override
            public void gauge(String name, String help, double value) {
                take(name, value);
            }

            @Override
            public void histogram(String name, String help, double[] upperBounds, long[] counts, double sum) {
                // None is asked for.
            }

            private void take(String name, double value) {
                if (name.equals(wanted)) {
                    found[0] = value;
                }
            }
        });
        return found[0];
    }

    static Engine onDisk(Path directory, EngineOptions options, TestClock clock) {
        return Engine.open(directory, options, new SystemDisk(), clock, SystemRandom.create());
    }
}
